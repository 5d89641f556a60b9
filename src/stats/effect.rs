//! What a change did to a figure: the ratio, how sure it is, and how small a ratio could have been seen.

use super::interval::Interval;
use super::{normal, ranks, signs, student};

/// By what an effect's interval and p-value were found. Which one follows from the number of trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// One trial a side: there is nothing to be sure by.
    Single,
    /// Student's t on the logarithms of the blocks' ratios, with so many degrees of freedom.
    Student(f64),
    /// The exact interval of the blocks' median ratio; by the sign test, and as sure as it or Student's t on logarithms.
    Signs,
    /// Welch's t on the logarithms of both sides, with so many degrees of freedom.
    Welch(f64),
    /// Hodges and Lehmann's interval of the shift of logarithms; by Mann and Whitney's test, and as sure as it or Welch's t.
    Ranks,
    /// The BCa bootstrap of medians of logarithms.
    Bootstrap,
}

impl Method {
    /// What it is called in a report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Single => "a single trial",
            Method::Student(_) => "Student's t on logarithms",
            Method::Signs => "Student's t on logarithms, and the sign test",
            Method::Welch(_) => "Welch's t on logarithms",
            Method::Ranks => "Welch's t on logarithms, and Mann-Whitney",
            Method::Bootstrap => "BCa bootstrap",
        }
    }
}

/// New ÷ old, as far as trials tell. Where there is an interval, it leaves out 1 exactly where `p` is below 5 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// New ÷ old.
    pub ratio: f64,
    /// Where that ratio lies with 95 % confidence; `None`: a single trial a side, or trials without any spread.
    pub interval: Option<Interval>,
    /// Two-sided: how often trials without a difference would look as different; 1 where nothing can be said.
    pub p: f64,
    /// Trials behind it: old, new; where they are paired, blocks, twice the same number.
    pub blocks: (usize, usize),
    /// By what they were judged.
    pub method: Method,
}

/// How often a difference that is called detectable is found.
pub const POWER: f64 = 0.8;

/// The smallest ratio above 1 that so many trials with such a spread show in [`POWER`] of cases at a level of 5 %, corrected
/// for `family` figures of one comparison (1: not corrected).
///
/// `None` where there is no interval to go by: a single trial, or trials without any spread.
/// Estimated from the width of the interval, which scatters as the trials do; checked by simulation in `tests/statistics`.
#[must_use]
pub fn detectable(effect: &Effect, family: usize) -> Option<f64> {
    let interval = effect.interval?;
    let half = (interval.high / interval.low).ln() / 2.0;
    let level = signs::LEVEL / family.max(1) as f64;
    let (old, new) = effect.blocks;
    // how many standard errors the interval is to either side, how many it takes to be found, and how many on top of that
    // for it to be found in more than half of all cases
    let (reach, needed, reserve) = match effect.method {
        Method::Single => return None,
        Method::Student(freedom) | Method::Welch(freedom) => {
            let t = |outside: f64| student::quantile(1.0 - outside, freedom);
            (t(signs::LEVEL / 2.0), t(level / 2.0), t(1.0 - POWER))
        }
        Method::Signs => {
            let attained = 2.0 * signs::at_most(signs::outside(old, signs::LEVEL)?, old);
            of_both(attained, level, old as f64 - 1.0)
        }
        Method::Ranks => {
            let attained = 2.0 * ranks::at_most(ranks::outside(old, new, signs::LEVEL)?, old, new);
            of_both(attained, level, (old + new) as f64 - 2.0)
        }
        Method::Bootstrap => {
            let t = |outside: f64| student::quantile(1.0 - outside, old.min(new) as f64 - 1.0);
            (t(signs::LEVEL / 2.0), t(level / 2.0), t(1.0 - POWER))
        }
    };
    Some((half / reach * (needed + reserve)).exp())
}

/// Where the order has to be unlikely by `attained`, and one of two tests by half of `level` if that is a corrected one.
fn of_both(attained: f64, level: f64, freedom: f64) -> (f64, f64, f64) {
    let z = |outside: f64| -normal::quantile(outside);
    let reach = z(attained / 2.0);
    let needed = if level < signs::LEVEL { reach.max(student::quantile(1.0 - level / 4.0, freedom)) } else { reach };
    (reach, needed, z(1.0 - POWER))
}
