//! Beside the charts of requests: how many an update costs, how many bring nothing, how many updates share an answer.

use super::course::{course, merged, pair};
use super::phrase::{doubts, figure, list, range, shown};
use super::ranking::{name, names};
use super::reason::{Expected, Fit, Why};
use super::scene::{Candidate, Scene};
use crate::clock::SECOND;
use crate::kind::{Answer, Pacing, Transport};
use crate::report::metric::Metric;
use crate::report::number::significant;
use crate::schedule::Schedule;

/// The part by which polls and updates of one window may miss their mean.
const CHANCE: f64 = 0.1;
/// Where chance moves the updates of a window by a larger part, their number says nothing of the polls.
const TOO_FEW: f64 = 0.5;
/// The part of the polls that find nothing from which on it is worth a sentence.
const WASTED: f64 = 0.1;
/// From so many updates an answer on, it is a batch.
const BATCH: f64 = 1.05;

pub(super) fn requests(scene: &Scene<'_>) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let shows = match scene.is_sweep() {
        true => course(scene, Metric::Requests),
        false => told(&rows),
    };
    let (mut puzzles, mut reasons, mut shown) = (Vec::new(), Vec::new(), Vec::from_iter(shows));
    match open(&rows) {
        Some(Why::Fits(open)) => shown.push(open),
        Some(Why::Contradicts(puzzle)) => puzzles.push(puzzle),
        None => {}
    }
    match polls(&rows) {
        Some(Why::Fits(empty)) => reasons.push(empty),
        Some(Why::Contradicts(puzzle)) => puzzles.push(puzzle),
        None => reasons.extend(answers(&rows)),
    }
    pair(merged(&shown), puzzles, reasons)
}

/// What each transport that asks needs; of one point.
fn told(rows: &[Candidate<'_>]) -> Option<String> {
    let asking: Vec<&Candidate<'_>> =
        rows.iter().filter(|row| row.transport().asks_each_time() && row.figure(Metric::Requests).is_some()).collect();
    let each: Vec<String> =
        asking.iter().map(|row| format!("{} {}", name(row), figure(row, Metric::Requests))).collect();
    let used: Vec<(&Candidate<'_>, Metric)> = asking.iter().map(|row| (*row, Metric::Requests)).collect();
    (!each.is_empty()).then(|| format!("requests per update: {}{}.", list(&each), doubts(&used)))
}

/// Streams ask once.
fn open(rows: &[Candidate<'_>]) -> Option<Why> {
    let streams = || rows.iter().filter(|row| !row.transport().asks_each_time());
    let fit = Fit::of(streams(), |row| Some((row.figure(Metric::Requests)?, Expected { low: 0.0, high: 0.0 })));
    if !fit.is_whole() {
        return fit.contradiction(Metric::Requests, "a stream that stays open needs none").map(Why::Contradicts);
    }
    let names = names(&fit.fits);
    let needs = if names.contains(' ') { "need" } else { "needs" };
    Some(Why::Fits(format!("Once open, {names} {needs} none.")))
}

/// A poll goes out every T whether there is anything or not.
fn polls(rows: &[Candidate<'_>]) -> Option<Why> {
    let fit = Fit::of(rows.iter().filter(|row| row.transport() == Transport::Polling), |row| {
        // a replay's or a burst's updates in a window are not its rate's
        let even = matches!(row.trial.feed.schedule, Schedule::Periodic { .. } | Schedule::Poisson { .. });
        if !even || row.trial.polling.pacing != Pacing::FixedRate || row.trial.answer != Answer::All {
            return None;
        }
        let updates = row.trial.feed.schedule.rate() * row.trial.polling.interval_ns as f64 / SECOND as f64;
        let planned = updates * row.trial.windows.steady_ns as f64 / row.trial.polling.interval_ns.max(1) as f64;
        // one more or less at a window's edges; as many at random as their mean ± two of its roots
        let poisson = matches!(row.trial.feed.schedule, Schedule::Poisson { .. });
        let chance = if poisson { 2.0 / planned.sqrt() } else { 1.0 / planned };
        if chance > TOO_FEW {
            return None;
        }
        Some((row.figure(Metric::Requests)?, Expected::around(1.0 / updates, (CHANCE + chance) / updates)))
    });
    if !fit.is_whole() {
        return fit
            .contradiction(Metric::Requests, "one goes out every period, whatever the feed does")
            .map(Why::Contradicts);
    }
    let empty: Vec<(&Candidate<'_>, f64)> =
        fit.fits.iter().filter_map(|row| Some((*row, row.figure(Metric::Empty)?))).collect();
    let used: Vec<(&Candidate<'_>, Metric)> = empty.iter().map(|(row, _)| (*row, Metric::Empty)).collect();
    let shares: Vec<f64> = empty.iter().map(|(_, share)| *share).collect();
    if shares.iter().all(|share| *share < WASTED) {
        return None;
    }
    let all = rows.iter().filter(|row| row.transport() == Transport::Polling).count();
    // where chance moves the polls too far, nothing is expected of them, and nothing told
    let part = if shares.len() < all { format!(" ({} of {all} points)", shares.len()) } else { String::new() };
    Some(Why::Fits(format!(
        "With {}, a request goes out every period whatever the feed does, and {} of them found nothing{part}{}.",
        Transport::Polling,
        range(&shares, |share| shown(Metric::Empty, share)),
        doubts(&used)
    )))
}

/// How many updates an answer holds that is not empty.
fn answers(rows: &[Candidate<'_>]) -> Option<String> {
    let batch = |row: &Candidate<'_>| {
        let full = row.figure(Metric::Requests)? * (1.0 - row.figure(Metric::Empty)?);
        (full > 0.0).then(|| 1.0 / full)
    };
    let mut told = Vec::new();
    let mut used: Vec<(&Candidate<'_>, Metric)> = Vec::new();
    for transport in Transport::ALL.into_iter().filter(|transport| transport.asks_each_time()) {
        let all: Vec<(&Candidate<'_>, f64)> = rows
            .iter()
            .filter(|row| row.transport() == transport && row.trial.answer == Answer::All)
            .filter_map(|row| Some((row, batch(row)?)))
            .collect();
        let (Some(first), Some(last)) = (all.first(), all.last()) else { continue };
        used.extend(all.iter().map(|(row, _)| (*row, Metric::Requests)));
        let (least, most) =
            (all.iter().map(|a| a.1).fold(f64::INFINITY, f64::min), all.iter().map(|a| a.1).fold(0.0, f64::max));
        told.push(if most < BATCH {
            format!("one in {}'s", name(first.0))
        } else if significant(least) == significant(most) {
            format!("{} in {}'s", significant(most), name(last.0))
        } else {
            format!("{} to {} in {}'s", significant(least), significant(most), name(last.0))
        });
    }
    (!told.is_empty()).then(|| {
        format!(
            "Updates that came since the last answer share the next one: {} on average{}.",
            list(&told),
            doubts(&used)
        )
    })
}
