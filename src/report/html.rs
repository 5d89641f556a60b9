//! The report as one HTML file that asks for nothing else: no script, no font, no picture from elsewhere.

use super::charts::{self, Chart};
use super::draw::Drawing;
use super::font;
use super::metric::Metric;
use super::page::Page;
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
    let charts = charts::all(page);
    Ok(environment.get_template("page")?.render(context! {
        page => Serde(page),
        charts => charts.list.iter().map(chart).collect::<Vec<Value>>(),
        missing => Serde(&charts.missing),
        over => page.curves.as_ref().map(|curves| curves.axis.title.as_str()),
        font => Value::from_safe_string(font::face()),
        notes => Serde(page.headline_notes()),
        latency_notes => Serde(page.notes(&LATENCY)),
        server_notes => Serde(page.notes(&[Metric::Cpu, Metric::Idle, Metric::Memory])),
    })?)
}

fn chart(chart: &Chart) -> Value {
    let (id, title) = (chart.id, chart.title);
    let legend = chart.legend.as_str();
    // one that fills the page's width, or several, take a row of their own
    let row = chart.drawings.len() != 1 || chart.drawings.iter().any(wide);
    let drawings: Vec<Value> = chart.drawings.iter().map(drawing).collect();
    context! { id, title, legend, row, drawings, gaps => Serde(&chart.gaps) }
}

/// A drawing goes in as it is, for what is in it was escaped when it was drawn.
fn drawing(drawing: &Drawing) -> Value {
    context! { svg => Value::from_safe_string(drawing.inline()), wide => wide(drawing) }
}

fn wide(drawing: &Drawing) -> bool {
    drawing.width > 500
}

#[cfg(test)]
mod tests {
    use super::super::palette::COLOURS;
    use super::TEMPLATE;
    use crate::kind::Transport;

    #[test]
    fn every_transport_has_a_colour_in_light_and_dark() {
        for transport in Transport::ALL {
            assert_eq!(TEMPLATE.matches(&format!("i.{transport} {{")).count(), 1, "{transport}");
        }
    }

    #[test]
    fn the_page_has_the_charts_colours() {
        for colour in &COLOURS {
            let values: Vec<&str> =
                TEMPLATE.split(&format!("--{}: ", colour.name)).skip(1).filter_map(|rest| rest.get(..7)).collect();
            assert_eq!(values, [colour.light, colour.dark], "{}", colour.name);
        }
    }
}
