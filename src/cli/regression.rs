//! `--fail-on-regression`: whether a figure is shown to have become worse by more than somebody is ready to accept.

use crate::human;
use crate::report::compare::{Comparison, Judged, Worse};

/// The flag, as it is named in errors.
pub(super) const FLAG: &str = "--fail-on-regression";

/// What is ready to be accepted: a share of the old figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Accepted(f64);

/// Reads `5%`.
///
/// # Errors
/// A sentence that says what would be right.
pub(super) fn accepted(text: &str) -> Result<Accepted, String> {
    let number = text.trim().strip_suffix('%').map(str::trim_end).filter(|number| number.starts_with(char::is_numeric));
    let share = number.and_then(|number| number.parse::<f64>().ok()).filter(|percent| (0.0..=1000.0).contains(percent));
    share.map(|percent| Accepted(percent / 100.0)).ok_or_else(|| "a share such as `5%`, at most `1000%`".into())
}

/// What a gate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gate {
    /// What is shown to have become worse, and what is not measured any more, in a sentence; `None`: nothing is.
    pub(super) worse: Option<String>,
    /// What has a number on both sides and could not be judged all the same.
    pub(super) untold: Option<String>,
}

/// Whether something is shown to have become worse by more than `accepted`, or cannot be printed any more.
///
/// # Errors
/// Why such a thing cannot be said of these records.
pub(super) fn shown(comparison: &Comparison, accepted: Accepted) -> Result<Gate, String> {
    let Accepted(share) = accepted;
    let judged = comparison.worse_than(share).map_err(|reason| format!("{FLAG}: {reason}"))?;
    let these =
        |is: fn(&Worse) -> bool| judged.iter().filter(move |judged| is(&judged.worse)).collect::<Vec<&Judged>>();
    let failed = these(|worse| *worse == Worse::Failed);
    let (worse, lost) = (these(|worse| *worse == Worse::Shown), these(|worse| matches!(worse, Worse::Lost(_))));
    let untold = these(|worse| matches!(worse, Worse::Untold(_)));
    let all = judged.len() - failed.len();
    let told = |figures: &[&Judged]| {
        let told = figures.iter().map(|Judged { row, figure, told, .. }| format!("{row} {figure} ({told})"));
        told.collect::<Vec<_>>().join("; ").replace('\u{a0}', " ")
    };
    let sentence = |figures: &[&Judged], what: &str| {
        (!figures.is_empty()).then(|| format!("{} of {all} figures {what}: {}", figures.len(), told(figures)))
    };
    let percent = human::in_percent(share);
    let sentences: Vec<String> = sentence(&worse, &format!("shown to be worse by more than {percent} %"))
        .into_iter()
        .chain(sentence(&lost, "cannot be printed any more"))
        .chain((!failed.is_empty()).then(|| format!("trials are missing: {}", told(&failed))))
        .chain(comparison.gone.iter().map(|rows| format!("not measured any more: {rows}")))
        .collect();
    let worse = (!sentences.is_empty()).then(|| sentences.join("; "));
    Ok(Gate { worse, untold: sentence(&untold, "could not be judged") })
}

impl Gate {
    /// Says what could not be judged, to whoever takes silence for a pass.
    pub(super) fn warn(&self, quiet: bool) {
        if let Some(untold) = self.untold.as_ref().filter(|_| !quiet) {
            eprintln!("pushbench: warning: {FLAG}: {untold}");
        }
    }
}

impl std::fmt::Display for Accepted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", human::in_percent(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!(accepted("5%"), Ok(Accepted(0.05)));
        assert_eq!(accepted(" 2.5 % "), Ok(Accepted(0.025)));
        assert_eq!(accepted("0%"), Ok(Accepted(0.0)));
        for wrong in ["5", "0.05", "-5%", "%", "nan%", "inf%", "1e9%", "five%"] {
            assert!(accepted(wrong).is_err_and(|error| error.contains("such as `5%`")), "{wrong}");
        }
    }
}
