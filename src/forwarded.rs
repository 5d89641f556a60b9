//! What a packet-level link did in a trial, as plain values: the forwarder counts it, the record keeps it.

use crate::clock::Nanos;
use crate::totals::Ways;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Display};

/// How packets come to the forwarder and leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Forwarder {
    /// A TUN device in each network.
    Tun,
    /// A pair of virtual Ethernet devices for each network, and packet sockets on the ends outside of it.
    Packet,
}

impl Forwarder {
    /// As the record has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Forwarder::Tun => "tun",
            Forwarder::Packet => "packet",
        }
    }
}

impl Display for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What became of the packets of a trial, from its first connection to its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forwarded {
    /// How they came and went.
    pub forwarder: Forwarder,
    /// Whether the forwarder ran before all other processes (`SCHED_FIFO`): root's alone.
    #[serde(default)]
    pub first: bool,
    /// From clients to server, and back.
    pub packets: Ways<Fates>,
    /// Packets that did not get as far as the forwarder, or not from it into the other network: it was too slow.
    pub overrun: u64,
    /// How late a packet was sent on, in nanoseconds after it was due: the middle.
    pub late_p50_ns: Nanos,
    /// As above: the 99th percentile.
    pub late_p99_ns: Nanos,
    /// As above: the latest.
    pub late_max_ns: Nanos,
    /// CPU time of the forwarder, in nanoseconds. What the kernel does to receive a packet is part of it.
    pub cpu_ns: Nanos,
}

/// What became of the packets of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fates {
    /// Sent on.
    pub forwarded: u64,
    /// Octets of these, headers of TCP and IP included.
    pub octets: u64,
    /// Lost on purpose: the link's share.
    pub lost: u64,
    /// Dropped because the bottleneck's queue was full.
    pub dropped: u64,
}
