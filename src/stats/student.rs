//! Student's t distribution, with any number of degrees of freedom (Welch's test has broken ones).

use super::centre::mean_and_error;
use super::{beta, normal};
use std::f64::consts::PI;

/// P(|T| ≥ |t|): the two-sided p-value.
#[must_use]
pub fn beyond(t: f64, freedom: f64) -> f64 {
    beta::regularised(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// P(T ≤ t).
#[must_use]
pub fn cdf(t: f64, freedom: f64) -> f64 {
    let tail = beyond(t, freedom) / 2.0;
    if t < 0.0 { tail } else { 1.0 - tail }
}

/// The t of which P(T ≤ t) = `share`, for 0.5 ≤ `share` < 1: Newton's steps, halving where they would leave the bracket.
#[must_use]
pub fn quantile(share: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0);
    while cdf(high, freedom) < share {
        (low, high) = (high, 4.0 * high);
    }
    let scale = (libm::lgamma(f64::midpoint(freedom, 1.0)) - libm::lgamma(freedom / 2.0)).exp() / (freedom * PI).sqrt();
    let mut t: f64 = normal::quantile(share).clamp(low, high);
    for _ in 0..200 {
        let error = cdf(t, freedom) - share;
        if error > 0.0 {
            high = t;
        } else {
            low = t;
        }
        let density = scale * (1.0 + t * t / freedom).powf(-f64::midpoint(freedom, 1.0));
        let newton = t - error / density;
        let next = if (low..=high).contains(&newton) { newton } else { f64::midpoint(low, high) };
        let step = (next - t).abs();
        t = next;
        if step <= 1e-14 * t.abs() {
            break;
        }
    }
    t
}

/// How far the mean of `new` is above that of `old`, of two values each at the least, its standard error, and the degrees of
/// freedom (Welch, Biometrika 34 (1947) 28–35).
#[must_use]
pub fn welch(old: &[f64], new: &[f64]) -> (f64, f64, f64) {
    let ((mean_old, error_old), (mean_new, error_new)) = (mean_and_error(old), mean_and_error(new));
    let error = error_old.hypot(error_new);
    let part = |error: f64, n: usize| error.powi(4) / (n as f64 - 1.0);
    let freedom = error.powi(4) / (part(error_old, old.len()) + part(error_new, new.len()));
    (mean_new - mean_old, error, freedom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_tables() {
        // any table; with one degree of freedom t is Cauchy's: tan(0.475 π)
        for (freedom, t) in [
            (1.0, (0.475 * PI).tan()),
            (2.0, 4.302_652_729_911_275),
            (3.0, 3.182_446_305_284_263),
            (4.0, 2.776_445_105_197_793),
        ] {
            assert!((quantile(0.975, freedom) - t).abs() < 1e-9 * t, "{freedom}: {}", quantile(0.975, freedom));
            assert!((beyond(t, freedom) - 0.05).abs() < 1e-10);
        }
        assert!((quantile(0.975, 1e6) - 1.959_966).abs() < 1e-5);
        assert!(quantile(0.5, 3.0).abs() < 1e-9);
    }
}
