//! A comparison as JSON, every figure before it was rounded. `docs/exports.md` describes the keys.

use super::model::{Basis, COMPARED, Comparison, Difference, Figure, Outcome, Pair, Side};
use super::words;
use crate::report::metric::Metric;
use crate::report::number::spaced;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// The version of this form: goes up when a key changes its meaning or goes away, not when one is added.
const FORMAT: u32 = 1;

/// The same in one line, so that it can follow others.
#[must_use]
pub fn line(comparison: &Comparison) -> String {
    document(comparison).to_string() + "\n"
}

/// The comparison, indented, to be read and compared by lines.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    serde_json::to_string_pretty(&document(comparison)).expect("its keys are text") + "\n"
}

fn document(comparison: &Comparison) -> Value {
    json!({
        "format": FORMAT,
        "scenario": comparison.scenario,
        "old": side(&comparison.sides[0]),
        "new": side(&comparison.sides[1]),
        "basis": match comparison.basis {
            Basis::Blocks => "blocks",
            Basis::Records => "records",
            Basis::Occasions => "occasions",
        },
        "basis_told": words::basis(comparison),
        "headline": words::headline(comparison),
        "level": super::model::LEVEL,
        "family": comparison.family(),
        "differences": comparison.differences.iter().map(difference).collect::<Vec<_>>(),
        "remarks": &comparison.remarks,
        "metrics": COMPARED.iter().map(metric).collect::<Map<String, Value>>(),
        "rows": comparison.pairs.iter().map(|pair| row(comparison, pair)).collect::<Vec<_>>(),
        "doubts": comparison.doubts.iter().map(|doubt| json!({
            "number": doubt.number, "side": doubt.side, "about": doubt.about, "whom": spaced(&doubt.rows),
            "sentence": doubt.sentence,
        })).collect::<Vec<_>>(),
    })
}

fn side(side: &Side) -> Value {
    let records = side.taken.iter().map(|taken| {
        json!({
            "place": taken.place, "scenario": taken.scenario, "begun": taken.began, "pushbench": taken.pushbench,
            "trials": taken.trials, "note": taken.note,
        })
    });
    json!({ "name": side.name, "records": records.collect::<Vec<_>>() })
}

fn difference(difference: &Difference) -> Value {
    let Difference { what, old, new, rows } = difference;
    json!({ "what": what, "old": spaced(old), "new": spaced(new), "rows": rows.as_ref().map(|rows| spaced(rows)) })
}

fn metric(metric: &Metric) -> (String, Value) {
    (metric.key().to_owned(), json!({ "name": metric.name(), "unit": metric.unit().symbol() }))
}

fn row(comparison: &Comparison, pair: &Pair) -> Value {
    let figures = pair.figures.iter().map(|found| (found.metric.key().to_owned(), figure(comparison, found)));
    json!({
        "row": spaced(&pair.label),
        "transports": pair.transports,
        "figures": figures.collect::<Map<String, Value>>(),
    })
}

#[derive(Serialize)]
struct FigureSummary<'c> {
    verdict: &'static str,
    told: String,
    old: Option<f64>,
    new: Option<f64>,
    /// New ÷ old.
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    p: Option<f64>,
    /// After Holm's correction.
    p_adjusted: Option<f64>,
    /// How ratio, interval and p were found.
    method: Option<&'static str>,
    /// The least ratio above 1 that would have been seen.
    detectable: Option<f64>,
    /// What was held against each other; pairs, where it was block by block.
    observed_old: &'c [f64],
    observed_new: &'c [f64],
    why: Option<&'c str>,
    doubts: &'c [usize],
}

fn figure(comparison: &Comparison, figure: &Figure) -> Value {
    let tested = match &figure.outcome {
        Outcome::Tested { effect, adjusted, detectable, .. } => Some((effect, *adjusted, *detectable)),
        _ => None,
    };
    let interval = tested.and_then(|(effect, ..)| effect.interval);
    let summary = FigureSummary {
        verdict: figure.verdict().key(),
        told: words::line(comparison, figure).verdict,
        old: figure.old.centre,
        new: figure.new.centre,
        ratio: figure.ratio(),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        p: tested.map(|(effect, ..)| effect.p),
        p_adjusted: tested.map(|(_, adjusted, _)| adjusted),
        method: tested.map(|(effect, ..)| effect.method.name()),
        detectable: tested.and_then(|(.., detectable)| detectable),
        observed_old: &figure.observed.old,
        observed_new: &figure.observed.new,
        why: if let Outcome::Unknown(why) = &figure.outcome { Some(why) } else { None },
        doubts: &figure.doubts,
    };
    serde_json::to_value(summary).expect("its keys are text")
}
