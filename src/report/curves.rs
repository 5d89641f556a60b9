//! The charts of a sweep, before they are drawn: each figure over the swept parameter, a line a transport.

use super::cells::Estimate;
use super::figures::Figures;
use super::group::Group;
use super::measures::{Measure, Missing, PREDICTED, ordered, shown, trifle};
use super::metric::Metric;
use super::name::{Name, together};
use super::predicted;
use super::sweep::{Column, Quantity, Sweep};
use crate::kind::Transport;
use crate::trial::Trial;

/// Values of the second axis that get a panel each.
const FACETS: usize = 4;
/// What must lie between two values so that there is anything to see.
const CONTRAST: f64 = 1.1;

/// Every chart of a sweep, the one that answers its question first.
#[derive(Clone, Debug)]
pub(super) struct Curves {
    /// How all of them are read.
    pub(super) caption: String,
    pub(super) axis: Axis,
    pub(super) charts: Vec<Chart>,
    /// What was not drawn, and why.
    pub(super) missing: Vec<String>,
}

/// The swept parameter: its points from left to right.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) title: String,
    /// Where each point stands, from 0 to 1, and what it is called.
    pub(super) points: Vec<(f64, String)>,
    /// How many clients there were at each point, where that changes along with it.
    pub(super) clients: Option<Vec<String>>,
    /// Whether something lies between two points: a line may join them.
    pub(super) joined: bool,
}

impl Axis {
    /// The axis as far as these panels have figures, from 0 to 1: what is missing at an end is told in words, and would
    /// only be blank.
    pub(super) fn reached(&self, panels: &[Panel]) -> Axis {
        let points =
            panels.iter().flat_map(|panel| &panel.lines).filter(|line| !line.level).flat_map(|line| &line.points);
        let places =
            points.filter(|point| point.estimate.is_some()).filter_map(|point| Some(self.points.get(point.at)?.0));
        let (from, to) = places.fold((1.0, 0.0), |(from, to): (f64, f64), place| (from.min(place), to.max(place)));
        let mut axis = self.clone();
        if self.joined && from < to {
            axis.points.iter_mut().for_each(|point| point.0 = (point.0 - from) / (to - from));
        }
        axis
    }

    /// The points that are on it.
    pub(super) fn shown(&self) -> Vec<usize> {
        let on = |&point: &usize| !self.joined || (-1e-9..=1.0 + 1e-9).contains(&self.points[point].0);
        (0..self.points.len()).filter(on).collect()
    }
}

/// One question, and a panel or a few.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) legend: &'static str,
    pub(super) panels: Vec<Panel>,
    /// Why points are missing.
    pub(super) gaps: Vec<String>,
}

/// One figure at one point of the second axis, if there is one.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    pub(super) heading: String,
    pub(super) metric: Metric,
    pub(super) show: fn(f64) -> String,
    pub(super) lines: Vec<Line>,
    scale: u8,
    /// Every value that its vertical axis has to hold, those of its neighbours among them.
    pub(super) values: Vec<f64>,
}

impl Panel {
    /// Whether any transport has two points, and, where there are several, a rival: alone it would look like the only one
    /// with such a cost.
    fn has_curve(&self) -> bool {
        let known = |line: &Line| line.points.iter().filter(|point| point.estimate.is_some()).count();
        let rivals = self.lines.iter().filter(|line| known(line) > 0).count();
        self.lines.iter().any(|line| known(line) > 1) && (rivals > 1 || self.lines.len() == 1)
    }

    /// Whether there is anything to see: a line of two points at least, of which one changes, or, where `apart` is
    /// enough, which differ from each other.
    fn has_contrast(&self, apart: bool) -> bool {
        let centres = |line: &Line| line.points.iter().filter_map(Point::centre).collect::<Vec<f64>>();
        let differ = |values: &[f64]| {
            let most = values.iter().copied().fold(0.0, f64::max);
            most > values.iter().copied().fold(f64::INFINITY, f64::min) * CONTRAST && most > trifle(self.metric)
        };
        let lines: Vec<Vec<f64>> = self.lines.iter().map(centres).collect();
        let curves = || lines.iter().filter(|line| line.len() > 1);
        curves().any(|line| differ(line)) || apart && curves().count() > 0 && differ(&lines.concat())
    }
}

