//! The report of a small committed record, byte for byte. `UPDATE_GOLDEN=1 cargo test --test golden --test sweeps`
//! writes the records and their reports anew; look at the difference before committing it.

mod charts;
mod invented;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use invented::{compare, folder, record, refit, updating, with_probes, with_theory, write_record};
use pushbench::calibration::Calibration;
use pushbench::kind::Transport;
use pushbench::record::{EndReason, Failure, Measured, Outcome, Recalibrated, Record, TrialLine};
use pushbench::report::{Page, html, json, markdown, terminal};
use pushbench::totals::{Accounting, Doubt, PhaseTotals, Subject};
use pushbench::trial::Trial;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

#[test]
fn the_reports_are_the_committed_ones() {
    let path = folder().join("quick.ndjson");
    if updating() {
        write_record(&path, with_probes(with_theory(record())));
    }
    let page = Page::from_record(&Record::read(&path).expect("the committed record")).expect("its figures");
    let style = |width| terminal::Style { color: false, width: Some(width) };
    compare("quick.100.txt", &terminal::render(&page, &style(100)));
    compare("quick.80.txt", &terminal::render(&page, &style(80)));
    compare("quick.html", &html::render(&page).expect("a page"));
}

#[test]
fn the_page_of_a_run_with_troubles_is_the_committed_one() {
    let path = folder().join("troubles.ndjson");
    if updating() {
        write_record(&path, troubles());
    }
    let page = Page::from_record(&Record::read(&path).expect("the committed record")).expect("its figures");
    compare("troubles.html", &html::render(&page).expect("a page"));
}

#[test]
fn the_terminal_holds_its_width_and_colours_only_when_asked() {
    let page = Page::from_record(&record()).expect("figures");
    for width in [60, 80, 100, 140] {
        let text = terminal::render(&page, &terminal::Style { color: false, width: Some(width) });
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
        assert!(!text.contains('\x1b'));
        let coloured = terminal::render(&page, &terminal::Style { color: true, width: Some(width) });
        assert_eq!(without_codes(&coloured), text);
    }
}

#[test]
fn over_a_distance_the_terminal_has_what_was_predicted_as_far_as_there_is_room() {
    let mut record = with_theory(record());
    for line in &mut record.trials {
        line.trial.link.rtt_ns = 40_000_000;
    }
    let page = Page::from_record(&record).expect("figures");
    for width in [50, 100] {
        let text = terminal::render(&page, &terminal::Style { color: false, width: Some(width) });
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
        let told = text.split_once("Predicted and measured").map_or("", |told| told.1);
        assert_eq!(told.contains("holds while B < Δ"), width == 100, "{text}");
        assert_eq!(told.contains("20.0 ms"), width == 100, "{text}");
    }
}

#[test]
fn a_page_asks_for_nothing_and_runs_nothing_of_the_users() {
    let mut record = record();
    let evil = "<script>alert('\"&')</script>";
    record.header.scenario.question = evil.into();
    record.header.scenario.text = evil.into();
    record.header.scenario.overrides = vec![evil.into()];
    record.trials[0].outcome = Outcome::Error(Failure { reason: evil.into(), last_words: evil.into() });
    let page = html::render(&Page::from_record(&record).expect("figures")).expect("a page");
    let script = include_str!("../src/report/page.js");
    let (before, after) = page.split_once(&format!("<script>{script}</script>")).expect("the page's own script");
    let rest = [before, after].concat();
    assert!(!rest.contains("<script") && rest.contains("&lt;script&gt;"));
    // whatever slips through after all is not run, for the browser holds every script to this digest
    let digest = STANDARD.encode(Sha256::digest(script));
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; script-src 'sha256-{digest}';"
    );
    let escaped = policy.replace('\'', "&#x27;").replace('/', "&#x2f;");
    let head = before.split_once("<title>").expect("a title").0;
    assert!(head.contains(&format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{escaped}")), "{head}");
    let rest = rest.replace("xmlns=\"http://www.w3.org/2000/svg\"", "").replace("url(data:", "");
    assert!(!["http:", "https:", "src=", "@import", "url("].iter().any(|request| rest.contains(request)));
    assert!(page.len() < 2 << 20);
}

#[test]
fn figures_of_a_row_come_from_the_trials_that_did_not_fail() {
    let mut record = record();
    for line in &mut record.trials {
        let failed = match line.trial.transport {
            Transport::Sse => true,
            Transport::Polling => line.block == 2,
            _ => false,
        };
        if failed {
            line.outcome = Outcome::Error(Failure { reason: "the server died".into(), last_words: "panicked".into() });
        }
    }
    let page = Page::from_record(&record).expect("figures");
    let text = terminal::render(&page, &terminal::Style::default());
    assert!(text.contains("polling: 1 of 3 trials failed: the server died"), "{text}");
    assert!(text.contains("sse: 3 of 3 trials failed: the server died"), "{text}");
    let row = |label: &str| text.lines().find(|line| line.starts_with(label)).expect(label).to_owned();
    assert!(row("polling").contains("151 ms"), "{text}");
    assert!(row("sse").trim_end().ends_with("error") || row("sse").contains(" error"), "{text}");
    let page = html::render(&page).expect("a page");
    assert!(page.contains("error: 3 of 3 trials failed: the server died") && page.contains("panicked"));
}

#[test]
fn accounting_that_does_not_close_is_an_error_and_no_number() {
    let mut record = record();
    record.trials.retain(|line| line.trial.transport == Transport::Sse);
    for line in &mut record.trials {
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.load.accounting.delivered -= 1;
        }
    }
    let text = terminal::render(&Page::from_record(&record).expect("figures"), &terminal::Style::default());
    assert!(text.contains("sse: 3 of 3 trials failed: its accounting does not close"), "{text}");
}

