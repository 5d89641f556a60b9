//! How a row's deliveries spread over the latency: what a violin is drawn from.

use super::figures::Figures;

/// Bins to a power of ten.
const BINS: f64 = 50.0;

/// How much of a row's deliveries lies where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spread {
    /// Nanoseconds, rising, and the share of the deliveries around them.
    pub(super) shares: Vec<(f64, f64)>,
}

impl Spread {
    /// The mean of the trials' spreads, each weighing alike however many deliveries it has.
    pub(super) fn of(trials: &[&Figures]) -> Spread {
        let counted: Vec<&&Figures> = trials.iter().filter(|trial| !trial.latency.is_empty()).collect();
        let (mut first, mut shares) = (0, Vec::<f64>::new());
        for trial in &counted {
            let weight = 1.0 / (trial.latency.len() as f64 * counted.len() as f64);
            for (ns, count) in trial.latency.counts() {
                let bin = bin(ns.max(1) as f64);
                if shares.is_empty() {
                    first = bin;
                }
                if bin < first {
                    shares.splice(0..0, vec![0.0; first - bin]);
                    first = bin;
                }
                shares.resize(shares.len().max(bin - first + 1), 0.0);
                shares[bin - first] += count as f64 * weight;
            }
        }
        let middle = |place: usize| 10f64.powf(((first + place) as f64 + 0.5) / BINS);
        let smooth = smoothed(&shares);
        Spread { shares: smooth.iter().enumerate().map(|(place, &share)| (middle(place), share)).collect() }
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of whole nanoseconds from 1 up
fn bin(ns: f64) -> usize {
    (ns.log10() * BINS) as usize
}

/// Each share with a half of its neighbours': a histogram's steps say nothing.
fn smoothed(shares: &[f64]) -> Vec<f64> {
    let at = |place: Option<usize>| place.and_then(|place| shares.get(place)).copied().unwrap_or(0.0);
    let around = |place: usize| at(Some(place)) / 2.0 + at(place.checked_sub(1)) / 4.0 + at(place.checked_add(1)) / 4.0;
    (0..shares.len()).map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;

    #[test]
    fn trials_weigh_alike() {
        let (few, many) = (figures(100, 0), figures(10_000, 0)); // 1 µs to 100 µs, and to 10 ms
        let spread = Spread::of(&[&few, &many]);
        let below = |end: f64| spread.shares.iter().filter(|(ns, _)| *ns < end).map(|(_, share)| share).sum::<f64>();
        assert!((below(f64::INFINITY) - 1.0).abs() < 0.05, "{spread:?}");
        assert!((below(100e3) - 0.505).abs() < 0.03, "{}", below(100e3));
        assert!(spread.shares.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(Spread::of(&[]), Spread::default());
    }
}
