//! What every comparison of two rows goes by: which trials belong together, what is counted, and what means nothing.

use super::cells::Estimate;
use super::metric::{Metric, Unit};
use crate::stats;

/// Differences of latency below this mean nothing: which CPU runs what moves a delivery by as much.
pub(super) const MEANINGLESS_NS: f64 = 10_000.0;

impl Metric {
    /// Whether its number is a delivery latency.
    pub(super) fn is_latency(self) -> bool {
        matches!(self, Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max | Metric::Twin)
    }

    /// Whether it is counted, not timed.
    pub(super) fn is_counted(self) -> bool {
        match self.unit() {
            Unit::Octets | Unit::Count => true,
            Unit::Nanoseconds => false,
            Unit::Ratio => self != Metric::Idle,
        }
    }
}

/// How many times as large as the other the larger one is.
pub(super) fn factor(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}

/// The values of the blocks that both have; of several trials in one block their centre.
pub(super) fn paired(first: &Estimate, second: &Estimate) -> Vec<(f64, f64)> {
    let mut blocks: Vec<u32> = first.trials.iter().map(|trial| trial.0).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let of = |estimate: &Estimate, block| {
        let values: Vec<f64> = estimate.trials.iter().filter(|trial| trial.0 == block).map(|trial| trial.1).collect();
        stats::centre(&values)
    };
    blocks.into_iter().filter_map(|block| of(first, block).zip(of(second, block))).collect()
}
