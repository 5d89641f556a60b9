//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// P(Z ≤ z).
#[must_use]
pub fn cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The z of which P(Z ≤ z) = `share`; infinite at 0 and 1.
///
/// Acklam's rational approximation (relative error 1.2e-9), made exact to the float by one step of Halley's method.
#[must_use]
pub fn quantile(share: f64) -> f64 {
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if share >= 1.0 {
        return f64::INFINITY;
    }
    if share > 0.5 {
        // the upper tail keeps its digits as the mirror of the lower
        return -quantile(1.0 - share);
    }
    let z = approximate(share);
    let error = cdf(z) - share;
    let step = error * (2.0 * PI).sqrt() * (z * z / 2.0).exp();
    z - step / (1.0 + z * step / 2.0)
}

/// Horner's scheme, the highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

fn approximate(share: f64) -> f64 {
    const CENTRAL: ([f64; 6], [f64; 6]) = (
        [
            -3.969_683_028_665_376e1,
            2.209_460_984_245_205e2,
            -2.759_285_104_469_687e2,
            1.383_577_518_672_69e2,
            -3.066_479_806_614_716e1,
            2.506_628_277_459_239,
        ],
        [
            -5.447_609_879_822_406e1,
            1.615_858_368_580_409e2,
            -1.556_989_798_598_866e2,
            6.680_131_188_771_972e1,
            -1.328_068_155_288_572e1,
            1.0,
        ],
    );
    const TAIL: ([f64; 6], [f64; 5]) = (
        [
            -7.784_894_002_430_293e-3,
            -3.223_964_580_411_365e-1,
            -2.400_758_277_161_838,
            -2.549_732_539_343_734,
            4.374_664_141_464_968,
            2.938_163_982_698_783,
        ],
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0],
    );
    if share < 0.024_25 {
        let q = (-2.0 * share.ln()).sqrt();
        polynomial(&TAIL.0, q) / polynomial(&TAIL.1, q)
    } else {
        let q = share - 0.5;
        q * polynomial(&CENTRAL.0, q * q) / polynomial(&CENTRAL.1, q * q)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_the_tables_and_undo_the_distribution() {
        assert!((quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((quantile(0.5)).abs() < 1e-15);
        for share in [1e-12, 1e-4, 0.02, 0.024_3, 0.3, 0.7, 0.98, 0.999_9] {
            assert!((cdf(quantile(share)) / share - 1.0).abs() < 1e-12, "{share}");
        }
        assert_eq!((quantile(0.0), quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
