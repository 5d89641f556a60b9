//! The report: what is rendered from a record alone.
//!
//! [`Page`] holds every figure as it will be read, with its unit, its doubts and, where there is none, the reason;
//! [`terminal`] and [`html`] only lay it out. The same record gives the same bytes: no clock, no environment, no chance.

mod account;
mod aspects;
mod charts;
mod doubts;
mod environment;
mod figures;
pub mod html;
mod number;
pub mod terminal;

use crate::clock::Nanos;
use crate::histogram::NotAHistogram;
use crate::kind::Transport;
use crate::record::{End, EndReason, Outcome, Record, TrialLine};
use crate::totals::Doubt;
use crate::trial::Trial;
use account::Account;
use aspects::{Name, counted, together};
use charts::Drawing;
use figures::{Cell, Cells, Figures};
use number::{growth, memory, octets, percent, plain, setting, significant, time, whole};
use serde::Serialize;

/// Everything that a report says, ready to be laid out.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    name: String,
    question: String,
    began: String,
    /// How many trials stand behind it.
    extent: String,
    /// What a figure over several trials is.
    centre: String,
    /// That the run did not come to its end.
    status: Option<String>,
    /// What holds for every row: what was done, and how.
    conditions: Vec<String>,
    settings: Vec<String>,
    rows: Vec<Row>,
    doubts: Vec<DoubtLine>,
    trials: Vec<TrialRow>,
    environment: Vec<(&'static str, String)>,
    text: String,
    command: String,
}

/// A transport and carrier at one point of the sweep, over all blocks.
#[derive(Clone, Debug, Serialize)]
struct Row {
    label: String,
    transport: &'static str,
    floor: bool,
    /// Measured trials and all that were tried.
    measured: usize,
    tried: usize,
    /// `None`: no trial of it was measured.
    cells: Option<Cells>,
    /// Why trials failed, and how many.
    failures: Vec<String>,
    account: Option<Account>,
    /// Doubts about its accounting.
    doubts: Vec<usize>,
    /// Points (log10 of 1/(1−p), nanoseconds).
    #[serde(skip)]
    curve: Vec<(f64, f64)>,
    /// Octets per update: payload, everything else.
    #[serde(skip)]
    split: Option<(f64, f64)>,
}

/// One trial, for the table of all of them.
#[derive(Clone, Debug, Serialize)]
struct TrialRow {
    block: u32,
    order: u32,
    label: String,
    transport: &'static str,
    took: String,
    cells: Option<Cells>,
    error: Option<String>,
    last_words: String,
    /// Every doubt about it.
    doubts: Vec<usize>,
}

/// A doubt and the trials that carry it.
#[derive(Clone, Debug, Serialize)]
struct DoubtLine {
    number: usize,
    about: &'static str,
    /// Whom it concerns: `sse, websocket (4 of 6 trials)`.
    whom: String,
    sentence: String,
}

/// A sentence about rows of a table.
#[derive(Clone, Debug, Serialize)]
struct Note {
    rows: String,
    sentence: String,
}

/// A record whose figures cannot be computed.
#[derive(Debug, thiserror::Error)]
#[error("trial {order} ({transport}, block {block}): {source}")]
pub struct Undecodable {
    /// The trial's place in the run, from 1.
    pub order: u32,
    /// Its block, from 1.
    pub block: u32,
    /// Its transport.
    pub transport: Transport,
    /// What is wrong with it.
    pub source: NotAHistogram,
}

/// The trials of one row, in the record's order.
struct Group<'r> {
    trial: Trial,
    members: Vec<Member<'r>>,
}

/// A trial as read.
struct Member<'r> {
    line: &'r TrialLine,
    result: Result<Figures, String>,
}

impl Member<'_> {
    /// What speaks against it; nothing about one that failed, for it has no numbers.
    fn doubts(&self) -> &[Doubt] {
        match (&self.line.outcome, &self.result) {
            (Outcome::Measured(measured), Ok(_)) => &measured.doubts,
            _ => &[],
        }
    }
}

