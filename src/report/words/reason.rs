//! Whether what the protocol explains is what was measured: a reason is given only where it fits.

use super::phrase::{doubts, figure, list};
use super::ranking::name;
use super::scene::Candidate;
use crate::report::metric::Metric;

/// What a figure is held against.
pub(super) struct Expected {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Expected {
    pub(super) fn around(value: f64, tolerance: f64) -> Expected {
        Expected { low: value - tolerance, high: value + tolerance }
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// A sentence about why a figure is what it is.
pub(super) enum Why {
    Fits(String),
    Contradicts(String),
}

/// Rows by whether a figure is what the protocol makes it; rows without a figure, or for which nothing is expected, are
/// in neither.
#[derive(Default)]
pub(super) struct Fit<'r, 'p> {
    pub(super) fits: Vec<&'r Candidate<'p>>,
    pub(super) contradicts: Vec<&'r Candidate<'p>>,
}

impl<'r, 'p> Fit<'r, 'p> {
    /// `pair` gives a row's figure and what is expected of it.
    pub(super) fn of(
        rows: impl IntoIterator<Item = &'r Candidate<'p>>,
        pair: impl Fn(&Candidate<'p>) -> Option<(f64, Expected)>,
    ) -> Fit<'r, 'p>
    where
        'p: 'r,
    {
        let mut fit = Fit { fits: Vec::new(), contradicts: Vec::new() };
        for row in rows {
            match pair(row) {
                Some((value, expected)) if expected.holds(value) => fit.fits.push(row),
                Some(_) => fit.contradicts.push(row),
                None => {}
            }
        }
        fit
    }

    /// Whether there are rows, and all of them fit.
    pub(super) fn is_whole(&self) -> bool {
        !self.fits.is_empty() && self.contradicts.is_empty()
    }

    /// Names the rows that contradict, and where a reason has to be looked for; `expectation` is what the protocol would
    /// have.
    pub(super) fn contradiction(&self, metric: Metric, expectation: &str) -> Option<String> {
        if self.contradicts.is_empty() {
            return None;
        }
        let told = |row: &&Candidate<'_>| match row.name.point.as_str() {
            "" => format!("{} ({})", name(row), figure(row, metric)),
            point => format!("{} at {point} ({})", name(row), figure(row, metric)),
        };
        let shown: Vec<String> = self.contradicts.iter().take(NAMED).map(told).collect();
        let more = self.contradicts.len() - shown.len();
        let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
        let used: Vec<(&Candidate<'_>, Metric)> = self.contradicts.iter().map(|row| (*row, metric)).collect();
        let raised = match doubts(&used) {
            none if none.is_empty() => ", and no doubt was raised about it".to_owned(),
            doubts => doubts,
        };
        let who = if shown.len() > 1 && more == 0 { list(&shown) } else { shown.join(", ") };
        Some(format!("The protocol does not explain the {} of {who}{rest}: {expectation}{raised}.", metric.name()))
    }
}

/// Rows of a contradiction that are named one by one.
const NAMED: usize = 2;
