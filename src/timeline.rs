//! The first messages of one client, as plain values: each side says what it saw of them, `run` puts both together, the
//! record keeps that.

use crate::clock::Nanos;
use crate::totals::Layers;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What one write of the client brought to the server, or what the client could use after one of its reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// From client to server.
    pub up: bool,
    /// What was whole with it: `GET`, `200`, `event ×2`, `SETTINGS`; several are parted by a comma.
    pub what: String,
    /// When the write began that sent its last octet, in nanoseconds after t0, before which setup is.
    pub sent_ns: i64,
    /// When the read ended that received it.
    pub received_ns: i64,
    /// Its octets.
    pub layers: Layers,
}

/// The same as the client knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Whole {
    /// From client to server.
    pub up: bool,
    /// What was whole with it.
    pub what: String,
    /// When the client sent or received its last octet, in nanoseconds of `CLOCK_MONOTONIC`.
    pub at: Nanos,
    /// Octets on the connection's socket in this direction up to its end.
    pub end: u64,
    /// Its octets.
    pub layers: Layers,
}

/// What the client saw of the connection that is followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Followed {
    /// The client's end.
    pub client: SocketAddr,
    /// In order of time.
    pub messages: Vec<Whole>,
}

/// What the server saw of it: it does not look inside, so that it knows no messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Calls {
    /// The client's end; `None` when nobody came.
    pub client: Option<SocketAddr>,
    /// What it wrote.
    pub sent: Vec<Call>,
    /// What it read.
    pub received: Vec<Call>,
}

/// A call that moved octets, of which the last before may not have been kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// When it began (a write) or ended (a read), in nanoseconds of `CLOCK_MONOTONIC`.
    pub at: Nanos,
    /// Octets on the connection's socket in this direction before it, and with it.
    pub octets: (u64, u64),
}

impl Followed {
    /// Both sides' times of each message that the server saw, too. `t0` is when the trial started.
    #[must_use]
    pub fn against(&self, calls: &Calls, t0: Nanos) -> Vec<Message> {
        if calls.client != Some(self.client) {
            return Vec::new();
        }
        let after = |at: Nanos| at.cast_signed() - t0.cast_signed();
        let message = |whole: &Whole| {
            let theirs = reached(if whole.up { &calls.received } else { &calls.sent }, whole.end)?;
            let (sent, received) = if whole.up { (whole.at, theirs) } else { (theirs, whole.at) };
            let (sent_ns, received_ns) = (after(sent), after(received));
            let (up, what, layers) = (whole.up, whole.what.clone(), whole.layers);
            (sent <= received).then_some(Message { up, what, sent_ns, received_ns, layers })
        };
        self.messages.iter().filter_map(message).collect()
    }
}

/// When the octet before this one went; `None` where its call was not kept.
fn reached(calls: &[Call], octets: u64) -> Option<Nanos> {
    calls.iter().find(|call| call.octets.0 < octets && octets <= call.octets.1).map(|call| call.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_was_sent_with_the_write_that_reached_its_end() {
        let client = SocketAddr::from(([127, 0, 0, 1], 7));
        let whole = |up, at, end| Whole { up, what: "GET".into(), at, end, layers: Layers::default() };
        let messages = vec![whole(true, 90, 10), whole(false, 130, 25), whole(false, 150, 30), whole(false, 160, 40)];
        let call = |at, from, to| Call { at, octets: (from, to) };
        let sent = vec![call(110, 0, 20), call(120, 20, 30)];
        let calls = Calls { client: Some(client), sent, received: vec![call(95, 0, 10)] };
        let times = |calls: &Calls| {
            let matched = Followed { client, messages: messages.clone() }.against(calls, 100);
            matched.iter().map(|message| (message.sent_ns, message.received_ns)).collect::<Vec<_>>()
        };
        assert_eq!(times(&calls), [(-10, -5), (20, 30), (20, 50)]);
        assert_eq!(times(&Calls { client: None, ..calls.clone() }), []);
        // the second write was not kept: the next says nothing about what went with it
        let gap = Calls { sent: vec![call(110, 0, 20), call(125, 30, 40)], ..calls };
        assert_eq!(times(&gap), [(-10, -5), (25, 60)]);
    }
}
