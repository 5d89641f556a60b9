//! `pushbench redact`: a verb of its own, for `report` writes beside the record, and `--out` is its folder of results.

use super::failure::Failure;
use super::output;
use crate::redact;
use crate::scenario::shipped;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Redact {
    /// A run's folder or its record; `latest`: the newest under `--results`
    #[arg(default_value = "latest")]
    path: PathBuf,
    /// The file to be written; one that exists is left alone
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    #[arg(long, value_name = "FOLDER", help = "The folder of runs in which `latest` looks [default: results]")]
    results: Option<PathBuf>,
}

impl Redact {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let path = output::record_at(&self.path, ("--results", self.results.as_deref()))?;
        let bytes = std::fs::read(&path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        let known: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.text).collect();
        let text =
            redact::redact(&path, &bytes, &known).map_err(|unreadable| Failure::Usage(unreadable.to_string()))?;
        output::write_new(&self.out, &text)?;
        output::print(&format!("{}\n", self.out.display()))
    }
}
