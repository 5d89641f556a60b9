//! Going on with a run that did not come to its end.

use super::other::through_text;
use super::place;
use super::precise::Precise;
use super::trial::Places;
use super::work::{self, Failed, Options, Ran, Slot, ToSettle, Work};
use crate::clock::{self, Nanos};
use crate::control::Hello;
use crate::record::{EndReason, FORMAT, Header, Outcome, Record, Resumed, Unreadable, Writer};
use crate::scenario::{CALIBRATION, Scenario};
use crate::schedule::Schedule;
use crate::trial::Trial;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A record to go on with. Nothing in it is changed yet, and no other process can go on with it.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    record: Record,
    writer: Writer,
}

/// What an unfinished record lacks.
pub struct Missing {
    unfinished: Unfinished,
    slots: Vec<Slot>,
    precise: Option<Precise>,
    settling: ToSettle,
    standing: u32,
    failed: u32,
    retried: u32,
}

/// Why a run cannot be gone on with.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Unresumable {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: format {found}, this pushbench goes on with format {FORMAT}", path.display())]
    Format { path: PathBuf, found: u32 },
    #[error("{}: made in turn with another pushbench's trials (--against): what it lacks could not be interleaved any more; make the run again", path.display())]
    Paired { path: PathBuf },
    #[error("{}: redacted: what it lacks cannot be told any more", path.display())]
    Redacted { path: PathBuf },
    #[error("{}: nothing is missing: all {trials} trials are there{hint}", path.display())]
    Complete { path: PathBuf, trials: u32, hint: &'static str },
    #[error("{}: trial {order} is not what this pushbench makes of the scenario: go on with the one that began it ({by})", path.display())]
    Other { path: PathBuf, order: u32, by: String },
    #[error("{}: {file} is not the file that the run began to replay: its SHA-256 is another", path.display())]
    Replayed { path: PathBuf, file: String },
}

impl Unfinished {
    /// Opens the record at `path`.
    ///
    /// # Errors
    /// When it cannot be read, a run still writes it, or it is of another format.
    pub fn open(path: &Path) -> Result<Unfinished, Unresumable> {
        let (record, writer) = Writer::reopen(path)?;
        match record.header.format {
            _ if record.header.redacted => Err(Unresumable::Redacted { path: path.to_owned() }),
            _ if record.header.paired.is_some() => Err(Unresumable::Paired { path: path.to_owned() }),
            FORMAT => Ok(Unfinished { path: path.to_owned(), record, writer }),
            found => Err(Unresumable::Format { path: path.to_owned(), found }),
        }
    }

    /// What was to be done.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.record.header
    }

    /// Holds the record against `scenario`, which is what its header says. Failed trials are missing if they are to be
    /// made again.
    ///
    /// # Errors
    /// When a trial is none of the scenario's, or none is missing.
    pub fn missing(self, scenario: &Scenario, retry_errors: bool) -> Result<Missing, Unresumable> {
        let ended = self.record.end.as_ref().map(|end| end.reason);
        let enough = matches!(ended, Some(EndReason::Precise | EndReason::Imprecise));
        let settling = match self.record.settling.clone() {
            _ if !scenario.settles => ToSettle::Fixed,
            Some(found) => ToSettle::Found(found),
            None => ToSettle::Open(scenario.trials.clone()),
        };
        let mut slots = match &settling {
            ToSettle::Found(found) => work::slots(&scenario.with_warmup(found.warmup_ns)),
            ToSettle::Fixed | ToSettle::Open(_) => work::slots(scenario),
        };
        let mut precise = Precise::of(scenario);
        let (mut failed, mut retried) = (0, 0);
        for line in &self.record.trials {
            let place = slots.iter().position(|slot| slot.order == line.order);
            let slot = place.filter(|&at| {
                slots[at].block == line.block && through_text(&slots[at].trial).as_ref() == Some(&line.trial)
            });
            let Some(at) = slot else {
                if let Some(file) = place.and_then(|at| changed_file(&slots[at].trial, &line.trial)) {
                    return Err(Unresumable::Replayed { path: self.path, file });
                }
                let Header { version, revision, .. } = &self.record.header;
                let by = revision.as_ref().map_or(version.clone(), |revision| format!("{version}, git {revision}"));
                return Err(Unresumable::Other { path: self.path, order: line.order, by });
            };
            if let Some(precise) = &mut precise {
                precise.add(line);
            }
            match line.outcome {
                Outcome::Error(_) if retry_errors => retried += 1,
                Outcome::Error(_) => {
                    failed += 1;
                    slots.remove(at);
                }
                Outcome::Measured(_) => drop(slots.remove(at)),
            }
        }
        let standing = u32::try_from(self.record.trials.len()).unwrap_or(u32::MAX);
        if enough {
            // what is left are blocks that were not needed; trials that failed may be made again
            slots.retain(|slot| self.record.trials.iter().any(|line| line.order == slot.order));
        }
        if slots.is_empty() {
            let hint = if failed > 0 { "; --retry-errors makes those that failed again" } else { "" };
            return Err(Unresumable::Complete { path: self.path, trials: standing, hint });
        }
        Ok(Missing { unfinished: self, slots, precise, settling, standing, failed, retried })
    }
}

impl Missing {
    /// How many trials are missing.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.slots.len()
    }

    /// How long they are planned to take, in nanoseconds.
    #[must_use]
    pub fn planned_ns(&self) -> Nanos {
        work::planned_ns(&self.slots) + CALIBRATION + self.settling.planned_ns()
    }

    /// Makes them. `warn` is told of each thing that is not as it was when the run began.
    ///
    /// # Errors
    /// As those of a run.
    pub fn make(self, scenario: &Scenario, options: &Options, warn: impl Fn(&str)) -> Result<Ran, Failed> {
        let Unfinished { path, record, mut writer } = self.unfinished;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        let export = options.export()?.map(|export| export.within(&folder));
        let places = Places(options.placement.clone());
        let own = Hello::own();
        let resumed = Resumed {
            unix_ms: clock::unix_ms(SystemTime::now()),
            environment: place::environment(&places, &own),
            version: own.version,
            revision: own.revision,
            trials: self.standing,
            retried: self.retried,
        };
        for difference in resumed.differences(&record.header) {
            warn(&difference);
        }
        writer.resumed(resumed)?;
        let made = self.standing - self.retried;
        let (slots, precise, settling, failed) = (self.slots, self.precise, self.settling, self.failed);
        let begun = record.trials.iter().map(|line| line.block).max().unwrap_or(0);
        let against = None;
        let work = Work { folder, places, export, settling, slots, against, precise, begun, made, failed };
        work.make(scenario, options, writer)
    }
}

/// The file that both replay, where it is not the same any more.
fn changed_file(now: &Trial, then: &Trial) -> Option<String> {
    match (&now.feed.schedule, &then.feed.schedule) {
        (Schedule::Replay(now), Schedule::Replay(then)) if now.sha256 != then.sha256 => Some(now.file.clone()),
        _ => None,
    }
}
