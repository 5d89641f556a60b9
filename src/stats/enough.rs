//! When a percentile may be printed.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_needs_ten_deliveries_beyond_it() {
        assert_eq!(too_few(0.99, 1000, 30), None);
        assert_eq!(too_few(0.5, 20, 30), None);
        assert_eq!(too_few(0.999, 9_999, 30).as_deref(), Some("p99.9 needs 10000 deliveries, there are 9999"));
        assert_eq!(too_few(0.99, 50_000, 29).as_deref(), Some("p99 needs 30 distinct updates, there are 29"));
    }
}
