//! The reports of records with a sweep: one byte for byte as in `golden`, others by what must stand in them.

mod invented;

use invented::{carriers, compare, folder, record, refit, setup, steady, timeline, updating, write_record};
use pushbench::clock::{MILLISECOND, SECOND};
use pushbench::kind::{Carrier, Encoding, Transport};
use pushbench::record::{EndReason, Failure, Outcome, Record};
use pushbench::report::{Page, html, terminal};
use pushbench::schedule::Schedule;
use pushbench::trial::Trial;
use std::sync::LazyLock;

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
fn the_reports_of_carriers_are_the_committed_ones() {
    let path = folder().join("carriers.ndjson");
    if updating() {
        write_record(&path, carriers());
    }
    let page = Page::from_record(&Record::read(&path).expect("the committed record")).expect("its figures");
    compare("carriers.100.txt", &terminal::render(&page, &terminal::Style { color: false, width: Some(100) }));
    compare("carriers.html", &html::render(&page).expect("a page"));
}

#[test]
fn the_terminal_holds_its_width() {
    let page = Page::from_record(&sweep()).expect("figures");
    for width in [60, 80, 100, 140] {
        let text = terminal::render(&page, &terminal::Style { color: false, width: Some(width) });
        assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
    }
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

#[test]
fn a_second_axis_makes_panels_and_words_make_slots() {
    let chart = |html: &str, id: &str| {
        let from = html.split_once(&format!("<figure id=\"{id}\"")).expect("the chart").1;
        from.split_once("</figure>").expect("its end").0.to_owned()
    };
    let html = |record: &Record| html::render(&Page::from_record(record).expect("figures")).expect("a page");
    // clients by payload: two panels each, on one scale
    let page =
        html(&swept(6, &|trial, point| (trial.feed.payload, trial.clients) = (100 << (point % 3), 100 << (point / 3))));
    let bytes = chart(&page, "overhead");
    assert_eq!(bytes.matches("<svg").count(), 2, "{bytes}");
    assert!(bytes.contains("payload · clients 100") && bytes.contains("payload · clients 200"), "{bytes}");
    // five values of the second axis have no room
    let page = html(&swept(10, &|trial, point| {
        (trial.feed.payload, trial.clients) = (100 << (point % 2), 100 + point / 2);
    }));
    assert_eq!(chart(&page, "overhead").matches("class=\"wide\"").count(), 1);
    assert!(page.contains("The charts show clients = 100 only"), "{page}");
    // words: each has a slot, and no line joins them
    let page = html(&swept(6, &|trial, point| {
        trial.feed.encoding = [Encoding::Text, Encoding::Binary, Encoding::Json][point as usize % 3];
        trial.feed.payload = 100;
    }));
    let bytes = chart(&page, "bytes");
    assert!(["text", "binary", "JSON"].iter().all(|word| bytes.contains(word)), "{bytes}");
}

#[test]
fn an_axis_of_one_transport_leaves_the_others_level() {
    let record = swept(3, &|trial, point| trial.polling.interval_ns = (100 << point) * MILLISECOND);
    let page = html::render(&Page::from_record(&record).expect("figures")).expect("a page");
    assert!(page.contains("has no such setting: long-polling, sse, websocket, raw-tcp"));
    assert!(page.contains(">poll every</th>") && page.contains("<td data-n=\"400000000\">400\u{a0}ms</td>"), "{page}");
    let text = terminal::render(&Page::from_record(&record).expect("figures"), &terminal::Style::default());
    // in the table of the figures and in that of the layers
    assert_eq!(text.lines().filter(|line| line.starts_with("sse  ")).count(), 2, "{text}");
}

/// Every trial of the first two blocks at so many points.
fn swept(points: u32, set: &dyn Fn(&mut Trial, u32)) -> Record {
    static BASE: LazyLock<Record> = LazyLock::new(record);
    let mut record = BASE.clone();
    let lines = std::mem::take(&mut record.trials);
    for line in lines.iter().filter(|line| line.block < 3) {
        for point in 0..points {
            let mut line = line.clone();
            set(&mut line.trial, point);
            if let Outcome::Measured(measured) = &mut line.outcome {
                measured.load.latency.truncate(1);
                (measured.load.twin, measured.load.lateness) = (String::new(), String::new());
                let steady = &mut measured.load.phases.steady;
                let more =
                    steady.updates * (line.trial.feed.payload as u64 - 100) + steady.updates * u64::from(point * 20);
                (steady.payload, steady.down) = (line.trial.feed.payload as u64 * steady.updates, steady.down + more);
                refit(steady);
            }
            record.trials.push(line);
        }
    }
    record
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
                measured.load.phases.setup = setup(line.trial.transport, Carrier::H1, clients);
                measured.load.distinct = u64::from(rate * steady_s);
                if !measured.timeline.is_empty() {
                    measured.timeline = timeline(line.trial.transport, Carrier::H1, rate);
                }
                measured.serve.memory_full.anonymous = (2 << 20) + u64::from(clients) * (12 << 10);
                measured.serve.steady.cpu_ns = measured.serve.steady.cpu_ns * 40 / u64::from(30 + rate);
                if line.trial.transport == Transport::Polling {
                    let used = &mut measured.load.phases.steady;
                    let rate = u64::from(rate);
                    (used.requests, used.empty) = (used.requests * 20 / rate, used.requests * 18 / (rate * rate));
                    steady(used, Transport::Polling, Carrier::H1);
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
