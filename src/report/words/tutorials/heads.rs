//! What is said of WebSocket's octets: that heads go once, and how long a frame's prefix is.

use super::answer::{Answer, Case, Found};
use super::figures::{of, rows_of};
use crate::kind::Transport;
use crate::report::metric::Metric;
use crate::report::words::aspect::QUESTIONED;
use crate::report::words::phrase::{doubts, list, range, shown};
use crate::report::words::scene::{Candidate, Scene};

/// What tutorials say of a frame's prefix, in octets.
const SAID: std::ops::RangeInclusive<f64> = 4.0..=12.0;

/// None in steady, after those of the opening.
pub(super) fn once(scene: &Scene<'_>) -> Answer {
    let claim = "Headers are sent only once.";
    let mut cases = Vec::new();
    for (at, point) in scene.points.iter().enumerate() {
        let heads = point.row(QUESTIONED).filter(|row| opening(row).is_some()).and_then(an_update);
        cases.extend(heads.map(|heads| Case { at, of: ("", ""), found: Found::is(heads == 0.0) }));
    }
    let rows = rows_of(scene, QUESTIONED);
    let openings: Vec<f64> = rows.iter().filter_map(opening).collect();
    if cases.is_empty() || openings.is_empty() {
        return Answer::unmeasured(claim, format!("This record does not say it of {QUESTIONED}, layer by layer."));
    }
    let used: Vec<(&Candidate<'_>, Metric)> = rows.iter().map(|row| (row, Metric::HeadersUp)).collect();
    let after: Vec<f64> = rows.iter().filter_map(an_update).collect();
    let after = match after.iter().all(|heads| *heads == 0.0) {
        true => "none after".into(),
        false => format!("then {} an update, of connections that were opened again", octets(&after)),
    };
    let sentence = format!(
        "{QUESTIONED}: {} of heads a client before the feed, {after}{}{}.",
        octets(&openings),
        doubts(&used),
        others(scene)
    );
    Answer::of(scene, claim, &cases, sentence)
}

/// Of the others, who sends heads with its updates, and who no more often.
fn others(scene: &Scene<'_>) -> String {
    let (mut each, mut no_more) = (Vec::new(), Vec::new());
    for who in Transport::ALL.into_iter().filter(|who| *who != QUESTIONED) {
        let heads: Vec<f64> = rows_of(scene, who).iter().filter_map(an_update).collect();
        match heads.as_slice() {
            [] => {}
            heads if heads.iter().all(|heads| *heads == 0.0) => no_more.push(who.name()),
            heads => each.push(format!("{who} {}", octets(heads))),
        }
    }
    let each = if each.is_empty() { String::new() } else { format!("; with each update {}", list(&each)) };
    if no_more.is_empty() { each } else { format!("{each}; no more often: {}", list(&no_more)) }
}

/// Octets of heads an update, both directions.
fn an_update(row: &Candidate<'_>) -> Option<f64> {
    Some(row.figure(Metric::HeadersUp)? + row.figure(Metric::HeadersDown)?)
}

/// Octets of heads a client, both directions, before the feed begins; `None` also where there were none.
fn opening(row: &Candidate<'_>) -> Option<f64> {
    let trials = row.estimate(Metric::HeadersUp)?.trials.len() as f64;
    let layers = row.sums.setup.layers?;
    let heads = (layers.up.headers + layers.down.headers) as f64;
    (heads > 0.0).then(|| heads / (trials * f64::from(row.trial.clients.max(1))))
}

fn octets(values: &[f64]) -> String {
    range(values, |octets| shown(Metric::Bytes, octets))
}

/// Of HTTP/1.1: over HTTP/2 the framing of an update holds the head of a DATA frame, too.
pub(super) fn prefix(scene: &Scene<'_>) -> Answer {
    let claim = "A frame's prefix is 4 to 12 bytes.";
    let mut cases = Vec::new();
    for (at, point) in scene.points.iter().enumerate() {
        let row = point.row(QUESTIONED).filter(|row| !row.trial.carrier.is_h2());
        let found = row.and_then(|row| row.figure(Metric::FramingDown));
        cases.extend(found.map(|octets| Case { at, of: ("", ""), found: Found::is(SAID.contains(&octets)) }));
    }
    let mut rows = rows_of(scene, QUESTIONED);
    rows.retain(|row| !row.trial.carrier.is_h2() && row.figure(Metric::FramingDown).is_some());
    if cases.is_empty() || rows.is_empty() {
        return Answer::unmeasured(claim, format!("This record has no framing of {QUESTIONED} over HTTP/1.1."));
    }
    let used: Vec<(&Candidate<'_>, Metric)> = rows.iter().map(|row| (row, Metric::FramingDown)).collect();
    let payloads: Vec<f64> = rows.iter().filter_map(|row| row.figure(Metric::Payload)).collect();
    let sentence = format!(
        "An update of {} has {} of framing{}; from a server it is 2, 4 or 10 by the payload's length, from a client 4 more \
         for the mask (RFC 6455, 5.2).",
        octets(&payloads),
        of(&rows, Metric::FramingDown),
        doubts(&used)
    );
    Answer::of(scene, claim, &cases, sentence)
}
