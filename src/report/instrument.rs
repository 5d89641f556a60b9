//! What the instrument itself takes: the run's calibration, in sentences and in figures.

use super::number::{counted, plain, size, spaced, time, whole};
use crate::calibration::{Calibration, KnownDelay, NullRow};
use crate::clock::{MILLISECOND, Nanos};
use crate::gap::Gap;
use crate::histogram::Histogram;
use crate::record::{Recalibrated, Record};
use crate::stats::too_few;
use crate::totals::MIN_CPU_NS;
use crate::trial::PROBED;
use schemars::JsonSchema;
use serde::Serialize;

/// The title of the section.
pub(super) const TITLE: &str = "What the instrument itself takes";

/// A run's calibration, as far as it was made.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Instrument {
    pub(super) sentences: Vec<String>,
    pipe: Option<Floor>,
    delay: Option<Delay>,
    /// The same whenever the run was gone on with.
    again: Vec<Again>,
    probes: Option<Most>,
}

/// What was found when the run was gone on with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Again {
    /// The trials that were made then, by their order.
    trials: Vec<u32>,
    pipe: Option<Floor>,
    delay: Option<Delay>,
}

/// The null row's figures, in nanoseconds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Floor {
    clients: u32,
    rate: f64,
    payload: usize,
    delivered: u64,
    p50: Option<Nanos>,
    p99: Option<Nanos>,
    max: Option<Nanos>,
    /// CPU time an update; `None` where none was received.
    cpu: Option<f64>,
    /// Whether that is only an upper bound.
    cpu_bound: bool,
    /// The longest time for which the system did not run it.
    stalled: Nanos,
}

/// The largest gap between probes and other clients.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Most {
    /// In how many trials there were probes that received enough.
    trials: usize,
    /// How much later at the median the others received, in nanoseconds; negative where they received sooner.
    most: i64,
    /// In which row.
    row: String,
}

/// The known delay's figures, in nanoseconds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Delay {
    transport: &'static str,
    clients: u32,
    injected: Nanos,
    found: f64,
    tolerance: f64,
    pairs: u64,
    early: u64,
    /// How often it had been looked for before, on a machine too restless to tell.
    restless: u32,
}

impl Instrument {
    /// What `record` says of it; `gaps`: of each trial with probes, and what its row is called.
    pub(super) fn of(record: &Record, gaps: &[(Gap, &str)]) -> Instrument {
        let probes = Most::of(gaps);
        let both = |of: &Calibration| (of.null.as_ref().map(Floor::of), of.delay.as_ref().map(Delay::of));
        let (pipe, delay) = record.calibration.as_ref().map(both).unwrap_or_default();
        let mut sentences = match &record.calibration {
            Some(calibration) => {
                let whom = if record.recalibrated.is_empty() { "here" } else { "until it was gone on with" };
                told(calibration, &pipe, &delay, whom)
            }
            None if record.header.format == 1 => vec!["This record has no calibration: it is of format 1.".into()],
            None => vec!["This record has no calibration: the run was stopped before.".into()],
        };
        let mut again = Vec::new();
        for Recalibrated { calibration, trials } in &record.recalibrated {
            let (pipe, delay) = both(calibration);
            let trials: Vec<u32> = trials.iter().copied().collect();
            let which = counted(trials.len() as u64, "trial");
            let mut then = told(calibration, &pipe, &delay, "then");
            if let Some(first) = then.first_mut() {
                *first = format!("When it was gone on with ({which}): {first}");
            }
            sentences.append(&mut then);
            again.push(Again { trials, pipe, delay });
        }
        sentences.extend(probes.as_ref().map(Most::told));
        Instrument { sentences, pipe, delay, again, probes }
    }
}

/// What `calibration` says, which is of the trials made `when`.
fn told(calibration: &Calibration, pipe: &Option<Floor>, delay: &Option<Delay>, when: &str) -> Vec<String> {
    let doubted = || format!("This throws doubt on every latency {when}.");
    let found = [pipe.as_ref().map(Floor::told), delay.as_ref().map(Delay::told)];
    found.into_iter().flatten().chain((!calibration.doubts.is_empty()).then(doubted)).collect()
}

