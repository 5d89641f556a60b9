//! A threshold: what a figure has to keep to, as people write it: `websocket.p99<5ms`.
//!
//! ```text
//! WHO[POINT].METRIC RELATION VALUE
//!
//! sse.bytes<=120B                     of server-sent events, wherever they were measured
//! *.p99<250ms                         of every transport
//! websocket[h2].cpu<40µs              over HTTP/2
//! polling[clients=1000, rtt=100ms].empty<50%
//! ```

use crate::clock::Nanos;
use crate::human;
use crate::kind::{Carrier, Transport};
use crate::metric::{Metric, Unit};
use crate::near;
use crate::trial::Trial;
use std::fmt;
use std::str::FromStr;

/// What one looks like, as a regular expression that Rust's and ECMA-262's engines take alike. It cannot see whether there
/// is such a transport, point or metric, nor whether the value suits the metric.
pub const PATTERN: &str = r"^\s*(\*|[a-z-]+)\s*(\[[^\]]+\])?\s*\.\s*[a-z0-9_]+\s*[<>]=?\s*[^\s<>=].*$";

/// Stands for every transport.
const EVERY: &str = "*";
/// A time that nothing is held to, in nanoseconds: a day.
const LONGEST_NS: f64 = 86_400e9;
/// A size that nothing is held to: 1 TiB.
const LARGEST: f64 = (1u64 << 40) as f64;
/// What narrows a threshold down beside the carrier: flags of `run`, of the same meaning.
const CONDITIONS: [&str; 5] = ["clients", "clients-per-connection", "payload", "rate", "rtt"];

/// What a figure has to keep to, at every point that it is meant for.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    text: String,
    /// `None`: every transport.
    transport: Option<Transport>,
    /// All must hold of a trial.
    point: Vec<Condition>,
    /// The figure.
    pub metric: Metric,
    /// How it has to stand to the limit.
    pub relation: Relation,
    /// In the metric's unit.
    pub limit: f64,
}

/// How a figure has to stand to its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the signs say it
pub enum Relation {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What a trial has to be like.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    Carrier(Carrier),
    Clients(u32),
    /// That share a connection.
    Sharing(u32),
    /// Octets.
    Payload(usize),
    /// Updates per second.
    Rate(f64),
    Rtt(Nanos),
}

impl Relation {
    /// Whether `value` stands to `limit` as it has to.
    #[must_use]
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Relation::Less => value < limit,
            Relation::AtMost => value <= limit,
            Relation::More => value > limit,
            Relation::AtLeast => value >= limit,
        }
    }

    /// Whether what is smaller is better: an upper bound of a figure then says enough.
    #[must_use]
    pub fn is_upper(self) -> bool {
        matches!(self, Relation::Less | Relation::AtMost)
    }
}

impl Threshold {
    /// Whether it is about this transport.
    #[must_use]
    pub fn concerns(&self, transport: Transport) -> bool {
        self.transport.is_none_or(|own| own == transport)
    }

    /// Whether it is about this trial.
    #[must_use]
    pub fn is_about(&self, trial: &Trial) -> bool {
        self.concerns(trial.transport) && self.point.iter().all(|condition| condition.holds(trial))
    }

    /// Why it is about none of `trials`; `None`: it is about some.
    #[must_use]
    pub fn about_none<'t>(&self, trials: impl Iterator<Item = &'t Trial> + Clone) -> Option<String> {
        if trials.clone().any(|trial| self.is_about(trial)) {
            return None;
        }
        let mut names: Vec<&str> = trials.clone().map(|trial| trial.transport.name()).collect();
        names.sort_unstable();
        names.dedup();
        Some(match self.transport {
            Some(own) if !trials.clone().any(|trial| trial.transport == own) => {
                format!("`{self}`: {own} is not measured, only {} {}", names.join(", "), verb(names.len()))
            }
            own => {
                let whose = own.map_or("of every transport".to_owned(), |own| format!("of {own}"));
                format!("`{self}`: no trial {whose} is at that point")
            }
        })
    }
}

fn verb(things: usize) -> &'static str {
    if things == 1 { "is" } else { "are" }
}

impl Condition {
    fn holds(&self, trial: &Trial) -> bool {
        match *self {
            Condition::Carrier(carrier) => trial.carrier == carrier,
            Condition::Clients(clients) => trial.clients == clients,
            Condition::Sharing(clients) => trial.clients_per_connection == clients,
            Condition::Payload(octets) => trial.feed.payload == octets,
            // what was computed need not be what was written to the last bit
            Condition::Rate(rate) => (trial.feed.schedule.rate() - rate).abs() <= rate.abs() * 1e-9,
            Condition::Rtt(ns) => trial.link.rtt_ns == ns,
        }
    }
}

