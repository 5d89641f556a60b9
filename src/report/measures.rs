//! What is drawn over a swept parameter: the figures, the questions they answer, and which question comes first.

use super::figures::{Bound, Figures};
use super::number::{octets, percent, setting, tick};
use super::sweep::Quantity;

/// A figure that a panel shows.
pub(super) struct Measure {
    pub(super) chart: &'static str,
    pub(super) name: &'static str,
    pub(super) heading: &'static str,
    /// Panels of one chart and of one scale can be held against each other.
    pub(super) scale: u8,
    pub(super) asking: bool,
    pub(super) get: fn(&Figures) -> Result<f64, String>,
    pub(super) show: fn(f64) -> String,
}

const fn measure(
    chart: &'static str,
    name: &'static str,
    heading: &'static str,
    get: fn(&Figures) -> Result<f64, String>,
    show: fn(f64) -> String,
) -> Measure {
    Measure { chart, name, heading, scale: 0, asking: false, get, show }
}

pub(super) const MEASURES: [Measure; 8] = [
    measure("latency", "p50", "p50: half of the deliveries were sooner", |t| t.percentile(&t.latency, 0.5), time),
    measure("latency", "p99", "p99: one in a hundred was later", |t| t.percentile(&t.latency, 0.99), time),
    measure("overhead", "overhead", "bytes beyond the payload ÷ payload", Figures::overhead, share),
    measure("bytes", "bytes per update", "bytes per update", Figures::bytes, bytes),
    Measure {
        asking: true,
        ..measure("requests", "requests per update", "requests per update", |t| t.per_update(t.used.requests), tick)
    },
    Measure {
        asking: true,
        scale: 1,
        ..measure("requests", "empty polls", "empty polls, share of the requests", |t| t.empty(true), share)
    },
    measure("cpu", "server CPU", "server CPU per update", cpu, time),
    measure("memory", "memory", "server memory per client", |t| Ok(t.memory()? / 1024.0), kib),
];

/// Title and legend of each chart.
const CHARTS: [(&str, &str, &str); 6] = [
    ("latency", "How late does an update arrive?", "Lower is sooner. Received − planned."),
    (
        "overhead",
        "How much does the transport add to an update?",
        "Lower is leaner. 100 % doubles it; octets on the sockets in both directions.",
    ),
    (
        "bytes",
        "How many bytes does an update cost?",
        "Lower is less. Octets on the sockets in both directions, HTTP included, TCP and IP not.",
    ),
    (
        "requests",
        "How many requests does an update cost?",
        "Lower is less. A stream that stays open needs none: only the transports that ask are shown.",
    ),
    (
        "cpu",
        "What does an update cost the server?",
        "Lower is less. CPU time of the server's process ÷ updates received.",
    ),
    (
        "memory",
        "What does a client cost the server?",
        "Lower is less. Private memory of the server's process that the clients added, ÷ clients.",
    ),
];

fn cpu(trial: &Figures) -> Result<f64, String> {
    match trial.cpu()? {
        Bound::Exact(value) => Ok(value),
        Bound::Below(_) => Err("the server used less than 50 ms of CPU time, which is too little to divide".into()),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; whole nanoseconds will do
fn time(ns: f64) -> String {
    setting(ns.round() as u64)
}

fn bytes(x: f64) -> String {
    if x < 1e5 { format!("{} B", tick(x)) } else { octets(x).replace(".00 ", " ").replace(".0 ", " ") }
}

fn share(x: f64) -> String {
    if x == 0.0 { percent(0.0) } else { format!("{} %", tick(x * 100.0)) }
}

fn kib(x: f64) -> String {
    format!("{} KiB", tick(x))
}

/// The charts that make sense for this axis, the one first that it is swept for.
pub(super) fn ordered(quantity: Option<Quantity>) -> Vec<(&'static str, &'static str, &'static str)> {
    let first: &[&str] = match quantity {
        Some(Quantity::Payload) => &["overhead", "latency", "cpu", "requests", "memory"],
        Some(Quantity::Interval(_)) => &["latency", "requests", "bytes", "cpu", "memory"],
        Some(Quantity::Clients) => &["latency", "cpu", "memory", "bytes", "requests"],
        Some(_) => &["latency", "bytes", "requests", "cpu", "memory"],
        None => &["bytes", "latency", "requests", "cpu", "memory"],
    };
    first.iter().filter_map(|id| CHARTS.iter().find(|chart| chart.0 == *id).copied()).collect()
}
