//! `--warmup auto`, from outside: pilot trials say how long the warm-up is, once for all that is made of a record.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{FAST, Process, calibrated, finished, run_folder, scenario, text, until};
use pushbench::record::{EndReason, FILE, Outcome, Record};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// A run with one pilot, that of `sse`, whose load there is.
fn in_its_pilot(folder: &Path, out: &Path) -> (Process, nix::unistd::Pid) {
    let file = scenario(folder, "one.toml", &FAST.replace("\"polling\", ", ""));
    let run = Process::run(&file, out, &["--warmup", "auto"]);
    until("the calibration's end", PATIENCE, || calibrated(out).then_some(()));
    let load = until("the pilot's load", PATIENCE, || run.child("load"));
    (run, load)
}

#[test]
fn a_run_that_is_interrupted_in_its_pilots_makes_them_when_it_is_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (mut run, _) = in_its_pilot(folder.path(), &out);
    run.signal(Signal::SIGINT);
    assert_eq!(run.end(PATIENCE).status.code(), Some(130));
    run.leaves_nothing(PATIENCE);
    let path = run_folder(&out).expect("a run").join(FILE);
    let record = Record::read(&path).expect("a record");
    assert_eq!((&record.settling, record.trials.len()), (&None, 0));
    assert_eq!(record.end.map(|end| end.reason), Some(EndReason::Interrupted));

    let output = finished(&["run", "--resume", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let resumed = Record::read(&path).expect("a record");
    let settling = resumed.settling.expect("it is made up for");
    assert_eq!((settling.pilots.len(), resumed.trials.len()), (1, 1));
    assert_eq!(resumed.trials[0].trial.windows.warmup_ns, settling.warmup_ns);
}

#[test]
fn a_pilot_that_fails_throws_doubt_on_the_trials_of_its_kind() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (mut run, load) = in_its_pilot(folder.path(), &out);
    kill(load, Signal::SIGKILL).expect("it lives");
    let ended = run.end(PATIENCE);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(ended.stderr.contains("pilot sse          error: "), "{}", ended.stderr);
    let record = Record::read(&run_folder(&out).expect("a run").join(FILE)).expect("a record");
    let settling = record.settling.expect("it is over");
    assert!(settling.pilots[0].failure.is_some() && settling.pilots[0].settled_ns.is_none(), "{settling:?}");
    let Outcome::Measured(measured) = &record.trials[0].outcome else { panic!("{:?}", record.trials[0].outcome) };
    let doubted = measured.doubts.iter().any(|doubt| doubt.sentence.starts_with("its pilot trial failed ("));
    assert!(doubted, "{:?}", measured.doubts);
    assert!(ended.stdout.contains("its pilot trial failed"), "{}", ended.stdout);
}

#[test]
fn pilots_say_how_long_the_warmup_is_and_a_resumed_run_goes_by_what_they_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", FAST);
    let out = folder.path().join("out");
    let [file, results] = [&file, &out].map(|path| path.to_str().expect("text").to_owned());
    let plan = finished(&["run", &file, "--dry-run", "--warmup", "auto", "--threshold", "sse.bytes<1MiB"]);
    let plan = text(&plan.stdout).replace('\u{a0}', " ");
    assert!(plan.contains("warm-up found by pilot trials, at most 2 s"), "{plan}");
    assert!(plan.contains("2 pilot trials before, planned to take "), "{plan}");

    let flags = ["--warmup", "auto", "--repeats", "2", "--threshold", "sse.bytes<1MiB", "--affinity", "none"];
    let output = finished(&[&["run", &file, "--out", &results][..], &flags].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stderr);
    assert!(said.contains("pilot sse") && said.contains("warm-up of every trial: "), "{said}");
    let path = run_folder(&out).expect("a run").join(FILE);
    let record = Record::read(&path).expect("a record");
    let settling = record.settling.clone().expect("pilots were made");
    let warmups = || record.trials.iter().map(|line| line.trial.windows.warmup_ns);
    assert_eq!(settling.pilots.len(), 2);
    // whole poll periods; no more than pilots can see
    assert!(settling.warmup_ns > 0 && settling.warmup_ns <= 2_000_000_000, "{settling:?}");
    assert_eq!(settling.warmup_ns % 10_000_000, 0);
    for pilot in &settling.pilots {
        assert_eq!((pilot.failure.as_ref(), pilot.medians_ns.len()), (None, 80));
        assert!(pilot.medians_ns.iter().flatten().count() > 20, "{pilot:?}");
    }
    // they are no trials, and all trials have what they found
    assert_eq!((record.trials.len(), record.header.trials), (4, 4));
    assert!(warmups().all(|warmup| warmup == settling.warmup_ns));
    assert!(record.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_))));
    let shown = text(&output.stdout).replace('\u{a0}', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("(found by 2 pilot trials)"), "{shown}");
    assert!(!shown.contains("no trial of it was finished"), "{shown}");

    // as if it had been killed in its last trial
    let lines = std::fs::read_to_string(&path).expect("a record");
    let kept = lines.lines().take_while(|line| !line.contains("\"order\":4,")).map(|line| format!("{line}\n"));
    std::fs::write(&path, kept.collect::<String>()).expect("it is ours");
    let output = finished(&["run", "--resume", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let resumed = Record::read(&path).expect("a record");
    assert_eq!(resumed.settling, Some(settling));
    assert_eq!(resumed.trials.len(), record.trials.len());
    let written = std::fs::read_to_string(&path).expect("a record");
    assert_eq!(written.matches("\"line\":\"settling\"").count(), 1);
    let made_again = resumed.trials.iter().find(|line| line.order == 4).expect("it is made");
    assert_eq!(made_again.trial, record.trials.iter().find(|line| line.order == 4).expect("it was made").trial);
}
