//! What theory says of a row's latencies: of the very updates that were planned, by the oracle.

use super::metric::Metric;
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::kind::Transport;
use crate::theory::oracle;
use crate::theory::table::{beyond, way};
use crate::trial::Trial;

/// Updates from which percentiles are predicted: more would only take longer.
const UPDATES: usize = 2_000;
/// What both sides take from an answer to the next request, at the least: where a round trip is just a poll period, or just
/// the gap between updates, it decides.
const TURNAROUND: Nanos = MILLISECOND / 5;
/// Polling clients whose phases are spread over the period.
const PHASES: u64 = 16;

/// Parts of the way from one point to the next at which theory is asked.
const PARTS: u32 = 8;

/// A percentile between these points of a round trip's axis and at them: where, in points and parts of the way to the next,
/// and how much; nothing where theory says nothing.
pub(super) fn along(points: &[(usize, &Trial)], metric: Metric, log: bool) -> Vec<(f64, f64)> {
    let mut found = Vec::new();
    for (place, pair) in points.windows(2).enumerate() {
        let [(at, from), (next, to)] = pair else { continue };
        let (low, high) = (from.link.rtt_ns as f64, to.link.rtt_ns as f64);
        let last = place + 2 == points.len();
        for part in (0..PARTS).chain(last.then_some(PARTS)) {
            let share = f64::from(part) / f64::from(PARTS);
            let rtt = if log { low * (high / low).powf(share) } else { low + (high - low) * share };
            // nothing has no place on a logarithmic scale
            let value = percentile(from, metric, rtt).filter(|value| *value > 0.0);
            found.extend(value.map(|value| (*at as f64 + share * (next - at) as f64, value)));
        }
    }
    found
}

/// A percentile of delivery latency as it would be at a round trip of `rtt` nanoseconds; `None` for other figures, for a
/// feed whose plan is in a file, and for a link of which no formula knows.
pub(super) fn percentile(trial: &Trial, metric: Metric, rtt: f64) -> Option<f64> {
    let share = match metric {
        Metric::P50 => 0.5,
        Metric::P90 => 0.9,
        Metric::P99 => 0.99,
        _ => return None,
    };
    let mut late = late(trial, rtt)?;
    late.sort_unstable();
    // the smallest that so many are not above
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of a length
    let place = (share * late.len() as f64).ceil() as usize;
    late.get(place.saturating_sub(1)).map(|late| *late as f64)
}

/// The latencies of all that is planned in steady.
fn late(trial: &Trial, rtt: f64) -> Option<Vec<Nanos>> {
    let mut trial = trial.clone();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    let rtt_ns = rtt.round() as Nanos;
    trial.link.rtt_ns = rtt_ns;
    if beyond(&trial).is_some() {
        return None;
    }
    let (warmup, end) = (trial.windows.warmup_ns, trial.windows.feed_ns());
    let planned = trial.feed.schedule.planned(trial.feed.seed)?;
    // a little of the warm-up, so that a client is under way when steady begins
    let begin = warmup.saturating_sub(SECOND);
    let plan: Vec<Nanos> = planned.skip_while(|at| *at < begin).take_while(|at| *at < end).take(UPDATES).collect();
    let phases = if trial.transport == Transport::Polling { PHASES } else { 1 };
    let mut late = Vec::new();
    for phase in 0..phases {
        let mut way = way(&trial, trial.polling.interval_ns * (2 * phase + 1) / (2 * phases));
        way.blind_ns += TURNAROUND;
        let received = oracle::predict(&plan, &way);
        let steady = plan.iter().zip(received).filter(|(planned, _)| **planned >= warmup);
        late.extend(steady.filter_map(|(planned, received)| Some(received? - planned)));
    }
    // of a few there is no such percentile
    (!late.is_empty()).then_some(late)
}
