//! The report as one HTML file that asks for nothing else: no font, no picture from elsewhere, and no script but its own.

use super::cells::{Cell, Cells, Estimate};
use super::charts::{self, Chart};
use super::claim;
use super::draw::Drawing;
use super::font;
use super::instrument;
use super::measures::within;
use super::metric::Metric;
use super::number::whole;
use super::page::Page;
use super::row::Row;
use super::tables;
use super::thresholds;
use super::trials::TrialRow;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("page.html");
pub(super) const STYLE: &str = include_str!("page.css");
pub(super) const SCRIPT: &str = include_str!("page.js");
/// Up to so many rows each figure says how sure it is without being pointed at.
const ROOMY: usize = 12;
const LATENCY: [Metric; 7] =
    [Metric::P50, Metric::P90, Metric::P99, Metric::P999, Metric::Max, Metric::Twin, Metric::Lateness];

/// A page that could not be rendered: a fault of pushbench, whatever the record.
#[derive(Debug, thiserror::Error)]
#[error("the page's template: {0}")]
pub struct Unrendered(#[from] minijinja::Error);

/// The page as bytes of HTML.
///
/// # Errors
/// [`Unrendered`] when the template does not fit the page; a test holds them together.
pub fn render(page: &Page) -> Result<String, Unrendered> {
    let mut environment = Environment::new();
    // questions, scenarios and reasons are whatever somebody wrote
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("grouped", whole);
    environment.add_template("page", TEMPLATE)?;
    let charts = charts::all(page);
    Ok(environment.get_template("page")?.render(context! {
        page => Serde(page),
        font => Value::from_safe_string(font::face()),
        style => Value::from_safe_string(STYLE.into()),
        script => Value::from_safe_string(SCRIPT.into()),
        policy => policy(),
        rows => page.rows.iter().map(|of| row(of, page.rows.len() <= ROOMY)).collect::<Vec<Value>>(),
        trials => page.trials.iter().map(trial).collect::<Vec<Value>>(),
        charts => charts.list.iter().map(chart).collect::<Vec<Value>>(),
        missing => Serde(&charts.missing),
        over => page.curves.as_ref().map(|curves| curves.axis.title.as_str()),
        notes => Serde(page.headline_notes()),
        latency_notes => Serde(page.notes(&LATENCY)),
        thresholds => thresholds::summary(&page.thresholds),
        claim => Serde(claim::claim(page)),
        claim_legend => claim::LEGEND,
        layers => Serde(tables::layers(page)),
        layers_legend => tables::layers_legend(page),
        compression => Serde(tables::compression(page)),
        compression_legend => tables::compression_legend(),
        handshakes => Serde(tables::handshakes(page)),
        handshakes_legend => tables::HANDSHAKES,
        payback => Serde(tables::payback(page)),
        payback_legend => tables::PAYBACK,
        theory => Serde(tables::theory(page)),
        theory_legend => tables::theory_legend(page),
        instrument => instrument::TITLE,
        server_notes => Serde(page.notes(&[Metric::Cpu, Metric::Idle, Metric::Memory])),
    })?)
}

/// What the browser is to hold the page to: whatever somebody wrote into a scenario, only our script runs, and nothing
/// is asked for.
pub(super) fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-{digest}'; \
         base-uri 'none'; form-action 'none'"
    )
}

fn row(row: &Row, roomy: bool) -> Value {
    context! {
        cells => row.cells.as_ref().map(|of| cells(of, roomy)),
        points => points(&row.point, &row.numbers),
        ..Value::from(Serde(row))
    }
}

fn trial(trial: &TrialRow) -> Value {
    context! {
        cells => trial.cells.as_ref().map(|of| cells(of, false)),
        points => points(&trial.point, &trial.numbers),
        took_ns => trial.took_ns,
        ..Value::from(Serde(trial))
    }
}

fn cells(cells: &Cells, roomy: bool) -> Value {
    let cell = |metric: Metric| (metric.key(), cell(metric, cells.get(metric), roomy));
    Metric::ALL.into_iter().map(cell).collect::<BTreeMap<_, _>>().into()
}

/// A number with what it is sorted by, and with what is said of it when one points at it.
fn cell(metric: Metric, cell: &Cell, roomy: bool) -> Value {
    let estimate = cell.estimate.as_ref();
    let sure = |estimate: &Estimate| {
        let (trials, interval) = (estimate.trials.len(), estimate.interval?);
        let [low, high] = [interval.low, interval.high].map(|end| metric.show(end));
        Some(format!("median of {trials} trials; 95 % confidence: {low} to {high}"))
    };
    context! {
        text => cell.text.as_str(),
        title => cell.why.clone().or_else(|| estimate.and_then(sure)),
        within => if roomy { within(metric, cell) } else { None },
        number => estimate.map(|estimate| number(estimate.centre)),
        doubts => Serde(&cell.doubts),
    }
}

fn points(texts: &[String], numbers: &[Option<f64>]) -> Value {
    texts.iter().zip(numbers).map(|(text, of)| context! { text => text.as_str(), number => of.map(number) }).collect()
}

/// For sorting: twice the digits that are shown.
pub(super) fn number(x: f64) -> String {
    format!("{x:.5e}").parse::<f64>().unwrap_or(x).to_string()
}

fn chart(chart: &Chart) -> Value {
    let (id, title) = (chart.id, chart.title);
    let reading = if chart.read { "" } else { chart.reading.as_str() };
    let legend = format!("{} {reading}", chart.legend);
    let (legend, told) = (legend.trim(), Serde(&chart.told));
    // one that fills the page's width, or several, take a row of their own
    let row = chart.drawings.len() != 1 || chart.drawings.iter().any(wide);
    let drawings: Vec<Value> = chart.drawings.iter().map(drawing).collect();
    context! { id, title, legend, told, row, drawings, gaps => Serde(&chart.gaps) }
}

/// A drawing goes in as it is, for what is in it was escaped when it was drawn.
fn drawing(drawing: &Drawing) -> Value {
    let svg = |drawing: &Drawing| Value::from_safe_string(drawing.inline());
    context! { svg => svg(drawing), wide => wide(drawing), narrow => drawing.narrow().map(svg) }
}

fn wide(drawing: &Drawing) -> bool {
    drawing.narrow().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::palette::COLOURS;
    use super::{SCRIPT, STYLE};
    use crate::kind::Transport;

    #[test]
    fn every_transport_has_a_colour_in_light_and_dark() {
        for transport in Transport::ALL {
            assert_eq!(STYLE.matches(&format!("i.{transport} {{")).count(), 1, "{transport}");
        }
    }

    #[test]
    fn the_page_has_the_charts_colours() {
        for colour in &COLOURS {
            let values: Vec<&str> =
                STYLE.split(&format!("--{}: ", colour.name)).skip(1).filter_map(|rest| rest.get(..7)).collect();
            assert_eq!(values, [colour.light, colour.dark], "{}", colour.name);
        }
    }

    #[test]
    fn style_and_script_stay_inside_their_elements() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        // a browser hashes what it parsed, and it parses these as line feeds
        assert!(!SCRIPT.contains('\r'));
    }
}
