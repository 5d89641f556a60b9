//! Which scenarios a run is to make: shipped ones by their name, others by their file.

use super::failure::Failure;
use crate::record::ScenarioText;
use crate::scenario::Overrides;
use crate::scenario::shipped::{self, Shipped};
use crate::scenario::{self, Scenario};
use std::path::Path;

/// A scenario that was asked for, read and checked.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) scenario: Scenario,
    /// As it was asked for; `None`: it was not, it is the default.
    pub(super) word: Option<String>,
}

/// Reads and checks all that `words` ask for; the default where there is none.
pub(super) fn pick(words: &[String], overrides: &Overrides) -> Result<Vec<Picked>, Failure> {
    if words.is_empty() {
        return Ok(vec![Picked { scenario: checked(shipped::DEFAULT, overrides)?, word: None }]);
    }
    let picked = words.iter().map(|word| {
        let scenario = match shipped::named(word) {
            Some(shipped) => checked(shipped, overrides)?,
            None => parse(Path::new(word), &read(word)?, overrides)?,
        };
        Ok(Picked { scenario, word: Some(word.clone()) })
    });
    picked.collect()
}

/// A shipped scenario with `overrides`, which may not suit it.
pub(super) fn checked(shipped: Shipped, overrides: &Overrides) -> Result<Scenario, Failure> {
    parse(Path::new(shipped.path), shipped.text, overrides)
}

/// The scenario of a record, as it was when the run began.
pub(super) fn recorded(recorded: &ScenarioText, overrides: &Overrides) -> Result<Scenario, Failure> {
    let path = match &recorded.path {
        None => shipped::DEFAULT.path,
        Some(word) => shipped::named(word).map_or(word.as_str(), |shipped| shipped.path),
    };
    parse(Path::new(path), &recorded.text, overrides)
}

fn parse(path: &Path, text: &str, overrides: &Overrides) -> Result<Scenario, Failure> {
    Scenario::parse(path, text, overrides).map_err(|invalid| Failure::Usage(invalid.to_string()))
}

fn read(word: &str) -> Result<String, Failure> {
    let path = Path::new(word);
    // `name` is meant as a name, `name.toml` and `folder/name` as files
    if !path.exists() && path.extension().is_none() && path.components().count() == 1 {
        return Err(Failure::Usage(unknown(word)));
    }
    std::fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{word}: {error}")))
}

fn unknown(word: &str) -> String {
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    let meant = |word: &str| shipped::like(word).or_else(|| shipped::like(&scenario::name_of(Path::new(word))));
    let meant = meant(word).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    format!("{word}: neither a shipped scenario ({}) nor a file{meant}", names.join(", "))
}
