//! Whether figures rise or fall over the run.

use super::normal;

/// From how many trials drift and outliers can be told from chance.
pub const TELLING: usize = 8;

/// What trials in the order in which they were made say of a trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Kendall's τ-b of the figure against its place: 1 rises all the time, −1 falls all the time.
    pub tau: f64,
    /// Two-sided: how often trials without a trend would be as ordered.
    pub p: f64,
}

/// Mann and Kendall's test for a trend (Mann, Econometrica 13 (1945) 245–259; Kendall, Rank Correlation Methods, 1975): by
/// ranks, so that one far-off trial moves it little. The exact distribution where all values differ; with ties the normal one,
/// variance and step corrected.
///
/// `None`: fewer than [`TELLING`] values, or all alike.
#[must_use]
pub fn drift(in_order: &[f64]) -> Option<Drift> {
    let n = in_order.len();
    if n < TELLING {
        return None;
    }
    let (mut rising, mut falling) = (0u32, 0u32);
    for (place, later) in in_order.iter().enumerate() {
        for earlier in &in_order[..place] {
            rising += u32::from(later > earlier);
            falling += u32::from(later < earlier);
        }
    }
    let pairs = (n * (n - 1) / 2) as f64;
    let untied = f64::from(rising + falling);
    if untied == 0.0 {
        return None;
    }
    let score = f64::from(rising) - f64::from(falling);
    let p = if untied < pairs || n > 60 { approximate(in_order, score) } else { exact(n, rising.min(falling)) };
    Some(Drift { tau: score / (pairs * untied).sqrt(), p })
}

/// Twice the share of all orders of `n` values with at most `inversions` pairs the wrong way round.
fn exact(n: usize, inversions: u32) -> f64 {
    let most = inversions as usize;
    // shares of the orders of the first i values: the i-th may stand before none to i − 1 of them, evenly
    let mut shares = vec![0.0; most + 1];
    shares[0] = 1.0;
    for i in 2..=n {
        let before = shares.clone();
        for (at, share) in shares.iter_mut().enumerate() {
            *share = before[at.saturating_sub(i - 1)..=at].iter().sum::<f64>() / i as f64;
        }
    }
    (2.0 * shares.iter().sum::<f64>()).min(1.0)
}

fn approximate(values: &[f64], score: f64) -> f64 {
    let weight = |count: f64| count * (count - 1.0) * (2.0 * count + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|tied| weight(tied.len() as f64)).sum();
    let deviation = ((weight(values.len() as f64) - ties) / 18.0).sqrt();
    (2.0 * normal::cdf(-(score.abs() - 1.0).max(0.0) / deviation)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_is_told_from_none() {
        let rising: Vec<f64> = (0..8).map(f64::from).collect();
        let drift_of = |values: &[f64]| drift(values).expect("eight");
        assert!((drift_of(&rising).p - 2.0 / 40_320.0).abs() < 1e-12); // one order of 8!, either way
        assert!((drift_of(&rising).tau - 1.0).abs() < 1e-12);
        let even = [3.0, 1.0, 4.0, 2.0, 3.5, 1.5, 4.5, 2.5];
        assert!(drift_of(&even).p > 0.3, "{:?}", drift_of(&even));
        assert_eq!(drift(&rising[1..]), None);
        assert_eq!(drift(&[5.0; 9]), None);
    }
}
