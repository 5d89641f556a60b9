//! `--warmup auto`, from outside: pilot trials say how long the warm-up is, once for all that is made of a record.

#![cfg(target_os = "linux")]

mod processes;

use processes::{FAST, finished, run_folder, scenario, text};
use pushbench::record::{FILE, Outcome, Record};

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
