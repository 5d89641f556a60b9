//! The page model: every figure as it will be read, with its unit, its doubts and, where there is none, the reason.

use super::account::{self, Account};
use super::across;
use super::aspects::{self, Name, together};
use super::cells::Cells;
use super::curves::{self, Curves};
use super::doubts::{self, DoubtLine};
use super::environment;
use super::expected::Expected;
use super::figures::{self, Figures};
use super::follow::{self, Lane};
use super::group::{self, Group, Member, Undecodable};
use super::heads::Heads;
use super::instrument::Instrument;
use super::layers::{Part, RowSums, Stack};
use super::metric::Metric;
use super::number::{self, counted, time};
use super::seconds::{self, Seconds};
use super::spread::Spread;
use super::sweep::{Column, Sweep};
use super::thresholds::{self, Checked, Subject};
use super::words::{Candidate, Words};
use crate::clock::Nanos;
use crate::gap::Gap;
use crate::histogram::Histogram;
use crate::human::in_percent;
use crate::record::{End, EndReason, Header, Outcome, Record};
use crate::stats;
use crate::threshold::Threshold;
use crate::totals::Doubt;
use crate::trial::Trial;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the headline's table shows.
pub(super) const HEADLINE: [Metric; 9] = [
    Metric::P50,
    Metric::P99,
    Metric::Max,
    Metric::Bytes,
    Metric::Overhead,
    Metric::Requests,
    Metric::Empty,
    Metric::Cpu,
    Metric::Idle,
];

/// What the headline's figures are, as far as their names do not say it.
pub(super) const LEGEND: &str = "Latency is received − planned. overhead: bytes beyond the payload, as a share of it. \
                                 empty polls: share of the requests. idle CPU: of one core, the same clients without updates.";

/// Everything that a report says, ready to be laid out.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    pub(super) name: String,
    pub(super) question: String,
    pub(super) began: String,
    /// How many trials stand behind it.
    pub(super) extent: String,
    /// What a figure over several trials is.
    pub(super) centre: String,
    /// That the run did not come to its end.
    pub(super) status: Option<String>,
    /// Whether every block that was begun is whole: of a run that is not as precise as was asked for, too.
    pub(super) ended: bool,
    /// What somebody wanted to remember of it.
    pub(super) note: Option<String>,
    /// When it was gone on with, and what was not as before.
    pub(super) resumed: Vec<String>,
    /// What holds for every row: what was done, and how.
    pub(super) conditions: Vec<String>,
    pub(super) settings: Vec<String>,
    /// What changes in step with what was swept.
    pub(super) in_step: Vec<String>,
    /// The headings of what differs from row to row.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Row>,
    pub(super) doubts: Vec<DoubtLine>,
    pub(super) trials: Vec<TrialRow>,
    /// The run's calibration.
    pub(super) instrument: Instrument,
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) text: String,
    pub(super) command: String,
    /// The verdict, and what stands beside the charts.
    pub(super) words: Words,
    /// What the figures are held to, and whether they keep to it.
    pub(super) thresholds: Vec<Checked>,
    /// The charts of a sweep.
    #[serde(skip)]
    pub(super) curves: Option<Curves>,
    /// What the rows are called.
    #[serde(skip)]
    pub(super) names: Vec<Name>,
    /// What the record says of the run, for whoever reads by program.
    #[serde(skip)]
    pub(super) header: Header,
}

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

/// One trial, for the table of all of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TrialRow {
    /// The place of its row.
    #[serde(skip)]
    pub(super) row: usize,
    pub(super) block: u32,
    pub(super) order: u32,
    pub(super) transport: &'static str,
    pub(super) point: Vec<String>,
    #[serde(skip)]
    pub(super) numbers: Vec<Option<f64>>,
    pub(super) took: String,
    #[serde(skip)]
    pub(super) took_ns: Nanos,
    pub(super) cells: Option<Cells>,
    pub(super) error: Option<String>,
    pub(super) last_words: String,
    /// Every doubt about it.
    pub(super) doubts: Vec<usize>,
    /// How much later than its probes the other clients received.
    #[serde(skip)]
    pub(super) gap: Option<Gap>,
    /// Whether its packets are modelled; `None` where there are none.
    #[serde(skip)]
    pub(super) modelled: Option<bool>,
    /// Empty where it failed or received nothing.
    #[serde(skip)]
    pub(super) latency: Histogram,
    /// The same second by second; `None` where it failed.
    #[serde(skip)]
    pub(super) seconds: Option<Seconds>,
}

