//! From a row's trials to its cells: the centre of the trials' figures and how sure it is, or a dash and the reason.

use super::figures::{Bound, Figures};
use super::metric::Metric;
use crate::stats::{self, Interval};
use crate::totals::Subject;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

const DASH: &str = "—";

/// One number of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cell {
    /// The number with its unit, a bound, or a dash.
    pub(super) text: String,
    /// Why it is no plain number.
    pub(super) why: Option<String>,
    /// The doubts about it, by number.
    pub(super) doubts: Vec<usize>,
    /// The number before it was rounded; `None` behind a dash.
    #[serde(skip)]
    pub(super) estimate: Option<Estimate>,
}

impl Cell {
    fn dash(why: String) -> Cell {
        Cell { text: DASH.into(), why: Some(why), doubts: Vec::new(), estimate: None }
    }
}

/// What the trials of a row say of a metric, in its unit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The median of the trials' values.
    pub(super) centre: f64,
    /// Where the centre lies with 95 % confidence; `None`: a single trial, or all alike.
    pub(super) interval: Option<Interval>,
    /// Each trial's value with its block.
    pub(super) trials: Vec<(u32, f64)>,
    /// How many of these values are only upper bounds.
    pub(super) bounds: usize,
}

impl Estimate {
    /// What trials say of `metric`, or why they say nothing: one trial without a value is enough for that.
    pub(super) fn of(metric: Metric, trials: &[&Figures]) -> Result<Estimate, String> {
        let found = every(trials, |trial| Ok((trial.block, metric.of(trial)?)))?;
        let bounds = found.iter().filter(|(_, bound)| matches!(bound, Bound::Below(_))).count();
        let value = |&(block, Bound::Exact(value) | Bound::Below(value)): &(u32, Bound)| (block, value);
        let trials: Vec<(u32, f64)> = found.iter().map(value).collect();
        let values: Vec<f64> = trials.iter().map(|trial| trial.1).collect();
        let centre = stats::centre(&values).ok_or("no trial was measured")?;
        let interval = if bounds == 0 { stats::interval(&values) } else { None };
        Ok(Estimate { centre, interval, trials, bounds })
    }
}

/// All numbers of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    /// The row that these trials make.
    pub(super) fn of(trials: &[&Figures]) -> Cells {
        Cells(Metric::ALL.iter().map(|&metric| cell(metric, trials)).collect())
    }

    pub(super) fn get(&self, metric: Metric) -> &Cell {
        &self.0[metric as usize]
    }

    /// Sets the number of a doubt about `subject` beside the numbers that it is about.
    pub(super) fn mark(&mut self, subject: Subject, doubt: usize) {
        let about = Metric::ALL.iter().zip(&mut self.0).filter(|(metric, _)| metric.subject() == Some(subject));
        about.filter(|(_, cell)| cell.estimate.is_some()).for_each(|(_, cell)| cell.doubts.push(doubt));
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, cell) in Metric::ALL.iter().zip(&self.0) {
            map.serialize_entry(metric.key(), cell)?;
        }
        map.end()
    }
}

fn cell(metric: Metric, trials: &[&Figures]) -> Cell {
    let estimate = match Estimate::of(metric, trials) {
        Ok(estimate) => estimate,
        Err(why) => return Cell::dash(why),
    };
    let text = metric.show(estimate.centre);
    let (bounds, all) = (estimate.bounds, estimate.trials.len());
    // the median of upper bounds is an upper bound of the median
    let sign = match bounds {
        0 => return Cell { text, why: None, doubts: Vec::new(), estimate: Some(estimate) },
        n if n == all => "<",
        _ => "≤",
    };
    let part = of_trials(bounds, all);
    let why = format!("{} is only a bound: the window saw less than 50 ms of CPU time{part}", metric.name());
    let text = format!("{sign} {}", text.replace(".00 ", " ")); // a bound has no precision to show
    Cell { text, why: Some(why), doubts: Vec::new(), estimate: Some(estimate) }
}

/// All trials' values, or why the row has none: a single trial without one is enough.
pub(super) fn every<T>(trials: &[&Figures], get: impl Fn(&Figures) -> Result<T, String>) -> Result<Vec<T>, String> {
    let (mut values, mut reasons) = (Vec::new(), Vec::new());
    for trial in trials {
        match get(trial) {
            Ok(value) => values.push(value),
            Err(reason) => reasons.push(reason),
        }
    }
    let Some(first) = reasons.first() else { return Ok(values) };
    let alike = reasons.iter().all(|reason| reason == first);
    Err(if alike {
        format!("{first}{}", of_trials(reasons.len(), trials.len()))
    } else {
        format!("{first} (so or alike in {} of {} trials)", reasons.len(), trials.len())
    })
}

fn of_trials(some: usize, all: usize) -> String {
    if some == all { String::new() } else { format!(" ({some} of {all} trials)") }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;

    #[test]
    fn figures_are_the_centre_of_the_trials() {
        let (a, b, c) = (figures(1000, 60), figures(2000, 70), figures(3000, 900));
        let cells = Cells::of(&[&a, &b, &c]);
        for (metric, text) in [
            (Metric::P50, "1.00 ms"),
            (Metric::P99, "1.98 ms"),
            (Metric::Max, "2.00 ms"),
            (Metric::Bytes, "300 B"),
            (Metric::Overhead, "+200 %"),
            (Metric::Requests, "4.00"),
            (Metric::Empty, "75.0 %"),
            (Metric::Cpu, "70.0 ms"),
            (Metric::Memory, "4.00 KiB"),
        ] {
            assert_eq!(cells.get(metric).text, text, "{metric:?}");
        }
        let interval = |metric| cells.get(metric).estimate.as_ref().expect("a number").interval;
        assert_eq!(interval(Metric::Bytes), None); // all alike
        assert!(interval(Metric::P50).expect("three trials").low < 1e6);
    }

    #[test]
    fn one_trial_without_a_percentile_takes_it_from_the_row() {
        let (few, many) = (figures(999, 60), figures(10_000, 60));
        let cell = Cells::of(&[&few, &many]).get(Metric::P99).clone();
        assert_eq!(cell.text, DASH);
        assert_eq!(cell.why.as_deref(), Some("p99 needs 1000 deliveries, there are 999 (1 of 2 trials)"));
        let other = figures(998, 60);
        let why = Cells::of(&[&few, &other, &many]).get(Metric::P99).why.clone();
        assert_eq!(why.as_deref(), Some("p99 needs 1000 deliveries, there are 999 (so or alike in 2 of 3 trials)"));
    }

    #[test]
    fn little_cpu_time_gives_a_bound() {
        let (idle, busy) = (figures(10, 49), figures(10, 80));
        let cpu = |trials: &[&Figures]| Cells::of(trials).get(Metric::Cpu).text.clone();
        assert_eq!(cpu(&[&idle, &idle]), "< 50.0 ms");
        assert_eq!(cpu(&[&idle, &busy, &busy]), "≤ 80.0 ms");
        assert_eq!(cpu(&[&busy]), "80.0 ms");
        assert_eq!(Cells::of(&[&idle]).get(Metric::Idle).text, "< 5 %");
    }
}
