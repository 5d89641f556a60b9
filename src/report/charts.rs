//! The charts of a page, in the order in which they stand: one list, whether something was swept or not.

mod bars;
mod bytes;
mod contrast;
mod latency;
mod violins;

use super::curves::Curves;
use super::draw::Drawing;
use super::measures::{Missing, about};
use super::metric::Metric;
use super::page::{Page, Row};
use super::panels;
use contrast::estimate;

/// A question, and what answers it.
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) legend: String,
    pub(super) drawings: Vec<Drawing>,
    /// Why parts of it are missing.
    pub(super) gaps: Vec<String>,
}

/// All charts of a page.
pub(super) struct Charts {
    pub(super) list: Vec<Chart>,
    /// What was not drawn, and why.
    pub(super) missing: Vec<String>,
}

/// Draws every chart that says something.
pub(super) fn all(page: &Page) -> Charts {
    match &page.curves {
        Some(curves) => swept(curves),
        None => plain(&page.rows),
    }
}

/// One drawing, or why there is none.
type Drawn = Result<Drawing, String>;

fn swept(curves: &Curves) -> Charts {
    let mut missing = curves.missing.clone();
    let mut list = Vec::new();
    for (place, chart) in curves.charts.iter().enumerate() {
        // the first chart is the answer
        let alone = place == 0 && chart.panels.len() == 1;
        let axis = curves.axis.reached(&chart.panels);
        let drawn: Vec<Drawn> = chart.panels.iter().map(|panel| panels::draw(panel, &axis, alone)).collect();
        missing.extend(drawn.iter().filter_map(|drawn| Some(format!("{}: {}.", chart.title, drawn.as_ref().err()?))));
        let legend = if place == 0 { format!("{} {}", chart.legend, curves.caption) } else { chart.legend.to_owned() };
        let drawings = drawn.into_iter().flatten().collect();
        list.push(Chart { id: chart.id, title: chart.title, legend, drawings, gaps: chart.gaps.clone() });
    }
    Charts { list, missing }
}

fn plain(rows: &[Row]) -> Charts {
    let mut charts = Charts { list: Vec::new(), missing: Vec::new() };
    if rows.iter().all(|row| row.cells.is_none()) {
        return charts;
    }
    let mut missing = Missing::default();
    let repeated = rows.iter().any(|row| row.measured > 1);
    let sure = if repeated { bars::LEGEND } else { "" };
    let bar = |metric: Metric| (metric.name(), bars::draw(rows, metric));
    charts.add("latency", latency::LEGEND, vec![("latency by percentile", latency::draw(rows))], &mut missing);
    let violins = violins::draw(rows);
    charts.add("distribution", violins::LEGEND, vec![("the latencies' distribution", violins)], &mut missing);
    charts.add("bytes", "", vec![("bytes per update", bytes::draw(rows))], &mut missing);
    charts.add("requests", sure, vec![bar(Metric::Requests), bar(Metric::Empty)], &mut missing);
    for (id, metric) in [("cpu", Metric::Cpu), ("memory", Metric::Memory)] {
        let bounds = rows.iter().filter_map(|row| estimate(row, metric)).any(|estimate| estimate.bounds > 0);
        let legend = if bounds { format!("{sure} {}", bars::BOUNDS) } else { sure.to_owned() };
        charts.add(id, legend.trim(), vec![bar(metric)], &mut missing);
    }
    charts.missing.extend(missing.sentences());
    charts
}

impl Charts {
    fn add(&mut self, id: &'static str, more: &str, parts: Vec<(&'static str, Drawn)>, missing: &mut Missing) {
        let (id, title, legend) = about(id);
        let mut drawings = Vec::new();
        for (name, drawn) in parts {
            match drawn {
                Ok(drawing) => drawings.push(drawing),
                Err(reason) => missing.add(name, &reason),
            }
        }
        if !drawings.is_empty() {
            let legend = format!("{legend} {more}").trim().to_owned();
            self.list.push(Chart { id, title, legend, drawings, gaps: Vec::new() });
        }
    }
}
