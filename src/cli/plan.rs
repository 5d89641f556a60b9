//! What a run would do, without doing it.

use crate::clock::Nanos;
use crate::human;
use crate::report::Outline;
use crate::scenario::Scenario;
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
    let outline = Outline::new(&scenario.trials);
    let mut text = format!("{}: {}\n", scenario.name, scenario.question);
    text += &format!("every trial: {}\n\n", outline.conditions.join(" · "));
    for (label, count) in &outline.rows {
        // to write into a string does not fail
        let _ = writeln!(text, "{:>5} × {label}", count * scenario.repeats as usize);
    }
    text += &format!(
        "\n{} in {} of {}, planned to take {}\n",
        human::counted(scenario.planned_trials(), "trial"),
        human::counted(scenario.repeats, "block"),
        scenario.trials.len(),
        human::seconds(scenario.planned_ns())
    );
    text
}
