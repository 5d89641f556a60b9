//! Thresholds held against a record's rows: met or missed, with what was measured.

use super::aspects;
use super::cells::{Cell, Cells};
use super::number::counted;
use super::sweep::Sweep;
use crate::record::Header;
use crate::threshold::{Relation, Threshold};
use crate::trial::Trial;
use schemars::JsonSchema;
use serde::Serialize;

/// Points that were missed are named up to here, and counted beyond.
const NAMED: usize = 4;

/// A row, as far as a threshold looks at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'r> {
    pub(super) trial: &'r Trial,
    pub(super) label: &'r str,
    pub(super) cells: Option<&'r Cells>,
    /// Measured trials and all that were tried.
    pub(super) measured: usize,
    pub(super) tried: usize,
    pub(super) failures: &'r [String],
}

/// A threshold, and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Checked {
    /// As it was written.
    pub(super) threshold: String,
    /// The metric's key; `None`: this version does not know what the record asks for.
    pub(super) metric: Option<&'static str>,
    /// What the figure is held to, in the metric's unit.
    pub(super) limit: Option<f64>,
    /// Whether every point keeps to it.
    pub(super) met: bool,
    /// What was measured, in a sentence.
    pub(super) sentence: String,
    pub(super) points: Vec<Point>,
}

/// A row that a threshold is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Point {
    pub(super) row: String,
    pub(super) met: bool,
    /// Whether any trial of it was made: a run that was stopped may not have come to it.
    pub(super) made: bool,
    /// Whether any trial of it failed.
    pub(super) failed: bool,
    /// In the metric's unit; `None` where there is no number.
    pub(super) measured: Option<f64>,
    /// Where it lies with 95 % confidence.
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    /// As it is printed, with its interval.
    pub(super) text: String,
    /// Why there is no number, or why it does not count.
    pub(super) why: Option<String>,
    /// The doubts about it, by number.
    pub(super) doubts: Vec<usize>,
}

impl Checked {
    /// Its sign.
    pub(super) fn sign(&self) -> char {
        if self.met { '✓' } else { '✗' }
    }

    /// Whether it was missed only because the run did not come to what it is about.
    pub(super) fn is_skipped(&self) -> bool {
        !self.met && !self.points.is_empty() && self.points.iter().all(|point| point.met || !point.made)
    }

    /// The doubts about what it was held against.
    pub(super) fn doubts(&self) -> Vec<usize> {
        let mut doubts: Vec<usize> = self.points.iter().flat_map(|point| point.doubts.iter().copied()).collect();
        doubts.sort_unstable();
        doubts.dedup();
        doubts
    }
}

/// How many were missed: `2 of 3 missed`.
pub(super) fn summary(checked: &[Checked]) -> String {
    let (all, missed) = (checked.len(), missed(checked));
    if missed == 0 { format!("all {all} kept") } else { format!("{missed} of {all} missed") }
}

/// The same as a sentence of its own; `None`: none was missed.
pub(super) fn verdict(checked: &[Checked]) -> Option<String> {
    let missed = missed(checked);
    (missed > 0).then(|| format!("{missed} of {} missed", counted(checked.len() as u64, "threshold")))
}

fn missed(checked: &[Checked]) -> usize {
    checked.iter().filter(|checked| !checked.met).count()
}

