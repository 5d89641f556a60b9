//! The run: blocks of trials, each with its two children, into a record.

mod child;
mod folder;
mod judge;
mod place;
mod progress;
mod trial;

use crate::clock::{self, Nanos};
use crate::record::{self, EndReason, Header, Outcome, ScenarioText, TrialLine, Writer};
use crate::scenario::{Scenario, planned_trial_ns};
use crate::trial::Trial;
use child::Interrupt;
pub use folder::latest;
use progress::Progress;
pub use progress::Talk;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trial::Places;

/// How a run is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder under which the run makes its own.
    pub results: PathBuf,
    /// What its folder is called, beside when it began; `None`: as the scenario.
    pub name: Option<String>,
    /// The scenario's name or file as it was given; `None`: the default.
    pub path: Option<String>,
    /// What the command line overrode, as it was typed.
    pub overrides: Vec<String>,
    /// What somebody wants to remember of it.
    pub note: Option<String>,
    /// Whether server and load stay on disjoint CPUs.
    pub affinity: bool,
    /// How long it may take; when that is over it ends as if interrupted.
    pub time_limit_ns: Nanos,
    /// What to say on the way.
    pub talk: Talk,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The run's folder.
    pub folder: PathBuf,
    /// Why it ended.
    pub end: EndReason,
    /// Trials that stand in the record.
    pub made: u32,
    /// Of these, how many failed.
    pub failed: u32,
}

/// Why a run came to nothing, or did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Results cannot stand where they were told to.
    #[error("{0}")]
    Place(io::Error),
    /// The system gives no more: the disk is full, most likely.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Failed {
    fn to_make_folder(error: io::Error) -> Failed {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failed::System(error),
            _ => Failed::Place(error),
        }
    }
}

/// A trial's place in the run.
struct Slot {
    block: u32,
    /// From 1, over all blocks.
    order: u32,
    trial: Trial,
}

/// All trials of `scenario`, in their order, which its seed fixes.
fn slots(scenario: &Scenario) -> Vec<Slot> {
    let blocks = (1..=scenario.repeats).flat_map(|block| scenario.block(block).into_iter().map(move |t| (block, t)));
    (1..).zip(blocks).map(|(order, (block, trial))| Slot { block, order, trial }).collect()
}

/// Makes every trial of `scenario` and leaves a record.
///
/// # Errors
/// When the record cannot be written; what stood there before stands.
pub fn run(scenario: &Scenario, options: &Options) -> Result<Ran, Failed> {
    let places = Places::new(options.affinity);
    let started = SystemTime::now();
    let name = options.name.as_ref().unwrap_or(&scenario.name);
    let folder = folder::make(&options.results, started, name).map_err(Failed::to_make_folder)?;
    let writer = Writer::create(&folder, header(scenario, options, &places, started))?;
    let work = Work { folder, places, slots: slots(scenario), failed: 0, made: 0 };
    work.make(scenario, options, writer)
}

/// What is to be made, and what has been.
struct Work {
    folder: PathBuf,
    places: Places,
    slots: Vec<Slot>,
    made: u32,
    failed: u32,
}

impl Work {
    fn make(mut self, scenario: &Scenario, options: &Options, mut writer: Writer) -> Result<Ran, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let left_ns = self.slots.iter().map(|slot| planned_trial_ns(&slot.trial)).sum();
        let progress = Progress::new(scenario, self.slots.len(), left_ns, options.talk);
        let end = runtime.block_on(async {
            let mut interrupt = Interrupt::listen(Duration::from_nanos(options.time_limit_ns))?;
            for Slot { block, order, trial } in std::mem::take(&mut self.slots) {
                progress.begin(order, &trial);
                let began = clock::now();
                let outcome = match trial::make(&trial, &self.places, &mut interrupt, &progress).await {
                    Ok(outcome) => outcome,
                    Err(reason) => return Ok(reason),
                };
                let line = TrialLine { block, order, took_ns: clock::now() - began, trial, outcome };
                self.failed += u32::from(matches!(line.outcome, Outcome::Error(_)));
                self.made += 1;
                // finished is what is on the disk
                writer.trial(line.clone())?;
                progress.finished(&line);
            }
            Ok::<_, Failed>(EndReason::Finished)
        })?;
        writer.end(end)?;
        Ok(Ran { folder: self.folder, end, made: self.made, failed: self.failed })
    }
}

fn unix_ms(at: SystemTime) -> u64 {
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

fn header(scenario: &Scenario, options: &Options, places: &Places, started: SystemTime) -> Header {
    Header {
        format: record::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: place::revision(),
        started_unix_ms: unix_ms(started),
        scenario: ScenarioText {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            text: scenario.text.clone(),
            path: options.path.clone(),
            overrides: options.overrides.clone(),
        },
        note: options.note.clone(),
        blocks: scenario.repeats,
        trials: scenario.planned_trials(),
        planned_ns: scenario.planned_ns(),
        environment: place::environment(places),
    }
}
