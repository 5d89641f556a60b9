//! A run's work: its trials, made one after another into the record.

use super::calibration;
use super::child::{Interrupt, Program};
use super::deliveries::Export;
use super::pilots;
use super::precise::Precise;
use super::progress::{Progress, Talk};
use super::trial::{self, Places, Setting};
use crate::clock::{self, Nanos};
use crate::pilot::{self, Settling};
use crate::record::{EndReason, Outcome, Side, TrialLine, Writer};
use crate::scenario::{CALIBRATION, Scenario, planned_trial_ns};
use crate::system::Placement;
use crate::trial::Trial;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::collections::HashMap;
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
    /// Another build of pushbench, whose trials are made in turn with ours.
    pub against: Option<PathBuf>,
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
    /// The folder of the other build's record.
    pub against: Option<PathBuf>,
    /// Why it ended.
    pub end: EndReason,
    /// Trials that stand in the record, or in both.
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
    let slower = if made.is_empty() { 1.0 } else { (taken_ns as f64 / planned_ns(made).max(1) as f64).max(1.0) };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a time of a run
    let expected = (planned_ns(rest) as f64 * slower * 1.05) as Nanos;
    expected
}

/// The folder of the other build's record, in the run's own.
pub(super) const AGAINST: &str = "against";

/// How long the trials' warm-up is.
pub(super) enum ToSettle {
    /// As the scenario says.
    Fixed,
    /// As pilots of these have to find.
    Open(Vec<Trial>),
    /// As they found.
    Found(Settling),
}

impl ToSettle {
    /// How long the pilots are planned to take, in nanoseconds.
    pub(super) fn planned_ns(&self) -> Nanos {
        match self {
            ToSettle::Open(trials) => trials.iter().map(|trial| planned_trial_ns(&pilot::of(trial))).sum(),
            ToSettle::Fixed | ToSettle::Found(_) => 0,
        }
    }
}

/// The other build that every trial is made by, too.
pub(super) struct Against {
    pub(super) program: Program,
    pub(super) folder: PathBuf,
    pub(super) writer: Writer,
}

/// What is to be made, and what has been.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    pub(super) places: Places,
    pub(super) export: Option<Export>,
    pub(super) settling: ToSettle,
    pub(super) slots: Vec<Slot>,
    pub(super) against: Option<Against>,
    /// Whether another block is needed, where that is not fixed.
    pub(super) precise: Option<Precise>,
    /// Up to which block trials stand in the record, or stood: what failed of these is made again however much is known.
    pub(super) begun: u32,
    pub(super) made: u32,
    pub(super) failed: u32,
}

