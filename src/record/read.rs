//! A record as a whole, out of its lines.

use super::line::{End, FORMAT, Header, Line, Resumed, TrialLine};
use crate::calibration::Calibration;
use crate::pilot::Settling;
use crate::trial::Trial;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Updates per second of a feed, at the most: one a nanosecond.
const FASTEST: f64 = 1e9;

/// A record as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The first line.
    pub header: Header,
    /// What the run found out about itself; `None` in a record of format 1, and where the run was stopped before.
    pub calibration: Option<Calibration>,
    /// The same whenever it was gone on with, as far as trials were made then.
    pub recalibrated: Vec<Recalibrated>,
    /// What pilot trials found; `None` where the warm-up is as the scenario says. The header's `resolved` is then as it was found.
    pub settling: Option<Settling>,
    /// The finished trials, in the order in which they were made.
    pub trials: Vec<TrialLine>,
    /// When it was gone on with.
    pub resumed: Vec<Resumed>,
    /// The closing line; `None` when the run was killed or still goes on.
    pub end: Option<End>,
}

/// What a run that was gone on with found out about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalibrated {
    /// What it found.
    pub calibration: Calibration,
    /// The trials that were made behind it, by their order.
    pub trials: BTreeSet<u32>,
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Unreadable {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: empty: the run was stopped before its header was written", path.display())]
    Empty { path: PathBuf },
    #[error("{}: line 1: not a pushbench record: {reason}", path.display())]
    Foreign { path: PathBuf, reason: String },
    #[error("{}: line 1: format {found}, this pushbench reads up to {FORMAT}: use the version that wrote it, or a newer one", path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error("{}: a run is still writing it", path.display())]
    Busy { path: PathBuf },
    #[error("{}: line {line}: {reason}", path.display())]
    Damaged { path: PathBuf, line: usize, reason: String },
}

impl Record {
    /// Reads the record at `path`, a `record.ndjson`.
    ///
    /// # Errors
    /// [`Unreadable`], with the place.
    pub fn read(path: &Path) -> Result<Record, Unreadable> {
        let bytes = std::fs::read(path).map_err(|source| Unreadable::Io { path: path.into(), source })?;
        Self::parse(path, &bytes)
    }

    /// Reads the bytes of the record at `path`.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Record, Unreadable> {
        let mut lines = lines(path, bytes)?.into_iter();
        let Some(Line::Header(header)) = lines.next() else { return Err(no_header(path, bytes)) };
        let header = *header;
        let mut record = Record {
            header,
            calibration: None,
            recalibrated: Vec::new(),
            settling: None,
            trials: Vec::new(),
            resumed: Vec::new(),
            end: None,
        };
        for line in lines {
            match line {
                Line::Header(_) => {} // there is one
                Line::Calibration(calibration) if record.trials.is_empty() => record.calibration = Some(*calibration),
                Line::Calibration(calibration) => {
                    record.recalibrated.retain(|before| !before.trials.is_empty());
                    record.recalibrated.push(Recalibrated { calibration: *calibration, trials: BTreeSet::new() });
                }
                Line::Settling(settling) => {
                    let resolved = record.header.resolved.iter_mut();
                    resolved.for_each(|trial| trial.windows.warmup_ns = settling.warmup_ns);
                    record.settling = Some(*settling);
                }
                Line::Trial(trial) => {
                    record.trials.retain(|before| before.order != trial.order);
                    for earlier in &mut record.recalibrated {
                        earlier.trials.remove(&trial.order);
                    }
                    if let Some(last) = record.recalibrated.last_mut() {
                        last.trials.insert(trial.order);
                    }
                    record.trials.push(*trial);
                }
                Line::Resumed(resumed) => {
                    record.end = None;
                    record.resumed.push(*resumed);
                }
                Line::End(end) => record.end = Some(end),
            }
        }
        record.recalibrated.retain(|one| !one.trials.is_empty());
        // what all trials that stand were made behind is the run's own
        let later: usize = record.recalibrated.iter().map(|one| one.trials.len()).sum();
        if later > 0 && later == record.trials.len() {
            record.calibration = Some(record.recalibrated.remove(0).calibration);
        }
        Ok(record)
    }

    /// What the run knew about itself when it made trial `order`.
    #[must_use]
    pub fn calibration_of(&self, order: u32) -> Option<&Calibration> {
        let again = self.recalibrated.iter().find(|again| again.trials.contains(&order));
        again.map_or(self.calibration.as_ref(), |again| Some(&again.calibration))
    }
}

/// The lines of the record at `path`: a header, and no other one behind it.
///
/// # Errors
/// As [`Record::read`].
pub fn lines(path: &Path, bytes: &[u8]) -> Result<Vec<Line>, Unreadable> {
    // what follows the last line end was torn by a crash
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(&bytes[..0], |end| &bytes[..end]);
    let mut texts = whole.split(|&byte| byte == b'\n').enumerate();
    let first = texts.next().map(|(_, line)| line).filter(|line| !line.is_empty());
    let mut lines = vec![Line::Header(Box::new(read_header(path, first.ok_or_else(|| no_header(path, bytes))?)?))];
    for (index, text) in texts {
        let damaged = |reason: String| Unreadable::Damaged { path: path.into(), line: index + 1, reason };
        match serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))? {
            Line::Header(_) => return Err(damaged("a second header".into())),
            Line::Trial(trial) => {
                fit(&trial.trial).map_err(damaged)?;
                lines.push(Line::Trial(trial));
            }
            line => lines.push(line),
        }
    }
    Ok(lines)
}

/// Refuses what no scenario asks for and no report would come to the end of.
fn fit(trial: &Trial) -> Result<(), String> {
    let rate = trial.feed.schedule.rate();
    if rate > 0.0 && rate <= FASTEST { Ok(()) } else { Err(format!("a feed of {rate} updates per second")) }
}

fn no_header(path: &Path, bytes: &[u8]) -> Unreadable {
    const BEGINNING: &[u8] = b"{\"line\":\"header\"";
    if bytes.starts_with(BEGINNING) || BEGINNING.starts_with(bytes) {
        Unreadable::Empty { path: path.into() }
    } else {
        Unreadable::Foreign { path: path.into(), reason: "its first line is not a header".into() }
    }
}

fn read_header(path: &Path, line: &[u8]) -> Result<Header, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let foreign = |error: serde_json::Error| Unreadable::Foreign { path: path.into(), reason: error.to_string() };
    let Version { format } = serde_json::from_slice(line).map_err(foreign)?;
    if format > FORMAT {
        return Err(Unreadable::Newer { path: path.into(), found: format });
    }
    match serde_json::from_slice(line).map_err(foreign)? {
        Line::Header(header) => Ok(*header),
        Line::Calibration(_) | Line::Settling(_) | Line::Trial(_) | Line::Resumed(_) | Line::End(_) => {
            Err(Unreadable::Foreign { path: path.into(), reason: "its first line is not a header".into() })
        }
    }
}