impl Floor {
    fn of(row: &NullRow) -> Floor {
        // a text that is no histogram leaves no figure
        let latency = Histogram::from_text(&row.latency).unwrap_or_default();
        let at = |p: f64| too_few(p, latency.len(), row.distinct).is_none().then(|| latency.at(p));
        let delivered = row.accounting.delivered;
        #[allow(clippy::cast_precision_loss)] // a second
        let each = |ns: Nanos| (delivered > 0).then(|| ns as f64 / delivered as f64);
        Floor {
            clients: row.clients,
            rate: row.rate,
            payload: row.payload,
            delivered,
            p50: at(0.5),
            p99: at(0.99),
            max: (!latency.is_empty()).then(|| latency.max()),
            cpu: each(row.steady.cpu_ns.max(MIN_CPU_NS)),
            cpu_bound: row.steady.cpu_ns < MIN_CPU_NS,
            stalled: row.stalled_ns,
        }
    }

    fn told(&self) -> String {
        #[allow(clippy::cast_precision_loss)] // seconds
        let figure = |ns: Option<Nanos>| ns.map_or("—".into(), |ns| time(ns as f64));
        let cpu = self.cpu.map_or("—".into(), time);
        // a tenth of the largest figure, or more, is a part of it
        let stalled = self.max.is_some_and(|max| self.stalled > MILLISECOND.max(max / 10));
        #[allow(clippy::cast_precision_loss)] // seconds
        let stalled = if stalled {
            format!(" (with {} in which the system did not run it)", time(self.stalled as f64))
        } else {
            String::new()
        };
        format!(
            "Through a pipe in memory, without a network, {} got {} updates/s of {}: p50 {}, p99 {}, max {}{stalled}, and {}{cpu} of CPU \
             per update, publishing, fan-out and recording together.",
            counted(self.clients.into(), "client"),
            plain(self.rate),
            size(self.payload as u64),
            figure(self.p50),
            figure(self.p99),
            figure(self.max),
            if self.cpu_bound { "less than " } else { "" },
        )
    }
}

impl Most {
    fn of(gaps: &[(Gap, &str)]) -> Option<Most> {
        let (most, row) = gaps.iter().max_by_key(|(gap, _)| gap.p50)?;
        Some(Most { trials: gaps.len(), most: most.p50, row: spaced(row) })
    }

    fn told(&self) -> String {
        #[allow(clippy::cast_precision_loss)] // seconds
        let later = match self.most {
            1.. => format!("up to {} later", time(self.most as f64)),
            _ => "no later".to_owned(),
        };
        format!(
            "Three clients of each trial of {PROBED} and more had a process of their own: at the median the others received {later} \
             ({}, the most in {}).",
            self.row,
            counted(self.trials as u64, "trial"),
        )
    }
}

impl Delay {
    fn of(known: &KnownDelay) -> Delay {
        Delay {
            transport: known.transport.name(),
            clients: known.clients,
            injected: known.injected_ns,
            found: known.found_ns,
            tolerance: known.tolerance_ns,
            pairs: known.pairs,
            early: known.early,
            restless: known.restless,
        }
    }

    fn told(&self) -> String {
        #[allow(clippy::cast_precision_loss)] // milliseconds
        let injected = time(self.injected as f64);
        let sign = if self.found < 0.0 { "−" } else { "" };
        let found = sign.to_owned() + &time(self.found.abs());
        format!(
            "Of {injected} for which the server held half of the updates, {} were found, ± {} ({}, {}, {} pairs of updates{}).",
            found,
            time(self.tolerance),
            self.transport,
            counted(self.clients.into(), "client"),
            whole(self.pairs),
            match self.restless {
                0 => String::new(),
                before => format!("; {before} × before the machine was too restless to tell"),
            },
        )
    }
}
