//! From values to pixels: axes from 0, and logarithmic ones.

use super::draw::pixels;

/// Decades that an axis may span before only the powers of ten get a tick.
const CROWDED: f64 = 2.6;

/// How close above the lowest tick, as a share of the axis, a value would be taken for the axis itself.
const FOOT: f64 = 0.02;

/// An axis.
pub(super) struct Scale {
    pub(super) ticks: Vec<f64>,
    low: f64,
    high: f64,
    pub(super) log: bool,
}

impl Scale {
    /// Logarithmic where the values span more than a decade, else from 0; its ticks are round in this unit.
    pub(super) fn over(values: &[f64], unit: f64) -> Scale {
        let (least, most) = ends(values);
        if least > 0.0 && most / least > 10.0 { Scale::logarithmic(values, unit) } else { Scale::even(values, unit) }
    }

    /// From the 1, 2 or 5 clearly below the values to the one above.
    pub(super) fn logarithmic(values: &[f64], unit: f64) -> Scale {
        let (least, most) = ends(values);
        let mut steps = steps(least / unit, most / unit);
        let share = (least / unit / steps[0]).ln() / (steps[steps.len() - 1] / steps[0]).ln();
        if (f64::EPSILON..FOOT).contains(&share) {
            steps = self::steps(steps[0] * 0.99, most / unit);
        }
        let ticks: Vec<f64> = steps.into_iter().map(|tick| tick * unit).collect();
        let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
        let crowded = (high / low).log10() > CROWDED;
        let ticks = ticks.into_iter().filter(|&tick| !crowded || is_decade(tick / unit)).collect();
        Scale { ticks, low, high, log: true }
    }

    /// From 0, or from below it: the overhead of what was compressed is less than none.
    pub(super) fn even(values: &[f64], unit: f64) -> Scale {
        let (least, most) = ends(values);
        let ticks = if least < 0.0 { across_zero(least / unit, most / unit) } else { even(most / unit) };
        let ticks: Vec<f64> = ticks.into_iter().map(|tick| tick * unit).collect();
        Scale { low: ticks[0], high: ticks[ticks.len() - 1], ticks, log: false }
    }

    /// Where between 0 and 1 a value stands; one beyond the ends stands at them.
    pub(super) fn place(&self, value: f64) -> f64 {
        let share = if self.log {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.clamp(0.0, 1.0)
    }

    /// Where a value stands between two pixels.
    pub(super) fn between(&self, from: i32, to: i32, value: f64) -> i32 {
        from + pixels(self.place(value) * f64::from(to - from))
    }

    /// Whether a value has a place of its own.
    pub(super) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max))
}

/// 1, 2 and 5 times the powers of ten, from the last at or below `least` to the first at or above `most`.
fn steps(least: f64, most: f64) -> Vec<f64> {
    let all = (-6..14).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let mut steps: Vec<f64> = all.collect();
    let first = steps.iter().rposition(|&step| step <= least).unwrap_or(0);
    let last = steps.iter().position(|&step| step >= most).unwrap_or(steps.len() - 1);
    // one value alone still needs two ends
    steps.truncate(last.max(first + 1) + 1);
    steps.split_off(first.min(steps.len() - 2))
}

fn is_decade(tick: f64) -> bool {
    let power = tick.log10();
    (power - power.round()).abs() < 1e-9
}

/// Even ticks from 0 to the first at or above `most`.
fn even(most: f64) -> Vec<f64> {
    if most <= 0.0 {
        return vec![0.0, 1.0];
    }
    let rough = most / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|&step| step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let count = (0..).take_while(|&n| f64::from(n) * step < most * 0.999).count();
    (0..=u32::try_from(count).unwrap_or(4)).map(|n| f64::from(n) * step).collect()
}

/// Even ticks, 0 among them, from the last at or below `least`, which is below 0.
fn across_zero(least: f64, most: f64) -> Vec<f64> {
    let step = even(most - least)[1];
    let (below, above) = ((-least / step).ceil(), (most / step).ceil());
    let ticks = std::iter::successors(Some(-below), |tick| Some(tick + 1.0)).take_while(|&tick| tick <= above);
    ticks.map(|tick| tick * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_enclose_the_data() {
        assert_eq!(steps(150.0, 900.0), [100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(steps(100.0, 100.0), [100.0, 200.0]);
        assert_eq!(steps(1.0, 1.0), [1.0, 2.0]);
        assert_eq!(steps(9e13, 9e20).len(), 2);
    }

    #[test]
    fn scales_hold_their_values() {
        let ticks = |values: &[f64]| Scale::over(values, 1.0).ticks;
        assert_eq!(ticks(&[0.0, 0.63]).len(), 5);
        assert_eq!(ticks(&[150.0, 900.0]), [0.0, 500.0, 1000.0]);
        assert_eq!(ticks(&[0.11, 2.4]), [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!(ticks(&[3.0, 40_000.0]), [10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!(ticks(&[]), [0.0, 1.0]);
        assert_eq!(Scale::even(&[4.0], 1.0).between(100, 200, 2.0), 150);
        assert_eq!(Scale::over(&[3000.0, 4000.0], 1024.0).ticks[..2], [0.0, 1024.0]);
        assert!(!Scale::even(&[4.0], 1.0).holds(5.0));
        assert_eq!(Scale::even(&[-0.98, 0.04], 1.0).ticks, [-1.0, -0.5, 0.0, 0.5]);
        assert_eq!(ticks(&[-0.5, 3.2]), [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    }
}