impl Page {
    /// Computes every figure of `record`.
    ///
    /// # Errors
    /// [`Undecodable`] when a histogram of a trial cannot be read.
    pub fn from_record(record: &Record) -> Result<Page, Undecodable> {
        let groups = group(record)?;
        let kinds: Vec<Trial> = groups.iter().map(|group| group.trial.clone()).collect();
        let labels = aspects::labels(&kinds);
        let names: Vec<Name> = kinds.iter().map(|kind| kind.transport.name()).zip(labels.iter().cloned()).collect();
        let doubts = doubts::collect(&groups);
        let header = &record.header;
        let (conditions, settings) = aspects::shared(&kinds);
        let measured = groups.iter().flat_map(|g| &g.members).filter(|m| m.result.is_ok()).count();
        Ok(Page {
            name: header.scenario.name.clone(),
            question: header.scenario.question.clone(),
            began: environment::began(header),
            extent: format!("{} measured in {}", counted(measured as u64, "trial"), counted(blocks(record), "block")),
            centre: centre_of(&groups),
            status: status(record),
            conditions,
            settings,
            rows: groups.iter().zip(&labels).map(|(group, label)| row(group, label, &doubts)).collect(),
            doubts: (1..).zip(&doubts).map(|(number, doubt)| doubts::line(number, doubt, &groups, &names)).collect(),
            trials: trial_rows(&groups, &labels, &doubts),
            environment: environment::lines(header),
            text: header.scenario.text.clone(),
            command: environment::command(header),
        })
    }

    /// Why cells are no plain numbers, in the order of the rows; each reason once.
    fn notes(&self, pick: fn(&Cells) -> Vec<&Cell>) -> Vec<Note> {
        let mut reasons: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            for why in row.cells.iter().flat_map(pick).filter_map(|cell| cell.why.as_deref()) {
                match reasons.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, places)) if places.contains(&place) => {}
                    Some((_, places)) => places.push(place),
                    None => reasons.push((why, vec![place])),
                }
            }
        }
        let names: Vec<Name> = self.rows.iter().map(|row| (row.transport, row.label.clone())).collect();
        let note = |(why, places): (&str, Vec<usize>)| Note { rows: together(&places, &names), sentence: why.into() };
        reasons.into_iter().map(note).collect()
    }

    /// Why rows have no number at all.
    fn errors(&self) -> Vec<Note> {
        self.rows.iter().filter(|row| row.cells.is_none()).flat_map(|row| row.notes(&row.failures)).collect()
    }

    /// What failed or is missing in rows that have numbers, and why some of the headline's are none.
    fn headline_notes(&self) -> Vec<Note> {
        let missing = |row: &Row| row.account.as_ref().and_then(Account::missing);
        let measured = self.rows.iter().filter(|row| row.cells.is_some());
        let mut notes: Vec<Note> =
            measured.flat_map(|row| row.notes(row.failures.iter().chain(&missing(row)))).collect();
        notes.extend(
            self.notes(|c| vec![&c.p50, &c.p99, &c.max, &c.bytes, &c.overhead, &c.requests, &c.empty, &c.cpu, &c.idle]),
        );
        notes
    }

    /// The chart of latency by percentile and the one of bytes per update; the reason where there is none.
    fn drawings(&self) -> [Drawing; 2] {
        [charts::latency(&self.rows), charts::bytes(&self.rows)]
    }
}

impl Row {
    fn notes<'s>(&self, sentences: impl IntoIterator<Item = &'s String>) -> Vec<Note> {
        let note = |sentence: &String| Note { rows: self.label.clone(), sentence: sentence.clone() };
        sentences.into_iter().map(note).collect()
    }
}

