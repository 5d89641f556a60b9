//! What is said of costs: WebSocket's overhead, what polling does to a server, and what a connection is worth.

use super::answer::{Answer, Case, Found};
use super::figures::{against_all, each, nobody, of, rows_of};
use super::latency::but;
use crate::kind::{Persistence, Transport};
use crate::report::metric::Metric;
use crate::report::words::aspect::QUESTIONED;
use crate::report::words::phrase::{doubts, figure, list};
use crate::report::words::ranking::hold;
use crate::report::words::scene::{Candidate, Scene};

/// On the sockets, and, where packets were counted, not more on the wire.
pub(super) fn overhead(scene: &Scene<'_>) -> Answer {
    let claim = "WebSocket has less overhead.";
    let mut cases = against_all(scene, Metric::Overhead);
    if cases.is_empty() {
        return Answer::unmeasured(claim, nobody(scene, Metric::Overhead));
    }
    let wire = against_all(scene, Metric::Wire);
    let mut turned = false;
    for case in cases.iter_mut().filter(|case| case.found == Found::Borne) {
        let opposite = |other: &&Case| other.at == case.at && other.of == case.of && other.found == Found::Opposite;
        if wire.iter().any(|other| opposite(&other)) {
            (case.found, turned) = (Found::Opposite, true);
        }
    }
    let packets = match turned {
        true => format!("; with TCP/IP headers, an update takes: {}", each(scene, Metric::Wire)),
        false => String::new(),
    };
    let sentence = format!("Beside the payload: {}{packets}{}.", each(scene, Metric::Overhead), but(scene, &cases));
    Answer::of(scene, claim, &cases, sentence)
}

/// Whether polling takes more of the server's CPU than what pushes, while updates flow and while none do.
pub(super) fn polling(scene: &Scene<'_>) -> Answer {
    let claim = "Polling overloads the server.";
    let pushes = |who: &Transport| !rows_of(scene, *who).is_empty();
    let polls = rows_of(scene, Transport::Polling);
    let other = [QUESTIONED, Transport::Sse].into_iter().find(pushes);
    let Some(other) = other.filter(|_| !polls.is_empty()) else {
        return Answer::unmeasured(claim, "This record has not both: polling, and a stream to hold it against.".into());
    };
    let both = [(Metric::Cpu, "while updates flow"), (Metric::Idle, "while no updates come")];
    let mut cases = Vec::new();
    for (metric, when) in both {
        for (at, point) in scene.points.iter().enumerate() {
            let Some((polls, other)) = point.row(Transport::Polling).zip(point.row(other)) else { continue };
            let found = Found::of(hold(metric, other, polls), hold(metric, polls, other));
            cases.extend(found.map(|found| Case { at, of: ("", when), found }));
        }
    }
    let streams = rows_of(scene, other);
    let told = |metric: Metric, unit: &str| {
        let used: Vec<(&Candidate<'_>, Metric)> = polls.iter().chain(&streams).map(|row| (row, metric)).collect();
        let known = polls.iter().chain(&streams).any(|row| row.estimate(metric).is_some());
        let (ours, theirs) = (of(&polls, metric), of(&streams, metric));
        known.then(|| format!("{ours} against {other}'s {theirs} {unit}{}", doubts(&used)))
    };
    let requests = of(&polls, Metric::Requests);
    let told: Vec<String> =
        [told(Metric::Cpu, "of server CPU an update"), told(Metric::Idle, "of a core while no updates come")]
            .into_iter()
            .flatten()
            .collect();
    if cases.is_empty() {
        return Answer::unmeasured(claim, format!("Too little CPU was used to tell: {}.", list(&told)));
    }
    let sentence = format!("polling takes {}, with {requests} requests an update.", list(&told));
    Answer::of(scene, claim, &cases, sentence)
}

/// What the same polls cost on connections that are kept, and on a new one each.
pub(super) fn connection(scene: &Scene<'_>) -> Answer {
    let claim = "One connection is cheaper than one a request.";
    let all: Vec<Candidate<'_>> = scene.by_transport().concat();
    let kept = |row: &Candidate<'_>| row.trial.persistence == Persistence::KeepAlive;
    let mut pairs: Vec<(&Candidate<'_>, &Candidate<'_>)> = Vec::new();
    for new in all.iter().filter(|row| row.transport().asks_each_time() && !kept(row)) {
        let mut alike = new.trial.clone();
        alike.persistence = Persistence::KeepAlive;
        pairs.extend(all.iter().find(|row| *row.trial == alike).map(|one| (one, new)));
    }
    if pairs.is_empty() {
        let why = match all.iter().any(|row| row.transport().asks_each_time() && !kept(row)) {
            true => "This record has no polls that keep their connection, and else are like those that open one each.",
            false => "Whatever asks keeps its connection here, too.",
        };
        return Answer::unmeasured(claim, why.into());
    }
    let (mut cases, mut told) = (Vec::new(), Vec::new());
    for (metric, what) in [(Metric::Wire, "bytes"), (Metric::Cpu, "server CPU"), (Metric::P50, "p50")] {
        for (at, (one, new)) in pairs.iter().enumerate() {
            let found = Found::of(hold(metric, one, new), hold(metric, new, one));
            cases.extend(found.map(|found| Case { at, of: ("in", what), found }));
        }
        let known = || pairs.iter().filter(|(one, new)| one.estimate(metric).and(new.estimate(metric)).is_some());
        let figures: Vec<String> = known()
            .take(NAMED)
            .map(|(one, new)| format!("{} {} against {}", one.transport(), figure(one, metric), figure(new, metric)))
            .collect();
        let used: Vec<(&Candidate<'_>, Metric)> =
            known().take(NAMED).flat_map(|(one, new)| [(*one, metric), (*new, metric)]).collect();
        if !figures.is_empty() {
            told.push(format!("{} {}{}", metric.name(), list(&figures), doubts(&used)));
        }
    }
    if cases.is_empty() {
        return Answer::unmeasured(claim, "Too little was measured to tell.".into());
    }
    Answer::of(scene, claim, &cases, format!("Kept, against a new one each: {}.", told.join("; ")))
}

/// Pairs that are named one by one.
const NAMED: usize = 2;
