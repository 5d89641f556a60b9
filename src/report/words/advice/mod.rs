//! Which transport one should use: for each time that an update may be late, the cheapest that brings it in time.

mod choice;

use super::comparison::Comparison;
use super::phrase::{capital, doubts, figure, list, shown, whole};
use super::scene::{Candidate, Point, Scene};
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::report::metric::Metric;
use crate::report::number::{significant, time};
use choice::{Choice, metrics};
use serde::Serialize;

/// How late an update may be.
const TOLERANCES: [(Nanos, &str); 4] =
    [(100 * MILLISECOND, "100\u{a0}ms"), (SECOND, "1\u{a0}s"), (10 * SECOND, "10\u{a0}s"), (60 * SECOND, "1\u{a0}min")];
/// What costs no more than so many times the least is as cheap: no price is known better.
const AS_CHEAP: f64 = 1.25;
/// Stretches of a sweep whose figures are told.
const TOLD: usize = 3;

/// What it is computed from, and what it leaves out.
const ASSUMES: &str = "For updates that go from the server to its clients alone, at this record's rate, payload, heads, clients and \
distance. In time: p99 as measured, or, where that is missing or modelled, the most that theory allows for. Cheapest: the \
smallest product of bytes and server CPU an update; of those within a quarter of it, first what is plain HTTP, and of that \
first what waits. Modelled: polls at a period that was not measured, each at the cost of a measured one. Left out: memory, what keeps a \
quiet connection open, and what a proxy may hold back.";

/// What to use.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Advice {
    pub(crate) lines: Vec<Line>,
    pub(crate) assumes: &'static str,
}

/// What to use where an update may be so late.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) tolerance: &'static str,
    pub(crate) tolerance_ns: Nanos,
    pub(crate) answer: String,
    pub(crate) because: String,
}

/// Nothing where there is nobody to choose from.
pub(super) fn of(scene: &Scene<'_>) -> Advice {
    let measured = |point: &Point<'_>| point.rows.iter().filter(|row| row.cells.is_some()).count();
    if scene.points.iter().all(|point| measured(point) < 2) {
        return Advice::default();
    }
    let lines = TOLERANCES.into_iter().map(|(tolerance_ns, tolerance)| {
        let (answer, because) = line(scene, tolerance_ns);
        Line { tolerance, tolerance_ns, answer, because }
    });
    Advice { lines: lines.collect(), assumes: ASSUMES }
}

/// The answer, and why, over all points.
fn line(scene: &Scene<'_>, tolerance: Nanos) -> (String, String) {
    let mut stretches: Vec<(String, Vec<usize>, String)> = Vec::new();
    for (at, point) in scene.points.iter().enumerate().filter(|(_, point)| point.rows.iter().any(|r| r.cells.is_some()))
    {
        let (answer, because) = at_point(point, tolerance);
        // along an axis only neighbours are told together, so that what comes and goes is seen to
        let known = match scene.along {
            true => stretches.last_mut().filter(|stretch| stretch.0 == answer),
            false => stretches.iter_mut().find(|stretch| stretch.0 == answer),
        };
        match known {
            Some(stretch) => stretch.1.push(at),
            None => stretches.push((answer, vec![at], because)),
        }
    }
    if let [(answer, points, because)] = &stretches[..] {
        let told = if scene.is_sweep() {
            format!("{}: {because}", capital(&place(scene, &points[..1])))
        } else {
            capital(because)
        };
        return (answer.clone(), told);
    }
    let answers: Vec<String> =
        stretches.iter().map(|(answer, points, _)| format!("{answer} {}", place(scene, points))).collect();
    let because = stretches
        .iter()
        .take(TOLD)
        .map(|(_, points, because)| format!("{}: {because}", capital(&place(scene, &points[..1]))));
    (answers.join("; "), because.collect::<Vec<_>>().join(" "))
}

fn place(scene: &Scene<'_>, points: &[usize]) -> String {
    match points {
        [first, .., last] if scene.along => scene.range(*first, *last),
        points if points.len() <= TOLD => scene.at(&list(&points.iter().map(|&p| scene.point(p)).collect::<Vec<_>>())),
        points => scene.some(points.len(), scene.points.len()),
    }
}

