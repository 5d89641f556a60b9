//! The gap between a trial's probes and its other clients: what these received later waited in their own process, in the
//! generator's queue and not in the server's.

use crate::clock::{MILLISECOND, Nanos};
use crate::histogram::{Histogram, NotAHistogram};
use crate::kind::Transport;
use crate::stats::too_few;
use crate::totals::{LoadTotals, Probes};
use schemars::JsonSchema;
use serde::Serialize;

/// What is less is nobody's queue: wakes and the scheduler differ by so much.
const LEAST: Nanos = MILLISECOND;
/// And what is a smaller share of the latency does not change what it says.
const SHARE: f64 = 0.2;

/// How much later than the probes the other clients received, in nanoseconds; negative where it was sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// At the median.
    pub p50: i64,
    /// At p99; `None` where the probes received too little for one.
    pub p99: Option<i64>,
    /// The trial's latency at the median and at p99, to see it against.
    #[serde(skip)]
    of: [Nanos; 2],
}

impl Gap {
    /// The gap in the `load` of a trial of `transport`, whose clients the `probes` are among; `None` where they received too little
    /// to tell. What theory expects of each client is taken off first where it says that; clients that poll have phases of their
    /// own, so that without it (over a bandwidth, say) theirs tell nothing.
    ///
    /// # Errors
    /// When a histogram of theirs is none.
    pub fn of(transport: Transport, load: &LoadTotals, probes: &Probes) -> Result<Option<Gap>, NotAHistogram> {
        let latency = Histogram::sum(&load.latency)?;
        let theirs = Histogram::from_text(&probes.latency)?;
        let excess = load.oracle.as_ref().map(|oracle| oracle.excess.as_str()).filter(|text| !text.is_empty());
        let (all, theirs) = match excess.filter(|_| !probes.excess.is_empty()) {
            Some(excess) => (Histogram::from_text(excess)?, Histogram::from_text(&probes.excess)?),
            None if transport == Transport::Polling => return Ok(None),
            None => (latency.clone(), theirs),
        };
        let bulk = all.without(&theirs)?;
        let enough = |p| [&bulk, &theirs].iter().all(|side| too_few(p, side.len(), load.distinct).is_none());
        let later = |p| enough(p).then(|| bulk.at(p).cast_signed() - theirs.at(p).cast_signed());
        let of = [latency.at(0.5), latency.at(0.99)];
        Ok(later(0.5).map(|p50| Gap { p50, p99: later(0.99), of }))
    }

    /// Why the latencies of `transport` are not the server's and its own alone; `None` where the gap says nothing.
    #[must_use]
    pub fn doubt(&self, transport: Transport) -> Option<String> {
        let beyond = |(later, of): (i64, Nanos)| later > allowed(of).cast_signed();
        let [p50, p99] = [Some((self.p50, self.of[0])), self.p99.map(|later| (later, self.of[1]))];
        let (name, (later, of)) = [("median", p50), ("p99", p99)]
            .into_iter()
            .filter_map(|(name, gap)| Some((name, gap?)))
            .find(|&(_, gap)| beyond(gap))?;
        let ms = |ns: f64| format!("{:.1} ms", ns / 1e6);
        let whose = match transport {
            // its readers stand anew in the server's row after each update, and who asks sooner stands elsewhere
            Transport::LongPolling => "the load's own queue, or the place in the server's that one has who asks sooner",
            _ => "the load's own queue",
        };
        Some(format!(
            "three clients in a process of their own received {} sooner than the others ({name}), of {}: that much was {whose}",
            ms(later as f64),
            ms(of as f64)
        ))
    }
}

/// How much later the bulk may receive, of a latency `of`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a fifth of what fits
fn allowed(of: Nanos) -> Nanos {
    LEAST.max((of as f64 * SHARE) as Nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::OracleTotals;

    fn histogram(ns: Nanos, count: u64) -> Histogram {
        let mut histogram = Histogram::default();
        (0..count).for_each(|n| histogram.record(ns + n));
        histogram
    }

    /// 97 clients at `bulk`, three at `probes`, 100 updates each; `excess`: theory expects all but 1 ms of it.
    fn gap(bulk: Nanos, probes: Nanos, excess: bool) -> Gap {
        let transport = if excess { Transport::Polling } else { Transport::Sse };
        gap_of(transport, bulk, probes, excess).expect("enough")
    }

    fn gap_of(transport: Transport, bulk: Nanos, probes: Nanos, excess: bool) -> Option<Gap> {
        let sum = |bulk, probes| {
            let mut all = histogram(bulk, 9_700);
            all.add(&histogram(probes, 300));
            all.to_text()
        };
        let oracle = OracleTotals { excess: sum(MILLISECOND, MILLISECOND), ..OracleTotals::default() };
        let load = LoadTotals {
            latency: vec![sum(bulk, probes)],
            distinct: 100,
            oracle: excess.then_some(oracle),
            ..LoadTotals::default()
        };
        let theirs = if excess { histogram(MILLISECOND, 300).to_text() } else { String::new() };
        let probes = Probes { latency: histogram(probes, 300).to_text(), excess: theirs, ..Probes::default() };
        Gap::of(transport, &load, &probes).expect("histograms")
    }

    #[test]
    fn a_slow_bulk_is_found_and_an_even_one_is_not() {
        let even = gap(300_000, 280_000, false);
        assert!(
            (15_000..25_000).contains(&even.p50) && even.p99.is_none() && even.doubt(Transport::Sse).is_none(),
            "{even:?}"
        );
        let slow = gap(5 * MILLISECOND, 400_000, false);
        assert!(
            slow.doubt(Transport::Sse)
                .is_some_and(|doubt| doubt.contains("4.6 ms sooner than the others (median), of 5.0 ms"))
        );
        assert!(slow.doubt(Transport::LongPolling).is_some_and(|doubt| doubt.ends_with("who asks sooner")));
        assert_eq!(gap(21 * MILLISECOND, 19 * MILLISECOND, false).doubt(Transport::Sse), None, "a tenth");
        assert_eq!(gap(MILLISECOND / 10, 90 * MILLISECOND, false).doubt(Transport::Sse), None, "sooner is no queue");
    }

    #[test]
    fn what_theory_expects_is_no_gap() {
        let phases = gap(150 * MILLISECOND, 50 * MILLISECOND, true);
        assert!(phases.p50.abs() < 20_000 && phases.doubt(Transport::Polling).is_none(), "{phases:?}");
        // without theory phases are all there is
        assert_eq!(gap_of(Transport::Polling, 150 * MILLISECOND, 50 * MILLISECOND, false), None);
    }

    #[test]
    fn too_little_says_nothing_and_what_is_no_part_is_an_error() {
        assert_eq!(
            Gap::of(
                Transport::Sse,
                &LoadTotals::default(),
                &Probes { latency: histogram(1, 0).to_text(), ..Probes::default() }
            )
            .expect("histograms"),
            None
        );
        let more = Probes { latency: histogram(1, 5).to_text(), ..Probes::default() };
        assert!(Gap::of(Transport::Sse, &LoadTotals::default(), &more).is_err());
    }
}
