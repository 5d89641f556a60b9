//! Makes from the reference records all that is made of them: each one's report, the list in `results/README.md`, and
//! README's sentences, table and pictures.
//!
//! ```sh
//! cargo run --example reference -- results/2026-…-quick   # takes this run's record in, and makes all anew
//! cargo run --example reference                           # makes all anew
//! cargo run --example reference -- --check                # changes nothing; fails where something differs
//! ```
//!
//! What stands in between, such as words or a table's form, comes from pushbench as it is now, so that README never shows
//! what it would not print.

mod splice;
mod texts;

use pushbench::record::{self, EndReason, Outcome, Record};
use pushbench::report::{Page, html, json, markdown, pictures};
use pushbench::scenario::shipped;
use serde_json::Value;
use splice::spliced;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the records are.
const FOLDER: &str = "results/reference";
/// The scenario that README shows.
const SHOWN: &str = "quick";
/// README's pictures, and the charts of [`SHOWN`] that they are.
const PICTURES: [(&str, &str); 2] =
    [("docs/images/distance.svg", "distance"), ("docs/images/timeline.svg", "timeline")];

/// A record, and what a report says of it.
pub(crate) struct Reference {
    /// The scenario's name, and its folder's.
    pub(crate) name: String,
    pub(crate) page: Page,
    /// As `--json` prints it.
    pub(crate) summary: Value,
    /// Whether the scenario is still the one that was run.
    pub(crate) current: bool,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match done(Path::new(env!("CARGO_MANIFEST_DIR")), &arguments) {
        Ok(said) => {
            println!("{said}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("reference: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for in the checkout `root`; says what.
pub(crate) fn done(root: &Path, arguments: &[String]) -> Result<String, String> {
    if arguments == ["--check"] {
        let made = made(root)?;
        let differ: Vec<&str> = made
            .iter()
            .filter(|(path, text)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(text))
            .map(|(path, _)| path.as_str())
            .collect();
        if differ.is_empty() {
            return Ok(format!("{} files are as the records make them", made.len()));
        }
        return Err(format!(
            "not as the records make them: {}\ncargo run --example reference makes them anew",
            differ.join(", ")
        ));
    }
    if let Some(flag) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return Err(format!("{flag}: there is --check alone, or folders of runs"));
    }
    for run in arguments {
        take_in(root, Path::new(run))?;
    }
    let made = made(root)?;
    for (path, text) in &made {
        fs::write(root.join(path), text).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(format!("{} files made", made.len()))
}

/// Copies the record of a run to its place, in place of the one that is there.
fn take_in(root: &Path, run: &Path) -> Result<(), String> {
    let from = if run.is_dir() { run.join(record::FILE) } else { run.to_owned() };
    let record = Record::read(&from).map_err(|error| error.to_string())?;
    let unfit = |reason: &str| Err(format!("{}: no reference: {reason}", from.display()));
    if record.end.is_none_or(|end| end.reason != EndReason::Finished) {
        return unfit("the run did not come to its end");
    }
    if record.trials.iter().any(|line| matches!(line.outcome, Outcome::Error(_))) {
        return unfit("a trial failed");
    }
    if !record.header.scenario.overrides.is_empty() || !is_shipped(&record) {
        return unfit("it is not of a shipped scenario as it is shipped");
    }
    let folder = root.join(FOLDER).join(&record.header.scenario.name);
    let copied = fs::create_dir_all(&folder).and_then(|()| fs::copy(&from, folder.join(record::FILE)));
    copied.map(drop).map_err(|error| format!("{}: {error}", folder.display()))
}

fn is_shipped(record: &Record) -> bool {
    let scenario = &record.header.scenario;
    shipped::ALL.iter().any(|shipped| shipped.name == scenario.name && shipped.text == scenario.text)
}

/// Every file that is made of the records, with what it ought to hold.
fn made(root: &Path) -> Result<Vec<(String, String)>, String> {
    let references = references(root)?;
    let shown = references
        .iter()
        .find(|reference| reference.name == SHOWN)
        .ok_or_else(|| format!("{FOLDER}/{SHOWN}/{}: there is none, and README shows it", record::FILE))?;
    let mut files = Vec::new();
    for reference in &references {
        let folder = format!("{FOLDER}/{}", reference.name);
        files.push((format!("{folder}/report.md"), markdown::render(&reference.page)));
        // every page would be a quarter of a megabyte anew whenever a style changes; `pushbench report` makes them
        if reference.name == SHOWN {
            let page = html::render(&reference.page).map_err(|error| format!("{folder}: {error}"))?;
            files.push((format!("{folder}/report.html"), page));
        }
    }
    let mut pictures = pictures::all(&shown.page);
    for (path, chart) in PICTURES {
        let place = pictures.iter().position(|picture| picture.name == chart);
        let place = place.ok_or_else(|| format!("{path}: the report of {SHOWN} has no chart {chart}"))?;
        files.push((path.to_owned(), pictures.swap_remove(place).svg));
    }
    let parts = [("headline", texts::headline(shown)?), ("table", texts::table(shown)?), ("run", texts::run(shown))];
    files.push(("README.md".to_owned(), in_place(root, "README.md", &parts)?));
    let list = [("records", texts::records(&references))];
    files.push(("results/README.md".to_owned(), in_place(root, "results/README.md", &list)?));
    Ok(files)
}

/// The file `path` with these parts in their places.
fn in_place(root: &Path, path: &str, parts: &[(&str, String)]) -> Result<String, String> {
    let text = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
    parts
        .iter()
        .try_fold(text, |text, (name, part)| spliced(&text, name, part))
        .map_err(|error| format!("{path}: {error}"))
}

/// All references, in the order in which the scenarios are shipped.
fn references(root: &Path) -> Result<Vec<Reference>, String> {
    let folder = root.join(FOLDER);
    let entries = fs::read_dir(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    let mut folders: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    let place = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        (shipped::ALL.iter().position(|shipped| Some(shipped.name) == name.as_deref()).unwrap_or(usize::MAX), name)
    };
    folders.sort_by_key(place);
    folders.iter().map(|folder| reference(folder)).collect()
}

fn reference(folder: &Path) -> Result<Reference, String> {
    let path = folder.join(record::FILE);
    let record = Record::read(&path).map_err(|error| error.to_string())?;
    let page = Page::from_record(&record).map_err(|error| format!("{}: {error}", path.display()))?;
    let name = record.header.scenario.name.clone();
    if folder.file_name().is_none_or(|folder| folder.to_string_lossy() != name) {
        return Err(format!("{}: it is of the scenario {name}: its folder is to be called so", path.display()));
    }
    let summary = serde_json::from_str(&json::line(&page)).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(Reference { name, page, summary, current: is_shipped(&record) })
}
