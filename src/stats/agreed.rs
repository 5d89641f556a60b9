//! One question put to two tests: one that knows the order alone, and one that knows by how much.

use super::signs::LEVEL;

/// The p of both. Whether it is below [`LEVEL`] is for the order to say (signs, ranks), as it is the interval's; how far below,
/// for whichever is surer, times two for having asked both (Bonferroni), so that it holds at every level.
///
/// Below the least p that the order alone could give, it rests on the t-test's assumption, normal logarithms.
///
/// By the order alone nothing could be as unlikely as a correction for many figures asks for (2/2ⁿ at the least, of six against
/// six 2/924), so that more trials would show less than fewer. What only Student's t calls different may be one trial's doing.
#[must_use]
pub fn agreed(by_order: f64, by_amount: f64) -> f64 {
    if by_order < LEVEL { (2.0 * by_order.min(by_amount)).min(LEVEL.next_down()) } else { by_order.max(by_amount) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_decides_and_the_surer_one_says_how_sure() {
        assert!((agreed(0.03, 1e-6) - 2e-6).abs() < 1e-18);
        assert!((agreed(1e-4, 0.3) - 2e-4).abs() < 1e-18);
        let neither_is_sure = agreed(0.04, 0.3);
        assert!(neither_is_sure < LEVEL && neither_is_sure > 0.0499, "{neither_is_sure}");
        assert!((agreed(0.2, 1e-6) - 0.2).abs() < 1e-18 && (agreed(0.2, 0.3) - 0.3).abs() < 1e-18);
    }
}
