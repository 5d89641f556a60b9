//! Pieces of sentences that are worded in one way everywhere.

use super::comparison::{Alike, Comparison};
use super::scene::Candidate;
use crate::report::metric::Metric;
use crate::report::number::{significant, time};
use crate::report::pairing::MEANINGLESS_NS;

/// Where noise could hide a difference as large, its size says nothing.
const SILENT: f64 = 10.0;
/// Doubts that are named by number; of more there is only how many.
const NUMBERED: usize = 4;

/// A number and its unit are not to be parted by the end of a line.
pub(super) fn whole(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A figure of `metric` that is not a cell's.
pub(super) fn shown(metric: Metric, value: f64) -> String {
    whole(&metric.show(value))
}

/// A row's figure as its cell has it; `—` for a row without one.
pub(super) fn figure(row: &Candidate<'_>, metric: Metric) -> String {
    row.cell(metric).map_or("—".into(), |cell| whole(&cell.text))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<S: AsRef<str>>(parts: &[S]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().into(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// With a capital letter, to begin a sentence with.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// From the least to the most of these.
pub(super) fn range(values: &[f64], show: impl Fn(f64) -> String) -> String {
    let least = show(values.iter().copied().fold(f64::INFINITY, f64::min));
    let most = show(values.iter().copied().fold(0.0, f64::max));
    if least == most { least } else { format!("{least} to {most}") }
}

pub(super) fn times(ratio: f64) -> String {
    format!("{}\u{a0}×", significant(ratio))
}

/// How far apart two figures are that differ; the first is the smaller one.
pub(super) fn apart(comparison: Comparison) -> String {
    match comparison {
        Comparison::Different { ratio, interval: Some(interval) } => {
            format!("{} ({} to {})", times(ratio), significant(interval.low), significant(interval.high))
        }
        Comparison::Different { ratio, interval: None } => times(ratio),
        Comparison::DifferentInEach { ratio, least } => {
            format!("{} (in each block at least {})", times(ratio), significant(least))
        }
        Comparison::DifferentOnce { ratio } => format!("{} in one trial each", times(ratio)),
        Comparison::MoreThan { ratio } => format!("more than {}", times(ratio)),
        Comparison::FromNothing => "against none".into(),
        Comparison::Alike(_) | Comparison::Unknown => String::new(),
    }
}

/// Why figures are not told apart, for all of these pairs: what says least about them.
pub(super) fn alike(comparisons: &[Comparison]) -> String {
    let noise = comparisons.iter().filter_map(|comparison| match comparison {
        Comparison::Alike(Alike::Noise { below }) => Some(*below),
        _ => None,
    });
    let noise = noise.fold(0.0, f64::max);
    let once = comparisons.iter().find_map(|comparison| match comparison {
        Comparison::Alike(Alike::Once { below }) => Some(*below),
        _ => None,
    });
    let has = |kind| comparisons.contains(&Comparison::Alike(kind));
    if comparisons.contains(&Comparison::Unknown) {
        "too little was measured to tell".into()
    } else if let Some(below) = once {
        format!("one trial each shows no difference below {}", times(below))
    } else if noise >= SILENT {
        "no difference shows, the blocks are too unlike".into()
    } else if noise > 0.0 {
        format!("no difference shows, at most {}", times(noise))
    } else if has(Alike::Meaningless) {
        format!("less than {} apart, which means nothing", whole(&setting_of(MEANINGLESS_NS)))
    } else if has(Alike::Negligible) {
        "less than 1\u{a0}% apart".into()
    } else {
        "the same".into()
    }
}

fn setting_of(ns: f64) -> String {
    time(ns).replace(".0 ", " ")
}

/// The mark of the doubts that touch the figures used: ` (doubt 2)`; nothing where there are none.
pub(super) fn doubts(used: &[(&Candidate<'_>, Metric)]) -> String {
    let mut numbers: Vec<usize> =
        used.iter().filter_map(|(row, metric)| row.cell(*metric)).flat_map(|cell| cell.doubts.clone()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let texts: Vec<String> = numbers.iter().map(usize::to_string).collect();
    match numbers.len() {
        0 => String::new(),
        1 => format!(" (doubt\u{a0}{})", texts[0]),
        n if n > NUMBERED => format!(" ({n}\u{a0}doubts)"),
        _ => format!(" (doubts\u{a0}{})", list(&texts)),
    }
}
