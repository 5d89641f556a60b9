//! The point of a sweep over the round trip at a glance: whom distance alone makes late, and who is late beyond it, from where on.

use super::phrase::{capital, doubts, figure, list, range, shown, whole};
use super::ranking::{hold, names};
use super::scene::{Candidate, Scene};
use crate::clock::SECOND;
use crate::kind::Transport;
use crate::report::metric::Metric;
use crate::report::number::setting;
use crate::schedule::Schedule;

/// Who is behind by less is not left behind: an answer's turnaround is no distance.
const LEFT: f64 = 1.15;
/// Nor is what is less than this, in nanoseconds: on loopback everything looks equal.
const TOLD: f64 = 1e6;

/// `None` where it is no such sweep, or nobody can be held against another at both ends of it.
pub(super) fn of(scene: &Scene<'_>) -> Option<String> {
    if !scene.distance {
        return None;
    }
    let all: Vec<Course<'_, '_>> = Transport::ALL.into_iter().filter_map(|who| Course::of(scene, who)).collect();
    // whom distance adds least to
    let leader = all.iter().min_by(|a, b| a.last().1.total_cmp(&b.last().1)).filter(|_| all.len() > 1)?;
    let (mut with, mut leaving, mut behind): (Vec<_>, Vec<_>, Vec<_>) = (vec![leader], Vec::new(), Vec::new());
    for course in all.iter().filter(|course| course.who != leader.who) {
        match course.leaves(leader) {
            None => with.push(course),
            Some(0) => behind.push(course),
            Some(at) => leaving.push((at, course)),
        }
    }
    with.sort_by_key(|course| course.who);
    let mut told = vec![opening(scene, &with)];
    let leaving: Vec<String> = leaving.iter().map(|(at, course)| left(scene, leader, course, *at)).collect();
    told.extend(leaving);
    if !behind.is_empty() {
        let texts: Vec<String> =
            behind.iter().map(|course| format!("{} ({} to {})", course.who, course.first(), course.end())).collect();
        told.push(format!("Later at every distance: {}{}.", list(&texts), marks(&behind)));
    }
    Some(told.join(" "))
}

/// A transport's medians along the round trip.
struct Course<'r, 'p> {
    who: Transport,
    /// The place of the point, and its row.
    points: Vec<(usize, &'r Candidate<'p>)>,
}

impl<'r, 'p> Course<'r, 'p> {
    fn of(scene: &'r Scene<'p>, who: Transport) -> Option<Course<'r, 'p>> {
        let row = |at: usize| scene.points[at].row(who).filter(|row| row.figure(Metric::P50).is_some());
        let points: Vec<_> = (0..scene.points.len()).filter_map(|at| Some((at, row(at)?))).collect();
        (points.len() > 1).then_some(Course { who, points })
    }

    fn last(&self) -> (&'r Candidate<'p>, f64) {
        let row = self.points[self.points.len() - 1].1;
        (row, row.figure(Metric::P50).unwrap_or(f64::INFINITY))
    }

    fn first(&self) -> String {
        figure(self.points[0].1, Metric::P50)
    }

    fn end(&self) -> String {
        figure(self.last().0, Metric::P50)
    }

    fn row(&self, at: usize) -> Option<&'r Candidate<'p>> {
        self.points.iter().find(|point| point.0 == at).map(|point| point.1)
    }

    /// The first of the points from which on it is behind at all of them; `None`: it is not at the last.
    fn leaves(&self, leader: &Course<'_, '_>) -> Option<usize> {
        let held = self.points.iter().filter_map(|(at, row)| {
            let first = leader.row(*at)?;
            let apart = row.figure(Metric::P50)? - first.figure(Metric::P50)?;
            Some((*at, hold(Metric::P50, first, row).factor() >= LEFT && apart >= TOLD))
        });
        let held: Vec<(usize, bool)> = held.collect();
        let from = held.iter().rposition(|(_, behind)| !behind).map_or(0, |place| place + 1);
        let from = held.get(from)?;
        Some(if from.0 == held[0].0 { 0 } else { from.0 })
    }
}

/// Who is late by the distance alone.
fn opening(scene: &Scene<'_>, with: &[&Course<'_, '_>]) -> String {
    let rows: Vec<&Candidate<'_>> = with.iter().map(|course| course.points[0].1).collect();
    let ends = |pick: &dyn Fn(&Course<'_, '_>) -> Option<f64>| {
        let values: Vec<f64> = with.iter().filter_map(|course| pick(course)).collect();
        range(&values, |value| shown(Metric::P50, value))
    };
    let first = ends(&|course| course.points[0].1.figure(Metric::P50));
    let last = ends(&|course| Some(course.last().1));
    let (from, to) = (with[0].points[0].0, with[0].points[with[0].points.len() - 1].0);
    let bring = if rows.len() == 1 { "brings" } else { "bring" };
    let half = with.iter().flat_map(|course| &course.points).all(|(_, row)| is_half(row));
    let half = if half { ", half of the round trip" } else { "" };
    format!(
        "{} {bring} an update in {first} {}, in {last} {}{half}{}.",
        names(&rows),
        scene.at(scene.point(from)),
        scene.at(scene.point(to)),
        marks(with)
    )
}

/// Whether a median is the way to the client and no more than what both sides need for it.
fn is_half(row: &Candidate<'_>) -> bool {
    let half = row.trial.link.one_way_ns() as f64;
    row.figure(Metric::P50).is_some_and(|p50| (half..=half * 1.05 + WORK).contains(&p50))
}

/// What both sides and their timers take, in nanoseconds.
const WORK: f64 = 2e6;

/// Who is left behind, where, and, where the plan says so, why there.
fn left(scene: &Scene<'_>, leader: &Course<'_, '_>, course: &Course<'_, '_>, at: usize) -> String {
    let (who, first) = (course.who, leader.who);
    let figures = |at: usize| {
        let of = |course: &Course<'_, '_>| course.row(at).map_or("—".into(), |row| figure(row, Metric::P50));
        format!("{} against {}", of(course), of(leader))
    };
    let last = course.points[course.points.len() - 1].0;
    let only = last == at;
    let told = match only {
        true => figures(at),
        false => [at, last].map(|at| format!("{} {}", figures(at), scene.at(scene.point(at)))).join(", "),
    };
    let where_to = match gap(course, at) {
        Some(gap) => format!("where the round trip reaches the gap between updates ({})", whole(&gap)),
        // nothing was measured beyond
        None if only => scene.at(scene.point(at)),
        None => format!("from {} on", scene.point(at)),
    };
    capital(&format!("{who} leaves {first} {where_to}: {told}{}.", marks(&[leader, course])))
}

/// The gap between updates that come evenly, where it lies between the round trips at which a client that asks again is in
/// time and is not.
fn gap(course: &Course<'_, '_>, at: usize) -> Option<String> {
    let row = course.row(at).filter(|row| row.transport() == Transport::LongPolling)?;
    let Schedule::Periodic { rate } = row.trial.feed.schedule else { return None };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive, and saturates
    let gap = (SECOND as f64 / rate) as u64;
    let before = course.points.iter().rfind(|point| point.0 < at)?.1;
    let reached = |row: &Candidate<'_>| row.trial.link.rtt_ns + row.trial.link.rtt_ns / 50 >= gap;
    (!reached(before) && reached(row)).then(|| setting(gap))
}

fn marks(courses: &[&Course<'_, '_>]) -> String {
    let rows = courses.iter().flat_map(|course| &course.points).map(|(_, row)| (*row, Metric::P50));
    doubts(&rows.collect::<Vec<_>>())
}
