//! The figures that a report may show: what each is called, its unit, how it is taken from a trial and how it is printed.

use super::figures::{Bound, Figures};
use super::number::{growth, memory, octets, percent, significant, time};
use crate::totals::Subject;

/// A figure of a trial, or of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Metric {
    P50,
    P90,
    P99,
    P999,
    Max,
    /// p99 of the naive twin, received − emitted.
    Twin,
    /// p50 of emitted − planned.
    Lateness,
    Bytes,
    Payload,
    Overhead,
    Requests,
    Empty,
    Cpu,
    Idle,
    Memory,
    FramingUp,
    FramingDown,
    HeadersUp,
    HeadersDown,
    ControlUp,
    ControlDown,
    TlsUp,
    TlsDown,
    OtherUp,
    OtherDown,
    /// Of the packets, which are not among the sockets' octets.
    TcpIpUp,
    TcpIpDown,
    PacketsUp,
    PacketsDown,
    /// Octets on the sockets and the packets' headers.
    Wire,
    /// The same per client, before the feed begins.
    Setup,
    /// TLS handshakes with certificates, of a trial.
    Full,
    FullTime,
    Resumed,
    ResumedTime,
}

/// What a metric's number counts, before it is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Octets.
    Octets,
    /// A share or a ratio: 1 is the whole.
    Ratio,
    /// A number of things.
    Count,
}

impl Unit {
    /// As it stands in exports.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Octets => "B",
            Unit::Ratio => "ratio",
            Unit::Count => "count",
        }
    }
}

impl Metric {
    pub(super) const ALL: [Metric; 35] = [
        Metric::P50,
        Metric::P90,
        Metric::P99,
        Metric::P999,
        Metric::Max,
        Metric::Twin,
        Metric::Lateness,
        Metric::Bytes,
        Metric::Payload,
        Metric::Overhead,
        Metric::Requests,
        Metric::Empty,
        Metric::Cpu,
        Metric::Idle,
        Metric::Memory,
        Metric::FramingUp,
        Metric::FramingDown,
        Metric::HeadersUp,
        Metric::HeadersDown,
        Metric::ControlUp,
        Metric::ControlDown,
        Metric::TlsUp,
        Metric::TlsDown,
        Metric::OtherUp,
        Metric::OtherDown,
        Metric::TcpIpUp,
        Metric::TcpIpDown,
        Metric::PacketsUp,
        Metric::PacketsDown,
        Metric::Wire,
        Metric::Setup,
        Metric::Full,
        Metric::FullTime,
        Metric::Resumed,
        Metric::ResumedTime,
    ];

