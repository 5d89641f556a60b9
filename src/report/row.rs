//! A row of the report: a transport and carrier at one point of the sweep, over all blocks.

use super::account::{self, Account};
use super::aspects;
use super::cells::Cells;
use super::doubts;
use super::expected::Expected;
use super::figures::{self, Figures};
use super::follow::{self, Lane};
use super::group::{Group, Member};
use super::heads::Heads;
use super::layers::{Part, RowSums, Stack};
use super::name::Name;
use super::number::{self, counted};
use super::spread::Spread;
use super::sweep::Sweep;
use crate::totals::Doubt;
use crate::trial::Trial;
use schemars::JsonSchema;
use serde::Serialize;

/// A transport and carrier at one point of the sweep, over all blocks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) transport: &'static str,
    /// What stands in the columns of what differs from row to row.
    pub(super) point: Vec<String>,
    /// The numbers behind it.
    #[serde(skip)]
    pub(super) numbers: Vec<Option<f64>>,
    pub(super) floor: bool,
    /// Whether it is the first of its transport's rows, where that has several.
    pub(super) begins: bool,
    /// Measured trials and all that were tried.
    pub(super) measured: usize,
    pub(super) tried: usize,
    /// `None`: no trial of it was measured.
    pub(super) cells: Option<Cells>,
    /// Why trials failed, and how many.
    pub(super) failures: Vec<String>,
    pub(super) account: Option<Account>,
    /// Doubts about its accounting.
    pub(super) doubts: Vec<usize>,
    /// Points (log10 of 1/(1−p), nanoseconds).
    #[serde(skip)]
    pub(super) curve: Vec<(f64, f64)>,
    /// The same, counted from when the server sent each update; only where it was stopped on purpose.
    #[serde(skip)]
    pub(super) naive: Vec<(f64, f64)>,
    /// What was asked for, without what means nothing to the transport.
    #[serde(skip)]
    pub(super) trial: Trial,
    /// How its deliveries spread; over a sweep there is no room for that.
    #[serde(skip)]
    pub(super) spread: Spread,
    /// What an update's bytes are; `None` in a record that does not say it.
    #[serde(skip)]
    pub(super) layers: Option<Stack>,
    /// What HPACK makes of its requests.
    #[serde(skip)]
    pub(super) heads: Option<Heads>,
    /// What theory says of it.
    #[serde(skip)]
    pub(super) expected: Option<Expected>,
    #[serde(skip)]
    pub(super) sums: RowSums,
    /// What was followed message by message.
    #[serde(skip)]
    pub(super) lane: Option<Lane>,
}

/// A sentence about rows of a table.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(super) struct Note {
    pub(super) rows: String,
    pub(super) sentence: String,
}

impl Row {
    pub(super) fn notes<'s>(&self, sentences: impl IntoIterator<Item = &'s String>) -> Vec<Note> {
        let note = |sentence: &String| Note { rows: self.label.clone(), sentence: sentence.clone() };
        sentences.into_iter().map(note).collect()
    }
}

/// The row that `group` is.
pub(super) fn row(group: &Group<'_>, name: &Name, sweep: &Sweep, doubts: &[Doubt]) -> Row {
    let figures: Vec<&Figures> = group.members.iter().filter_map(|member| member.result.as_ref().ok()).collect();
    let transport = group.trial.transport;
    let mut cells = (!figures.is_empty()).then(|| Cells::of(&figures));
    let carried: Vec<&Doubt> = group.members.iter().flat_map(|member| &member.doubts).collect();
    let layers = Stack::of(&figures);
    let accounting = doubts::mark(cells.as_mut(), &carried, doubts);
    Row {
        label: name.label.clone(),
        transport: transport.name(),
        point: sweep.cells(&group.trial),
        numbers: numbers(sweep, &group.trial),
        floor: aspects::is_floor(transport),
        begins: false,
        measured: figures.len(),
        tried: group.members.len(),
        cells,
        failures: failures(&group.members),
        account: (!figures.is_empty()).then(|| account::account(&figures)),
        doubts: accounting,
        curve: figures::curve(&figures, |trial| &trial.latency),
        naive: naive(&group.trial, &figures),
        trial: group.trial.clone(),
        heads: Heads::of(&group.trial, &figures, layers.as_ref()),
        layers,
        expected: group.members.first().and_then(|member| Expected::of(&member.line.trial, &figures)),
        sums: RowSums::of(&figures),
        lane: follow::lane(&group.members),
        spread: if sweep.axes.is_empty() { Spread::of(&figures) } else { Spread::default() },
    }
}

fn naive(trial: &Trial, figures: &[&Figures]) -> Vec<(f64, f64)> {
    if trial.faults.is_empty() { Vec::new() } else { figures::curve(figures, |trial| &trial.twin) }
}

/// What no layer is made for is no error, but nobody should overlook it.
pub(super) fn unplaced(row: &Row) -> Option<String> {
    let octets = row.layers.as_ref().map(|stack| stack.part(Part::Other)).filter(|octets| *octets > 0.0)?;
    Some(format!(
        "{} an update are in no layer (`other`): errors' bodies, or octets that could not be placed",
        number::octets(octets)
    ))
}

/// The numbers behind what stands in the columns of what differs from row to row.
pub(super) fn numbers(sweep: &Sweep, trial: &Trial) -> Vec<Option<f64>> {
    sweep.columns().map(|column| column.number(trial)).collect()
}

/// Each reason for which trials failed: `1 of 3 trials failed: …`.
fn failures(members: &[Member<'_>]) -> Vec<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for reason in members.iter().filter_map(|member| member.result.as_ref().err()) {
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let all = counted(members.len() as u64, "trial");
    reasons.iter().map(|(reason, count)| format!("{count} of {all} failed: {reason}")).collect()
}