#[test]
fn a_record_without_trials_says_so() {
    let mut record = record();
    record.trials.clear();
    record.end = None;
    let page = Page::from_record(&record).expect("nothing to fail");
    let text = terminal::render(&page, &terminal::Style::default());
    let html = html::render(&page).expect("a page");
    for said in ["No trial was finished", "unfinished: 0 of 15 trials"] {
        assert!(text.contains(said), "{text}");
        assert!(html.contains(said));
    }
}

#[test]
fn a_run_that_was_cut_short_says_so() {
    let mut record = record();
    record.trials.truncate(7);
    record.end = None;
    let text =
        |record: &Record| terminal::render(&Page::from_record(record).expect("figures"), &terminal::Style::default());
    assert!(text(&record).contains("unfinished: 7 of 15 trials"));
    record.end = Some(pushbench::record::End { reason: EndReason::Interrupted, trials: 7 });
    assert!(text(&record).contains("interrupted: 7 of 15 trials"));
}

#[test]
fn nothing_received_prints_dashes() {
    let mut record = record();
    for line in &mut record.trials {
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.load.accounting = Accounting { expected: 9, lost_deadline: 9, ..Accounting::default() };
            measured.load.phases.steady = PhaseTotals::default();
            measured.load.latency.clear();
            measured.load.distinct = 0;
            measured.timeline.clear();
        }
    }
    let page = Page::from_record(&record).expect("figures");
    let text = terminal::render(&page, &terminal::Style::default());
    let row = text.lines().find(|line| line.starts_with("websocket")).expect("a row");
    assert_eq!(row.matches('—').count(), 8, "{text}"); // all but the idle CPU
    assert!(text.contains("no update was received in steady"), "{text}");
    let page = html::render(&page).expect("a page");
    assert_eq!(page.matches("<svg").count(), 1, "{page}"); // that of the idle CPU
    assert!(page.contains("No chart of bytes per update"), "{page}");
}

#[test]
fn a_damaged_histogram_names_its_trial() {
    let mut record = record();
    if let Outcome::Measured(measured) = &mut record.trials[3].outcome {
        measured.load.latency[1] = "AAAA".into();
    }
    let error = Page::from_record(&record).expect_err("damaged").to_string();
    assert!(error.starts_with("trial 4 (") && error.contains("block 1"), "{error}");
}

/// Whatever makes a page long or crooked: two swept parameters, failures with last words, many doubts, updates that were
/// lost and superseded, words without a place to break them.
fn troubles() -> Record {
    let mut record = record();
    let shapes: Vec<TrialLine> = record.trials.drain(..).filter(|line| line.block == 2).collect();
    for point in 0..9u32 {
        for shape in &shapes {
            let mut line = shape.clone();
            let place = u32::try_from(record.trials.len()).expect("few");
            (line.block, line.order) = (1, place + 1);
            (line.trial.clients, line.trial.feed.payload) = (4 << (3 * (point / 3)), 20 << (6 * (point % 3)));
            match &mut line.outcome {
                outcome if point == 4 && shape.trial.transport == Transport::Websocket => {
                    let last_words = format!("thread 'main' panicked at {}:\nno more", "a/long/path/".repeat(12));
                    *outcome = Outcome::Error(Failure { reason: "the server died".into(), last_words });
                }
                Outcome::Measured(measured) => trouble(measured, &line.trial, place),
                Outcome::Error(_) => {}
            }
            record.trials.push(line);
        }
    }
    let count = u32::try_from(record.trials.len()).expect("few");
    let question = "Does WebSocket still win when nothing goes as planned, and what does its absence cost whom?";
    (record.header.scenario.name, record.header.scenario.question) = ("troubles".into(), question.into());
    record.header.note = Some(format!("<b>on the slow machine</b>, {}", "w/o/a/break".repeat(12)));
    (record.header.blocks, record.header.trials) = (1, count + 7);
    record
}

