//! `pushbench scenarios`

use super::failure::Failure;
use super::{output, pick};
use crate::human;
use crate::scenario::Overrides;
use crate::scenario::shipped;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Scenarios {}

impl Scenarios {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let mut text = String::new();
        for &shipped in shipped::ALL {
            let scenario = pick::checked(shipped, &Overrides::default())?;
            let (trials, planned) = (scenario.planned_trials(), human::seconds(scenario.planned_ns()));
            text += &format!("{} ({trials} trials, {planned})\n    {}\n", shipped.name, scenario.question);
        }
        output::print(&text)
    }
}
