//! What a run would do, without doing it.

use crate::clock::Nanos;
use crate::human;
use crate::report::Outline;
use crate::scenario::Scenario;
use crate::trial::Trial;
use std::fmt::Write;

/// The trials, blocks and planned time of each scenario, and of all of them.
pub(super) fn text(scenarios: &[&Scenario]) -> String {
    let mut text = scenarios.iter().map(|scenario| one(scenario)).collect::<Vec<_>>().join("\n");
    if scenarios.len() > 1 {
        let trials: u64 = scenarios.iter().map(|scenario| u64::from(scenario.planned_trials())).sum();
        let planned: Nanos = scenarios.iter().map(|scenario| scenario.planned_ns()).sum();
        text += &format!("\nall {}: {trials} trials, planned to take {}\n", scenarios.len(), human::seconds(planned));
    }
    text
}

fn one(scenario: &Scenario) -> String {
    let all: Vec<Trial> = (1..=scenario.repeats).flat_map(|block| scenario.block(block)).collect();
    let outline = Outline::new(&all);
    let mut text = format!("{}: {}\n", scenario.name, scenario.question);
    text += &format!("every trial: {}\n\n", outline.conditions.join(" · "));
    for (label, count) in &outline.rows {
        // to write into a string does not fail
        let _ = writeln!(text, "{count:>5} × {label}");
    }
    text += &format!(
        "\n{}{} in {} of {}{}, planned to take {}\n",
        if scenario.precision.is_some() { "at most " } else { "" },
        human::counted(scenario.planned_trials(), "trial"),
        human::counted(scenario.repeats, "block"),
        scenario.trials.len() - scenario.beside,
        if scenario.beside > 0 { format!(" and {} once beside", scenario.beside) } else { String::new() },
        human::seconds(scenario.planned_ns())
    );
    text
}
