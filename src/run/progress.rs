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

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    trials: u32,
    quiet: bool,
    left_ns: Cell<Nanos>,
}

impl Progress {
    pub(super) fn new(scenario: &Scenario, quiet: bool) -> Progress {
        let trials = scenario.planned_trials();
        if !quiet {
            eprintln!("{}: {}", scenario.name, scenario.question);
            eprintln!("{trials} trials, planned to take {}", human::seconds(scenario.planned_ns()));
        }
        let bar = ProgressBar::with_draw_target(Some(u64::from(trials)), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        let bar = (!quiet && !bar.is_hidden()).then(|| bar.with_style(style.expect("the template is ours")));
        Progress { bar, trials, quiet, left_ns: Cell::new(scenario.planned_ns()) }
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
        match &self.bar {
            Some(bar) => {
                bar.println(text);
                bar.set_position(u64::from(line.order));
                if line.order == self.trials {
                    bar.finish_and_clear();
                }
            }
            None if !self.quiet => eprintln!("{text}"),
            None => {}
        }
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Error(failure) => format!("error: {}", failure.reason),
        Outcome::Measured(measured) => {
            let mut latency = Histogram::default();
            for second in measured.load.latency.iter().filter_map(|text| Histogram::from_text(text).ok()) {
                latency.add(&second);
            }
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
