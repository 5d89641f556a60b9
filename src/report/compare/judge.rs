//! What came of one figure of a pair of rows, and of all of them together.

use super::model::{COMPARED, Figure, OCCASIONS, Observed, Outcome, Pair, Value};
use crate::report::cells::{Cell, Cells, Estimate};
use crate::report::figures::Figures;
use crate::report::metric::Metric;
use crate::report::number::spaced;
use crate::report::pairing::{self, MEANINGLESS_NS};
use crate::stats;

/// The measured trials of a side's row, by the record that they stand in.
pub(super) struct Trials<'g> {
    pub(super) records: Vec<(usize, Vec<&'g Figures>)>,
    /// What a side is called in a reason.
    pub(super) side: &'g str,
    /// Why there is no trial, where there is none.
    pub(super) failure: Option<String>,
}

/// Which trials are held against each other.
pub(super) enum Way {
    /// Those of one block: the records that were interleaved, the old one's place and the new one's.
    Blocks(Vec<(usize, usize)>),
    /// A record's centre against another's.
    Records,
    /// All of one side against all of the other.
    Trials,
}

/// Every figure of a pair, without the correction that [`correct`] makes over all pairs.
pub(super) fn figures(old: &Trials<'_>, new: &Trials<'_>, way: &Way) -> Vec<Figure> {
    let [before, after] = [old, new].map(|side| {
        let all = side.all();
        (!all.is_empty()).then(|| Cells::of(&all))
    });
    let of = |metric| {
        let [before, after] = [(old, &before), (new, &after)].map(|(side, cells)| {
            cells.as_ref().map_or(Err(side.failure.clone().unwrap_or_default()), |c| Ok(c.get(metric)))
        });
        figure(metric, (old, before), (new, after), way)
    };
    COMPARED.into_iter().map(of).collect()
}

impl<'g> Trials<'g> {
    pub(super) fn all(&self) -> Vec<&'g Figures> {
        self.records.iter().flat_map(|(_, figures)| figures.iter().copied()).collect()
    }

    /// What each record says of a metric.
    fn estimates(&self, metric: Metric) -> Vec<(usize, Estimate)> {
        let of = |(record, figures): &(usize, Vec<&Figures>)| Some((*record, Estimate::of(metric, figures).ok()?));
        self.records.iter().filter_map(of).collect()
    }
}