/// As it was written.
impl fmt::Display for Threshold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Threshold, String> {
        let text = text.trim();
        let because = |reason: String| format!("`{text}`: {reason}");
        if text.chars().any(char::is_control) {
            return Err("it is shown at a terminal: no control characters".into());
        }
        let at = text.find(['<', '>']).ok_or_else(|| because(form("there is no `<`, `<=`, `>` or `>=`")))?;
        let (figure, rest) = text.split_at(at);
        let (relation, value) = relation(rest);
        let (who, point, metric) = parts(figure).map_err(because)?;
        let transport = if who == EVERY { None } else { Some(transport(who).map_err(because)?) };
        let point = point.map(conditions).transpose().map_err(because)?.unwrap_or_default();
        let metric: Metric = metric.parse().map_err(because)?;
        let limit = limit(metric, value.trim()).map_err(because)?;
        Ok(Threshold { text: text.to_owned(), transport, point, metric, relation, limit })
    }
}

fn form(fault: &str) -> String {
    format!("{fault}: a threshold is written as `websocket.p99<5ms` or `*.bytes<=1KiB`")
}

/// The sign at the beginning of `text`, and what follows it.
fn relation(text: &str) -> (Relation, &str) {
    let signs = [("<=", Relation::AtMost), (">=", Relation::AtLeast), ("<", Relation::Less), (">", Relation::More)];
    let found = signs.into_iter().find_map(|(sign, relation)| Some((relation, text.strip_prefix(sign)?)));
    found.unwrap_or((Relation::Less, text))
}

/// Who, the point between brackets, and the metric.
fn parts(figure: &str) -> Result<(&str, Option<&str>, &str), String> {
    let no_metric = || form("no metric is named");
    let (who, point, metric) = match figure.split_once('[') {
        None => {
            let (who, metric) = figure.split_once('.').ok_or_else(no_metric)?;
            (who, None, metric)
        }
        Some((who, rest)) => {
            let (point, rest) = rest.split_once(']').ok_or_else(|| form("`[` is not closed by `]`"))?;
            (who, Some(point), rest.trim_start().strip_prefix('.').ok_or_else(no_metric)?)
        }
    };
    Ok((who.trim(), point, metric.trim()))
}

fn transport(who: &str) -> Result<Transport, String> {
    who.parse().map_err(|error: String| format!("{error}; `*` means every one"))
}

fn conditions(point: &str) -> Result<Vec<Condition>, String> {
    point.split(',').map(|text| condition(text.trim())).collect()
}

fn condition(text: &str) -> Result<Condition, String> {
    let Some((key, value)) = text.split_once('=') else {
        let carrier = text.parse().map(Condition::Carrier);
        return carrier.map_err(|error: String| {
            format!("{error}; a point is a carrier, or {}", CONDITIONS.map(|key| format!("{key}=…")).join(", "))
        });
    };
    let value = value.trim();
    let condition = match key.trim() {
        "clients" => human::count(value).map(Condition::Clients),
        "clients-per-connection" => human::count(value).map(Condition::Sharing),
        "payload" => human::size(value).map(Condition::Payload),
        "rate" => human::rate(value).and_then(finite).map(Condition::Rate),
        "rtt" => human::duration(value).map(Condition::Rtt),
        key => {
            let (meant, all) = (near::meant(key, CONDITIONS), CONDITIONS.join(", "));
            return Err(format!("a point is told by its carrier or by {all}, not by `{key}`{meant}"));
        }
    };
    condition.map_err(|error| format!("{key}={value}: {error}"))
}

/// Reads what `metric` is held to, in its unit.
fn limit(metric: Metric, text: &str) -> Result<f64, String> {
    let read = match metric.unit() {
        #[allow(clippy::cast_precision_loss)] // a limit has few digits
        Unit::Nanoseconds => human::duration(text).ok().map(|ns| ns as f64),
        Unit::Octets => octets(text),
        Unit::Ratio => text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok()).map(|n: f64| n / 100.0),
        Unit::Count => text.parse().ok(),
    };
    let wanted = match metric.unit() {
        Unit::Nanoseconds => "a time with its unit, such as `5ms` or `40us`",
        Unit::Octets => "a size, such as `120 B` or `4KiB`",
        Unit::Ratio => "a percentage, such as `5%`",
        Unit::Count => "a number without a unit, such as `1.5`",
    };
    let fault = || format!("{} is held to {wanted}, not to `{text}`", metric.key());
    let limit = read.filter(|limit| limit.is_finite()).ok_or_else(fault)?;
    match metric.unit() {
        // `5M` are five months, `1E` an exbibyte: nothing is ever held to that on purpose
        Unit::Nanoseconds if limit > LONGEST_NS => {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and positive, as it was read
            let span = human::span(limit as Nanos);
            Err(format!("{} is held to a day at the most, and `{text}` is {span}", metric.key()))
        }
        Unit::Octets if limit > LARGEST => {
            Err(format!("{} is held to 1 TiB at the most, not to `{text}`", metric.key()))
        }
        _ => Ok(limit),
    }
}