/// A sentence about rows of a table.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub(super) struct Note {
    pub(super) rows: String,
    pub(super) sentence: String,
}

impl Page {
    /// Computes every figure of `record`.
    ///
    /// # Errors
    /// [`Undecodable`] when a histogram of a trial cannot be read.
    pub fn from_record(record: &Record) -> Result<Page, Undecodable> {
        let mut groups = group::all(record)?;
        groups.iter_mut().for_each(across::doubt);
        let trials = |groups: &[Group<'_>]| groups.iter().map(|group| group.trial.clone()).collect::<Vec<Trial>>();
        let sweep = Sweep::of(&trials(&groups));
        groups.sort_by(|a, b| a.trial.transport.cmp(&b.trial.transport).then(sweep.order(&a.trial, &b.trial)));
        let kinds = trials(&groups);
        let names = sweep.names(&kinds);
        let doubts = doubts::collect(&groups);
        let header = &record.header;
        let (mut conditions, mut settings) = aspects::shared(&kinds);
        if let Some(settling) = &record.settling {
            // what was found is told with what was done: it is a finding
            let found =
                settings.iter().position(|setting| setting.starts_with("warm-up ")).map(|at| settings.remove(at));
            let by = counted(settling.pilots.len() as u64, "pilot trial");
            conditions.extend(found.map(|warmup| format!("{warmup} (found by {by})")));
        }
        conditions.splice(0..0, sweep.constants(&kinds));
        let measured = groups.iter().flat_map(|g| &g.members).filter(|m| m.result.is_ok()).count();
        let mut rows: Vec<Row> =
            groups.iter().zip(&names).map(|(group, name)| row(group, name, &sweep, &doubts)).collect();
        for place in 0..rows.len() {
            rows[place].begins =
                !sweep.axes.is_empty() && (place == 0 || rows[place - 1].transport != rows[place].transport);
        }
        let candidates: Vec<Candidate<'_>> = kinds
            .iter()
            .zip(&names)
            .zip(&rows)
            .map(|((trial, name), row)| Candidate {
                trial,
                name,
                cells: row.cells.as_ref(),
                layers: row.layers.as_ref(),
                heads: row.heads.as_ref(),
                sums: &row.sums,
            })
            .collect();
        let mut words = Words::of(&candidates, &sweep, ended(record));
        words.add("timeline", "timeline", followed(&rows));
        let thresholds = thresholds::recorded(header, &subjects(&rows));
        Ok(Page {
            name: header.scenario.name.clone(),
            question: header.scenario.question.clone(),
            began: environment::began(header),
            extent: extent(record, measured as u64),
            centre: centre_of(&groups),
            status: status(record),
            ended: ended(record),
            note: header.note.clone(),
            resumed: record.resumed.iter().map(|resumed| environment::resumed(resumed, header)).collect(),
            conditions,
            settings,
            in_step: sweep.in_step(&kinds),
            columns: sweep.columns().map(Column::title).collect(),
            rows,
            doubts: (1..).zip(&doubts).map(|(number, doubt)| doubts::line(number, doubt, &groups, &names)).collect(),
            instrument: Instrument::of(record, &gaps(&groups, &names)),
            environment: environment::lines(header),
            text: header.scenario.text.clone(),
            command: environment::command(header),
            words,
            thresholds,
            curves: curves::of(&groups, &sweep, &names),
            names,
            header: header.clone(),
            // last, for it takes the histograms that all others looked at
            trials: trial_rows(groups, &sweep, &doubts, seconds::all(record)),
        })
    }

    /// Holds the figures to `others`, too.
    ///
    /// # Errors
    /// The first one that is about nothing in this record, in a sentence.
    pub fn hold_to(&mut self, others: &[Threshold]) -> Result<(), String> {
        for threshold in others {
            let known = self.rows.iter().map(|row| &row.trial).chain(&self.header.resolved);
            if let Some(reason) = threshold.about_none(known) {
                return Err(reason);
            }
            let checked = thresholds::check(&self.header, &subjects(&self.rows), threshold);
            if !self.thresholds.iter().any(|known| known.threshold == checked.threshold) {
                self.thresholds.push(checked);
            }
        }
        Ok(())
    }

    /// The scenario's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many thresholds were missed, in words; `None`: none was.
    #[must_use]
    pub fn missed(&self) -> Option<String> {
        thresholds::verdict(&self.thresholds)
    }

    /// Why cells are no plain numbers, in the order of the rows; each reason once.
    pub(super) fn notes(&self, metrics: &[Metric]) -> Vec<Note> {
        let mut reasons: Vec<(&str, Vec<usize>)> = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            let cells = row.cells.iter().flat_map(|cells| metrics.iter().map(|&metric| cells.get(metric)));
            for why in cells.filter_map(|cell| cell.why.as_deref()) {
                match reasons.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, places)) if places.contains(&place) => {}
                    Some((_, places)) => places.push(place),
                    None => reasons.push((why, vec![place])),
                }
            }
        }
        let note =
            |(why, places): (&str, Vec<usize>)| Note { rows: together(&places, &self.names), sentence: why.into() };
        reasons.into_iter().map(note).collect()
    }

    /// Why rows have no number at all.
    pub(super) fn errors(&self) -> Vec<Note> {
        self.rows.iter().filter(|row| row.cells.is_none()).flat_map(|row| row.notes(&row.failures)).collect()
    }

    /// What failed or is missing in rows that have numbers, and why some of the headline's are none.
    pub(super) fn headline_notes(&self) -> Vec<Note> {
        let missing = |row: &Row| row.account.as_ref().and_then(Account::missing);
        let measured = self.rows.iter().filter(|row| row.cells.is_some());
        let mut notes: Vec<Note> = measured
            .flat_map(|row| row.notes(row.failures.iter().chain(&missing(row)).chain(&unplaced(row))))
            .collect();
        notes.extend(self.notes(&HEADLINE));
        notes
    }
}

