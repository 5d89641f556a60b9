//! The trials' figures as CSV in long form: a line for every trial and metric. `docs/exports.md` describes the columns.

use super::cells::Cell;
use super::environment::rfc3339;
use super::metric::Metric;
use super::number::spaced;
use super::page::Page;
use super::settings::Settings;
use super::trials::TrialRow;
use crate::totals::Subject;
use csv::Writer;
use serde_json::Value;

/// Between two sentences of a field: no sentence of ours has it.
const BETWEEN: &str = " | ";
/// Programs that group lines by a column pass over those where it is empty.
const NO_POINT: &str = "-";
const NAMES: [&str; 7] = ["begun", "scenario", "block", "order", "transport", "row", "point"];
const FIGURES: [&str; 8] = ["metric", "value", "unit", "bound", "status", "why", "doubts", "packets"];

/// A header and a line for every trial and metric, by trial; quoted as RFC 4180 has it, lines ended by `\n`.
#[must_use]
pub fn render(page: &Page) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |line: &[String]| writer.write_record(line).expect("to memory, and all lines are of one length");
    let settings = page.rows.iter().map(|row| Settings::of(&row.trial)).collect::<Vec<_>>();
    let keys = Settings::KEYS.iter();
    write(&NAMES.iter().chain(keys).chain(&FIGURES).map(|&name| name.to_owned()).collect::<Vec<_>>());
    for trial in &page.trials {
        let mut beginning = names(page, trial).to_vec();
        beginning.extend(settings[trial.row].0.iter().map(plain));
        for metric in Metric::ALL {
            let mut line = beginning.clone();
            line.extend(figure(page, trial, metric));
            write(&line);
        }
    }
    let bytes = writer.into_inner().expect("memory is always flushed");
    String::from_utf8(bytes).expect("text was written")
}

fn names(page: &Page, trial: &TrialRow) -> [String; 7] {
    let (row, name) = (&page.rows[trial.row], &page.names[trial.row]);
    [
        rfc3339(page.header.started_unix_ms),
        page.name.clone(),
        trial.block.to_string(),
        trial.order.to_string(),
        trial.transport.to_owned(),
        spaced(&row.label),
        if name.point.is_empty() { NO_POINT.to_owned() } else { spaced(&name.point) },
    ]
}

/// A text without its quotes, nothing as nothing.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn figure(page: &Page, trial: &TrialRow, metric: Metric) -> [String; 8] {
    let cell: Option<&Cell> = trial.cells.as_ref().map(|cells| cells.get(metric));
    let estimate = cell.and_then(|cell| cell.estimate.as_ref());
    let why = cell.map_or(&trial.error, |cell| &cell.why);
    let status = match (cell, estimate) {
        (_, Some(_)) => "measured",
        (Some(_), None) => "missing",
        (None, _) => "failed",
    };
    [
        metric.key().to_owned(),
        estimate.map(|estimate| estimate.centre.to_string()).unwrap_or_default(),
        metric.unit().symbol().to_owned(),
        estimate.is_some_and(|estimate| estimate.bounds > 0).to_string(),
        status.to_owned(),
        why.clone().unwrap_or_default(),
        if estimate.is_some() { doubts(page, trial, metric).join(BETWEEN) } else { String::new() },
        match trial.modelled.filter(|_| estimate.is_some() && metric.has_packets()) {
            Some(true) => "modelled".to_owned(),
            Some(false) => "measured".to_owned(),
            None => String::new(),
        },
    ]
}

/// What speaks against a figure: doubts about its subject, and those about which updates were counted at all.
fn doubts<'p>(page: &'p Page, trial: &TrialRow, metric: Metric) -> Vec<&'p str> {
    let carried = page.doubts.iter().filter(|doubt| trial.doubts.contains(&doubt.number));
    let about = |subject| subject == Subject::Accounting || Some(subject) == metric.subject();
    carried.filter(|doubt| about(doubt.subject)).map(|doubt| doubt.sentence.as_str()).collect()
}
