//! What the head of a poll is over HTTP/2: as hyper sent it, and what Chromium would have made of the same fields.
//!
//! HPACK (RFC 7541) leaves it to the sender what enters the table. Requests alone: the heads of answers are hyper's.

use super::figures::Figures;
use super::layers::{Part, Stack};
use crate::heads;
use crate::hpack::encoder::Policy;
use crate::trial::Trial;
use schemars::JsonSchema;
use serde::Serialize;

/// What the model of Chromium was held to.
pub(super) const CAPTURED: &str = heads::CAPTURED;

/// Octets of header blocks and what they make of an update, over a row's measured trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct Heads {
    /// Of a request in steady, measured.
    pub(super) hyper: f64,
    /// Of a request in steady, modelled.
    pub(super) chromium: f64,
    /// Of a connection's first request, modelled.
    pub(super) chromium_first: f64,
    /// An update's on the sockets, measured.
    pub(super) bytes: f64,
    /// The same with Chromium's requests.
    pub(super) chromium_bytes: f64,
}

impl Heads {
    /// `None` for whatever is no poll over HTTP/2, or whose record does not say what its octets are.
    pub(super) fn of(trial: &Trial, figures: &[&Figures], stack: Option<&Stack>) -> Option<Heads> {
        let stack = stack?;
        let (mut up, mut requests, mut empty) = (0, 0, 0);
        for figures in figures {
            up += figures.used.layers?.up.headers;
            requests += figures.used.requests;
            empty += figures.used.empty;
        }
        if requests == 0 || up == 0 {
            return None;
        }
        let hyper = up as f64 / requests as f64;
        let fresh = requests.saturating_sub(empty) as f64 / requests as f64;
        let blocks = heads::blocks(trial, Policy::Chromium, fresh)?;
        let (bytes, heads) = (stack.total(), stack.part(Part::RequestHeads));
        Some(Heads {
            hyper,
            chromium: blocks.steady,
            chromium_first: blocks.first,
            bytes,
            chromium_bytes: bytes - heads + heads * blocks.steady / hyper,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;
    use crate::totals::{Layers, Ways};

    #[test]
    fn an_update_has_the_requests_exchanged_and_nothing_else() {
        let text = r#"{"transport":"polling","carrier":"h2","clients":1,"feed":{"schedule":{"kind":"periodic",
            "rate":25.0},"payload":100,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":300000000,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":30000000000,"headers":{"profile":"browser","cookie":1024},
            "windows":{"warmup_ns":2000000000,"steady_ns":10000000000,"drain_ns":1},
            "sockets":{"send_buffer":131072,"max_segment":null}}"#;
        let mut trial: Trial = serde_json::from_str(text).expect("a trial");
        let mut measured = figures(100, 60);
        // two requests, of which one brought the only update
        (measured.used.requests, measured.used.empty, measured.used.updates) = (2, 1, 1);
        let up = Layers { headers: 1700, framing: 18, ..Layers::default() };
        let down = Layers { payload: 100, headers: 60, ..Layers::default() };
        measured.used.layers = Some(Ways { up, down });
        let all = [&measured];
        let stack = Stack::of(&all);
        let heads = Heads::of(&trial, &all, stack.as_ref()).expect("a poll over HTTP/2");
        assert_eq!((heads.hyper, heads.bytes), (850.0, 1878.0));
        assert!(heads.chromium > 35.0 && heads.chromium < 45.0 && heads.chromium_first > 1000.0, "{heads:?}");
        assert!((heads.chromium_bytes - (178.0 + 2.0 * heads.chromium)).abs() < 0.01, "{heads:?}");
        trial.carrier = crate::kind::Carrier::H1;
        assert_eq!(Heads::of(&trial, &all, stack.as_ref()), None);
        assert_eq!(Heads::of(&trial, &all, None), None);
    }
}
