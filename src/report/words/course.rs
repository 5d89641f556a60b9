//! What a figure does over a record: who has the least and who the most of it, or how it changes along a sweep.

use super::comparison::{Comparison, ONE_TRIAL_TIMED};
use super::phrase::{apart, doubts, figure, list, shown};
use super::ranking::{Ranking, hold, name};
use super::scene::{Candidate, Point, Scene};
use crate::report::metric::Metric;

/// What changes by less along an axis does not change.
const STILL: f64 = 1.1;

/// The sentence that says what a chart of `metric` shows; `None` where there are no two figures.
pub(super) fn course(scene: &Scene<'_>, metric: Metric) -> Option<String> {
    match &scene.points[..] {
        [point] => extent(point, metric),
        _ => changes(scene, metric),
    }
}

/// Who has the least and who the most.
fn extent(point: &Point<'_>, metric: Metric) -> Option<String> {
    let ranking = Ranking::of(metric, &point.rows).filter(Ranking::has_rivals)?;
    let what = metric.name();
    if ranking.is_level() {
        let unknown = ranking.is_unknown();
        let said = if unknown { "too little was measured to tell them apart" } else { "nothing differs beyond noise" };
        return Some(format!("{what}: {said}{}.", doubts(&ranking.used())));
    }
    let least = *ranking.best.first()?;
    let level: Vec<&str> = ranking.best[1..].iter().map(|row| name(row)).collect();
    let level = if level.is_empty() { String::new() } else { format!(", not told apart from {}", list(&level)) };
    let most = |row: &&Candidate<'_>| row.estimate(metric).map_or(0.0, |estimate| estimate.centre);
    let most =
        point.rows.iter().filter(|row| row.estimate(metric).is_some()).max_by(|a, b| most(a).total_cmp(&most(b)))?;
    let comparison = hold(metric, least, most);
    let ratio = match comparison {
        Comparison::Alike(_) | Comparison::Unknown => String::new(),
        _ => format!(": {}", apart(comparison)),
    };
    let marks = doubts(&[(least, metric), (most, metric)]);
    let (low, high) = (figure(least, metric), figure(most, metric));
    let (lowest, highest) = (name(least), name(most));
    Some(format!("{what}: least with {lowest} ({low}{level}), most with {highest} ({high}){ratio}{marks}."))
}

/// How each transport's figure changes from the first point to the last.
fn changes(scene: &Scene<'_>, metric: Metric) -> Option<String> {
    let (mut parts, mut still, mut used) = (Vec::new(), Vec::new(), Vec::new());
    let has_figure = |at: &usize| scene.points[*at].rows.iter().any(|row| row.figure(metric).is_some());
    let known: Vec<usize> = (0..scene.points.len()).filter(has_figure).collect();
    let [from, .., to] = known[..] else { return None };
    let rows = || scene.points.iter().flat_map(|point| &point.rows).filter_map(|row| row.estimate(metric));
    let once = !metric.is_counted() && rows().all(|estimate| estimate.trials.len() == 1);
    let limit = if once { ONE_TRIAL_TIMED } else { STILL };
    let all = scene.by_transport();
    for rows in &all {
        let points: Vec<(&Candidate<'_>, f64)> =
            rows.iter().filter_map(|row| Some((row, row.figure(metric)?))).collect();
        let [first, .., last] = &points[..] else { continue }; // the axis means nothing to it, or too little is known
        if points.iter().all(|point| point.1 == 0.0) {
            continue;
        }
        used.extend(points.iter().map(|(row, _)| (*row, metric)));
        let least = points.iter().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let most = points.iter().map(|point| point.1).fold(0.0, f64::max);
        let who = name(first.0);
        if most <= least * limit {
            still.push(format!("{who} ({})", shown(metric, last.1)));
            continue;
        }
        let grows = last.1 > first.1 * STILL && points.windows(2).all(|pair| pair[1].1 * STILL >= pair[0].1);
        let shrinks = first.1 > last.1 * STILL && points.windows(2).all(|pair| pair[1].1 <= pair[0].1 * STILL);
        // what has no number at an end does not change from there
        let whole = points.len() == known.len();
        let end = |(row, value): &(&Candidate<'_>, f64)| match whole {
            true => shown(metric, *value),
            false => format!("{} at {}", shown(metric, *value), row.name.point),
        };
        let (begins, ends) = (end(first), end(last));
        parts.push(match (scene.along, grows, shrinks) {
            (true, true, _) => format!("{who} rises from {begins} to {ends}"),
            (true, _, true) => format!("{who} falls from {begins} to {ends}"),
            _ => format!("{who} lies between {} and {}", shown(metric, least), shown(metric, most)),
        });
    }
    if !still.is_empty() {
        let change = if still.len() > 1 { "change" } else { "changes" };
        let little = if once { "2\u{a0}×, which one trial's noise may be" } else { "a tenth" };
        parts.push(format!("{} {change} by less than {little}", list(&still)));
    }
    let over = if scene.along {
        format!("From {} to {}", scene.point(from), scene.points[to].name)
    } else {
        format!("Over {} points", known.len())
    };
    let what = metric.name();
    (!parts.is_empty()).then(|| format!("{over}, {what}: {}{}.", parts.join("; "), doubts(&used)))
}
