//! Beside the charts of latency: how late, and which part of it the protocol explains.

use super::course::{course, pair};
use super::phrase::{doubts, figure, list, range, shown};
use super::ranking::{name, names};
use super::reason::{Expected, Fit, Why};
use super::scene::{Candidate, Scene};
use crate::clock::MILLISECOND;
use crate::kind::{Answer, Transport};
use crate::report::metric::Metric;
use crate::report::number::{setting, significant};
use crate::schedule::Schedule;
use crate::theory;
use crate::trial::Trial;

/// How far the middle of a trial's deliveries may lie from theory on any machine, in nanoseconds.
const ANY_MACHINE: f64 = 5.0 * MILLISECOND as f64;
/// The part of a poll period by which the clients' phases, spread over it, may miss its middle.
const PHASES: f64 = 0.1;
/// Polling clients from which their phases cover the period, whatever the feed's.
const COVERED: u32 = 10;

pub(super) fn latency(scene: &Scene<'_>) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let (mut puzzles, mut reasons) = (Vec::new(), Vec::new());
    for why in [polls(scene, &rows), streams(&rows)].into_iter().flatten() {
        match why {
            Why::Fits(reason) => reasons.push(reason),
            Why::Contradicts(puzzle) => puzzles.push(puzzle),
        }
    }
    pair(course(scene, Metric::P50), puzzles, reasons)
}

/// Polling waits for the next poll.
fn polls(scene: &Scene<'_>, rows: &[Candidate<'_>]) -> Option<Why> {
    let fit = Fit::of(rows.iter().filter(|row| row.transport() == Transport::Polling), |row| {
        let period = row.trial.polling.interval_ns as f64;
        let half = mean(row.trial).filter(|_| phases_cover(row.trial))?;
        Some((row.figure(Metric::P50)?, Expected::around(half, PHASES * period + ANY_MACHINE)))
    });
    if !fit.is_whole() {
        return fit
            .contradiction(Metric::P50, "an update waits for the next poll, half a period on average")
            .map(Why::Contradicts);
    }
    let who = Transport::Polling;
    let used: Vec<(&Candidate<'_>, Metric)> = fit.fits.iter().map(|row| (*row, Metric::P50)).collect();
    let marks = doubts(&used);
    Some(Why::Fits(match &fit.fits[..] {
        [row] if !scene.is_sweep() => format!(
            "With {who}, an update waits for the next poll: half of {} on average (p50 {}){marks}.",
            setting(row.trial.polling.interval_ns),
            figure(row, Metric::P50),
        ),
        rows => {
            let (first, last) = (rows[0], rows[rows.len() - 1]);
            let period = |row: &Candidate<'_>| setting(row.trial.polling.interval_ns);
            let figure = |row: &Candidate<'_>| figure(row, Metric::P50);
            let told = if period(first) == period(last) {
                let values: Vec<f64> = rows.iter().filter_map(|row| row.figure(Metric::P50)).collect();
                let range = range(&values, |value| shown(Metric::P50, value));
                format!("{range} at a poll every {}", period(first))
            } else {
                let [first, last] = [first, last].map(|row| format!("{} at a poll every {}", figure(row), period(row)));
                format!("{first}, {last}")
            };
            format!("With {who}, an update waits for the next poll, half a period on average ({told}){marks}.")
        }
    }))
}

/// A client of the others has its request or its stream open when an update comes.
fn streams(rows: &[Candidate<'_>]) -> Option<Why> {
    let waiting = rows.iter().filter(|row| row.transport() != Transport::Polling);
    let fit = Fit::of(waiting, |row| {
        Some((row.figure(Metric::P50)?, Expected { low: 0.0, high: mean(row.trial)? + ANY_MACHINE }))
    });
    if !fit.is_whole() {
        return fit
            .contradiction(Metric::P50, "the client is waiting already when an update comes")
            .map(Why::Contradicts);
    }
    let centres: Vec<f64> = fit.fits.iter().filter_map(|row| row.figure(Metric::P50)).collect();
    let used: Vec<(&Candidate<'_>, Metric)> = fit.fits.iter().map(|row| (*row, Metric::P50)).collect();
    Some(Why::Fits(format!(
        "With {}, the client is waiting already when an update comes ({}){}.",
        names(&fit.fits),
        range(&centres, |value| shown(Metric::P50, value)),
        doubts(&used),
    )))
}

/// What arithmetic says of the mean; `None` where it says nothing of the middle.
fn mean(trial: &Trial) -> Option<f64> {
    // the newest alone is younger than all of them
    let all = !trial.transport.asks_each_time() || trial.answer == Answer::All;
    all.then(|| theory::mean_latency(trial.transport, trial.polling, trial.persistence, trial.link.one_way_ns()) as f64)
}

fn phases_cover(trial: &Trial) -> bool {
    trial.clients >= COVERED || matches!(trial.feed.schedule, Schedule::Poisson { .. })
}

/// How far the tail reaches beyond the middle; of one point.
pub(super) fn distribution(scene: &Scene<'_>) -> Vec<String> {
    let [point] = &scene.points[..] else { return Vec::new() };
    let reach =
        |row: &Candidate<'_>| Some(row.figure(Metric::P99)? / row.figure(Metric::P50).filter(|p50| *p50 > 0.0)?);
    let rows: Vec<(&Candidate<'_>, f64)> = point.rows.iter().filter_map(|row| Some((row, reach(row)?))).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let used: Vec<(&Candidate<'_>, Metric)> =
        rows.iter().flat_map(|(row, _)| [(*row, Metric::P50), (*row, Metric::P99)]).collect();
    let each: Vec<String> = rows.iter().map(|(row, reach)| format!("{} {}", name(row), significant(*reach))).collect();
    let mut sentences = vec![format!("p99 ÷ p50: {}{}.", list(&each), doubts(&used))];
    let fit = Fit::of(rows.iter().map(|row| row.0).filter(|row| row.transport() == Transport::Polling), |row| {
        let period = row.trial.polling.interval_ns as f64;
        let middle = mean(row.trial).filter(|_| phases_cover(row.trial))?;
        Some((row.figure(Metric::P99)?, Expected::around(middle * 1.98, PHASES * period + ANY_MACHINE)))
    });
    if let [row] = fit.fits[..] {
        sentences.push(format!(
            "With {}, the wait is anything up to the next poll, each as likely: p99 ({}) is nearly a whole period, whatever the server does{}.",
            name(row), figure(row, Metric::P99), doubts(&[(row, Metric::P99)])
        ));
    }
    sentences
}