impl Row {
    fn notes<'s>(&self, sentences: impl IntoIterator<Item = &'s String>) -> Vec<Note> {
        let note = |sentence: &String| Note { rows: self.label.clone(), sentence: sentence.clone() };
        sentences.into_iter().map(note).collect()
    }
}

fn row(group: &Group<'_>, name: &Name, sweep: &Sweep, doubts: &[Doubt]) -> Row {
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

/// The rows, as far as a threshold looks at them.
fn subjects(rows: &[Row]) -> Vec<Subject<'_>> {
    let subject = |row| {
        let Row { trial, label, cells, measured, tried, failures, .. }: &Row = row;
        Subject { trial, label, cells: cells.as_ref(), measured: *measured, tried: *tried, failures }
    };
    rows.iter().map(subject).collect()
}

fn naive(trial: &Trial, figures: &[&Figures]) -> Vec<(f64, f64)> {
    if trial.faults.is_empty() { Vec::new() } else { figures::curve(figures, |trial| &trial.twin) }
}

/// How much later than their probes each row's other clients received, trial by trial.
fn gaps<'n>(groups: &[Group<'_>], names: &'n [Name]) -> Vec<(Gap, &'n str)> {
    let of_row = |(group, name): (&Group<'_>, &'n Name)| {
        let gaps: Vec<Gap> = group.members.iter().filter_map(|member| member.gap).collect();
        gaps.into_iter().map(|gap| (gap, name.label.as_str()))
    };
    groups.iter().zip(names).flat_map(of_row).collect()
}

/// What the timeline shows.
fn followed(rows: &[Row]) -> Vec<String> {
    let places = follow::shown(rows.iter().map(|row| (row.transport, row.lane.as_ref())));
    let lanes = places.iter().filter(|&&place| !rows[place].floor);
    let lanes = lanes.filter_map(|&place| Some((rows[place].label.as_str(), rows[place].lane.as_ref()?)));
    follow::told(&lanes.collect::<Vec<_>>())
}

