//! A sweep over the round trip: the chart has theory dashed, and the words know who is left behind, where, and why there.

mod invented;

use invented::record;
use pushbench::clock::MILLISECOND;
use pushbench::histogram::Histogram;
use pushbench::kind::Pacing;
use pushbench::record::{Outcome, Record};
use pushbench::report::{Page, html, markdown, terminal};
use pushbench::schedule::Schedule;
use pushbench::theory::oracle::predict;
use pushbench::theory::table::way;

const ROUND_TRIPS: [u64; 5] = [10, 100, 200, 260, 400];

/// Four evenly spaced updates a second, received when the oracle says, and half a millisecond later.
fn far(round_trips: &[u64], schedule: &Schedule) -> Record {
    let mut record = record();
    let lines = std::mem::take(&mut record.trials);
    for line in &lines {
        for &rtt in round_trips {
            let mut line = line.clone();
            let trial = &mut line.trial;
            trial.link.rtt_ns = rtt * MILLISECOND;
            trial.feed.schedule = schedule.clone();
            trial.windows.steady_ns = 10_000 * MILLISECOND;
            trial.polling.pacing = Pacing::AfterResponse;
            let plan: Vec<u64> = schedule
                .planned(trial.feed.seed)
                .expect("a plan")
                .take_while(|at| *at < trial.windows.feed_ns())
                .collect();
            let mut late = Histogram::default();
            for client in 0..u64::from(trial.clients) {
                let way = way(trial, trial.polling.interval_ns * client / u64::from(trial.clients));
                for (planned, received) in plan.iter().zip(predict(&plan, &way)) {
                    // an answer takes more than an event
                    let asks = u64::from(trial.transport.asks_each_time()) * MILLISECOND / 5;
                    let more = asks + MILLISECOND / 2 + (client * 7 + u64::from(line.block) * 3) % 5 * MILLISECOND / 50;
                    late.record(received.expect("all are received") - planned + more);
                }
            }
            if let Outcome::Measured(measured) = &mut line.outcome {
                measured.load.latency = vec![late.to_text()];
                (measured.load.twin, measured.load.lateness) = (String::new(), String::new());
            }
            record.trials.push(line);
        }
    }
    record
}

fn page(record: &Record) -> Page {
    Page::from_record(record).expect("figures")
}

/// What stands between the head and the table, in lines that are never broken.
fn headline(record: &Record) -> String {
    let style = terminal::Style { color: false, width: Some(10_000) };
    terminal::render(&page(record), &style).split("\n\n").nth(1).unwrap_or_default().replace('\u{a0}', " ")
}

#[test]
fn long_polling_leaves_where_the_round_trip_reaches_the_gap() {
    let said = headline(&far(&ROUND_TRIPS, &Schedule::Periodic { rate: 4.0 }));
    for part in [
        "sse and websocket bring an update in 5.",
        "ms at 10 ms rtt, in 201 ms at 400 ms rtt, half of the round trip.",
        "Long-polling leaves ",
        "where the round trip reaches the gap between updates (250 ms): ",
        "at 260 ms rtt",
        "Later at every distance: polling",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn where_it_does_not_nobody_says_so() {
    let near = headline(&far(&[10, 100, 200], &Schedule::Periodic { rate: 4.0 }));
    assert!(near.contains("long-polling, sse and websocket bring an update") && !near.contains("leaves"), "{near}");
    let random = headline(&far(&[10, 400], &Schedule::Poisson { rate: 4.0 }));
    assert!(random.contains("Long-polling leaves") && !random.contains("the gap between"), "{random}");
}

#[test]
fn loopback_beside_a_distance_is_where_all_are_alike() {
    let both = far(&[0, 40], &Schedule::Poisson { rate: 20.0 });
    let said = headline(&both);
    for part in [
        "sse and websocket bring an update in 5",
        " on loopback, in 20.5 ms at 40 ms rtt",
        "Long-polling leaves",
        "at 40 ms rtt: ",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.contains("Later at every distance: polling (") && !said.contains("and long-polling ("), "{said}");
    let html = html::render(&page(&both)).expect("a page");
    assert!(html.contains("Dashed: what theory predicts") && html.contains("(log scale)"));
}

#[test]
fn the_protocol_explains_what_distance_does() {
    let record = far(&ROUND_TRIPS, &Schedule::Periodic { rate: 4.0 });
    let told = markdown::render(&page(&record)).replace('\u{a0}', " ");
    let line = told.lines().find(|line| line.starts_with("- **latency**")).expect("words");
    assert!(
        line.contains("with sse and websocket, the client is waiting already when an update comes and takes half"),
        "{line}"
    );
    assert!(
        line.contains("with long-polling, from 260 ms rtt on, half of the updates or more come while no request"),
        "{line}"
    );
    assert!(!told.contains("does not explain the p50"), "{told}");
}

#[test]
fn the_timeline_is_of_a_distance_at_which_it_can_be_read() {
    let html = html::render(&page(&far(&ROUND_TRIPS, &Schedule::Periodic { rate: 4.0 }))).expect("a page");
    let timeline = html.split_once("<figure id=\"timeline\"").expect("the chart").1;
    let timeline = timeline.split_once("</figure>").expect("its end").0.replace('\u{a0}', " ");
    assert!(timeline.contains("websocket · 100 ms rtt") && !timeline.contains("400 ms rtt"), "{timeline}");
}

#[test]
fn theory_is_dashed_where_it_says_something() {
    let chart = |record: &Record| {
        let html = html::render(&page(record)).expect("a page");
        let from = html.split_once("<figure id=\"distance\"").expect("the chart").1;
        from.split_once("</figure>").expect("its end").0.to_owned()
    };
    let mut record = far(&ROUND_TRIPS, &Schedule::Periodic { rate: 4.0 });
    let with = chart(&record);
    assert!(with.contains("Dashed: what theory predicts"), "{with}");
    for line in &mut record.trials {
        line.trial.link.bandwidth = Some(1_000_000);
    }
    let without = chart(&record);
    assert!(!without.contains("Dashed"), "{without}");
    let lines = |chart: &str| chart.matches("<polyline").count();
    assert!(lines(&with) > lines(&without) + 100, "{} {}", lines(&with), lines(&without));
}
