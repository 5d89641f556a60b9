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
/// Sentences about transports that change places.
const CROSSINGS: usize = 2;

/// The points at which the same candidates are best.
struct Stretch<'r, 'p> {
    names: Vec<&'static str>,
    points: Vec<usize>,
    rankings: Vec<Ranking<'r, 'p>>,
}

pub(super) fn of(scene: &Scene<'_>) -> (Vec<Line>, Vec<String>) {
    // what is told only where it was measured has to be measured everywhere to say anything of the axis
    let told = |metric| {
        let known = scene.points.iter().filter(|point| is_told(metric, point)).count();
        known == scene.points.len() || (metric == Metric::Memory && known > 0)
    };
    let lines = ASPECTS.into_iter().filter(|(_, metric)| told(*metric));
    let lines = lines.map(|(aspect, metric)| line(scene, aspect, metric)).collect();
    let mut sentences = crossings(scene);
    sentences.truncate(CROSSINGS);
    sentences.extend(standing(scene));
    (lines, sentences)
}

fn line(scene: &Scene<'_>, aspect: &'static str, metric: Metric) -> Line {
    let stretches = stretches(scene, metric);
    let used: Vec<(&Candidate<'_>, Metric)> =
        stretches.iter().flat_map(|stretch| &stretch.rankings).flat_map(Ranking::used).collect();
    let rankings: Vec<&Ranking<'_, '_>> = stretches.iter().flat_map(|stretch| &stretch.rankings).collect();
    let unknown = rankings.iter().all(|ranking| ranking.is_level() && ranking.is_unknown());
    let core: Vec<&'static str> = match &stretches[..] {
        _ if unknown => Vec::new(),
        [first, others @ ..] => {
            let others = || others.iter().filter(|stretch| !stretch.rankings.is_empty());
            first.names.iter().copied().filter(|name| others().all(|stretch| stretch.names.contains(name))).collect()
        }
        [] => Vec::new(),
    };
    let told = match &stretches[..] {
        _ if rankings.is_empty() => format!("no figure {}", scene.anywhere()),
        _ if unknown => format!("too little was measured to choose {}", scene.anywhere()),
        [_, _, ..] if !core.is_empty() => best_everywhere(scene, metric, &core, &stretches),
        _ => stretches.iter().map(|stretch| stretch.sentence(scene, metric)).collect::<Vec<_>>().join("; "),
    };
    Line { aspect, best: core, sentence: format!("{told}{}.", doubts(&used)) }
}

