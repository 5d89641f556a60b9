//! What the signs alone say of a median: the sign test, and the interval between two of the sorted values that is its mirror.

/// Both are made at this level: an interval of 95 % leaves out what a p below it speaks against.
pub const LEVEL: f64 = 0.05;

/// P(Binomial(n, ½) ≤ `most`).
#[must_use]
pub fn at_most(most: usize, n: usize) -> f64 {
    let mut term = 0.5f64.powi(i32::try_from(n).unwrap_or(i32::MAX));
    let mut tail = term;
    for k in 0..most.min(n) {
        term *= (n - k) as f64 / (k + 1) as f64;
        tail += term;
    }
    tail.min(1.0)
}

/// How many of `n` sorted values may be left out at each end so that the median still lies between the others with
/// confidence 1 − `level` at least: the most for which 2·P(Binomial(n, ½) ≤ outside) ≤ `level` (Hahn & Meeker, Statistical
/// Intervals, 5.2). `None`: not even all values hold it with that confidence.
#[must_use]
pub fn outside(n: usize, level: f64) -> Option<usize> {
    (0..n.div_ceil(2)).take_while(|&left_out| 2.0 * at_most(left_out, n) <= level).last()
}

/// The sign test of a median of zero, two-sided.
///
/// A value of exactly zero counts against whichever side would win: that makes p what the interval of the sorted values
/// says (it leaves out zero where p ≤ [`LEVEL`]), and errs towards no difference.
#[must_use]
pub fn test(values: &[f64]) -> f64 {
    let not_above = values.iter().filter(|value| **value <= 0.0).count();
    let not_below = values.iter().filter(|value| **value >= 0.0).count();
    (2.0 * at_most(not_above.min(not_below), values.len())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_left_out_by_the_classic_table() {
        // n = 6..8 leave none out, 9..11 one, 12..14 two, 15 three, 20 five
        for (n, out) in [(6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (14, 2), (15, 3), (17, 4), (20, 5), (25, 7)] {
            assert_eq!(outside(n, LEVEL), Some(out), "{n}");
        }
        assert_eq!(outside(5, LEVEL), None);
        assert_eq!(outside(0, LEVEL), None);
    }

    #[test]
    fn ties_speak_against_a_difference() {
        assert!((test(&[1.0; 6]) - 0.031_25).abs() < 1e-15);
        assert!((test(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.0]) - 0.218_75).abs() < 1e-15);
        assert!((test(&[0.0; 6]) - 1.0).abs() < 1e-15);
    }
}
