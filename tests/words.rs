//! The report's words follow the figures: whoever's data are swapped, their names are swapped, and nothing else.

mod invented;

use invented::{carriers, folder, record};
use pushbench::clock::MILLISECOND;
use pushbench::histogram::Histogram;
use pushbench::kind::Transport;
use pushbench::link::{Level, Link};
use pushbench::record::{EndReason, Failure, Outcome, Record, TrialLine};
use pushbench::report::{Page, html, markdown, terminal};

const CANDIDATES: [Transport; 4] = [Transport::Polling, Transport::LongPolling, Transport::Sse, Transport::Websocket];

fn text(record: &Record) -> String {
    let page = Page::from_record(record).expect("figures");
    assert!(html::render(&page).is_ok());
    // lines that are never broken
    terminal::render(&page, &terminal::Style { color: false, width: Some(10_000) })
}

/// The paragraphs that are no terminal's matter.
fn paragraphs(record: &Record) -> String {
    let text = markdown::render(&Page::from_record(record).expect("figures"));
    text.replace("- **", "").replace("**: ", ": ").replace('\\', "")
}

/// What stands between the head and the table.
fn headline(record: &Record) -> String {
    text(record).split("\n\n").nth(1).unwrap_or_default().to_owned()
}

fn line<'t>(text: &'t str, begins: &str) -> &'t str {
    text.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("no {begins}:\n{text}"))
}

/// Every trial of `a` has what was measured of `b` in that block, and the other way round.
fn swapped(mut record: Record, a: Transport, b: Transport) -> Record {
    let places = |transport| -> Vec<usize> {
        let of = record.trials.iter().enumerate().filter(|(_, line)| line.trial.transport == transport);
        let mut places: Vec<usize> = of.map(|(place, _)| place).collect();
        places.sort_by_key(|&place| (record.trials[place].block, record.trials[place].trial.clients));
        places
    };
    for (first, second) in places(a).into_iter().zip(places(b)) {
        let outcome = record.trials[first].outcome.clone();
        record.trials[first].outcome = std::mem::replace(&mut record.trials[second].outcome, outcome);
    }
    record
}

/// At a second point all is as before, but that polling has what SSE has.
fn sweep() -> Record {
    let mut record = record();
    let mut more = record.trials.clone();
    for line in &mut more {
        line.trial.clients = 1000;
        if line.trial.transport == Transport::Polling {
            let same = |other: &&TrialLine| other.block == line.block && other.trial.transport == Transport::Sse;
            line.outcome = record.trials.iter().find(same).expect("a trial").outcome.clone();
        }
    }
    record.trials.append(&mut more);
    record
}

/// `text` with two transports' names exchanged; `polling` is a part of `long-polling`.
fn renamed(text: &str, a: Transport, b: Transport) -> String {
    let mark = |transport: Transport| format!("<{}>", transport as u8);
    let mut text = text.to_owned();
    for transport in [Transport::LongPolling, Transport::Polling, Transport::Sse, Transport::Websocket] {
        text = text.replace(transport.name(), &mark(transport));
    }
    text = text.replace(&mark(a), "<->").replace(&mark(b), &mark(a)).replace("<->", &mark(b));
    CANDIDATES.into_iter().fold(text, |text, transport| text.replace(&mark(transport), transport.name()))
}

/// As it would have been recorded before there were layers.
fn without_layers(mut record: Record) -> Record {
    for line in &mut record.trials {
        if let Outcome::Measured(measured) = &mut line.outcome {
            for phase in measured.load.phases.all_mut() {
                (phase.layers, phase.packets) = (None, None);
            }
        }
    }
    record
}

/// A list of names says nothing by its order.
fn words(text: &str) -> Vec<String> {
    let plain = text.replace([',', ';', ':', '.'], "");
    let mut words: Vec<String> = plain.split_whitespace().map(str::to_owned).collect();
    words.sort_unstable();
    words
}

