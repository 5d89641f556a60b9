//! What a trial left behind, as plain values: the children send it, the record keeps it.

mod phases;

use phases::is_zero;
pub use phases::{DUPLICATE, Layers, Packets, PhaseTotals, Phases, Ways, add_known};

use crate::clock::{MILLISECOND, Nanos};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// What became of the updates planned in steady, over all clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accounting {
    /// Clients × updates planned in steady.
    pub expected: u64,
    /// Received for the first time before the drain's end.
    pub delivered: u64,
    /// Replaced by a newer one, by design (`answer = "latest"`).
    pub superseded: u64,
    /// Gone from the server's memory before the client asked.
    pub lost_retention: u64,
    /// On a connection that the server ended or that broke, and not made good.
    pub lost_cut_off: u64,
    /// Not received by the drain's end.
    pub lost_deadline: u64,
    /// Received more than once, whatever the phase.
    pub duplicates: u64,
    /// Received after a later one, whatever the phase.
    pub reordered: u64,
    /// Messages that are no update of the plan: altered, or received before they were due.
    pub foreign: u64,
}

impl Accounting {
    /// Updates that never came, whatever the cause.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost_retention + self.lost_cut_off + self.lost_deadline
    }

    /// Whether every expected update is accounted for and none is foreign.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.expected == self.delivered + self.superseded + self.lost() && self.foreign == 0
    }
}

impl AddAssign for Accounting {
    fn add_assign(&mut self, other: Accounting) {
        self.expected += other.expected;
        self.delivered += other.delivered;
        self.superseded += other.superseded;
        self.lost_retention += other.lost_retention;
        self.lost_cut_off += other.lost_cut_off;
        self.lost_deadline += other.lost_deadline;
        self.duplicates += other.duplicates;
        self.reordered += other.reordered;
        self.foreign += other.foreign;
    }
}

/// One connection over its whole life, from the side that reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Connection {
    /// The client's end: what both sides know it by.
    pub client: std::net::SocketAddr,
    /// When this side had it, in nanoseconds of `CLOCK_MONOTONIC`: an address can have several, one after the other.
    pub opened: Nanos,
    /// Octets written to the socket.
    pub sent: u64,
    /// Octets read from it.
    pub received: u64,
    /// Octets that were placed in a layer: sent, received. `None` on the side that only counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed: Option<[u64; 2]>,
    /// Read to the other side's end of stream.
    pub eof: bool,
    /// What the kernel says, read after both directions ended; `None` where it does not.
    pub kernel: Option<KernelCounters>,
}

/// The kernel's counters of one connection (Linux `TCP_INFO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KernelCounters {
    /// Octets of ours that the other side acknowledged, without SYN and FIN.
    pub acknowledged: u64,
    /// Octets received in order, without SYN and FIN.
    pub received: u64,
    /// Segments sent, pure ACKs included.
    pub segments_out: u32,
    /// Segments received.
    pub segments_in: u32,
    /// Octets sent, retransmissions included.
    pub bytes_sent: u64,
    /// Segments of ours of which the other side said that they came twice.
    pub duplicates: u32,
    /// Segments that this side sent again.
    #[serde(default, skip_serializing_if = "is_none")]
    pub retransmitted: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// Segments that the side of `connections` sent again, as far as the kernel says.
#[must_use]
pub fn retransmitted(connections: &[Connection]) -> u64 {
    connections.iter().filter_map(|side| side.kernel).map(|kernel| u64::from(kernel.retransmitted)).sum()
}

/// CPU time that a window must have seen before it is divided by anything: below it, the clock's grain and whatever else
/// the process did weigh as much as the work.
pub const MIN_CPU_NS: Nanos = 50 * MILLISECOND;

/// What a process used in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Work {
    /// The window as it was cut, in nanoseconds.
    pub window_ns: Nanos,
    /// CPU time of all its threads, in nanoseconds.
    pub cpu_ns: Nanos,
    /// Context switches it asked for (it waited).
    pub voluntary: u64,
    /// Context switches forced on it (it was preempted).
    pub involuntary: u64,
}

/// Memory at one moment, in octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memory {
    /// The process's private anonymous memory.
    pub anonymous: u64,
    /// The kernel's slabs and TCP buffers, of the whole host: both ends, and everything else.
    pub kernel_host: u64,
}

/// What the server reports at the end of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServeTotals {
    /// In steady.
    pub steady: Work,
    /// In the last second of the drain: the same clients without updates.
    pub idle: Work,
    /// Before the first connection.
    pub memory_before: Memory,
    /// With all clients connected, before the idle window; what the server keeps of the feed is taken off.
    pub memory_full: Memory,
    /// Readers ended because they were too slow.
    pub cut_off: u64,
    /// Connections refused because there were too many.
    pub refused: u64,
    /// Socket options as the kernel reports them on an accepted connection.
    pub socket: Option<SocketReport>,
    /// Segments that this side sent again, on the connections that were read to their end.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retransmitted: u64,
}

