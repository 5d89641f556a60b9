//! The verdict: the best choice for latency, for bytes and for the server's cost, as far as the record says.

use super::along;
use super::aspect::{ASPECTS, Line, OPTIONAL, QUESTIONED, is_told};
use super::phrase::list;
use super::ranking::Ranking;
use super::scene::{Point, Scene};
use crate::report::metric::Metric;
use serde::Serialize;

/// What the record says at once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Verdict {
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
    let (lines, sentences) = match &scene.points[..] {
        [point] => (lines(point), standing(point)),
        _ => along::of(scene),
    };
    Verdict { lines, sentences, basis: basis(scene, whole) }
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

/// Where the questioned transport is best alone, where it is not told apart, and where it is behind.
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
    let (mut alone, mut level, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    for ranking in &rankings {
        let names = ranking.names();
        let others: Vec<&str> = names.iter().copied().filter(|name| *name != questioned).collect();
        let has_figure =
            point.rows.iter().any(|row| row.transport() == QUESTIONED && row.estimate(ranking.metric).is_some());
        match names.contains(&questioned) {
            true if others.is_empty() => alone.push(ranking.metric.name()),
            true => gather(&mut level, &list(&others), ranking.metric.name()),
            false if has_figure => gather(&mut behind, &list(&others), ranking.metric.name()),
            false => {}
        }
    }
    let mut clauses = Vec::new();
    if !alone.is_empty() {
        clauses.push(format!("best alone by {}", list(&alone)));
    }
    clauses.extend(level.iter().map(|(who, what)| format!("not told apart from {who} by {}", list(what))));
    clauses.extend(behind.iter().map(|(who, what)| format!("behind {who} by {}", list(what))));
    if clauses.is_empty() { Vec::new() } else { vec![format!("Standing of {questioned}: {}.", clauses.join("; "))] }
}

fn gather(all: &mut Vec<(String, Vec<&'static str>)>, who: &str, what: &'static str) {
    match all.iter_mut().find(|(known, _)| known == who) {
        Some((_, whats)) => whats.push(what),
        None => all.push((who.to_owned(), vec![what])),
    }
}

/// How the ratios came about.
fn basis(scene: &Scene<'_>, whole: bool) -> String {
    let estimates = scene.points.iter().flat_map(|point| &point.rows).filter_map(|row| row.estimate(Metric::Max));
    let trials = estimates.map(|estimate| estimate.trials.len()).max().unwrap_or(0);
    let told = if trials > 1 {
        "Less is better; the best has the smallest figure. Ratios are paired by block, with their 95\u{a0}% interval."
    } else {
        "Less is better; the best has the smallest figure. One trial says nothing of noise: a difference counts from 2\u{a0}× on, \
         of bytes, requests and memory from 1.1\u{a0}×."
    };
    if whole { told.into() } else { format!("{told} This is of the trials made so far.") }
}
