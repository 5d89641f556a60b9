//! The bootstrap distribution of a median, exactly.
//!
//! Bootstrapping draws from the sample with replacement and looks at the drawn samples' medians. For the median that can be
//! counted out instead of drawn (Efron 1979, Annals of Statistics 7:1; Maritz & Jarrett 1978, JASA 73:194–196): it is what
//! infinitely many replicates would give, with no seed and no error of its own.

use super::beta;

/// What the medians of all resamples are, in order, each with its share of the resamples.
#[derive(Clone, Debug)]
pub struct Medians {
    /// A median and its share, the smallest first. Shares below a billionth are left out.
    pub shares: Vec<(f64, f64)>,
}

impl Medians {
    /// Those of `values`, which need not be sorted; at least one.
    #[must_use]
    pub fn of(values: &[f64]) -> Medians {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut shares = if sorted.len() % 2 == 1 { odd(&sorted) } else { even(&sorted) };
        shares.retain(|(_, share)| *share > 1e-9);
        shares.sort_by(|a, b| a.0.total_cmp(&b.0));
        Medians { shares }
    }

    /// Shares of the medians below `value`, and at it.
    #[must_use]
    pub fn split(&self, value: f64) -> (f64, f64) {
        let (mut below, mut at) = (0.0, 0.0);
        for (median, share) in &self.shares {
            if *median < value {
                below += share;
            } else if *median <= value {
                at += share;
            }
        }
        (below, at)
    }
}

/// How far from the middle a resample's median can lie in the sorted values: its place scatters by √n/2, and eight times
/// that is beyond any share that counts.
fn reach(n: usize) -> std::ops::RangeInclusive<usize> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small positive number
    let away = (4.0 * (n as f64).sqrt()).ceil() as usize + 1;
    (n / 2).saturating_sub(away).max(1)..=(n / 2 + away).min(n)
}

/// P(at least `least` of n draws are among the `first` smallest of n values).
fn among(first: usize, least: usize, n: usize) -> f64 {
    beta::regularised(first as f64 / n as f64, least as f64, (n - least + 1) as f64)
}

/// The middle draw is the k-th smallest value, where it is among the k smallest and not among the k − 1 smallest.
fn odd(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len();
    let middle = n / 2 + 1;
    reach(n).map(|k| (sorted[k - 1], among(k, middle, n) - among(k - 1, middle, n))).collect()
}

/// The two middle draws are the k-th and the l-th smallest value: for k < l, half the draws are at most the k-th, one of them
/// it; half are at least the l-th, one of them it. What is left of the k-th's share as lower of the two has k = l.
fn even(sorted: &[f64]) -> Vec<(f64, f64)> {
    let (n, half) = (sorted.len(), sorted.len() / 2);
    let ways = libm::lgamma(n as f64 + 1.0) - 2.0 * libm::lgamma(half as f64 + 1.0);
    // √ways goes to each side: whole, it is beyond a float from some thousand values on
    let power =
        |count: usize| if count == 0 { 0.0 } else { (ways / 2.0 + half as f64 * (count as f64 / n as f64).ln()).exp() };
    let powers: Vec<f64> = (0..=n).map(power).collect();
    let mut shares = Vec::new();
    for k in reach(n) {
        let low = powers[k] - powers[k - 1];
        let alone = among(k, half, n) - among(k - 1, half, n) - low * powers[n - k];
        shares.push((sorted[k - 1], alone));
        for l in k + 1..=*reach(n).end() {
            shares.push((f64::midpoint(sorted[k - 1], sorted[l - 1]), low * (powers[n - l + 1] - powers[n - l])));
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_pcg::Pcg64;
    use rand_pcg::rand_core::{Rng, SeedableRng};

    #[test]
    fn it_is_what_counting_all_resamples_gives() {
        for values in [vec![1.0, 2.0, 4.0], vec![1.0, 2.0, 4.0, 8.0], vec![3.0, 1.0, 7.0, 20.0, 9.0]] {
            let (n, medians) = (values.len(), Medians::of(&values));
            let all = n.pow(u32::try_from(n).expect("small"));
            let mut counted = std::collections::BTreeMap::new();
            for which in 0..all {
                let drawn: Vec<f64> =
                    (0..n).map(|i| values[which / n.pow(u32::try_from(i).expect("small")) % n]).collect();
                let median = super::super::centre::centre(&drawn).expect("some");
                *counted.entry(median.to_bits()).or_insert(0) += 1;
            }
            for (median, times) in counted {
                let share: f64 =
                    medians.shares.iter().filter(|(value, _)| value.to_bits() == median).map(|(_, share)| share).sum();
                assert!((share - f64::from(times) / all as f64).abs() < 1e-12, "{values:?} {}", f64::from_bits(median));
            }
        }
    }

    #[test]
    fn shares_add_up_and_agree_with_drawing() {
        for n in [1, 2, 20, 21, 55, 400] {
            let values: Vec<f64> = (0..n).map(|i| f64::from(i) * 1.7).collect();
            let whole: f64 = Medians::of(&values).shares.iter().map(|(_, share)| share).sum();
            assert!((whole - 1.0).abs() < 1e-6, "{n}: {whole}");
        }
        let values: Vec<f64> = (0..20).map(|i| f64::from(i).powf(1.5)).collect();
        let (below, at) = Medians::of(&values).split(20.0);
        let mut random = Pcg64::seed_from_u64(1);
        let draws = 20_000;
        let drawn = (0..draws).filter(|_| {
            let drawn: Vec<f64> = (0..20).map(|_| values[(random.next_u32() % 20) as usize]).collect();
            super::super::centre::centre(&drawn).expect("some") <= 20.0
        });
        assert!((drawn.count() as f64 / f64::from(draws) - below - at).abs() < 0.01);
    }
}
