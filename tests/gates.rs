//! Thresholds: what is said of them in every form, and what they do to the exit code.

#![cfg(target_os = "linux")]

mod invented;
mod processes;

use invented::{compare, folder, record, write_record};
use processes::{FAST, Process, finished, run_folder, scenario, text};
use pushbench::kind::Transport;
use pushbench::record::{End, EndReason, FILE, Failure, Outcome, Paired, Record, Side};
use pushbench::report::{Page, html, json, junit, markdown, terminal};
use pushbench::threshold::Threshold;
use pushbench::totals::{Doubt, Subject};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

fn quick() -> Record {
    Record::read(&folder().join("quick.ndjson")).expect("the committed record")
}

/// A record with every kind of outcome: kept, missed, a dash, a bound, a failed trial, what no trial was made of.
fn gated() -> Record {
    let mut record = quick();
    record.header.thresholds = [
        "websocket.p99<5ms",
        "sse.bytes<=120B",
        "websocket.p999<1s",
        "raw-tcp.cpu<8.5us",
        "raw-tcp.cpu<8us",
        "raw-tcp.cpu>1us",
        "long-polling.p50<1s",
        "*.max<200ms",
        "*[h1, clients=100].overhead<200%",
        "polling.p90 < 100ms",
        "polling.latency<1ms",
    ]
    .map(str::to_owned)
    .to_vec();
    for line in &mut record.trials {
        if line.trial.transport == Transport::LongPolling && line.block == 2 {
            line.outcome =
                Outcome::Error(Failure { reason: "load <ended> early".into(), last_words: "\x1b[1mno".into() });
        }
    }
    record
}

fn between(text: &str, start: &str, end: &str) -> String {
    let at = text.find(start).unwrap_or_else(|| panic!("{start} in {text}"));
    let rest = &text[at..];
    rest[..rest.find(end).unwrap_or(rest.len())].to_owned()
}

#[test]
fn every_form_says_what_was_kept_and_what_was_missed() {
    let page = Page::from_record(&gated()).expect("figures");
    let table = terminal::render(&page, &terminal::Style { color: false, width: Some(100) });
    let rendered = html::render(&page).expect("a page");
    let summary: Value = serde_json::from_str(&json::render(&page)).expect("JSON");
    let parts = [
        between(&table, "Thresholds: ", "\u{0}"),
        between(&markdown::render(&page), "**Thresholds**", "\n\n|"),
        between(&rendered, "<h2 id=\"thresholds\">", "\n<h2 id=\"figures\">"),
        serde_json::to_string_pretty(&summary["thresholds"]).expect("JSON"),
        junit::render(&[junit::Suite::of(&page)]),
    ];
    compare("thresholds.txt", &(parts.map(|part| part.trim_end().to_owned()).join("\n\n") + "\n"));
    assert_eq!(page.missed().as_deref(), Some("9 of 11 thresholds missed"));
}

#[test]
fn what_is_below_a_bound_keeps_to_a_limit_that_is_the_bound() {
    let mut record = quick();
    for line in &mut record.trials {
        // an idle window of a second is cut a little longer or shorter
        let Outcome::Measured(measured) = &mut line.outcome else { continue };
        measured.serve.idle.window_ns = [999_700_000, 1_000_000_000, 1_000_300_000][line.block as usize % 3];
    }
    let mut page = Page::from_record(&record).expect("figures");
    let held: Vec<Threshold> = ["sse.idle<5%", "sse.idle<4.9%"].iter().map(|t| t.parse().expect("one")).collect();
    page.hold_to(&held).expect("it was measured");
    assert_eq!(page.missed().as_deref(), Some("1 of 2 thresholds missed"));
}

