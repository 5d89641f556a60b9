//! A replayed file: read, checked line by line, and timed. One line is one update.
//!
//! Whoever needs the lines reads the file himself: the scenario to check it, then each child once a trial, held to the
//! digest that the scenario took.

mod stamp;

use crate::clock::{Nanos, SECOND};
use crate::schedule::{self, Replay, Timing};
use crate::update;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::ops::Range;
use std::path::Path;

/// In front of the name of a sample that is embedded.
pub const SAMPLE: &str = "sample:";
/// The samples that are embedded, so that a shipped scenario runs in any folder.
const SAMPLES: [(&str, &[u8]); 1] = [("ticker", include_bytes!("../scenarios/samples/ticker.ndjson"))];
/// Octets a replayed file may have: three processes hold it in memory.
const MAX_OCTETS: usize = 256 << 20;
/// The shortest line, in octets: no update is shorter than [`update::MIN_LEN`].
const MIN_LINE: usize = update::MIN_LEN - update::NUMBER_LEN - 1;
/// The longest line, in octets.
const MAX_LINE: usize = update::MAX_LEN - update::NUMBER_LEN - 1;

/// What is wrong with a replayed file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Invalid {
    /// The key of `[feed]` that does not fit the file.
    pub key: &'static str,
    /// The file, and the line where it is one's fault.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The lines of a file, and when they are due.
#[derive(Debug)]
pub struct Lines {
    file: String,
    octets: u64,
    sha256: String,
    text: String,
    /// Where each line is in `text`, without what ends it.
    spans: Vec<Range<u32>>,
    timing: Timing,
    /// When each is due in the first pass, in nanoseconds after t0; empty where they are evenly spaced.
    recorded: Vec<Nanos>,
    lasts_ns: Nanos,
}

impl Lines {
    /// Reads and checks `file`: a path, or [`SAMPLE`] and a name.
    ///
    /// # Errors
    /// [`Invalid`]: the first thing that is wrong.
    pub fn read(file: &str, timing: &Timing) -> Result<Lines, Invalid> {
        let octets = contents(file)?;
        let sha256 = digest(&octets);
        Lines::parse(file, octets, sha256, timing)
    }

