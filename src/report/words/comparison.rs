//! Two rows of one record held against each other for one figure, paired block by block.

use crate::report::cells::Estimate;
use crate::report::metric::Metric;
use crate::report::pairing::{MEANINGLESS_NS, factor, paired};
use crate::stats::{self, Interval};

/// From one trial each, a timed figure has to be so many times another one's to count as different: trials of one kind
/// differ by a fifth on a quiet virtual machine and by half on a busy one, and one trial does not say which it was.
pub(super) const ONE_TRIAL_TIMED: f64 = 2.0;
/// The same for what is counted, not timed (octets, requests, memory): all that chance decides there is which updates
/// share an answer.
const ONE_TRIAL_COUNTED: f64 = 1.1;
/// Figures that are closer than this are alike to a reader, however sure the difference is.
const NEGLIGIBLE: f64 = 1.01;

/// What can be said of a second figure against a first one. A ratio is the second ÷ the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    /// The interval of the blocks' ratios excludes 1; `None`: all blocks have the same ratio.
    Different {
        ratio: f64,
        interval: Option<Interval>,
    },
    /// The interval holds 1, as that of very few trials will, but each block by itself shows a difference, and all the
    /// same one: the smallest ratio of them.
    DifferentInEach {
        ratio: f64,
        least: f64,
    },
    /// From one trial each, far enough apart.
    DifferentOnce {
        ratio: f64,
    },
    /// The first is only known to be below something, and that is below the second: the ratio is more than this.
    MoreThan {
        ratio: f64,
    },
    /// The first is nothing at all, the second something.
    FromNothing,
    Alike(Alike),
    /// A bound or a dash is in the way, or they share no block.
    Unknown,
}

/// Why two figures are not told apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Alike {
    /// The interval holds 1: if there is a difference, it is below this ratio.
    Noise { below: f64 },
    /// From one trial each, closer than this ratio.
    Once { below: f64 },
    /// Latencies closer than [`MEANINGLESS_NS`].
    Meaningless,
    /// The ratio is below [`NEGLIGIBLE`].
    Negligible,
    /// The same number in every block.
    Same,
}

impl Comparison {
    /// Holds `second` against `first`.
    pub(super) fn of(metric: Metric, first: &Estimate, second: &Estimate) -> Comparison {
        if second.bounds > 0 {
            // what is only known to be below something can be held against nothing
            return if first.bounds > 0 { Comparison::Unknown } else { Self::of(metric, second, first).turned() };
        }
        let pairs = paired(first, second);
        if pairs.is_empty() || pairs.iter().any(|pair| pair.0 < 0.0 || pair.1 < 0.0) {
            return Comparison::Unknown;
        }
        if first.bounds > 0 {
            let least = pairs.iter().map(|(bound, value)| value / bound).fold(f64::INFINITY, f64::min);
            return if least > 1.0 { Comparison::MoreThan { ratio: least } } else { Comparison::Unknown };
        }
        if pairs.iter().all(|pair| pair.0.total_cmp(&pair.1).is_eq()) {
            return Comparison::Alike(Alike::Same);
        }
        match (pairs.iter().all(|pair| pair.0 == 0.0), pairs.iter().all(|pair| pair.1 > 0.0)) {
            (true, true) => return Comparison::FromNothing,
            (true, false) => return Comparison::Unknown,
            (false, _) if pairs.iter().any(|pair| pair.0 == 0.0 || pair.1 == 0.0) => return Comparison::Unknown,
            (false, _) => {}
        }
        let ratios: Vec<f64> = pairs.iter().map(|(first, second)| second / first).collect();
        let ratio = stats::centre(&ratios).unwrap_or(1.0);
        if factor(ratio) < NEGLIGIBLE && ratios.iter().all(|&ratio| factor(ratio) < NEGLIGIBLE) {
            return Comparison::Alike(Alike::Negligible);
        }
        match Self::judged(metric, &ratios, ratio) {
            Comparison::Different { .. } | Comparison::DifferentInEach { .. } | Comparison::DifferentOnce { .. }
                if metric.is_latency() && (second.centre - first.centre).abs() < MEANINGLESS_NS =>
            {
                Comparison::Alike(Alike::Meaningless)
            }
            judged => judged,
        }
    }

    /// What the blocks' ratios say by themselves.
    fn judged(metric: Metric, ratios: &[f64], ratio: f64) -> Comparison {
        let below = if metric.is_counted() { ONE_TRIAL_COUNTED } else { ONE_TRIAL_TIMED };
        let each = ratios.iter().all(|&each| factor(each) >= below && (each > 1.0) == (ratio > 1.0));
        if ratios.len() == 1 {
            return if each { Comparison::DifferentOnce { ratio } } else { Comparison::Alike(Alike::Once { below }) };
        }
        match stats::interval(ratios) {
            Some(interval) if interval.holds(1.0) && each => {
                let least = ratios.iter().map(|&ratio| factor(ratio)).fold(f64::INFINITY, f64::min);
                Comparison::DifferentInEach { ratio, least }
            }
            Some(interval) if interval.holds(1.0) => {
                Comparison::Alike(Alike::Noise { below: factor(interval.low).max(factor(interval.high)) })
            }
            interval => Comparison::Different { ratio, interval },
        }
    }

    /// Whether the second figure is clearly the larger one.
    pub(super) fn is_more(self) -> bool {
        match self {
            Comparison::Different { ratio, .. }
            | Comparison::DifferentInEach { ratio, .. }
            | Comparison::DifferentOnce { ratio } => ratio > 1.0,
            Comparison::MoreThan { .. } | Comparison::FromNothing => true,
            Comparison::Alike(_) | Comparison::Unknown => false,
        }
    }