    /// Its name in exports and on the command line.
    pub(super) fn key(self) -> &'static str {
        match self {
            Metric::P50 => "p50",
            Metric::P90 => "p90",
            Metric::P99 => "p99",
            Metric::P999 => "p999",
            Metric::Max => "max",
            Metric::Twin => "twin",
            Metric::Lateness => "lateness",
            Metric::Bytes => "bytes",
            Metric::Payload => "payload",
            Metric::Overhead => "overhead",
            Metric::Requests => "requests",
            Metric::Empty => "empty",
            Metric::Cpu => "cpu",
            Metric::Idle => "idle",
            Metric::Memory => "memory",
            Metric::FramingUp => "framing_up",
            Metric::FramingDown => "framing_down",
            Metric::HeadersUp => "headers_up",
            Metric::HeadersDown => "headers_down",
            Metric::ControlUp => "control_up",
            Metric::ControlDown => "control_down",
            Metric::TlsUp => "tls_up",
            Metric::TlsDown => "tls_down",
            Metric::OtherUp => "other_up",
            Metric::OtherDown => "other_down",
            Metric::TcpIpUp => "tcpip_up",
            Metric::TcpIpDown => "tcpip_down",
            Metric::PacketsUp => "packets_up",
            Metric::PacketsDown => "packets_down",
            Metric::Wire => "wire",
            Metric::Setup => "setup",
            Metric::Full => "tls_full",
            Metric::FullTime => "tls_full_time",
            Metric::Resumed => "tls_resumed",
            Metric::ResumedTime => "tls_resumed_time",
        }
    }

    /// What it is called in a sentence.
    pub(super) fn name(self) -> &'static str {
        match self {
            Metric::P50 => "p50",
            Metric::P90 => "p90",
            Metric::P99 => "p99",
            Metric::P999 => "p99.9",
            Metric::Max => "max",
            Metric::Twin => "naive p99",
            Metric::Lateness => "the feed's lateness",
            Metric::Bytes => "bytes per update",
            Metric::Payload => "payload per update",
            Metric::Overhead => "overhead",
            Metric::Requests => "requests per update",
            Metric::Empty => "empty polls",
            Metric::Cpu => "server CPU per update",
            Metric::Idle => "idle CPU",
            Metric::Memory => "memory per client",
            Metric::FramingUp => "framing up",
            Metric::FramingDown => "framing down",
            Metric::HeadersUp => "request heads",
            Metric::HeadersDown => "answer heads",
            Metric::ControlUp => "control up",
            Metric::ControlDown => "control down",
            Metric::TlsUp => "TLS up",
            Metric::TlsDown => "TLS down",
            Metric::OtherUp => "other octets up",
            Metric::OtherDown => "other octets down",
            Metric::TcpIpUp => "TCP/IP headers up",
            Metric::TcpIpDown => "TCP/IP headers down",
            Metric::PacketsUp => "packets up",
            Metric::PacketsDown => "packets down",
            Metric::Wire => "bytes per update on the wire",
            Metric::Setup => "setup bytes per client",
            Metric::Full => "full TLS handshakes",
            Metric::FullTime => "time of a full TLS handshake",
            Metric::Resumed => "resumed TLS handshakes",
            Metric::ResumedTime => "time of a resumed TLS handshake",
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max => Unit::Nanoseconds,
            Metric::Twin | Metric::Lateness | Metric::Cpu => Unit::Nanoseconds,
            Metric::Overhead | Metric::Empty | Metric::Idle => Unit::Ratio,
            Metric::Requests | Metric::PacketsUp | Metric::PacketsDown | Metric::Full | Metric::Resumed => Unit::Count,
            Metric::FullTime | Metric::ResumedTime => Unit::Nanoseconds,
            _ => Unit::Octets,
        }
    }

    /// What a doubt has to be about to be one about this figure; `None`: it stands, whatever is doubted.
    pub(super) fn subject(self) -> Option<Subject> {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max | Metric::Twin => {
                Some(Subject::Latency)
            }
            Metric::Lateness => None, // it is what such a doubt would be derived from
            Metric::Cpu | Metric::Idle | Metric::Memory => Some(Subject::Work),
            Metric::FullTime | Metric::ResumedTime => None, // mostly before the first update is due
            _ => Some(Subject::Bytes),
        }
    }

    /// Takes it from a trial, in its [`Unit`], or says why there is none.
    pub(super) fn of(self, trial: &Figures) -> Result<Bound, String> {
        let percentile = |p| trial.percentile(&trial.latency, p);
        let value = match self {
            Metric::P50 => percentile(0.5),
            Metric::P90 => percentile(0.9),
            Metric::P99 => percentile(0.99),
            Metric::P999 => percentile(0.999),
            Metric::Max => trial.max(),
            Metric::Twin => trial.percentile(&trial.twin, 0.99),
            Metric::Lateness => trial.late_feed(),
            Metric::Bytes => trial.bytes(),
            Metric::Payload => trial.payload(),
            Metric::Overhead => trial.overhead(),
            Metric::Requests => trial.per_update(trial.used.requests),
            Metric::Empty => trial.empty(),
            Metric::Cpu => return trial.cpu(),
            Metric::Idle => return trial.idle(),
            Metric::Memory => trial.memory(),
            _ => self.of_layers(trial),
        };
        value.map(Bound::Exact)
    }

    /// Takes what hangs on layers, packets and TLS from a trial.
    fn of_layers(self, trial: &Figures) -> Result<f64, String> {
        match self {
            Metric::FramingUp => trial.per_update_of(|l| l.up.framing),
            Metric::FramingDown => trial.per_update_of(|l| l.down.framing),
            Metric::HeadersUp => trial.per_update_of(|l| l.up.headers),
            Metric::HeadersDown => trial.per_update_of(|l| l.down.headers),
            Metric::ControlUp => trial.per_update_of(|l| l.up.control),
            Metric::ControlDown => trial.per_update_of(|l| l.down.control),
            Metric::TlsUp => trial.per_update_of(|l| l.up.tls),
            Metric::TlsDown => trial.per_update_of(|l| l.down.tls),
            Metric::OtherUp => trial.per_update_of(|l| l.up.other),
            Metric::OtherDown => trial.per_update_of(|l| l.down.other),
            Metric::TcpIpUp => trial.per_update(trial.packets()?.up.headers),
            Metric::TcpIpDown => trial.per_update(trial.packets()?.down.headers),
            Metric::PacketsUp => trial.per_update(trial.packets()?.up.count),
            Metric::PacketsDown => trial.per_update(trial.packets()?.down.count),
            Metric::Wire => trial.wire(),
            Metric::Setup => trial.setup(),
            Metric::Full => trial.tls().map(|tls| tls.full.count as f64),
            Metric::FullTime => trial.handshake(|tls| tls.full),
            Metric::Resumed => trial.tls().map(|tls| tls.resumed.count as f64),
            Metric::ResumedTime => trial.handshake(|tls| tls.resumed),
            _ => Err("it does not hang on layers".into()),
        }
    }

    /// Whether packets are among what it counts, which not every system can count.
    pub(super) fn has_packets(self) -> bool {
        matches!(
            self,
            Metric::TcpIpUp
                | Metric::TcpIpDown
                | Metric::PacketsUp
                | Metric::PacketsDown
                | Metric::Wire
                | Metric::Setup
        )
    }

    /// As it is printed, with its unit.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Metric::Overhead => growth(value),
            Metric::Memory => memory(value),
            _ => match self.unit() {
                Unit::Nanoseconds => time(value),
                Unit::Octets => octets(value),
                Unit::Ratio => percent(value),
                Unit::Count => significant(value),
            },
        }
    }
}
