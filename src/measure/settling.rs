//! How latency went over a pilot trial's steady.

use super::meter::{Plan, Receipt};
use crate::clock::Nanos;
use crate::histogram::Histogram;

/// The median latency of the updates planned in each part of steady, which lasts `bin_ns`, of the receipts of a trial that
/// began at `t0` without a warm-up; `None` where none of them was received.
#[must_use]
pub fn medians(plan: &Plan, t0: Nanos, logs: &[Vec<Receipt>], bin_ns: Nanos) -> Vec<Option<Nanos>> {
    let mut bins = vec![Histogram::default(); usize::try_from(plan.steady_ns().div_ceil(bin_ns)).unwrap_or(0)];
    for &Receipt { place, at, .. } in logs.iter().flatten() {
        let planned = plan.planned(plan.steady.start + u64::from(place)).unwrap_or_default(); // or it was not logged
        let bin = usize::try_from((planned - plan.warmup_ns()) / bin_ns).ok().and_then(|bin| bins.get_mut(bin));
        if let Some(bin) = bin {
            bin.record(at.saturating_sub(t0 + planned));
        }
    }
    bins.iter().map(|bin| (!bin.is_empty()).then(|| bin.at(0.5))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use crate::trial::Trial;

    #[test]
    fn latencies_stand_where_their_updates_were_planned() {
        let json = r#"{"transport":"websocket","carrier":"h1","clients":3,"feed":{"schedule":{"kind":"periodic",
            "rate":100.0},"payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":1,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":1,"windows":{"warmup_ns":0,"steady_ns":200000000,
            "drain_ns":1},"sockets":{"send_buffer":1,"max_segment":null}}"#;
        let trial: Trial = serde_json::from_str(json).expect("a trial");
        let plan = Plan::new(&trial).expect("it is computed");
        let receipt = |place: u32, late_ms: u64| {
            let planned = plan.planned(plan.steady.start + u64::from(place)).expect("in steady");
            Receipt { place, client: 0, at: 7 + planned + late_ms * MILLISECOND }
        };
        // those of the first 50 ms come when the next 50 ms have begun
        let logs = [vec![receipt(0, 60), receipt(2, 61), receipt(3, 62)], vec![receipt(12, 1)]];
        let medians = medians(&plan, 7, &logs, 50 * MILLISECOND);
        let ms = |median: &Option<Nanos>| median.map(|median| (median + MILLISECOND / 2) / MILLISECOND);
        assert_eq!(medians.iter().map(ms).collect::<Vec<_>>(), [Some(61), None, Some(1), None]);
    }
}
