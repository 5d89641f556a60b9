//! `pushbench run`

use super::changes::Changes;
use super::failure::Failure;
use super::output::{self, Output};
use super::pick::{self, Picked};
use super::plan;
use crate::record;
use crate::run::{self, Options, Ran};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Shipped scenarios by name (`pushbench scenarios` lists them), others by file, made one after another;
    /// the default where none is given
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    /// Say what would be done, and how long it would take, and stop there
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    output: Output,
}

impl Run {
    pub(super) fn execute(self) -> Result<(), Failure> {
        // all are checked before the first one starts
        let picked = pick::pick(&self.scenarios, &self.changes.overrides())?;
        if self.dry_run {
            return output::print(&plan::text(&picked.iter().map(|picked| &picked.scenario).collect::<Vec<_>>()));
        }
        let (mut failed, mut trials) = (0, 0);
        for (index, picked) in picked.iter().enumerate() {
            if index > 0 {
                output::print("\n")?;
            }
            failed += self.make(picked)?;
            trials += picked.scenario.planned_trials();
        }
        match failed {
            0 => Ok(()),
            failed => Err(Failure::Failed(format!("{failed} of {trials} trials failed"))),
        }
    }

    /// Makes one run, renders it, and gives how many of its trials failed.
    fn make(&self, picked: &Picked) -> Result<u32, Failure> {
        let options = Options {
            results: self.output.out.clone(),
            path: picked.word.clone(),
            overrides: self.changes.flags(),
            affinity: self.changes.pins(),
            quiet: self.output.quiet,
        };
        let Ran { folder, interrupted, failed } = run::run(&picked.scenario, &options).map_err(because)?;
        output::render(&folder.join(record::FILE), &self.output)?;
        if interrupted { Err(Failure::Interrupted) } else { Ok(failed) }
    }
}

fn because(failed: run::Failed) -> Failure {
    match failed {
        run::Failed::Place(error) => Failure::Usage(error.to_string()),
        run::Failed::Limit(reason) => Failure::Usage(reason),
        run::Failed::System(error) => Failure::Failed(error.to_string()),
    }
}
