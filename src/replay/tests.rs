//! What a replayed file may hold, when its lines are due, and what is refused.

use super::*;
use crate::clock::MILLISECOND;
use crate::schedule::Unit;
use std::path::PathBuf;
use tempfile::TempDir;

const RATE: Timing = Timing::Rate { rate: 4.0 };

fn recorded(speed: f64) -> Timing {
    Timing::Timestamp { field: "t".into(), unit: Some(Unit::Milliseconds), speed }
}

fn file(contents: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ticks.ndjson");
    std::fs::write(&path, contents).expect("the folder is ours");
    (folder, path)
}

fn read(contents: &[u8], timing: &Timing) -> Result<Lines, Invalid> {
    let (_folder, path) = file(contents);
    Lines::read(path.to_str().expect("text"), timing)
}

fn at(times: &[u64]) -> Vec<u8> {
    times.iter().map(|t| format!("{{\"t\":{t}}}\n")).collect::<String>().into_bytes()
}

fn due_ms(lines: &Lines, repeat: bool) -> Vec<u64> {
    lines.due(repeat).take(7).map(|at| at / MILLISECOND).collect()
}

#[test]
fn lines_end_as_on_any_system() {
    for contents in ["abc\ndéf g\nhij\n", "abc\ndéf g\nhij", "abc\r\ndéf g\r\nhij\r\n", "\u{feff}abc\ndéf g\nhij\r\n"]
    {
        let lines = read(contents.as_bytes(), &RATE).expect(contents);
        assert_eq!((1..=4).map(|number| lines.of_update(number)).collect::<Vec<_>>(), ["abc", "déf g", "hij", "abc"]);
    }
}

#[test]
fn the_plan_by_table() {
    let spaced = read(b"abc\ndef\n", &RATE).expect("valid");
    assert_eq!(due_ms(&spaced, false), [250, 500]);
    assert_eq!(due_ms(&spaced, true), [250, 500, 750, 1000, 1250, 1500, 1750]);
    assert_eq!(spaced.lasts_ns, SECOND / 2);
    // 30 ms over three gaps: the fourth is as long as their mean
    let times = at(&[1000, 1001, 1001, 1030]);
    let as_recorded = read(&times, &recorded(1.0)).expect("valid");
    assert_eq!(due_ms(&as_recorded, false), [0, 1, 1, 30]);
    assert_eq!(due_ms(&as_recorded, true), [0, 1, 1, 30, 40, 41, 41]);
    assert_eq!(as_recorded.lasts_ns, 40 * MILLISECOND);
    let faster = read(&times, &recorded(0.1)).expect("valid");
    assert_eq!(due_ms(&faster, true), [0, 10, 10, 300, 400, 410, 410]);
    // four lines in 40 ns: nonsense, and yet a pass has a length
    let at_once = read(&times, &recorded(1e6)).expect("valid");
    assert!(at_once.due(true).take(100).is_sorted());
    assert_eq!(at_once.due(true).nth(1000), Some(10_000));
}

#[test]
fn what_stands_in_the_plan_is_counted_over_warmup_and_steady() {
    let contents = b"{\"t\":0}\n{\"t\":10,\"more\":true}\n{\"t\":20}\n";
    let lines = read(contents, &recorded(1.0)).expect("valid");
    let (short, long) = (update::line_len(7) as f64, update::line_len(20) as f64);
    let (replay, largest) = lines.describe(false, 15 * MILLISECOND, 100).expect("long enough");
    assert_eq!((replay.lines, replay.updates, replay.octets), (3, 2, contents.len() as u64));
    assert_eq!((replay.mean_payload.to_bits(), largest), (((short + long) / 2.0).to_bits(), update::line_len(20)));
    assert_eq!(lines.describe(false, 30 * MILLISECOND, 100).expect("just").0.updates, 3);
    let (replay, _) = lines.describe(true, 75 * MILLISECOND, 100).expect("repeated");
    assert_eq!((replay.updates, replay.repeat), (8, true));
    assert_eq!(lines.describe(true, SECOND, 5).expect("counted no further").0.updates, 5);
    let error = lines.describe(false, 31 * MILLISECOND, 100).expect_err("too short").to_string();
    assert!(error.contains("ticks.ndjson: lasts 30 ms, warm-up and steady take 31 ms"), "{error}");
    assert!(error.contains("`repeat = true`"), "{error}");
}

