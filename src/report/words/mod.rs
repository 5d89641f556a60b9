//! The report's words: sentences computed from the record, a verdict on top and a few beside each chart.
//!
//! No sentence names a transport except by its figures, and a reason is given only where the figures agree with it.

mod advice;
mod along;
mod aspect;
mod bytes;
mod comparison;
mod cost;
mod course;
mod distance;
mod headline;
mod latency;
mod layers;
mod movement;
mod payback;
mod phrase;
mod ranking;
mod reason;
mod requests;
mod scene;
mod stalls;
mod stops;
mod tutorials;
mod verdict;

pub(super) use advice::Line as Recommended;
pub(super) use aspect::Line;
pub(super) use payback::After;
pub(super) use phrase::capital;
pub(super) use scene::Candidate;
pub(super) use tutorials::Answer;

use super::metric::Metric;
use super::sweep::{Quantity, Sweep};
use scene::Scene;
use schemars::JsonSchema;
use serde::Serialize;
use verdict::Verdict;

/// All sentences of a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Words {
    pub(super) verdict: Verdict,
    /// What each chart shows, and why.
    pub(super) beside: Vec<Beside>,
    /// What tutorials say, held against this record.
    pub(super) tutorials: Vec<tutorials::Answer>,
    /// Which transport one should use.
    pub(super) advice: advice::Advice,
    /// When a connection's setup is paid back.
    pub(super) payback: payback::Told,
}

/// What stands beside a chart; nothing, if its figures say nothing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Beside {
    /// The chart's id.
    pub(super) chart: &'static str,
    /// What the chart is of.
    pub(super) about: &'static str,
    pub(super) sentences: Vec<String>,
}

impl Words {
    /// What stands beside one more chart.
    pub(super) fn add(&mut self, chart: &'static str, about: &'static str, sentences: Vec<String>) {
        self.beside.push(Beside { chart, about, sentences });
    }

    /// What `rows` say; `whole`: the run came to its end.
    pub(super) fn of(rows: &[Candidate<'_>], sweep: &Sweep, whole: bool) -> Words {
        let scene = Scene::of(rows, sweep);
        let beside = |chart, about, sentences| Beside { chart, about, sentences };
        // over sizes, the bytes tell of the payload alone; the charts keep to the same rule
        let sizes = sweep.axes.first().is_some_and(|axis| axis.quantity() == Some(Quantity::Payload));
        // what is known need not be explained
        let bytes =
            |scene: &Scene<'_>, metric| layers::layers(scene, metric).unwrap_or_else(|| bytes::bytes(scene, metric));
        let (bytes, overhead) = match sizes {
            true => (Vec::new(), bytes(&scene, Metric::Overhead)),
            false => (bytes(&scene, Metric::Bytes), Vec::new()),
        };
        Words {
            verdict: verdict::of(&scene, whole),
            beside: vec![
                beside(
                    "latency",
                    "latency",
                    [stops::stops(&scene), latency::latency(&scene), stalls::stalls(&scene)].concat(),
                ),
                beside("distribution", "distribution of latency", latency::distribution(&scene)),
                beside("bytes", "bytes", bytes),
                beside("overhead", "overhead", overhead),
                beside("requests", "requests", requests::requests(&scene)),
                beside("cpu", "server CPU", cost::cpu(&scene)),
                beside("memory", "memory", cost::memory(&scene)),
            ],
            tutorials: tutorials::of(&scene),
            advice: advice::of(&scene),
            payback: payback::payback(&scene),
        }
    }
}
