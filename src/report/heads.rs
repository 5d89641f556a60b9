//! What the head of a poll is over HTTP/2: as hyper sent it, and what Chromium would have made of the same fields.
//!
//! HPACK (RFC 7541) leaves it to the sender what enters the table. Requests alone: the heads of answers are hyper's.

use super::figures::Figures;
use super::layers::{Part, Stack};
use crate::heads;
use crate::hpack::encoder::Policy;
use crate::trial::Trial;
use serde::Serialize;

/// What the model of Chromium was held to.
pub(super) const CAPTURED: &str = heads::CAPTURED;

/// Octets of header blocks and what they make of an update, over a row's measured trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
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
