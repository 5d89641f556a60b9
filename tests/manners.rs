//! What makes the command line pleasant to use, from outside: names, plans, notes, limits, resumption, export.

#![cfg(target_os = "linux")]

mod processes;

use processes::{finished, scenario, text};
use pushbench::record::{FILE, Record};
use pushbench::scenario::Overrides;
use pushbench::scenario::{self, Scenario, shipped};
use std::path::{Path, PathBuf};

/// A trial of this takes little more than a second.
const FAST: &str = r#"
question = "What does it say?"
transports = ["polling", "sse"]
clients = 2
[feed]
schedule = "periodic"
rate = 100
payload = "100 B"
[phases]
warmup = "0s"
steady = "100ms"
[polling]
interval = "10ms"
"#;

fn name(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

/// The folders of all runs under `out`, by name.
fn runs(out: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(out).into_iter().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder is ours").path()).collect();
    folders.sort();
    folders
}

fn record(folder: &Path) -> Record {
    Record::read(&folder.join(FILE)).expect("a record")
}

#[test]
fn every_scenario_of_the_folder_is_shipped_under_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let entries = std::fs::read_dir(&folder).expect("it is there").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect();
    files.sort();
    let names: Vec<String> = files.iter().map(|file| scenario::name_of(file)).collect();
    assert_eq!(names, shipped::ALL.iter().map(|shipped| shipped.name).collect::<Vec<_>>());
    for (file, shipped) in files.iter().zip(shipped::ALL) {
        assert!(file.ends_with(shipped.path), "{}", shipped.path);
        let parsed = Scenario::parse(Path::new(shipped.path), shipped.text, &Overrides::default());
        assert_eq!(parsed.expect(shipped.path).name, shipped.name);
    }
}

#[test]
fn several_scenarios_are_checked_first_and_made_one_after_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, sse) = (folder.path().join("out"), FAST.replace("\"polling\", ", ""));
    let one = scenario(folder.path(), "one.toml", &sse);
    let two = scenario(folder.path(), "two.toml", &sse);
    let bad = scenario(folder.path(), "bad.toml", &sse.replace("clients = 2", "clients = 0"));
    let run = |files: &[&Path]| {
        let mut args = vec!["run", "-q", "--affinity", "none", "--out", name(&out)];
        args.extend(files.iter().map(|file| name(file)));
        finished(&args)
    };
    let output = run(&[&one, &bad]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(!out.exists(), "one was made before the other was checked");

    let output = run(&[&one, &two]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let runs = runs(&out);
    let names: Vec<String> = runs.iter().map(|folder| record(folder).header.scenario.name).collect();
    assert_eq!(names, ["one", "two"]);
    let stdout = text(&output.stdout);
    let places: Vec<_> = runs.iter().map(|folder| stdout.find(name(&folder.join(FILE)))).collect();
    assert!(places[0].is_some() && places[0] < places[1], "{stdout}");
}

#[test]
fn a_plan_is_told_and_nothing_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let output = finished(&["run", name(&file), "quick", "--repeats", "4", "--dry-run", "--out", name(&out)]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let said = text(&output.stdout);
    for line in [
        "fast: What does it say?",
        "    4 × polling",
        "    4 × raw-tcp (floor)",
        "8 trials in 4 blocks of 2, planned to take ",
        "20 trials in 4 blocks of 5, planned to take ",
        "all 2: 28 trials, planned to take ",
    ] {
        assert!(said.lines().any(|found| found.starts_with(line)), "{line}: {said}");
    }
    assert!(said.contains("every trial: 2 clients"), "{said}");
    assert!(!out.exists());
}

#[test]
fn shipped_scenarios_are_listed_with_their_question() {
    let output = finished(&["scenarios"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let said = text(&output.stdout);
    for shipped in shipped::ALL {
        let parsed = Scenario::parse(Path::new(shipped.path), shipped.text, &Overrides::default()).expect("it is ours");
        let (_, below) =
            said.split_once(&format!("{} ({} trials, ", shipped.name, parsed.planned_trials())).expect(&said);
        assert!(below.lines().nth(1).is_some_and(|line| line.trim() == parsed.question), "{said}");
    }
}

#[test]
fn a_new_scenario_can_be_run_and_overwrites_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let new = || finished(&["new", name(&file)]);
    assert_eq!(new().status.code(), Some(0));
    let written = std::fs::read_to_string(&file).expect("it was written");
    let output = finished(&["run", name(&file), "--dry-run"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stdout).starts_with("mine: "), "{output:?}");

    std::fs::write(&file, "mine").expect("the folder is ours");
    let output = new();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(
        text(&output.stderr),
        format!("pushbench: {}: it exists, and is left alone: name another\n", file.display())
    );
    assert_eq!(std::fs::read_to_string(&file).expect("it stands"), "mine");
    assert!(written.starts_with("# A pushbench scenario"));
}
