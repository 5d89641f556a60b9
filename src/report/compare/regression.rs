//! Whether figures became worse by more than somebody is ready to accept.

use super::model::{Basis, Comparison, Figure, LEVEL, OCCASIONS, Outcome, Pair, Tried, Verdict};
use super::words;
use crate::report::number::counted;
use crate::stats;

/// A figure, and whether it became worse by more than was allowed. Of every figure that is compared, less is better.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The row: `websocket · 100 clients`.
    pub row: String,
    /// The figure's key in exports: `p99`, `cpu`.
    pub figure: &'static str,
    /// Whether it is shown to be worse by more than the share.
    pub worse: Worse,
    /// Both values, ratio and verdict, to be read.
    pub told: String,
}

/// Whether a figure became worse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worse {
    /// By more than the share, beyond chance.
    Shown,
    /// Not shown to be: which is not that it did not.
    NotShown,
    /// The old side has a number, the new one has none, and why: what cannot be printed is not as good.
    Lost(String),
    /// Of the new side's trials more failed, or too few were made: the figures of those that are left are not the row's.
    Failed,
    /// Both sides have a number, but of a kind by which it cannot be told, and why.
    Untold(String),
    /// There is no number to tell by, and why.
    Unknown(String),
}

impl Comparison {
    /// Of each figure, whether it is shown to be worse by more than `share` (0.05: 5 %): tested against a ratio of
    /// 1 + `share` instead of 1, with Holm's correction over all figures. Latencies less than 10 µs apart never are. A bound
    /// of the old side counts as if it had been measured, which errs towards no regression. Rows of which fewer trials could
    /// be measured stand first.
    ///
    /// # Errors
    /// Where no such thing can be said: the sides were taken on fewer than three occasions each and not in the same blocks, or
    /// nothing was observed three times.
    pub fn worse_than(&self, share: f64) -> Result<Vec<Judged>, String> {
        if self.basis == Basis::Occasions {
            return Err(format!(
                "two runs at different times can only differ between occasions, for the machine is in the difference, too: a \
                 regression is shown by records of runs that were interleaved (`run --against`), or by at least {OCCASIONS} records \
                 a side, taken on different occasions"
            ));
        }
        let failed: Vec<Judged> = self.pairs.iter().filter_map(failed).collect();
        let fails = |pair: &Pair| failed.iter().any(|failed| failed.row == pair.label);
        if let Some((pair, _)) = self.figures().find(|(pair, figure)| too_few(figure) && !fails(pair)) {
            return Err(format!("{} was measured in fewer than {OCCASIONS} records of a side", pair.label));
        }
        let often = |figure: &Figure| figure.observed.old.len().min(figure.observed.new.len()) >= OCCASIONS;
        if failed.is_empty() && !self.figures().any(|(_, figure)| often(figure)) {
            return Err(format!("nothing was measured {OCCASIONS} times by both sides: no regression could be shown"));
        }
        let p: Vec<Option<f64>> = self.figures().map(|(_, figure)| beyond(figure, share)).collect();
        let tested: Vec<f64> = p.iter().flatten().copied().collect();
        let mut adjusted = stats::holm(&tested).into_iter();
        let judged = self.figures().zip(p).map(|((pair, figure), p)| {
            let tested = p.and_then(|_| adjusted.next());
            let line = words::line(self, figure);
            Judged {
                row: pair.label.clone(),
                figure: figure.metric.key(),
                worse: worse(figure, share, tested),
                told: format!("{} → {}, {}{}", line.old, line.new, line.verdict, line.beside()),
            }
        });
        Ok(failed.into_iter().chain(judged).collect())
    }
}

/// Whether a row is no longer measured as it was.
fn failed(pair: &Pair) -> Option<Judged> {
    let [old, new] = pair.tried;
    let share = |tried: Tried| tried.failed as f64 / tried.all.max(1) as f64;
    let measured = |tried: Tried| tried.all - tried.failed;
    let missing = measured(old) >= OCCASIONS && measured(new) < OCCASIONS;
    let told = |tried: Tried| format!("{} of {} measured", measured(tried), counted(tried.all as u64, "trial"));
    let more = new.failed > old.failed && share(new) > share(old);
    (more || missing).then(|| Judged {
        row: pair.label.clone(),
        figure: "trials",
        worse: Worse::Failed,
        told: format!("{} → {}", told(old), told(new)),
    })
}

/// Whether a figure was observed, but on too few occasions.
fn too_few(figure: &Figure) -> bool {
    !matches!(figure.outcome, Outcome::Unknown(_)) && !figure.observed.attributed
}

/// The p of a figure's ratio against 1 + `share`; 1 where it is not above that. Two-sided, as the interval is. `None`: it
/// cannot be tested.
fn beyond(figure: &Figure, share: f64) -> Option<f64> {
    let observed = match (&figure.outcome, &figure.at_most) {
        (Outcome::Tested { .. }, _) => &figure.observed,
        (Outcome::Unknown(_), Some(at_most)) if at_most.attributed => at_most,
        (Outcome::Unknown(_), None) if figure.observed.attributed => return figure.observed.above(1.0 + share),
        _ => return None,
    };
    let effect = observed.effect(1.0 + share)?;
    Some(if effect.ratio > 1.0 { effect.p } else { 1.0 })
}

fn worse(figure: &Figure, share: f64, adjusted: Option<f64>) -> Worse {
    let shown = match &figure.outcome {
        Outcome::Unknown(why) if figure.old.sort.is_some() && figure.new.sort.is_none() => {
            return Worse::Lost(why.clone());
        }
        Outcome::Unknown(_) if adjusted.is_some_and(|p| p <= LEVEL) => true,
        Outcome::Unknown(why) => match (figure.old.centre, figure.new.centre, figure.new.sort) {
            // zeros are in the way of a ratio, not of the order
            (Some(_), Some(_), _) if adjusted.is_some() => false,
            (Some(old), None, Some(new)) if new <= old * (1.0 + share) => false,
            (None, None, _) => return Worse::Unknown(why.clone()),
            // what is not shown to be above the old side's bound may still be above what that bounds
            (_, _, Some(_)) if figure.old.sort.is_some() => return Worse::Untold(why.clone()),
            _ => return Worse::Unknown(why.clone()),
        },
        Outcome::Single => return Worse::Unknown("one trial a side does not say what chance does".into()),
        Outcome::Equal => false,
        Outcome::Nothing { more } => *more,
        Outcome::Exactly { more } => match (figure.old.centre, figure.ratio()) {
            (_, Some(ratio)) => ratio > 1.0 + share,
            _ => *more > 0.0,
        },
        Outcome::Tested { trifling, .. } => {
            !trifling && figure.verdict() != Verdict::NotShown && adjusted.is_some_and(|p| p <= LEVEL)
        }
    };
    if shown { Worse::Shown } else { Worse::NotShown }
}
