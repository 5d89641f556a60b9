//! What the clients sent and received in each phase: octets by layer, packets, requests.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// Octets by layer. Each is in one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Layers {
    /// The updates' own.
    pub payload: u64,
    /// All that delimits or encodes updates.
    pub framing: u64,
    /// HTTP heads, the upgrade's included.
    pub headers: u64,
    /// What keeps a connection in order: ping, pong and close; comments and `retry:`; every HTTP/2 frame that is neither
    /// headers nor data with anything in it.
    pub control: u64,
    /// What TLS adds: handshakes, tickets, records, alerts; below it minus above it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tls: u64,
    /// Errors' bodies, and what cannot be placed.
    pub other: u64,
}

/// What a record leaves out: it was not there.
pub(super) fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Layers {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.payload + self.framing + self.headers + self.control + self.tls + self.other
    }
}

impl AddAssign for Layers {
    fn add_assign(&mut self, other: Layers) {
        self.payload += other.payload;
        self.framing += other.framing;
        self.headers += other.headers;
        self.control += other.control;
        self.tls += other.tls;
        self.other += other.other;
    }
}

/// One of each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ways<T> {
    /// From client to server.
    pub up: T,
    /// From server to client.
    pub down: T,
}

impl<T: AddAssign> AddAssign for Ways<T> {
    fn add_assign(&mut self, other: Ways<T>) {
        self.up += other.up;
        self.down += other.down;
    }
}

/// Packets, and what TCP and IP put in front of their contents. It is not among the octets on the socket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Packets {
    /// How many: those with nothing in them but an acknowledgement, too.
    pub count: u64,
    /// Octets of their TCP and IP headers, options included.
    pub headers: u64,
}

/// Octets of options that say of one segment that it came twice (RFC 2883, 3; RFC 2018, 3), two of padding among them.
pub const DUPLICATE: u64 = 12;

impl AddAssign for Packets {
    fn add_assign(&mut self, other: Packets) {
        self.count += other.count;
        self.headers += other.headers;
    }
}

/// What one phase of a trial used, over all clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseTotals {
    /// Octets on the socket from client to server.
    pub up: u64,
    /// Octets on the socket from server to client.
    pub down: u64,
    /// Of these, the updates' own.
    pub payload: u64,
    /// Updates received.
    pub updates: u64,
    /// Requests answered, a stream's opening among them.
    pub requests: u64,
    /// Answers that held no update.
    pub empty: u64,
    /// Polls due while another was in flight, and not sent.
    pub skipped: u64,
    /// `up` and `down` by layer; `None` in a record that was made before there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Ways<Layers>>,
    /// Lines of HTTP/1.1's heads, the empty one at the end of each among them; `None` as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_lines: Option<Ways<u64>>,
    /// The packets that carried them, by the difference of samples at the phases' first octets; `None` as above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packets: Option<Ways<Packets>>,
}

impl AddAssign for PhaseTotals {
    fn add_assign(&mut self, other: PhaseTotals) {
        self.up += other.up;
        self.down += other.down;
        self.payload += other.payload;
        self.updates += other.updates;
        self.requests += other.requests;
        self.empty += other.empty;
        self.skipped += other.skipped;
        add_known(&mut self.layers, other.layers);
        add_known(&mut self.head_lines, other.head_lines);
        add_known(&mut self.packets, other.packets);
    }
}

/// Adds what is known to what is known; of nothing known, nothing is.
pub fn add_known<T: AddAssign + Default>(sum: &mut Option<T>, more: Option<T>) {
    if let Some(more) = more {
        *sum.get_or_insert_default() += more;
    }
}

/// Every phase's totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // the phases, by name
pub struct Phases<T> {
    pub setup: T,
    pub warmup: T,
    pub steady: T,
    pub drain: T,
    pub teardown: T,
}

impl<T> Phases<T> {
    /// In order of time.
    pub fn all(&self) -> [&T; 5] {
        [&self.setup, &self.warmup, &self.steady, &self.drain, &self.teardown]
    }

    /// In order of time, to be changed.
    pub fn all_mut(&mut self) -> [&mut T; 5] {
        [&mut self.setup, &mut self.warmup, &mut self.steady, &mut self.drain, &mut self.teardown]
    }
}

impl<T: AddAssign> AddAssign for Phases<T> {
    fn add_assign(&mut self, other: Phases<T>) {
        self.setup += other.setup;
        self.warmup += other.warmup;
        self.steady += other.steady;
        self.drain += other.drain;
        self.teardown += other.teardown;
    }
}
