//! `pushbench new`

use super::failure::Failure;
use super::output;
use crate::scenario::shipped;
use clap::Args;
use std::path::PathBuf;

/// A scenario in which every key is explained.
const TEMPLATE: &str = include_str!("new.toml");

#[derive(Debug, Args)]
pub(super) struct New {
    /// The file to be written; one that exists is left alone
    file: PathBuf,
}

impl New {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let file = self.file.display();
        if self.file.to_str().is_some_and(|name| shipped::named(name).is_some()) {
            let reason = "`pushbench run` means the scenario of that name that comes with it, not a file";
            return Err(Failure::Usage(format!("{file}: {reason}: name another, such as my-{file}.toml")));
        }
        output::write_new(&self.file, TEMPLATE)?;
        output::print(&format!("{file} is yours now. What it does: pushbench run {file} --dry-run\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;
    use crate::scenario::Overrides;
    use crate::scenario::Scenario;
    use std::path::Path;

    #[test]
    fn the_template_is_a_scenario() {
        let scenario = Scenario::parse(Path::new("new.toml"), TEMPLATE, &Overrides::default()).expect("it is ours");
        assert!(scenario.planned_trials() > 0);
        assert!(TEMPLATE.lines().all(|line| line.chars().count() <= 100));
    }
}
