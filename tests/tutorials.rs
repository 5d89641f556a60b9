//! What tutorials say is answered by the record: for each claim two records give different verdicts.

mod invented;

use invented::record;
use pushbench::clock::MILLISECOND;
use pushbench::histogram::Histogram;
use pushbench::kind::{Carrier, Persistence, Transport};
use pushbench::record::{Measured, Outcome, Record};
use pushbench::report::{Page, json};
use pushbench::schedule::Schedule;
use pushbench::totals::{PhaseTotals, Ways};
use serde_json::Value;

/// The verdict on a claim, and its figures.
fn answer(record: &Record, claim: &str) -> (String, String) {
    let page = Page::from_record(record).expect("figures");
    let summary: Value = serde_json::from_str(&json::render(&page)).expect("JSON");
    let answers = summary["words"]["tutorials"].as_array().expect("answers");
    let found = answers.iter().find(|answer| answer["claim"] == claim).unwrap_or_else(|| panic!("no claim {claim}"));
    let text = |key: &str| found[key].as_str().expect("a text").replace('\u{a0}', " ");
    (text("verdict"), format!("{}: {}", text("said"), text("sentence")))
}

#[track_caller]
fn judged(record: &Record, claim: &str, verdict: &str, said: &str) {
    let (found, sentence) = answer(record, claim);
    assert_eq!(found, verdict, "{claim} {sentence}");
    assert!(sentence.contains(said), "{claim} {sentence}");
}

/// The record with what was measured of one transport changed.
fn changed(who: Transport, change: impl Fn(&mut Measured)) -> Record {
    let mut record = record();
    for line in record.trials.iter_mut().filter(|line| line.trial.transport == who) {
        if let Outcome::Measured(measured) = &mut line.outcome {
            change(measured);
        }
    }
    record
}

/// `whose` trials have what was measured of `of` in that block.
fn given(mut record: Record, whose: Transport, of: Transport) -> Record {
    let outcomes: Vec<(u32, Outcome)> = record
        .trials
        .iter()
        .filter(|line| line.trial.transport == of)
        .map(|line| (line.block, line.outcome.clone()))
        .collect();
    for line in record.trials.iter_mut().filter(|line| line.trial.transport == whose) {
        let same = outcomes.iter().find(|(block, _)| *block == line.block);
        line.outcome = same.expect("every block has one").1.clone();
    }
    record
}

/// More octets of heads down, or of framing.
fn more(used: &mut PhaseTotals, headers: u64, framing: u64) {
    let Some(Ways { down, .. }) = &mut used.layers else { return };
    down.headers += headers * used.updates;
    down.framing += framing * used.updates;
    used.down += (headers + framing) * used.updates;
}

#[test]
fn lower_latency() {
    let claim = "WebSocket has lower latency.";
    judged(&record(), claim, "holds", "p50: websocket 162 µs, polling 152 ms");
    judged(
        &given(record(), Transport::Sse, Transport::Websocket),
        claim,
        "only-when",
        "only against polling and long-polling",
    );
    judged(
        &given(record(), Transport::Websocket, Transport::Polling),
        claim,
        "does-not-hold",
        "the other way round against",
    );
    let mut without = record();
    without.trials.retain(|line| line.trial.transport != Transport::Websocket);
    judged(&without, claim, "not-measured", "no p50 of websocket");
}

#[test]
fn always_faster() {
    let claim = "WebSocket is always faster.";
    judged(&record(), claim, "does-not-hold", "sse is as fast");
    let late = given(given(record(), Transport::Sse, Transport::Polling), Transport::LongPolling, Transport::Polling);
    judged(&late, claim, "holds", "nobody is as fast");
    judged(&given(record(), Transport::Websocket, Transport::Polling), claim, "does-not-hold", "is faster");
}

#[test]
fn headers_once() {
    let claim = "Headers are sent only once.";
    judged(&record(), claim, "holds", "300 B of heads a client before the feed, none after; with each update polling");
    let again = changed(Transport::Websocket, |measured| more(&mut measured.load.phases.steady, 3, 0));
    judged(&again, claim, "does-not-hold", "then 3.00 B an update");
    judged(&changed(Transport::Websocket, |m| m.load.phases.steady.layers = None), claim, "not-measured", "layer");
}

#[test]
fn a_frames_prefix() {
    let claim = "A frame's prefix is 4 to 12 bytes.";
    judged(&record(), claim, "does-not-hold", "2.00 B of framing");
    let longer = changed(Transport::Websocket, |measured| more(&mut measured.load.phases.steady, 0, 2));
    judged(&longer, claim, "holds", "4.00 B of framing");
}

#[test]
fn less_overhead() {
    let claim = "WebSocket has less overhead.";
    // with the headers of its packets, an update by itself is dearer than several in one answer
    judged(&record(), claim, "only-when", "websocket 206 B, polling 159 B");
    let mut uncounted = record();
    for line in &mut uncounted.trials {
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.load.phases.steady.packets = None;
        }
    }
    judged(&uncounted, claim, "holds", "+2.00 %");
    judged(&given(record(), Transport::Websocket, Transport::LongPolling), claim, "does-not-hold", "+186 %");
}

