//! When a figure may be printed, what the figure of several trials is, and how sure it is.

/// Deliveries of distinct updates that must stand behind any percentile.
pub const MIN_DISTINCT: u64 = 30;

/// Why percentile `p` (0 < p < 1) may not be printed; `None` when it may.
///
/// At least 10/(1−p) deliveries, so that ten of them lie beyond it, of at least [`MIN_DISTINCT`] distinct updates:
/// a thousand clients that received one update are one observation of the feed, not a thousand.
#[must_use]
pub fn too_few(p: f64, deliveries: u64, distinct: u64) -> Option<String> {
    // 10 / (1 − 0.99) is 999.999…: the rounding is the float's, not the rule's
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // p < 1 gives a small positive number
    let needed = (10.0 / (1.0 - p)).round() as u64;
    if deliveries < needed {
        Some(format!("p{} needs {needed} deliveries, there are {deliveries}", percent(p)))
    } else if distinct < MIN_DISTINCT {
        Some(format!("p{} needs {MIN_DISTINCT} distinct updates, there are {distinct}", percent(p)))
    } else {
        None
    }
}

fn percent(p: f64) -> f64 {
    (p * 1e7).round() / 1e5
}

/// The centre of the trials' figures: their median. Never a percentile of merged samples.
#[must_use]
pub fn centre(figures: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// Where the centre of several trials' figures lies, with 95 % confidence at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it, its ends included.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Student's t at 97.5 % for 1 to 4 degrees of freedom (any table; t with one degree is Cauchy's: tan(0.475π)).
const T_975: [f64; 4] = [12.706_205, 4.302_653, 3.182_446, 2.776_445];
/// From how many trials the median's interval is read off the sorted values: with fewer, no two of them hold it with 95 %.
const ORDERED: usize = 6;

/// The interval of the trials' centre: below [`ORDERED`] trials Student's t on logarithms, from there on the exact interval
/// of the median between two of the sorted values (binomial; Hahn & Meeker, Statistical Intervals, 5.2).
///
/// `None` for a single trial, for figures that are all alike, and for few trials with a figure that has no logarithm.
#[must_use]
pub fn interval(figures: &[f64]) -> Option<Interval> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (*sorted.first()?, *sorted.last()?);
    if least.total_cmp(&most).is_eq() {
        return None;
    }
    if sorted.len() >= ORDERED {
        let outside = outside(sorted.len());
        return Some(Interval { low: sorted[outside], high: sorted[sorted.len() - 1 - outside] });
    }
    if least <= 0.0 {
        return None;
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().map(|x| x.ln()).sum::<f64>() / n;
    let variance = sorted.iter().map(|x| (x.ln() - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let half = T_975[sorted.len() - 2] * (variance / n).sqrt();
    Some(Interval { low: (mean - half).exp(), high: (mean + half).exp() })
}

/// How many of `n` sorted values may be left out at each end so that the median still lies between the others with 95 %:
/// the most for which 2·P(Binomial(n, ½) ≤ outside) ≤ 5 %.
fn outside(n: usize) -> usize {
    let mut term = 0.5f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut tail = term;
    let mut outside = 0;
    while outside < n / 2 {
        term *= (n - outside) as f64 / (outside + 1) as f64;
        tail += term;
        if 2.0 * tail > 0.05 {
            break;
        }
        outside += 1;
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_trials_get_students_interval_on_logarithms() {
        // scipy.stats.t.interval(0.95, 2, mean(ln x), sem(ln x)) of 8, 10, 12.5: exp gives 5.7445 and 17.408
        let interval = interval(&[12.5, 8.0, 10.0]).expect("three differ");
        assert!((interval.low - 5.7445).abs() < 1e-3 && (interval.high - 17.408).abs() < 1e-3, "{interval:?}");
        assert!(interval.holds(10.0) && !interval.holds(20.0));
    }

    #[test]
    fn no_interval_without_a_spread() {
        assert_eq!(interval(&[]), None);
        assert_eq!(interval(&[3.0]), None);
        assert_eq!(interval(&[3.0, 3.0, 3.0]), None);
        assert_eq!(interval(&[0.0, 3.0]), None);
    }

    #[test]
    fn many_trials_get_the_medians_exact_interval() {
        // the classic table of order-statistic intervals: n = 6..8 leave none out, 9..11 one, 12..14 two, 15 three, 20 five
        for (n, out) in [(6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (14, 2), (15, 3), (17, 4), (20, 5), (25, 7)] {
            assert_eq!(outside(n), out, "{n}");
        }
        let values: Vec<f64> = (1..=20).map(f64::from).collect();
        assert_eq!(interval(&values), Some(Interval { low: 6.0, high: 15.0 }));
        assert_eq!(interval(&[-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]), Some(Interval { low: -1.0, high: 4.0 }));
    }

    #[test]
    fn a_percentile_needs_ten_deliveries_beyond_it() {
        assert_eq!(too_few(0.99, 1000, 30), None);
        assert_eq!(too_few(0.5, 20, 30), None);
        assert_eq!(too_few(0.999, 9_999, 30).as_deref(), Some("p99.9 needs 10000 deliveries, there are 9999"));
        assert_eq!(too_few(0.99, 50_000, 29).as_deref(), Some("p99 needs 30 distinct updates, there are 29"));
    }

    #[test]
    fn the_centre_is_the_median() {
        assert_eq!(centre(&[]), None);
        assert_eq!(centre(&[3.0]), Some(3.0));
        assert_eq!(centre(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(centre(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
