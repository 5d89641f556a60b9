//! `pushbench run`

use super::against;
use super::baseline::Baseline;
use super::changes::Changes;
use super::failure::Failure;
use super::output::{self, Output, Shown};
use super::pick::{self, Picked};
use super::plan;
use super::regression::{Accepted, FLAG, accepted};
use crate::clock::Nanos;
use crate::human;
use crate::record::{self, EndReason};
use crate::report::junit::Gated;
use crate::run::{self, Options, Ran, Talk, Unfinished};
use crate::scenario::Scenario;
use clap::Args;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// A folder's name holds no more than 255 octets; the time and a number need some.
const LONGEST_NAME: usize = 100;

/// With fewer, chance alone differs as much.
const FEWEST_BLOCKS: u32 = 3;

#[derive(Debug, Args)]
pub(super) struct Run {
    /// Shipped scenarios by name (`pushbench scenarios` lists them), others by file, made one after another;
    /// the default where none is given
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    #[command(flatten)]
    changes: Changes,
    /// Go on with a run that did not come to its end: a folder, a record, or the newest under `--out`. Scenario and
    /// changes are the record's own
    #[arg(long, value_name = "PATH", num_args = 0..=1, default_missing_value = "latest")]
    #[arg(conflicts_with_all = ["scenarios", "name", "note"])]
    resume: Option<PathBuf>,
    /// Make trials that failed again
    #[arg(long, requires = "resume")]
    retry_errors: bool,
    /// Say what would be done, and how long it would take, and stop there
    #[arg(long, conflicts_with_all = ["json", "csv", "markdown", "export", "junit"])]
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
    #[arg(allow_hyphen_values = true)]
    time_limit: Nanos,
    /// Write every delivery to FILE, which must not exist, as CSV: block, order, transport, client, update, and when it
    /// was planned, emitted and received, in nanoseconds after the trial's start. A row takes some 60 octets, and a
    /// trial has one for each client and update planned in steady; they are written when the trial is over
    #[arg(long, value_name = "FILE")]
    export_deliveries: Option<PathBuf>,
    /// Hold this pushbench against BINARY, another build of it: every trial is made twice, once by each, one right after the
    /// other. The run takes twice as long and leaves two records: its own, and the other's in `against/`
    #[arg(long, value_name = "BINARY", conflicts_with_all = ["resume", "export_deliveries"])]
    against: Option<PathBuf>,
    /// When the run has ended, compare it with an earlier one: its folder, its record, or `latest`. Two occasions can only
    /// differ; who is slower, `--against` tells
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["against", "resume"])]
    baseline: Option<PathBuf>,
    /// With `--against`: exit code 99 where a figure is shown to be worse than BINARY's by more than SHARE, such as `5%`:
    /// block by block, corrected for how many figures there are
    #[arg(long, value_name = "SHARE", value_parser = accepted, allow_hyphen_values = true, conflicts_with = "resume")]
    fail_on_regression: Option<Accepted>,
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
    shown: Shown,
    /// Scenarios whose run reached the time limit, or of which a gate or a comparison can tell nothing.
    unfinished: Vec<String>,
}

impl Run {
    pub(super) fn execute(self) -> Result<(), Failure> {
        if let Some(path) = &self.resume {
            return self.go_on(path);
        }
        // clap does not ask for what a flag requires where that conflicts with something else that is there
        if self.retry_errors {
            return Err(Failure::Usage("--retry-errors: belongs to `--resume`, which goes on with a run".into()));
        }
        if self.fail_on_regression.is_some() && self.against.is_none() {
            return Err(Failure::Usage(format!(
                "{FLAG}: belongs to `--against BINARY`, which is measured in the same blocks: an earlier run is another \
                 occasion, and what differs may be the machine; three records a side can tell: `pushbench compare OLD,OLD,OLD \
                 NEW,NEW,NEW {FLAG} 5%`"
            )));
        }
        self.changes.check().map_err(Failure::Usage)?;
        // all are checked before the first one starts
        let picked = pick::pick(&self.scenarios, &self.changes.overrides())?;
        if self.dry_run {
            output::print(&plan::text(
                &picked.iter().map(|picked| &picked.scenario).collect::<Vec<_>>(),
                self.sides(),
            ))?;
        }
        for Picked { scenario, .. } in &picked {
            self.check_blocks(scenario)?;
            self.check_time(&scenario.name, scenario.least_ns().saturating_mul(self.sides().into()))?;
        }
        if let (Some(baseline), 2..) = (&self.baseline, picked.len()) {
            return Err(Failure::Usage(format!("--baseline {}: one scenario at a time", baseline.display())));
        }
        let baseline = self.baseline.as_deref().map(|path| Baseline::read(path, &self.output)).transpose()?;
        if self.dry_run {
            let against = self.against.iter();
            return against
                .flat_map(|path| picked.iter().map(move |picked| (path, &picked.scenario)))
                .try_for_each(|(path, scenario)| run::meet(path, scenario).map(drop).map_err(because));
        }
        if let (Some(file), 2..) = (&self.export_deliveries, picked.len()) {
            return Err(Failure::Usage(format!("--export-deliveries {}: one scenario at a time", file.display())));
        }
        self.output.check(picked.len())?;
        let mut sum = Sum::default();
        for Picked { scenario, word } in &picked {
            let options = self.options(&self.changes, word.clone());
            let ran = run::run(scenario, &options).map_err(because)?;
            self.finish(&ran, &scenario.name, &mut sum)?;
            let held = baseline.as_ref().map_or(Ok(()), |baseline| baseline.conclude(&ran.folder, &self.output));
            sum.unfinished.extend(held.err().map(|failure| failure.to_string()));
        }
        sum.end()
    }