    /// The ratio of two figures that differ; `None` also where it is only known in part.
    pub(super) fn ratio(self) -> Option<f64> {
        match self {
            Comparison::Different { ratio, .. }
            | Comparison::DifferentInEach { ratio, .. }
            | Comparison::DifferentOnce { ratio } => Some(ratio),
            Comparison::MoreThan { .. } | Comparison::FromNothing | Comparison::Alike(_) | Comparison::Unknown => None,
        }
    }

    /// How many times as large the second figure is at the least, where it is clearly the larger one; 1 where it is not.
    pub(super) fn factor(self) -> f64 {
        match self {
            Comparison::MoreThan { ratio } => ratio,
            Comparison::FromNothing => f64::INFINITY,
            _ => self.ratio().filter(|ratio| *ratio > 1.0).unwrap_or(1.0),
        }
    }

    /// What a bound says seen from the other side: that the first is the larger one is no ratio above 1.
    fn turned(self) -> Comparison {
        match self {
            Comparison::MoreThan { ratio } => Comparison::DifferentOnce { ratio: 1.0 / ratio },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(values: &[f64]) -> Estimate {
        let trials: Vec<(u32, f64)> = (1..).zip(values.iter().copied()).collect();
        Estimate { centre: stats::centre(values).expect("some"), interval: None, trials, bounds: 0 }
    }

    fn below(values: &[f64]) -> Estimate {
        Estimate { bounds: values.len(), ..estimate(values) }
    }

    #[test]
    fn every_outcome_by_table() {
        use Comparison::{Alike as A, Different, DifferentInEach, DifferentOnce, FromNothing, MoreThan, Unknown};
        let ms = |values: &[f64]| estimate(&values.iter().map(|ms| ms * 1e6).collect::<Vec<_>>());
        for (metric, first, second, outcome) in [
            // the same ratio in every block needs no interval
            (Metric::Bytes, estimate(&[100.0; 3]), estimate(&[150.0; 3]), Different { ratio: 1.5, interval: None }),
            (Metric::Bytes, estimate(&[100.0; 3]), estimate(&[100.0; 3]), A(Alike::Same)),
            (Metric::Bytes, estimate(&[100.0; 3]), estimate(&[100.5; 3]), A(Alike::Negligible)),
            // a bound below the other one is below it
            (Metric::Cpu, below(&[8.0, 8.0]), estimate(&[12.0, 16.0]), MoreThan { ratio: 1.5 }),
            (Metric::Cpu, below(&[8.0, 8.0]), estimate(&[12.0, 7.0]), Unknown),
            (Metric::Cpu, below(&[8.0]), below(&[9.0]), Unknown),
            (Metric::Cpu, estimate(&[16.0]), below(&[8.0]), DifferentOnce { ratio: 0.5 }),
            // one trial says less, of what is timed least
            (Metric::P50, ms(&[1.0]), ms(&[1.9]), A(Alike::Once { below: 2.0 })),
            (Metric::P50, ms(&[1.0]), ms(&[2.0]), DifferentOnce { ratio: 2.0 }),
            (Metric::Bytes, estimate(&[100.0]), estimate(&[125.0]), DifferentOnce { ratio: 1.25 }),
            (Metric::Requests, estimate(&[0.0, 0.0]), estimate(&[1.0, 1.0]), FromNothing),
            (Metric::Requests, estimate(&[0.0, 1.0]), estimate(&[1.0, 1.0]), Unknown),
            // 9 µs, however sure
            (Metric::P50, ms(&[0.1; 3]), ms(&[0.109; 3]), A(Alike::Meaningless)),
            (Metric::Cpu, ms(&[0.1; 2]), ms(&[0.125; 2]), Different { ratio: 1.25, interval: None }),
            // two blocks have a wide interval; what one trial would show, two show all the more
            (Metric::P50, ms(&[1.0, 1.0]), ms(&[20.0, 60.0]), DifferentInEach { ratio: 40.0, least: 20.0 }),
            (
                Metric::Bytes,
                estimate(&[100.0; 2]),
                estimate(&[220.0, 300.0]),
                DifferentInEach { ratio: 2.6, least: 2.2 },
            ),
        ] {
            assert_eq!(Comparison::of(metric, &first, &second), outcome, "{metric:?} {first:?} {second:?}");
        }
    }

    #[test]
    fn blocks_are_paired() {
        // each block half as fast again as the one before: paired, that is no noise at all
        let (fast, slow) = (estimate(&[1e6, 1.5e6, 2.25e6]), estimate(&[1.2e6, 1.86e6, 2.65e6]));
        let Comparison::Different { ratio, interval: Some(interval) } = Comparison::of(Metric::P50, &fast, &slow)
        else {
            panic!("clearly different");
        };
        assert!((ratio - 1.2).abs() < 1e-9 && interval.low > 1.1 && interval.high < 1.3, "{ratio} {interval:?}");
        assert!(Comparison::of(Metric::P50, &fast, &slow).is_more());
        assert!(!Comparison::of(Metric::P50, &slow, &fast).is_more());
        let apart = Estimate { trials: vec![(7, 1e6)], ..estimate(&[1e6]) };
        assert_eq!(Comparison::of(Metric::P50, &fast, &apart), Comparison::Unknown); // no block has both
    }

    #[test]
    fn noise_says_what_it_could_hide() {
        let (a, b) = (estimate(&[1e6, 1e6, 1e6]), estimate(&[1.25e6, 0.8e6, 1e6]));
        let Comparison::Alike(Alike::Noise { below }) = Comparison::of(Metric::P50, &a, &b) else {
            panic!("no difference shown")
        };
        // t = 4.303, s = ln 1.25, n = 3
        assert!((below - (4.302_653 * 1.25f64.ln() / 3f64.sqrt()).exp()).abs() < 1e-6, "{below}");
    }
}
