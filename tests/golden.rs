//! The report of a small committed record, byte for byte. `UPDATE_GOLDEN=1 cargo test --test golden` writes the record
//! and both reports anew; look at the difference before committing it.

use pushbench::clock::{MILLISECOND, SECOND};
use pushbench::histogram::Histogram;
use pushbench::kind::{Answer, Carrier, Encoding, Pacing, Transport};
use pushbench::record::{
    Agreement, EndReason, Environment, FORMAT, Failure, Header, Measured, Outcome, Record, ScenarioText, TrialLine,
    Writer,
};
use pushbench::report::{Page, html, terminal};
use pushbench::schedule::Schedule;
use pushbench::totals::{Accounting, Doubt, LoadTotals, Memory, PhaseTotals, ServeTotals, Subject, Work};
use pushbench::trial::{FeedPlan, Polling, Sockets, Trial, Windows};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::path::{Path, PathBuf};

const CLIENTS: u32 = 100;
const RATE: u64 = 20;
const STEADY_S: u64 = 3;
const BLOCKS: u32 = 3;
const DELIVERIES: u64 = CLIENTS as u64 * RATE * STEADY_S;

#[test]
fn the_reports_are_the_committed_ones() {
    let path = folder().join("quick.ndjson");
    if updating() {
        write_record(&path, record());
    }
    let page = Page::from_record(&Record::read(&path).expect("the committed record")).expect("its figures");
    let style = |width| terminal::Style { color: false, width: Some(width) };
    compare("quick.100.txt", &terminal::render(&page, &style(100)));
    compare("quick.80.txt", &terminal::render(&page, &style(80)));
    compare("quick.html", &html::render(&page).expect("a page"));
}

#[test]
fn the_reports_of_a_sweep_are_the_committed_ones() {
    let path = folder().join("sweep.ndjson");
    if updating() {
        write_record(&path, sweep());
    }
    let page = Page::from_record(&Record::read(&path).expect("the committed record")).expect("its figures");
    compare("sweep.100.txt", &terminal::render(&page, &terminal::Style { color: false, width: Some(100) }));
    compare("sweep.html", &html::render(&page).expect("a page"));
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
fn a_page_asks_for_nothing_and_runs_nothing_of_the_users() {
    let mut record = record();
    let evil = "<script>alert('\"&')</script>";
    record.header.scenario.question = evil.into();
    record.header.scenario.text = evil.into();
    record.header.scenario.overrides = vec![evil.into()];
    record.trials[0].outcome = Outcome::Error(Failure { reason: evil.into(), last_words: evil.into() });
    let page = html::render(&Page::from_record(&record).expect("figures")).expect("a page");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    let namespace = "xmlns=\"http://www.w3.org/2000/svg\"";
    let rest = page.replace(namespace, "");
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
        }
    }
    let page = Page::from_record(&record).expect("figures");
    let text = terminal::render(&page, &terminal::Style::default());
    let row = text.lines().find(|line| line.starts_with("websocket")).expect("a row");
    assert_eq!(row.matches('—').count(), 8, "{text}"); // all but the idle CPU
    assert!(text.contains("no update was received in steady"), "{text}");
    let page = html::render(&page).expect("a page");
    assert_eq!(page.matches("No chart: ").count(), 2);
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

#[test]
fn points_of_a_sweep_are_rows_that_say_what_differs() {
    let mut record = record();
    let mut more = record.trials.clone();
    for line in &mut more {
        line.trial.clients = 1000;
        line.trial.feed.seed += 100; // a seed is no difference
    }
    record.trials.append(&mut more);
    let page = Page::from_record(&record).expect("figures");
    let text = terminal::render(&page, &terminal::Style { color: false, width: Some(140) });
    let rows: Vec<&str> = text.lines().filter(|line| line.contains(" B  ")).collect();
    assert_eq!(rows.len(), 10, "{text}");
    // a transport's name stands before the first of its rows
    assert!(rows[0].starts_with("polling              100 "), "{text}");
    assert!(rows[1].starts_with("                   1,000 "), "{text}");
    assert!(html::render(&page).is_ok());
}

fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn compare(name: &str, found: &str) {
    let path = folder().join(name);
    if updating() {
        std::fs::write(&path, found).expect("a writable checkout");
    }
    let committed = std::fs::read_to_string(&path).expect("committed");
    assert!(committed == found, "{name} differs; UPDATE_GOLDEN=1 rewrites it. Found:\n{found}");
}

