//! The summary as JSON: a row for each transport at each point, with every figure before it was rounded.
//! `docs/exports.md` describes the keys.

use super::cells::Cell;
use super::claim::{self, Claimed};
use super::doubts::DoubtLine;
use super::environment::rfc3339;
use super::heads::Heads;
use super::instrument::Instrument;
use super::layers::Sums;
use super::metric::Metric;
use super::number::spaced;
use super::page::Page;
use super::row::{Note, Row};
use super::settings::Settings;
use super::thresholds::Checked;
use super::trials::TrialRow;
use super::words::Words;
use crate::gap::Gap;
use crate::record::{Environment, ScenarioText};
use crate::schemas;
use crate::totals::{Accounting, TlsTotals};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::Map;
use std::borrow::Cow;

/// The version of this form: goes up when a key changes its meaning or goes away, not when one is added.
const FORMAT: u32 = 1;

#[derive(Serialize, JsonSchema)]
struct Summary<'p> {
    /// The version of this form.
    #[schemars(extend("const" = FORMAT))]
    format: u32,
    pushbench: Version<'p>,
    scenario: &'p ScenarioText,
    begun: String,
    command: &'p str,
    note: Option<&'p str>,
    redacted: bool,
    /// That the run did not come to its end.
    status: Option<&'p str>,
    resumed: &'p [String],
    planned: Planned,
    conditions: Vec<String>,
    environment: &'p Environment,
    words: &'p Words,
    /// What the figures are held to; nothing where that is nothing.
    #[serde(skip_serializing_if = "<[Checked]>::is_empty")]
    thresholds: &'p [Checked],
    claim: Option<Claimed>,
    metrics: Metrics,
    rows: Vec<RowSummary<'p>>,
    /// What the instrument itself takes.
    calibration: &'p Instrument,
    notes: Vec<Note>,
    doubts: &'p [DoubtLine],
}

#[derive(Serialize, JsonSchema)]
struct Version<'p> {
    version: &'p str,
    revision: Option<&'p str>,
    record_format: u32,
}

#[derive(Serialize, JsonSchema)]
struct Planned {
    /// With `precision` the most that are made.
    blocks: u32,
    trials: u32,
    /// Half an interval's width ÷ its figure, which `repeats = "auto"` was to reach; nothing where blocks were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<f64>,
}

/// What each metric is called, and what its numbers count.
struct Metrics;

#[derive(Serialize, JsonSchema)]
struct MetricSummary {
    name: &'static str,
    unit: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct RowSummary<'p> {
    row: String,
    transport: &'static str,
    point: String,
    floor: bool,
    settings: Settings,
    tried: usize,
    measured: usize,
    trials: Vec<TrialSummary<'p>>,
    accounting: Option<Accounting>,
    accounting_doubts: &'p [usize],
    /// Sums over the measured trials.
    sums: Summed<'p>,
    /// Octets of a poll's request head over HTTP/2; nothing elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_heads: Option<Heads>,
    figures: Figures<'p>,
}

/// Octets by direction and layer, packets, and what TLS did, over the measured trials.
#[derive(Serialize, JsonSchema)]
struct Summed<'p> {
    setup: &'p Sums,
    steady: &'p Sums,
    /// Updates received in all phases.
    received: u64,
    /// `measured` or `modelled`.
    packets: Option<&'static str>,
    tls: Option<TlsTotals>,
}

#[derive(Serialize, JsonSchema)]
struct TrialSummary<'p> {
    block: u32,
    order: u32,
    error: Option<&'p str>,
    doubts: &'p [usize],
    /// How much later than its probes the other clients received.
    probe_gap: Option<Gap>,
}

/// Every metric of a row; nothing in a row without any measured trial.
struct Figures<'p> {
    row: &'p Row,
    trials: Vec<&'p TrialRow>,
}

#[derive(Serialize, JsonSchema)]
struct Figure<'p> {
    centre: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Whether the centre is only an upper bound.
    bound: bool,
    text: &'p str,
    why: Option<&'p str>,
    doubts: &'p [usize],
    /// In the order of the row's trials.
    values: Vec<Option<f64>>,
    /// Which of them are only upper bounds.
    bounds: Vec<bool>,
}

/// The summary, indented, to be read and compared by lines.
#[must_use]
pub fn render(page: &Page) -> String {
    serde_json::to_string_pretty(&summary(page)).expect("its keys are text") + "\n"
}

/// The same summary in one line, so that several can follow each other.
#[must_use]
pub fn line(page: &Page) -> String {
    serde_json::to_string(&summary(page)).expect("its keys are text") + "\n"
}

/// The JSON schema of the summary. It lets keys pass that it does not know: they may be added without a new format.
#[must_use]
pub fn schema() -> String {
    schemas::written::<Summary<'_>>("summary", FORMAT)
}

