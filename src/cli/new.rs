//! `pushbench new`

use super::failure::Failure;
use super::output;
use clap::Args;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

/// A scenario in which every key is explained.
const TEMPLATE: &str = include_str!("new.toml");

#[derive(Debug, Args)]
pub(super) struct New {
    /// The file to be written; one that exists is left alone
    file: PathBuf,
}

impl New {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let file = self.file.display();
        let created = OpenOptions::new().write(true).create_new(true).open(&self.file);
        let mut open = created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Failure::Usage(format!("{file}: it exists, and is left alone: name another"))
            }
            _ => Failure::Usage(format!("{file}: {error}")),
        })?;
        if let Err(error) = open.write_all(TEMPLATE.as_bytes()) {
            // half a template is none; that the disk is full has to be said either way
            let _ = std::fs::remove_file(&self.file);
            return Err(Failure::Failed(format!("{file}: {error}")));
        }
        output::print(&format!("{file} is yours now. What it does: pushbench run {file} --dry-run\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;
    use crate::scenario::Overrides;
    use crate::scenario::Scenario;
    use std::path::Path;

    #[test]
    fn the_template_is_a_scenario() {
        let scenario = Scenario::parse(Path::new("new.toml"), TEMPLATE, &Overrides::default()).expect("it is ours");
        assert!(scenario.planned_trials() > 0);
        assert!(TEMPLATE.lines().all(|line| line.chars().count() <= 100));
    }
}
