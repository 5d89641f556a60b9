//! What `run` and `report` print and write when they are asked for something other than the table.

#![cfg(target_os = "linux")]

mod processes;

use processes::{FAST, finished, pushbench, run_folder, scenario, text};
use pushbench::record::FILE;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Of one transport: a trial and a record are as short as they can be.
fn short() -> String {
    FAST.replace("[\"polling\", \"sse\"]", "[\"sse\"]")
}

fn name(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

fn recorded(folder: &Path, record: &str) -> PathBuf {
    let folder = folder.join("recorded");
    std::fs::create_dir(&folder).expect("the folder is ours");
    std::fs::write(folder.join(FILE), record).expect("the folder is ours");
    folder
}

/// All files below `folder`, by name.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("an entry").path();
        let own = path.file_name().expect("a name").to_str().expect("text").to_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|file| format!("{own}/{file}")));
        } else {
            found.push(own);
        }
    }
    found.sort();
    found
}

#[test]
fn a_report_is_printed_in_the_form_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorded = recorded(folder.path(), include_str!("golden/quick.ndjson"));
    for (flag, golden) in [
        ("--csv", include_str!("golden/quick.csv")),
        ("--markdown", include_str!("golden/quick.md")),
        ("--openmetrics", include_str!("golden/quick.prom")),
    ] {
        let output = finished(&["report", name(&recorded), flag]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), golden));
        assert!(text(&output.stderr).contains("report.html"), "where things are is for people");
    }
    let output = finished(&["report", name(&recorded), "--json", "-q"]);
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(parsed(&text(&output.stdout)), parsed(include_str!("golden/quick.json")));
    assert_eq!(text(&output.stderr), "");
    let forms = ["--json", "--csv", "--markdown", "--openmetrics"];
    let pairs = (0..4).flat_map(|one| (one + 1..4).map(move |other| [forms[one], forms[other]]));
    for pair in pairs {
        let output = finished(&["report", name(&recorded), pair[0], pair[1]]);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
        assert!(
            text(&output.stderr).contains(&format!("'{}' cannot be used with '{}'", pair[0], pair[1])),
            "{output:?}"
        );
    }
    let output = finished(&["run", "--dry-run", "--json"]);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
}

#[test]
fn everything_goes_into_a_folder_that_has_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let recorded = recorded(folder.path(), include_str!("golden/quick.ndjson"));
    let out = folder.path().join("out");
    let export = |to: &Path| finished(&["report", name(&recorded), "--export", name(to)]);
    let output = export(&out);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    assert!(text(&output.stdout).ends_with(&format!("export  {}\n", out.display())), "{output:?}");
    let written = files(&out);
    assert_eq!(written.len(), 38, "{written:?}");
    for (file, golden) in [
        ("report.md", include_str!("golden/quick.md")),
        ("figures.csv", include_str!("golden/quick.csv")),
        ("summary.json", include_str!("golden/quick.json")),
        ("summary.prom", include_str!("golden/quick.prom")),
        ("hgrm/0001-sse-block-1.hgrm", include_str!("golden/quick.hgrm")),
    ] {
        assert_eq!(std::fs::read_to_string(out.join(file)).expect(file), golden);
    }
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("the folder is ours");
    assert_eq!(export(&empty).status.code(), Some(0));
    assert_eq!(files(&empty), written);

    std::fs::remove_file(recorded.join("report.html")).expect("it was written");
    for (to, says) in [
        (out.clone(), "it is not empty, and is left alone: name another"),
        (recorded.join(FILE), "Not a directory"),
        (folder.path().join("missing/out"), "No such file"),
    ] {
        let output = export(&to);
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{error}");
        assert!(error.starts_with(&format!("pushbench: --export {}: {says}", to.display())), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    assert_eq!(files(&recorded), [FILE]);
    assert_eq!(files(&out), written);
}

#[test]
fn a_run_gives_a_program_what_it_reads_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let (one, two) = (scenario(folder.path(), "one.toml", &short()), scenario(folder.path(), "two.toml", &short()));
    let run = |more: &[&str]| {
        let output = pushbench().args(["run", "--out", name(&out), name(&one)]).args(more).output();
        output.expect("the binary was built")
    };
    let both = run(&[name(&two), "--json"]);
    assert_eq!(both.status.code(), Some(0), "{both:?}");
    let documents = text(&both.stdout);
    let names = documents.lines().map(|line| {
        let document: Value = serde_json::from_str(line).expect("a document a line");
        document["scenario"]["name"].as_str().expect("a name").to_owned()
    });
    assert_eq!(names.collect::<Vec<_>>(), ["one", "two"]);
    assert!(text(&both.stderr).contains("planned to take"), "{both:?}");
    let both = run(&[name(&two), "--csv", "-q"]);
    let lines = text(&both.stdout);
    assert_eq!((lines.lines().count(), text(&both.stderr).as_str()), (1 + 2 * 36, ""));
    assert_eq!(lines.lines().filter(|line| line.starts_with("begun,scenario,")).count(), 1);

    let exported = folder.path().join("exported");
    for form in [&["--export", name(&exported)][..], &["--openmetrics"]] {
        let refused = run(&[&[name(&two)], form].concat());
        assert_eq!((refused.status.code(), text(&refused.stdout).as_str()), (Some(2), ""), "{refused:?}");
        let said = format!("pushbench: {}: one scenario at a time", form.join(" "));
        assert!(text(&refused.stderr).starts_with(&said), "{refused:?}");
    }
    let alone = folder.path().join("alone");
    let args = ["run", name(&one), "-q", "--out", name(&alone), "--export", name(&exported)];
    assert_eq!(finished(&args).status.code(), Some(0));
    assert_eq!(files(&exported).len(), 6);
    // refused before anything is measured
    let runs = files(&alone);
    assert_eq!(finished(&args).status.code(), Some(2));
    assert_eq!(files(&alone), runs);
    assert!(run_folder(&alone).is_some());
}

