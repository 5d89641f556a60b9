//! What the head of a poll is over HTTP/2: its header list, and how many octets two senders make of it.

use crate::clock::{Nanos, SECOND};
use crate::hpack::encoder::{Encoder, List, Policy};
use crate::kind::{Answer, Compression, Transport};
use crate::profile;
use crate::trial::{HOLD_NS, Trial};
use hyper::header::{HOST, HeaderValue, IF_NONE_MATCH};

/// A server's name, of which a record holds nothing: as long as any address of a test.
const HOST_AND_PORT: &str = "127.0.0.1:40000";
/// What the model of Chromium's sending was held to, octet by octet (`tests/hpack/chromium.txt`).
pub const CAPTURED: &str = "Chromium 156, 2026-11-21";
/// How many polls a mean is of, and as many before them.
const POLLS: u32 = 200;

/// Octets of the header blocks of a client's polls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blocks {
    /// The connection's first request.
    pub first: f64,
    /// The mean in steady.
    pub steady: f64,
}

/// What a sender by `policy` makes of the heads of a trial's polls; of them the share `fresh` asks from elsewhere than the
/// one before. `None` where the trial is no poll over HTTP/2.
#[must_use]
pub fn blocks(trial: &Trial, policy: Policy, fresh: f64) -> Option<Blocks> {
    if !trial.carrier.is_h2() || !trial.transport.asks_each_time() {
        return None;
    }
    let block = |encoder: &mut Encoder, since: f64| {
        // numbers are printed, not computed with
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let list = list(trial, policy, HOST_AND_PORT, since.max(0.0) as u64)?;
        Some(encoder.encode(&list).len() as f64)
    };
    let published = |ns: Nanos| trial.feed.schedule.rate() * ns as f64 / SECOND as f64;
    let (warm, end) = (published(trial.windows.warmup_ns), published(trial.windows.feed_ns()));
    let mut encoder = Encoder::new(policy);
    let first = block(&mut encoder, 0.0)?;
    let fresh = fresh.clamp(1.0 / f64::from(POLLS), 1.0);
    let mut sum = 0.0;
    // the warm-up fills the table
    for (from, to, counts) in [(0.0, warm, 0.0), (warm, end, 1.0)] {
        for poll in 0..POLLS {
            let way = (f64::from(poll) * fresh).floor() / (f64::from(POLLS) * fresh);
            sum += counts * block(&mut encoder, from + way * (to - from))?;
        }
    }
    Some(Blocks { first, steady: sum / f64::from(POLLS) })
}

/// The header list of a poll that asks for what is new behind `since`, in the order of a sender by `policy`; `None` for a
/// list of fields that is none.
#[must_use]
pub fn list(trial: &Trial, policy: Policy, host: &str, since: u64) -> Option<List> {
    let mut head = profile::request(&trial.headers, trial.persistence, trial.transport, trial.carrier, host).ok()?;
    if trial.compression == Compression::Gzip {
        profile::take_gzip(&mut head);
    }
    if trial.conditional {
        let weak = if trial.compression == Compression::Gzip { "W/" } else { "" };
        head.insert(IF_NONE_MATCH, HeaderValue::try_from(format!("{weak}\"{since}\"")).ok()?);
    }
    // it is in `:authority` (RFC 9113, 8.3.1)
    head.remove(HOST);
    let scheme = if trial.carrier.has_tls() { "https" } else { "http" };
    let (authority, scheme) = ((":authority", host), (":scheme", scheme));
    let path = format!("{}{}", trial.transport.path(), query(trial, since));
    let [second, third] = match policy {
        Policy::Chromium => [authority, scheme],
        Policy::Hyper => [scheme, authority],
    };
    let pseudo = [(":method", "GET"), second, third, (":path", &path)];
    let fields = head.iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let all = pseudo.into_iter().map(Some).chain(fields);
    all.map(|field| field.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

/// As both rooms ask.
fn query(trial: &Trial, since: u64) -> String {
    let mut parts = Vec::new();
    if !trial.conditional {
        parts.push(format!("since={since}"));
    }
    if trial.answer != Answer::All {
        parts.push(format!("answer={}", trial.answer.name()));
    }
    if trial.transport == Transport::LongPolling && trial.hold_ns != HOLD_NS {
        parts.push(format!("timeout={}ns", trial.hold_ns));
    }
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Carrier, Profile};

    fn trial(cookie: usize) -> Trial {
        let text = r#"{"transport":"polling","carrier":"h2+tls","clients":1,"feed":{"schedule":{"kind":"periodic",
            "rate":25.0},"payload":100,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":300000000,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":30000000000,"windows":{"warmup_ns":2000000000,
            "steady_ns":10000000000,"drain_ns":1},"sockets":{"send_buffer":131072,"max_segment":null}}"#;
        let mut trial: Trial = serde_json::from_str(text).expect("a trial");
        (trial.headers.profile, trial.headers.cookie) = (Profile::Browser, cookie);
        trial
    }

    #[test]
    fn a_cookie_is_sent_each_time_or_once_or_evicts_everything() {
        let of = |cookie, policy| blocks(&trial(cookie), policy, 1.0).expect("a poll over HTTP/2");
        let [none, small, large] =
            [0, 1024, 4096].map(|cookie| [Policy::Hyper, Policy::Chromium].map(|p| of(cookie, p)));
        let steady = |[hyper, chromium]: [Blocks; 2]| (hyper.steady, chromium.steady);
        assert!((steady(none).0 - steady(none).1).abs() < 3.0);
        assert!(steady(small).0 > steady(none).0 + 800.0 && steady(small).1 < steady(none).1 + 20.0);
        assert!(steady(large).1 > steady(large).0 && steady(large).0 > 3_000.0);
        assert!(small[1].first > 1_000.0);
    }

    #[test]
    fn only_polls_over_http_2_have_a_head_for_each_update() {
        let none = |change: fn(&mut Trial)| {
            let mut trial = trial(0);
            change(&mut trial);
            assert_eq!(blocks(&trial, Policy::Chromium, 1.0), None);
        };
        none(|trial| trial.carrier = Carrier::H1Tls);
        none(|trial| trial.transport = Transport::Sse);
        let mut conditional = trial(0);
        conditional.conditional = true;
        // a tag that stays the same is known by number
        let of = |fresh| blocks(&conditional, Policy::Chromium, fresh).expect("a poll over HTTP/2").steady;
        assert!(of(0.1) + 3.0 < of(1.0), "{} {}", of(0.1), of(1.0));
    }
}
