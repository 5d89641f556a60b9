//! The verdict of a sweep: how the answer changes along what was swept.

use super::aspect::{ASPECTS, Line, OPTIONAL, QUESTIONED, is_told};
use super::comparison::Comparison;
use super::phrase::{doubts, figure, list, times};
use super::ranking::{Ranking, hold, name};
use super::scene::{Candidate, Scene};
use crate::kind::Transport;
use crate::report::metric::Metric;

/// Stretches of points that are told one by one.
const STRETCHES: usize = 4;
/// Sentences beyond the aspects' own.
const SENTENCES: usize = 4;

/// The points at which the same candidates are best.
struct Stretch<'r, 'p> {
    names: Vec<&'static str>,
    points: Vec<usize>,
    rankings: Vec<Ranking<'r, 'p>>,
}

pub(super) fn of(scene: &Scene<'_>) -> (Vec<Line>, Vec<String>) {
    let told = |metric| scene.points.iter().any(|point| is_told(metric, point));
    let lines = ASPECTS.into_iter().filter(|(_, metric)| told(*metric));
    let lines = lines.map(|(aspect, metric)| line(scene, aspect, metric)).collect();
    let mut sentences = crossings(scene);
    sentences.truncate(SENTENCES - 1);
    sentences.extend(standing(scene));
    (lines, sentences)
}

