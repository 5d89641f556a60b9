//! A replayed file from outside: what is in the repository, what every transport brings, what the record keeps of it.

#![cfg(target_os = "linux")]

mod processes;
#[path = "../examples/make_sample.rs"]
mod sample;

use processes::{finished, run_folder, scenario, text};
use pushbench::kind::Transport;
use pushbench::record::{FILE, Outcome, Record};
use pushbench::schedule::Schedule;
use std::path::Path;

/// A trial of this takes little more than a second. The lines stand beside it.
const REPLAY: &str = r#"
question = "What do my own updates cost?"
clients = 3
[feed]
schedule = "replay"
file = "data/ticks.ndjson"
timestamp = "at.ts"
speed = 2
[phases]
warmup = "100ms"
steady = "392ms"
[polling]
interval = "50ms"
"#;

/// A second of lines, each of its own length, in bursts of three every 20 ms, with CR LF at their ends.
fn ticks() -> Vec<String> {
    let line = |k: usize| {
        let (ms, note) = (k / 3 * 20, "ünequal ".repeat(k % 7));
        format!("{{\"k\":{k},\"at\":{{\"ts\":\"2026-03-02T15:30:00.{ms:03}+01:00\"}},\"note\":\"{note}\"}}")
    };
    (0..150).map(line).collect()
}