#[test]
fn swapped_data_swap_the_names() {
    let before = text(&record());
    for (place, &a) in CANDIDATES.iter().enumerate() {
        for &b in &CANDIDATES[place + 1..] {
            let after = text(&swapped(record(), a, b));
            for aspect in ["latency, p50", "latency, p99", "bytes per update", "server CPU per update", "idle CPU"] {
                let (was, is) = (line(&before, aspect), line(&after, aspect));
                assert_eq!(words(is), words(&renamed(was, a, b)), "{a} ↔ {b}\n{was}\n{is}");
            }
            let (was, is) = (headline(&record()), headline(&swapped(record(), a, b)));
            assert_eq!(words(&is), words(&renamed(&was, a, b)), "{a} ↔ {b}\n{was}\n{is}");
            let (was, is) = (paragraphs(&record()), paragraphs(&swapped(record(), a, b)));
            for chart in ["latency: ", "bytes: "] {
                // what the chart shows comes first; reasons hang on the protocol, whose data these are not
                let shows = |text: &str| line(text, chart).split_inclusive(". ").next().unwrap_or_default().to_owned();
                let (was, is) = (shows(&was), shows(&is));
                assert_eq!(words(&is), words(&renamed(&was, a, b)), "{a} ↔ {b}\n{was}\n{is}");
            }
        }
    }
}

#[test]
fn swapped_data_swap_the_names_in_a_sweeps_headline() {
    let before = headline(&sweep());
    assert!(before.starts_with("From 100 to 1,000 clients, latency (p50) falls "), "{before}");
    assert!(before.contains("with polling; no change shows with long-polling, sse and websocket"), "{before}");
    for (place, &a) in CANDIDATES.iter().enumerate() {
        for &b in &CANDIDATES[place + 1..] {
            let after = headline(&swapped(sweep(), a, b));
            assert_eq!(words(&after), words(&renamed(&before, a, b)), "{a} ↔ {b}\n{before}\n{after}");
        }
    }
}

#[test]
fn reasons_that_no_longer_fit_disappear() {
    let before = paragraphs(&without_layers(record()));
    assert!(line(&before, "latency: ").contains("With polling, an update waits for the next poll"), "{before}");
    assert!(line(&before, "bytes: ").contains("websocket 2.00\u{a0}B, a frame header"), "{before}");
    let after = paragraphs(&without_layers(swapped(record(), Transport::Polling, Transport::Websocket)));
    let latency = line(&after, "latency: ");
    assert!(!latency.contains("With polling, an update waits"), "{latency}");
    assert!(latency.contains("does not explain the p50 of polling (162\u{a0}µs)"), "{latency}");
    assert!(latency.contains("does not explain the p50 of websocket (152\u{a0}ms)"), "{latency}");
    assert!(latency.contains("no doubt was raised about it"), "{latency}");
    let bytes = line(&after, "bytes: ");
    assert!(!bytes.contains("a frame header"), "{bytes}");
    assert!(
        bytes.contains("does not explain the bytes per update of") && bytes.contains("websocket (133\u{a0}B)"),
        "{bytes}"
    );
    // those of transports whose figures stay go on standing
    let streams = paragraphs(&without_layers(swapped(record(), Transport::Sse, Transport::Websocket)));
    assert!(!line(&streams, "bytes: ").contains("a frame header"), "{streams}");
    assert!(line(&streams, "bytes: ").contains("of heads each"), "{streams}");
}

#[test]
fn what_the_bytes_are_and_when_a_setup_is_paid_back_follow_the_data() {
    // four carriers are four times the work, and one pair shows it
    for (whole, rivals) in [(record(), &CANDIDATES[..]), (carriers(), &CANDIDATES[2..])] {
        let before = paragraphs(&whole);
        for (place, &a) in rivals.iter().enumerate() {
            for &b in &rivals[place + 1..] {
                let after = paragraphs(&swapped(whole.clone(), a, b));
                for begins in ["bytes: ", "Before the first update"] {
                    let (was, is) = (line(&before, begins), line(&after, begins));
                    assert_eq!(words(is), words(&renamed(was, a, b)), "{a} ↔ {b}\n{was}\n{is}");
                }
            }
        }
    }
    let said = paragraphs(&record()).replace('\u{a0}', " ");
    let bytes = line(&said, "bytes: ");
    for part in [
        "websocket's 102 B hold 2.00 B of framing",
        "long-polling's 286 B hold 118 B of answer heads and 67.0 B of request heads",
        "TCP/IP headers (measured) add 26.4 B to polling",
        "with sse and websocket that is more than all else beside the payload",
    ] {
        assert!(bytes.contains(part), "{part}: {bytes}");
    }
    let setup = line(&said, "Before the first update");
    for part in [
        "websocket 576 B",
        "websocket's dearer setup is paid back against long-polling after 2 updates",
        "never against polling",
    ] {
        assert!(setup.contains(part), "{part}: {setup}");
    }
}

