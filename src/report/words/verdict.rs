//! The verdict: the best choice for latency, for bytes and for the server's cost, as far as the record says.

use super::aspect::{ASPECTS, Line, OPTIONAL, QUESTIONED, is_told};
use super::phrase::list;
use super::ranking::Ranking;
use super::scene::{Point, Scene};
use super::{along, distance, headline, movement};
use crate::report::metric::Metric;
use schemars::JsonSchema;
use serde::Serialize;

/// What the record says at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Verdict {
    /// The point of it all, for whoever reads nothing else; empty where there is nobody to compare.
    pub(crate) headline: String,
    /// An aspect each.
    pub(crate) lines: Vec<Line>,
    /// What holds across the aspects, or along what was swept.
    pub(crate) sentences: Vec<String>,
    /// How all of it is to be read.
    pub(crate) basis: String,
}

/// `whole`: the run came to its end.
pub(super) fn of(scene: &Scene<'_>, whole: bool) -> Verdict {
    if scene.points.iter().all(|point| point.rows.iter().all(|row| row.cells.is_none())) {
        return Verdict::default();
    }
    let (headline, (lines, sentences)) = match &scene.points[..] {
        [point] => (headline::of(point), (lines(point), standing(point))),
        _ => (distance::of(scene).unwrap_or_else(|| movement::of(scene)), along::of(scene)),
    };
    Verdict { headline, lines, sentences, basis: basis(scene, whole) }
}

fn lines(point: &Point<'_>) -> Vec<Line> {
    ASPECTS
        .into_iter()
        .filter(|(_, metric)| is_told(*metric, point))
        .map(|(aspect, metric)| line(aspect, metric, point))
        .collect()
}

fn line(aspect: &'static str, metric: Metric, point: &Point<'_>) -> Line {
    match Ranking::of(metric, &point.rows) {
        Some(ranking) => Line { aspect, best: ranking.names(), sentence: ranking.sentence() },
        None => Line { aspect, best: Vec::new(), sentence: format!("no figure: {}.", reason(metric, point)) },
    }
}

/// Why there is no figure.
fn reason(metric: Metric, point: &Point<'_>) -> String {
    let mut cells = point.rows.iter().filter_map(|row| row.cell(metric));
    cells.find_map(|cell| cell.why.clone()).unwrap_or_else(|| "no trial was measured".into())
}

/// By what the questioned transport is not best alone, and who is as good or better.
fn standing(point: &Point<'_>) -> Vec<String> {
    let told = ASPECTS.into_iter().filter(|(_, metric)| !OPTIONAL.contains(metric));
    let rankings: Vec<Ranking<'_, '_>> =
        told.filter_map(|(_, metric)| Ranking::of(metric, &point.rows)).filter(Ranking::has_rivals).collect();
    if rankings.is_empty() {
        return Vec::new();
    }
    let known = || rankings.iter().filter(|ranking| !ranking.is_unknown());
    if known().count() > 0 && known().all(Ranking::is_level) {
        return vec!["Nothing differs beyond noise.".into()];
    }
    let questioned = QUESTIONED.name();
    let has_figure =
        |metric| point.rows.iter().any(|row| row.transport() == QUESTIONED && row.estimate(metric).is_some());
    let mut clauses = Vec::new();
    for ranking in rankings.iter().filter(|ranking| has_figure(ranking.metric)) {
        let names = ranking.names();
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != questioned).collect();
        if others.is_empty() {
            continue;
        }
        let how = match (names.contains(&questioned), ranking.is_unknown()) {
            (true, true) => "not known to be worse",
            (true, false) => "as good",
            (false, _) => "better",
        };
        clauses.push(format!("{} ({} {how})", ranking.metric.name(), list(&others)));
    }
    let present = rankings.iter().any(|ranking| has_figure(ranking.metric));
    match (present, clauses.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => vec![format!("{questioned} is best alone by each of these.")],
        (true, false) => vec![format!("Where {questioned} does not win: {}.", clauses.join(", "))],
    }
}

/// How the ratios came about.
fn basis(scene: &Scene<'_>, whole: bool) -> String {
    const ONE: &str = "a difference counts from 2\u{a0}× on, of bytes, requests and memory from 1.1\u{a0}×";
    let estimates = scene.points.iter().flat_map(|point| &point.rows).filter_map(|row| row.estimate(Metric::Max));
    let trials: Vec<usize> = estimates.map(|estimate| estimate.trials.len()).collect();
    let (least, most) = (trials.iter().min().copied().unwrap_or(0), trials.iter().max().copied().unwrap_or(0));
    let mut told = vec!["Less is better.".to_owned()];
    match (most, scene.is_sweep()) {
        (0 | 1, _) => told.push(format!("From one trial each, {ONE}.")),
        (_, false) => told.push("Ratios are paired by block, with their 95\u{a0}% interval.".into()),
        (_, true) => {
            told.push("Ratios are medians of the blocks' ratios, ranges of them from the least to the most.".into())
        }
    }
    if most > 1 && least == 1 {
        told.push(format!("Where a row is one trial, {ONE}."));
    }
    if scene.is_sweep() {
        told.push("Named together: not told apart.".into());
    }
    if most > 1 {
        told.push("Not corrected for how many comparisons there are.".into());
    }
    if !whole {
        told.push("This is of the trials made so far.".into());
    }
    told.join(" ")
}