    fn parse(file: &str, octets: Vec<u8>, sha256: String, timing: &Timing) -> Result<Lines, Invalid> {
        let len = octets.len() as u64;
        let text = String::from_utf8(octets).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&o| o == b'\n').count();
            invalid(file, Some(line), "no UTF-8: a replayed file is text".into())
        })?;
        let spans = spans(file, &text)?;
        let mut lines = Lines {
            file: file.to_owned(),
            octets: len,
            sha256,
            text,
            spans,
            timing: timing.clone(),
            recorded: Vec::new(),
            lasts_ns: 0,
        };
        lines.lasts_ns = match timing {
            Timing::Rate { rate } => schedule::nth(lines.spans.len() as u64, *rate),
            Timing::Timestamp { .. } => lines.take_times()?,
        };
        Ok(lines)
    }

    /// Reads the file that `replay` describes.
    ///
    /// # Errors
    /// [`Invalid`], also where it is not that file any more.
    pub fn of(replay: &Replay) -> Result<Lines, Invalid> {
        let octets = contents(&replay.file)?;
        let sha256 = digest(&octets);
        // first: what else may be wrong with it now is not what went wrong
        if sha256 != replay.sha256 {
            return Err(invalid(&replay.file, None, "changed since the run began: its SHA-256 is another".into()));
        }
        Lines::parse(&replay.file, octets, sha256, &replay.timing)
    }

    /// Takes the time of every line. Gives how long the file lasts: to its last line and, as that has a gap behind it
    /// where the file is repeated, a mean gap longer; so repeating it does not change the rate.
    fn take_times(&mut self) -> Result<Nanos, Invalid> {
        let Timing::Timestamp { field, unit, speed } = self.timing.clone() else { return Ok(self.lasts_ns) };
        let mut times = Vec::with_capacity(self.spans.len());
        for index in 0..self.spans.len() {
            let time = stamp::read(self.line(index), &field, unit)
                .map_err(|(key, message)| Invalid { key, ..invalid(&self.file, Some(index + 1), message) })?;
            if let Some(back) = times.last().map(|last| last - time).filter(|&back| back > 0) {
                let message =
                    format!("{} earlier than line {index}: the lines must stand in the order of `{field}`", span(back));
                return Err(Invalid { key: "timestamp", ..invalid(&self.file, Some(index + 1), message) });
            }
            times.push(time);
        }
        let first = times.first().copied().unwrap_or_default();
        self.recorded = times.iter().map(|time| scaled(time - first, speed)).collect();
        let (last, gaps) = (self.recorded.last().copied().unwrap_or_default(), self.recorded.len().saturating_sub(1));
        if last == 0 {
            let message = "no time passes from the first line to the last: give a `rate` instead of a timestamp".into();
            return Err(Invalid { key: "timestamp", ..invalid(&self.file, None, message) });
        }
        Ok(last.saturating_add((last / gaps as u64).max(1)))
    }

    fn line(&self, index: usize) -> &str {
        let Range { start, end } = self.spans[index];
        &self.text[start as usize..end as usize]
    }

    /// The line that update `number` (from 1) brings, where the file is repeated as often as that takes.
    #[must_use]
    pub fn of_update(&self, number: u64) -> &str {
        let count = self.spans.len() as u64;
        // the remainder of a usize is one
        self.line(usize::try_from(number.saturating_sub(1) % count).unwrap_or_default())
    }

    /// When updates 1, 2, 3… are due, in nanoseconds after t0, never decreasing; without end where the file is
    /// repeated.
    #[must_use]
    pub fn due(&self, repeat: bool) -> Box<dyn Iterator<Item = Nanos> + '_> {
        let (count, passes) = (self.spans.len() as u64, if repeat { u64::MAX } else { 1 });
        match self.timing {
            Timing::Rate { rate } => {
                Box::new((1..=count.saturating_mul(passes)).map(move |number| schedule::nth(number, rate)))
            }
            Timing::Timestamp { .. } => Box::new((0..passes).flat_map(move |pass| {
                let began = pass.saturating_mul(self.lasts_ns);
                self.recorded.iter().map(move |at| began.saturating_add(*at))
            })),
        }
    }

    /// What a trial's plan says of this file, for a feed that lasts `feed_ns`; and the largest update's size.
    ///
    /// Counts no further than `most` updates.
    ///
    /// # Errors
    /// [`Invalid`] where the file ends before the feed does.
    pub fn describe(&self, repeat: bool, feed_ns: Nanos, most: u64) -> Result<(Replay, usize), Invalid> {
        if self.lasts_ns < feed_ns && !repeat {
            let message = format!(
                "lasts {}, warm-up and steady take {}: shorten them, replay it more slowly, or set `repeat = true`",
                span(self.lasts_ns.into()),
                span(feed_ns.into())
            );
            return Err(invalid(&self.file, None, message));
        }
        let (mut updates, mut octets, mut longest) = (0, 0, 0);
        for (number, _) in (1..=most).zip(self.due(repeat).take_while(|&at| at < feed_ns)) {
            let len = update::line_len(self.of_update(number).len());
            (updates, octets, longest) = (number, octets + len as u64, longest.max(len));
        }
        #[allow(clippy::cast_precision_loss)] // a mean
        let mean_payload = if updates == 0 { 0.0 } else { octets as f64 / updates as f64 };
        let replay = Replay {
            file: self.file.clone(),
            octets: self.octets,
            sha256: self.sha256.clone(),
            lines: self.spans.len() as u64,
            timing: self.timing.clone(),
            repeat,
            lasts_ns: self.lasts_ns,
            updates,
            mean_payload,
        };
        Ok((replay, longest.max(update::MIN_LEN)))
    }

    /// The most octets of updates that are due within `span_ns`, among those that `replay` has planned.
    #[must_use]
    pub fn kept(&self, replay: &Replay, span_ns: Nanos) -> u64 {
        let len_of = |number| update::line_len(self.of_update(number).len()) as u64;
        let planned = || (1..=replay.updates).zip(self.due(replay.repeat));
        let mut oldest = planned().peekable();
        let (mut held, mut most) = (0, 0);
        for (number, at) in planned() {
            held += len_of(number);
            while let Some((number, _)) = oldest.next_if(|(_, early)| at - early > span_ns) {
                held -= len_of(number);
            }
            most = most.max(held);
        }
        most
    }
}

