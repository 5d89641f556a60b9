//! What makes the command line pleasant to use, from outside: names, plans, notes, limits, resumption, export.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{FAST, Process, finished, pushbench, run_folder, scenario, text, until};
use pushbench::record::{End, EndReason, FILE, Outcome, Record};
use pushbench::scenario::Overrides;
use pushbench::scenario::{self, Scenario, shipped};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// One trial a block.
fn sse() -> String {
    FAST.replace("\"polling\", ", "")
}

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
    let within = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
        files.sort();
        files
    };
    let files = [within(&folder), within(&folder.join("studies"))].concat();
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
    let (out, sse) = (folder.path().join("out"), sse());
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
        "    4 × raw-tcp · 40\u{a0}ms rtt (floor)",
        "    1 × raw-tcp · loopback (floor)",
        "8 trials in 4 blocks of 2, planned to take ",
        "25 trials in 4 blocks of 5 and 5 once beside, planned to take ",
        "all 2: 33 trials, planned to take ",
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

#[test]
fn a_run_has_a_name_a_note_and_tells_more_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, file) = (folder.path().join("out"), scenario(folder.path(), "fast.toml", &sse()));
    for bad in ["", "../up", "a/b", "..", "with space", "-"] {
        let output = finished(&["run", name(&file), &format!("--name={bad}"), "--out", name(&out)]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains("it becomes part of a folder's name"), "{output:?}");
        assert!(!out.exists());
    }
    let note = "after the <kernel> update";
    let more = ["--name", "before.1", "--note", note, "-v"];
    let ended = Process::run(&file, &out, &more).end(PATIENCE);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let folder = run_folder(&out).expect("a run");
    assert!(name(&folder).ends_with("-before.1"), "{folder:?}");
    let header = record(&folder).header;
    assert_eq!((header.scenario.name.as_str(), header.note.as_deref()), ("fast", Some(note)));
    assert!(ended.stdout.contains(&format!("Note: {note}")), "{}", ended.stdout);
    let page = std::fs::read_to_string(folder.join("report.html")).expect("a page");
    assert!(page.contains("<b>Note</b>: after the &lt;kernel&gt; update"));
    for told in
        ["serve is told {\"serve\":{", "load is told {\"load\":{", "2 clients connected in ", "the feed has ended"]
    {
        assert!(ended.stderr.contains(told), "{told}: {}", ended.stderr);
    }
}

#[test]
fn a_report_is_opened_and_a_browser_that_is_missing_is_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(FILE), include_str!("golden/quick.ndjson")).expect("the folder is ours");
    let report = |path: &Path| {
        let args = ["report", name(folder.path()), "--open"];
        pushbench().args(args).env("PATH", path).output().expect("the binary was built")
    };
    let output = report(folder.path());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stderr).starts_with("pushbench: warning: --open: xdg-open "), "{output:?}");
    assert_eq!(text(&output.stderr).lines().count(), 1, "{output:?}");

    let opener = folder.path().join("xdg-open");
    std::fs::write(&opener, "#!/bin/sh\necho \"$1\" >\"${0%/*}/opened\"\n").expect("the folder is ours");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let output = report(folder.path());
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let opened = std::fs::read_to_string(folder.path().join("opened")).expect("it was called");
    assert_eq!(opened.trim_end(), name(&folder.path().join("report.html")));
}

#[test]
fn a_time_limit_holds_before_and_during_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, file) = (folder.path().join("out"), scenario(folder.path(), "fast.toml", &sse()));
    let output = finished(&["run", name(&file), "--time-limit", "1s", "--out", name(&out)]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = "pushbench: --time-limit: fast is planned to take 3s, and 1s are allowed: --time-limit 4s allows it";
    assert!(text(&output.stderr).starts_with(told), "{output:?}");
    assert!(!out.exists());

    let mut run = Process::run(&file, &out, &["--repeats", "2", "--time-limit", "15s"]);
    until("a finished trial", PATIENCE, || run.stderr().contains("[ 1/2]").then_some(()));
    let load = until("the next one's load", PATIENCE, || run.child("load"));
    kill(load, Signal::SIGSTOP).expect("it has not been waited for");
    let ended = run.end(PATIENCE);
    run.leaves_nothing(Duration::from_secs(2));
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let said = "pushbench: fast reached its time limit of 15s; what was finished is kept\n";
    assert!(ended.stderr.ends_with(said), "{}", ended.stderr);
    assert!(ended.stdout.contains("stopped at its time limit: 1 of 2 trials"), "{}", ended.stdout);
    let record = record(&run_folder(&out).expect("a run"));
    assert_eq!(record.end, Some(End { reason: EndReason::TimeLimit, trials: 1 }));
    assert_eq!(record.trials.len(), 1);
}