impl Work {
    pub(super) fn make(mut self, scenario: &Scenario, options: &Options, mut writer: Writer) -> Result<Ran, Failed> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let planned_ns = planned_ns(&self.slots) + CALIBRATION + self.settling.planned_ns();
        let progress = Progress::new(scenario, (self.slots.len(), planned_ns), self.sides(), options.talk);
        let began_at = clock::now();
        let end = runtime.block_on(async {
            let mut interrupt = Interrupt::listen(Duration::from_nanos(options.time_limit_ns))?;
            if let Some(reason) = self.calibrate(&mut writer, &progress, &mut interrupt).await? {
                return Ok(reason);
            }
            if let Some(reason) = self.settle(&mut writer, &progress, &mut interrupt).await? {
                return Ok(reason);
            }
            let times = (began_at, clock::now());
            let slots = std::mem::take(&mut self.slots);
            let firsts = firsts(&slots, scenario.seed);
            for (place, first) in firsts.into_iter().enumerate() {
                if let Some(reason) = self.enough(&slots, place, times, options.time_limit_ns) {
                    progress.enough();
                    return Ok(reason);
                }
                let turns = if self.against.is_some() { vec![first, other(first)] } else { vec![Side::New] };
                for side in turns {
                    if let Some(reason) = self.turn(&slots[place], side, &mut writer, &progress, &mut interrupt).await?
                    {
                        return Ok(reason);
                    }
                }
            }
            Ok::<_, Failed>(self.precise.as_ref().map_or(EndReason::Finished, Precise::at_last))
        })?;
        writer.end(end)?;
        let against = self.against.map(|against| against.writer.end(end).map(|()| against.folder)).transpose()?;
        Ok(Ran { folder: self.folder, against, end, made: self.made, failed: self.failed })
    }

    /// Why the block that begins at `place` is not made, if one begins there and it is not. The run began at `began_at`, its
    /// first trial at `first_at`.
    fn enough(
        &self,
        slots: &[Slot],
        place: usize,
        (began_at, first_at): (Nanos, Nanos),
        limit_ns: Nanos,
    ) -> Option<EndReason> {
        let block = slots[place].block;
        let begins = block > self.begun && slots[..place].last().is_none_or(|before| before.block != block);
        let precise = self.precise.as_ref().filter(|_| begins)?;
        let rest = slots[place..].iter().take_while(|slot| slot.block == block);
        let now = clock::now();
        let late = expected_ns(&slots[..place], now - first_at, rest) > limit_ns.saturating_sub(now - began_at);
        // one that is gone on with goes on: how long a block takes here is not known yet
        precise.enough(block, late && place > 0)
    }

    /// How many builds make each trial.
    fn sides(&self) -> u32 {
        1 + u32::from(self.against.is_some())
    }

    /// Each side's calibration, into its own record. Gives the reason for which the run has to end now.
    async fn calibrate(
        &mut self,
        own: &mut Writer,
        progress: &Progress,
        interrupt: &mut Interrupt,
    ) -> Result<Option<EndReason>, Failed> {
        let other = self.against.as_mut().map(|against| (&against.program, &mut against.writer));
        for (program, writer) in other.into_iter().chain([(&Program::Own, own)]) {
            progress.calibrates();
            let setting = Setting { program, places: &self.places, progress };
            match calibration::calibrate(&setting, interrupt).await {
                Ok(calibration) => {
                    writer.calibration(calibration.clone())?;
                    progress.calibrated(&calibration);
                }
                Err(reason) => return Ok(Some(reason)),
            }
        }
        Ok(None)
    }

    /// Makes the pilots, where the record does not have what they found: with this build alone, so that both sides' trials have
    /// the same phases. Gives the reason for which the run has to end now.
    async fn settle(
        &mut self,
        own: &mut Writer,
        progress: &Progress,
        interrupt: &mut Interrupt,
    ) -> Result<Option<EndReason>, Failed> {
        let ToSettle::Open(trials) = &self.settling else { return Ok(None) };
        let setting = Setting { program: &Program::Own, places: &self.places, progress };
        let settling = match pilots::make(&setting, trials, interrupt).await {
            Ok(settling) => settling,
            Err(reason) => return Ok(Some(reason)),
        };
        if let Some(against) = &mut self.against {
            against.writer.settling(settling.clone())?;
        }
        own.settling(settling.clone())?;
        self.slots.iter_mut().for_each(|slot| slot.trial.windows.warmup_ns = settling.warmup_ns);
        progress.settled(&settling, planned_ns(&self.slots));
        self.settling = ToSettle::Found(settling);
        Ok(None)
    }

    /// One trial, by one side. Gives the reason for which the run has to end now.
    async fn turn(
        &mut self,
        slot: &Slot,
        side: Side,
        own: &mut Writer,
        progress: &Progress,
        interrupt: &mut Interrupt,
    ) -> Result<Option<EndReason>, Failed> {
        let &Slot { block, order, ref trial } = slot;
        let (program, writer) = match (&mut self.against, side) {
            (Some(against), Side::Old) => (&against.program, &mut against.writer),
            _ => (&Program::Own, own),
        };
        progress.begin(order, trial, side);
        let began = clock::now();
        let setting = Setting { program, places: &self.places, progress };
        let deliveries = self.export.as_ref().map(|export| export.order(block, order, trial.transport));
        let outcome = match trial::make(&setting, trial, deliveries, interrupt).await {
            Ok(mut outcome) => {
                if let Outcome::Measured(measured) = &mut outcome {
                    if block > 1 {
                        measured.timeline.clear(); // the first block's show all that others would
                    }
                    if let ToSettle::Found(settling) = &self.settling {
                        measured.doubts.extend(pilots::doubt(settling, trial));
                    }
                }
                outcome
            }
            Err(reason) => {
                self.export.as_mut().map_or(Ok(()), |export| export.trial(false))?;
                return Ok(Some(reason));
            }
        };
        let line = TrialLine { block, order, took_ns: clock::now() - began, trial: trial.clone(), outcome };
        let failed = matches!(line.outcome, Outcome::Error(_));
        self.failed += u32::from(failed);
        self.made += 1;
        // this build's intervals say how many blocks both make
        if let Some(precise) = self.precise.as_mut().filter(|_| side == Side::New) {
            precise.add(&line);
        }
        // finished is what is on the disk
        writer.trial(line.clone())?;
        if let Some(export) = &mut self.export {
            export.trial(!failed)?;
        }
        progress.finished(&line, side);
        Ok(None)
    }
}

/// Which side makes a trial first, slot by slot: the seed's coin says it in one block, and in the next it is the other, so
/// that neither is met by the warmer machine more often.
fn firsts(slots: &[Slot], seed: u64) -> Vec<Side> {
    let mut coin = Pcg64::seed_from_u64(seed);
    let mut last: HashMap<Vec<u8>, Side> = HashMap::new();
    let first = |slot: &Slot| {
        let mut kind = slot.trial.clone();
        kind.feed.seed = 0; // what a block's trials have of their own
        let kind = serde_json::to_vec(&kind).unwrap_or_default();
        match last.remove(&kind) {
            Some(before) => other(before),
            None => {
                let side = if coin.next_u64() >> 63 == 0 { Side::Old } else { Side::New };
                last.insert(kind, side);
                side
            }
        }
    };
    slots.iter().map(first).collect()
}

fn other(side: Side) -> Side {
    match side {
        Side::Old => Side::New,
        Side::New => Side::Old,
    }
}
