//! What is said of WebSocket's latency: that it is lower, and that it always is.

use super::answer::{Answer, Case, Found, wherever};
use super::figures::{against_all, each, nobody};
use crate::report::metric::Metric;
use crate::report::words::aspect::QUESTIONED;
use crate::report::words::phrase::{capital, doubts, figure};
use crate::report::words::ranking::{hold, name};
use crate::report::words::scene::{Candidate, Scene};

/// By the median, against each of the others.
pub(super) fn lower(scene: &Scene<'_>) -> Answer {
    let claim = "WebSocket has lower latency.";
    let cases = against_all(scene, Metric::P50);
    if cases.is_empty() {
        return Answer::unmeasured(claim, nobody(scene, Metric::P50));
    }
    let sentence = format!("p50: {}{}.", each(scene, Metric::P50), but(scene, &cases));
    Answer::of(scene, claim, &cases, sentence)
}

/// Whom it is not told apart from, and who is lower.
pub(super) fn but(scene: &Scene<'_>, cases: &[Case]) -> String {
    let found = |found| cases.iter().any(|case| case.found == found);
    let mut told = String::new();
    if found(Found::Alike) {
        told += &format!("; no difference {}", wherever(scene, cases, Found::Alike).replace("against", "to"));
    }
    if found(Found::Opposite) {
        told += &format!("; the other way round {}", wherever(scene, cases, Found::Opposite));
    }
    told
}

/// By the median and by p99, against everybody, at every point: one exception is enough.
pub(super) fn always(scene: &Scene<'_>) -> Answer {
    let claim = "WebSocket is always faster.";
    let cases: Vec<Case> = BOTH.into_iter().flat_map(|metric| against_all(scene, metric)).collect();
    if cases.is_empty() {
        return Answer::unmeasured(claim, nobody(scene, Metric::P50));
    }
    let sentence = exception(scene).unwrap_or_else(|| {
        let everywhere = if scene.is_sweep() { format!("{}, ", scene.everywhere()) } else { String::new() };
        let p99 = if against_all(scene, Metric::P99).is_empty() { "" } else { " and p99" };
        let told = format!("{everywhere}by p50{p99}, nobody is as fast: p50 {}.", each(scene, Metric::P50));
        capital(&told)
    });
    Answer::of(scene, claim, &cases, sentence).without_exception()
}

const BOTH: [Metric; 2] = [Metric::P50, Metric::P99];

/// Where another one is faster by most, or else where one is as fast.
fn exception(scene: &Scene<'_>) -> Option<String> {
    let mut worst: Option<(f64, Metric, usize, &Candidate<'_>, &Candidate<'_>)> = None;
    for (at, point) in scene.points.iter().enumerate() {
        let Some(who) = point.row(QUESTIONED) else { continue };
        for (metric, other) in BOTH.into_iter().flat_map(|metric| point.rows.iter().map(move |row| (metric, row))) {
            let back = hold(metric, other, who);
            let found = Found::of(hold(metric, who, other), back);
            let size = match found {
                Some(Found::Opposite) => back.factor(),
                Some(Found::Alike) => 1.0,
                _ => continue,
            };
            if other.transport() != QUESTIONED && worst.as_ref().is_none_or(|worst| size > worst.0) {
                worst = Some((size, metric, at, who, other));
            }
        }
    }
    let (size, metric, at, who, other) = worst?;
    let place = if scene.is_sweep() { format!(", {}", scene.at(scene.point(at))) } else { String::new() };
    let (ours, theirs) = (figure(who, metric), figure(other, metric));
    let marks = doubts(&[(who, metric), (other, metric)]);
    let (metric, told) = (metric.name(), if size > 1.0 { "is faster" } else { "is as fast, as far as can be told" });
    Some(format!("By {metric}{place}, {} {told}: {theirs} against {ours}{marks}.", name(other)))
}