/// A transport's figures.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) transport: &'static str,
    pub(super) floor: bool,
    /// The axis means nothing to it: one value, wherever.
    pub(super) level: bool,
    pub(super) points: Vec<Point>,
    /// What theory says between the first point and the last: where on the axis, in points and parts of the way to the
    /// next, and the figure.
    pub(super) predicted: Vec<(f64, f64)>,
}

/// What was measured at a point of the axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    /// The place of the point on the axis.
    pub(super) at: usize,
    /// `None`: not to be printed.
    pub(super) estimate: Option<Estimate>,
}

impl Point {
    pub(super) fn centre(&self) -> Option<f64> {
        Some(self.estimate.as_ref()?.centre)
    }
}

/// The groups that a panel shows, by their places.
struct View<'s> {
    sweep: &'s Sweep,
    groups: &'s [Group<'s>],
    /// What makes the axis: one column with a number, or all that have none.
    columns: &'s [Column],
    cells: Vec<String>,
    /// Whether the axis is logarithmic.
    log: bool,
}

impl View<'_> {
    /// Where on the axis a row stands; `None`: the axis means nothing to its transport.
    fn at(&self, trial: &Trial) -> Option<usize> {
        let cell = cell(self.columns, trial)?;
        self.cells.iter().position(|known| *known == cell)
    }
}

/// What stands at the axis for a trial.
fn cell(columns: &[Column], trial: &Trial) -> Option<String> {
    let cells: Vec<String> = columns.iter().filter_map(|column| column.cell(trial)).collect();
    (!cells.is_empty()).then(|| cells.join(" · "))
}