/// What no layer is made for is no error, but nobody should overlook it.
fn unplaced(row: &Row) -> Option<String> {
    let octets = row.layers.as_ref().map(|stack| stack.part(Part::Other)).filter(|octets| *octets > 0.0)?;
    Some(format!(
        "{} an update are in no layer (`other`): errors' bodies, or octets that could not be placed",
        number::octets(octets)
    ))
}

/// The numbers behind what stands in the columns of what differs from row to row.
fn numbers(sweep: &Sweep, trial: &Trial) -> Vec<Option<f64>> {
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

/// All trials in the order in which they were made.
fn trial_rows(
    groups: Vec<Group<'_>>,
    sweep: &Sweep,
    doubts: &[Doubt],
    mut seconds: BTreeMap<u32, Seconds>,
) -> Vec<TrialRow> {
    let mut rows = Vec::new();
    for (row, group) in groups.into_iter().enumerate() {
        for member in group.members {
            let carried: Vec<usize> =
                (1..).zip(doubts).filter(|(_, d)| member.doubts.contains(d)).map(|(n, _)| n).collect();
            rows.push(TrialRow {
                row,
                block: member.line.block,
                order: member.line.order,
                transport: group.trial.transport.name(),
                point: sweep.cells(&group.trial),
                numbers: numbers(sweep, &group.trial),
                took: time(nanos(member.line.took_ns)),
                took_ns: member.line.took_ns,
                cells: member.result.as_ref().ok().map(|figures| Cells::of(&[figures])),
                error: member.result.as_ref().err().cloned(),
                last_words: match &member.line.outcome {
                    Outcome::Error(failure) => failure.last_words.clone(),
                    Outcome::Measured(_) => String::new(),
                },
                doubts: carried,
                gap: member.gap,
                modelled: member.result.as_ref().ok().and_then(|trial| trial.used.packets.map(|_| trial.modelled)),
                seconds: member.result.is_ok().then(|| seconds.remove(&member.line.order)).flatten(),
                latency: member.result.map(|figures| figures.latency).unwrap_or_default(),
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
    let (centre, most) = match counts.iter().max() {
        None | Some(0) => return String::new(),
        Some(1) => ("Each figure is one trial's.".into(), 1),
        Some(&n) if counts.iter().all(|count| *count == n) => {
            (format!("Each figure is the median of {n} trials' figures."), n)
        }
        Some(&n) => ("Each figure is the median of its trials' figures.".into(), n),
    };
    if most < stats::TELLING { centre + " Drift and outliers: too few trials to tell." } else { centre }
}

/// How much was measured, and why no more.
fn extent(record: &Record, measured: u64) -> String {
    let extent = format!("{} measured in {}", counted(measured, "trial"), counted(blocks(record), "block"));
    match (record.header.precision, &record.end) {
        (Some(wanted), Some(End { reason: EndReason::Precise, .. })) => {
            format!("{extent}, enough for intervals within ±{} %", in_percent(wanted))
        }
        _ => extent,
    }
}

/// How many blocks were begun.
fn blocks(record: &Record) -> u64 {
    let mut blocks: Vec<u32> = record.trials.iter().map(|line| line.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    blocks.len() as u64
}

/// Whether every block that was begun is whole.
fn ended(record: &Record) -> bool {
    let reason = record.end.as_ref().map(|end| end.reason);
    matches!(reason, Some(EndReason::Finished | EndReason::Precise | EndReason::Imprecise))
}

/// That a run did not come to its end.
pub(super) fn status(record: &Record) -> Option<String> {
    let made = format!("{} of {}", record.trials.len(), counted(record.header.trials.into(), "trial"));
    match record.end {
        Some(End { reason: EndReason::Finished | EndReason::Precise, .. }) => None,
        Some(End { reason: EndReason::Imprecise, .. }) => {
            let wanted = in_percent(record.header.precision.unwrap_or_default());
            Some(format!(
                "not as precise as asked for: not all intervals of p50, bytes and server CPU are within ±{wanted} %"
            ))
        }
        Some(End { reason: EndReason::Interrupted, .. }) => Some(format!("interrupted: {made}")),
        Some(End { reason: EndReason::TimeLimit, .. }) => Some(format!("stopped at its time limit: {made}")),
        None => Some(format!("unfinished: {made}")),
    }
}
