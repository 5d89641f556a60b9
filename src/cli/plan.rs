//! What a run would do, without doing it.

use crate::clock::Nanos;
use crate::human;
use crate::report::Outline;
use crate::scenario::Scenario;
use crate::trial::Trial;
use std::fmt::Write;

/// The trials, blocks and planned time of each scenario, and of all of them.
pub(super) fn text(scenarios: &[&Scenario], sides: u32) -> String {
    let mut text = scenarios.iter().map(|scenario| one(scenario, sides)).collect::<Vec<_>>().join("\n");
    if scenarios.len() > 1 {
        let trials: u64 = scenarios.iter().map(|scenario| u64::from(scenario.planned_trials())).sum();
        let planned: Nanos = scenarios.iter().map(|scenario| planned_ns(scenario, sides)).sum();
        text += &format!("\nall {}: {trials} trials, planned to take {}\n", scenarios.len(), human::seconds(planned));
    }
    text
}

fn planned_ns(scenario: &Scenario, sides: u32) -> Nanos {
    scenario.planned_ns().saturating_mul(sides.into())
}

fn one(scenario: &Scenario, sides: u32) -> String {
    let all: Vec<Trial> = (1..=scenario.repeats).flat_map(|block| scenario.block(block)).collect();
    let outline = Outline::new(&all);
    let mut text = format!("{}: {}\n", scenario.name, scenario.question);
    let mut conditions = outline.conditions;
    if scenario.settles {
        let warmup = conditions.iter_mut().find(|condition| condition.starts_with("warm-up "));
        warmup
            .into_iter()
            .for_each(|warmup| *warmup = warmup.replacen("warm-up", "warm-up found by pilot trials, at most", 1));
    }
    text += &format!("every trial: {}\n\n", conditions.join(" · "));
    for (label, count) in &outline.rows {
        // to write into a string does not fail
        let _ = writeln!(text, "{count:>5} × {label}");
    }
    if !scenario.thresholds.is_empty() {
        let held = scenario.thresholds.iter().map(ToString::to_string).collect::<Vec<_>>();
        text += &format!("\nheld to: {}\n", held.join(" · "));
    }
    if scenario.settles {
        let count = u32::try_from(scenario.trials.len()).unwrap_or(u32::MAX);
        let time = human::seconds(scenario.pilots_ns());
        text += &format!("\n{} before, planned to take {time}\n", human::counted(count, "pilot trial"));
    }
    text += &format!(
        "\n{}{} in {} of {}{}{}, planned to take {}{}\n",
        if scenario.precision.is_some() { "at most " } else { "" },
        human::counted(scenario.planned_trials(), "trial"),
        human::counted(scenario.repeats, "block"),
        scenario.trials.len() - scenario.beside,
        if scenario.beside > 0 { format!(" and {} once beside", scenario.beside) } else { String::new() },
        if sides == 1 { "" } else { ", each by both builds" },
        if scenario.settles { "at most " } else { "" },
        human::seconds(planned_ns(scenario, sides))
    );
    text
}