/// The charts over what was swept; `None` when nothing was.
pub(super) fn of(groups: &[Group<'_>], sweep: &Sweep, names: &[Name]) -> Option<Curves> {
    let trials: Vec<Trial> = groups.iter().map(|group| group.trial.clone()).collect();
    let first = sweep.axes.first()?;
    let words = first.quantity().is_none();
    let (columns, others) = if words { (&sweep.axes[..], &[][..]) } else { sweep.axes.split_at(1) };
    let (axis, log) = axis(sweep, columns, &trials);
    let cells = axis.points.iter().map(|(_, cell)| cell.clone()).collect();
    let view = View { sweep, groups, columns, cells, log };
    let (facets, fixed) = facets(others, &trials);
    let mut missing = Missing::default();
    let mut charts = Vec::new();
    for (id, title, legend) in ordered(first.quantity()) {
        let mut chart = Chart { id, title, legend, panels: Vec::new(), gaps: Vec::new() };
        for measure in shown(id) {
            let mut gaps = Gaps::default();
            let panels = panels(&view, measure, &facets, &fixed, &mut gaps);
            if !panels.iter().any(Panel::has_curve) {
                for reason in gaps.reasons() {
                    match charts.is_empty() {
                        // the answer that one came for: its absence stands in its place
                        true => chart.gaps.push(format!("No {}: {reason}.", measure.metric.name())),
                        false => missing.add(measure.metric.name(), reason),
                    }
                }
            } else if panels.iter().any(|panel| panel.has_contrast(measure.chart == "latency")) {
                chart.panels.extend(panels);
                chart.gaps.extend(gaps.sentences(measure.metric.name(), names));
            } else {
                missing.add(measure.metric.name(), "nothing changes along the axis by more than 10 %");
            }
        }
        if chart.panels.iter().flat_map(|panel| &panel.lines).any(|line| !line.predicted.is_empty()) {
            chart.legend = PREDICTED;
        }
        if !chart.panels.is_empty() || !chart.gaps.is_empty() {
            share_scales(&mut chart.panels);
            charts.push(chart);
        }
    }
    let only = fixed.iter().map(|(column, value)| only(column, value));
    let missing = only.chain(missing.sentences()).collect();
    Some(Curves { caption: caption(&view, &trials), axis, charts, missing })
}

/// The axis, and whether it is logarithmic.
fn axis(sweep: &Sweep, columns: &[Column], trials: &[Trial]) -> (Axis, bool) {
    let mut found: Vec<(f64, String)> = Vec::new();
    for trial in trials {
        if let Some(cell) = cell(columns, trial).filter(|cell| !found.iter().any(|(_, known)| known == cell)) {
            found.push((columns[0].number(trial).unwrap_or(found.len() as f64), cell));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let joined = columns[0].quantity().is_some();
    let (least, most) = (found.first().map_or(0.0, |p| p.0), found.last().map_or(0.0, |p| p.0));
    let log = joined && least > 0.0 && most / least > 10.0;
    let place =
        |x: f64| if log { (x / least).ln() / (most / least).ln() } else { (x - least) / (most - least).max(1e-9) };
    let mut title = columns.iter().map(Column::axis).collect::<Vec<_>>().join(" · ");
    let clients = sweep.clients(trials).filter(|_| joined);
    title += if log { " (log scale)" } else { "" };
    title += if clients.is_some() { ", below it clients" } else { "" };
    let points = found.iter().map(|(x, cell)| (place(*x), cell.clone())).collect();
    (Axis { title, clients, points, joined }, log)
}

/// Columns that are held at one of their values.
type Fixed<'s> = Vec<(&'s Column, String)>;

/// The values of the second axis that get a panel each, and what is held fixed because there is no room for it.
fn facets<'s>(others: &'s [Column], trials: &[Trial]) -> (Vec<Fixed<'s>>, Fixed<'s>) {
    let (mut facets, mut fixed) = (vec![Vec::new()], Vec::new());
    for (place, column) in others.iter().enumerate() {
        let values = column.values(trials);
        if place == 0 && values.len() <= FACETS {
            facets = values.into_iter().map(|value| vec![(column, value)]).collect();
        } else if let Some(value) = values.into_iter().next() {
            fixed.push((column, value));
        }
    }
    (facets, fixed)
}

fn only(column: &Column, value: &str) -> String {
    format!("The charts show {} = {value} only; the tables have all of it.", column.title())
}

/// One panel a facet; reasons for what is missing go to `gaps`.
fn panels(view: &View<'_>, measure: &Measure, facets: &[Fixed<'_>], fixed: &Fixed<'_>, gaps: &mut Gaps) -> Vec<Panel> {
    let shown = |facet: &Fixed<'_>, trial: &Trial| {
        facet.iter().chain(fixed).all(|(column, value)| column.cell(trial).is_none_or(|cell| cell == *value))
    };
    let mut panels: Vec<Panel> = Vec::new();
    for facet in facets {
        let mut lines: Vec<Line> = Vec::new();
        for (place, group) in view.groups.iter().enumerate().filter(|(_, group)| shown(facet, &group.trial)) {
            let transport = group.trial.transport;
            if measure.asking && !transport.asks_each_time() {
                continue;
            }
            let found = point(group, measure, view.at(&group.trial).unwrap_or(0));
            let point = found.unwrap_or_else(|(point, reason)| {
                gaps.add(&reason, place);
                point
            });
            match lines.iter_mut().find(|line| line.transport == transport.name()) {
                Some(line) => line.points.push(point),
                None => lines.push(line(transport, view.at(&group.trial).is_none(), point)),
            }
        }
        lines.iter_mut().for_each(|line| line.points.sort_by_key(|point| point.at));
        for line in &mut lines {
            line.predicted = predicted(view, measure.metric, line, |trial| shown(facet, trial));
        }
        let told: Vec<String> = facet.iter().map(|(column, value)| format!("{} {value}", column.title())).collect();
        let heading = [vec![measure.heading.to_owned()], told].concat().join(" · ");
        let all = lines.iter().flat_map(|line| &line.points);
        let estimates = all.filter_map(|point| point.estimate.as_ref());
        let measured = estimates.flat_map(|estimate| estimate.trials.iter().map(|trial| trial.1));
        let values = measured.chain(lines.iter().flat_map(|line| line.predicted.iter().map(|point| point.1))).collect();
        panels.push(Panel { heading, metric: measure.metric, show: measure.show, lines, scale: measure.scale, values });
    }
    panels
}