fn name(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

#[test]
fn the_sample_is_what_its_generator_makes() {
    let committed = include_str!("../scenarios/samples/ticker.ndjson");
    assert!(sample::sample() == committed, "cargo run --example make-sample > scenarios/samples/ticker.ndjson");
}

#[test]
fn every_transport_brings_every_line_and_the_record_says_which_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = ticks();
    std::fs::create_dir(folder.path().join("data")).expect("the folder is ours");
    scenario(&folder.path().join("data"), "ticks.ndjson", &(lines.join("\r\n") + "\r\n"));
    let file = scenario(folder.path(), "mine.toml", REPLAY);
    let out = folder.path().join("out");
    let output = finished(&["run", name(&file), "-q", "--affinity", "none", "--out", name(&out)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("ticks.ndjson replayed 2 × as fast as recorded, all of its 150 lines"), "{said}");

    // twice as fast, all lines are due within 490 ms; those of the first 100 ms are warm-up
    let steady = &lines[30..];
    let expected = 3 * steady.len() as u64;
    // 16 digits, a space, the line
    let payload = 3 * steady.iter().map(|line| 17 + line.len() as u64).sum::<u64>();
    let record = Record::read(&run_folder(&out).expect("a run").join(FILE)).expect("a record");
    let mut transports = Vec::new();
    for line in &record.trials {
        let transport = line.trial.transport;
        transports.push(transport);
        let Outcome::Measured(measured) = &line.outcome else { panic!("{transport}: {:?}", line.outcome) };
        let accounting = measured.load.accounting;
        assert_eq!((accounting.expected, accounting.delivered), (expected, expected), "{transport}: {accounting:?}");
        assert!(accounting.closes());
        let phases = measured.load.phases.all();
        let all: u64 = phases.iter().map(|phase| phase.payload).sum();
        let warmup = 3 * lines[..30].iter().map(|line| 17 + line.len() as u64).sum::<u64>();
        assert_eq!(all, payload + warmup, "{transport}");
        let Schedule::Replay(replay) = &line.trial.feed.schedule else { panic!("{transport}: no replay") };
        assert!(replay.file.ends_with("data/ticks.ndjson"), "{}", replay.file);
        assert_eq!((replay.lines, replay.updates, replay.sha256.len()), (150, 150, 64));
        assert_eq!(line.trial.feed.payload, 17 + lines.iter().map(String::len).max().expect("lines"));
    }
    transports.sort();
    assert_eq!(transports, Transport::ALL);
    shared_without_names(&run_folder(&out).expect("a run"), &folder.path().join("shared.ndjson"));
}

/// What the file and its fields are called is nobody's business; which file it was can still be shown.
fn shared_without_names(run: &Path, shared: &Path) {
    let output = finished(&["redact", name(run), "--out", name(shared)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let record = std::fs::read_to_string(shared).expect("it was written");
    assert!(record.contains("\"sha256\":\"") && !record.contains("ticks") && !record.contains("at.ts"));
    let output = finished(&["report", name(shared)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_speed_can_be_swept() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = REPLAY.replace("data/ticks.ndjson", "sample:ticker").replace("\"at.ts\"", "\"ts\"");
    let sample = sample.replace("speed = 2", "timestamp-unit = \"ms\"");
    let file = scenario(folder.path(), "mine.toml", &format!("{sample}[sweep]\nfeed.speed = [1, 2.5]\n"));
    let output = finished(&["run", name(&file), "--transport", "sse", "--dry-run"]);
    let said = text(&output.stdout).replace('\u{a0}', " ");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for row in ["    1 × sse · 1 ×", "    1 × sse · 2.5 ×"] {
        assert!(said.lines().any(|line| line == row), "{row}: {said}");
    }
}

#[test]
fn a_line_that_does_not_fit_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("the folder is ours");
    let file = scenario(folder.path(), "mine.toml", REPLAY);
    let out = folder.path().join("out");
    let mut lines = ticks();
    lines[41] = lines[7].clone();
    let ticks = data.join("ticks.ndjson");
    for (contents, key, place, says) in [
        (None, "file", "", ": No such file or directory"),
        (Some(String::new()), "file", "", ": empty: there is no line to replay"),
        (Some(lines.join("\n")), "timestamp", ":42", ": 220 ms earlier than line 41"),
    ] {
        if let Some(contents) = contents {
            std::fs::write(&ticks, contents).expect("the folder is ours");
        }
        let output = finished(&["run", name(&file), "--out", name(&out)]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        // the scenario's line and key, then the file's own
        let line = 1 + REPLAY.lines().position(|line| line.starts_with(&format!("{key} ="))).expect("a key");
        let start = format!("pushbench: {}:{line}: feed.{key}: {}{place}{says}", file.display(), ticks.display());
        assert!(error.starts_with(&start) && error.lines().count() == 1, "{error}");
        assert!(!out.exists());
    }
}

/// A file may suit one point of a sweep and not the next: what the sweep has set is blamed, at its line.
#[test]
fn what_a_sweep_replays_is_blamed_on_the_sweep() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("the folder is ours");
    let lines = ticks();
    scenario(&data, "ticks.ndjson", &lines.join("\n"));
    scenario(&data, "fieldless.ndjson", &lines.join("\n").replacen("\"ts\"", "\"when\"", 2));
    scenario(&data, "untimed.ndjson", &lines.join("\n").replacen("2026-", "in 2026, ", 1));
    scenario(&data, "short.ndjson", &lines[..30].join("\n"));
    let swept = |sweep: &str| format!("{REPLAY}[sweep]\n{sweep}\n");
    let files = |second: &str| swept(&format!("feed.file = [\"data/ticks.ndjson\",\n\"data/{second}.ndjson\"]"));
    let line = REPLAY.lines().count() + 3;
    for (text, args, place, says) in [
        (files("missing"), &[][..], "sweep.feed.file[1]", "No such file"),
        (files("fieldless"), &[], "sweep.feed.file[1]", "no field `at.ts`"),
        (files("untimed"), &[], "sweep.feed.file[1]", "untimed.ndjson:1"),
        (files("short"), &[], "sweep.feed.file[1]", "lasts "),
        (swept("feed.timestamp = [\"at.ts\",\n\"ts\"]"), &[], "sweep.feed.timestamp[1]", "no field `ts`"),
        (swept("feed.speed = [2,\n20]"), &[], "sweep.feed.speed[1]", "lasts "),
        (swept("phases.steady = [\"100ms\",\n\"9s\"]"), &[], "sweep.phases.steady[1]", "lasts "),
        (REPLAY.to_owned(), &["--duration", "9s"], "", "lasts "),
    ] {
        let file = scenario(folder.path(), "mine.toml", &text);
        let output = finished(&[&["run", name(&file), "--dry-run"], args].concat());
        let error = self::text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{place}: {error}");
        let start = match place {
            "" => "pushbench: --duration: ".to_owned(),
            place => format!("pushbench: {}:{line}: {place}: ", file.display()),
        };
        assert!(error.starts_with(&start) && error.contains(says), "{start}{says}: {error}");
    }
}

#[test]
fn the_shipped_replay_is_planned_in_any_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = processes::pushbench().args(["run", "replay", "--dry-run"]).current_dir(folder.path()).output();
    let plan = plan.expect("the binary was built");
    assert_eq!(plan.status.code(), Some(0), "{plan:?}");
    assert!(text(&plan.stdout).contains("sample:ticker replayed 10\u{a0}× as fast as recorded"), "{plan:?}");
}
