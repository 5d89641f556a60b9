//! Beside the charts of requests: how many an update costs, how many bring nothing, how many updates share an answer.

use super::course::course;
use super::phrase::{doubts, figure, list, shown};
use super::ranking::name;
use super::reason::{Expected, Fit};
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
/// From so many updates an answer on, it is a batch.
const BATCH: f64 = 1.05;

pub(super) fn requests(scene: &Scene<'_>) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let mut sentences: Vec<String> = match scene.is_sweep() {
        true => course(scene, Metric::Requests).into_iter().collect(),
        false => told(&rows).into_iter().collect(),
    };
    sentences.extend(open(&rows));
    sentences.extend(polls(&rows));
    sentences.extend(answers(&rows));
    sentences
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
fn open(rows: &[Candidate<'_>]) -> Option<String> {
    let streams = || rows.iter().filter(|row| !row.transport().asks_each_time());
    let fit = Fit::of(streams(), |row| Some((row.figure(Metric::Requests)?, Expected { low: 0.0, high: 0.0 })));
    if !fit.is_whole() {
        return fit.contradiction(Metric::Requests, "a stream that stays open needs none");
    }
    let names = super::reason::names(&fit.fits);
    let needs = if names.contains(' ') { "need" } else { "needs" };
    Some(format!("Once open, {names} {needs} no request: one connection carries all updates."))
}

/// A poll goes out every T whether there is anything or not.
fn polls(rows: &[Candidate<'_>]) -> Option<String> {
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
        return fit.contradiction(Metric::Requests, "one goes out every period, whatever the feed does");
    }
    let empty: Vec<(&Candidate<'_>, f64)> =
        fit.fits.iter().filter_map(|row| Some((*row, row.figure(Metric::Empty)?))).collect();
    let used: Vec<(&Candidate<'_>, Metric)> = empty.iter().map(|(row, _)| (*row, Metric::Empty)).collect();
    let (least, most) =
        (empty.iter().map(|e| e.1).fold(f64::INFINITY, f64::min), empty.iter().map(|e| e.1).fold(0.0, f64::max));
    if most <= 0.0 {
        return None;
    }
    let (least, most) = (shown(Metric::Empty, least), shown(Metric::Empty, most));
    let share = if least == most { most } else { format!("{least} to {most}") };
    let who = Transport::Polling;
    Some(format!(
        "With {who}, a request goes out every period whatever the feed does, and one that finds nothing needs its heads all the same: {share} of them found nothing{}.",
        doubts(&used)
    ))
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
