//! The regularised incomplete beta function: what Student's t and the binomial distribution have in common.

/// I_x(a, b) for a, b > 0 and 0 ≤ x ≤ 1, by its continued fraction (Abramowitz & Stegun 26.5.8, summed by Lentz's method).
#[must_use]
pub fn regularised(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // the fraction converges quickly on this side only; on the other it is the mirror's
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - regularised(1.0 - x, b, a);
    }
    let logarithm = a * x.ln() + b * (-x).ln_1p() + libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    logarithm.exp() * fraction(x, a, b) / a
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    /// Stands for a zero that would be divided by.
    const TINY: f64 = 1e-300;
    /// Enough for a, b in the thousands: it takes some √max(a, b) steps.
    const STEPS: u32 = 1000;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / kept(1.0 - (a + b) * x / (a + 1.0)));
    let mut sum = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / kept(1.0 + term * d);
            c = kept(1.0 + term / c);
            factor = c * d;
            sum *= factor;
        }
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_it_is_in_closed_form() {
        for x in [0.01, 0.2, 0.5, 0.9, 0.999] {
            assert!((regularised(x, 1.0, 1.0) - x).abs() < 1e-14);
            assert!((regularised(x, 3.0, 1.0) - x.powi(3)).abs() < 1e-14);
            assert!((regularised(x, 2.5, 7.0) + regularised(1.0 - x, 7.0, 2.5) - 1.0).abs() < 1e-14);
        }
        assert_eq!((regularised(0.0, 2.0, 3.0), regularised(1.0, 2.0, 3.0)), (0.0, 1.0));
    }
}