/// Whom to use at a point, and why.
fn at_point(point: &Point<'_>, tolerance: Nanos) -> (String, String) {
    let metrics = metrics(point);
    let choices = Choice::all(point, tolerance);
    let costs = costs(&choices, metrics);
    let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
    let mut ranked: Vec<(&Choice<'_, '_>, f64)> = choices.iter().zip(costs).collect();
    // as cheap comes before dearer; then by what it is, and how late
    ranked.sort_by(|(a, cost), (b, other)| {
        let dear = |cost: f64| if cost <= least * AS_CHEAP { 0.0 } else { cost };
        let order = dear(*cost).total_cmp(&dear(*other));
        order.then(a.preference().cmp(&b.preference())).then(a.late.total_cmp(&b.late))
    });
    let Some((best, cost)) = ranked.first() else { return nobody(point, metrics) };
    let told = told(best, metrics, true);
    // another period of the same polls is no rival
    let rival = ranked[1..].iter().find(|(rival, _)| rival.row.transport() != best.row.transport());
    let against = match rival {
        None => "; nobody else is in time".to_owned(),
        Some((rival, other)) => {
            let brief = format!("{} ({})", rival.name(), told_costs(rival, metrics));
            match *other <= least * AS_CHEAP {
                true if *cost > *other => format!("; dearer than {brief} by less than a quarter, and plain HTTP"),
                true => format!("; {brief} is as cheap to within a quarter"),
                false => format!("; next {brief}"),
            }
        }
    };
    let used = [Some(best.row), rival.map(|(rival, _)| rival.row)];
    let used: Vec<(&Candidate<'_>, Metric)> =
        used.into_iter().flatten().flat_map(|row| [(row, Metric::P99), (row, metrics[0]), (row, metrics[1])]).collect();
    (best.name(), format!("{told}{against}{}.", doubts(&used)))
}

/// How many times the least each costs, by all figures that all of them have: 1 where no difference shows.
fn costs(choices: &[Choice<'_, '_>], metrics: [Metric; 2]) -> Vec<f64> {
    let mut costs = vec![1.0; choices.len()];
    for (place, metric) in metrics.into_iter().enumerate() {
        let known: Vec<_> = choices.iter().filter_map(|choice| choice.costs[place].as_ref()).collect();
        let least = known.iter().min_by(|a, b| a.centre.total_cmp(&b.centre));
        let Some(least) = least.filter(|_| known.len() == choices.len()) else { continue };
        for (cost, estimate) in costs.iter_mut().zip(&known) {
            *cost *= Comparison::of(metric, least, estimate).factor();
        }
    }
    costs
}

/// How late, and what it costs.
fn told(choice: &Choice<'_, '_>, metrics: [Metric; 2], requests: bool) -> String {
    let late = match choice.measured {
        true => format!("p99 {}", figure(choice.row, Metric::P99)),
        false => format!("at most {} late by theory", whole(&time(choice.late))),
    };
    let asked = choice.requests.filter(|asked| requests && *asked > 0.0);
    let asked = asked.map_or(String::new(), |asked| format!(" and {} requests", significant(asked)));
    format!("{late}, {}{asked} an update", told_costs(choice, metrics))
}

fn told_costs(choice: &Choice<'_, '_>, metrics: [Metric; 2]) -> String {
    let mut parts = Vec::new();
    for (place, metric) in metrics.into_iter().enumerate() {
        let text = match &choice.costs[place] {
            Some(estimate) => shown(metric, estimate.centre),
            None if choice.modelled.is_none() => figure(choice.row, metric),
            None => continue,
        };
        parts.push(match metric {
            Metric::Cpu if choice.modelled.is_some() => format!("at most {text} of server CPU"),
            Metric::Cpu => format!("{text} of server CPU"),
            Metric::Wire => format!("{text} on the wire"),
            _ => format!("{text} on the socket"),
        });
    }
    list(&parts)
}

/// Nobody is in time: who is the least late.
fn nobody(point: &Point<'_>, metrics: [Metric; 2]) -> (String, String) {
    let all = point.rows.iter().filter_map(|row| Choice::measured(row, metrics));
    let least = all.min_by(|a, b| a.late.total_cmp(&b.late));
    let because = least.map_or("nothing was measured.".into(), |least| {
        format!("the least late is {}: {}.", least.name(), told(&least, metrics, false))
    });
    ("none of these".into(), because)
}
