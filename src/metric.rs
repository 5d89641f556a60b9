//! The figures that a report may show: what each is called and what it counts. How one is taken from a trial is the report's.

use crate::near;
use std::str::FromStr;

/// A figure of a trial, or of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // their names say it, and `name` what stands in a sentence
pub enum Metric {
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
    /// Updates that never came, as a share of those expected.
    Lost,
}

/// What a metric's number counts, before it is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
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
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Octets => "B",
            Unit::Ratio => "ratio",
            Unit::Count => "count",
        }
    }
}

impl Metric {
    /// All there are, in the order of exports.
    pub const ALL: [Metric; 36] = [
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
        Metric::Lost,
    ];

    /// Its name in exports and on the command line.
    #[must_use]
    pub fn key(self) -> &'static str {
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
            Metric::Lost => "lost",
        }
    }

    /// What it is called in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
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
            Metric::Lost => "lost updates",
        }
    }

    /// What its number counts.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max => Unit::Nanoseconds,
            Metric::Twin | Metric::Lateness | Metric::Cpu => Unit::Nanoseconds,
            Metric::Overhead | Metric::Empty | Metric::Idle | Metric::Lost => Unit::Ratio,
            Metric::Requests | Metric::PacketsUp | Metric::PacketsDown | Metric::Full | Metric::Resumed => Unit::Count,
            Metric::FullTime | Metric::ResumedTime => Unit::Nanoseconds,
            _ => Unit::Octets,
        }
    }
}

impl FromStr for Metric {
    type Err = String;

    fn from_str(text: &str) -> Result<Metric, String> {
        Self::ALL.into_iter().find(|metric| metric.key() == text).ok_or_else(|| {
            let keys = Self::ALL.map(Metric::key);
            format!("no metric `{text}`{}; there are {}", near::meant(&text.replace('.', ""), keys), keys.join(", "))
        })
    }
}
