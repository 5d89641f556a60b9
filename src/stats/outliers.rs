//! Trials far from all others. They are named, never left out.

use super::drift::TELLING;
use super::interval::Interval;

/// How far beyond the quartiles the fences stand, in distances between the quartiles. Tukey's outer ones (Exploratory Data
/// Analysis, 1977, 2C) stand at 3: of eight even (normal) trials one lies behind them in 4.5 % of rows. At 5 it is 0.7 %.
const FENCE: f64 = 5.0;

/// The fences of `values`: five times the distance of the quartiles beyond either of them (linear between sorted values).
///
/// `None`: fewer than [`TELLING`] values.
#[must_use]
pub fn fences(values: &[f64]) -> Option<Interval> {
    if values.len() < TELLING {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let quartile = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a place in the list
        let below = place.floor() as usize;
        let above = (below + 1).min(sorted.len() - 1);
        sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
    };
    let (low, high) = (quartile(0.25), quartile(0.75));
    Some(Interval { low: low - FENCE * (high - low), high: high + FENCE * (high - low) })
}

/// The places in `values` of those beyond the [`fences`].
#[must_use]
pub fn outliers(values: &[f64]) -> Vec<usize> {
    let Some(fences) = fences(values) else { return Vec::new() };
    (0..values.len()).filter(|&place| !fences.holds(values[place])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_far_one_is_named() {
        let mut values: Vec<f64> = (0..9).map(|i| 10.0 + f64::from(i)).collect();
        assert_eq!(outliers(&values), [0usize; 0]);
        values[4] = 80.0;
        assert_eq!(outliers(&values), [4]);
        assert_eq!(outliers(&values[..7]), [0usize; 0]); // too few to tell
    }
}
