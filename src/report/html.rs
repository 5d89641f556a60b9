//! The report as one HTML file that asks for nothing else: no script, no font, no picture from elsewhere.

use super::charts;
use super::curves::{Chart, Curves};
use super::draw::Drawing;
use super::metric::Metric;
use super::page::Page;
use super::panels;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

const TEMPLATE: &str = include_str!("page.html");
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
    environment.add_template("page", TEMPLATE)?;
    // over a sweep there would be a line and a bar for every point
    let plain = || [charts::latency(&page.rows), charts::bytes(&page.rows)].map(drawing);
    let [latency, bytes] = if page.curves.is_some() { [Value::UNDEFINED, Value::UNDEFINED] } else { plain() };
    Ok(environment.get_template("page")?.render(context! {
        page => Serde(page),
        latency => latency,
        bytes => bytes,
        curves => page.curves.as_ref().map(curves),
        notes => Serde(page.headline_notes()),
        latency_notes => Serde(page.notes(&LATENCY)),
        server_notes => Serde(page.notes(&[Metric::Cpu, Metric::Idle, Metric::Memory])),
    })?)
}

/// The charts of a sweep, each with its panels drawn.
fn curves(curves: &Curves) -> Value {
    let chart = |(place, chart): (usize, &Chart)| {
        let (id, title, legend) = (chart.id, chart.title, chart.legend);
        // the first chart is the answer
        let alone = place == 0 && chart.panels.len() == 1;
        let panels: Vec<Value> =
            chart.panels.iter().map(|panel| drawing(panels::draw(panel, &curves.axis, alone))).collect();
        let row = alone || panels.len() > 1;
        context! { id, title, legend, row, panels, gaps => Serde(&chart.gaps) }
    };
    context! {
        caption => curves.caption.as_str(),
        axis => curves.axis.title.as_str(),
        charts => curves.charts.iter().enumerate().map(chart).collect::<Vec<Value>>(),
        missing => Serde(&curves.missing),
    }
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
    use super::TEMPLATE;
    use crate::kind::Transport;

    #[test]
    fn every_transport_has_a_colour_in_light_and_dark() {
        for transport in Transport::ALL {
            assert_eq!(TEMPLATE.matches(&format!("--{transport}: #")).count(), 2, "{transport}");
            assert_eq!(TEMPLATE.matches(&format!("i.{transport} {{")).count(), 1, "{transport}");
        }
    }
}
