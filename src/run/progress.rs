//! Progress on standard error: a line a finished trial, and a bar with the time left where that is a terminal.

use crate::clock::Nanos;
use crate::histogram::Histogram;
use crate::human;
use crate::record::{Outcome, TrialLine};
use crate::scenario::{Scenario, planned_trial_ns};
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
    talk: Talk,
    left_ns: Cell<Nanos>,
}

impl Progress {
    /// Says what is planned: `left` of the scenario's trials, which take `left_ns`.
    pub(super) fn new(scenario: &Scenario, left: usize, left_ns: Nanos, talk: Talk) -> Progress {
        let trials = scenario.planned_trials();
        if talk >= Talk::Trials {
            let of = if left == trials as usize { String::new() } else { format!("{left} of ") };
            let trials = human::counted(trials, "trial");
            eprintln!("{}: {}", scenario.name, scenario.question);
            let most = if scenario.precision.is_some() { "at most " } else { "" };
            eprintln!("{most}{of}{trials}, planned to take {most}{}", human::seconds(left_ns));
        }
        let bar = ProgressBar::with_draw_target(Some(u64::from(trials)), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        let bar =
            (talk >= Talk::Trials && !bar.is_hidden()).then(|| bar.with_style(style.expect("the template is ours")));
        Progress { bar, trials, talk, left_ns: Cell::new(left_ns) }
    }

    pub(super) fn begin(&self, order: u32, trial: &Trial) {
        if let Some(bar) = &self.bar {
            bar.set_position(u64::from(order - 1));
            bar.set_message(format!("{}, {} left", trial.transport, human::seconds(self.left_ns.get())));
        }
    }

    pub(super) fn finished(&self, line: &TrialLine) {
        self.left_ns.set(self.left_ns.get().saturating_sub(planned_trial_ns(&line.trial)));
        let text = format!(
            "[{:>2}/{}] block {} {:<12} {}",
            line.order,
            self.trials,
            line.block,
            line.trial.transport,
            outcome(&line.outcome)
        );
        if self.talk >= Talk::Trials {
            self.say(&text);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(u64::from(line.order));
            if line.order == self.trials {
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
