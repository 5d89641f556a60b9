//! Progress on standard error: a line a finished trial, and a bar with the time left where that is a terminal.

use crate::calibration::Calibration;
use crate::clock::Nanos;
use crate::histogram::Histogram;
use crate::human;
use crate::pilot::{Pilot, Settling};
use crate::record::{Outcome, Side, TrialLine};
use crate::scenario::{CALIBRATION, Scenario, planned_trial_ns};
use crate::stats;
use crate::trial::Trial;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::time::Duration;

/// What a run says on the way, on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Talk {
    /// Nothing.
    Nothing,
    /// What is planned, and every finished trial.
    Trials,
    /// What the children are told, and every phase, too.
    Phases,
}

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    trials: u32,
    /// How many builds make each trial.
    sides: u32,
    /// How many of them have made the one that is under way.
    made: Cell<u32>,
    talk: Talk,
    left_ns: Cell<Nanos>,
}

impl Progress {
    /// Says what is planned: so many of the scenario's trials, which take so long, by each of `sides` builds.
    pub(super) fn new(scenario: &Scenario, (left, left_ns): (usize, Nanos), sides: u32, talk: Talk) -> Progress {
        let trials = scenario.planned_trials();
        let left_ns = left_ns.saturating_mul(u64::from(sides));
        if talk >= Talk::Trials {
            let of = if left == trials as usize { String::new() } else { format!("{left} of ") };
            let each = if sides == 1 { "" } else { ", each by both builds" };
            let trials = human::counted(trials, "trial") + each;
            eprintln!("{}: {}", scenario.name, scenario.question);
            let most = |open: bool| if open { "at most " } else { "" };
            let (trials_most, time_most) =
                (most(scenario.precision.is_some()), most(scenario.precision.is_some() || scenario.settles));
            eprintln!("{trials_most}{of}{trials}, planned to take {time_most}{}", human::seconds(left_ns));
        }
        let all = u64::from(trials) * u64::from(sides);
        let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        let bar =
            (talk >= Talk::Trials && !bar.is_hidden()).then(|| bar.with_style(style.expect("the template is ours")));
        Progress { bar, trials, sides, made: Cell::new(0), talk, left_ns: Cell::new(left_ns) }
    }

    pub(super) fn calibrates(&self) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("calibration, {} left", human::seconds(self.left_ns.get())));
        }
    }

    pub(super) fn calibrated(&self, calibration: &Calibration) {
        self.left_ns.set(self.left_ns.get().saturating_sub(CALIBRATION));
        if self.talk >= Talk::Trials {
            for doubt in &calibration.doubts {
                self.say(&format!("doubt about every latency from here on: {}", doubt.sentence));
            }
        }
    }

    pub(super) fn pilots(&self, pilot: &Trial) {
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} pilot, {} left", pilot.transport, human::seconds(self.left_ns.get())));
        }
    }

    pub(super) fn piloted(&self, pilot: &Pilot) {
        self.left_ns.set(self.left_ns.get().saturating_sub(planned_trial_ns(&pilot.trial)));
        if self.talk >= Talk::Trials {
            let found = match (pilot.settled_ns, &pilot.failure) {
                (_, Some(reason)) => format!("error: {reason}"),
                (Some(settled), None) => format!("settled after {}", human::precise(settled)),
                (None, None) => format!("not settled: {}", pilot.unsettled()),
            };
            let trial = &pilot.trial;
            self.say(&format!("pilot {:<12} {found}", trial.transport));
        }
    }

    /// The warm-up is known, and with it that what is left takes `left_ns` by each build.
    pub(super) fn settled(&self, settling: &Settling, left_ns: Nanos) {
        self.left_ns.set(left_ns.saturating_mul(u64::from(self.sides)));
        if self.talk >= Talk::Trials {
            let (warmup, left) = (human::precise(settling.warmup_ns), human::seconds(self.left_ns.get()));
            self.say(&format!("warm-up of every trial: {warmup}; what is left is planned to take {left}"));
        }
    }

    pub(super) fn begin(&self, order: u32, trial: &Trial, side: Side) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.position(order));
            let who = self.who(side);
            bar.set_message(format!("{}{who}, {} left", trial.transport, human::seconds(self.left_ns.get())));
        }
    }

    /// Trials before this one, and how many builds have made it.
    fn position(&self, order: u32) -> u64 {
        u64::from(order - 1) * u64::from(self.sides) + u64::from(self.made.get())
    }

    /// Which build it is, where there are two.
    fn who(&self, side: Side) -> &'static str {
        match side {
            _ if self.sides == 1 => "",
            Side::Old => " old",
            Side::New => " new",
        }
    }

    pub(super) fn finished(&self, line: &TrialLine, side: Side) {
        self.left_ns.set(self.left_ns.get().saturating_sub(planned_trial_ns(&line.trial)));
        let text = format!(
            "[{:>2}/{}] block {} {:<12}{} {}",
            line.order,
            self.trials,
            line.block,
            line.trial.transport,
            self.who(side),
            outcome(&line.outcome)
        );
        if self.talk >= Talk::Trials {
            self.say(&text);
        }
        self.made.set((self.made.get() + 1) % self.sides);
        let whole = self.made.get() == 0;
        if let Some(bar) = &self.bar {
            bar.set_position(if whole { u64::from(line.order * self.sides) } else { self.position(line.order) });
            if whole && line.order == self.trials {
                bar.finish_and_clear();
            }
        }
    }

    /// No more trials are needed.
    pub(super) fn enough(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Says what only some want to know.
    pub(super) fn detail(&self, text: impl FnOnce() -> String) {
        if self.talk >= Talk::Phases {
            self.say(&format!("    {}", text()));
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => eprintln!("{text}"),
        }
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Error(failure) => format!("error: {}", failure.reason),
        Outcome::Measured(measured) => {
            // the judge has read them before; what it could not read is no measured trial
            let latency = Histogram::sum(&measured.load.latency).unwrap_or_default();
            let accounting = measured.load.accounting;
            let doubts = match measured.doubts.len() {
                0 => String::new(),
                1 => ", 1 doubt".into(),
                n => format!(", {n} doubts"),
            };
            let median = match stats::too_few(0.5, latency.len(), measured.load.distinct) {
                None => format!(", median {:.1?}", Duration::from_nanos(latency.at(0.5))),
                Some(_) => String::new(),
            };
            format!("{} of {} delivered{median}{doubts}", accounting.delivered, accounting.expected)
        }
    }
}
