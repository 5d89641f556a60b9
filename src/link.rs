//! The emulated network, as a plain value: what stands between clients and server in place of loopback.

use crate::clock::{Nanos, SECOND};
use crate::near;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far away the server is, and over what kind of line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Octets wait in the load, above its sockets: no privileges, any system, no packets.
    #[default]
    Portable,
    /// Packets wait between two network namespaces: real TCP at that distance.
    Packets,
}

/// What is wanted to emulate a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// The best that the machine allows: packets, or else octets in the load.
    Auto,
    /// Octets wait in the load, above its sockets: no privileges, any system, no packets.
    Portable,
    /// Packets wait between two network namespaces (Linux): real TCP at that distance.
    Packets,
}

impl Wanted {
    const ALL: [Wanted; 3] = [Wanted::Auto, Wanted::Portable, Wanted::Packets];

    /// The name used in scenarios and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Wanted::Auto => "auto",
            Wanted::Portable => "portable",
            Wanted::Packets => "packets",
        }
    }
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Wanted::name);
        Self::ALL
            .into_iter()
            .find(|wanted| wanted.name() == name)
            .ok_or_else(|| format!("no link `{name}`; there are {}{}", all.join(", "), near::meant(name, all)))
    }
}

/// Octets of the headers of TCP and IPv4, timestamps included, that each segment has on the line.
pub const HEADERS: u64 = 52;
/// Octets of the stream in a full segment, on Ethernet (MTU 1,500).
pub const SEGMENT: u64 = 1448;

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

    /// How long `octets` of a stream occupy a direction of it, in segments with their headers; 0 without `bandwidth`.
    #[must_use]
    pub fn occupied_ns(&self, octets: u64) -> Nanos {
        let Some(bandwidth) = self.bandwidth else { return 0 };
        let whole = octets.saturating_add(octets.div_ceil(SEGMENT).saturating_mul(HEADERS));
        let ns = u128::from(whole) * 8 * u128::from(SECOND) / u128::from(bandwidth.max(1));
        Nanos::try_from(ns).unwrap_or(Nanos::MAX)
    }

    /// The one-way delay at its longest, for the last of `octets` that leave at once for each of `clients`.
    #[must_use]
    pub fn slowest_ns(&self, octets: u64, clients: u64) -> Nanos {
        let together = if self.shared { clients } else { 1 };
        let occupied = self.occupied_ns(octets).saturating_mul(together);
        self.one_way_ns().saturating_add(self.jitter_ns).saturating_add(occupied)
    }
}

fn is_zero(ns: &Nanos) -> bool {
    *ns == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_lossless(share: &f64) -> bool {
    *share == 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn headers_of_every_segment_are_on_the_line() {
        let link = Link { bandwidth: Some(12_000_000), ..Link::default() };
        // 1,500 octets of 8 bits at 12 Mbit/s
        assert_eq!(link.occupied_ns(SEGMENT), MILLISECOND);
        assert_eq!(link.occupied_ns(SEGMENT + 1), MILLISECOND + (1 + HEADERS) * 8 * 1000 / 12);
        assert_eq!((link.occupied_ns(0), Link::default().occupied_ns(1 << 40)), (0, 0));
        let shared = Link { shared: true, rtt_ns: 20 * MILLISECOND, jitter_ns: MILLISECOND, ..link };
        assert_eq!(shared.slowest_ns(SEGMENT, 5), 16 * MILLISECOND);
        assert_eq!(Link { shared: false, ..shared }.slowest_ns(SEGMENT, 5), 12 * MILLISECOND);
    }

    #[test]
    fn loopback_is_no_link() {
        assert!(Link::default().is_none());
        assert!(!Link { level: Level::Packets, ..Link::default() }.is_none());
        assert_eq!("packets".parse(), Ok(Wanted::Packets));
        let error = "packet".parse::<Wanted>().expect_err("no such level");
        assert_eq!(error, "no link `packet`; there are auto, portable, packets; did you mean `packets`?");
    }
}
