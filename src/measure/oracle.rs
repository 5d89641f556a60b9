//! Each delivery against the oracle, after the trial: none may be earlier than its bound, and how much later than
//! expected it was tells what theory leaves out. One pass over the receipts, whose order is each client's.

use super::meter::{Plan, Receipt};
use crate::clock::Nanos;
use crate::histogram::Histogram;
use crate::kind::Transport;
use crate::pacing::stratified_phases;
use crate::theory::oracle::{self, Asking, Way};
use crate::theory::table;
use crate::totals::OracleTotals;
use crate::trial::Trial;

/// What a client was last seen to receive, in nanoseconds after t0.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// With the answer whose updates are being read.
    now: Option<Nanos>,
    /// With the one before.
    before: Option<Nanos>,
}

/// Holds the receipts of a trial that began at `t0` against the oracle.
#[must_use]
pub fn check(trial: &Trial, plan: &Plan, t0: Nanos, logs: &[Vec<Receipt>]) -> OracleTotals {
    let phases = stratified_phases(trial.clients, trial.polling.interval_ns, trial.feed.seed);
    let ways: Vec<Way> = phases.map(|phase_ns| table::way(trial, phase_ns)).collect();
    let applies = table::beyond(trial).is_none();
    let mut seen = vec![Seen::default(); ways.len()];
    let (mut totals, mut excess) = (OracleTotals::default(), Histogram::default());
    for &Receipt { place, client, at } in logs.iter().flatten() {
        let planned = plan.planned(plan.steady.start + u64::from(place));
        let known = usize::try_from(client).ok().and_then(|client| ways.get(client).zip(seen.get_mut(client)));
        let (Some(planned), Some((way, seen))) = (planned, known) else { continue };
        let received = at.saturating_sub(t0);
        if seen.now != Some(received) {
            *seen = Seen { now: Some(received), before: seen.now };
        }
        let asking = seen.before.map_or_else(|| Asking::at_start(way), |before| Asking::behind(way, before));
        totals.checked += 1;
        totals.early += u64::from(received < asking.earliest(planned));
        if !applies || (seen.before.is_none() && !way.is_memoryless()) {
            continue; // what it received in warm-up was not kept
        }
        match received.checked_sub(asking.answers(planned) + way.one_way_ns) {
            Some(later) => excess.record(later),
            None => totals.sooner += 1,
        }
    }
    if applies {
        totals.excess = excess.to_text();
        totals.predicted = predicted(plan, &ways).to_text();
    }
    totals
}

/// What the oracle predicts for all clients' deliveries of the updates planned in steady.
fn predicted(plan: &Plan, ways: &[Way]) -> Histogram {
    let mut latency = Histogram::default();
    // only polls know their client's phase
    let alike = ways.first().is_none_or(|way| way.transport != Transport::Polling);
    let (ways, each) = if alike { (&ways[..ways.len().min(1)], ways.len() as u64) } else { (ways, 1) };
    let steady = usize::try_from(plan.steady.start - 1).unwrap_or(usize::MAX);
    for way in ways {
        for (received, planned) in oracle::predict(plan.all(), way).zip(plan.all()).skip(steady) {
            if let Some(received) = received {
                latency.record_many(received - planned, each);
            }
        }
    }
    latency
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};
    use crate::kind::Pacing;
    use crate::link::Link;
    use crate::schedule::Schedule;
    use crate::trial::{FeedPlan, Polling, Windows};

    const T0: Nanos = 5 * SECOND;

    /// Two clients 10 ms away; an update every 30 ms, the first in steady at 120 ms, three in all.
    fn trial(transport: Transport) -> Trial {
        let windows = Windows { warmup_ns: 100 * MILLISECOND, steady_ns: 100 * MILLISECOND, drain_ns: SECOND };
        let plain = Trial::plain(transport, Schedule::Periodic { rate: 1.0 / 0.03 }, windows);
        Trial {
            clients: 2,
            feed: FeedPlan { payload: 30, retention_ns: SECOND, ..plain.feed.clone() },
            polling: Polling { interval_ns: 50 * MILLISECOND, pacing: Pacing::FixedRate },
            link: Link { rtt_ns: 20 * MILLISECOND, ..Link::default() },
            ..plain
        }
    }

    /// `receipts`: place in steady, client, milliseconds after t0.
    fn totals(trial: &Trial, receipts: &[(u32, u32, u64)]) -> OracleTotals {
        let receipt = |&(place, client, ms)| Receipt { place, client, at: T0 + ms * MILLISECOND };
        let plan = Plan::new(trial).expect("it is computed");
        assert_eq!(plan.steady, 4..7);
        check(trial, &plan, T0, &[receipts.iter().map(receipt).collect()])
    }

    fn spread(text: &str) -> (u64, u64, u64) {
        let histogram = Histogram::from_text(text).expect("it is recorded");
        (histogram.len(), (histogram.at(0.0) + MILLISECOND / 2) / MILLISECOND, histogram.max() / MILLISECOND)
    }

    #[test]
    fn a_streams_updates_take_one_way() {
        let mut sse = trial(Transport::Sse);
        let found = totals(&sse, &[(0, 0, 130), (0, 1, 133), (1, 0, 159), (1, 1, 160)]);
        assert_eq!((found.checked, found.early, found.sooner), (4, 1, 1), "planned at 150");
        assert_eq!((spread(&found.excess), spread(&found.predicted)), ((3, 0, 3), (6, 10, 10)));
        sse.link.jitter_ns = 1;
        let bound = totals(&sse, &[(0, 0, 129), (1, 0, 175)]);
        assert_eq!((bound.checked, bound.early, bound.excess.as_str(), bound.predicted.as_str()), (2, 1, "", ""));
    }

    #[test]
    fn a_long_poll_is_held_against_what_its_client_saw() {
        let long = trial(Transport::LongPolling);
        // at 145 the next request is there at 155: an update of 150 cannot be received before 165
        let found = totals(&long, &[(0, 0, 145), (1, 0, 165), (2, 0, 190), (0, 1, 145), (1, 1, 164)]);
        assert_eq!((found.checked, found.early), (5, 1));
        assert_eq!(spread(&found.excess), (2, 0, 0), "without the first of each client, and the one too early");
    }

    #[test]
    fn a_poll_has_its_ticks() {
        let polls = trial(Transport::Polling);
        let phase = stratified_phases(2, 50 * MILLISECOND, 1).next().expect("two clients");
        // the tick whose poll is at the server next behind 120 ms
        let tick = phase + (110 * MILLISECOND - phase).div_ceil(50 * MILLISECOND) * 50 * MILLISECOND;
        let ms = (tick + 20 * MILLISECOND).div_ceil(MILLISECOND);
        let found = totals(&polls, &[(0, 0, ms + 2)]);
        assert_eq!((found.early, found.sooner, spread(&found.excess)), (0, 0, (1, 2, 2)));
        // in the next poll's answer, before that can have been asked for
        let found = totals(&polls, &[(0, 0, ms + 2), (2, 0, ms + 40)]);
        assert_eq!(found.early, 1);
    }
}
