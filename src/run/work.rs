//! A run's work: its trials, made one after another into the record.

use super::child::Interrupt;
use super::deliveries::Export;
use super::precise::Precise;
use super::progress::{Progress, Talk};
use super::trial::{self, Places, Setting};
use crate::clock::{self, Nanos};
use crate::record::{EndReason, Outcome, TrialLine, Writer};
use crate::scenario::{Scenario, planned_trial_ns};
use crate::system::Placement;
use crate::trial::Trial;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Where server and load run.
    pub placement: Placement,
    /// How long it may take; when that is over it ends as if interrupted.
    pub time_limit_ns: Nanos,
    /// A file for every delivery.
    pub deliveries: Option<PathBuf>,
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
    /// The system's limits do not allow for as many clients.
    #[error("{0}")]
    Limit(String),
    /// The system gives no more: the disk is full, most likely.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Failed {
    pub(super) fn to_make_folder(error: io::Error) -> Failed {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failed::System(error),
            _ => Failed::Place(error),
        }
    }
}

impl Options {
    /// Begins the export, if one is asked for.
    pub(super) fn export(&self) -> Result<Option<Export>, Failed> {
        self.deliveries.as_deref().map(Export::create).transpose().map_err(Failed::to_make_folder)
    }
}

/// A trial's place in the run.
pub(super) struct Slot {
    pub(super) block: u32,
    /// From 1, over all blocks.
    pub(super) order: u32,
    pub(super) trial: Trial,
}

/// All trials of `scenario`, in their order, which its seed fixes.
pub(super) fn slots(scenario: &Scenario) -> Vec<Slot> {
    let blocks = (1..=scenario.repeats).flat_map(|block| scenario.block(block).into_iter().map(move |t| (block, t)));
    (1..).zip(blocks).map(|(order, (block, trial))| Slot { block, order, trial }).collect()
}

/// How long `slots` are planned to take.
pub(super) fn planned_ns<'s>(slots: impl IntoIterator<Item = &'s Slot>) -> Nanos {
    slots.into_iter().map(|slot| planned_trial_ns(&slot.trial)).sum()
}

/// How long `rest` will take, when `made` took `taken_ns`: as much longer than planned as those did, and a little more.
fn expected_ns<'s>(made: &[Slot], taken_ns: Nanos, rest: impl IntoIterator<Item = &'s Slot>) -> Nanos {
    let slower = (taken_ns as f64 / planned_ns(made).max(1) as f64).max(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time of a run
    let expected = (planned_ns(rest) as f64 * slower * 1.05) as Nanos;
    expected
}

/// What is to be made, and what has been.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    pub(super) places: Places,
    pub(super) export: Option<Export>,
    pub(super) slots: Vec<Slot>,
    /// Whether another block is needed, where that is not fixed.
    pub(super) precise: Option<Precise>,
    pub(super) made: u32,
    pub(super) failed: u32,
}

impl Work {
    pub(super) fn make(mut self, scenario: &Scenario, options: &Options, mut writer: Writer) -> Result<Ran, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let progress = Progress::new(scenario, self.slots.len(), planned_ns(&self.slots), options.talk);
        let began_at = clock::now();
        let end = runtime.block_on(async {
            let mut interrupt = Interrupt::listen(Duration::from_nanos(options.time_limit_ns))?;
            let setting = Setting { places: &self.places, progress: &progress };
            let slots = std::mem::take(&mut self.slots);
            for (place, Slot { block, order, trial }) in slots.iter().enumerate() {
                let (block, order, trial) = (*block, *order, trial.clone());
                if let Some(precise) = self.precise.as_ref().filter(|_| place > 0 && slots[place - 1].block != block) {
                    let rest = slots[place..].iter().take_while(|slot| slot.block == block);
                    let taken = clock::now() - began_at;
                    let late = expected_ns(&slots[..place], taken, rest) > options.time_limit_ns.saturating_sub(taken);
                    if let Some(reason) = precise.enough(block, late) {
                        progress.enough();
                        return Ok(reason);
                    }
                }
                progress.begin(order, &trial);
                let began = clock::now();
                let deliveries = self.export.as_ref().map(|export| export.order(block, order, trial.transport));
                let outcome = match trial::make(&setting, &trial, deliveries, &mut interrupt).await {
                    Ok(mut outcome) => {
                        if let Outcome::Measured(measured) = &mut outcome
                            && block > 1
                        {
                            measured.timeline.clear(); // the first block's show all that others would
                        }
                        outcome
                    }
                    Err(reason) => {
                        self.export.as_mut().map_or(Ok(()), |export| export.trial(false))?;
                        return Ok(reason);
                    }
                };
                let line = TrialLine { block, order, took_ns: clock::now() - began, trial, outcome };
                let failed = matches!(line.outcome, Outcome::Error(_));
                self.failed += u32::from(failed);
                self.made += 1;
                if let Some(precise) = &mut self.precise {
                    precise.add(&line);
                }
                // finished is what is on the disk
                writer.trial(line.clone())?;
                if let Some(export) = &mut self.export {
                    export.trial(!failed)?;
                }
                progress.finished(&line);
            }
            Ok::<_, Failed>(self.precise.as_ref().map_or(EndReason::Finished, Precise::at_last))
        })?;
        writer.end(end)?;
        Ok(Ran { folder: self.folder, end, made: self.made, failed: self.failed })
    }
}
