//! What is drawn over a swept parameter: the figures, the questions they answer, and which question comes first.

use super::cells::{Cell, Estimate};
use super::metric::{Metric, Unit};
use super::number::{octets, percent, setting, tick};
use super::sweep::Quantity;
use crate::stats::Interval;

/// A metric as panels show it.
pub(super) struct Measure {
    pub(super) chart: &'static str,
    pub(super) metric: Metric,
    pub(super) heading: &'static str,
    /// Panels of one chart and of one scale can be held against each other.
    pub(super) scale: u8,
    /// Only transports that ask for each answer are shown.
    pub(super) asking: bool,
    /// As it stands at a tick.
    pub(super) show: fn(f64) -> String,
}

const fn measure(chart: &'static str, metric: Metric, heading: &'static str, show: fn(f64) -> String) -> Measure {
    Measure { chart, metric, heading, scale: 0, asking: false, show }
}

pub(super) const MEASURES: [Measure; 9] = [
    measure("latency", Metric::P50, "p50: half of the deliveries were sooner", time),
    measure("latency", Metric::P99, "p99: one in a hundred was later", time),
    measure("overhead", Metric::Overhead, "bytes beyond the payload ÷ payload", share),
    measure("bytes", Metric::Bytes, "bytes per update", bytes),
    Measure { asking: true, scale: 2, ..measure("requests", Metric::Requests, "requests per update", tick) },
    Measure {
        asking: true,
        scale: 1,
        ..measure("requests", Metric::Empty, "empty polls, share of the requests", share)
    },
    measure("cpu", Metric::Cpu, "server CPU per update", time),
    measure("memory", Metric::Memory, "server memory per client", kib),
    Measure { scale: 1, ..measure("memory", Metric::Idle, "server CPU while no update comes, of one core", share) },
];

/// What a chart is about: its id, title and legend.
pub(super) type About = (&'static str, &'static str, &'static str);

/// Every chart that there may be, in the order in which they stand where nothing was swept.
const CHARTS: [About; 11] = [
    ("latency", "How late does an update arrive?", "Lower is sooner. Received − planned."),
    ("distance", "How late is an update, the farther away the server is?", "Lower is sooner. Received − planned."),
    (
        "timeline",
        "What goes over the wire, and when?",
        "One client's connection in setup and at the beginning of steady, of the first trial of each transport.",
    ),
    ("distribution", "How do the latencies spread?", "Further left is sooner, narrower is steadier."),
    (
        "overhead",
        "How much does the transport add to an update?",
        "Lower is leaner. 100 % doubles it; octets on the sockets in both directions.",
    ),
    (
        "bytes",
        "How many bytes does an update cost?",
        "Less is better. Octets on the sockets in both directions, HTTP included, TCP and IP not.",
    ),
    (
        "payback",
        "When is a setup paid back?",
        "A line begins with what a connection costs first, TCP/IP included; a dot is where the dearer setup is paid back.",
    ),
    (
        "requests",
        "How many requests does an update cost?",
        "Less is better. A stream that stays open needs none: only the transports that ask are shown.",
    ),
    (
        "asking",
        "How late is an update, and how many requests does it cost?",
        "Less is better. Latency is received − planned. A stream that stays open needs no request: of requests, only the transports \
         that ask are shown.",
    ),
    (
        "cpu",
        "What does an update cost the server?",
        "Less is better. CPU time of the server's process ÷ updates received.",
    ),
    (
        "memory",
        "What does a client cost the server?",
        "Less is better. Memory: what the clients added to the server's process, ÷ clients. CPU: the same clients without updates.",
    ),
];

/// The legend of a chart over which theory is drawn.
pub(super) const PREDICTED: &str = "Lower is sooner. Received − planned. Dashed: what theory predicts of the same updates, from their plan, \
    the round trip and the poll period alone.";

/// A duration at a tick.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; whole nanoseconds will do
pub(super) fn time(ns: f64) -> String {
    setting(ns.round() as u64)
}

fn bytes(x: f64) -> String {
    if x < 1e5 { format!("{} B", tick(x)) } else { octets(x).replace(".00 ", " ").replace(".0 ", " ") }
}

fn share(x: f64) -> String {
    if x == 0.0 { percent(0.0) } else { format!("{} %", tick(x * 100.0)) }
}

fn kib(x: f64) -> String {
    format!("{} KiB", tick(x / 1024.0))
}

/// How a metric is drawn.
pub(super) fn measure_of(metric: Metric) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.metric == metric)
}

/// What ticks of a metric are round in: memory is printed in KiB.
pub(super) fn unit(metric: Metric) -> f64 {
    if metric == Metric::Memory { 1024.0 } else { 1.0 }
}

