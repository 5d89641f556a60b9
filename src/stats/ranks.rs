//! Two independent samples by ranks alone: Mann & Whitney's test, and the interval of the shift that is its mirror.
//!
//! Mann & Whitney, Annals of Mathematical Statistics 18 (1947) 50–60; the interval is Hodges & Lehmann's and Moses', between
//! two of the sorted differences (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 4.3).

use super::interval::Interval;
use super::{normal, signs};

/// Up to this size of the larger sample U's distribution is counted out; beyond, it is normal to four digits.
const COUNTED: usize = 400;

/// P(U ≤ `most`) where both samples, of `m` and `n` values, come from one distribution.
#[must_use]
pub fn at_most(most: usize, m: usize, n: usize) -> f64 {
    tail(m, n, most).last().copied().unwrap_or(0.0)
}

/// P(U ≤ u) for u = 0, 1, … `most`.
///
/// How many of the C(m + n, m) orders have a given U is a coefficient of Gauss's binomial, ∏ (1 − q^(n+i)) / (1 − q^i).
fn tail(m: usize, n: usize, most: usize) -> Vec<f64> {
    let (few, many) = (m.min(n), m.max(n));
    let most = most.min(few * many);
    if many > COUNTED || few > WHOLE {
        let (mean, deviation) = moments(few, many);
        return (0..=most).map(|u| normal::cdf((u as f64 + 0.5 - mean) / deviation)).collect();
    }
    let mut counts = vec![0i128; most + 1];
    counts[0] = 1;
    let mut all = 1.0;
    for i in 1..=few {
        for u in (many + i..=most).rev() {
            counts[u] -= counts[u - many - i];
        }
        for u in i..=most {
            counts[u] += counts[u - i];
        }
        all *= (many + i) as f64 / i as f64;
    }
    let mut sum = 0i128;
    counts
        .iter()
        .map(|count| {
            sum += count;
            sum as f64 / all
        })
        .collect()
}

/// The size of the smaller sample up to which all counts are whole numbers of 127 bits: C(419, 19) is 5e32.
const WHOLE: usize = 19;

fn moments(m: usize, n: usize) -> (f64, f64) {
    let (m, n) = (m as f64, n as f64);
    (m * n / 2.0, (m * n * (m + n + 1.0) / 12.0).sqrt())
}

/// The two-sided p-value of no shift between `old` and `new`.
///
/// As in the sign test, two values that are alike count against whichever side would win.
#[must_use]
pub fn test(old: &[f64], new: &[f64]) -> f64 {
    let differences = differences(old, new);
    let not_above = differences.iter().filter(|difference| **difference <= 0.0).count();
    let not_below = differences.iter().filter(|difference| **difference >= 0.0).count();
    (2.0 * at_most(not_above.min(not_below), old.len(), new.len())).min(1.0)
}

/// How many of the sorted differences may be left out at each end so that the shift still lies between the others with
/// confidence 1 − `level`; `None`: not even all hold it with that.
#[must_use]
pub fn outside(m: usize, n: usize, level: f64) -> Option<usize> {
    let tail = tail(m, n, m * n / 2);
    tail.iter().take_while(|share| 2.0 * **share < level).count().checked_sub(1)
}

/// The shift from `old` to `new` and its interval of 95 %: the median of all differences, and two of them.
#[must_use]
pub fn shift(old: &[f64], new: &[f64]) -> (f64, Option<Interval>) {
    let sorted = differences(old, new);
    let estimate = super::centre::centre(&sorted).unwrap_or(f64::NAN);
    let interval = outside(old.len(), new.len(), signs::LEVEL)
        .map(|outside| Interval { low: sorted[outside], high: sorted[sorted.len() - 1 - outside] });
    (estimate, interval)
}

/// Of each value of `new` and each of `old`, sorted.
fn differences(old: &[f64], new: &[f64]) -> Vec<f64> {
    let mut all: Vec<f64> = old.iter().flat_map(|old| new.iter().map(move |new| new - old)).collect();
    all.sort_by(f64::total_cmp);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_is_what_counting_all_orders_gives() {
        for (m, n) in [(1, 1), (2, 3), (4, 4), (3, 6)] {
            let mut counts = vec![0u32; m * n + 1];
            for which in 0u32..1 << (m + n) {
                if which.count_ones() as usize == m {
                    // U: for each of the first sample, how many of the second come before it
                    let u = (0..m + n)
                        .filter(|i| which >> i & 1 == 1)
                        .map(|i| (0..i).filter(|j| which >> j & 1 == 0).count())
                        .sum::<usize>();
                    counts[u] += 1;
                }
            }
            let all = f64::from(counts.iter().sum::<u32>());
            let mut sum = 0;
            for (u, count) in counts.iter().enumerate() {
                sum += count;
                assert!((at_most(u, m, n) - f64::from(sum) / all).abs() < 1e-12, "{m} {n} {u}");
            }
        }
    }

    #[test]
    fn differences_are_left_out_by_the_classic_table() {
        // critical values of U, two-sided 5 %: 6×6 5, 8×8 13, 10×10 23, 19×19 113; 3×3 has none
        for (m, n, critical) in
            [(6, 6, Some(5)), (8, 8, Some(13)), (10, 10, Some(23)), (19, 19, Some(113)), (3, 3, None)]
        {
            assert_eq!(outside(m, n, 0.05), critical, "{m} {n}");
        }
    }

    #[test]
    fn counting_and_the_normal_curve_meet() {
        let (mean, deviation) = moments(19, 400);
        for u in [2500, 3000, 3800] {
            let normal = normal::cdf((u as f64 + 0.5 - mean) / deviation);
            assert!((at_most(u, 19, 400) - normal).abs() < 1e-3, "{u}");
        }
    }
}
