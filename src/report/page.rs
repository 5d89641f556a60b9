//! The page model: every figure as it will be read, with its unit, its doubts and, where there is none, the reason.

use super::account::Account;
use super::across;
use super::aspects;
use super::curves::{self, Curves};
use super::doubts::{self, DoubtLine};
use super::environment;
use super::extent::{centre_of, ended, extent, status};
use super::follow;
use super::group::{self, Group, Undecodable};
use super::instrument::Instrument;
use super::metric::Metric;
use super::name::{Name, together};
use super::number::counted;
use super::row::{Note, Row, row, unplaced};
use super::seconds;
use super::sweep::{Column, Sweep};
use super::thresholds::{self, Checked, Subject};
use super::trials::{TrialRow, trial_rows};
use super::words::{Candidate, Words};
use crate::gap::Gap;
use crate::record::{Header, Record};
use crate::threshold::Threshold;
use crate::trial::Trial;
use serde::Serialize;

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

/// The rows, as far as a threshold looks at them.
fn subjects(rows: &[Row]) -> Vec<Subject<'_>> {
    let subject = |row| {
        let Row { trial, label, cells, measured, tried, failures, .. }: &Row = row;
        Subject { trial, label, cells: cells.as_ref(), measured: *measured, tried: *tried, failures }
    };
    rows.iter().map(subject).collect()
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
