//! The emulated network, as a plain value: what stands between clients and server in place of loopback.

use crate::clock::Nanos;
use serde::{Deserialize, Serialize};

/// How far away the server is, and over what kind of line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// What emulates it.
    pub level: Level,
    /// The round trip, in nanoseconds; one way (d) takes half of it.
    pub rtt_ns: Nanos,
    /// At most this much is added to the way of each packet, at random and evenly, in nanoseconds. Order is kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub jitter_ns: Nanos,
    /// Bits per second of each direction, headers of TCP and IP included; `None`: without limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<u64>,
    /// Whether all clients share `bandwidth`, as behind one bottleneck; otherwise each has its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The share of packets that are lost, 0 to 1, at random and independently. Packet level only.
    #[serde(default, skip_serializing_if = "is_lossless")]
    pub loss: f64,
    /// What the bottleneck keeps waiting before it drops, in octets. Packet level only, where there is a `bandwidth`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<u64>,
}

/// What emulates a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Octets wait in the load, above its sockets: no privileges, any system, no packets.
    #[default]
    Portable,
    /// Packets wait between two network namespaces: real TCP at that distance.
    Packets,
}

impl Link {
    /// Whether nothing is emulated: what is measured is loopback.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Link::default()
    }

    /// The one-way delay d, in nanoseconds.
    #[must_use]
    pub fn one_way_ns(&self) -> Nanos {
        self.rtt_ns / 2
    }
}

fn is_zero(ns: &Nanos) -> bool {
    *ns == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_lossless(share: &f64) -> bool {
    *share == 0.0
}
