//! The summary as OpenMetrics, read by Prometheus' Python client and held to the JSON summary.

use crate::{GOLDEN, golden, page, python_with, says, skipped};
use pushbench::record::{Outcome, Record};
use pushbench::report::{Page, json, openmetrics};

const SCRIPT: &str = include_str!("openmetrics.py");

/// How many samples another program finds in the page's text.
fn read(python: &str, page: &Page) -> usize {
    let folder = tempfile::tempdir().expect("a folder");
    let (text, summary) = (folder.path().join("summary.prom"), folder.path().join("summary.json"));
    std::fs::write(&text, openmetrics::render(page)).expect("a writable folder");
    std::fs::write(&summary, json::render(page)).expect("a writable folder");
    says(python, SCRIPT, &[&text, &summary]).trim().parse().expect("a number")
}

#[test]
fn prometheus_reads_what_the_summary_says() {
    let Some(python) = python_with("prometheus_client.openmetrics.parser") else {
        return skipped("no Python with `prometheus_client`");
    };
    for name in GOLDEN {
        let page = page(&Record::read(&golden(name)).expect("committed"));
        let samples = read(python, &page);
        assert!(samples > 100, "{name}: {samples}");
    }
    // whatever users wrote
    let mut record = Record::read(&golden("quick")).expect("committed");
    record.header.scenario.name = "a\\b \"c\"\nd{e=\"f\"} # EOF ü".into();
    assert!(read(python, &page(&record)) > 100);
    // nothing measured, nothing made
    for line in &mut record.trials {
        let Outcome::Measured(measured) = &mut line.outcome else { continue };
        measured.load.accounting.delivered += 1;
    }
    assert_eq!(read(python, &page(&record)), 3 + 5 * (2 + 4));
    record.trials.clear();
    record.end = None;
    assert_eq!(read(python, &page(&record)), 3);
}

#[test]
fn what_cannot_be_printed_is_absent() {
    let text = openmetrics::render(&page(&Record::read(&golden("quick")).expect("committed")));
    assert!(text.ends_with("# EOF\n") && !text.contains(" NaN") && !text.contains(" inf"));
    // a floor that saw too little CPU time has a bound in place of a figure
    let of = |name: &str, who: &str| {
        text.lines().any(|line| line.starts_with(&format!("{name}{{")) && line.contains(&format!("\"{who}\"")))
    };
    assert!(of("pushbench_cpu_seconds", "sse") && !of("pushbench_cpu_bound_seconds", "sse"));
    assert!(!of("pushbench_cpu_seconds", "raw-tcp") && of("pushbench_cpu_bound_seconds", "raw-tcp"));
    assert!(!of("pushbench_empty_ratio", "sse") && of("pushbench_empty_ratio", "polling"));
}
