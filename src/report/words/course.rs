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

/// What stands beside a chart: what it shows, and one sentence that says why. What the protocol does not explain is told
/// before what it does.
pub(super) fn pair(shows: Option<String>, puzzles: Vec<String>, reasons: Vec<String>) -> Vec<String> {
    let whys = if puzzles.is_empty() { reasons } else { puzzles };
    shows.into_iter().chain(merged(&whys)).collect()
}

/// Sentences made one.
pub(super) fn merged(sentences: &[String]) -> Option<String> {
    let (first, rest) = sentences.split_first()?;
    let mut text = first.trim_end_matches('.').to_owned();
    for sentence in rest {
        let mut letters = sentence.trim_end_matches('.').chars();
        let begin = letters.next().map(char::to_lowercase);
        text.push_str("; ");
        text.extend(begin.into_iter().flatten().chain(letters));
    }
    Some(text + ".")
}

/// Who has the least and who the most.
fn extent(point: &Point<'_>, metric: Metric) -> Option<String> {
    let ranking = Ranking::of(metric, &point.rows).filter(Ranking::has_rivals)?;
    let what = metric.name();
    if ranking.is_level() {
        let unknown = ranking.is_unknown();
        let said = if unknown { "too little was measured to tell them apart" } else { "nothing differs beyond noise" };
        return Some(format!("By {what}, {said}{}.", doubts(&ranking.used())));
    }
    let least = *ranking.best.first()?;
    let most = |row: &&Candidate<'_>| row.estimate(metric).map_or(0.0, |estimate| estimate.centre);
    let most =
        point.rows.iter().filter(|row| row.estimate(metric).is_some()).max_by(|a, b| most(a).total_cmp(&most(b)))?;
    let comparison = hold(metric, least, most);
    let ratio = match comparison {
        Comparison::Alike(_) | Comparison::Unknown => String::new(),
        _ => format!(", {}", apart(comparison)),
    };
    let marks = doubts(&[(least, metric), (most, metric)]);
    let (low, high) = (figure(least, metric), figure(most, metric));
    Some(format!("Lowest {what}: {} ({low}); highest: {} ({high}){ratio}{marks}.", list(&ranking.names()), name(most)))
}

/// How each transport's figure changes from the first point to the last.
fn changes(scene: &Scene<'_>, metric: Metric) -> Option<String> {
    let (mut parts, mut still, mut used) = (Vec::new(), Vec::new(), Vec::new());
    let mut untouched = Vec::new(); // by what was swept, which means nothing to them
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
        if let ([row], [_]) = (&rows[..], &points[..]) {
            untouched.push(format!("{} ({})", name(row), figure(row, metric)));
            used.push((row, metric));
        }
        let [first, .., last] = &points[..] else { continue };
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
        let little = if once { "2\u{a0}×" } else { "a tenth" };
        parts.push(format!("{} {change} by less than {little}", list(&still)));
    }
    let any = !parts.is_empty();
    if any && !untouched.is_empty() {
        parts.push(format!("it means nothing to {}", list(&untouched)));
    }
    let over = match scene.along {
        true => scene.span(from, to).replacen("from", "From", 1),
        false => format!("Over {} {}s", known.len(), scene.noun()),
    };
    let what = metric.name();
    any.then(|| format!("{over}, {what}: {}{}.", parts.join("; "), doubts(&used)))
}