#[test]
fn a_file_is_known_by_its_digest() {
    let (_folder, path) = file(b"abc");
    let lines = Lines::read(path.to_str().expect("text"), &RATE).expect("valid");
    // FIPS 180-4's own example
    assert_eq!(lines.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let (replay, _) = lines.describe(false, 1, 100).expect("long enough");
    assert!(Lines::of(&replay).expect("the same").due(false).eq(lines.due(false)));
    std::fs::write(&path, b"ab\n\xff").expect("the folder is ours");
    let error = Lines::of(&replay).expect_err("another").to_string();
    assert_eq!(error, format!("{}: changed since the run began: its SHA-256 is another", path.display()));
}

#[test]
fn what_cannot_be_replayed_is_refused_with_its_line() {
    let long = [&b"abc\n"[..], &vec![b'x'; MAX_LINE + 1]].concat();
    for (contents, line, says) in [
        (&b""[..], None, "empty: there is no line"),
        (b"\xef\xbb\xbf", None, "empty: there is no line"),
        (b"abc\n\ndef\n", Some(2), "empty: every line is an update"),
        (b"abc\n\r\n", Some(2), "empty: every line is an update"),
        (b"\n", Some(1), "empty: every line is an update"),
        (b"abc\nab\n", Some(2), "2 octets: a line has at least 3"),
        (b"abc\nde\rf\r\n", Some(2), "a carriage return inside the line"),
        (b"abc\ndef\ng\xffh\n", Some(3), "no UTF-8"),
        (&long, Some(2), "16777200 octets: a line has at most 16777199"),
    ] {
        let error = read(contents, &RATE).expect_err(says);
        let place = line.map_or("ticks.ndjson".into(), |line: u32| format!("ticks.ndjson:{line}"));
        assert!(error.place.ends_with(&place) && error.message.starts_with(says), "{error}");
        assert_eq!(error.key, "file");
    }
}

#[test]
fn times_that_make_no_plan_are_refused_with_their_line() {
    for (contents, line, says) in [
        (at(&[5, 7, 4]), Some(3), "3 ms earlier than line 2: the lines must stand in the order of `t`"),
        (at(&[5]), None, "no time passes from the first line to the last: give a `rate`"),
        (at(&[5, 5, 5]), None, "no time passes from the first line to the last: give a `rate`"),
        (b"{\"t\":1}\n{\"u\":2}\n".to_vec(), Some(2), "no field `t`"),
        (b"{\"t\":1}\n{\"t\":2\n".to_vec(), Some(2), "no JSON (column 6), so it has no `t`"),
    ] {
        let error = read(&contents, &recorded(1.0)).expect_err(says);
        let place = line.map_or("ticks.ndjson".into(), |line: u32| format!("ticks.ndjson:{line}"));
        assert!(error.place.ends_with(&place) && error.message.starts_with(says), "{error}");
        assert_eq!(error.key, "timestamp");
    }
    // two ends of time
    let contents = b"{\"t\":-9223372036854775808}\n{\"t\":9223372036854775807}\n";
    assert!(read(contents, &recorded(1e-6)).is_ok_and(|lines| lines.due(true).take(5).is_sorted()));
}

#[test]
fn what_is_no_file_is_refused() {
    let (folder, path) = file(b"abc");
    let name = |path: &Path| path.to_str().expect("text").to_owned();
    for (file, says) in [
        (name(folder.path()), "no regular file"),
        (name(&path.with_extension("json")), "No such file"),
        (name(&path.join("below")), "Not a directory"),
        ("sample:tikcer".into(), "no such sample; there is `sample:ticker`"),
    ] {
        let error = Lines::read(&file, &RATE).expect_err(says).to_string();
        assert!(error.starts_with(&format!("{file}: {says}")), "{error}");
    }
    let huge = std::fs::File::create(&path).expect("the folder is ours");
    huge.set_len(MAX_OCTETS as u64 + 1).expect("a hole takes no space");
    let error = Lines::read(&name(&path), &RATE).expect_err("too large").to_string();
    assert!(error.ends_with("256 MiB: replay a part of at most 256 MiB"), "{error}");
}

#[test]
fn what_the_server_keeps_is_what_is_due_within_the_retention() {
    let lines = read(&at(&[0, 1, 2, 3, 50, 51, 99]), &recorded(1.0)).expect("valid");
    let (short, long) = (update::line_len(7) as u64, update::line_len(8) as u64);
    let kept = |repeat, feed_ms, span_ms| {
        let (replay, _) = lines.describe(repeat, feed_ms * MILLISECOND, 1000).expect("long enough");
        lines.kept(&replay, span_ms * MILLISECOND)
    };
    assert_eq!(kept(false, 99, 2), 3 * short);
    assert_eq!(kept(false, 99, 10), 4 * short);
    assert_eq!(kept(false, 99, 50), 3 * short + 2 * long);
    // a pass lasts 99 + 16.5 ms
    assert_eq!(kept(true, 300, 115), 4 * short + 3 * long);
    assert_eq!(kept(true, 300, 116), 4 * short + 4 * long);
}