/// What theory says of a line's figures over the round trip, where the plan alone says it.
fn predicted(view: &View<'_>, metric: Metric, line: &Line, shown: impl Fn(&Trial) -> bool) -> Vec<(f64, f64)> {
    let [column] = view.columns else { return Vec::new() };
    if column.quantity() != Some(Quantity::Rtt) {
        return Vec::new();
    }
    let row = |point: &Point| {
        let here = |group: &&Group<'_>| {
            group.trial.transport.name() == line.transport
                && shown(&group.trial)
                && view.at(&group.trial) == Some(point.at)
        };
        // as it was made, with the seed of its feed
        view.groups.iter().find(here)?.members.first().map(|member| &member.line.trial)
    };
    let known: Vec<(usize, &Trial)> = line.points.iter().filter_map(|point| Some((point.at, row(point)?))).collect();
    predicted::along(&known, metric, view.log)
}

/// Panels that can be held against each other get the values of all of them to hold.
fn share_scales(panels: &mut [Panel]) {
    let all: Vec<(u8, Vec<f64>)> = panels.iter().map(|panel| (panel.scale, panel.values.clone())).collect();
    for panel in panels {
        let alike = all.iter().filter(|(scale, _)| *scale == panel.scale);
        panel.values = alike.flat_map(|(_, values)| values.clone()).collect();
    }
}

/// Why points are missing, each reason once, with the rows it holds for.
#[derive(Default)]
struct Gaps(Vec<(String, Vec<usize>)>);

impl Gaps {
    fn add(&mut self, reason: &str, place: usize) {
        // `p99 needs 1000 deliveries, there are 40 (1 of 2 trials)`: how many there are differs from point to point
        let ends = [", there are ", ", this has ", " ("];
        let end = ends.iter().filter_map(|end| reason.find(end)).min().unwrap_or(reason.len());
        let head = reason[..end].to_owned();
        match self.0.iter_mut().find(|(known, _)| *known == head) {
            Some((_, places)) if places.contains(&place) => {}
            Some((_, places)) => places.push(place),
            None => self.0.push((head, vec![place])),
        }
    }

    fn reasons(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(reason, _)| reason)
    }

    fn sentences(&self, what: &str, names: &[Name]) -> impl Iterator<Item = String> {
        self.0.iter().map(move |(reason, places)| format!("Without {what}: {}; {reason}.", together(places, names)))
    }
}

/// How the charts are read, and what else changes along them.
fn caption(view: &View<'_>, trials: &[Trial]) -> String {
    let measured = |group: &Group<'_>| group.members.iter().filter(|member| member.result.is_ok()).count();
    let repeated = view.groups.iter().any(|group| measured(group) > 1);
    let mut parts = vec![if repeated {
        "A marker is the median of a point's trials, the faint dots; a thin line through it is its 95 % interval, from \
         three trials on and where the panel has room for it."
            .to_owned()
    } else {
        "A marker is one trial: another one would lie elsewhere, and by how much is not known.".to_owned()
    }];
    let mut level: Vec<&str> =
        trials.iter().filter(|trial| view.at(trial).is_none()).map(|trial| trial.transport.name()).collect();
    level.dedup();
    if !level.is_empty() {
        parts.push(format!("A level line stands for a transport that has no such setting: {}.", level.join(", ")));
    }
    parts.extend(view.sweep.in_step(trials));
    if trials.iter().any(|trial| super::aspects::is_floor(trial.transport)) {
        parts.push("raw-tcp is the floor, not a candidate.".into());
    }
    parts.join(" ")
}

fn line(transport: Transport, level: bool, point: Point) -> Line {
    Line {
        transport: transport.name(),
        floor: super::aspects::is_floor(transport),
        level,
        points: vec![point],
        predicted: Vec::new(),
    }
}

/// A row's figure, or a point without one and the reason.
fn point(group: &Group<'_>, measure: &Measure, at: usize) -> Result<Point, (Point, String)> {
    let figures: Vec<&Figures> = group.members.iter().filter_map(|member| member.result.as_ref().ok()).collect();
    let none = Point { at, estimate: None };
    match Estimate::of(measure.metric, &figures) {
        Ok(estimate) if estimate.bounds > 0 => {
            Err((none, "the server used less than 50 ms of CPU time, which is too little to divide".into()))
        }
        Ok(estimate) => Ok(Point { at, estimate: Some(estimate) }),
        Err(reason) => Err((none, reason)),
    }
}
