//! What a server that stands still does, and who does not notice: latency against the plan, and from when it was sent.

use super::phrase::{doubts, range, shown};
use super::scene::{Candidate, Scene};
use crate::report::metric::Metric;
use crate::report::number::setting;

/// Both percentiles, where the server was stopped on purpose.
pub(super) fn stops(scene: &Scene<'_>) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let stopped: Vec<&Candidate<'_>> = rows.iter().filter(|row| !row.trial.faults.is_empty()).collect();
    let [first, ..] = stopped[..] else { return Vec::new() };
    let values = |metric| stopped.iter().filter_map(|row| row.figure(metric)).collect::<Vec<f64>>();
    let (planned, sent) = (values(Metric::P99), values(Metric::Twin));
    if planned.is_empty() || sent.is_empty() {
        return Vec::new();
    }
    let freezes: Vec<String> = first.trial.faults.iter().map(|fault| setting(fault.freeze_ns)).collect();
    let [planned, sent] =
        [(planned, Metric::P99), (sent, Metric::Twin)].map(|(values, metric)| range(&values, |v| shown(metric, v)));
    let used: Vec<_> = stopped.iter().flat_map(|row| [(*row, Metric::P99), (*row, Metric::Twin)]).collect();
    vec![format!(
        "The server was stopped on purpose, for {}. Against the plan p99 is {planned}; counted from when the server sent each \
         update it is {sent}{}: what was due while it stood still was sent late, and a measurement that begins with the sending \
         does not see that.",
        freezes.join(" and "),
        doubts(&used),
    )]
}