    /// Makes what an unfinished record lacks.
    fn go_on(&self, path: &Path) -> Result<(), Failure> {
        let given = self.changes.flags();
        if !given.is_empty() {
            let reason = "scenario and changes are the record's own: leave out";
            return Err(Failure::Usage(format!("--resume: {reason} {}", given.join(" "))));
        }
        let path = self.output.record_at(path)?;
        let usage = |reason: &dyn Display| Failure::Usage(reason.to_string());
        let unfinished = Unfinished::open(&path).map_err(|error| usage(&error))?;
        let recorded = &unfinished.header().scenario;
        let changes = Changes::from_flags(&recorded.overrides)
            .map_err(|error| usage(&format!("{}: its overrides: {error}", path.display())))?;
        let scenario = pick::recorded(recorded, &changes.overrides())?;
        let missing = unfinished.missing(&scenario, self.retry_errors).map_err(|error| usage(&error))?;
        if self.dry_run {
            let (name, planned) = (&scenario.name, human::seconds(missing.planned_ns()));
            let (some, all) = (missing.trials(), scenario.planned_trials());
            output::print(&format!("{name}: {some} of {all} trials are missing, planned to take {planned}\n"))?;
        }
        if scenario.precision.is_none() {
            self.check_time(&scenario.name, missing.planned_ns())?;
        }
        if self.dry_run {
            return Ok(());
        }
        self.output.check(1)?;
        let warn = |difference: &str| eprintln!("pushbench: warning: since the run began, {difference}");
        let ran = missing.make(&scenario, &self.options(&changes, None), warn).map_err(because)?;
        let mut sum = Sum::default();
        self.finish(&ran, &scenario.name, &mut sum)?;
        sum.end()
    }

    /// How many builds make each trial.
    fn sides(&self) -> u32 {
        1 + u32::from(self.against.is_some())
    }

    fn options(&self, changes: &Changes, path: Option<String>) -> Options {
        Options {
            results: self.output.results().to_owned(),
            name: self.name.clone(),
            path,
            overrides: changes.flags(),
            note: self.note.clone(),
            placement: changes.placement(),
            time_limit_ns: self.time_limit,
            against: self.against.clone(),
            deliveries: self.export_deliveries.clone(),
            talk: match (self.output.quiet, self.verbose) {
                (true, _) => Talk::Nothing,
                (false, false) => Talk::Trials,
                (false, true) => Talk::Phases,
            },
        }
    }

    /// Refuses to look for a regression where none could be shown.
    fn check_blocks(&self, scenario: &Scenario) -> Result<(), Failure> {
        if self.fail_on_regression.is_none() || scenario.repeats >= FEWEST_BLOCKS {
            return Ok(());
        }
        let (name, blocks) = (&scenario.name, human::counted(scenario.repeats, "block"));
        Err(Failure::Usage(format!(
            "{FLAG}: {name} has {blocks}, in which no difference could be told from chance: at least {FEWEST_BLOCKS} \
             (`--repeats`), and the more the smaller a one is seen"
        )))
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
        if let Some(against) = &ran.against {
            sum.shown.other(&against.join(record::FILE))?;
        }
        sum.shown.add(&ran.folder.join(record::FILE), &[], &self.output)?;
        sum.trials += ran.made;
        sum.failed += ran.failed;
        if let (Some(against), true) = (&ran.against, ran.end != EndReason::Interrupted) {
            let gated = against::conclude(&ran.folder, against, &self.output, self.fail_on_regression)?;
            if let (Some(accepted), Some(gated)) = (self.fail_on_regression, gated) {
                let gated = match gated {
                    Gated::Worse(worse) => Gated::Worse(format!("{scenario}: {worse}")),
                    other => other,
                };
                sum.shown.gated(&accepted.to_string(), &gated, &self.output)?;
                if let Gated::Untellable(reason) = gated {
                    sum.unfinished.push(format!("{scenario}: {reason}"));
                }
            }
        }
        match ran.end {
            EndReason::Finished | EndReason::Precise | EndReason::Imprecise => Ok(()),
            EndReason::Interrupted => Err(Failure::Interrupted),
            EndReason::TimeLimit => {
                sum.unfinished
                    .push(format!("{scenario} reached its time limit of {}", human::seconds(self.time_limit)));
                Ok(())
            }
        }
    }
}

impl Sum {
    fn end(self) -> Result<(), Failure> {
        let mut reasons = self.unfinished;
        let kept = if reasons.is_empty() { "" } else { "; what was finished is kept" };
        if self.failed > 0 {
            reasons.push(format!("{} of {} trials failed", self.failed, self.trials));
        }
        match (reasons.is_empty(), self.shown.missed()) {
            (false, _) => Err(Failure::Failed(reasons.join("; ") + kept)),
            (true, Some(missed)) => Err(Failure::Missed(missed)),
            (true, None) => Ok(()),
        }
    }
}

fn because(failed: run::Failed) -> Failure {
    match failed {
        run::Failed::Place(error) => Failure::Usage(error.to_string()),
        run::Failed::Limit(reason) => Failure::Usage(reason),
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
