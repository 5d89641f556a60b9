//! Every text of every chart lies within its frame and clear of all others, by the widths of the font that it is set in:
//! of the committed records, and of invented ones that are hard on a chart.

use crate::invented::{folder, record, refit};
use pushbench::clock::{MILLISECOND, SECOND};
use pushbench::histogram::Histogram;
use pushbench::kind::{Encoding, Transport};
use pushbench::record::{Measured, Outcome, Record};
use pushbench::report::{Page, html, pictures};
use pushbench::schedule::Schedule;
use pushbench::trial::Trial;
use resvg::usvg::{Group, Node, Options, Rect, Tree, fontdb};
use std::sync::Arc;

const FONT: &[u8] = include_bytes!("../../assets/pushbench-sans.otf");

#[test]
fn texts_of_the_committed_records_stand_clear() {
    for name in ["quick", "sweep", "carriers", "old"] {
        let record = Record::read(&folder().join(format!("{name}.ndjson"))).expect("the committed record");
        assert!(held(name, &record) > 1);
    }
}

#[test]
fn texts_stand_clear_whatever_was_measured() {
    assert_eq!(held("nothing", &changed(|_, _| false)), 0);
    held("one row", &changed(|trial, _| trial.transport == Transport::Websocket));
    held("two rows", &changed(|trial, _| trial.transport <= Transport::LongPolling));
    held("five by seven", &swept(7, |trial, point| trial.clients = 100 << (2 * point)));
    held(
        "close together",
        &swept(7, |trial, point| trial.polling.interval_ns = (1000 + u64::from(point)) * MILLISECOND),
    );
    held(
        "far apart",
        &swept(5, |trial, point| {
            trial.feed.schedule = Schedule::Periodic { rate: 10f64.powi(i32::try_from(point).expect("few") - 1) };
        }),
    );
    held(
        "far away",
        &swept(5, |trial, point| {
            trial.link.rtt_ns = [0, 10, 100, 260, 400][point as usize] * MILLISECOND;
        }),
    );
    held(
        "two axes",
        &swept(12, |trial, point| {
            (trial.feed.payload, trial.clients) = (100 << (4 * (point % 3)), 100 << (3 * (point / 3)));
        }),
    );
    held(
        "words",
        &swept(6, |trial, point| {
            trial.feed.encoding = [Encoding::Text, Encoding::Binary, Encoding::Json][point as usize % 3];
            trial.hold_ns = u64::from(point / 3 + 1) * 12_345 * MILLISECOND;
            trial.feed.payload = 100;
        }),
    );
}

#[test]
fn thousandfold_ranges_stand_clear() {
    for factor in [1_000, 1_000_000] {
        held(
            "ranges",
            &changed(|trial, measured| {
                if trial.transport == Transport::Polling {
                    let steady = &mut measured.load.phases.steady;
                    (steady.down, steady.requests) = (steady.down * factor, steady.requests * factor);
                    refit(steady);
                    measured.serve.steady.cpu_ns *= factor;
                    measured.serve.memory_full.anonymous *= factor;
                    let mut late = Histogram::default();
                    (1..=6000).for_each(|n| late.record(n * factor * MILLISECOND / 1000));
                    measured.load.latency = vec![late.to_text()];
                }
                true
            }),
        );
    }
}

#[test]
#[should_panic(expected = "`one` and `other` intersect")]
fn an_overlap_is_found() {
    let text =
        |x: u32, said: &str| format!("<text x='{x}' y='30' font-family='pushbench sans' font-size='13'>{said}</text>");
    let (one, other) = (text(30, "one"), text(10, "other"));
    stands_clear("", &format!("<svg xmlns='http://www.w3.org/2000/svg' width='90' height='40'>{other}{one}</svg>"));
}

#[test]
fn pictures_are_whole_and_always_the_same() {
    let page = Page::from_record(&record()).expect("figures");
    let (once, again) = (pictures::all(&page), pictures::all(&page));
    let names: Vec<&str> = once.iter().map(|picture| picture.name).collect();
    assert_eq!(names, ["latency", "timeline", "distribution", "bytes", "payback", "requests", "cpu", "memory"]);
    for (picture, same) in once.iter().zip(&again) {
        assert!(picture.svg == same.svg, "{}", picture.name);
        assert!(!picture.svg.contains("var(--") && !picture.svg.contains("#0100"), "{}", picture.name);
    }
    let bytes = &once[3];
    let png = bytes.png().expect("a PNG");
    assert!(png == bytes.png().expect("another"));
    let size = Tree::from_str(&bytes.svg, &Options::default()).expect("an SVG").size().to_int_size();
    let pixels = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four"));
    assert_eq!((pixels(16), pixels(20)), (2 * size.width(), 2 * size.height()));
}