fn without_codes(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

/// Through the writer, so that the committed file is a record as a run leaves it.
fn write_record(path: &Path, record: Record) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = Writer::create(folder.path(), record.header).expect("a record");
    for line in record.trials {
        writer.trial(line).expect("a line");
    }
    writer.end(EndReason::Finished).expect("the end");
    std::fs::copy(folder.path().join(pushbench::record::FILE), path).expect("a writable checkout");
}

/// A run as one might find it: invented, but with the shapes that the transports have.
fn record() -> Record {
    let mut trials = Vec::new();
    for block in 1..=BLOCKS {
        let mut order = Transport::ALL;
        order.rotate_left(block as usize * 2 % Transport::ALL.len());
        for transport in order {
            trials.push(line(block, u32::try_from(trials.len()).expect("few") + 1, transport));
        }
    }
    let count = u32::try_from(trials.len()).expect("few");
    Record {
        header: header(count),
        trials,
        resumed: Vec::new(),
        end: Some(pushbench::record::End { reason: EndReason::Finished, trials: count }),
    }
}

/// A run at three rates, with fewer clients the higher the rate: the slowest has too few updates for a percentile, and
/// one trial of SSE failed.
fn sweep() -> Record {
    let mut record = record();
    let lines = std::mem::take(&mut record.trials);
    for line in lines.iter().filter(|line| line.block < 3) {
        for (rate, clients, steady_s) in [(1u32, 200, 20), (10, 100, 5), (100, 20, 4)] {
            let mut line = line.clone();
            let trial = &mut line.trial;
            trial.feed.schedule = Schedule::Periodic { rate: f64::from(rate) };
            trial.clients = clients;
            trial.windows.steady_ns = u64::from(steady_s) * SECOND;
            line.order = u32::try_from(record.trials.len()).expect("few") + 1;
            if line.trial.transport == Transport::Sse && line.block == 1 && rate == 10 {
                let failure = Failure { reason: "the server died".into(), last_words: String::new() };
                line.outcome = Outcome::Error(failure);
            }
            if let Outcome::Measured(measured) = &mut line.outcome {
                measured.load.latency.truncate(1);
                measured.load.distinct = u64::from(rate * steady_s);
                measured.serve.memory_full.anonymous = (2 << 20) + u64::from(clients) * (12 << 10);
                measured.serve.steady.cpu_ns = measured.serve.steady.cpu_ns * 40 / u64::from(30 + rate);
                if line.trial.transport == Transport::Polling {
                    let used = &mut measured.load.phases.steady;
                    let rate = u64::from(rate);
                    (used.requests, used.empty) = (used.requests * 20 / rate, used.requests * 18 / (rate * rate));
                    (used.up, used.down) = (used.requests * 64, used.requests * 118 + used.updates * 102);
                }
            }
            record.trials.push(line);
        }
    }
    let count = u32::try_from(record.trials.len()).expect("few");
    record.header.scenario.name = "rate".into();
    record.header.scenario.question = "At which rate of updates does the transport begin to matter?".into();
    (record.header.blocks, record.header.trials) = (2, count);
    record.end = Some(pushbench::record::End { reason: EndReason::Finished, trials: count });
    record
}

fn header(trials: u32) -> Header {
    Header {
        format: FORMAT,
        version: "0.1.0".into(),
        revision: Some("0123456789ab".into()),
        started_unix_ms: 1_795_225_860_000,
        scenario: ScenarioText {
            name: "quick".into(),
            question: "What does it cost to get one update from a server to a client?".into(),
            text:
                "question = \"What does it cost to get one update from a server to a client?\"\n\n[feed]\nrate = 20\n"
                    .into(),
            path: Some("scenarios/00-quick.toml".into()),
            overrides: vec!["--clients 100".into()],
        },
        note: None,
        redacted: false,
        blocks: BLOCKS,
        trials,
        planned_ns: 90 * SECOND,
        resolved: Vec::new(),
        environment: Environment {
            cpu: Some("Example CPU 3000".into()),
            cores: 2,
            memory: Some(8 << 30),
            kernel: Some("Linux 6.18.0".into()),
            descriptors: Some((1024, 20_000)),
            congestion: Some("cubic".into()),
            server_cpus: vec![0],
            load_cpus: vec![1],
            rustc: Some("rustc 1.95.0".into()),
            optimised: true,
            load_average: Some([0.12, 0.3, 0.25]),
        },
    }
}

