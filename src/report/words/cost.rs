//! Beside the charts of the server's cost: CPU time and memory, and what of it follows from requests and batches.

use super::course::{course, pair};
use super::phrase::{doubts, figure, list, range};
use super::ranking::{Ranking, hold, name};
use super::scene::{Candidate, Point, Scene};
use crate::kind::Transport;
use crate::report::metric::Metric;
use crate::report::number::significant;

/// From so many updates an answer on, sharing it saves the server writes.
const SHARED: f64 = 1.5;

pub(super) fn cpu(scene: &Scene<'_>) -> Vec<String> {
    let shows = course(scene, Metric::Cpu);
    let idle = || if let [point] = &scene.points[..] { idle(point) } else { None };
    pair(shows, Vec::new(), reasons(scene).or_else(idle).into_iter().collect())
}

pub(super) fn memory(scene: &Scene<'_>) -> Vec<String> {
    let mut sentences: Vec<String> = course(scene, Metric::Memory).into_iter().collect();
    if !sentences.is_empty() {
        sentences.push(
            "What the server holds for a waiting client are its own buffers and tasks: another implementation holds other ones."
                .into(),
        );
    }
    sentences
}

/// Requests cost the server time, shared answers save it some: said where every point agrees.
fn reasons(scene: &Scene<'_>) -> Option<String> {
    let (mut dearer, mut cheaper) = (Vec::new(), Vec::new());
    for transport in Transport::ALL.into_iter().filter(|transport| transport.asks_each_time()) {
        let pairs: Vec<_> = scene.points.iter().flat_map(|point| pairs(point, transport)).collect();
        let is = |test: &dyn Fn(&Pair<'_, '_>) -> bool| !pairs.is_empty() && pairs.iter().all(test);
        let requests: Vec<f64> = pairs.iter().map(|pair| pair.requests).collect();
        let batches: Vec<f64> = pairs.iter().map(|pair| pair.batch).collect();
        let marks = doubts(
            &pairs.iter().flat_map(|pair| [(pair.asking, Metric::Cpu), (pair.stream, Metric::Cpu)]).collect::<Vec<_>>(),
        );
        if is(&|Pair { asking, stream, requests, .. }| {
            *requests > 1.0 / SHARED && hold(Metric::Cpu, stream, asking).is_more()
        }) {
            dearer.push(format!(
                "{transport} reads {} requests an update and answers them, which no stream does{marks}",
                range(&requests, significant)
            ));
        } else if is(&|Pair { asking, stream, batch, .. }| {
            *batch >= SHARED && hold(Metric::Cpu, asking, stream).is_more()
        }) {
            cheaper.push(format!(
                "{transport} answers once for {} updates, where a stream writes each by itself{marks}",
                range(&batches, significant)
            ));
        }
    }
    let mut told = Vec::new();
    if !dearer.is_empty() {
        told.push(format!("More CPU time goes with more requests: {}", list(&dearer)));
    }
    if !cheaper.is_empty() {
        told.push(format!("less goes with shared answers: {}", list(&cheaper)));
    }
    (!told.is_empty()).then(|| format!("{}.", told.join("; ")))
}

/// A row that asks beside one that does not.
struct Pair<'r, 'p> {
    asking: &'r Candidate<'p>,
    stream: &'r Candidate<'p>,
    /// Per update.
    requests: f64,
    /// Updates in an answer that is not empty.
    batch: f64,
}

/// `transport`'s row beside each stream's at a point.
fn pairs<'r, 'p>(point: &'r Point<'p>, transport: Transport) -> Vec<Pair<'r, 'p>> {
    let mut pairs = Vec::new();
    for asking in point.rows.iter().filter(|row| row.transport() == transport) {
        let (Some(requests), Some(empty)) = (asking.figure(Metric::Requests), asking.figure(Metric::Empty)) else {
            continue;
        };
        for stream in point.rows.iter().filter(|row| !row.transport().asks_each_time()) {
            if asking.estimate(Metric::Cpu).is_some() && stream.estimate(Metric::Cpu).is_some() {
                pairs.push(Pair { asking, stream, requests, batch: 1.0 / (requests * (1.0 - empty)) });
            }
        }
    }
    pairs
}

/// What the same clients cost without updates.
fn idle(point: &Point<'_>) -> Option<String> {
    let ranking = Ranking::of(Metric::Idle, &point.rows).filter(Ranking::has_rivals)?;
    let all: Vec<&Candidate<'_>> = point.rows.iter().filter(|row| row.figure(Metric::Idle).is_some()).collect();
    if all.is_empty() || ranking.is_level() {
        return None;
    }
    let told: Vec<String> = all.iter().map(|row| format!("{} {}", name(row), figure(row, Metric::Idle))).collect();
    let bounds: Vec<&Candidate<'_>> = point
        .rows
        .iter()
        .filter(|row| row.estimate(Metric::Idle).is_some() && row.figure(Metric::Idle).is_none())
        .collect();
    let rest = match bounds.first() {
        Some(row) => {
            let names: Vec<&str> = bounds.iter().map(|row| name(row)).collect();
            format!("; {}, at rest, {}", list(&names), figure(row, Metric::Idle))
        }
        None => String::new(),
    };
    let used: Vec<(&Candidate<'_>, Metric)> = all.iter().map(|row| (*row, Metric::Idle)).collect();
    Some(format!("Without any update, the same clients use of one core: {}{rest}{}.", list(&told), doubts(&used)))
}
