//! Pilot trials: with `warmup = "auto"` they are made before a run's first block, one of each kind, and say when latency
//! has settled. What they measure is in no figure.
//!
//! All kinds have one warm-up, the longest that one of them needs: the trials of a block share their feed, and only with
//! equal phases are the updates that count the same ones, too.

use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::human;
use crate::kind::Transport;
use crate::schedule::Schedule;
use crate::stats::settled;
use crate::trial::{IDLE_NS, Trial, Windows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The shortest part of a pilot that has a median of its own.
const LEAST_BIN: Nanos = 50 * MILLISECOND;
/// A pilot lasts so long, …
const LEAST: Nanos = 4 * SECOND;
/// … and for so many parts with updates in them: six batches of five, of which as many as three may be the beginning.
const FEWEST_BINS: f64 = 30.0;
/// What a warm-up is a multiple of where nobody polls.
const STEP: Nanos = 100 * MILLISECOND;

/// What a run found out before its first block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Settling {
    /// How long all pilots took, in nanoseconds.
    pub took_ns: Nanos,
    /// The warm-up of every trial of the run, in nanoseconds.
    pub warmup_ns: Nanos,
    /// One for each kind of trial, in the order of the header's `resolved`.
    pub pilots: Vec<Pilot>,
}

/// A pilot trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pilot {
    /// What was asked for: the kind's trial without warm-up, with a steady and a seed of its own.
    pub trial: Trial,
    /// How long a part of its steady lasts that has a median of its own, in nanoseconds.
    pub bin_ns: Nanos,
    /// The median latency of the updates planned in each part, in nanoseconds; `None`: none of them was received.
    pub medians_ns: Vec<Option<Nanos>>,
    /// After how long latency had settled, in nanoseconds after t0; `None`: it had not by half of steady, too few parts have a
    /// median to tell, or the pilot failed.
    pub settled_ns: Option<Nanos>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Pilot {
    /// Why it did not find when latency has settled.
    #[must_use]
    pub fn unsettled(&self) -> String {
        let (known, fewest) = (self.medians_ns.iter().flatten().count(), settled::FEWEST);
        match &self.failure {
            Some(reason) => format!("its pilot trial failed ({reason})"),
            None if known < fewest => {
                let all = self.medians_ns.len();
                format!(
                    "{known} of the {all} parts of its pilot trial had an update, and {fewest} are needed to tell when it settles"
                )
            }
            None => {
                let long = human::precise(self.trial.windows.steady_ns);
                format!("latency had not settled in half of the {long} of its pilot trial")
            }
        }
    }
}

/// How long a part of a pilot of `trial` lasts that has a median of its own: as long as what recurs in its latency, so that
/// every part is expected to be like the others.
#[must_use]
pub fn bin_ns(trial: &Trial) -> Nanos {
    let all = [LEAST_BIN, gap_ns(trial), poll_period(trial), trial.coalesce_ns, trial.link.rtt_ns];
    all.into_iter().max().unwrap_or(LEAST_BIN)
}

/// How far the feed's updates are apart.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
fn gap_ns(trial: &Trial) -> Nanos {
    match trial.feed.schedule {
        Schedule::Bursts { every_ns, .. } => every_ns,
        _ => (SECOND as f64 / trial.feed.schedule.rate()) as Nanos,
    }
}

/// How many parts of `bin_ns` it takes until enough are expected to have an update: of a Poisson feed, some have none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // some tens
fn fewest_bins(trial: &Trial, bin_ns: Nanos) -> u64 {
    let filled = match trial.feed.schedule {
        Schedule::Poisson { .. } => 1.0 - (-(bin_ns as f64) / gap_ns(trial) as f64).exp(),
        _ => 1.0,
    };
    (FEWEST_BINS / filled).ceil() as u64
}

/// The pilot of `trial`. Nothing is read of what it costs, so that it has no idle window.
#[must_use]
pub fn of(trial: &Trial) -> Trial {
    let bin = bin_ns(trial);
    let steady_ns = bin.saturating_mul(LEAST.div_ceil(bin).max(fewest_bins(trial, bin)));
    let drain_ns = trial.windows.drain_ns.saturating_sub(IDLE_NS);
    Trial { windows: Windows { warmup_ns: 0, steady_ns, drain_ns }, faults: Vec::new(), ..trial.clone() }
}

/// The longest warm-up that pilots of `trials` can ask for: half of the longest of them, in which settling can be seen.
#[must_use]
pub fn longest_ns<'t>(trials: impl Iterator<Item = &'t Trial> + Clone) -> Nanos {
    let longest = trials.clone().map(|trial| of(trial).windows.steady_ns / 2).max().unwrap_or_default();
    whole(longest, trials)
}

