//! `pushbench run`

use super::changes::Changes;
use super::failure::Failure;
use super::output::{self, Output};
use crate::record;
use crate::run::{self, Options, Ran};
use crate::scenario::{self, Scenario};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Run {
    /// A scenario file; the embedded default where it is left out
    scenario: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    output: Output,
}

impl Run {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let (path, text) = match &self.scenario {
            None => (PathBuf::from("scenarios/00-quick.toml"), scenario::QUICK.to_owned()),
            Some(path) => {
                let text = std::fs::read_to_string(path);
                (path.clone(), text.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?)
            }
        };
        let scenario = Scenario::parse(&path, &text, &self.changes.overrides())
            .map_err(|invalid| Failure::Usage(invalid.to_string()))?;
        let options = Options {
            results: self.output.out.clone(),
            path: self.scenario.as_ref().map(|path| path.display().to_string()),
            overrides: self.changes.flags(),
            affinity: self.changes.pins(),
            quiet: self.output.quiet,
        };
        let Ran { folder, interrupted, failed } = run::run(&scenario, &options).map_err(|failed| match failed {
            run::Failed::Place(error) => Failure::Usage(error.to_string()),
            run::Failed::System(error) => Failure::Failed(error.to_string()),
        })?;
        output::render(&folder.join(record::FILE), &self.output)?;
        if interrupted {
            return Err(Failure::Interrupted);
        }
        match failed {
            0 => Ok(()),
            failed => Err(Failure::Failed(format!("{failed} of {} trials failed", scenario.planned_trials()))),
        }
    }
}
