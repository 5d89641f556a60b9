//! The report as one HTML file that asks for nothing else: no font, no picture from elsewhere, and no script but its own.

use super::cells::{Cell, Cells, Estimate};
use super::charts;
use super::curves::{Chart, Curves};
use super::draw::Drawing;
use super::metric::Metric;
use super::number::whole;
use super::page::{Page, Row, TrialRow};
use super::panels;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
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
    let curves = page.curves.as_ref();
    Ok(environment.get_template("page")?.render(context! {
        page => Serde(page),
        style => Value::from_safe_string(STYLE.into()),
        script => Value::from_safe_string(SCRIPT.into()),
        policy => policy(),
        rows => page.rows.iter().map(row).collect::<Vec<Value>>(),
        trials => page.trials.iter().map(trial).collect::<Vec<Value>>(),
        charts => curves.map_or_else(|| plain(page), swept),
        curves => curves.map(|curves| context! {
            caption => curves.caption.as_str(),
            axis => curves.axis.title.as_str(),
            missing => Serde(&curves.missing),
        }),
        notes => Serde(page.headline_notes()),
        latency_notes => Serde(page.notes(&LATENCY)),
        server_notes => Serde(page.notes(&[Metric::Cpu, Metric::Idle, Metric::Memory])),
    })?)
}

/// What the browser is to hold the page to: whatever somebody wrote into a scenario, only our script runs, and nothing
/// is asked for.
fn policy() -> String {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-{digest}'; \
         base-uri 'none'; form-action 'none'"
    )
}

fn row(row: &Row) -> Value {
    context! {
        cells => row.cells.as_ref().map(cells),
        points => points(&row.point, &row.numbers),
        ..Value::from(Serde(row))
    }
}

fn trial(trial: &TrialRow) -> Value {
    context! {
        cells => trial.cells.as_ref().map(cells),
        points => points(&trial.point, &trial.numbers),
        took_ns => trial.took_ns,
        ..Value::from(Serde(trial))
    }
}

fn cells(cells: &Cells) -> Value {
    let cell = |metric: Metric| (metric.key(), cell(metric, cells.get(metric)));
    Metric::ALL.into_iter().map(cell).collect::<BTreeMap<_, _>>().into()
}

/// A number with what it is sorted by, and with what is said of it when one points at it.
fn cell(metric: Metric, cell: &Cell) -> Value {
    let estimate = cell.estimate.as_ref();
    let sure = |estimate: &Estimate| {
        let (trials, interval) = (estimate.trials.len(), estimate.interval?);
        let [low, high] = [interval.low, interval.high].map(|end| metric.show(end));
        Some(format!("median of {trials} trials; 95 % confidence: {low} to {high}"))
    };
    context! {
        text => cell.text.as_str(),
        title => cell.why.clone().or_else(|| estimate.and_then(sure)),
        number => estimate.map(|estimate| number(estimate.centre)),
        doubts => Serde(&cell.doubts),
    }
}

fn points(texts: &[String], numbers: &[Option<f64>]) -> Value {
    texts.iter().zip(numbers).map(|(text, of)| context! { text => text.as_str(), number => of.map(number) }).collect()
}

/// For sorting: twice the digits that are shown.
fn number(x: f64) -> String {
    format!("{x:.5e}").parse::<f64>().unwrap_or(x).to_string()
}

/// The charts of a record without a sweep: over one there would be a line and a bar for every point.
fn plain(page: &Page) -> Vec<Value> {
    let chart = |id: &str, title: &str, legend: &str, label: &str, drawn: Drawing| {
        context! { id, title, legend, label, ..drawing(drawn) }
    };
    vec![
        chart(
            "latency",
            "How late does an update arrive?",
            "Lower is sooner. A line ends where fewer than ten deliveries lie beyond it.",
            "Line chart of delivery latency by percentile; the same figures stand in the table below",
            charts::latency(&page.rows),
        ),
        chart(
            "bytes",
            "How many bytes does an update cost?",
            "Shorter is less. Octets on the sockets in both directions, HTTP included, TCP and IP not, ÷ updates received.",
            "Bar chart of bytes per update, payload and everything else; the same figures stand in the tables",
            charts::bytes(&page.rows),
        ),
    ]
}

/// The charts of a sweep, each with its panels drawn.
fn swept(curves: &Curves) -> Vec<Value> {
    let chart = |(place, chart): (usize, &Chart)| {
        let (id, title, legend) = (chart.id, chart.title, chart.legend);
        // the first chart is the answer
        let alone = place == 0 && chart.panels.len() == 1;
        let panels: Vec<Value> =
            chart.panels.iter().map(|panel| drawing(panels::draw(panel, &curves.axis, alone))).collect();
        let row = alone || panels.len() > 1;
        context! { id, title, legend, row, panels, gaps => Serde(&chart.gaps) }
    };
    curves.charts.iter().enumerate().map(chart).collect()
}

/// A chart goes in as it is, for charts.rs escaped what is in it; a reason is text.
fn drawing(drawing: Drawing) -> Value {
    match drawing {
        Ok(svg) => context! { svg => Value::from_safe_string(svg), why => "" },
        Err(why) => context! { svg => "", why },
    }
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};
    use crate::kind::Transport;

    #[test]
    fn every_transport_has_a_colour_in_light_and_dark() {
        for transport in Transport::ALL {
            assert_eq!(STYLE.matches(&format!("--{transport}: #")).count(), 2, "{transport}");
            assert_eq!(STYLE.matches(&format!("i.{transport} {{")).count(), 1, "{transport}");
        }
    }

    #[test]
    fn style_and_script_stay_inside_their_elements() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        // a browser hashes what it parsed, and it parses these as line feeds
        assert!(!SCRIPT.contains('\r'));
    }
}
