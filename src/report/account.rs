//! What became of a row's updates, over all its trials.

use super::figures::Figures;
use super::number::whole;
use crate::totals::Accounting;
use serde::Serialize;

/// What became of the updates of a row, over all its trials.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Account {
    pub(super) expected: String,
    pub(super) delivered: String,
    pub(super) superseded: String,
    pub(super) lost: String,
    pub(super) causes: String,
    pub(super) duplicates: String,
    pub(super) reordered: String,
    #[serde(skip)]
    pub(super) sums: Accounting,
    /// What was not delivered, if anything, in one sentence.
    #[serde(skip)]
    missing: Option<String>,
}

impl Account {
    /// What was not delivered, in one sentence; `None` when everything was.
    pub(super) fn missing(&self) -> Option<String> {
        self.missing.clone()
    }
}

/// The sums over these trials.
pub(super) fn account(trials: &[&Figures]) -> Account {
    let mut sums = Accounting::default();
    trials.iter().for_each(|trial| sums += trial.accounting);
    let causes = [("retention", sums.lost_retention), ("cut off", sums.lost_cut_off), ("deadline", sums.lost_deadline)];
    let named: Vec<String> =
        causes.iter().filter(|(_, n)| *n > 0).map(|(cause, n)| format!("{} {cause}", whole(*n))).collect();
    let (expected, superseded, lost) = (sums.expected, sums.superseded, sums.lost());
    let mut missing = Vec::new();
    if lost > 0 {
        missing.push(format!("{} lost ({})", whole(lost), named.join(", ")));
    }
    if superseded > 0 {
        missing.push(format!("{} superseded by newer ones, by design", whole(superseded)));
    }
    Account {
        expected: whole(expected),
        delivered: whole(sums.delivered),
        superseded: whole(superseded),
        lost: whole(lost),
        causes: named.join(", "),
        duplicates: whole(sums.duplicates),
        reordered: whole(sums.reordered),
        sums,
        missing: (!missing.is_empty()).then(|| format!("of {} updates, {}", whole(expected), missing.join(", "))),
    }
}
