//! Two sides that took turns in the same blocks: what disturbed one is likelier to have disturbed the other.

use super::agreed::agreed;
use super::around::{BOOTSTRAPPED, ORDERED, around};
use super::bca::Bootstrap;
use super::centre::{centre, mean_and_error};
use super::effect::{Effect, Method};
use super::interval::Interval;
use super::{signs, student};

/// New ÷ old, block by block. Each block's ratio counts, on logarithms, so that twice and half are as far from 1.
///
/// Below [`ORDERED`] blocks Student's t; then the exact interval of the median, and sign test and Student's t as [`agreed`]; from [`BOOTSTRAPPED`] on the
/// BCa bootstrap of the median. `None`: there are no blocks, not as many on both sides, or a value
/// that has no logarithm.
#[must_use]
pub fn paired(old: &[f64], new: &[f64]) -> Option<Effect> {
    if old.is_empty() || old.len() != new.len() || !old.iter().chain(new).all(|value| *value > 0.0 && value.is_finite())
    {
        return None;
    }
    let logarithms: Vec<f64> = old.iter().zip(new).map(|(old, new)| (new / old).ln()).collect();
    let n = logarithms.len();
    let ratio = centre(&logarithms)?.exp();
    let effect = |interval, p, method| Effect { ratio, interval, p, blocks: (n, n), method };
    if n == 1 {
        return Some(effect(None, 1.0, Method::Single));
    }
    if logarithms.iter().all(|logarithm| logarithm.total_cmp(&logarithms[0]).is_eq()) {
        // without a spread only the number of blocks says anything
        return Some(effect(None, signs::test(&logarithms), Method::Signs));
    }
    let freedom = n as f64 - 1.0;
    let (mean, error) = mean_and_error(&logarithms);
    let by_student = student::beyond(mean / error, freedom);
    Some(if n < ORDERED {
        let half = student::quantile(1.0 - signs::LEVEL / 2.0, freedom) * error;
        let interval = Interval { low: mean - half, high: mean + half }.map(f64::exp);
        effect(Some(interval), by_student, Method::Student(freedom))
    } else if n < BOOTSTRAPPED {
        let interval = around(&logarithms).map(|interval| interval.map(f64::exp));
        effect(interval, agreed(signs::test(&logarithms), by_student), Method::Signs)
    } else {
        let bootstrap = Bootstrap::of(&logarithms);
        // what only knows the signs cannot be surer than this, and no resample of values above zero has a median below it
        let least = 2.0 * signs::at_most(0, n);
        effect(Some(bootstrap.interval().map(f64::exp)), bootstrap.p().max(least), Method::Bootstrap)
    })
}