fn summary(page: &Page) -> Summary<'_> {
    let header = &page.header;
    Summary {
        format: FORMAT,
        pushbench: Version {
            version: &header.version,
            revision: header.revision.as_deref(),
            record_format: header.format,
        },
        scenario: &header.scenario,
        begun: rfc3339(header.started_unix_ms),
        command: &page.command,
        note: page.note.as_deref(),
        redacted: header.redacted,
        status: page.status.as_deref(),
        resumed: &page.resumed,
        planned: Planned { blocks: header.blocks, trials: header.trials, precision: header.precision },
        conditions: page.conditions.iter().chain(&page.settings).chain(&page.in_step).map(|c| spaced(c)).collect(),
        environment: &header.environment,
        words: &page.words,
        thresholds: &page.thresholds,
        claim: claim::claim(page),
        metrics: Metrics,
        rows: page.rows.iter().enumerate().map(|(place, row)| row_summary(page, place, row)).collect(),
        calibration: &page.instrument,
        notes: page.errors().into_iter().chain(page.notes(&Metric::ALL)).collect(),
        doubts: &page.doubts,
    }
}

fn row_summary<'p>(page: &'p Page, place: usize, row: &'p Row) -> RowSummary<'p> {
    let trials: Vec<&TrialRow> = page.trials.iter().filter(|trial| trial.row == place).collect();
    RowSummary {
        row: spaced(&row.label),
        transport: row.transport,
        point: spaced(&page.names[place].point),
        floor: row.floor,
        settings: Settings::of(&row.trial),
        tried: row.tried,
        measured: row.measured,
        trials: trials.iter().map(|trial| trial_summary(trial)).collect(),
        accounting: row.account.as_ref().map(|account| account.sums),
        accounting_doubts: &row.doubts,
        request_heads: row.heads,
        sums: Summed {
            setup: &row.sums.setup,
            steady: &row.sums.steady,
            received: row.sums.received,
            packets: row.sums.modelled.map(|modelled| if modelled { "modelled" } else { "measured" }),
            tls: row.sums.tls,
        },
        figures: Figures { row, trials },
    }
}

fn trial_summary(trial: &TrialRow) -> TrialSummary<'_> {
    let TrialRow { block, order, doubts, gap, .. } = trial;
    TrialSummary { block: *block, order: *order, error: trial.error.as_deref(), doubts, probe_gap: *gap }
}

fn figure<'p>(cell: &'p Cell, metric: Metric, trials: &[&TrialRow]) -> Figure<'p> {
    let estimate = cell.estimate.as_ref();
    let interval = estimate.and_then(|estimate| estimate.interval);
    let each = || trials.iter().map(|trial| trial.cells.as_ref().and_then(|cells| cells.get(metric).estimate.as_ref()));
    Figure {
        centre: estimate.map(|estimate| estimate.centre),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        bound: estimate.is_some_and(|estimate| estimate.bounds > 0),
        text: &cell.text,
        why: cell.why.as_deref(),
        doubts: &cell.doubts,
        values: each().map(|value| value.map(|estimate| estimate.centre)).collect(),
        bounds: each().map(|value| value.is_some_and(|estimate| estimate.bounds > 0)).collect(),
    }
}

impl JsonSchema for Metrics {
    fn schema_name() -> Cow<'static, str> {
        "Metrics".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let metric = generator.subschema_for::<MetricSummary>();
        let keys = Metric::ALL.map(Metric::key).to_vec();
        json_schema!({
            "description": "What each metric is called, and what its numbers count.",
            "type": "object",
            "properties": keys.iter().map(|&key| (key.to_owned(), metric.clone().into())).collect::<Map<_, _>>(),
            "required": keys,
        })
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let summary = |metric: Metric| MetricSummary { name: metric.name(), unit: metric.unit().symbol() };
        serializer.collect_map(Metric::ALL.map(|metric| (metric.key(), summary(metric))))
    }
}

impl JsonSchema for Figures<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Figures".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let figure = generator.subschema_for::<Figure<'_>>();
        let keys = Metric::ALL.map(Metric::key).into_iter();
        json_schema!({
            "description": "Every metric of a row; nothing in a row without any measured trial.",
            "type": "object",
            "properties": keys.map(|key| (key.to_owned(), figure.clone().into())).collect::<Map<_, _>>(),
        })
    }
}

impl Serialize for Figures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let each = self.row.cells.iter().flat_map(|cells| Metric::ALL.map(|metric| (metric, cells.get(metric))));
        serializer.collect_map(each.map(|(metric, cell)| (metric.key(), figure(cell, metric, &self.trials))))
    }
}
