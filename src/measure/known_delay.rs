//! The delay that a calibration's server injected, as the load received it.

use super::meter::{Plan, Receipt};
use crate::calibration::{APART, KnownDelay, is_compared, is_held};
use crate::clock::Nanos;
use crate::histogram::Histogram;
use crate::stats;
use crate::trial::Trial;
use std::collections::BTreeSet;

/// The tolerance, in half-widths of the median's 95 % interval: a false alarm would be a doubt about all of a run.
const HALF_WIDTHS: f64 = 2.0;
/// And at least this share of the delay.
const LEAST: f64 = 0.05;

/// Looks for `injected_ns` in the receipts of a trial that began at `t0`.
///
/// An update that was held is paired with one shortly before it that was not ([`is_compared`]): what disturbs the machine for
/// longer than a few updates disturbs both. The pair's difference is that of the clients' median latencies.
#[must_use]
pub fn find(trial: &Trial, plan: &Plan, t0: Nanos, logs: &[Vec<Receipt>], injected_ns: Nanos) -> KnownDelay {
    let mut updates: Vec<Vec<Nanos>> = vec![Vec::new(); usize::try_from(plan.steady_len()).unwrap_or(0)];
    let (mut held, mut free, mut early) = (Histogram::default(), Histogram::default(), BTreeSet::new());
    for &Receipt { place, at, .. } in logs.iter().flatten() {
        let number = plan.steady.start + u64::from(place);
        // what came before it was planned was not logged
        let latency = at.saturating_sub(t0 + plan.planned(number).unwrap_or_default());
        if is_held(number) { &mut held } else { &mut free }.record(latency);
        if is_held(number) && latency < injected_ns {
            early.insert(number);
        }
        updates[place as usize].push(latency);
    }
    let medians: Vec<Option<f64>> = updates.iter().map(|latencies| median(latencies)).collect();
    let pairs: Vec<f64> = (plan.steady.start..)
        .zip(medians.iter().zip(medians.iter().skip(APART)))
        .filter(|&(number, _)| is_compared(number + APART as u64))
        .filter_map(|(_, (free, held))| Some((*held)? - (*free)?))
        .collect();
    KnownDelay {
        transport: trial.transport,
        clients: trial.clients,
        injected_ns,
        found_ns: stats::centre(&pairs).unwrap_or_default(),
        tolerance_ns: tolerance(&pairs, injected_ns),
        pairs: pairs.len() as u64,
        early: early.len() as u64,
        restless: 0,
        held: held.to_text(),
        free: free.to_text(),
    }
}

#[allow(clippy::cast_precision_loss)] // seconds
fn median(latencies: &[Nanos]) -> Option<f64> {
    stats::centre(&latencies.iter().map(|&latency| latency as f64).collect::<Vec<_>>())
}

/// How far the pairs' median may be from what was injected; more than any delay where there are too few pairs to tell.
#[allow(clippy::cast_precision_loss)] // milliseconds
fn tolerance(pairs: &[f64], injected_ns: Nanos) -> f64 {
    let injected = injected_ns as f64;
    if pairs.len() < FEWEST {
        return injected;
    }
    let half = stats::interval(pairs).map_or(0.0, |interval| (interval.high - interval.low) / 2.0);
    (HALF_WIDTHS * half).max(LEAST * injected)
}

/// Pairs of which the median's interval is read off the sorted differences, which may be negative.
const FEWEST: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    const T0: Nanos = 1_000 * MILLISECOND;
    const CLIENTS: u32 = 3;

    /// 30 updates in steady, 10 ms apart; `late` says how late each is received, by number.
    fn found(late: impl Fn(u64) -> Nanos) -> KnownDelay {
        let json = r#"{"transport":"websocket","carrier":"h1","clients":3,"feed":{"schedule":{"kind":"periodic",
            "rate":100.0},"payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":1,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":1,"windows":{"warmup_ns":55000000,"steady_ns":300000000,
            "drain_ns":1},"sockets":{"send_buffer":1,"max_segment":null}}"#;
        let trial: Trial = serde_json::from_str(json).expect("a trial");
        let plan = Plan::new(&trial).expect("it is computed");
        assert_eq!(plan.steady, 6..36);
        let receipts = plan.steady.clone().flat_map(|number| {
            let at = T0 + plan.planned(number).expect("in steady") + late(number);
            let place = u32::try_from(number - plan.steady.start).expect("few");
            (0..CLIENTS).map(move |client| Receipt { place, client, at: at + u64::from(client) * 1_000 })
        });
        find(&trial, &plan, T0, &[receipts.collect()], 2 * MILLISECOND)
    }

    #[test]
    fn a_delay_is_the_difference_of_neighbours_whatever_drifts() {
        let drifting = |number: u64| number * 20_000 + if is_held(number) { 2 * MILLISECOND } else { 0 };
        let known = found(drifting);
        assert_eq!((known.pairs, known.early), (7, 0), "8 with 6, 12 with 10, and so on to 32");
        assert!((known.found_ns - 2_040_000.0).abs() < 1.0, "{known:?}");
        assert!((known.tolerance_ns - 100_000.0).abs() < 1.0, "{known:?}");
        assert_eq!(known.mistake(), None);
        let count = |text: &str| Histogram::from_text(text).expect("it is one").len();
        assert_eq!((count(&known.held), count(&known.free)), (45, 45));
    }

    #[test]
    fn a_delay_that_is_not_there_is_not_found() {
        let known = found(|_| 70_000);
        assert_eq!(known.early, 15, "every held one");
        assert!(known.found_ns.abs() < 1.0 && known.mistake().is_some(), "{known:?}");
        let doubled = found(|number| if is_held(number) { 4 * MILLISECOND } else { 0 });
        assert!(doubled.mistake().is_some_and(|mistake| mistake.contains("as 4.00 ms")), "{doubled:?}");
    }

    #[test]
    fn too_few_pairs_find_nothing() {
        assert!(tolerance(&[2e6; 5], 2_000_000) >= 2e6);
        assert!((tolerance(&[2e6; 6], 2_000_000) - 1e5).abs() < 1.0, "alike: no interval");
    }
}