fn invalid(file: &str, line: Option<usize>, message: String) -> Invalid {
    let place = line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
    Invalid { key: "file", place, message }
}

/// SHA-256 in hexadecimal.
fn digest(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().fold(String::new(), |mut hex, octet| {
        let _ = write!(hex, "{octet:02x}"); // a String takes everything
        hex
    })
}

fn contents(file: &str) -> Result<Vec<u8>, Invalid> {
    if let Some(name) = file.strip_prefix(SAMPLE) {
        let sample = SAMPLES.iter().find(|(known, _)| *known == name);
        return sample.map(|(_, octets)| octets.to_vec()).ok_or_else(|| {
            let known: Vec<_> = SAMPLES.iter().map(|(known, _)| format!("`{SAMPLE}{known}`")).collect();
            invalid(file, None, format!("no such sample; there is {}", known.join(", ")))
        });
    }
    let path = Path::new(file);
    let unreadable = |error: std::io::Error| invalid(file, None, error.to_string());
    let found = path.metadata().map_err(unreadable)?;
    if !found.is_file() {
        // a pipe could be read once, and is needed by each child of each trial
        return Err(invalid(file, None, "no regular file".into()));
    }
    let octets = if found.len() > MAX_OCTETS as u64 { None } else { Some(std::fs::read(path).map_err(unreadable)?) };
    octets.filter(|octets| octets.len() <= MAX_OCTETS).ok_or_else(|| {
        invalid(file, None, format!("{} MiB: replay a part of at most {} MiB", found.len() >> 20, MAX_OCTETS >> 20))
    })
}

/// Where the lines of `text` are. They end with LF or CR LF, the last one also without; a byte order mark is no part
/// of the first.
fn spans(file: &str, text: &str) -> Result<Vec<Range<u32>>, Invalid> {
    let mut start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut spans = Vec::new();
    while start < text.len() {
        let end = text[start..].find('\n').map_or(text.len(), |len| start + len);
        let line = text[start..end].strip_suffix('\r').unwrap_or(&text[start..end]);
        let fault = match line.len() {
            0 => Some(format!("empty: every line is an update, of at least {MIN_LINE} octets")),
            len if len < MIN_LINE => Some(format!("{len} octets: a line has at least {MIN_LINE}")),
            len if len > MAX_LINE => Some(format!("{len} octets: a line has at most {MAX_LINE}")),
            _ if line.contains('\r') => Some("a carriage return inside the line: lines end with LF or CR LF".into()),
            _ => None,
        };
        if let Some(message) = fault {
            return Err(invalid(file, Some(spans.len() + 1), message));
        }
        let place = |at: usize| u32::try_from(at).expect("a file of at most MAX_OCTETS");
        spans.push(place(start)..place(start + line.len()));
        start = end + 1;
    }
    if spans.is_empty() {
        return Err(invalid(file, None, "empty: there is no line to replay".into()));
    }
    Ok(spans)
}

/// A recorded span at `speed`; the span is never negative. Exact at speed 1 up to 104 days.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // saturates
fn scaled(recorded_ns: i128, speed: f64) -> Nanos {
    (recorded_ns as f64 / speed).round() as Nanos
}

/// A span of nanoseconds for a sentence.
#[allow(clippy::cast_precision_loss)] // to be read
fn span(ns: i128) -> String {
    let (scale, unit) = match ns {
        ns if ns >= i128::from(SECOND) => (1e9, "s"),
        ns if ns >= 1_000_000 => (1e6, "ms"),
        ns if ns >= 1000 => (1e3, "µs"),
        _ => (1.0, "ns"),
    };
    format!("{} {unit}", (ns as f64 / scale * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests;
