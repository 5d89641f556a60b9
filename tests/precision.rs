//! `--repeats auto`, from outside: blocks are made until intervals are narrow enough, or there is no time for another one.

#![cfg(target_os = "linux")]

mod processes;

use processes::{FAST, finished, run_folder, scenario, text};
use pushbench::record::{EndReason, FILE, Record};
use std::path::Path;

fn made(beside: &str, more: &[&str]) -> (Record, String, std::path::PathBuf, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "fast.toml", &(FAST.replace("\"polling\", ", "") + beside));
    let out = folder.path().join("out");
    let name = |path: &Path| path.to_str().expect("text").to_owned();
    let (file, results) = (name(&file), name(&out));
    let mut args = vec!["run", &file, "--out", &results, "--repeats", "auto"];
    args.extend(more);
    // a block that takes longer than those before it may meet the time limit
    let mut tries = (0..3).map(|_| {
        let _ = std::fs::remove_dir_all(&out);
        finished(&args)
    });
    let output = tries.find(|output| !text(&output.stderr).contains("reached its time limit")).expect("one in time");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let path = run_folder(&out).expect("a run").join(FILE);
    (Record::read(&path).expect("a record"), text(&output.stdout), path, folder)
}

#[test]
fn it_ends_when_it_knows_enough_and_is_not_gone_on_with() {
    let (record, shown, path, _folder) = made("", &["--precision", "95%", "--duration", "400ms"]);
    let end = record.end.expect("it ended");
    assert_eq!(end.reason, EndReason::Precise, "{shown}");
    assert!((6..30).contains(&end.trials), "{end:?}");
    assert_eq!(record.header.precision, Some(0.95));
    assert_eq!(record.header.scenario.overrides, ["--duration 400ms", "--repeats auto", "--precision 95%"]);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains("blocks, enough for intervals within ±95 %"), "{shown}");
    let resume = || finished(&["run", "--resume", path.to_str().expect("text")]);
    let output = resume();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("nothing is missing"), "{output:?}");

    // killed behind its last block, before it had said that it knows enough
    let whole = std::fs::read_to_string(&path).expect("a record");
    let end_at = whole.rfind("{\"line\":\"end\"").expect("its end");
    std::fs::write(&path, &whole[..end_at]).expect("the folder is ours");
    let output = resume();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(Record::read(&path).expect("a record").end, Some(end), "no other block was made");
}

#[test]
fn without_time_for_another_block_it_says_that_it_does_not_know_enough() {
    let (record, shown, ..) = made("", &["--precision", "0.001%", "--duration", "400ms", "--time-limit", "14s"]);
    let end = record.end.expect("it ended");
    assert_eq!(end.reason, EndReason::Imprecise, "{shown}");
    assert!((2..10).contains(&end.trials), "{end:?}");
    assert!(shown.contains("not as precise as asked for"), "{shown}");
}

#[test]
fn what_is_made_once_does_not_hold_it_up() {
    let beside = "\n[beside]\nclients = 3\n";
    let (record, shown, ..) = made(beside, &["--precision", "95%", "--duration", "400ms"]);
    assert_eq!(record.end.expect("it ended").reason, EndReason::Precise, "{shown}");
}