#[test]
fn a_threshold_says_what_is_doubted_about_its_figure_in_every_form() {
    let mut record = quick();
    record.header.thresholds = vec!["sse.p99<1s".to_owned(), "sse.bytes<1KiB".to_owned()];
    let sentence = "the calibration found a known delay of 2.00 ms as 0.10 ms, which is beyond ± 0.10 ms".to_owned();
    let doubts = vec![Doubt { about: Subject::Latency, sentence: sentence.clone() }];
    record.calibration.as_mut().expect("it has one").doubts = doubts;
    let page = Page::from_record(&record).expect("figures");
    let xml = junit::render(&[junit::Suite::of(&page)]);
    let case = |name: &str| between(&xml, &format!("<testcase name=\"{name}"), "</testcase>");
    assert!(case("sse.p99").contains(&sentence) && !case("sse.bytes").contains("doubted"), "{xml}");
    let summary: Value = serde_json::from_str(&json::render(&page)).expect("JSON");
    assert_ne!(summary["thresholds"][0]["points"][0]["doubts"], Value::Array(Vec::new()));
}

#[test]
fn nothing_is_said_where_nothing_is_held_to_anything() {
    let page = Page::from_record(&quick()).expect("figures");
    assert_eq!(page.missed(), None);
    for text in [html::render(&page).expect("a page"), markdown::render(&page), json::render(&page)] {
        assert!(!text.contains("hresholds\"") && !text.contains("**Thresholds"));
    }
}

#[test]
fn what_a_stopped_run_did_not_come_to_is_missed_and_skipped() {
    let mut record = quick();
    record.header.resolved = record.trials[..5].iter().map(|line| line.trial.clone()).collect();
    record.trials.retain(|line| line.trial.transport != Transport::Sse);
    record.end = Some(End { reason: EndReason::Interrupted, trials: 12 });
    let mut page = Page::from_record(&record).expect("figures");
    let held: Vec<Threshold> = ["sse.p99<1s", "websocket.p99<1s"].iter().map(|t| t.parse().expect("one")).collect();
    page.hold_to(&held).expect("it was planned");
    assert_eq!(page.missed().as_deref(), Some("1 of 2 thresholds missed"));
    let xml = junit::render(&[junit::Suite::of(&page)]);
    assert!(xml.contains("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"2\""), "{xml}");
    assert!(xml.contains("<skipped message=\"no figure: no trial of it was finished\"/>"), "{xml}");
    let other = "raw-tcp[h2].p99<1s".parse().expect("one");
    assert_eq!(
        page.hold_to(&[other]).expect_err("no h2"),
        "`raw-tcp[h2].p99<1s`: no trial of raw-tcp is at that point"
    );
}

fn copied(folder: &Path) -> &str {
    std::fs::copy(invented::folder().join("quick.ndjson"), folder.join(FILE)).expect("the folder is ours");
    folder.to_str().expect("text")
}

#[test]
fn a_report_ends_with_99_where_a_threshold_is_missed_and_not_before_all_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = copied(folder.path());
    let file = folder.path().join("out.xml");
    let junit = file.to_str().expect("text");
    let kept = finished(&["report", run, "--threshold", "websocket.p99<5ms", "--threshold=*.p50<1s", "--junit", junit]);
    assert_eq!((kept.status.code(), text(&kept.stderr)), (Some(0), String::new()));
    assert!(text(&kept.stdout).contains("Thresholds: all 2 kept\n✓ websocket.p99<5ms: 711"), "{kept:?}");
    assert!(std::fs::read_to_string(&file).expect("written").contains("tests=\"3\" failures=\"0\""));

    let missed = finished(&["report", run, "--threshold", "websocket.p99<5us", "--junit", junit]);
    assert_eq!(missed.status.code(), Some(99));
    assert_eq!(text(&missed.stderr), "pushbench: quick: 1 of 1 threshold missed\n");
    assert!(text(&missed.stdout).contains("✗ websocket.p99<5us: 711") && folder.path().join("report.html").exists());
    assert!(std::fs::read_to_string(&file).expect("replaced").contains("tests=\"2\" failures=\"1\""));
    assert_eq!(std::fs::read_dir(folder.path()).expect("ours").count(), 3);
}

