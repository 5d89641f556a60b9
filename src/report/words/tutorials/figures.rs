//! The figures that a claim's sentence rests on.

use super::answer::{Case, Found};
use crate::kind::Transport;
use crate::report::metric::Metric;
use crate::report::words::aspect::QUESTIONED;
use crate::report::words::phrase::{doubts, figure, list, range, shown};
use crate::report::words::ranking::hold;
use crate::report::words::scene::{Candidate, Scene};

/// The questioned transport against every other one, at every point: its figure should be the smaller one.
pub(super) fn against_all(scene: &Scene<'_>, metric: Metric) -> Vec<Case> {
    let mut cases = Vec::new();
    for (at, point) in scene.points.iter().enumerate() {
        let Some(who) = point.row(QUESTIONED) else { continue };
        for other in point.rows.iter().filter(|row| row.transport() != QUESTIONED) {
            let found = Found::of(hold(metric, who, other), hold(metric, other, who));
            let of = ("against", other.transport().name());
            cases.extend(found.map(|found| Case { at, of, found }));
        }
    }
    cases
}

/// Each transport's figure, or from its least to its most along a sweep; the questioned one first.
pub(super) fn each(scene: &Scene<'_>, metric: Metric) -> String {
    let mut all = rows(scene, metric);
    all.sort_by_key(|rows| rows[0].transport() != QUESTIONED);
    let told: Vec<String> = all.iter().map(|rows| format!("{} {}", rows[0].transport(), of(rows, metric))).collect();
    let used: Vec<(&Candidate<'_>, Metric)> = all.iter().flatten().map(|row| (row, metric)).collect();
    format!("{}{}", list(&told), doubts(&used))
}

/// The figure of one transport's rows.
pub(super) fn of(rows: &[Candidate<'_>], metric: Metric) -> String {
    let known: Vec<f64> = rows.iter().filter_map(|row| row.figure(metric)).collect();
    match rows {
        [row] => figure(row, metric),
        [row, ..] if known.is_empty() => figure(row, metric),
        _ => range(&known, |value| shown(metric, value)),
    }
}

/// The rows that have a figure, by transport.
fn rows<'p>(scene: &Scene<'p>, metric: Metric) -> Vec<Vec<Candidate<'p>>> {
    let mut all = scene.by_transport();
    all.iter_mut().for_each(|rows| rows.retain(|row| row.estimate(metric).is_some()));
    all.retain(|rows| !rows.is_empty());
    all
}

/// The rows of one transport, along the sweep.
pub(super) fn rows_of<'p>(scene: &Scene<'p>, who: Transport) -> Vec<Candidate<'p>> {
    scene.by_transport().into_iter().find(|rows| rows[0].transport() == who).unwrap_or_default()
}

/// Why there is nothing to hold a claim against.
pub(super) fn nobody(scene: &Scene<'_>, metric: Metric) -> String {
    match rows(scene, metric).as_slice() {
        [] => format!("This record has no {}.", metric.name()),
        [rows] => format!("This record has {} of {} alone.", metric.name(), rows[0].transport()),
        all if all.iter().all(|rows| rows[0].transport() != QUESTIONED) => {
            format!("This record has no {} of {QUESTIONED}.", metric.name())
        }
        _ => format!("Too little was measured to tell by {}.", metric.name()),
    }
}
