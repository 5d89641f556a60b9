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

/// What is shown to have become worse by more than `accepted`, and what there is no figure of any more, in a sentence;
/// `None`: nothing is.
///
/// # Errors
/// Why such a thing cannot be said of these records.
pub(super) fn shown(comparison: &Comparison, accepted: Accepted) -> Result<Option<String>, String> {
    let Accepted(share) = accepted;
    let judged = comparison.worse_than(share).map_err(|reason| format!("{FLAG}: {reason}"))?;
    let these =
        |is: fn(&Worse) -> bool| judged.iter().filter(move |judged| is(&judged.worse)).collect::<Vec<&Judged>>();
    let (worse, lost) = (these(|worse| *worse == Worse::Shown), these(|worse| matches!(worse, Worse::Lost(_))));
    let all = judged.len();
    let told = |figures: &[&Judged]| {
        let told = figures.iter().map(|Judged { row, figure, told, .. }| format!("{row} {figure} ({told})"));
        told.collect::<Vec<_>>().join("; ").replace('\u{a0}', " ")
    };
    let mut sentences = Vec::new();
    if !worse.is_empty() {
        let (some, percent) = (worse.len(), human::in_percent(share));
        sentences.push(format!("{some} of {all} figures shown to be worse by more than {percent} %: {}", told(&worse)));
    }
    if !lost.is_empty() {
        sentences.push(format!("{} of {all} figures cannot be printed any more: {}", lost.len(), told(&lost)));
    }
    sentences.extend(comparison.gone.iter().map(|rows| format!("not measured any more: {rows}")));
    Ok((!sentences.is_empty()).then(|| sentences.join("; ")))
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
