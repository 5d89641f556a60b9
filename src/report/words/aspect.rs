//! What is judged, and whose standing is told.

use super::scene::Point;
use crate::kind::Transport;
use crate::report::metric::Metric;
use schemars::JsonSchema;
use serde::Serialize;

/// The verdict for one aspect.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Line {
    pub(crate) aspect: &'static str,
    /// Who is best wherever it was measured; several are not told apart. Empty: it depends on the point, or nothing
    /// is known.
    pub(crate) best: Vec<&'static str>,
    pub(crate) sentence: String,
}

/// What is judged. The last two only where they were measured.
pub(super) const ASPECTS: [(&str, Metric); 6] = [
    ("latency, p50", Metric::P50),
    ("latency, p99", Metric::P99),
    ("bytes per update", Metric::Bytes),
    ("server CPU per update", Metric::Cpu),
    ("idle CPU", Metric::Idle),
    ("memory per client", Metric::Memory),
];
pub(super) const OPTIONAL: [Metric; 2] = [Metric::Idle, Metric::Memory];
/// Whose standing is told aspect by aspect: the one that people mean by server push, and reach for first.
pub(super) const QUESTIONED: Transport = Transport::Websocket;

/// Whether anything can be said of a figure that is told only where it was measured: bounds alone say nothing.
pub(super) fn is_told(metric: Metric, point: &Point<'_>) -> bool {
    !OPTIONAL.contains(&metric) || point.rows.iter().any(|row| row.figure(metric).is_some())
}
