//! A comparison as one HTML file that asks for nothing else; without its script, the report's, it is whole, too.

use super::forest::{self, Axis};
use super::model::{Comparison, Figure, Outcome, Pair, Verdict};
use super::overlay;
use super::words::{self, DIFFERENCES};
use crate::report::draw::Drawing;
use crate::report::font;
use crate::report::html::{SCRIPT, STYLE, Unrendered, number, policy};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

const TEMPLATE: &str = include_str!("compare.html");
const OWN_STYLE: &str = include_str!("compare.css");
/// Pairs of rows that are drawn; of more, those in which something differs.
const DRAWN: usize = 24;

/// The page as bytes of HTML.
///
/// # Errors
/// [`Unrendered`] when the template does not fit the comparison; a test holds them together.
pub fn render(comparison: &Comparison) -> Result<String, Unrendered> {
    let mut environment = Environment::new();
    // scenarios, notes and reasons are whatever somebody wrote
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("page", TEMPLATE)?;
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    let axis = Axis::over(comparison);
    let (pairs, undrawn) = drawn(comparison);
    let forests = pairs.iter().filter_map(|pair| forest::draw(comparison, pair, axis));
    let overlays = pairs.iter().filter_map(|pair| overlay::draw(comparison, pair));
    let differences = comparison.differences.iter().map(|difference| words::told(comparison, difference));
    Ok(environment.get_template("page")?.render(context! {
        font => Value::from_safe_string(font::face()),
        style => Value::from_safe_string(STYLE.into()),
        own_style => Value::from_safe_string(OWN_STYLE.into()),
        script => Value::from_safe_string(SCRIPT.into()),
        policy => policy(),
        title => words::title(comparison),
        scenario => comparison.scenario.as_str(),
        question => comparison.question.as_str(),
        old, new,
        records => records(comparison),
        basis => words::basis(comparison).replace('`', ""),
        differences_title => DIFFERENCES,
        differences => differences.collect::<Vec<_>>(),
        headline => words::headline(comparison),
        forests => drawings(forests),
        forest_legend => forest::LEGEND,
        overlays => drawings(overlays),
        overlay_legend => overlay::LEGEND,
        undrawn,
        pairs => comparison.pairs.iter().map(|pair| table(comparison, pair)).collect::<Vec<Value>>(),
        legend => words::legend(comparison),
        notes => comparison.remarks.iter().cloned().chain(words::reasons(comparison)).collect::<Vec<_>>(),
        doubts => comparison.doubts.iter().map(|doubt| context! {
            number => doubt.number,
            side => doubt.side.as_str(),
            about => doubt.about,
            rows => doubt.rows.as_str(),
            sentence => doubt.sentence.as_str(),
        }).collect::<Vec<Value>>(),
    })?)
}

/// What each side is, a line a record.
fn records(comparison: &Comparison) -> Vec<Value> {
    if let Some(taken) = comparison.one_record() {
        return vec![context! { side => "record", told => words::taken(taken) }];
    }
    let all = comparison.sides.iter().flat_map(|side| side.taken.iter().map(move |taken| (side, taken)));
    all.map(|(side, taken)| context! { side => side.name.as_str(), told => words::taken(taken) }).collect()
}

/// The pairs that are drawn, and what is said of the others.
fn drawn(comparison: &Comparison) -> (Vec<&Pair>, Option<String>) {
    let all = comparison.pairs.len();
    if all <= DRAWN {
        return (comparison.pairs.iter().collect(), None);
    }
    let differs = |pair: &&Pair| pair.figures.iter().any(|figure| figure.verdict().differs());
    let pairs: Vec<&Pair> = comparison.pairs.iter().filter(differs).take(DRAWN).collect();
    let told = format!("Drawn are {} of {all} rows: the first in which a difference is shown.", pairs.len());
    (pairs, Some(told))
}

/// What could not be drawn is a fault of pushbench, and said in its place.
fn drawings(all: impl Iterator<Item = Result<Drawing, String>>) -> Vec<Value> {
    all.map(|drawing| match drawing {
        Ok(drawing) => context! { svg => Value::from_safe_string(drawing.inline()), reason => () },
        Err(reason) => context! { svg => (), reason },
    })
    .collect()
}

fn table(comparison: &Comparison, pair: &Pair) -> Value {
    let line = |figure: &Figure| {
        let sort = Sort::of(figure);
        context! {
            sort_old => sort.old.map(number),
            sort_new => sort.new.map(number),
            sort_ratio => sort.ratio.map(number),
            sort_p => sort.p.map(number),
            sort_seen => sort.seen.map(number),
            ..Value::from(Serde(words::line(comparison, figure)))
        }
    };
    let lines = pair.figures.iter().map(line).collect::<Vec<Value>>();
    context! { label => pair.label.as_str(), transport => pair.transports[1], lines }
}

/// What a line's cells are sorted by.
struct Sort {
    old: Option<f64>,
    new: Option<f64>,
    ratio: Option<f64>,
    p: Option<f64>,
    seen: Option<f64>,
}

impl Sort {
    fn of(figure: &Figure) -> Sort {
        let (p, seen) = match &figure.outcome {
            Outcome::Tested { adjusted, detectable, .. } => (words::printed(*adjusted), *detectable),
            _ => (None, None),
        };
        // as it is printed: a share, or a factor
        let seen = seen.filter(|_| figure.verdict() == Verdict::NotShown);
        let seen = seen.map(|ratio| if ratio < words::FACTOR { ratio - 1.0 } else { ratio });
        Sort { old: figure.old.sort, new: figure.new.sort, ratio: figure.ratio(), p, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::OWN_STYLE;

    #[test]
    fn style_stays_inside_its_element() {
        assert!(!OWN_STYLE.contains("</"));
    }
}