#[test]
fn a_report_refuses_a_threshold_about_nothing_in_the_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = copied(folder.path());
    for (flags, says) in [
        (&["--threshold", "websocket[h2].p99<5ms"][..], "--threshold: `websocket[h2].p99<5ms`: no trial of websocket"),
        (&["--threshold", "websocket.p98<5ms"], "no metric `p98`; did you mean `p90`?"),
        (&["--threshold", "websocket.p99<5"], "p99 is held to a time with its unit"),
        (&["--junit", "/no/such/folder/x.xml"], "--junit /no/such/folder/x.xml: No such file"),
        (&["--junit", "/"], "--junit /: a folder: name a file in it"),
        (&["--junit", "/dev/null"], "--junit /dev/null: no plain file"),
    ] {
        let output = finished(&[&["report", run], flags].concat());
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{flags:?}");
        assert!(text(&output.stderr).contains(says), "{flags:?}: {}", text(&output.stderr));
        assert_eq!(std::fs::read_dir(folder.path()).expect("ours").count(), 1, "{flags:?}");
    }
}

#[test]
fn a_run_is_held_to_the_scenario_and_to_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = FAST.replace("clients = 2", "clients = 2\nthresholds = [\"sse.max<1h\"]");
    let file = scenario(folder.path(), "held.toml", &held);
    let out = folder.path().join("out");
    let plan = finished(&["run", file.to_str().expect("text"), "--dry-run", "--threshold", "*.bytes<1B"]);
    assert!(text(&plan.stdout).contains("\nheld to: sse.max<1h · *.bytes<1B\n"), "{plan:?}");
    let ended = Process::run(&file, &out, &["--threshold", "*.bytes<1B"]).end(PATIENCE);
    assert_eq!(ended.status.code(), Some(99), "{}", ended.stderr);
    assert!(ended.stderr.ends_with("pushbench: held: 1 of 2 thresholds missed\n"), "{}", ended.stderr);
    assert!(ended.stdout.contains("✓ sse.max<1h: ") && ended.stdout.contains("✗ *.bytes<1B: missed at 2 of 2 points"));
    // the record knows both
    let run = run_folder(&out).expect("a run");
    let record = Record::read(&run.join(FILE)).expect("a record");
    assert_eq!(record.header.thresholds, ["sse.max<1h", "*.bytes<1B"]);
    let report = finished(&["report", run.to_str().expect("text"), "--markdown"]);
    assert_eq!(report.status.code(), Some(99));
    assert!(text(&report.stdout).contains("--affinity none --threshold '*.bytes<1B'"), "{}", text(&report.stdout));
    // and what is shared of it does, too
    let shared = folder.path().join("shared.ndjson");
    let redacted = finished(&["redact", run.to_str().expect("text"), "-o", shared.to_str().expect("text")]);
    assert_eq!(redacted.status.code(), Some(0), "{redacted:?}");
    assert_eq!(Record::read(&shared).expect("a record").header.thresholds, ["sse.max<1h", "*.bytes<1B"]);
}

#[test]
fn a_threshold_about_nothing_that_is_run_is_refused_before_the_first_trial() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = FAST.replace("clients = 2", "clients = 2\nthresholds = [\n  \"sse.max<1h\",\n  \"polling.p99<1h\",\n]");
    let file = scenario(folder.path(), "held.toml", &held);
    let run = |flags: &[&str]| {
        let output = finished(&[&["run", file.to_str().expect("text"), "--dry-run"], flags].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, said) = run(&["--threshold", "websocket.p99<5ms"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(2), "pushbench: --threshold: `websocket.p99<5ms`: websocket is not measured, only polling, sse are\n")
    );
    // what a flag takes away is not held to anything
    let (code, said) = run(&["--transport", "sse"]);
    assert!(code == Some(0) && said.contains("\nheld to: sse.max<1h\n"), "{said}");
    let file = scenario(folder.path(), "wrong.toml", &held.replace("polling.p99", "pollling.p99"));
    let output = finished(&["run", file.to_str().expect("text")]);
    let error = text(&output.stderr);
    assert!(
        error.starts_with(&format!("pushbench: {}:7: thresholds[1]: `pollling.p99<1h`: no transport", file.display())),
        "{error}"
    );
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
}