#[test]
fn carriers_are_named_and_held_against_the_first() {
    let said = paragraphs(&carriers()).replace('\u{a0}', " ");
    let bytes = line(&said, "bytes: ");
    for part in [
        "Beside the payload, over h1: websocket's 102 B hold",
        "Against h1, over h1+tls: TLS +7.46 B (polling) to +44.0 B (long-polling)",
        "over h2: heads −132 B (long-polling) to",
    ] {
        assert!(bytes.contains(part), "{part}: {bytes}");
    }
    let text = text(&carriers());
    assert!(line(&text, "raw-tcp over h1 (floor): ").contains("only a bound"), "{text}");
    assert!(!text.contains(" at over ") && !text.contains("points"), "{text}");
}

#[test]
fn a_record_from_before_there_were_layers_says_what_it_said() {
    let old = Record::read(&folder().join("old.ndjson")).expect("the committed record");
    let said = paragraphs(&old);
    assert!(line(&said, "bytes: ").contains("websocket 2.00\u{a0}B, a frame header"), "{said}");
    for part in ["What the bytes are", "is paid back", "TCP/IP"] {
        assert!(!said.contains(part) && !text(&old).contains(part), "{part}: {said}");
    }
    let page = html::render(&Page::from_record(&old).expect("figures")).expect("a page");
    assert!(page.contains("everything else: headers, framing, control") && !page.contains("id=\"layers\""));
}

#[test]
fn what_is_in_no_layer_is_not_overlooked() {
    let mut record = record();
    for line in record.trials.iter_mut().filter(|line| line.trial.transport == Transport::Sse) {
        if let Outcome::Measured(measured) = &mut line.outcome {
            let layers = measured.load.phases.steady.layers.as_mut().expect("layers");
            (layers.down.framing, layers.down.other) = (0, layers.down.framing);
        }
    }
    let said = text(&record);
    assert!(line(&said, "sse: 22.0 B an update").contains("in no layer"), "{said}");
}

#[test]
fn the_floor_is_no_candidate() {
    let text = text(&record());
    let words = |from: &str, to: &str| {
        text.split_once(from).and_then(|(_, rest)| rest.split_once(to)).expect("both").0.to_owned()
    };
    assert!(!words("Verdict", "\n\n").contains("raw-tcp"), "{text}");
    assert!(!headline(&record()).contains("raw-tcp"), "{text}");
    let paragraphs = paragraphs(&record());
    let (_, shown) = paragraphs.split_once("What it shows").expect("words");
    assert!(!shown.split("\n\n").nth(1).expect("a list").contains("raw-tcp"), "{shown}");
}

#[test]
fn doubts_stand_beside_what_they_touch() {
    let text = text(&record());
    assert!(line(&text, "latency, p99").ends_with("(doubt\u{a0}1)."), "{text}");
    assert!(!line(&text, "latency, p50").contains("doubt"), "{text}");
    assert!(line(&text, "1. latency of long-polling").contains("12 ms"), "{text}");
}