#[test]
fn marks_say_what_they_are() {
    let html = html::render(&Page::from_record(&record()).expect("figures")).expect("a page");
    for said in ["<title>polling: p50 ", "<title>websocket: p99 ", "<title>sse: server CPU per update "] {
        assert!(html.contains(said), "{said}");
    }
    assert!(html.contains("median of 3 trials</title>"));
}

#[test]
fn packets_are_said_to_be_measured_or_modelled() {
    let page = |record: &Record| html::render(&Page::from_record(record).expect("figures")).expect("a page");
    let modelled = changed(|_, measured| {
        measured.load.packets_modelled = true;
        true
    });
    assert!(page(&record()).contains(">\nTCP/IP headers (measured)\n<"));
    assert!(page(&modelled).contains(">\nTCP/IP headers (modelled)\n<"));
    assert!(!page(&modelled).contains("measured by the kernel") && !page(&modelled).contains("(measured)"));
}

/// Renders a record's charts and holds each to its frame; gives how many there are.
fn held(name: &str, record: &Record) -> usize {
    let page = Page::from_record(record).expect("figures");
    let html = html::render(&page).expect("a page");
    let drawings: Vec<String> = html
        .split("<svg ")
        .skip(1)
        .map(|part| format!("<svg {}", part.split_once("</svg>").expect("its end").0))
        .collect();
    for drawing in &drawings {
        stands_clear(name, &format!("{drawing}</svg>"));
    }
    for picture in pictures::all(&page) {
        stands_clear(&format!("{name}, {}", picture.name), &picture.svg);
    }
    drawings.len()
}

fn stands_clear(name: &str, svg: &str) {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let tree = Tree::from_str(svg, &Options { fontdb: Arc::new(fonts), ..Options::default() }).expect("an SVG");
    let mut texts = Vec::new();
    collect(tree.root(), &mut texts);
    assert!(!texts.is_empty(), "{name}: no text");
    let size = tree.size();
    for (place, (text, area)) in texts.iter().enumerate() {
        let inside =
            area.left() >= 0.0 && area.top() >= 0.0 && area.right() <= size.width() && area.bottom() <= size.height();
        assert!(inside, "{name}: `{text}` leaves the frame: {area:?} of {size:?}");
        for (other, theirs) in &texts[..place] {
            // boxes have room above a capital and below a base line: they may touch
            let apart = area.left() >= theirs.right()
                || theirs.left() >= area.right()
                || area.top() >= theirs.bottom() - 1.0
                || theirs.top() >= area.bottom() - 1.0;
            assert!(apart, "{name}: `{text}` and `{other}` intersect: {area:?}, {theirs:?}");
        }
    }
}

fn collect(group: &Group, texts: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(inner) => collect(inner, texts),
            Node::Text(text) => {
                let said: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                texts.push((said, node.abs_bounding_box()));
            }
            _ => {}
        }
    }
}

/// The invented record with the trials that `change` keeps.
fn changed(change: impl Fn(&Trial, &mut Measured) -> bool) -> Record {
    let mut record = record();
    record.trials.retain_mut(|line| match &mut line.outcome {
        Outcome::Measured(measured) => change(&line.trial, measured),
        Outcome::Error(_) => false,
    });
    record
}

/// Every trial of the first two blocks at so many points, each of them dearer.
fn swept(points: u32, set: impl Fn(&mut Trial, u32)) -> Record {
    let mut record = record();
    let lines = std::mem::take(&mut record.trials);
    for line in lines.iter().filter(|line| line.block < 3) {
        for point in 0..points {
            let mut line = line.clone();
            set(&mut line.trial, point);
            line.trial.windows.steady_ns = 20 * SECOND;
            if let Outcome::Measured(measured) = &mut line.outcome {
                measured.load.latency.truncate(1);
                let steady = &mut measured.load.phases.steady;
                steady.payload = line.trial.feed.payload as u64 * steady.updates;
                steady.down += steady.payload + steady.updates * u64::from(point * 20);
                refit(steady);
                measured.serve.steady.cpu_ns *= 1 << (3 * point);
            }
            record.trials.push(line);
        }
    }
    record
}
