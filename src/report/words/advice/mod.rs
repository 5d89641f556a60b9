//! Which transport one should use: for each time that an update may be late, the cheapest that brings it in time.

mod choice;

use super::comparison::Comparison;
use super::phrase::{capital, doubts, figure, list, shown, whole};
use super::scene::{Candidate, Point, Scene};
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::report::metric::Metric;
use crate::report::number::{significant, time};
use choice::{Choice, LateBy, metrics};
use schemars::JsonSchema;
use serde::Serialize;

/// How late an update may be.
const TOLERANCES: [(Nanos, &str); 4] =
    [(100 * MILLISECOND, "100\u{a0}ms"), (SECOND, "1\u{a0}s"), (10 * SECOND, "10\u{a0}s"), (60 * SECOND, "1\u{a0}min")];
/// What costs no more than so many times the least, by each figure, is as cheap: no price is known better.
const AS_CHEAP: f64 = 1.25;
/// Stretches of a sweep whose figures are told.
const TOLD: usize = 3;

/// What it is computed from, and what it leaves out.
const ASSUMES: &str = "For updates that go from the server to its clients alone, at this record's rate, payload, heads, clients and \
distance. In time: p99, or the longest where p99 is not to be had. Cheapest: the smallest product of bytes and server CPU an \
update; as cheap: not known to take more than a quarter more of either. Of these first what is plain HTTP, and of that first what \
waits. Modelled: polls at a period that was not measured, as late as theory has it, each at the octets of a measured one and the \
CPU time of an empty one. Left out: memory, what keeps a quiet connection open, and what a proxy may hold back.";

/// What to use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Advice {
    pub(crate) lines: Vec<Line>,
    pub(crate) assumes: &'static str,
}

/// What to use where an update may be so late.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
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
            because.clone()
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
    let ranked = ranked(Choice::all(point, tolerance), metrics);
    let Some(first) = ranked.first() else { return nobody(point, metrics) };
    let best = &first.choice;
    let told = told(best, metrics, true);
    // another period of the same polls is no rival
    let rival = ranked[1..].iter().find(|rival| rival.choice.row.transport() != best.row.transport());
    let against = match rival {
        None => "; nobody else is in time".to_owned(),
        Some(rival) => {
            let brief = format!("{} ({})", rival.choice.name(), told_costs(&rival.choice, metrics));
            match first.as_cheap && rival.as_cheap {
                true => format!("; {brief} is as cheap to within a quarter"),
                false => format!("; next {brief}"),
            }
        }
    };
    let used = [Some(best.row), rival.map(|rival| rival.choice.row)];
    let used: Vec<(&Candidate<'_>, Metric)> =
        used.into_iter().flatten().flat_map(|row| [(row, Metric::P99), (row, metrics[0]), (row, metrics[1])]).collect();
    (best.name(), format!("{told}{against}{}.", doubts(&used)))
}

/// The choices, whom to use first: of those that are as cheap as the cheapest by what they are, then by what they cost.
fn ranked<'r, 'p>(choices: Vec<Choice<'r, 'p>>, metrics: [Metric; 2]) -> Vec<Ranked<'r, 'p>> {
    let known: Vec<usize> =
        (0..metrics.len()).filter(|place| choices.iter().all(|choice| choice.costs[*place].is_some())).collect();
    let factor = |place: usize, first: &Choice<'_, '_>, second: &Choice<'_, '_>| {
        let both = first.costs[place].as_ref().zip(second.costs[place].as_ref());
        both.map_or(1.0, |(first, second)| Comparison::of(metrics[place], first, second).factor())
    };
    let centre = |place: usize, choice: &Choice<'_, '_>| choice.costs[place].as_ref().map_or(0.0, |cost| cost.centre);
    let product = |choice: &Choice<'_, '_>| -> f64 {
        let times = |place: &usize| {
            let least = choices.iter().min_by(|a, b| centre(*place, a).total_cmp(&centre(*place, b)));
            least.map_or(1.0, |least| factor(*place, least, choice))
        };
        known.iter().map(times).product()
    };
    let products: Vec<f64> = choices.iter().map(product).collect();
    let cheapest = (0..choices.len()).min_by(|a, b| products[*a].total_cmp(&products[*b]));
    let as_cheap: Vec<bool> = choices
        .iter()
        .map(|choice| {
            cheapest.is_some_and(|at| known.iter().all(|place| factor(*place, &choices[at], choice) <= AS_CHEAP))
        })
        .collect();
    let mut ranked: Vec<Ranked<'r, 'p>> = choices
        .into_iter()
        .zip(products)
        .zip(as_cheap)
        .map(|((choice, product), as_cheap)| Ranked { choice, product, as_cheap })
        .collect();
    ranked.sort_by(|a, b| {
        let dear = |ranked: &Ranked<'_, '_>| if ranked.as_cheap { 0.0 } else { ranked.product };
        let by_kind = a.choice.preference().cmp(&b.choice.preference());
        dear(a).total_cmp(&dear(b)).then(by_kind).then(a.choice.late.total_cmp(&b.choice.late))
    });
    ranked
}

/// A choice by what it costs.
struct Ranked<'r, 'p> {
    choice: Choice<'r, 'p>,
    /// How many times the least it takes of each figure that all have, multiplied: 1 where no difference shows.
    product: f64,
    /// Whether it is known to take no figure more than [`AS_CHEAP`] times that of the cheapest.
    as_cheap: bool,
}

/// How late, and what it costs.
fn told(choice: &Choice<'_, '_>, metrics: [Metric; 2], requests: bool) -> String {
    let late = match choice.late_by {
        LateBy::Measured(metric) => format!("{} {}", metric.name(), figure(choice.row, metric)),
        LateBy::Theory => format!("late by {} at most", whole(&time(choice.late))),
    };
    let mut parts = told_each(choice, metrics);
    let asked = choice.requests.filter(|asked| requests && *asked > 0.0);
    parts.extend(asked.map(|asked| format!("{} requests", significant(asked))));
    format!("{late}; {} an update", list(&parts))
}

fn told_costs(choice: &Choice<'_, '_>, metrics: [Metric; 2]) -> String {
    list(&told_each(choice, metrics))
}

fn told_each(choice: &Choice<'_, '_>, metrics: [Metric; 2]) -> Vec<String> {
    let mut parts = Vec::new();
    for (place, metric) in metrics.into_iter().enumerate() {
        let text = match &choice.costs[place] {
            Some(estimate) if choice.modelled.is_some() => shown(metric, estimate.centre),
            _ if choice.modelled.is_none() => figure(choice.row, metric),
            _ => continue,
        };
        parts.push(match metric {
            Metric::Cpu => format!("{text} of server CPU"),
            Metric::Wire => format!("{text} on the wire"),
            _ => format!("{text} on the socket"),
        });
    }
    parts
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
