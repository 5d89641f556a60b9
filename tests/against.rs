//! `run --against`: two builds in turn, two whole records; what is no such build is refused before the first trial.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{FAST, Process, finished, recorded_trials, run_folder, scenario, text, until};
use pushbench::record::{EndReason, FILE, Outcome, Record, Side};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
const OWN: &str = env!("CARGO_BIN_EXE_pushbench");

fn name(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

/// An executable that is a shell script.
fn script(folder: &Path, name: &str, lines: &str) -> PathBuf {
    let path = scenario(folder, name, &format!("#!/bin/sh\n{lines}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}

fn both(run: &Path) -> [Record; 2] {
    [run.to_owned(), run.join("against")].map(|folder| Record::read(&folder.join(FILE)).expect("a record"))
}

#[test]
fn every_trial_is_made_by_both_builds_one_right_after_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", &FAST.replace("clients = 2", "clients = 2\nrepeats = 2"));
    let out = folder.path().join("out");
    let mut run = Process::run(&file, &out, &["--against", OWN, "--threshold", "*.max<1h"]);
    let ended = run.end(PATIENCE);
    run.leaves_nothing(Duration::from_secs(2));
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    assert!(
        ended.stdout.contains("compare.html") && ended.stdout.contains("\nThresholds: all 1 kept"),
        "{}",
        ended.stdout
    );
    assert!(ended.stderr.contains("4 trials, each by both builds, planned to take 15s"), "{}", ended.stderr);
    for side in ["new", "old"] {
        assert_eq!(ended.stderr.matches(&format!(" {side} ")).count(), 4, "{}", ended.stderr);
    }
    let run = run_folder(&out).expect("a run");
    let [new, old] = both(&run);
    let paired = [&new, &old].map(|record| record.header.paired.clone().expect("which is which"));
    assert_eq!(paired.each_ref().map(|paired| paired.side), [Side::New, Side::Old]);
    assert_eq!(paired[0].run, paired[1].run);
    assert_eq!((new.header.thresholds.len(), old.header.thresholds.len()), (1, 0));
    assert_eq!((&new.header.version, &new.header.revision), (&old.header.version, &old.header.revision));
    assert_eq!(new.header.environment.rustc, old.header.environment.rustc);
    let began = |record: &Record| -> Vec<(u64, u32)> {
        let t0 = |outcome: &Outcome| match outcome {
            Outcome::Measured(measured) => measured.t0.expect("this version says it"),
            Outcome::Error(failure) => panic!("{failure:?}"),
        };
        record.trials.iter().map(|line| (t0(&line.outcome), line.order)).collect()
    };
    for (new, old) in new.trials.iter().zip(&old.trials) {
        assert_eq!((new.block, new.order, &new.trial), (old.block, old.order, &old.trial));
    }
    // in time's order each trial stands beside its twin
    let sides = |record, side| began(record).into_iter().map(move |(t0, order)| (t0, order, side));
    let mut all: Vec<(u64, u32, u8)> = sides(&new, 0).chain(sides(&old, 1)).collect();
    all.sort_unstable();
    assert_eq!(all.iter().map(|trial| trial.1).collect::<Vec<_>>(), [1, 1, 2, 2, 3, 3, 4, 4]);
    // over two blocks each side was first once, at each point
    assert_eq!(all.iter().step_by(2).map(|trial| trial.2).sum::<u8>(), 2, "{all:?}");
    for folder in [run.clone(), run.join("against")] {
        let report = finished(&["report", name(&folder)]);
        assert_eq!((report.status.code(), text(&report.stderr)), (Some(0), String::new()));
        assert!(folder.join("report.html").exists());
    }
    let resumed = finished(&["run", "--resume", name(&run)]);
    assert_eq!(resumed.status.code(), Some(2));
    assert!(text(&resumed.stderr).contains("could not be interleaved any more"), "{}", text(&resumed.stderr));
}

#[test]
fn what_is_no_pushbench_or_speaks_otherwise_is_refused_before_the_first_trial() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let out = folder.path().join("out");
    let ours = |rest: &str| format!("[ \"$1\" = --version ] && echo 'pushbench 9.9.9 (abc)' && exit\n{rest}");
    let hello = |control: u32| format!("echo '{{\"hello\":{{\"control\":{control},\"version\":\"9.9.9\"}}}}'\n");
    let reads = hello(pushbench::control::VERSION)
        + "while read -r line; do echo \"$line\" | sed 's/\"payload\":100/\"payload\":99/'; done";
    for (lines, says) in [
        ("echo hello", "no pushbench: it does not answer `--version` as one"),
        ("exit 3", "no pushbench: it does not answer `--version` as one"),
        (&ours("echo 'error: unrecognized subcommand' >&2; exit 2"), "from before runs could be interleaved"),
        (&ours("echo '\"started\"'; cat"), "it says something else first"),
        (&ours(&(hello(9999) + "cat")), "it speaks version 9999 of the messages between a run and its children, this"),
        (&ours(&reads), "it cannot make this scenario's trials: it does not know what `feed.payload` says"),
        (&ours(&hello(pushbench::control::VERSION)), "it cannot make this scenario's trials: "),
    ] {
        let other = script(folder.path(), "other", lines);
        let output = finished(&["run", name(&file), "--out", name(&out), "--against", name(&other)]);
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{lines}: {error}");
        assert!(error.starts_with(&format!("pushbench: --against {}: ", other.display())), "{error}");
        assert!(error.contains(says), "{lines}: {error}");
        assert!(!out.exists(), "{error}");
    }
    for other in ["no/such/binary", name(folder.path()), name(&file)] {
        let output = finished(&["run", name(&file), "--out", name(&out), "--against", other]);
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
        assert!(error.starts_with(&format!("pushbench: --against {other}: ")) && !out.exists(), "{error}");
    }
}

#[test]
fn the_planned_time_doubles() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let plan = |flags: &[&str]| finished(&[&["run", name(&file), "--dry-run"], flags].concat());
    assert!(text(&plan(&[]).stdout).contains("2 trials in 1 block of 2, planned to take 5s"));
    let twice = text(&plan(&["--against", OWN]).stdout);
    assert!(twice.contains("2 trials in 1 block of 2, each by both builds, planned to take 9s"), "{twice}");
    let limited = plan(&["--against", OWN, "--time-limit", "5s"]);
    assert_eq!(limited.status.code(), Some(2));
    assert!(text(&limited.stderr).contains("is planned to take 9s, and 5s are allowed"), "{limited:?}");
    let nobody = plan(&["--against", "no/such/binary"]);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(text(&nobody.stderr).starts_with("pushbench: --against no/such/binary: "), "{nobody:?}");
}

/// Truth 8, on both sides.
#[test]
fn finished_trials_of_both_sides_survive_interruption_and_death() {
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = scenario(folder.path(), "fast.toml", &FAST.replace("clients = 2", "clients = 2\nrepeats = 9"));
        let out = folder.path().join("out");
        let mut run = Process::run(&file, &out, &["--against", OWN]);
        let made = || {
            let run = run_folder(&out).filter(|_| out.exists())?;
            let made = [recorded_trials(&run), recorded_trials(&run.join("against"))];
            (made[0] + made[1] >= 3).then_some(made)
        };
        let made = until("three trials", PATIENCE, made);
        kill(run.pid(), signal).expect("it runs");
        let ended = run.end(PATIENCE);
        run.leaves_nothing(Duration::from_secs(2));
        let run = run_folder(&out).expect("a run");
        let records = both(&run);
        for (record, made) in records.iter().zip(made) {
            assert!(record.trials.len() >= made && record.trials.len() < 18);
        }
        let ends = records.each_ref().map(|record| record.end.map(|end| end.reason));
        if signal == Signal::SIGINT {
            assert_eq!(ended.status.code(), Some(130), "{}", ended.stderr);
            assert_eq!(ends, [Some(EndReason::Interrupted); 2]);
        } else {
            assert_eq!(ends, [None, None]);
        }
        for folder in [run.clone(), run.join("against")] {
            assert!(text(&finished(&["report", name(&folder)]).stdout).contains(" of 18 trials"));
        }
    }
}

#[test]
fn a_binary_that_is_replaced_on_the_way_makes_no_more_trials() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", &FAST.replace("clients = 2", "clients = 2\nrepeats = 2"));
    let (out, other) = (folder.path().join("out"), folder.path().join("other"));
    let wrapper = |more: &str| script(folder.path(), "other", &format!("exec {OWN} \"$@\"{more}"));
    wrapper("");
    let mut run = Process::run(&file, &out, &["--against", name(&other)]);
    let first = || run_folder(&out).filter(|run| recorded_trials(&run.join("against")) > 0);
    until("a trial of the other's", PATIENCE, || if out.exists() { first() } else { None });
    wrapper(" # built anew");
    let ended = run.end(PATIENCE);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let [new, old] = both(&run_folder(&out).expect("a run"));
    assert!(new.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_))));
    let reason = |outcome: &Outcome| match outcome {
        Outcome::Error(failure) => Some(failure.reason.clone()),
        Outcome::Measured(_) => None,
    };
    let last = reason(&old.trials.last().expect("four").outcome).expect("it was replaced");
    assert!(last.contains("is not the file any more that the run began with"), "{last}");
}
