//! What theory predicts of a row, beside what was measured: by the table's formulas, and by the oracle, each delivery by
//! itself over the same updates, phases and time.

use super::figures::Figures;
use crate::stats;
use crate::theory::table::{self, Prediction};
use crate::trial::Trial;

/// A row's means, and how far its deliveries were from what was expected of each. Nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    /// The table's.
    pub(super) prediction: Prediction,
    /// The mean over what the oracle predicts; `None` where it does not apply.
    pub(super) oracle: Option<f64>,
    /// The mean that was measured.
    pub(super) measured: f64,
    /// How much later than expected deliveries were: median, p99.
    pub(super) later: Option<[f64; 2]>,
    /// Deliveries earlier than their bound, of all.
    pub(super) early: u64,
}

impl Expected {
    /// The mean by the table, where that is meant for the trial.
    pub(super) fn formula(&self) -> Option<f64> {
        self.prediction.mean_ns.filter(|_| self.prediction.holds.is_met())
    }

    /// `None` where a trial was not held against the oracle, or delivered nothing. Over several trials, each number is the
    /// centre of theirs.
    pub(super) fn of(trial: &Trial, trials: &[&Figures]) -> Option<Expected> {
        let known: Vec<_> = trials.iter().map(|trial| trial.oracle.as_ref()).collect::<Option<_>>()?;
        let means: Vec<f64> = trials
            .iter()
            .map(|trial| Some(trial.latency.mean()).filter(|_| !trial.latency.is_empty()))
            .collect::<Option<_>>()?;
        let centre = |of: &dyn Fn(&super::figures::Oracle) -> Option<f64>| {
            let values: Vec<f64> = known.iter().map(|oracle| of(oracle)).collect::<Option<_>>()?;
            stats::centre(&values)
        };
        let later = |p: f64| centre(&|oracle| (!oracle.excess.is_empty()).then(|| oracle.excess.at(p) as f64));
        Some(Expected {
            prediction: table::mean(trial),
            oracle: centre(&|oracle| (!oracle.predicted.is_empty()).then(|| oracle.predicted.mean())),
            measured: stats::centre(&means)?,
            later: later(0.5).zip(later(0.99)).map(|(p50, p99)| [p50, p99]),
            early: known.iter().map(|oracle| oracle.early).sum(),
        })
    }
}
