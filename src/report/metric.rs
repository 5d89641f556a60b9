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
    pub(super) const ALL: [Metric; 15] = [
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
        }
    }

    pub(super) fn unit(self) -> Unit {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max => Unit::Nanoseconds,
            Metric::Twin | Metric::Lateness | Metric::Cpu => Unit::Nanoseconds,
            Metric::Bytes | Metric::Payload | Metric::Memory => Unit::Octets,
            Metric::Overhead | Metric::Empty | Metric::Idle => Unit::Ratio,
            Metric::Requests => Unit::Count,
        }
    }

    /// What a doubt has to be about to be one about this figure; `None`: it stands, whatever is doubted.
    pub(super) fn subject(self) -> Option<Subject> {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max | Metric::Twin => {
                Some(Subject::Latency)
            }
            Metric::Lateness => None, // it is what such a doubt would be derived from
            Metric::Bytes | Metric::Payload | Metric::Overhead | Metric::Requests | Metric::Empty => {
                Some(Subject::Bytes)
            }
            Metric::Cpu | Metric::Idle | Metric::Memory => Some(Subject::Work),
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
        };
        value.map(Bound::Exact)
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
