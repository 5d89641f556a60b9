//! What is exported, read by programs that are not ours: interval logs by HdrHistogram's own (Java), OpenMetrics by Python's
//! `prometheus_client`, JSON by validators in Rust and in Python. Debian has all of them: `libhdrhistogram-java`,
//! `python3-prometheus-client`, `python3-jsonschema`.
//!
//! A reader that is not installed is skipped, which is said on standard error; with `PUSHBENCH_NO_SKIP=1` that is a
//! failure.

mod hlog;
mod openmetrics;
mod schemas;

use pushbench::record::Record;
use pushbench::report::{Page, export};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The committed record of this name.
fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("ndjson")
}

/// Every committed record.
const GOLDEN: [&str; 5] = ["quick", "sweep", "carriers", "troubles", "old"];

fn page(record: &Record) -> Page {
    Page::from_record(record).expect("its figures")
}

/// The exported text `path`.
fn exported(files: &[export::File], path: &str) -> String {
    let file = files.iter().find(|file| file.path == path).expect(path);
    String::from_utf8(file.bytes.clone()).expect("text")
}

/// A Python that has `module`: Debian's interpreter has Debian's packages, also where another one comes first.
fn python_with(module: &str) -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let mut tried = Command::new(python);
        tried.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
        tried.status().is_ok_and(|status| status.success())
    })
}

/// What the script prints when it is given these arguments.
fn says(python: &str, script: &str, arguments: &[&Path]) -> String {
    let output = Command::new(python).args(["-c", script]).args(arguments).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Says why something was not read; a failure where nothing may be skipped.
fn skipped(reason: &str) {
    assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none_or(|value| value != "1"), "{reason}");
    // not `eprintln!`, which libtest keeps to itself
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}