/// What the load reports at the end of a trial.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadTotals {
    /// What became of the updates.
    pub accounting: Accounting,
    /// Updates planned in steady of which at least one client received one.
    pub distinct: u64,
    /// What each phase used.
    pub phases: Phases<PhaseTotals>,
    /// Delivery latency (received − planned, nanoseconds) of each second of steady, by planned time: HDR V2, deflated,
    /// base64. The trial's histogram is their sum.
    pub latency: Vec<String>,
    /// The naive twin of the whole of steady (received − emitted), in the same form.
    pub twin: String,
    /// How late the feed emitted (emitted − planned), in the same form; server-side, counted in every latency.
    pub lateness: String,
    /// Updates received in the idle window, the drain's last second.
    #[serde(default)]
    pub idle_updates: u64,
    /// In steady.
    pub steady: Work,
    /// Connections that broke or were ended by the server and were opened again.
    pub reconnects: u64,
    /// The longest time in which this process did not run although it had asked to, in nanoseconds.
    pub stalled_ns: Nanos,
    /// Socket options as the kernel reports them on a connection.
    pub socket: Option<SocketReport>,
    /// As [`ServeTotals::retransmitted`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retransmitted: u64,
    /// The packets are not the kernel's count but follow from what was read and written: this system counts none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub packets_modelled: bool,
    /// What TLS did; `None` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsTotals>,
    /// The deliveries against theory's oracle; `None` in early records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oracle: Option<OracleTotals>,
}

/// Each delivery of an update planned in steady, held against what theory says of it. Histograms in the form of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OracleTotals {
    /// How many were held against their bound.
    pub checked: u64,
    /// How many were received before it.
    pub early: u64,
    /// How many were received before the expected time, and not before the bound: a poll that was late caught them.
    pub sooner: u64,
    /// The latencies that the oracle predicts for the same clients, phases and updates; empty where it does not apply.
    pub predicted: String,
    /// How much later than expected the others were received; empty as above. Expected is what the oracle says when it
    /// starts anew at what the client was last seen to receive; where nothing was seen, nothing is expected.
    pub excess: String,
}

/// What TLS did over all connections of a trial, from the clients' side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsTotals {
    /// Handshakes with certificates.
    pub full: Handshakes,
    /// Handshakes by a ticket of an earlier connection.
    pub resumed: Handshakes,
    /// Records sent and received, those of the handshakes too.
    pub records: Ways<u64>,
}

/// Handshakes of one kind, to the moment in which the client could send a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Handshakes {
    /// How many.
    pub count: u64,
    /// Octets of all of them.
    pub octets: Ways<u64>,
    /// How long all of them took together, in nanoseconds.
    pub took_ns: Nanos,
}

impl AddAssign for Handshakes {
    fn add_assign(&mut self, other: Handshakes) {
        self.count += other.count;
        self.octets += other.octets;
        self.took_ns += other.took_ns;
    }
}

impl AddAssign for TlsTotals {
    fn add_assign(&mut self, other: TlsTotals) {
        self.full += other.full;
        self.resumed += other.resumed;
        self.records += other.records;
    }
}

/// What the clients saw that have a process of their own. All of it is also in the load's totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Probes {
    /// Which they are, from 0, in the order in which the server got to know them.
    pub clients: Vec<u32>,
    /// What became of their updates.
    pub accounting: Accounting,
    /// Their delivery latency, in the form of the load's.
    pub latency: String,
    /// How much later than the oracle expects they received, in the same form; empty where it does not apply.
    pub excess: String,
}

/// Socket options, read back from the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketReport {
    /// `TCP_NODELAY`.
    pub nodelay: bool,
    /// `SO_SNDBUF` in octets, as the kernel counts it.
    pub send_buffer: usize,
    /// `SO_RCVBUF` in octets, as the kernel counts it.
    pub receive_buffer: usize,
    /// The largest segment sent, in octets, options excluded.
    pub max_segment: u32,
    /// `TCP_CONGESTION`.
    pub congestion: String,
}

/// A reason not to believe a number, carried by the trial and shown beside the number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Doubt {
    /// What it throws doubt on.
    pub about: Subject,
    /// The reason, one sentence with its figures.
    pub sentence: String,
}

/// What a doubt can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Delivery latency.
    Latency,
    /// Bytes and requests.
    Bytes,
    /// CPU and memory.
    Work,
    /// Delivered, superseded, lost.
    Accounting,
}
