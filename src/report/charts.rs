//! The charts of a page, in the order in which they stand: one list, whether something was swept or not.

mod bars;
mod bytes;
mod contrast;
mod latency;
mod payback;
mod stacks;
mod timeline;
mod violins;

use super::curves::Curves;
use super::draw::Drawing;
use super::measures::{Missing, about, told};
use super::metric::Metric;
use super::page::Page;
use super::panels;
use super::row::Row;
use contrast::estimate;

/// A question, and what answers it.
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) legend: String,
    /// How its marks are read.
    pub(super) reading: String,
    /// Whether a page says that already above an earlier chart.
    pub(super) read: bool,
    /// The charts whose words stand beside it.
    pub(super) told: Vec<&'static str>,
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
    let mut charts = match &page.curves {
        Some(curves) => swept(curves, &page.rows),
        None => plain(page),
    };
    match timeline::draw(page) {
        Some(Ok(drawing)) => charts.explain(drawing),
        Some(Err(reason)) => charts.missing.push(format!("No chart of the timeline: {reason}.")),
        None => {}
    }
    charts
}

/// One drawing, or why there is none.
type Drawn = Result<Drawing, String>;

fn swept(curves: &Curves, rows: &[Row]) -> Charts {
    let mut missing = curves.missing.clone();
    let mut list = Vec::new();
    // where the points are words, a stack a row says more than a marker a point
    let stacked = if curves.axis.joined { None } else { stacks::draw(rows).ok() };
    if let Some(drawing) = &stacked {
        let (id, title, legend) = about("bytes");
        let (legend, reading, told) = (legend.to_owned(), stacks::legend(rows), told(id));
        let drawings = vec![drawing.clone()];
        list.push(Chart { id, title, legend, reading, read: false, told, drawings, gaps: Vec::new() });
        missing.retain(|sentence| !sentence.starts_with("No chart of bytes per update:"));
    }
    let others = curves.charts.iter().filter(|chart| stacked.is_none() || chart.id != "bytes");
    for chart in others {
        let place = list.len();
        // the first chart is the answer
        let alone = place == 0 && chart.panels.len() == 1;
        let axis = curves.axis.reached(&chart.panels);
        let drawn: Vec<Drawn> = chart.panels.iter().map(|panel| panels::draw(panel, &axis, alone)).collect();
        missing.extend(drawn.iter().filter_map(|drawn| Some(format!("{}: {}.", chart.title, drawn.as_ref().err()?))));
        list.push(Chart {
            id: chart.id,
            title: chart.title,
            legend: chart.legend.to_owned(),
            reading: curves.caption.clone(),
            read: list.iter().any(|chart| chart.reading == curves.caption),
            told: told(chart.id),
            drawings: drawn.into_iter().flatten().collect(),
            gaps: chart.gaps.clone(),
        });
    }
    Charts { list, missing }
}

fn plain(page: &Page) -> Charts {
    let rows = &page.rows[..];
    let mut charts = Charts { list: Vec::new(), missing: Vec::new() };
    if rows.iter().all(|row| row.cells.is_none()) {
        return charts;
    }
    let mut missing = Missing::default();
    let waiting = rows.iter().all(|row| row.trial.clients >= CROWD);
    for id in if waiting { WAITING } else { ARRIVING } {
        let (reading, parts) = drawn(rows, id);
        charts.add(id, &reading, parts, &mut missing);
        if let Some(drawn) = payback::draw(page).filter(|_| id == "bytes") {
            charts.add("payback", "", vec![("when a setup is paid back", drawn)], &mut missing);
        }
    }
    charts.missing.extend(missing.sentences());
    charts
}

/// From so many clients on, what it costs to keep them is asked first.
const CROWD: u32 = 1000;
const ARRIVING: [&str; 6] = ["latency", "distribution", "bytes", "requests", "cpu", "memory"];
const WAITING: [&str; 6] = ["memory", "requests", "cpu", "latency", "distribution", "bytes"];

/// What has to be said of a chart's marks, and its parts with their names.
fn drawn(rows: &[Row], id: &str) -> (String, Vec<(&'static str, Drawn)>) {
    let bars = |metrics: &[Metric]| {
        let bounds =
            |metric: &Metric| rows.iter().filter_map(|row| estimate(row, *metric)).any(|found| found.bounds > 0);
        let parts: Vec<_> = metrics.iter().map(|&metric| (metric.name(), bars::draw(rows, metric))).collect();
        let repeated = rows.iter().any(|row| row.measured > 1).then_some(bars::LEGEND);
        let bounds = metrics.iter().zip(&parts).any(|(metric, part)| part.1.is_ok() && bounds(metric));
        let reading: Vec<&str> = repeated.into_iter().chain(bounds.then_some(bars::BOUNDS)).collect();
        (reading.join(" "), parts)
    };
    match id {
        "latency" => (latency::legend(rows), vec![("latency by percentile", latency::draw(rows))]),
        "distribution" => (violins::LEGEND.into(), vec![("the latencies' distribution", violins::draw(rows))]),
        "bytes" => match stacks::draw(rows) {
            // a record that says nothing of layers has its payload at least
            Err(_) => (String::new(), vec![("bytes per update", bytes::draw(rows))]),
            drawn => (stacks::legend(rows), vec![("bytes per update", drawn)]),
        },
        "requests" => bars(&[Metric::Requests, Metric::Empty]),
        "cpu" => bars(&[Metric::Cpu]),
        _ => bars(&[Metric::Memory, Metric::Idle]),
    }
}

impl Charts {
    /// Behind the answer, or behind all that was swept, stands what explains it.
    fn explain(&mut self, drawing: Drawing) {
        let (id, title, legend) = about("timeline");
        let (legend, reading, told) = (legend.to_owned(), timeline::READING.to_owned(), told(id));
        let drawings = vec![drawing];
        let place = self.list.len().min(1);
        let chart = Chart { id, title, legend, reading, read: false, told, drawings, gaps: Vec::new() };
        self.list.insert(place, chart);
    }

    fn add(&mut self, id: &'static str, reading: &str, parts: Vec<(&'static str, Drawn)>, missing: &mut Missing) {
        let (id, title, legend) = about(id);
        let mut drawings = Vec::new();
        for (name, drawn) in parts {
            match drawn {
                Ok(drawing) => drawings.push(drawing),
                Err(reason) => missing.add(name, &reason),
            }
        }
        if !drawings.is_empty() {
            let read = !reading.is_empty() && self.list.iter().any(|chart| chart.reading == reading);
            let (legend, reading, told) = (legend.to_owned(), reading.to_owned(), told(id));
            self.list.push(Chart { id, title, legend, reading, read, told, drawings, gaps: Vec::new() });
        }
    }
}
