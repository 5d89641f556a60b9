//! A trial's delivery latency second by second, and when each of these seconds was: what interval logs are made of.

use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::record::{Outcome, Record, TrialLine};
use std::collections::BTreeMap;

/// A measured trial's steady.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seconds {
    /// When it began, in milliseconds since 1970 UTC.
    pub(super) began_unix_ms: u64,
    /// Whether the record says so; in early records it follows from how long the trials before it took.
    pub(super) said: bool,
    /// How long it lasted, in nanoseconds; its last second may be a part of one.
    pub(super) steady_ns: Nanos,
    /// Each second's histogram, by planned time, as it stands in the record: HDR V2, deflated, base64.
    pub(super) histograms: Vec<String>,
}

impl Seconds {
    /// From when to when each second was, in nanoseconds after steady's beginning, with its histogram.
    pub(super) fn each(&self) -> impl Iterator<Item = (Nanos, Nanos, &str)> {
        let starts = (0..).map(|second| second * SECOND);
        let end = self.steady_ns;
        starts.zip(&self.histograms).map(move |(from, text)| (from, (from + SECOND).min(end).max(from), text.as_str()))
    }
}

/// Those of every trial that was measured, by its place in the run.
pub(super) fn all(record: &Record) -> BTreeMap<u32, Seconds> {
    let mut passed = 0;
    let each = record.trials.iter().map(|line| {
        let at = |passed_ns: Nanos| record.header.started_unix_ms + passed_ns / MILLISECOND;
        let (from, to) = (at(passed), at(passed + line.took_ns));
        passed += line.took_ns;
        of(line, from, to).map(|seconds| (line.order, seconds))
    });
    each.flatten().collect()
}

/// Those of a trial that, if nothing but trials took time, was made between these moments.
fn of(line: &TrialLine, from_unix_ms: u64, to_unix_ms: u64) -> Option<Seconds> {
    let Outcome::Measured(measured) = &line.outcome else { return None };
    let windows = &line.trial.windows;
    // setup comes before t0 and may last; what comes behind the drain is over at once
    let guessed = to_unix_ms.saturating_sub(windows.total_ns() / MILLISECOND).max(from_unix_ms);
    let t0_unix_ms = measured.t0_unix_ms.unwrap_or(guessed);
    Some(Seconds {
        began_unix_ms: t0_unix_ms + windows.warmup_ns / MILLISECOND,
        said: measured.t0_unix_ms.is_some(),
        steady_ns: windows.steady_ns,
        histograms: measured.load.latency.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_second_may_be_a_part_of_one() {
        let histograms = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
        let seconds = Seconds { steady_ns: 2 * SECOND + SECOND / 2, histograms, ..Seconds::default() };
        let each: Vec<_> = seconds.each().collect();
        let half = 5 * SECOND / 2;
        assert_eq!(each, [(0, SECOND, "a"), (SECOND, 2 * SECOND, "b"), (2 * SECOND, half, "c")]);
    }
}
