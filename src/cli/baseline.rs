//! `run --baseline`: when the run has ended, it is held against an earlier one.

use super::compare;
use super::failure::Failure;
use super::output::{Output, record_at};
use crate::record::{self, Record};
use crate::report::compare::Named;
use std::path::Path;

/// An earlier run.
pub(super) struct Baseline {
    place: String,
    record: Record,
}

impl Baseline {
    /// Reads what `path` means before there is another run that could be `latest`.
    pub(super) fn read(path: &Path, output: &Output) -> Result<Baseline, Failure> {
        let results = (path == Path::new("latest")).then(|| output.results());
        let file = record_at(path, ("--out", results))?;
        let record = Record::read(&file).map_err(|unreadable| Failure::Usage(unreadable.to_string()))?;
        if record.trials.is_empty() {
            return Err(Failure::Usage(format!("--baseline {}: no trial was finished in it", file.display())));
        }
        Ok(Baseline { place: file.parent().unwrap_or(&file).display().to_string(), record })
    }

    /// Shows the run in the folder `new` against it, and writes the comparison's page beside the run.
    pub(super) fn conclude(&self, new: &Path, output: &Output) -> Result<(), Failure> {
        let file = new.join(record::FILE);
        let record = Record::read(&file).map_err(|unreadable| Failure::Failed(unreadable.to_string()))?;
        if record.trials.is_empty() {
            return Ok(()); // the run was stopped, and says so
        }
        let (old, name) = (Named { name: &self.place, record: &self.record }, new.display().to_string());
        compare::conclude((old, Named { name: &name, record: &record }), &file, "--baseline", output).map(drop)
    }
}