/// The warm-up that `pilots` ask for: as long as the slowest takes to settle, and half as much again, because another
/// feed settles a little later; in whole poll periods, at least one. Where one did not settle, the longest there may be.
#[must_use]
pub fn warmup_ns(pilots: &[Pilot]) -> Nanos {
    let trials = pilots.iter().map(|pilot| &pilot.trial);
    let longest = longest_ns(trials.clone());
    let needed = pilots.iter().map(|pilot| pilot.settled_ns.map_or(longest, |settled| settled + settled / 2)).max();
    whole(needed.unwrap_or_default(), trials).min(longest)
}

/// `time_ns` in whole poll periods, the longest of `trials`', and at least one; in steps where nobody polls.
fn whole<'t>(time_ns: Nanos, trials: impl Iterator<Item = &'t Trial>) -> Nanos {
    let step = trials.map(poll_period).max().filter(|&period| period > 0).unwrap_or(STEP);
    step.saturating_mul(time_ns.div_ceil(step).max(1))
}

/// 0: it does not poll.
fn poll_period(trial: &Trial) -> Nanos {
    if trial.transport == Transport::Polling { trial.polling.interval_ns } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn trial(transport: &str) -> Trial {
        let json = r#"{"transport":"NAME","carrier":"h1","clients":3,"feed":{"schedule":{"kind":"periodic","rate":100.0},
            "payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":300000000,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":1,"windows":{"warmup_ns":55000000,"steady_ns":200000000,
            "drain_ns":1200000000},"sockets":{"send_buffer":1,"max_segment":null}}"#;
        serde_json::from_str(&json.replace("NAME", transport)).expect("a trial")
    }

    fn pilot(transport: &str, settled_ms: Option<u64>) -> Pilot {
        let trial = of(&trial(transport));
        let settled_ns = settled_ms.map(|ms| ms * MILLISECOND);
        Pilot { bin_ns: bin_ns(&trial), trial, medians_ns: Vec::new(), settled_ns, failure: None }
    }

    #[test]
    fn a_pilot_is_long_enough_to_tell() {
        let windows = of(&trial("sse")).windows;
        assert_eq!((windows.warmup_ns, windows.steady_ns, windows.drain_ns), (0, 4 * SECOND, 200 * MILLISECOND));
        assert_eq!(of(&trial("polling")).windows.steady_ns, 9 * SECOND); // 30 poll periods
        let mut rare = trial("sse");
        rare.feed.schedule = Schedule::Periodic { rate: 2.0 };
        assert_eq!((bin_ns(&rare), of(&rare).windows.steady_ns), (SECOND / 2, 15 * SECOND));
        assert_eq!(of(&of(&rare)).windows.steady_ns, 15 * SECOND);
    }

    #[test]
    fn a_random_feed_fills_enough_parts_whatever_its_seed() {
        for transport in ["sse", "polling"] {
            for seed in 1..=50 {
                let mut pilot = trial(transport);
                pilot.feed.schedule = Schedule::Poisson { rate: 5.0 };
                pilot.feed.seed = seed;
                let (bin, pilot) = (bin_ns(&pilot), of(&pilot));
                let due = pilot.feed.schedule.planned(seed).expect("it is computed");
                let parts = due.take_while(|&due| due < pilot.windows.steady_ns).map(|due| due / bin);
                let filled = parts.collect::<BTreeSet<_>>().len();
                assert!(filled >= settled::FEWEST, "{transport}, seed {seed}: {filled}");
            }
        }
    }

    #[test]
    fn the_slowest_says_how_long_and_poll_periods_stay_whole() {
        let found = |pilots: &[Pilot]| warmup_ns(pilots) / MILLISECOND;
        assert_eq!(found(&[pilot("sse", Some(0)), pilot("websocket", Some(0))]), 100);
        assert_eq!(found(&[pilot("sse", Some(250)), pilot("websocket", Some(0))]), 400);
        assert_eq!(found(&[pilot("sse", Some(0)), pilot("polling", Some(0))]), 300);
        assert_eq!(found(&[pilot("sse", Some(250)), pilot("polling", Some(0))]), 600);
        assert_eq!(found(&[pilot("sse", Some(2000))]), 2000); // no longer than could be seen
        assert_eq!(found(&[pilot("sse", None), pilot("websocket", Some(0))]), 2000);
        assert_eq!(found(&[pilot("sse", Some(0)), pilot("polling", None)]), 4500);
    }
}