/// Some are best at every point, others with them at some.
fn best_everywhere(scene: &Scene<'_>, metric: Metric, core: &[&'static str], stretches: &[Stretch<'_, '_>]) -> String {
    let rows = stretches.iter().flat_map(|stretch| &stretch.rankings).flat_map(|ranking| &ranking.best);
    let rows: Vec<&Candidate<'_>> = rows.filter(|row| core.contains(&name(row))).copied().collect();
    let figures = extent(&rows, metric);
    let mut with: Vec<(Vec<usize>, Vec<&'static str>)> = Vec::new();
    for transport in Transport::ALL.into_iter().filter(|transport| !core.contains(&transport.name())) {
        let there = stretches.iter().filter(|stretch| stretch.names.contains(&transport.name()));
        let mut points: Vec<usize> = there.flat_map(|stretch| stretch.points.iter().copied()).collect();
        points.sort_unstable();
        match with.iter_mut().find(|known| known.0 == points) {
            _ if points.is_empty() => {}
            Some((_, names)) => names.push(transport.name()),
            None => with.push((points, vec![transport.name()])),
        }
    }
    let with: Vec<String> =
        with.iter().map(|(points, names)| format!("{} {}", list(names), place(scene, points))).collect();
    let dashes: Vec<usize> =
        stretches.iter().filter(|s| s.rankings.is_empty()).flat_map(|s| s.points.clone()).collect();
    let (at, dashes) = match dashes.is_empty() {
        true => (scene.everywhere(), String::new()),
        false => ("wherever it was measured".to_owned(), format!("; no figure {}", place(scene, &dashes))),
    };
    let with = if with.is_empty() { String::new() } else { format!(", not told apart from {}", with.join(", ")) };
    format!("{} {at}{figures}{with}{dashes}", list(core))
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
        let place = place(scene, &self.points);
        if self.rankings.is_empty() {
            return format!("no figure {place}");
        }
        let anywhere = if self.points.len() == scene.points.len() { scene.anywhere() } else { place.clone() };
        let best = || self.rankings.iter().flat_map(|ranking| &ranking.best);
        if self.rankings.iter().all(Ranking::is_level) {
            if self.rankings.iter().any(Ranking::is_unknown) {
                return format!("too little was measured to choose {anywhere}");
            }
            return format!("nothing to choose {anywhere}{}", extent(&best().copied().collect::<Vec<_>>(), metric));
        }
        let text = |row: &Candidate<'_>| figure(row, metric);
        let figures = match best().next().zip(best().last()).map(|(first, last)| (text(first), text(last))) {
            // one alone goes along the axis from its first figure to its last
            Some((first, last)) if self.names.len() == 1 && scene.along && first != last => {
                format!(" ({first} to {last})")
            }
            _ => extent(&best().copied().collect::<Vec<_>>(), metric),
        };
        format!("{} {place}{figures}{}", list(&self.names), self.lead())
    }

    /// Who is next and by how much, where that is one everywhere.
    fn lead(&self) -> String {
        let next: Vec<(&Candidate<'_>, Comparison)> = self.rankings.iter().filter_map(|ranking| ranking.next).collect();
        let Some(first) = next.first().filter(|_| next.len() == self.rankings.len()) else { return String::new() };
        let ratios: Vec<f64> = next.iter().filter_map(|(_, comparison)| comparison.ratio()).collect();
        if ratios.len() < next.len()
            || next.iter().any(|(row, _)| row.transport() != first.0.transport())
            || self.rankings.iter().any(|ranking| !ranking.behind.is_empty())
        {
            return String::new();
        }
        format!(", next {}: {}", name(first.0), super::phrase::range(&ratios, times))
    }
}

/// Some points, of which there are few or many.
fn place(scene: &Scene<'_>, points: &[usize]) -> String {
    let (first, last) = (points[0], points[points.len() - 1]);
    if last - first + 1 == points.len() && (scene.along || points.len() == scene.points.len()) {
        return scene.range(first, last);
    }
    if points.len() > 2 {
        return scene.some(points.len(), scene.points.len());
    }
    let names: Vec<&str> = points.iter().map(|&at| scene.point(at)).collect();
    scene.at(&list(&names))
}

/// These rows' figures from the least to the most, in brackets.
fn extent(rows: &[&Candidate<'_>], metric: Metric) -> String {
    let centre = |row: &&&Candidate<'_>| row.estimate(metric).map_or(0.0, |estimate| estimate.centre);
    let least = rows.iter().min_by(|a, b| centre(a).total_cmp(&centre(b)));
    let most = rows.iter().max_by(|a, b| centre(a).total_cmp(&centre(b)));
    match least.zip(most).map(|(least, most)| (figure(least, metric), figure(most, metric))) {
        None => String::new(),
        Some((least, most)) if least == most => format!(" ({least})"),
        Some((least, most)) => format!(" ({least} to {most})"),
    }
}

/// A transport that is below another before a point and above it behind, or the other way round.
struct Crossing {
    metric: Metric,
    who: Transport,
    other: Transport,
    /// Whether `who` is below before.
    below: bool,
    /// The last point before, and the first behind.
    turn: (usize, usize),
}

/// Transports that change places, those who do so with the most others first.
fn crossings(scene: &Scene<'_>) -> Vec<String> {
    if !scene.along {
        return Vec::new();
    }
    let mut groups: Vec<(Crossing, Vec<&'static str>)> = Vec::new();
    for metric in [Metric::P50, Metric::Bytes, Metric::Cpu] {
        let pairs = Transport::ALL.into_iter().flat_map(|a| Transport::ALL.map(|b| (a, b))).filter(|(a, b)| a < b);
        for crossing in pairs.filter_map(|(a, b)| crossing(scene, metric, a, b)) {
            let same = |known: &Crossing| {
                let key = |c: &Crossing| (c.metric, c.who, c.below, c.turn);
                key(known) == key(&crossing)
            };
            match groups.iter_mut().find(|(known, _)| same(known)) {
                Some((_, others)) => others.push(crossing.other.name()),
                None => groups.push((Crossing { ..crossing }, vec![crossing.other.name()])),
            }
        }
    }
    groups.sort_by_key(|(_, others)| std::cmp::Reverse(others.len()));
    groups.iter().map(|(crossing, others)| crossing.sentence(scene, others)).collect()
}

impl Crossing {
    fn sentence(&self, scene: &Scene<'_>, others: &[&str]) -> String {
        let order = |below| if below { "less" } else { "more" };
        let (before, behind) = (scene.range(0, self.turn.0), scene.range(self.turn.1, scene.points.len() - 1));
        let there = |row: &&Candidate<'_>| others.contains(&name(row)) || row.transport() == self.who;
        let used: Vec<(&Candidate<'_>, Metric)> = [self.turn.0, self.turn.1]
            .iter()
            .flat_map(|&at| scene.points[at].rows.iter().filter(there))
            .map(|row| (row, self.metric))
            .collect();
        format!(
            "By {}, {} has {} than {} {before} and {} {behind}{}.",
            self.metric.name(),
            self.who,
            order(self.below),
            list(others),
            order(!self.below),
            doubts(&used),
        )
    }
}

/// `None`: they do not cross, or more than once.
fn crossing(scene: &Scene<'_>, metric: Metric, a: Transport, b: Transport) -> Option<Crossing> {
    let mut sides = Vec::new();
    for (at, point) in scene.points.iter().enumerate() {
        let row = |transport| point.row(transport);
        let (Some(a), Some(b)) = (row(a), row(b)) else { continue };
        if hold(metric, a, b).is_more() {
            sides.push((at, true, a, b));
        } else if hold(metric, b, a).is_more() {
            sides.push((at, false, a, b));
        }
    }
    let turn = sides.windows(2).position(|pair| pair[0].1 != pair[1].1)?;
    let (first, last) = (sides.first()?, sides.last()?);
    if sides[turn + 1..].iter().any(|side| side.1 != last.1) {
        return None;
    }
    // it is told of the one that changes more by itself
    let centre = |row: &Candidate<'_>| row.estimate(metric).map_or(1.0, |estimate| estimate.centre);
    let change = |from: &Candidate<'_>, to: &Candidate<'_>| (centre(from) / centre(to)).ln().abs();
    let turn = (sides[turn].0, sides[turn + 1].0);
    Some(if change(first.2, last.2) >= change(first.3, last.3) {
        Crossing { metric, who: a, other: b, below: first.1, turn }
    } else {
        Crossing { metric, who: b, other: a, below: !first.1, turn }
    })
}

/// By what, and at how many points, the questioned transport is not best alone, and who is as good or better there.
fn standing(scene: &Scene<'_>) -> Option<String> {
    let questioned = QUESTIONED.name();
    let (mut groups, mut present): (Vec<(String, Vec<&'static str>)>, bool) = (Vec::new(), false);
    for (_, metric) in ASPECTS.into_iter().filter(|(_, metric)| !OPTIONAL.contains(metric)) {
        let is_there = |rows: &[Candidate<'_>]| {
            rows.iter().any(|row| row.transport() == QUESTIONED && row.estimate(metric).is_some())
        };
        let points = scene.points.iter().filter(|point| is_there(&point.rows));
        let rankings = points.filter_map(|point| Ranking::of(metric, &point.rows)).filter(Ranking::has_rivals);
        let known: Vec<Ranking<'_, '_>> = rankings.filter(|ranking| !ranking.is_unknown()).collect();
        let others: Vec<Vec<&'static str>> = known
            .iter()
            .map(|ranking| ranking.names().into_iter().filter(|name| *name != questioned).collect())
            .filter(|others: &Vec<&str>| !others.is_empty())
            .collect();
        present |= !known.is_empty();
        let Some(first) = others.first() else { continue };
        let always: Vec<&str> =
            first.iter().copied().filter(|name| others.iter().all(|names| names.contains(name))).collect();
        let who = if always.is_empty() { String::new() } else { format!(" ({} as good or better)", list(&always)) };
        let place = match others.len() == known.len() {
            true => format!("{}{who}", scene.anywhere()),
            false => format!("{}{who}", scene.some(others.len(), known.len())),
        };
        match groups.iter_mut().find(|known| known.0 == place) {
            Some((_, metrics)) => metrics.push(metric.name()),
            None => groups.push((place, vec![metric.name()])),
        }
    }
    let told: Vec<String> = groups.iter().map(|(place, metrics)| format!("{} {place}", list(metrics))).collect();
    match (present, told.is_empty()) {
        (false, _) => None,
        (true, true) => Some(format!("{questioned} is best alone {}, by each of these.", scene.everywhere())),
        (true, false) => Some(format!("Where {questioned} does not win: {}.", told.join("; "))),
    }
}
