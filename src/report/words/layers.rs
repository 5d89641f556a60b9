//! Beside the charts of bytes, where the record says in which layer each octet lies: what an update's bytes are, and what
//! a carrier changes about them.

use super::course::course;
use super::phrase::{doubts, list, range, shown};
use super::ranking::name;
use super::scene::{Candidate, Scene};
use crate::report::heads::{CAPTURED, Heads};
use crate::report::layers::{Part, Stack};
use crate::report::metric::Metric;

/// What is less than this part of what is beside the payload is not told.
const TOLD: f64 = 0.02;
/// What a carrier changes by less than an octet is not told.
const CHANGED: f64 = 1.0;
/// Two senders' heads that differ by fewer octets are alike: a digit in a path is one.
const OTHER: f64 = 8.0;
/// What a carrier may change, in words.
const CHANGES: [(&str, &[Part]); 3] = [
    ("heads", &[Part::AnswerHeads, Part::RequestHeads]),
    ("framing and control", &[Part::Framing, Part::Control]),
    ("TLS", &[Part::Tls]),
];

/// `None` where a row with figures has no layers; `metric` is what the chart draws: the bytes, or the overhead.
pub(super) fn layers(scene: &Scene<'_>, metric: Metric) -> Option<Vec<String>> {
    let rows = scene.by_transport();
    let measured = || rows.iter().flatten().filter(|row| row.figure(Metric::Bytes).is_some());
    if measured().next().is_none() || measured().any(|row| row.layers.is_none()) {
        return None;
    }
    let used: Vec<(&Candidate<'_>, Metric)> = measured().map(|row| (row, Metric::Bytes)).collect();
    let marks = doubts(&used);
    let mut sentences: Vec<String> = course(scene, metric).into_iter().collect();
    match &scene.points[..] {
        // of several carriers the first, and then what the others change
        [first, others @ ..] if scene.carriers && !others.is_empty() => {
            let alone: Vec<Vec<Candidate<'_>>> = first.rows.iter().map(|row| vec![*row]).collect();
            let place = scene.at(scene.point(0));
            sentences.extend(beside(&alone, &format!("Beside the payload, {place}"), &marks));
            let changes = (1..scene.points.len()).filter_map(|at| changed(scene, at));
            let changes: Vec<String> = changes.collect();
            if !changes.is_empty() {
                sentences.push(format!("Against {}, {}.", scene.point(0), changes.join("; ")));
            }
        }
        _ => sentences.extend(beside(&rows, "Beside the payload", &marks)),
    }
    sentences.extend(packets(&rows, &marks));
    sentences.extend(heads(&rows));
    Some(sentences)
}

/// What each transport's bytes are, those with the fewest first.
fn beside(rows: &[Vec<Candidate<'_>>], opening: &str, marks: &str) -> Option<String> {
    let mut told: Vec<(f64, String)> = rows.iter().filter_map(|rows| of_one(rows)).collect();
    told.sort_by(|a, b| a.0.total_cmp(&b.0));
    let told: Vec<String> = told.into_iter().map(|(_, text)| text).collect();
    (!told.is_empty()).then(|| format!("{opening}: {}{marks}.", told.join("; ")))
}

/// What a transport's bytes are, the largest part first, by how many they are; all rows are one transport's.
fn of_one(rows: &[Candidate<'_>]) -> Option<(f64, String)> {
    let stacks: Vec<&Stack> = rows.iter().filter_map(|row| row.layers).collect();
    let most = |of: &dyn Fn(&Stack) -> f64| stacks.iter().map(|stack| of(stack)).fold(0.0, f64::max);
    let added = most(&|stack| stack.total() - stack.part(Part::Payload));
    let mut parts: Vec<(f64, String)> = Vec::new();
    for part in Part::ALL.into_iter().filter(|part| !matches!(part, Part::Payload | Part::TcpIp)) {
        let greatest = most(&|stack| stack.part(part));
        if greatest > 0.0 && greatest >= added * TOLD {
            parts.push((greatest, format!("{} of {}", told(&stacks, |stack| stack.part(part)), part.name())));
        }
    }
    if parts.is_empty() {
        return None;
    }
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, text)| text).collect();
    let all = told(&stacks, Stack::total);
    Some((most(&Stack::total), format!("{}'s {all} hold {}", name(&rows[0]), list(&parts))))
}

fn told(stacks: &[&Stack], of: impl Fn(&Stack) -> f64) -> String {
    let values: Vec<f64> = stacks.iter().map(|stack| of(stack)).collect();
    range(&values, |octets| shown(Metric::Bytes, octets))
}

/// What another point changes against the first: by how much least and most, and for whom.
fn changed(scene: &Scene<'_>, at: usize) -> Option<String> {
    let mut told = Vec::new();
    for (what, parts) in CHANGES {
        let of = |row: &Candidate<'_>| row.layers.map(|stack| parts.iter().map(|part| stack.part(*part)).sum::<f64>());
        let mut found: Vec<(f64, &str)> = Vec::new();
        for row in &scene.points[at].rows {
            let before = scene.points[0].row(row.transport()).and_then(of);
            found.extend(of(row).zip(before).map(|(after, before)| (after - before, name(row))));
        }
        found.retain(|(change, _)| change.abs() >= CHANGED);
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        let each = |&(change, who): &(f64, &str)| {
            let sign = if change < 0.0 { '−' } else { '+' };
            format!("{sign}{} ({who})", shown(Metric::Bytes, change.abs()))
        };
        match &found[..] {
            [] => {}
            [one] => told.push(format!("{what} {}", each(one))),
            [least, .., most] => told.push(format!("{what} {} to {}", each(least), each(most))),
        }
    }
    (!told.is_empty()).then(|| format!("{}: {}", scene.at(scene.point(at)), told.join(", ")))
}

/// What Chromium would make of the heads of polls over HTTP/2, where it would be less, and where more.
fn heads(rows: &[Vec<Candidate<'_>>]) -> Option<String> {
    let found = || rows.iter().flatten().filter_map(|row| Some((row, row.heads?)));
    let saved = |heads: &Heads| heads.hyper - heads.chromium;
    let most = |sign: f64| {
        let told = found().filter(|(_, heads)| sign * saved(heads) >= OTHER);
        told.max_by(|a, b| (sign * saved(a.1)).total_cmp(&(sign * saved(b.1))))
    };
    let octets = |octets: f64| shown(Metric::Bytes, octets);
    let whose = |row: &Candidate<'_>| row.name.label.clone();
    let less = most(1.0).map(|(row, heads)| {
        let cookie = if row.trial.headers.cookie > 0 { ", which never indexes a cookie" } else { "" };
        format!(
            "Over HTTP/2 the head of a poll takes {} as hyper sends it{cookie}; Chromium would make {} of the same fields, and \
             {} of an update's {} ({})",
            octets(heads.hyper),
            octets(heads.chromium),
            octets(heads.chromium_bytes),
            octets(heads.bytes),
            whose(row)
        )
    });
    let more = most(-1.0).map(|(row, heads)| {
        // what is too large for the table evicts all others
        let cookie = match row.trial.headers.cookie > 0 {
            true => ", whose cookie does not fit into the server's table of 4,096 octets and evicts all that is there",
            false => "",
        };
        format!(
            "{} as hyper sends it would be {} as Chromium does ({}{cookie})",
            octets(heads.hyper),
            octets(heads.chromium),
            whose(row)
        )
    });
    let told = match (less, more) {
        (Some(less), Some(more)) => format!("{less}; {more}"),
        (Some(less), None) => less,
        (None, Some(more)) => format!("Of a poll's head over HTTP/2, {more}"),
        (None, None) => return None,
    };
    Some(format!("{told}. Chromium's are modelled after a capture ({CAPTURED})."))
}

/// What the packets' headers add, and to whom more than everything else beside the payload.
fn packets(rows: &[Vec<Candidate<'_>>], marks: &str) -> Option<String> {
    let (mut each, mut most) = (Vec::new(), Vec::new());
    let mut modelled = false;
    for rows in rows {
        let stacks: Vec<&Stack> =
            rows.iter().filter_map(|row| row.layers).filter(|stack| stack.packets().is_some()).collect();
        if stacks.is_empty() {
            continue;
        }
        let more = |stack: &&Stack| stack.part(Part::TcpIp) > stack.total() - stack.part(Part::Payload);
        modelled |= stacks.iter().any(|stack| stack.modelled);
        each.push(format!("{} to {}", told(&stacks, |stack| stack.part(Part::TcpIp)), name(&rows[0])));
        if stacks.iter().all(more) {
            most.push(name(&rows[0]));
        }
    }
    let how = if modelled { "modelled" } else { "measured" };
    let most = match most.is_empty() {
        true => String::new(),
        false => format!("; with {} that is more than all else beside the payload", list(&most)),
    };
    (!each.is_empty()).then(|| format!("The packets' TCP/IP headers ({how}) add {}{most}{marks}.", list(&each)))
}
