//! Which scenarios a run is to make: shipped ones by their name, others by their file.

use super::failure::Failure;
use crate::kind::Transport;
use crate::near;
use crate::record::{self, ScenarioText};
use crate::scenario::Overrides;
use crate::scenario::shipped::{self, Shipped};
use crate::scenario::{self, Scenario};
use std::io::ErrorKind;
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
    let usage = |reason: &str| Failure::Usage(format!("{word}: {reason}"));
    // `name` is meant as a name, `name.toml` and `folder/name` as files
    if !path.exists() && path.extension().is_none() && path.components().count() <= 1 {
        return Err(Failure::Usage(unknown(word)));
    }
    if path.join(record::FILE).exists() {
        return Err(usage(&of_a_run(word)));
    }
    if path.is_dir() {
        return Err(usage("a folder: name a scenario's file in it"));
    }
    let bytes = std::fs::read(path).map_err(|error| {
        let meant = match (error.kind(), meant(word)) {
            (ErrorKind::NotFound, meant) if meant.is_empty() => {
                "; `pushbench scenarios` lists those that come with it".into()
            }
            (ErrorKind::NotFound, meant) => meant,
            _ => String::new(),
        };
        usage(&format!("{error}{meant}"))
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let (whole, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        match whole {
            [0x1f, 0x8b, ..] => usage("packed by gzip: a scenario is plain text"),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => usage("UTF-16: save it as UTF-8"),
            _ => {
                let line = 1 + whole[..at].iter().filter(|&&byte| byte == b'\n').count();
                Failure::Usage(format!("{word}:{line}: no UTF-8 (octet {:#04x}): save it as UTF-8", whole[at]))
            }
        }
    })?;
    match text.trim_start().strip_prefix('{') {
        Some(json) if json.starts_with("\"line\":\"header\"") => Err(usage(&of_a_run(word))),
        Some(_) => Err(usage("JSON: a scenario is a TOML file; `pushbench new FILE` writes one to begin with")),
        None => Ok(text),
    }
}

/// What to do with a record, which is no scenario.
fn of_a_run(word: &str) -> String {
    format!("a run's record, no scenario: `--resume {word}` goes on with it, `pushbench report {word}` shows it")
}

fn unknown(word: &str) -> String {
    if word == "latest" {
        return "latest: a record, no scenario: `--resume` goes on with it, `pushbench report` shows it".into();
    }
    if word.parse::<Transport>().is_ok() {
        return format!("{word}: a transport, no scenario: `--transport A,B`, with a comma between several");
    }
    let names: Vec<&str> = shipped::ALL.iter().map(|shipped| shipped.name).collect();
    format!("{word}: neither a shipped scenario ({}) nor a file{}", names.join(", "), meant(word))
}

/// The shipped scenario that was meant by a name or by a file that there is not.
fn meant(word: &str) -> String {
    let names = || shipped::ALL.iter().map(|shipped| shipped.name);
    let name = near::like(word, names()).or_else(|| near::like(&scenario::name_of(Path::new(word)), names()));
    name.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