fn line(block: u32, order: u32, transport: Transport) -> TrialLine {
    let trial = Trial {
        transport,
        carrier: Carrier::H1,
        clients: CLIENTS,
        feed: FeedPlan {
            schedule: Schedule::Periodic { rate: 20.0 },
            payload: 100,
            encoding: Encoding::Text,
            seed: block.into(),
            retention_ns: 5 * SECOND,
        },
        polling: Polling { interval_ns: 300 * MILLISECOND, pacing: Pacing::FixedRate },
        answer: Answer::All,
        hold_ns: 30 * SECOND,
        windows: Windows { warmup_ns: SECOND, steady_ns: STEADY_S * SECOND, drain_ns: 2 * SECOND },
        sockets: Sockets::default(),
    };
    let outcome = Outcome::Measured(Box::new(measured(transport, block)));
    TrialLine { block, order, took_ns: 6 * SECOND + u64::from(order) * 7 * MILLISECOND, trial, outcome }
}

fn measured(transport: Transport, block: u32) -> Measured {
    let mut random = Pcg64::seed_from_u64(u64::from(block) * 10 + transport as u64);
    let (mut twin, mut lateness) = (Histogram::default(), Histogram::default());
    let latency = (0..STEADY_S).map(|_| {
        let mut second = Histogram::default();
        for _ in 0..DELIVERIES / STEADY_S {
            let (late, value) = (20_000 + random.next_u64() % 30_000, latency_of(transport, &mut random));
            second.record(late + value);
            twin.record(value);
            lateness.record(late);
        }
        second.to_text()
    });
    let latency = latency.collect();
    let mut doubts = Vec::new();
    if transport == Transport::LongPolling && block == 2 {
        let sentence = "the load did not run for 12 ms although it had asked to".into();
        doubts.push(Doubt { about: Subject::Latency, sentence });
    }
    Measured {
        t0: None,
        load: LoadTotals {
            accounting: Accounting { expected: DELIVERIES, delivered: DELIVERIES, ..Accounting::default() },
            distinct: RATE * STEADY_S,
            phases: pushbench::totals::Phases { steady: used(transport, block), ..Default::default() },
            latency,
            twin: twin.to_text(),
            lateness: lateness.to_text(),
            ..LoadTotals::default()
        },
        serve: ServeTotals {
            steady: Work { window_ns: STEADY_S * SECOND, cpu_ns: cpu_of(transport, block), ..Work::default() },
            idle: Work {
                window_ns: SECOND,
                cpu_ns: if transport == Transport::Polling { 61_000_000 } else { 2_000_000 },
                ..Work::default()
            },
            memory_before: Memory { anonymous: 2 << 20, kernel_host: 0 },
            memory_full: Memory { anonymous: (2 << 20) + u64::from(CLIENTS) * (12 << 10), kernel_host: 0 },
            ..ServeTotals::default()
        },
        agreement: Agreement { whole: CLIENTS.into(), equal: CLIENTS.into(), cut: 0, undelivered: 0 },
        doubts,
    }
}

/// Polling waits for the next poll; the others for little more than the work, now and then for the scheduler.
fn latency_of(transport: Transport, random: &mut Pcg64) -> u64 {
    let (typical, tail) = match transport {
        Transport::Polling => return random.next_u64() % (300 * MILLISECOND) + 90_000,
        Transport::LongPolling => (210_000, 3),
        Transport::Sse => (140_000, 2),
        Transport::Websocket => (125_000, 2),
        Transport::RawTcp => (105_000, 2),
    };
    let spread = typical / 2 + random.next_u64() % typical;
    if random.next_u64().is_multiple_of(40) { spread * tail * (1 + random.next_u64() % 4) } else { spread }
}

fn used(transport: Transport, block: u32) -> PhaseTotals {
    let updates = DELIVERIES - u64::from(block % 2) * 100;
    let polls = u64::from(CLIENTS) * STEADY_S * 10 / 3;
    // requests, empty answers, octets up a request, down a request, and down an update
    let (requests, empty, up, head, frame) = match transport {
        Transport::Polling => (polls, 12, 64, 118, 102),
        Transport::LongPolling => (updates, 0, 67, 118, 101),
        Transport::Sse => (0, 0, 0, 0, 131),
        Transport::Websocket => (0, 0, 0, 0, 102),
        Transport::RawTcp => (0, 0, 0, 0, 104),
    };
    PhaseTotals {
        up: requests * up,
        down: requests * head + updates * frame,
        payload: updates * 100,
        updates,
        requests,
        empty,
        skipped: 0,
    }
}

fn cpu_of(transport: Transport, block: u32) -> u64 {
    let per_update = match transport {
        Transport::Polling => 9_000,
        Transport::LongPolling => 31_000,
        Transport::Sse => 11_000,
        Transport::Websocket => 9_500,
        Transport::RawTcp => 7_000,
    };
    DELIVERIES * (per_update + u64::from(block) * 100)
}