type Row<'t, 'g> = (&'t Trials<'g>, Result<&'t Cell, String>);

fn figure(metric: Metric, old: Row<'_, '_>, new: Row<'_, '_>, way: &Way) -> Figure {
    let unknown = |why: String| Outcome::Unknown(spaced(&why));
    let (why_old, why_new) = (reason(&old.1), reason(&new.1));
    let (mut before, mut after) = (value(&old.1), value(&new.1));
    let mut observed = Observed::default();
    let at_most = at_most(metric, (&old, &new), why_new.is_none(), way);
    let outcome = match (why_old, why_new) {
        (Some(old), Some(new)) if old == new => unknown(old),
        (Some(why), _) => unknown(format!("{}: {why}", old.0.side)),
        (None, Some(why)) => unknown(format!("{}: {why}", new.0.side)),
        (None, None) => {
            let estimates = [old.0, new.0].map(|side| side.estimates(metric));
            observed = observe(&estimates, way);
            if matches!(way, Way::Records) {
                for (value, observed) in [(&mut before, &observed.old), (&mut after, &observed.new)] {
                    value.centre = stats::centre(observed);
                    value.sort = value.centre;
                    value.text = value.centre.map_or(value.text.clone(), |centre| metric.show(centre));
                }
            }
            outcome(metric, &estimates, &observed, [&before, &after])
        }
    };
    Figure { metric, old: before, new: after, outcome, observed, at_most, doubts: Vec::new() }
}

/// What is observed where the old side has bounds and the new one numbers: the bounds in place of what is below them.
fn at_most(metric: Metric, (old, new): (&Row<'_, '_>, &Row<'_, '_>), measured: bool, way: &Way) -> Option<Observed> {
    let bounded = old.1.as_ref().ok()?.estimate.as_ref().is_some_and(|estimate| estimate.bounds > 0);
    (bounded && measured).then(|| observe(&[old.0, new.0].map(|side| side.estimates(metric)), way))
}

fn value(cell: &Result<&Cell, String>) -> Value {
    match cell {
        Ok(cell) => {
            let plain = cell.estimate.as_ref().filter(|estimate| estimate.bounds == 0);
            let sort = cell.estimate.as_ref().map(|estimate| estimate.centre);
            Value { text: cell.text.clone(), centre: plain.map(|estimate| estimate.centre), sort }
        }
        Err(_) => Value { text: "—".into(), centre: None, sort: None },
    }
}

/// Why a side has no number that could be compared.
fn reason(cell: &Result<&Cell, String>) -> Option<String> {
    match cell {
        Ok(cell) if cell.estimate.as_ref().is_some_and(|estimate| estimate.bounds == 0) => None,
        Ok(cell) => Some(cell.why.clone().unwrap_or_default()),
        Err(why) => Some(why.clone()),
    }
}

fn observe([old, new]: &[Vec<(usize, Estimate)>; 2], way: &Way) -> Observed {
    match way {
        Way::Blocks(records) => {
            let of = |side: &[(usize, Estimate)], record: usize| {
                side.iter().find(|(other, _)| *other == record).map(|(_, estimate)| estimate.clone())
            };
            let both = records.iter().filter_map(|pair| Some((of(old, pair.0)?, of(new, pair.1)?)));
            let (old, new) = both.flat_map(|(old, new)| pairing::paired(&old, &new)).unzip();
            Observed { old, new, paired: true, attributed: true }
        }
        Way::Records => {
            let centres = |side: &[(usize, Estimate)]| side.iter().map(|(_, estimate)| estimate.centre).collect();
            let (old, new): (Vec<f64>, Vec<f64>) = (centres(old), centres(new));
            let attributed = old.len().min(new.len()) >= OCCASIONS;
            Observed { old, new, paired: false, attributed }
        }
        Way::Trials => Observed { old: trials(old), new: trials(new), paired: false, attributed: false },
    }
}

fn trials(side: &[(usize, Estimate)]) -> Vec<f64> {
    side.iter().flat_map(|(_, estimate)| estimate.trials.iter().map(|trial| trial.1)).collect()
}

fn outcome(
    metric: Metric,
    estimates: &[Vec<(usize, Estimate)>; 2],
    observed: &Observed,
    values: [&Value; 2],
) -> Outcome {
    let [old, new] = estimates.each_ref().map(|side| trials(side));
    if let (Some(old), Some(new)) = (constant(metric, &old), constant(metric, &new)) {
        return if old.total_cmp(&new).is_eq() { Outcome::Equal } else { Outcome::Exactly { more: new - old } };
    }
    let Observed { old, new, .. } = observed;
    if old.is_empty() || new.is_empty() {
        return Outcome::Unknown("no block has a trial of both".into());
    }
    if old.len() < 2 || new.len() < 2 {
        return Outcome::Single;
    }
    let none = |side: &[f64]| side.iter().all(|&value| value == 0.0);
    let some = |side: &[f64]| side.iter().all(|&value| value > 0.0);
    match (none(old), none(new)) {
        (true, false) if some(new) => return Outcome::Nothing { more: true },
        (false, true) if some(old) => return Outcome::Nothing { more: false },
        (true, true) => return Outcome::Equal,
        _ => {}
    }
    let Some(effect) = observed.effect(1.0) else {
        return Outcome::Unknown("it is 0 in some trials, and 0 has no ratio".into());
    };
    let apart = values[0].centre.zip(values[1].centre).map_or(f64::INFINITY, |(old, new)| (new - old).abs());
    let trifling = metric.is_latency() && apart < MEANINGLESS_NS;
    Outcome::Tested { adjusted: effect.p, effect, detectable: None, trifling }
}

/// What is counted and came out the same every time: there is no chance in it.
fn constant(metric: Metric, trials: &[f64]) -> Option<f64> {
    let first = *trials.first()?;
    // memory is counted, too, but in the allocator's steps; and what is lost hangs on chance
    let counted = metric.is_counted() && !matches!(metric, Metric::Memory | Metric::Lost);
    (counted && trials.len() > 1 && trials.iter().all(|trial| trial.total_cmp(&first).is_eq())).then_some(first)
}

impl Observed {
    /// The p that the new side is above what the old one would be, were it so many `times` as large, where zeros are in the way
    /// of a ratio.
    pub(super) fn above(&self, times: f64) -> Option<f64> {
        stats::above(&self.times(times), &self.new, self.paired)
    }

    /// The effect of the new side on what the old one would be, were it so many `times` as large.
    pub(super) fn effect(&self, times: f64) -> Option<stats::Effect> {
        let old = self.times(times);
        if self.paired { stats::paired(&old, &self.new) } else { stats::unpaired(&old, &self.new) }
    }

    fn times(&self, times: f64) -> Vec<f64> {
        self.old.iter().map(|value| value * times).collect()
    }
}

/// Corrects every p, and what could have been seen, for how many figures there are.
pub(super) fn correct(pairs: &mut [Pair]) {
    let mut outcomes: Vec<&mut Outcome> = pairs
        .iter_mut()
        .flat_map(|pair| &mut pair.figures)
        .map(|figure| &mut figure.outcome)
        .filter(|outcome| matches!(outcome, Outcome::Tested { .. }))
        .collect();
    let p = |outcome: &&mut Outcome| if let Outcome::Tested { effect, .. } = outcome { effect.p } else { 1.0 };
    let p: Vec<f64> = outcomes.iter().map(p).collect();
    for (outcome, corrected) in outcomes.iter_mut().zip(stats::holm(&p)) {
        if let Outcome::Tested { effect, adjusted, detectable, .. } = outcome {
            *adjusted = corrected;
            *detectable = stats::detectable(effect, p.len());
        }
    }
}
