//! Interval logs, read by the program that comes with HdrHistogram itself: its sum of a tag is the trial, line for line.

use crate::{exported, golden, page, skipped};
use pushbench::record::{Outcome, Record};
use pushbench::report::export::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where HdrHistogram is, if not in Debian's place.
const NAMED: &str = "PUSHBENCH_HDRHISTOGRAM";

/// HdrHistogram's jar, and a Java that runs it.
fn jar() -> Option<PathBuf> {
    let named = std::env::var_os(NAMED).map(PathBuf::from);
    let jar = named.unwrap_or_else(|| "/usr/share/java/hdrhistogram.jar".into());
    let runs = Command::new("java").arg("-version").output().is_ok_and(|output| output.status.success());
    (runs && jar.exists()).then_some(jar)
}

/// What `HistogramLogProcessor` makes of `log`.
fn processed(jar: &Path, log: &Path, arguments: &[&str]) -> String {
    let mut java = Command::new("java");
    java.arg("-cp").arg(jar).arg("org.HdrHistogram.HistogramLogProcessor").arg("-i").arg(log).args(arguments);
    let output = java.output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The record with the times that a run of today writes: each trial's t0, one trial behind the other.
fn timed(mut record: Record) -> Record {
    let mut at_ms = record.header.started_unix_ms;
    for line in &mut record.trials {
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.t0_unix_ms = Some(at_ms + 250);
        }
        at_ms += line.took_ns / 1_000_000;
    }
    record
}

fn files(record: &Record) -> Vec<File> {
    export::files(&page(record)).expect("its charts")
}

/// The same text; Java rounds a half up where Rust rounds it to the even digit.
fn alike(theirs: &str, ours: &str) {
    assert_eq!(theirs.lines().count(), ours.lines().count(), "{theirs}");
    for (theirs, ours) in theirs.lines().zip(ours.lines()) {
        assert_eq!(theirs.len(), ours.len(), "{theirs}");
        for (theirs, ours) in theirs.split_whitespace().zip(ours.split_whitespace()) {
            let near = || Some((theirs.parse::<f64>().ok()? - ours.parse::<f64>().ok()?).abs() < 1.5e-12);
            assert!(theirs == ours || near() == Some(true), "{theirs} {ours}");
        }
    }
}

#[test]
fn a_second_is_a_line_at_its_time() {
    let record = timed(Record::read(&golden("quick")).expect("committed"));
    let files = files(&record);
    let text = exported(&files, "hlog/block-02.hlog");
    assert!(!text.contains("approximate"), "{text}");
    let base = record.header.started_unix_ms + 250 + 1_000 + (1..=5).map(|n| 6_000 + 7 * n).sum::<u64>();
    let base = format!("#[BaseTime: {}.{:03} (seconds since epoch)]", base / 1000, base % 1000);
    assert!(text.lines().any(|line| line == base), "{base}: {text}");
    let lines: Vec<Vec<&str>> =
        text.lines().filter(|line| line.starts_with("Tag=")).map(|line| line.split(',').collect()).collect();
    // three seconds of five transports; the sixth trial begins the block
    let starts = [0, 6_042, 12_091, 18_147, 24_210].into_iter().flat_map(|ms| [ms, ms + 1_000, ms + 2_000]);
    let starts: Vec<String> = starts.map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000)).collect();
    assert_eq!(lines.iter().map(|line| line[1].to_owned()).collect::<Vec<_>>(), starts);
    assert!(lines.iter().all(|line| line.len() == 5 && line[2] == "1.000"), "{lines:?}");
    // as it stands in the record, octet for octet
    let Outcome::Measured(sixth) = &record.trials[5].outcome else { panic!("it was measured") };
    assert_eq!(lines[0][0], format!("Tag={}", record.trials[5].trial.transport));
    assert_eq!([lines[0][4], lines[1][4], lines[2][4]], *sixth.load.latency);

    let untold = self::files(&Record::read(&golden("quick")).expect("committed"));
    assert!(exported(&untold, "hlog/block-01.hlog").contains("#[Times of day are approximate"));
}

#[test]
fn hdrhistogram_reads_of_a_tag_what_the_trial_was() {
    let Some(jar) = jar() else { return skipped(&format!("no java, or no HdrHistogram: {NAMED} names its jar")) };
    let folder = tempfile::tempdir().expect("a folder");
    let mut tags = 0;
    for (name, record) in [
        ("quick", timed(Record::read(&golden("quick")).expect("committed"))),
        ("carriers", Record::read(&golden("carriers")).expect("committed")),
    ] {
        let files = files(&record);
        let text = exported(&files, "hlog/block-01.hlog");
        let log = folder.path().join(name);
        std::fs::write(&log, &text).expect("a writable folder");
        let listed = processed(&jar, &log, &["-listtags"]);
        let listed: Vec<&str> = listed.lines().skip(1).collect();
        let block = || record.trials.iter().filter(|line| line.block == 1);
        assert_eq!(listed.len(), block().count(), "{listed:?}");
        // the log has the trials in their order
        let mut in_order: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("Tag=")?.split(',').next()).collect();
        in_order.dedup();
        for (line, tag) in block().zip(in_order).take(5) {
            assert!(listed.contains(&tag), "{tag}: {listed:?}");
            let trial = format!("hgrm/{:04}-{}-block-1.hgrm", line.order, line.trial.transport);
            let theirs = processed(&jar, &log, &["-tag", tag]);
            // above it, when the log begins
            let (_, theirs) = theirs.split_once('\n').expect("several lines");
            alike(theirs, &exported(&files, &trial));
            tags += 1;
        }
    }
    assert_eq!(tags, 10);
}
