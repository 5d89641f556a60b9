//! Beside the charts of bytes: what a transport adds to an update, in the protocol's own arithmetic.

use super::course::{course, pair};
use super::phrase::{doubts, range, shown};
use super::ranking::name;
use super::reason::{Expected, Fit};
use super::scene::{Candidate, Scene};
use crate::kind::{Encoding, Profile, Transport};
use crate::report::metric::Metric;
use crate::report::number::significant;
use crate::schedule::Schedule;

/// A request and its answer cannot be shorter: method, path and host up; status, cursor, date and no-store down.
const EXCHANGE: f64 = 150.0;
/// Minimal ones are not longer: the fields of a body, a long query, wide numbers.
const MINIMAL_EXCHANGE: f64 = 260.0;
/// Octets that a stream's opening and its signs of life may add to an update.
const SLACK: f64 = 4.0;

/// `metric` is what the chart draws: the bytes, or the overhead.
pub(super) fn bytes(scene: &Scene<'_>, metric: Metric) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let fit = Fit::of(&rows, |row| Some((added(row)?, expected(row)?)));
    let mut told = Vec::new();
    for transport in Transport::ALL {
        let of = |rows: &[&Candidate<'_>]| rows.iter().any(|row| row.transport() == transport);
        let rows: Vec<&Candidate<'_>> = fit.fits.iter().filter(|row| row.transport() == transport).copied().collect();
        if !of(&fit.contradicts) && !rows.is_empty() {
            told.push((rows.iter().filter_map(|row| added(row)).fold(0.0, f64::max), reason(&rows)));
        }
    }
    told.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut whys = Vec::new();
    if !told.is_empty() {
        let used: Vec<(&Candidate<'_>, Metric)> = fit.fits.iter().map(|row| (*row, Metric::Bytes)).collect();
        let told: Vec<String> = told.into_iter().map(|(_, reason)| reason).collect();
        whys.push(format!("Beyond the payload: {}{}.", told.join("; "), doubts(&used)));
    }
    whys.extend(fit.contradiction(Metric::Bytes, "frames, fields and heads add up to something else"));
    pair(course(scene, metric), Vec::new(), whys)
}

/// Octets that an update costs beyond its payload.
fn added(row: &Candidate<'_>) -> Option<f64> {
    Some(row.figure(Metric::Bytes)? - row.figure(Metric::Payload)?)
}

/// Octets beyond the payload, as the protocol has it.
fn expected(row: &Candidate<'_>) -> Option<Expected> {
    // a replayed line's length is its own
    let longest = row.trial.feed.payload as f64;
    // what remains of an update in gzip hangs on what it says
    if !row.trial.compression.is_none() {
        return None;
    }
    let shortest = if matches!(row.trial.feed.schedule, Schedule::Replay(_)) { 0.0 } else { longest };
    Some(match row.transport() {
        Transport::Websocket => Expected { low: frame_header(shortest), high: frame_header(longest) + SLACK },
        Transport::Sse => {
            let base64 = |payload: f64| {
                if row.trial.feed.encoding == Encoding::Binary { ((payload / 3.0).ceil() * 4.0) - payload } else { 0.0 }
            };
            // `id: ` and `data: ` with three line ends, a number of 1 to 7 digits; a chunk's two line ends and a length of
            // 2 to 5, which the updates of a burst share
            Expected { low: 14.0 + base64(shortest), high: 20.0 + 9.0 + base64(longest) + SLACK }
        }
        Transport::Polling | Transport::LongPolling => {
            let requests = row.figure(Metric::Requests)?;
            let heads = &row.trial.headers;
            let listed = heads.request.is_some() || heads.response.is_some();
            let minimal = heads.cookie == 0 && !listed && heads.profile == Profile::Minimal;
            let most = if minimal { MINIMAL_EXCHANGE } else { f64::INFINITY };
            let least = if listed { heads.cookie as f64 } else { EXCHANGE + heads.cookie as f64 };
            let parted = separators(row)?;
            Expected { low: requests * least + parted - SLACK, high: requests * most + parted + SLACK }
        }
        Transport::RawTcp => return None,
    })
}

/// Octets that part an update from the others of its answer: a line end between two, or a length before each.
fn separators(row: &Candidate<'_>) -> Option<f64> {
    if row.trial.feed.encoding == Encoding::Binary {
        return Some(4.0);
    }
    let answers = row.figure(Metric::Requests)? * (1.0 - row.figure(Metric::Empty)?);
    Some((1.0 - answers).max(0.0))
}

/// RFC 6455, 5.2, from the server's side.
fn frame_header(payload: f64) -> f64 {
    match payload {
        p if p < 126.0 => 2.0,
        p if p < 65_536.0 => 4.0,
        _ => 10.0,
    }
}

/// What these octets are; all rows are one transport's.
fn reason(rows: &[&Candidate<'_>]) -> String {
    let octets: Vec<f64> = rows.iter().filter_map(|row| added(row)).collect();
    let needed = range(&octets, |octets| shown(Metric::Bytes, octets));
    let who = name(rows[0]);
    match rows[0].transport() {
        Transport::Websocket => format!("{who} {needed}, a frame header"),
        Transport::Sse => {
            let base64 = rows.iter().any(|row| row.trial.feed.encoding == Encoding::Binary);
            let growth = if base64 { ", and base64's growth" } else { "" };
            format!("{who} {needed}, chunk, `id:` and `data:` lines{growth}")
        }
        _ => {
            let requests: Vec<f64> = rows.iter().filter_map(|row| row.figure(Metric::Requests)).collect();
            let heads = |row: &&Candidate<'_>| Some((added(row)? - separators(row)?) / row.figure(Metric::Requests)?);
            let heads: Vec<f64> = rows.iter().filter_map(heads).collect();
            let parted = rows.iter().filter_map(|row| separators(row)).fold(0.0, f64::max);
            let parted = match rows[0].trial.feed.encoding {
                _ if parted < 0.01 => "",
                Encoding::Binary => ", and each update's length",
                Encoding::Text | Encoding::Json => ", and line ends",
            };
            format!(
                "{who} {needed}, {} requests and answers ({} of heads each){parted}",
                range(&requests, significant),
                range(&heads, |octets| shown(Metric::Bytes, octets)),
            )
        }
    }
}