fn trouble(measured: &mut Measured, trial: &Trial, place: u32) {
    let (load, octets) = (&mut measured.load, trial.feed.payload as u64);
    load.latency.truncate(1);
    let lost = u64::from(place % 4) * 11;
    load.accounting.delivered -= lost;
    match trial.transport {
        Transport::Polling => load.accounting.superseded = lost,
        _ => load.accounting.lost_deadline = lost,
    }
    let steady = &mut load.phases.steady;
    steady.down = steady.down + steady.updates * octets - steady.payload;
    steady.payload = steady.updates * octets;
    refit(steady);
    if place % 5 == 2 {
        let sentence = format!("the load did not run for {place} ms although it had asked to");
        measured.doubts.push(Doubt { about: Subject::Latency, sentence });
    }
    if place % 7 == 3 {
        let sentence = format!("the server's CPU was shared for {} ms with another process", place * 3);
        measured.doubts.push(Doubt { about: Subject::Work, sentence });
    }
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn a_calibration_that_found_nothing_throws_doubt_on_every_row() {
    let mut record = record();
    let sentence = "the calibration found a known delay of 2.00 ms as 0.10 ms, which is beyond ± 0.10 ms".to_owned();
    record.calibration.as_mut().expect("it has one").doubts = vec![Doubt { about: Subject::Latency, sentence }];
    let page = Page::from_record(&record).expect("figures");
    let all = [
        terminal::render(&page, &terminal::Style { color: false, width: Some(200) }),
        html::render(&page).expect("a page"),
        markdown::render(&page),
        json::render(&page),
    ];
    for text in &all {
        assert!(
            text.contains("as 0.10 ms, which is beyond") && text.contains("throws doubt on every latency"),
            "{text}"
        );
    }
    for transport in Transport::ALL {
        let row =
            all[0].lines().find(|line| line.starts_with(transport.name()) && line.contains("   ")).expect("a row");
        assert!(row.contains('?'), "{row}");
    }
    assert!(all[1].contains(&format!("({0} of {0} trials)", record.trials.len())), "every trial carries it");
}

#[test]
fn trials_carry_what_was_found_last_before_them() {
    let mut record = record();
    let doubts = vec![Doubt { about: Subject::Latency, sentence: "the second machine has no clock".into() }];
    let calibration = Calibration { doubts, ..invented::calibration() };
    let later: BTreeSet<u32> = record.trials.iter().skip(10).map(|line| line.order).collect();
    record.recalibrated = vec![Recalibrated { calibration, trials: later }];
    let page = Page::from_record(&record).expect("figures");
    let style = terminal::Style { color: false, width: Some(1000) };
    let text = terminal::render(&page, &style);
    assert!(text.contains("When it was gone on with (5 trials): Through a pipe in memory"), "{text}");
    assert!(text.contains("This throws doubt on every latency then."), "{text}");
    let doubt = text.lines().find(|line| line.contains("the second machine has no clock")).expect("it is told");
    assert!(doubt.contains("(5 of 15 trials)"), "{doubt}");
}

#[test]
fn a_record_of_format_1_has_no_calibration_and_says_so() {
    let old = Record::read(&folder().join("old.ndjson")).expect("the committed record");
    assert_eq!((old.header.format, old.calibration.is_some()), (1, false));
    let text = markdown::render(&Page::from_record(&old).expect("figures"));
    assert!(text.contains("This record has no calibration: it is of format 1."), "{text}");
    let new = Record::read(&folder().join("quick.ndjson")).expect("the committed record");
    assert_eq!(new.header.format, 2);
    assert_eq!(new.calibration, Some(invented::calibration()), "it comes back as it was written");
    let text = json::render(&Page::from_record(&new).expect("figures"));
    assert!(text.contains("\"injected\": 2000000") && text.contains("\"cpu_bound\": false"), "{text}");
}