#[test]
fn it_says_what_it_was_built_from_and_describes_itself() {
    let output = finished(&["--version"]);
    let said = text(&output.stdout);
    let built = said.trim_end().strip_prefix(concat!("pushbench ", env!("CARGO_PKG_VERSION"), " (")).expect(&said);
    assert!(built.ends_with(')') && built.contains("rustc 1."), "{said}");
    // the build asks git; without git, or without a checkout, it has no revision to tell
    let mut git = std::process::Command::new("git");
    let asked = git.args(["rev-parse", "HEAD"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    if asked.is_ok_and(|answer| answer.status.success()) {
        let revision = built.split_once(',').expect(&said).0.trim_end_matches("-dirty");
        assert!(revision.len() >= 7 && revision.chars().all(|c| c.is_ascii_hexdigit() || c == '-'), "{said}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = finished(&["completions", shell]);
        let script = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(script.contains("dry-run") && script.contains("scenarios"), "{shell}: {script}");
    }
    let page = text(&finished(&["man"]).stdout);
    for said in [".TH", ".SH \"PUSHBENCH RUN\"", "time\\-limit", ".SH \"EXIT STATUS\"", ".B 130"] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[test]
fn a_killed_run_is_gone_on_with_where_it_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, file) = (folder.path().join("out"), scenario(folder.path(), "fast.toml", &sse()));
    let resume = |more: &[&str]| {
        let mut args = vec!["run", "-q", "--out", name(&out), "--resume"];
        args.extend(more);
        finished(&args)
    };
    let mut run = Process::run(&file, &out, &["--repeats", "3", "--clients", "3"]);
    until("a finished trial", PATIENCE, || run.stderr().contains("[ 1/3]").then_some(()));
    let load = until("the next one's load", PATIENCE, || run.child("load"));
    kill(load, Signal::SIGKILL).expect("it has not been waited for");
    until("a failed trial", PATIENCE, || run.stderr().contains("[ 2/3]").then_some(()));
    run.signal(Signal::SIGSTOP);
    let folder = run_folder(&out).expect("a run");
    let path = folder.join(FILE);
    let output = resume(&[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text(&output.stderr), format!("pushbench: {}: a run is still writing it\n", path.display()));
    run.signal(Signal::SIGKILL);
    run.end(PATIENCE);
    run.leaves_nothing(Duration::from_secs(2));

    let before = std::fs::read_to_string(&path).expect("a record");
    let before = before.replacen("\"kernel\":\"Linux", "\"kernel\":\"Other", 1);
    assert_eq!(before.lines().count(), 4, "{before}");
    std::fs::write(&path, before.replacen("--clients 3", "--clients 4", 1)).expect("the folder is ours");
    let output = resume(&[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains(": trial 1 is not what this pushbench makes of the scenario"), "{output:?}");

    std::fs::write(&path, format!("{before}{{\"line\":\"tri")).expect("the folder is ours");
    let output = resume(&["latest", "--dry-run"]);
    assert!(text(&output.stdout).starts_with("fast: 1 of 3 trials are missing, planned to take "), "{output:?}");
    let output = resume(&[name(&folder)]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.starts_with("pushbench: warning: since the run began, the kernel was Other"), "{said}");
    assert!(said.ends_with("pushbench: 1 of 3 trials failed\n"), "{said}");
    assert!(text(&output.stdout).contains("with 2 of 3 trials; the kernel was Other"), "{output:?}");
    let after = std::fs::read_to_string(&path).expect("a record");
    assert!(after.starts_with(&before) && after[before.len()..].starts_with("{\"line\":\"resumed\","), "{after}");

    let output = resume(&[name(&path)]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("nothing is missing: all 3 trials are there; --retry-errors"), "{output:?}");
    let output = resume(&["--retry-errors"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("When it was gone on with (1 trial): Through a pipe in memory"), "{told}");
    let record = record(&folder);
    let text = std::fs::read_to_string(&path).expect("a record");
    assert_eq!(text.matches("\"line\":\"calibration\"").count(), 3, "one, and one each time that it was gone on with");
    let again: Vec<Vec<u32>> = record.recalibrated.iter().map(|again| again.trials.iter().copied().collect()).collect();
    assert_eq!(again, [vec![3], vec![2]], "trial 2 failed the first time, and was made again behind the last");
    let last = record.calibration_of(2).expect("it was looked for");
    assert!(record.calibration.is_some() && record.calibration_of(1) == record.calibration.as_ref());
    assert_eq!(last, &record.recalibrated[1].calibration);
    let orders: Vec<_> = record.trials.iter().map(|line| (line.order, line.block)).collect();
    assert_eq!(orders, [(1, 1), (3, 3), (2, 2)]);
    assert!(record.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_)) && line.trial.clients == 3));
    let resumed: Vec<_> = record.resumed.iter().map(|resumed| (resumed.trials, resumed.retried)).collect();
    assert_eq!((resumed, record.end), (vec![(2, 0), (3, 1)], Some(End { reason: EndReason::Finished, trials: 3 })));
}

#[test]
fn what_goes_on_takes_its_work_from_the_record() {
    for (args, says) in [
        (&["run", "quick", "--resume", "latest"][..], "'[SCENARIO]...' cannot be used with '--resume"),
        (&["run", "--resume", "--clients", "3"], "--clients"),
        (&["run", "--resume", "--note", "x"], "--note"),
        (&["run", "quick", "--retry-errors", "--dry-run"], "--retry-errors: belongs to `--resume`"),
        (&["run", "--retry-errors"], "--resume"),
    ] {
        let output = finished(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(says), "{args:?}: {output:?}");
    }
}

#[test]
fn every_delivery_can_be_had() {
    let folder = tempfile::tempdir().expect("a folder");
    let (out, file) = (folder.path().join("out"), scenario(folder.path(), "fast.toml", FAST));
    let csv = folder.path().join("deliveries.csv");
    let mut run = Process::run(&file, &out, &["-q", "--export-deliveries", name(&csv)]);
    let ended = run.end(PATIENCE);
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    let folder = run_folder(&out).expect("a run");
    let names = std::fs::read_dir(&folder).expect("it is ours").map(|entry| entry.expect("an entry").file_name());
    assert_eq!(names.count(), 2, "a record and a report");

    let written = std::fs::read_to_string(&csv).expect("it was written");
    let mut lines = written.lines();
    assert_eq!(lines.next(), Some("block,order,transport,client,update,planned_ns,emitted_ns,received_ns"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for line in record(&folder).trials {
        let Outcome::Measured(measured) = line.outcome else { panic!("{line:?}") };
        let order = line.order.to_string();
        let own: Vec<_> = rows.iter().filter(|row| row[1] == order).collect();
        assert_eq!(own.len() as u64, measured.load.accounting.delivered);
        let mut each: Vec<_> = own.iter().map(|row| (row[3], row[4])).collect();
        each.sort_unstable();
        each.dedup();
        assert_eq!(each.len(), own.len(), "a client's update twice");
        for row in own {
            assert_eq!((row[0], row[2]), ("1", line.trial.transport.name()));
            assert!(["1", "2"].contains(&row[3]), "{row:?}");
            let [update, planned, emitted, received] = [4, 5, 6, 7].map(|at| row[at].parse::<u64>().expect("a number"));
            // 100 a second from the start on: there is no warm-up
            assert_eq!(planned, update * 10_000_000, "{row:?}");
            assert!(planned <= emitted && emitted <= received && received < 2_000_000_000, "{row:?}");
        }
    }
    let again = finished(&["run", name(&file), "--out", name(&out), "--export-deliveries", name(&csv)]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(text(&again.stderr).contains("it exists, and is left alone"), "{again:?}");
    assert_eq!(runs(&out).len(), 1);
}

#[test]
fn a_redacted_record_tells_its_numbers_and_not_whose_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE);
    let whole = include_str!("golden/quick.ndjson");
    let private = whole
        .replacen("\"blocks\":3", "\"note\":\"for ACME\",\"blocks\":3,\"unknown\":\"private\"", 1)
        .replacen("--clients 100", "--clients 100\",\"--replay /home/jo/feed", 1);
    assert!(private.contains("ACME") && private.contains("/home/jo"));
    std::fs::write(&path, &private).expect("the folder is ours");
    let out = folder.path().join("shared.ndjson");
    let redact = || finished(&["redact", name(folder.path()), "--out", name(&out)]);
    let output = redact();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let shared = std::fs::read_to_string(&out).expect("it was written");
    for gone in ["ACME", "/home/jo", "private", "scenarios/00-quick.toml", "0.12"] {
        assert!(!shared.contains(gone), "{gone}");
    }
    for kept in ["--clients 100", "--replay …", "Example CPU 3000", "Linux 6.18.0"] {
        assert!(shared.contains(kept), "{kept}");
    }
    let (before, after) = (Record::read(&path).expect("a record"), Record::read(&out).expect("a record"));
    assert_eq!(before.trials, after.trials); // of a version that did not tell when they started
    assert!(after.header.redacted && after.header.environment.load_average.is_none());
    assert_eq!(before.header.scenario.question, after.header.scenario.question);

    assert_eq!(finished(&["report", name(&out)]).status.code(), Some(0));
    let output = finished(&["run", "--resume", name(&out)]);
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("redacted"), "{output:?}");
    let output = redact();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("it exists, and is left alone"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&out).expect("it stands"), shared);
}
