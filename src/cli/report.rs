//! `pushbench report`

use super::failure::Failure;
use super::output::{Output, Shown};
use crate::threshold::Threshold;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// A run's folder or its record; `latest`: the newest under `--out`
    #[arg(default_value = "latest")]
    path: PathBuf,
    /// What a figure has to keep to, beside what the record says; as with `run`
    #[arg(long, value_name = "WHAT<LIMIT")]
    threshold: Vec<Threshold>,
    #[command(flatten)]
    output: Output,
}

impl Report {
    pub(super) fn execute(self) -> Result<(), Failure> {
        self.output.check(1)?;
        let mut shown = Shown::default();
        shown.add(&self.output.record_at(&self.path)?, &self.threshold, &self.output)?;
        shown.missed().map_or(Ok(()), |missed| Err(Failure::Missed(missed)))
    }
}
