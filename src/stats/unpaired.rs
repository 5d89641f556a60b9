//! Two sides measured apart: independent samples.

use super::agreed::agreed;
use super::around::{BOOTSTRAPPED, ORDERED};
use super::bca::Bootstrap;
use super::effect::{Effect, Method};
use super::interval::Interval;
use super::{ranks, signs, student};

/// New ÷ old of two independent samples, on logarithms.
///
/// By the smaller one: below [`ORDERED`] values Welch's t; then Hodges and Lehmann's
/// interval of the shift, and Mann and Whitney's test and Welch's t as [`agreed`]; from [`BOOTSTRAPPED`] on the BCa bootstrap of the ratio of medians. `None`: a
/// side has no values, or one that has no logarithm.
#[must_use]
pub fn unpaired(old: &[f64], new: &[f64]) -> Option<Effect> {
    let fewer = old.len().min(new.len());
    if fewer == 0 || !old.iter().chain(new).all(|value| *value > 0.0 && value.is_finite()) {
        return None;
    }
    let logarithms = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
    let (old, new) = (logarithms(old), logarithms(new));
    let blocks = (old.len(), new.len());
    let effect = |shift: f64, interval: Option<Interval>, p, method| {
        let interval = interval.map(|interval| interval.map(f64::exp));
        Some(Effect { ratio: shift.exp(), interval, p, blocks, method })
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    if fewer == 1 {
        return effect(mean(&new) - mean(&old), None, 1.0, Method::Single);
    }
    let alike = |values: &[f64]| values.iter().all(|value| value.total_cmp(&values[0]).is_eq());
    if alike(&old) && alike(&new) {
        // without a spread only the numbers of trials say anything
        return effect(new[0] - old[0], None, ranks::test(&old, &new), Method::Ranks);
    }
    let (moved, error, freedom) = student::welch(&old, &new);
    let by_welch = student::beyond(moved / error, freedom);
    if fewer < ORDERED {
        let half = student::quantile(1.0 - signs::LEVEL / 2.0, freedom) * error;
        let interval = Interval { low: moved - half, high: moved + half };
        effect(moved, Some(interval), by_welch, Method::Welch(freedom))
    } else if fewer < BOOTSTRAPPED {
        let (shift, interval) = ranks::shift(&old, &new);
        effect(shift, interval, agreed(ranks::test(&old, &new), by_welch), Method::Ranks)
    } else {
        let bootstrap = Bootstrap::of_difference(&old, &new);
        // what only knows the order cannot be surer than this
        let least = 2.0 * ranks::at_most(0, old.len(), new.len());
        effect(
            bootstrap.estimate,
            Some(bootstrap.interval()),
            bootstrap.p().max(least.min(signs::LEVEL / 1e3)),
            Method::Bootstrap,
        )
    }
}