fn line(scene: &Scene<'_>, aspect: &'static str, metric: Metric) -> Line {
    let stretches = stretches(scene, metric);
    let best = match &stretches[..] {
        [only] => only.names.clone(),
        _ => Vec::new(),
    };
    let used: Vec<(&Candidate<'_>, Metric)> =
        stretches.iter().flat_map(|stretch| &stretch.rankings).flat_map(Ranking::used).collect();
    let told: Vec<String> = stretches.iter().map(|stretch| stretch.sentence(scene, metric)).collect();
    Line { aspect, best, sentence: format!("{}{}.", told.join("; "), doubts(&used)) }
}

/// Neighbours on an axis with the same best make a stretch; where there is no axis, or too many stretches, all points do.
fn stretches<'s, 'p>(scene: &'s Scene<'p>, metric: Metric) -> Vec<Stretch<'s, 'p>> {
    let along = |apart: bool| {
        let mut stretches: Vec<Stretch<'_, '_>> = Vec::new();
        for (at, point) in scene.points.iter().enumerate() {
            let ranking = Ranking::of(metric, &point.rows);
            let names = ranking.as_ref().map(Ranking::names).unwrap_or_default();
            let known = match apart {
                true => stretches.last_mut().filter(|stretch| stretch.names == names),
                false => stretches.iter_mut().find(|stretch| stretch.names == names),
            };
            match known {
                Some(stretch) => {
                    stretch.points.push(at);
                    stretch.rankings.extend(ranking);
                }
                None => stretches.push(Stretch { names, points: vec![at], rankings: ranking.into_iter().collect() }),
            }
        }
        stretches
    };
    let apart = along(scene.along);
    if apart.len() > STRETCHES { along(false) } else { apart }
}

impl Stretch<'_, '_> {
    fn sentence(&self, scene: &Scene<'_>, metric: Metric) -> String {
        let place = self.place(scene);
        if self.rankings.is_empty() {
            return if self.points.len() == scene.points.len() {
                "no figure at any point".into()
            } else {
                format!("no figure {place}")
            };
        }
        let figures = self.figures(scene.along, metric);
        if self.rankings.iter().all(Ranking::is_level) {
            let unknown = self.rankings.iter().any(Ranking::is_unknown);
            let what = if unknown { "too little was measured to choose" } else { "nothing to choose" };
            return format!("{what} {place} between {}{figures}", list(&self.names));
        }
        let tie = if self.names.len() > 1 { ", not told apart," } else { "" };
        format!("{}{tie} {place}{figures}{}", list(&self.names), self.lead())
    }

    fn place(&self, scene: &Scene<'_>) -> String {
        let (first, last) = (self.points[0], self.points[self.points.len() - 1]);
        if last - first + 1 == self.points.len() && (scene.along || self.points.len() == scene.points.len()) {
            return scene.range(first, last);
        }
        if self.points.len() > 3 {
            return format!("at {} of {} points", self.points.len(), scene.points.len());
        }
        let names: Vec<String> = self.points.iter().map(|&at| scene.point(at)).collect();
        format!("at {}", list(&names))
    }

    /// The figures of the best: on an axis one's from the first point to the last, else from the least to the most.
    fn figures(&self, along: bool, metric: Metric) -> String {
        let best = || self.rankings.iter().flat_map(|ranking| &ranking.best);
        let text = |row: &Candidate<'_>| figure(row, metric);
        let centre = |row: &Candidate<'_>| row.estimate(metric).map_or(0.0, |estimate| estimate.centre);
        let ends = match self.names.len() {
            1 if along => best().next().zip(best().last()),
            _ => best()
                .min_by(|a, b| centre(a).total_cmp(&centre(b)))
                .zip(best().max_by(|a, b| centre(a).total_cmp(&centre(b)))),
        };
        match ends.map(|(first, last)| (text(first), text(last))) {
            None => String::new(),
            Some((first, last)) if first == last => format!(" ({first})"),
            Some((first, last)) => format!(" ({first} to {last})"),
        }
    }

    /// Who is next and by how much, where that is one everywhere.
    fn lead(&self) -> String {
        let next: Vec<(&Candidate<'_>, Comparison)> = self.rankings.iter().filter_map(|ranking| ranking.next).collect();
        let Some(first) = next.first().filter(|_| next.len() == self.rankings.len()) else { return String::new() };
        let ratios: Vec<f64> = next.iter().filter_map(|(_, comparison)| comparison.ratio()).collect();
        if ratios.len() < next.len() || next.iter().any(|(row, _)| row.transport() != first.0.transport()) {
            return String::new();
        }
        let (least, most) =
            (ratios.iter().copied().fold(f64::INFINITY, f64::min), ratios.iter().copied().fold(0.0, f64::max));
        let (least, most) = (times(least), times(most));
        let ratio = if least == most { most } else { format!("{least} to {most}") };
        format!(", next {}: {ratio}", name(first.0))
    }
}

/// Two transports of which one is lower before a point and higher behind it, the widest ones first.
fn crossings(scene: &Scene<'_>) -> Vec<String> {
    if !scene.along {
        return Vec::new();
    }
    let mut found: Vec<(f64, String)> = Vec::new();
    for metric in [Metric::P50, Metric::Bytes, Metric::Cpu] {
        for (place, &a) in Transport::ALL.iter().enumerate() {
            for &b in &Transport::ALL[place + 1..] {
                found.extend(crossing(scene, metric, a, b));
            }
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, sentence)| sentence).collect()
}

/// How far two transports are apart on the nearer side of where they cross, and the sentence; `None`: they do not, or
/// more than once.
fn crossing(scene: &Scene<'_>, metric: Metric, a: Transport, b: Transport) -> Option<(f64, String)> {
    let mut sides = Vec::new();
    for (at, point) in scene.points.iter().enumerate() {
        let row = |transport| point.rows.iter().find(|row| row.transport() == transport);
        let (Some(a), Some(b)) = (row(a), row(b)) else { continue };
        if hold(metric, a, b).is_more() {
            sides.push((at, true, a, b));
        } else if hold(metric, b, a).is_more() {
            sides.push((at, false, a, b));
        }
    }
    let turn = sides.windows(2).position(|pair| pair[0].1 != pair[1].1)?;
    let (before, behind) = (&sides[turn], &sides[turn + 1]);
    if sides[turn + 1..].iter().any(|side| side.1 != behind.1) {
        return None;
    }
    let against = |(_, _, a, b): &(usize, bool, &Candidate<'_>, &Candidate<'_>)| {
        format!("{} against {}", figure(a, metric), figure(b, metric))
    };
    let order = |less| if less { "less" } else { "more" };
    let (first_point, last_point) = (before.0 == 0, behind.0 + 1 == scene.points.len());
    let sentence = format!(
        "By {}, {a} has {} than {b} {} ({}) and {} {} ({}){}.",
        metric.name(),
        order(before.1),
        if first_point { format!("at {}", scene.point(before.0)) } else { format!("up to {}", scene.point(before.0)) },
        against(before),
        order(behind.1),
        if last_point { format!("at {}", scene.point(behind.0)) } else { format!("from {} on", scene.point(behind.0)) },
        against(behind),
        doubts(&[(before.2, metric), (before.3, metric), (behind.2, metric), (behind.3, metric)]),
    );
    let (first, last) = (sides.first()?, sides.last()?);
    let width = |side: &(usize, bool, &Candidate<'_>, &Candidate<'_>)| {
        let centre = |row: &Candidate<'_>| row.estimate(metric).map_or(1.0, |estimate| estimate.centre);
        (centre(side.2) / centre(side.3)).ln().abs()
    };
    Some((width(first).min(width(last)), sentence))
}

/// At how many points the questioned transport is best alone.
fn standing(scene: &Scene<'_>) -> Option<String> {
    let mut counts = Vec::new();
    for (_, metric) in ASPECTS.into_iter().filter(|(_, metric)| !OPTIONAL.contains(metric)) {
        let rankings = scene.points.iter().filter_map(|point| Ranking::of(metric, &point.rows));
        let rivals: Vec<Ranking<'_, '_>> = rankings.filter(Ranking::has_rivals).collect();
        let present = rivals.iter().any(|r| r.best.iter().any(|row| row.transport() == QUESTIONED))
            || scene
                .points
                .iter()
                .flat_map(|p| &p.rows)
                .any(|r| r.transport() == QUESTIONED && r.estimate(metric).is_some());
        if present && !rivals.is_empty() {
            let alone = rivals.iter().filter(|ranking| ranking.names() == [QUESTIONED.name()]).count();
            counts.push(format!("{} at {alone} of {}", metric.name(), rivals.len()));
        }
    }
    (!counts.is_empty()).then(|| format!("Standing of {QUESTIONED}: best alone by {} points.", list(&counts)))
}