/// What the record itself says that its figures are held to.
pub(super) fn recorded(header: &Header, rows: &[Subject<'_>]) -> Vec<Checked> {
    let check = |text: &String| match text.parse::<Threshold>() {
        Ok(threshold) => check(header, rows, &threshold),
        Err(_) => unknown(text),
    };
    header.thresholds.iter().map(check).collect()
}

/// What a later version wrote.
fn unknown(text: &str) -> Checked {
    let sentence = "this version of pushbench cannot read it".to_owned();
    Checked { threshold: text.to_owned(), metric: None, limit: None, met: false, sentence, points: Vec::new() }
}

/// Holds `threshold` against the rows that it is about, and against what was planned and not made.
pub(super) fn check(header: &Header, rows: &[Subject<'_>], threshold: &Threshold) -> Checked {
    let about = rows.iter().filter(|row| threshold.is_about(row.trial));
    let mut points: Vec<Point> = about.map(|row| point(row, threshold)).collect();
    let unmade = unmade(header, rows).into_iter().filter(|(trial, _)| threshold.is_about(trial));
    points.extend(unmade.map(|(_, label)| not_made(label)));
    Checked {
        threshold: threshold.to_string(),
        metric: Some(threshold.metric.key()),
        limit: Some(threshold.limit),
        met: !points.is_empty() && points.iter().all(|point| point.met),
        sentence: sentence(threshold, &points),
        points,
    }
}

fn point(row: &Subject<'_>, threshold: &Threshold) -> Point {
    let cell = row.cells.map(|cells| cells.get(threshold.metric));
    let estimate = cell.and_then(|cell| cell.estimate.as_ref());
    let measured = estimate.map(|estimate| estimate.centre);
    let interval = estimate.and_then(|estimate| estimate.interval);
    // what is below a bound in every trial is below a limit that is that bound
    let below = estimate.is_some_and(|estimate| estimate.bounds == estimate.trials.len());
    let relation = if below && threshold.relation == Relation::Less { Relation::AtMost } else { threshold.relation };
    let kept = measured.is_some_and(|value| relation.holds(value, threshold.limit));
    // that it is less than something does not tell that it is more than something else
    let vague = kept && !threshold.relation.is_upper() && estimate.is_some_and(|estimate| estimate.bounds > 0);
    let failed = row.measured < row.tried;
    let why = match cell {
        _ if failed => Some(row.failures.join("; ")),
        Some(Cell { why: Some(why), .. }) => Some(why.clone()),
        _ => None,
    };
    let shown = cell.map_or("—", |cell| cell.text.as_str());
    let [low, high] = [interval.map(|interval| interval.low), interval.map(|interval| interval.high)];
    let between = interval.map(|interval| {
        let [low, high] = [interval.low, interval.high].map(|end| threshold.metric.show(end));
        format!(" (95 %: {low} to {high})")
    });
    Point {
        row: row.label.to_owned(),
        met: kept && !vague && !failed,
        made: true,
        failed,
        measured,
        low,
        high,
        text: format!("{shown}{}", between.unwrap_or_default()),
        why,
        doubts: cell.map(|cell| cell.doubts.clone()).unwrap_or_default(),
    }
}

/// What was planned and of which no trial was made: as rows would be called.
fn unmade(header: &Header, rows: &[Subject<'_>]) -> Vec<(Trial, String)> {
    let mut kinds: Vec<Trial> = Vec::new();
    for trial in &header.resolved {
        let trial = aspects::normalised(trial);
        if !kinds.contains(&trial) {
            kinds.push(trial);
        }
    }
    let names = Sweep::of(&kinds).names(&kinds).into_iter().map(|name| name.label);
    let made = |trial: &Trial| rows.iter().any(|row| *row.trial == *trial);
    let all = kinds.iter().cloned().zip(names).collect::<Vec<_>>();
    all.into_iter().filter(|(trial, _)| !made(trial)).collect()
}

fn not_made(row: String) -> Point {
    let why = Some("no trial of it was finished".into());
    let (text, doubts) = ("—".into(), Vec::new());
    let (measured, low, high) = (None, None, None);
    Point { row, met: false, made: false, failed: false, measured, low, high, text, why, doubts }
}

fn sentence(threshold: &Threshold, points: &[Point]) -> String {
    let told = |point: &Point| match &point.why {
        Some(why) if point.measured.is_none() => format!("no figure: {why}"),
        Some(why) if point.failed => format!("{}, but {why}", point.text),
        Some(why) => format!("{} ({why})", point.text),
        None => point.text.clone(),
    };
    let missed: Vec<&Point> = points.iter().filter(|point| !point.met).collect();
    match (points, &missed[..]) {
        ([], _) => "no trial of it was finished".into(),
        ([only], _) => told(only),
        (_, []) => {
            let all = points.len();
            let closest = closest(threshold, points);
            let closest = closest.map(|point| format!("; closest: {}, {}", point.row, told(point)));
            format!("kept at all {all} points{}", closest.unwrap_or_default())
        }
        (_, missed) => {
            let mut named: Vec<String> =
                missed.iter().take(NAMED).map(|point| format!("{}, {}", point.row, told(point))).collect();
            if missed.len() > NAMED {
                named.push(format!("and {} more", missed.len() - NAMED));
            }
            format!("missed at {} of {} points: {}", missed.len(), points.len(), named.join("; "))
        }
    }
}

/// The point that is the closest to missing it.
fn closest<'p>(threshold: &Threshold, points: &'p [Point]) -> Option<&'p Point> {
    let sign = if threshold.relation.is_upper() { 1.0 } else { -1.0 };
    let measured = |point: &Point| sign * point.measured.unwrap_or(f64::INFINITY);
    points.iter().max_by(|a, b| measured(a).total_cmp(&measured(b)))
}