#[test]
fn a_comparison_is_printed_as_was_asked_for_and_leaves_its_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = recorded(folder.path(), include_str!("golden/quick.ndjson"));
    let new = folder.path().join("new");
    std::fs::create_dir(&new).expect("the folder is ours");
    std::fs::copy(old.join(FILE), new.join(FILE)).expect("the folder is ours");
    let output = finished(&["compare", name(&old), name(&new)]);
    let (shown, page) = (text(&output.stdout), new.join("compare.html"));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(shown.contains("No difference is shown in any of ") && shown.contains("different occasions"), "{shown}");
    assert!(shown.ends_with(&format!("page  {}\n", page.display())), "{shown}");
    assert!(std::fs::read_to_string(&page).expect("the page").contains("NEW against OLD"));
    let apart = folder.path().join("apart.html");
    for (flag, begins) in [("--json", "{"), ("--markdown", "## quick: websocket against sse")] {
        let args = ["compare", name(&old), "--transport", "sse,websocket", flag, "-q", "--page", name(&apart)];
        let output = finished(&args);
        assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
        assert!(text(&output.stdout).starts_with(begins), "{}", text(&output.stdout));
        assert!(std::fs::read_to_string(&apart).expect("the page").contains("websocket against sse"));
        let again = finished(&args);
        assert!(text(&again.stderr).contains("apart.html: it exists, and is left alone"), "{}", text(&again.stderr));
        std::fs::remove_file(&apart).expect("it is there");
    }
    assert!(!old.join("compare.html").exists());
}

#[test]
fn what_cannot_be_compared_is_told_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = recorded(folder.path(), include_str!("golden/quick.ndjson"));
    std::fs::create_dir(folder.path().join("empty")).expect("the folder is ours");
    let (old, twice) = (name(&old), format!("{0},{0}", name(&old)));
    for (args, says) in [
        (&[old][..], "<NEW>"),
        (&[old, old, "--transport", "sse,websocket"], "cannot be used with"),
        (&[old, "--transport", "sse"], "two transports with a comma between them"),
        (&[old, "--transport", "sse,pigeon"], "no transport `pigeon`"),
        (&[old, "--transport", "sse,sse"], "compare: sse: it cannot be compared with itself in one record"),
        (&[old, "nowhere"], "nowhere: No such file"),
        (&["nowhere", old], "nowhere: No such file"),
        (&[old, "empty"], "empty: no run's folder: there is no record.ndjson in it"),
        (&[old, "latest"], "results: no run here: there is no such folder; --out names another"),
        (&[old, old, "--out", "there"], "--out there: only `latest` is looked for there; no side is `latest`"),
        (&[&twice, old], "it stands on one side twice, and says no more than once"),
        (&[old, "a,,b"], "a,,b: a record before and after each comma"),
        (&[&twice, "--transport", "sse,websocket"], "--transport: two transports of one record, not of several"),
        (&[old, old, "--json", "--markdown"], "cannot be used with"),
    ] {
        let output = pushbench().arg("compare").args(args).current_dir(folder.path()).output().expect("it was built");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
        assert!(text(&output.stderr).contains(says), "{args:?}: {}", text(&output.stderr));
        assert_eq!(files(folder.path()), ["recorded/record.ndjson"], "{args:?}");
    }
}

#[test]
fn a_run_is_held_against_an_earlier_one_when_it_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "short.toml", &short());
    let out = folder.path().join("out");
    let run = |flags: &[&str]| finished(&[&["run", name(&file), "--out", name(&out)], flags].concat());
    let runs = || std::fs::read_dir(&out).map_or(0, Iterator::count);
    let nowhere = run(&["--baseline", "nowhere"]);
    assert_eq!((nowhere.status.code(), runs()), (Some(2), 0), "{nowhere:?}");
    assert!(text(&nowhere.stderr).starts_with("pushbench: nowhere: No such file"), "{nowhere:?}");
    let first = run(&["--name", "first"]);
    assert_eq!((first.status.code(), runs()), (Some(0), 1), "{first:?}");
    let old = run_folder(&out).expect("the first");
    let second = run(&["--baseline", "latest", "--name", "second"]);
    assert_eq!((second.status.code(), runs()), (Some(0), 2), "{second:?}");
    let told = text(&second.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&format!("OLD: {}", old.display())), "{told}");
    assert!(told.contains("taken on different occasions") && told.contains("compare.html"), "{told}");
}