/// What a chart is about.
pub(super) fn about(id: &'static str) -> About {
    CHARTS.iter().find(|chart| chart.0 == id).copied().unwrap_or((id, id, ""))
}

/// The charts that make sense for this axis, the one first that it is swept for.
pub(super) fn ordered(quantity: Option<Quantity>) -> Vec<About> {
    let first: &[&str] = match quantity {
        Some(Quantity::Rtt) => &["distance", "bytes", "requests", "cpu", "memory"],
        Some(Quantity::Payload) => &["overhead", "latency", "cpu", "requests", "memory"],
        // what one buys by asking often, beside its price
        Some(Quantity::Interval(_)) => &["asking", "bytes", "cpu", "memory"],
        // a latency hardly depends on the rate, what an update costs does
        Some(Quantity::Rate) => &["bytes", "latency", "requests", "cpu", "memory"],
        Some(Quantity::Clients) => &["latency", "cpu", "memory", "bytes", "requests"],
        Some(_) => &["latency", "bytes", "requests", "cpu", "memory"],
        None => &["bytes", "latency", "requests", "cpu", "memory"],
    };
    first.iter().copied().map(about).collect()
}

/// The figures that a chart shows.
pub(super) fn shown(id: &str) -> Vec<&'static Measure> {
    match id {
        "asking" => {
            [Metric::P50, Metric::Requests, Metric::P99, Metric::Empty].into_iter().filter_map(measure_of).collect()
        }
        "distance" => shown("latency"),
        _ => MEASURES.iter().filter(|measure| measure.chart == id).collect(),
    }
}

/// The charts whose words stand beside this one.
pub(super) fn told(id: &'static str) -> Vec<&'static str> {
    match id {
        "asking" => vec!["latency", "requests"],
        "distance" => vec!["latency"],
        _ => vec![id],
    }
}

/// What is not worth a chart: of requests, a few in a thousand that were empty are none to speak of.
pub(super) fn trifle(metric: Metric) -> f64 {
    if metric == Metric::Empty { 0.005 } else { 0.0 }
}

/// How sure a figure is, as far as that can be drawn: of two trials an interval is so wide that one would see nothing
/// else.
pub(super) fn sureness(estimate: &Estimate) -> Option<Interval> {
    estimate.interval.filter(|_| estimate.trials.len() > 2)
}

/// How far its interval goes from a figure, as a share of it: `±4.2 %`; by the end that is farther away. Nothing for shares, of
/// which that would be read as points.
pub(super) fn within(metric: Metric, cell: &Cell) -> Option<String> {
    let estimate = cell.estimate.as_ref()?;
    let interval = sureness(estimate).filter(|_| metric.unit() != Unit::Ratio && estimate.centre > 0.0)?;
    let away = (interval.high - estimate.centre).max(estimate.centre - interval.low) / estimate.centre * 100.0;
    Some(match away {
        0.0..0.1 => "±0.1 %".into(), // rounded up, like all that says how sure one can be
        0.1..10.0 => format!("±{away:.1} %"),
        10.0..=100.0 => format!("±{away:.0} %"),
        _ => "> ±100 %".into(),
    })
}

/// What stands behind the figures' legend where [`within`] does behind a figure.
pub(super) const SURE: &str = "±: how far the 95 % interval of a figure reaches, to its farther end, as a share of it.";

/// What a mark says to whoever points at it.
pub(super) fn said(whom: &str, metric: Metric, estimate: &Estimate) -> String {
    let value = metric.show(estimate.centre);
    let value = if estimate.bounds > 0 { format!("less than {value}") } else { value };
    let sure = match estimate.interval {
        Some(interval) => format!(" (95 %: {} to {})", metric.show(interval.low), metric.show(interval.high)),
        None => String::new(),
    };
    let trials = estimate.trials.len();
    let behind = if trials > 1 { format!(", median of {trials} trials") } else { String::new() };
    format!("{whom}: {} {value}{sure}{behind}", metric.name())
}

/// What there is no chart of, by the reason.
#[derive(Default)]
pub(super) struct Missing(Vec<(String, Vec<&'static str>)>);

impl Missing {
    pub(super) fn add(&mut self, name: &'static str, reason: &str) {
        match self.0.iter_mut().find(|(known, _)| known == reason) {
            Some((_, names)) => names.push(name),
            None => self.0.push((reason.to_owned(), vec![name])),
        }
    }

    pub(super) fn sentences(self) -> impl Iterator<Item = String> {
        self.0.into_iter().map(|(reason, names)| format!("No chart of {}: {reason}.", names.join(", ")))
    }
}