fn finite(rate: f64) -> Result<f64, String> {
    if rate.is_finite() { Ok(rate) } else { Err("a number of updates per second".into()) }
}

/// As [`human::size`], with parts of an octet: a mean has them.
fn octets(text: &str) -> Option<f64> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - unit.len()].parse().ok()?;
    #[allow(clippy::cast_precision_loss)] // a power of 1,000 or 1,024
    human::size(&format!("1{unit}")).ok().map(|one| number * one as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Threshold {
        text.parse().expect("a threshold")
    }

    #[test]
    fn as_people_write_them() {
        for (text, transport, metric, relation, limit) in [
            ("websocket.p99<5ms", Some(Transport::Websocket), Metric::P99, Relation::Less, 5e6),
            ("*.bytes<=1.5 KiB", None, Metric::Bytes, Relation::AtMost, 1536.0),
            ("sse.bytes<110.5", Some(Transport::Sse), Metric::Bytes, Relation::Less, 110.5),
            (" long-polling . empty >= 50 % ", Some(Transport::LongPolling), Metric::Empty, Relation::AtLeast, 0.5),
            ("sse.overhead<-20%", Some(Transport::Sse), Metric::Overhead, Relation::Less, -0.2),
            ("polling.requests>0.5", Some(Transport::Polling), Metric::Requests, Relation::More, 0.5),
            ("raw-tcp[h1].cpu<40us", Some(Transport::RawTcp), Metric::Cpu, Relation::Less, 4e4),
            ("*.p99<2.5ms", None, Metric::P99, Relation::Less, 2.5e6),
        ] {
            let threshold = read(text);
            assert_eq!((threshold.transport, threshold.metric, threshold.relation), (transport, metric, relation));
            assert!((threshold.limit - limit).abs() < 1e-9, "{text}: {}", threshold.limit);
            assert_eq!(threshold.to_string(), text.trim());
        }
        let point =
            read("*[h2+tls, clients=1000, rtt=100ms, rate=0.5, payload=4KiB, clients-per-connection=10].p50<1s").point;
        let rest = [
            Condition::Clients(1000),
            Condition::Rtt(100_000_000),
            Condition::Rate(0.5),
            Condition::Payload(4096),
            Condition::Sharing(10),
        ];
        assert_eq!(point, [&[Condition::Carrier(Carrier::H2Tls)], &rest[..]].concat());
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (text, says) in [
            ("websocket.p99", "there is no `<`, `<=`, `>` or `>=`: a threshold is written as"),
            ("websocket<5ms", "no metric is named: a threshold is written as"),
            ("websockets.p99<5ms", "did you mean `websocket`?; `*` means every one"),
            ("every.p99<5ms", "no transport `every`"),
            ("websocket.p98<5ms", "no metric `p98`; did you mean `p90`?"),
            ("websocket.p99.9<5ms", "no metric `p99.9`; did you mean `p999`?"),
            ("websocket.p99<5", "p99 is held to a time with its unit, such as `5ms` or `40us`, not to `5`"),
            ("websocket.p99<", "not to ``"),
            ("websocket.p99==5ms", "there is no `<`"),
            ("websocket.p99<=>5ms", "not to `>5ms`"),
            ("sse.bytes<5ms", "bytes is held to a size"),
            ("sse.bytes<-1B", "bytes is held to a size"),
            ("sse.p99<5M", "p99 is held to a day at the most, and `5M` is 5months"),
            ("sse.bytes<2TiB", "bytes is held to 1 TiB at the most"),
            ("sse[rate=inf].p99<5ms", "rate=inf: a number of updates per second"),
            ("sse.overhead<0.2", "overhead is held to a percentage, such as `5%`, not to `0.2`"),
            ("sse.requests<nan", "requests is held to a number without a unit"),
            ("sse[h3].p99<5ms", "a point is a carrier, or clients=…"),
            ("sse[client=5].p99<5ms", "not by `client`; did you mean `clients`?"),
            ("sse[rtt=5].p99<5ms", "rtt=5: `5`: a duration with its unit"),
            ("sse[h2.p99<5ms", "`[` is not closed"),
            ("sse[h2]p99<5ms", "no metric is named"),
            ("", "there is no `<`"),
            ("sse.p99<5ms\u{1b}[2J", "no control characters"),
        ] {
            let error = text.parse::<Threshold>().expect_err(text);
            assert!(error.contains(says), "{text}: {error}");
            assert!(!error.contains('\n'));
        }
    }
}
