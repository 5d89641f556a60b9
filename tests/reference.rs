//! The command that makes README's figures of the reference records (`examples/reference`), in a checkout of its own.

mod invented;
#[allow(dead_code)] // its `main`
#[path = "../examples/reference/main.rs"]
mod reference;

use invented::{record, write_record};
use pushbench::clock::MILLISECOND;
use pushbench::record::{EndReason, Failure, Outcome, Record, Writer};
use pushbench::scenario::shipped;
use reference::done;
use std::fs;
use std::path::Path;

/// A run of the default scenario, at two distances.
fn quick() -> Record {
    let mut record = record();
    let far = record.trials.iter().map(|line| {
        let mut line = line.clone();
        line.order += 15;
        line.trial.link.rtt_ns = 40 * MILLISECOND;
        line
    });
    let far: Vec<_> = far.collect();
    record.trials.extend(far);
    record.header.trials = 30;
    record.header.scenario.name = shipped::DEFAULT.name.into();
    record.header.scenario.text = shipped::DEFAULT.text.into();
    record.header.scenario.overrides.clear();
    record
}

/// What of a checkout the command looks at.
fn checkout() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for folder in ["docs/images", "results/reference"] {
        fs::create_dir_all(root.path().join(folder)).expect("a writable folder");
    }
    for file in ["README.md", "results/README.md"] {
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::copy(ours, root.path().join(file)).expect("a writable folder");
    }
    root
}

fn run(root: &Path, arguments: &[&str]) -> Result<String, String> {
    done(root, &arguments.iter().map(|&argument| argument.to_owned()).collect::<Vec<_>>())
}

#[test]
fn what_is_shown_is_made_of_the_records_or_the_check_fails() {
    let (root, elsewhere) = (checkout(), tempfile::tempdir().expect("a folder"));
    let (root, run_of) = (root.path(), elsewhere.path().join("record.ndjson"));
    let error = run(root, &["--check"]).expect_err("no record");
    assert!(error.starts_with("results/reference/quick/record.ndjson: there is none"), "{error}");
    assert!(run(root, &[]).is_err());

    write_record(&run_of, quick());
    let taken = elsewhere.path().to_str().expect("UTF-8");
    assert_eq!(run(root, &[taken]).as_deref(), Ok("6 files made"));
    assert_eq!(run(root, &["--check"]).as_deref(), Ok("6 files are as the records make them"));
    let read = |path: &str| fs::read_to_string(root.join(path)).expect(path);
    let readme = read("README.md");
    for shown in ["> ", "```\n ", "polling         loopback", "Verdict\n", "2 CPUs of Example CPU 3000", "30 trials"] {
        assert!(readme.contains(shown), "{shown}: {readme}");
    }
    assert!(read("results/README.md").contains("| [quick](reference/quick/report.md) | What does it cost"));
    assert!(
        read("docs/images/distance.svg").starts_with("<svg") && read("docs/images/timeline.svg").starts_with("<svg")
    );
    // nothing else of README is touched
    let outside = |text: &str| {
        let parts =
            text.split("<!-- reference: ").map(|part| part.split_once("<!-- /reference -->").map_or(part, |p| p.1));
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let ours = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README");
    assert_eq!(outside(&readme), outside(&ours));

    let differs = |path: &str| {
        let error = run(root, &["--check"]).expect_err(path);
        assert_eq!(error.lines().next(), Some(format!("not as the records make them: {path}").as_str()));
        run(root, &[]).expect("made anew");
        run(root, &["--check"]).expect("as made");
    };
    for (path, from, to) in [
        ("README.md", "Verdict", "Sentence"),
        ("results/README.md", "30 trials", "31 trials"),
        ("results/reference/quick/report.md", "sse", "SSE"),
        ("docs/images/distance.svg", "<svg", "<!-- drawn by hand --><svg"),
    ] {
        fs::write(root.join(path), read(path).replacen(from, to, 1)).expect("writable");
        differs(path);
    }
    fs::remove_file(root.join("results/reference/quick/report.html")).expect("it was made");
    differs("results/reference/quick/report.html");

    fs::write(root.join("README.md"), readme.replace("<!-- reference: table -->\n", "")).expect("writable");
    let error = run(root, &[]).expect_err("no place for the table");
    assert_eq!(error, "README.md: it has to have the line <!-- reference: table --> once");
}

#[test]
fn what_is_no_run_of_a_shipped_scenario_is_no_reference() {
    let refused = |record: Record, end: EndReason, reason: &str| {
        let (root, elsewhere) = (checkout(), tempfile::tempdir().expect("a folder"));
        let mut writer = Writer::create(elsewhere.path(), record.header).expect("a record");
        for line in record.trials {
            writer.trial(line).expect("a line");
        }
        writer.end(end).expect("the end");
        let error = run(root.path(), &[elsewhere.path().to_str().expect("UTF-8")]).expect_err(reason);
        assert!(error.ends_with(&format!("no reference: {reason}")), "{error}");
        assert_eq!(fs::read_dir(root.path().join("results/reference")).expect("it is there").count(), 0);
    };
    refused(quick(), EndReason::Interrupted, "the run did not come to its end");
    let mut failed = quick();
    failed.trials[4].outcome = Outcome::Error(Failure { reason: "it died".into(), last_words: String::new() });
    refused(failed, EndReason::Finished, "a trial failed");
    refused(record(), EndReason::Finished, "it is not of a shipped scenario as it is shipped");
    let mut changed = quick();
    changed.header.scenario.text.push('\n');
    refused(changed, EndReason::Finished, "it is not of a shipped scenario as it is shipped");
    assert!(run(checkout().path(), &["--chek"]).is_err_and(|error| error.starts_with("--chek: ")));
}
