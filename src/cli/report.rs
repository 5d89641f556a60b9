//! `pushbench report`

use super::failure::Failure;
use super::output::{self, Output};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Report {
    /// A run's folder or its record; `latest`: the newest under `--out`
    #[arg(default_value = "latest")]
    path: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Report {
    pub(super) fn execute(self) -> Result<(), Failure> {
        self.output.check(1)?;
        output::render(&self.output.record_at(&self.path)?, &self.output, true)
    }
}
