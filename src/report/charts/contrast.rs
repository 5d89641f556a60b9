//! Whether rows have anything to show of a metric.

use crate::kind::Transport;
use crate::report::cells::Estimate;
use crate::report::measures::trifle;
use crate::report::metric::Metric;
use crate::report::row::Row;

/// What must lie between two values so that there is anything to see.
pub(super) const CONTRAST: f64 = 1.1;

/// What a row's trials say of a metric.
pub(super) fn estimate(row: &Row, metric: Metric) -> Option<&Estimate> {
    row.cells.as_ref()?.get(metric).estimate.as_ref()
}

/// Whether a client of this transport asks for each answer.
pub(super) fn asks(transport: &str) -> bool {
    Transport::ALL.iter().any(|known| known.name() == transport && known.asks_each_time())
}

/// Why there is nothing to see in these rows' figures; `None` when there is.
pub(super) fn flat(rows: &[&Row], metrics: &[Metric]) -> Option<String> {
    let differ = |metric: Metric| {
        let found: Vec<&Estimate> =
            rows.iter().filter_map(|row| estimate(row, metric)).filter(|found| found.bounds == 0).collect();
        found
            .iter()
            .any(|a| found.iter().any(|b| b.centre > a.centre * CONTRAST && b.centre > trifle(metric) && !noise(a, b)))
    };
    let none = !metrics.iter().any(|&metric| differ(metric));
    none.then(|| "no two rows differ by more than 10 % and by more than their trials do".to_owned())
}

/// Whether two figures differ by no more than their trials do: each lies within the other's interval.
fn noise(a: &Estimate, b: &Estimate) -> bool {
    match (a.interval, b.interval) {
        (Some(of_a), Some(of_b)) => of_a.high >= of_b.low && of_b.high >= of_a.low,
        (Some(interval), None) => interval.holds(b.centre),
        (None, Some(interval)) => interval.holds(a.centre),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    #[test]
    fn noise_is_no_contrast() {
        let estimate = |centre: f64, half: f64| Estimate {
            centre,
            interval: (half > 0.0).then_some(Interval { low: centre - half, high: centre + half }),
            trials: vec![(1, centre)],
            bounds: 0,
        };
        assert!(noise(&estimate(10.0, 3.0), &estimate(14.0, 2.0)));
        assert!(!noise(&estimate(10.0, 1.0), &estimate(14.0, 2.0)));
        assert!(noise(&estimate(10.0, 5.0), &estimate(14.0, 0.0)));
        assert!(!noise(&estimate(10.0, 0.0), &estimate(14.0, 0.0)));
    }
}
