//! `pushbench run`

use super::changes::Changes;
use super::failure::Failure;
use super::output::{self, Output};
use super::pick::{self, Picked};
use super::plan;
use crate::clock::Nanos;
use crate::human;
use crate::record::{self, EndReason};
use crate::run::{self, Options, Ran, Talk};
use clap::Args;

/// A folder's name holds no more than 255 octets; the time and a number need some.
const LONGEST_NAME: usize = 100;

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
    /// What the run's folder is called behind the time, instead of the scenario's name
    #[arg(long, value_name = "NAME", value_parser = folder_name)]
    name: Option<String>,
    /// Something to remember of the run: it stands in the record and in the report
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// How long the run of a scenario may take. What is planned to take longer is not begun; a run that takes longer
    /// ends, and keeps what is finished
    #[arg(long, value_name = "TIME", value_parser = human::duration, default_value = "1h")]
    time_limit: Nanos,
    /// Say more on the way: what server and load are told, and every phase
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,
    #[command(flatten)]
    output: Output,
}

/// What has happened so far, over all scenarios.
#[derive(Default)]
struct Sum {
    trials: u32,
    failed: u32,
    /// Scenarios whose run reached the time limit.
    stopped: Vec<String>,
}

impl Run {
    pub(super) fn execute(self) -> Result<(), Failure> {
        // all are checked before the first one starts
        let picked = pick::pick(&self.scenarios, &self.changes.overrides())?;
        if self.dry_run {
            output::print(&plan::text(&picked.iter().map(|picked| &picked.scenario).collect::<Vec<_>>()))?;
        }
        for Picked { scenario, .. } in &picked {
            self.check_time(&scenario.name, scenario.planned_ns())?;
        }
        if self.dry_run {
            return Ok(());
        }
        let mut sum = Sum::default();
        for (index, Picked { scenario, word }) in picked.iter().enumerate() {
            if index > 0 {
                output::print("\n")?;
            }
            let options = self.options(word.clone());
            let ran = run::run(scenario, &options).map_err(because)?;
            self.finish(&ran, &scenario.name, &mut sum)?;
        }
        sum.end()
    }

    fn options(&self, path: Option<String>) -> Options {
        Options {
            results: self.output.out.clone(),
            name: self.name.clone(),
            path,
            overrides: self.changes.flags(),
            note: self.note.clone(),
            affinity: self.changes.pins(),
            time_limit_ns: self.time_limit,
            talk: match (self.output.quiet, self.verbose) {
                (true, _) => Talk::Nothing,
                (false, false) => Talk::Trials,
                (false, true) => Talk::Phases,
            },
        }
    }

    fn check_time(&self, scenario: &str, planned_ns: Nanos) -> Result<(), Failure> {
        if planned_ns <= self.time_limit {
            return Ok(());
        }
        let (planned, limit) = (human::seconds(planned_ns), human::seconds(self.time_limit));
        Err(Failure::Usage(format!(
            "--time-limit: {scenario} is planned to take {planned}, and {limit} are allowed: \
             --time-limit {} allows it, fewer repeats or a shorter steady need less",
            human::seconds(planned_ns + planned_ns / 4).replace(' ', "")
        )))
    }

    /// Renders what a run came to and adds it up.
    fn finish(&self, ran: &Ran, scenario: &str, sum: &mut Sum) -> Result<(), Failure> {
        output::render(&ran.folder.join(record::FILE), &self.output)?;
        sum.trials += ran.made;
        sum.failed += ran.failed;
        match ran.end {
            EndReason::Finished => Ok(()),
            EndReason::Interrupted => Err(Failure::Interrupted),
            EndReason::TimeLimit => {
                sum.stopped.push(format!("{scenario} reached its time limit of {}", human::seconds(self.time_limit)));
                Ok(())
            }
        }
    }
}

impl Sum {
    fn end(self) -> Result<(), Failure> {
        let mut reasons = self.stopped;
        let kept = if reasons.is_empty() { "" } else { "; what was finished is kept" };
        if self.failed > 0 {
            reasons.push(format!("{} of {} trials failed", self.failed, self.trials));
        }
        if reasons.is_empty() { Ok(()) } else { Err(Failure::Failed(reasons.join("; ") + kept)) }
    }
}

fn because(failed: run::Failed) -> Failure {
    match failed {
        run::Failed::Place(error) => Failure::Usage(error.to_string()),
        run::Failed::System(error) => Failure::Failed(error.to_string()),
    }
}

/// A name that is one folder everywhere, and neither hidden nor taken for a flag.
fn folder_name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !text.is_empty() && text.len() <= LONGEST_NAME && text.chars().all(plain);
    if fits && text.chars().any(char::is_alphanumeric) {
        return Ok(text.to_owned());
    }
    Err(format!("it becomes part of a folder's name: letters, digits, `-`, `_` and `.`, at most {LONGEST_NAME} octets"))
}
