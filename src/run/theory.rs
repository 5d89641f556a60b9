//! What throws doubt on a trial whose deliveries are not what theory says of them.

use crate::clock::{MILLISECOND, Nanos};
use crate::histogram::Histogram;
use crate::totals::LoadTotals;

/// In the middle, deliveries may be so much later than expected on any machine.
const LATER: Nanos = 5 * MILLISECOND;
/// What sending one update to one more client takes: the middle one waits for half of them, and twice that is no surprise.
const A_CLIENT: Nanos = 10_000;

/// Where deliveries were earlier than physics allows: the emulated distance, or the clock, is not what it is said to be.
pub(super) fn too_early(load: &LoadTotals) -> Option<String> {
    let oracle = load.oracle.as_ref().filter(|oracle| oracle.early > 0)?;
    Some(format!(
        "{} of {} deliveries came earlier than distance allows: the link is not what it is said to be",
        oracle.early, oracle.checked
    ))
}

/// Where half of the deliveries were much later than expected: something that theory leaves out is large.
pub(super) fn too_late(load: &LoadTotals, clients: u32) -> Option<String> {
    let oracle = load.oracle.as_ref().filter(|oracle| !oracle.excess.is_empty())?;
    let excess = Histogram::from_text(&oracle.excess).ok()?; // who reads the record says so
    let (middle, allowed) = (excess.at(0.5), LATER + A_CLIENT * Nanos::from(clients));
    (!excess.is_empty() && middle > allowed).then(|| {
        format!(
            "deliveries came {} ms later than theory expects them (median; p99 {} ms): something queues",
            middle / MILLISECOND,
            excess.at(0.99) / MILLISECOND
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::OracleTotals;

    fn load(early: u64, excess_ms: &[u64]) -> LoadTotals {
        let mut excess = Histogram::default();
        excess_ms.iter().for_each(|ms| excess.record(ms * MILLISECOND));
        let oracle = OracleTotals { checked: 9, early, excess: excess.to_text(), ..OracleTotals::default() };
        LoadTotals { oracle: Some(oracle), ..LoadTotals::default() }
    }

    #[test]
    fn what_theory_allows_is_no_doubt() {
        assert_eq!((too_early(&LoadTotals::default()), too_late(&LoadTotals::default(), 1)), (None, None));
        assert_eq!((too_early(&load(0, &[])), too_late(&load(0, &[]), 1)), (None, None));
        assert_eq!(too_late(&load(0, &[1, 4, 90]), 1), None);
        assert_eq!(too_late(&load(0, &[1, 40, 90]), 5000), None, "one update to so many takes its time");
    }

    #[test]
    fn what_it_does_not_allow_is() {
        assert!(too_early(&load(2, &[])).is_some_and(|doubt| doubt.contains("2 of 9")));
        let late = too_late(&load(0, &[1, 40, 90]), 50).expect("a doubt");
        assert!(late.contains("40 ms later") && late.contains("p99 90 ms"), "{late}");
    }
}
