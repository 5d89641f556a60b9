//! Where the figure of several trials lies.

use super::centre::mean_and_error;
use super::interval::Interval;
use super::{bca, signs, student};

/// From how many trials an interval is bootstrapped.
pub const BOOTSTRAPPED: usize = 20;
/// From how many trials the median's interval is read off the sorted values: with fewer, no two of them hold it with 95 %.
pub const ORDERED: usize = 6;

/// The interval of the trials' centre: below [`ORDERED`] trials Student's t on logarithms; then the exact interval of the
/// median between two of the sorted values; from [`BOOTSTRAPPED`] on the BCa bootstrap of the median.
///
/// `None` for a single trial, for figures that are all alike, and for few trials with a figure that has no logarithm.
#[must_use]
pub fn around(figures: &[f64]) -> Option<Interval> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    if least.total_cmp(&most).is_eq() {
        return None;
    }
    if sorted.len() >= BOOTSTRAPPED {
        return Some(bca::Bootstrap::of(&sorted).interval());
    }
    if let Some(outside) = signs::outside(sorted.len(), signs::LEVEL) {
        return Some(Interval { low: sorted[outside], high: sorted[sorted.len() - 1 - outside] });
    }
    if least <= 0.0 {
        return None;
    }
    let logarithms: Vec<f64> = sorted.iter().map(|figure| figure.ln()).collect();
    let (mean, error) = mean_and_error(&logarithms);
    let half = student::quantile(1.0 - signs::LEVEL / 2.0, sorted.len() as f64 - 1.0) * error;
    Some(Interval { low: mean - half, high: mean + half }.map(f64::exp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_trials_get_students_interval_on_logarithms() {
        // scipy.stats.t.interval(0.95, 2, mean(ln x), sem(ln x)) of 8, 10, 12.5: exp gives 5.7445 and 17.408
        let interval = around(&[12.5, 8.0, 10.0]).expect("three differ");
        assert!((interval.low - 5.7445).abs() < 1e-3 && (interval.high - 17.408).abs() < 1e-3, "{interval:?}");
        assert!(interval.holds(10.0) && !interval.holds(20.0));
    }

    #[test]
    fn no_interval_without_a_spread() {
        assert_eq!(around(&[]), None);
        assert_eq!(around(&[3.0]), None);
        assert_eq!(around(&[3.0, 3.0, 3.0]), None);
        assert_eq!(around(&[0.0, 3.0]), None);
    }

    #[test]
    fn more_trials_get_the_medians_exact_interval() {
        let values: Vec<f64> = (1..=19).map(f64::from).collect();
        assert_eq!(around(&values), Some(Interval { low: 5.0, high: 15.0 }));
        assert_eq!(around(&[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]), Some(Interval { low: -1.0, high: 4.0 }));
    }
}