/// A record of the day `day`; `more` of a hundred octets are added to what WebSocket sends.
fn taken(day: u64, more: u64, paired: Option<Paired>) -> Record {
    let mut record = record();
    record.header.started_unix_ms += day * 86_400_000;
    record.header.paired = paired;
    for line in record.trials.iter_mut().filter(|line| line.trial.transport == Transport::Websocket) {
        let Outcome::Measured(measured) = &mut line.outcome else { continue };
        let steady = &mut measured.load.phases.steady;
        steady.down += (steady.up + steady.down) * more / 100;
    }
    record
}

fn written(folder: &Path, name: &str, record: Record) -> String {
    let run = folder.join(name);
    std::fs::create_dir(&run).expect("the folder is ours");
    write_record(&run.join(FILE), record);
    run.to_str().expect("text").to_owned()
}

#[test]
fn a_regression_is_shown_by_interleaved_runs_or_by_three_records_a_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let side = |name: &str, first: u64, more: u64| {
        let names = (0..3).map(|day| written(folder.path(), &format!("{name}{day}"), taken(first + day, more, None)));
        names.collect::<Vec<_>>()
    };
    let (old, new) = (side("old", 0, 0), side("new", 10, 10));
    let paired = |side| Some(Paired { run: "1".into(), side });
    let interleaved = [
        written(folder.path(), "paired-old", taken(0, 0, paired(Side::Old))),
        written(folder.path(), "paired-new", taken(0, 10, paired(Side::New))),
    ];
    for (old, new) in [(old.join(","), new.join(",")), (interleaved[0].clone(), interleaved[1].clone())] {
        let gate = |old: &str, new: &str, share: &str| finished(&["compare", old, new, "--fail-on-regression", share]);
        let missed = gate(&old, &new, "5%");
        let error = text(&missed.stderr);
        assert_eq!((missed.status.code(), error.lines().count()), (Some(99), 1), "{error}");
        assert!(error.contains("figures shown to be worse by more than 5 %: websocket bytes ("), "{error}");
        assert!(text(&missed.stdout).contains("compare.html"), "all is shown before");
        assert_eq!(gate(&old, &new, "20%").status.code(), Some(0));
        assert_eq!(gate(&new, &old, "5%").status.code(), Some(0), "what became better is no regression");
    }
    let page = Path::new(&new[0]).join("compare.html");
    std::fs::remove_file(&page).expect("it was written");
    let two = finished(&["compare", &old[0], &new[0], "--fail-on-regression", "5%"]);
    assert_eq!((two.status.code(), text(&two.stdout)), (Some(2), String::new()));
    let error = text(&two.stderr);
    assert!(
        error.contains("can only differ between occasions") && error.contains("at least 3 records a side"),
        "{error}"
    );
    assert!(!page.exists());
}

#[test]
fn a_regression_is_looked_for_only_where_one_could_be_shown() {
    for (flags, says) in [
        (
            &["--fail-on-regression", "5%"][..],
            "--fail-on-regression: belongs to `--against BINARY`, which is measured in",
        ),
        (&["--fail-on-regression", "5", "--against", "x"], "a share such as `5%`"),
        (
            &["--against", "x", "--fail-on-regression", "5%", "--repeats", "2"],
            "--fail-on-regression: quick has 2 blocks",
        ),
        (&["--resume", "x", "--fail-on-regression", "5%"], "cannot be used with"),
    ] {
        let output = finished(&[&["run", "--dry-run"], flags].concat());
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(text(&output.stderr).contains(says), "{flags:?}: {}", text(&output.stderr));
    }
}