/// The record's trials by row, in the order in which the rows are shown.
fn group(record: &Record) -> Result<Vec<Group<'_>>, Undecodable> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in &record.trials {
        let trial = aspects::normalised(&line.trial);
        let result = match &line.outcome {
            Outcome::Error(failure) => Err(failure.reason.clone()),
            Outcome::Measured(measured) if !measured.load.accounting.closes() => {
                Err("its accounting does not close".into()) // no number of it can be believed
            }
            Outcome::Measured(measured) => {
                let (order, block, transport) = (line.order, line.block, line.trial.transport);
                Ok(Figures::of(&line.trial, measured).map_err(|source| Undecodable {
                    order,
                    block,
                    transport,
                    source,
                })?)
            }
        };
        let member = Member { line, result };
        match groups.iter_mut().find(|group| group.trial == trial) {
            Some(group) => group.members.push(member),
            None => groups.push(Group { trial, members: vec![member] }),
        }
    }
    groups.sort_by_key(|group| aspects::place(&group.trial));
    Ok(groups)
}

fn row(group: &Group<'_>, label: &str, doubts: &[Doubt]) -> Row {
    let figures: Vec<&Figures> = group.members.iter().filter_map(|member| member.result.as_ref().ok()).collect();
    let transport = group.trial.transport;
    let mut cells = (!figures.is_empty()).then(|| figures::cells(&figures, transport.asks_each_time()));
    let carried: Vec<&Doubt> = group.members.iter().flat_map(Member::doubts).collect();
    let accounting = doubts::mark(cells.as_mut(), &carried, doubts);
    Row {
        label: label.into(),
        transport: transport.name(),
        floor: aspects::is_floor(transport),
        measured: figures.len(),
        tried: group.members.len(),
        cells,
        failures: failures(&group.members),
        account: (!figures.is_empty()).then(|| account::account(&figures)),
        doubts: accounting,
        curve: figures::curve(&figures),
        split: figures::split(&figures),
    }
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

/// All trials in the order in which they were made.
fn trial_rows(groups: &[Group<'_>], labels: &[String], doubts: &[Doubt]) -> Vec<TrialRow> {
    let mut rows = Vec::new();
    for (group, label) in groups.iter().zip(labels) {
        for member in &group.members {
            let carried: Vec<usize> =
                (1..).zip(doubts).filter(|(_, d)| member.doubts().contains(d)).map(|(n, _)| n).collect();
            rows.push(TrialRow {
                block: member.line.block,
                order: member.line.order,
                label: label.clone(),
                transport: group.trial.transport.name(),
                took: time(nanos(member.line.took_ns)),
                cells: member
                    .result
                    .as_ref()
                    .ok()
                    .map(|f| figures::cells(&[f], group.trial.transport.asks_each_time())),
                error: member.result.as_ref().err().cloned(),
                last_words: match &member.line.outcome {
                    Outcome::Error(failure) => failure.last_words.clone(),
                    Outcome::Measured(_) => String::new(),
                },
                doubts: carried,
            });
        }
    }
    rows.sort_by_key(|row| row.order);
    rows
}

fn nanos(ns: Nanos) -> f64 {
    ns as f64
}

fn centre_of(groups: &[Group<'_>]) -> String {
    let counts: Vec<usize> =
        groups.iter().map(|group| group.members.iter().filter(|m| m.result.is_ok()).count()).collect();
    match counts.iter().max() {
        None | Some(0) => String::new(),
        Some(1) => "Each figure is one trial's.".into(),
        Some(n) if counts.iter().all(|count| count == n) => {
            format!("Each figure is the median of {n} trials' figures.")
        }
        Some(_) => "Each figure is the median of its trials' figures.".into(),
    }
}

/// How many blocks were begun.
fn blocks(record: &Record) -> u64 {
    let mut blocks: Vec<u32> = record.trials.iter().map(|line| line.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    blocks.len() as u64
}

fn status(record: &Record) -> Option<String> {
    let made = format!("{} of {}", record.trials.len(), counted(record.header.trials.into(), "trial"));
    match record.end {
        Some(End { reason: EndReason::Finished, .. }) => None,
        Some(End { reason: EndReason::Interrupted, .. }) => Some(format!("interrupted: {made}")),
        None => Some(format!("unfinished: {made}")),
    }
}