#[test]
fn polling_overloads() {
    let claim = "Polling overloads the server.";
    judged(&record(), claim, "only-when", "only while no updates come");
    let dear = changed(Transport::Polling, |measured| measured.serve.steady.cpu_ns *= 5);
    judged(&dear, claim, "holds", "against websocket's 9.76 µs of server CPU an update");
    let quiet = changed(Transport::Polling, |measured| measured.serve.idle.cpu_ns = 0);
    judged(&quiet, claim, "does-not-hold", "9.25 µs");
}

#[test]
fn one_connection() {
    let claim = "One connection is cheaper than one a request.";
    judged(&record(), claim, "not-measured", "keeps its connection");
    let both = |times: u64| {
        let mut record = record();
        let mut more: Vec<_> =
            record.trials.iter().filter(|line| line.trial.transport == Transport::LongPolling).cloned().collect();
        for line in &mut more {
            line.trial.persistence = Persistence::Close;
            if let Outcome::Measured(measured) = &mut line.outcome {
                measured.serve.steady.cpu_ns *= times;
                let Some(Ways { up, .. }) = &mut measured.load.phases.steady.packets else { continue };
                up.headers *= times;
            }
        }
        record.trials.append(&mut more);
        record
    };
    judged(&both(1), claim, "does-not-hold", "long-polling 31.6 µs against 31.6 µs");
    judged(&both(3), claim, "only-when", "only in bytes and server CPU");
}

/// What to use where an update may be late by so much, and why.
fn advice(record: &Record, tolerance: &str) -> (String, String) {
    let page = Page::from_record(record).expect("figures");
    let summary: Value = serde_json::from_str(&json::render(&page)).expect("JSON");
    let text = |value: &Value| value.as_str().expect("a text").replace('\u{a0}', " ");
    let lines = summary["words"]["advice"]["lines"].as_array().expect("lines");
    let line = lines.iter().find(|line| text(&line["tolerance"]) == tolerance).expect("a line");
    (text(&line["answer"]), text(&line["because"]))
}

#[track_caller]
fn advised(record: &Record, tolerance: &str, answer: &str, because: &str) {
    let (found, why) = advice(record, tolerance);
    assert_eq!(found, answer, "{why}");
    assert!(why.contains(because), "{why}");
}

#[test]
fn advice_can_be_polling_or_a_stream() {
    // 20/s: a tenth of a second holds two updates, a minute a thousand
    advised(&record(), "100 ms", "sse", "websocket (206 B on the wire and 9.76 µs of server CPU) is as cheap");
    advised(&record(), "1 s", "polling every 1 s (modelled)", "0.0500 requests an update; next websocket");
    // as dear as SSE is here, its plain HTTP is not worth it
    let dear = changed(Transport::Sse, |measured| more(&mut measured.load.phases.steady, 0, 60));
    advised(&dear, "100 ms", "websocket", "next sse");
    // one update a minute is no reason to ask
    let mut rare = record();
    for line in &mut rare.trials {
        line.trial.feed.schedule = Schedule::Periodic { rate: 1.0 / 60.0 };
    }
    advised(&rare, "10 s", "polling every 300 ms", "p99");
    for line in rare.trials.iter_mut().filter(|line| line.trial.transport == Transport::Polling) {
        if let Outcome::Measured(measured) = &mut line.outcome {
            let steady = &mut measured.load.phases.steady;
            steady.requests = steady.updates * 200;
            measured.serve.steady.cpu_ns *= 200;
            invented::steady(steady, Transport::Polling, Carrier::H1);
        }
    }
    advised(&rare, "10 s", "sse", "226 B on the wire");
}

#[test]
fn advice_knows_the_distance() {
    let mut far = record();
    for line in &mut far.trials {
        line.trial.link.rtt_ns = 600 * MILLISECOND;
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.load.latency = vec![shifted(&measured.load.latency, 300 * MILLISECOND)];
        }
    }
    advised(&far, "100 ms", "none of these", "the least late is sse: p99 301 ms");
    // a poll takes 600 ms: every 500 ms, each second one is skipped, and the wait would be a second; every 200 ms, two of three are
    advised(&far, "1 s", "polling every 200 ms (modelled)", "late by 900 ms at most");
}

/// The same latencies, and so many nanoseconds more.
fn shifted(seconds: &[String], more: u64) -> String {
    let mut all = Histogram::default();
    for second in seconds {
        let second = Histogram::from_text(second).expect("a histogram");
        let places: Vec<f64> = (0..500).map(|place| (f64::from(place) + 0.5) / 500.0).collect();
        // as many as there were, spread as they were
        for late in second.at_each(&places) {
            (0..second.len() / 500).for_each(|_| all.record(late + more));
        }
    }
    all.to_text()
}
