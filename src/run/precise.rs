//! When there are blocks enough: `repeats = "auto"`.
//!
//! It goes by the width of intervals alone, never by what they say of two rows: a run that ended as soon as a difference
//! showed would show one too often. The width is looked at after whole blocks, so that every row has as many trials.

use crate::histogram::Histogram;
use crate::record::{EndReason, Measured, Outcome, TrialLine};
use crate::scenario::{Scenario, repeats};
use crate::stats;
use crate::totals::MIN_CPU_NS;
use crate::trial::Trial;

/// p50 of latency in nanoseconds, octets and server CPU an update: what has to be known well. `None`: the trial has no such figure.
type Figures = [Option<f64>; 3];

/// What is known so far.
pub(super) struct Precise {
    wanted: f64,
    /// What is made once, beside the first block: of a single trial nothing is known, however many blocks there are.
    beside: Vec<Trial>,
    /// Every other row's trials, each with its figures.
    rows: Vec<(Trial, Vec<Figures>)>,
}

impl Precise {
    /// `None`: the scenario says how many blocks it wants.
    pub(super) fn of(scenario: &Scenario) -> Option<Precise> {
        let beside = scenario.trials[scenario.trials.len() - scenario.beside..].iter().map(kind);
        scenario.precision.map(|wanted| Precise { wanted, beside: beside.collect(), rows: Vec::new() })
    }

    /// Takes a finished trial into account; one that failed has no figures.
    pub(super) fn add(&mut self, line: &TrialLine) {
        let trial = kind(&line.trial);
        if self.beside.contains(&trial) {
            return;
        }
        let figures = match &line.outcome {
            Outcome::Measured(measured) => figures(measured),
            Outcome::Error(_) => return,
        };
        match self.rows.iter_mut().find(|(row, _)| *row == trial) {
            Some((_, trials)) => trials.push(figures),
            None => self.rows.push((trial, vec![figures])),
        }
    }

    /// Why `next` is not begun, if it is not: all before it is whole. `late`: it would take longer than there is time for.
    pub(super) fn enough(&self, next: u32, late: bool) -> Option<EndReason> {
        if next > repeats::LEAST && self.rows.is_empty() {
            return Some(EndReason::Imprecise); // every trial failed, and another block's would
        }
        if next > repeats::LEAST && self.narrow() {
            return Some(EndReason::Precise);
        }
        (next > 1 && late).then_some(EndReason::Imprecise)
    }

    /// Why a run that made all its blocks has ended.
    pub(super) fn at_last(&self) -> EndReason {
        if !self.rows.is_empty() && self.narrow() { EndReason::Precise } else { EndReason::Imprecise }
    }

    /// Whether every figure of every row is known well enough. One that not all of a row's trials have is none of the row's.
    fn narrow(&self) -> bool {
        self.rows.iter().all(|(_, trials)| {
            (0..3).all(|which| {
                let values: Option<Vec<f64>> = trials.iter().map(|figures| figures[which]).collect();
                values.is_none_or(|values| known(&values, self.wanted))
            })
        })
    }
}

/// Whether half the interval's width is at most `wanted` of the centre; several values that are all alike are known.
fn known(values: &[f64], wanted: f64) -> bool {
    let Some(centre) = stats::centre(values) else { return true };
    let alike = values.len() > 1 && values.iter().all(|value| value.total_cmp(&values[0]).is_eq());
    alike || stats::interval(values).is_some_and(|interval| (interval.high - interval.low) / 2.0 <= wanted * centre)
}

/// A trial without what is its block's, or what pilots find.
fn kind(trial: &Trial) -> Trial {
    let mut trial = trial.clone();
    (trial.feed.seed, trial.windows.warmup_ns) = (0, 0);
    trial
}

fn figures(measured: &Measured) -> Figures {
    let load = &measured.load;
    let latency = Histogram::sum(&load.latency).unwrap_or_default();
    let p50 = stats::too_few(0.5, latency.len(), load.distinct).is_none().then(|| latency.at(0.5) as f64);
    let used = &load.phases.steady;
    let per_update = |count: u64| (used.updates > 0).then(|| count as f64 / used.updates as f64);
    let cpu = Some(measured.serve.steady.cpu_ns).filter(|cpu_ns| *cpu_ns >= MIN_CPU_NS).and_then(per_update);
    [p50, per_update(used.up + used.down), cpu]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_narrow() {
        let around = |spread: f64| (0..8).map(|i| 100.0 + spread * f64::from(i % 4)).collect::<Vec<_>>();
        assert!(known(&around(0.0), 0.05));
        assert!(known(&around(3.0), 0.05)); // 100 to 109: ±4.5
        assert!(!known(&around(4.0), 0.05));
        assert!(!known(&[100.0, 101.0], 0.05)); // two trials say little, and their interval says so
        assert!(!known(&[100.0], 0.05)); // the others failed
    }
}
