//! A claim: figures that somebody published, which a scenario sets beside its own.

use crate::kind::Transport;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody says an update costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Who says so, and where.
    pub source: String,
    /// What is counted.
    pub counts: Counts,
    /// How much of that an update costs.
    pub figures: BTreeMap<Transport, u32>,
    /// Numbers of clients for which a throughput is computed from what was measured with fewer.
    #[serde(default)]
    pub extrapolate: Vec<u32>,
}

/// What of an update's octets is counted, each more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Heads and framing, without the line ends of heads.
    Characters,
    /// Heads and framing.
    Heads,
    /// All octets on the sockets.
    Sockets,
    /// These, and the TCP/IP headers.
    Wire,
}

impl Counts {
    /// From the least to the most.
    pub const ALL: [Counts; 4] = [Counts::Characters, Counts::Heads, Counts::Sockets, Counts::Wire];
}