#[test]
fn little_is_said_of_little() {
    let mut alone = record();
    alone.trials.retain(|line| line.trial.transport == Transport::Websocket);
    let said = text(&alone);
    assert!(line(&said, "latency, p50").ends_with("with nothing to hold it against."), "{said}");
    assert!(!said.contains("does not win") && !said.contains("best alone"), "{said}");

    let mut once = record();
    once.trials.retain(|line| line.block == 1);
    let said = text(&once);
    // 1.09 × in one trial each is no difference, 1.2 × of octets is one
    assert!(line(&said, "latency, p50").contains("one trial each shows no difference below 2.00\u{a0}×"), "{said}");
    assert!(line(&said, "bytes per update").contains("1.20\u{a0}× in one trial each"), "{said}");
    assert!(said.contains("From one trial each, a difference counts from"), "{said}");

    let mut failed = record();
    for line in failed.trials.iter_mut().filter(|line| line.trial.transport == Transport::Websocket) {
        line.outcome = Outcome::Error(Failure { reason: "the server died".into(), last_words: String::new() });
    }
    assert!(line(&text(&failed), "latency, p50").contains("no figure for websocket"));
    for line in &mut failed.trials {
        line.outcome = Outcome::Error(Failure { reason: "the server died".into(), last_words: String::new() });
    }
    let said = text(&failed);
    assert!(!said.contains("Verdict") && !paragraphs(&failed).contains("What it shows"), "{said}");

    let mut cut = record();
    cut.trials.truncate(7);
    cut.end = Some(pushbench::record::End { reason: EndReason::Interrupted, trials: 7 });
    assert!(text(&cut).contains("This is of the trials made so far."));
}

#[test]
fn alike_is_said_to_be_alike() {
    let mut record = record();
    let of = |record: &Record, block| {
        let line =
            record.trials.iter().find(|line| line.block == block && line.trial.transport == Transport::Websocket);
        line.expect("a trial").outcome.clone()
    };
    let blocks: Vec<Outcome> = (1..=3).map(|block| of(&record, block)).collect();
    record.trials.retain(|line| !line.trial.transport.asks_each_time());
    for line in &mut record.trials {
        line.outcome = blocks[line.block as usize - 1].clone();
    }
    let said = text(&record);
    assert!(said.contains("Nothing differs beyond noise."), "{said}");
    assert_eq!(headline(&record), "Nothing here tells sse from websocket beyond noise.");
    assert!(
        line(&said, "bytes per update").contains("nothing to choose between sse and websocket 102\u{a0}B (the same)"),
        "{said}"
    );
}

#[test]
fn a_headline_names_who_is_late_and_who_is_dear() {
    let said = headline(&record());
    for part in
        ["sse and websocket bring an update in", "polling in 152\u{a0}ms", "long-polling sends 2.80\u{a0}× the bytes"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    // whoever is late but cheap is told to be both
    let mut traded = record();
    traded.trials.retain(|line| line.trial.transport.asks_each_time());
    assert_eq!(
        headline(&traded).replace('\u{a0}', " "),
        "long-polling brings an update in 247 µs (p50), polling in 152 ms; but polling sends fewer bytes (133 B \
         against 286 B) and takes less server CPU (9.25 µs against 31.6 µs) (doubt 1)."
    );
    let mut alone = record();
    alone.trials.retain(|line| line.trial.transport == Transport::Websocket);
    assert!(headline(&alone).trim_start().starts_with("p50"), "the table: {}", headline(&alone));
}

/// Every trial over packets of which a hundredth is lost; `held` is how long SSE's slowest delivery took.
fn lossy(held: u64) -> Record {
    let mut record = record();
    for line in &mut record.trials {
        line.trial.link = Link { level: Level::Packets, rtt_ns: 40 * MILLISECOND, loss: 0.01, ..Link::default() };
        if let (Transport::Sse, Outcome::Measured(measured)) = (line.trial.transport, &mut line.outcome) {
            let mut slowest = Histogram::default();
            slowest.record(held);
            measured.load.latency.push(slowest.to_text());
        }
    }
    record
}

#[test]
fn a_stream_that_was_held_back_for_a_round_trip_says_by_what() {
    let told = paragraphs(&lossy(261 * MILLISECOND));
    let sentence = told.lines().find(|line| line.contains("TCP holds back")).expect("a stream was held back");
    assert!(sentence.contains("With 1\u{a0}% loss at 40\u{a0}ms rtt, TCP holds back"), "{sentence}");
    assert!(sentence.contains("the slowest delivery of sse took 261\u{a0}ms"), "{sentence}");
    // sooner than that, no loss explains it
    assert!(!paragraphs(&lossy(59 * MILLISECOND)).contains("TCP holds back"));
    let mut portable = lossy(261 * MILLISECOND);
    for line in &mut portable.trials {
        line.trial.link = Link { level: Level::Portable, loss: 0.0, ..line.trial.link };
    }
    assert!(!paragraphs(&portable).contains("TCP holds back"));
}
