//! Two sides held against each other: byte for byte as in `golden`, by what must hold of every comparison, and from the
//! command line.

mod invented;

use invented::folder;
use pushbench::clock::SECOND;
use pushbench::histogram::Histogram;
use pushbench::kind::{Carrier, Transport};
use pushbench::record::{Failure, Measured, Outcome, Paired, Record, Side, TrialLine};
use pushbench::report::compare::{self, Basis, Comparison, Incomparable, Named, Worse};
use pushbench::report::terminal::Style;
use pushbench::trial::{Fault, Trial};
use serde_json::Value;

const PLAIN: Style = Style { color: false, width: Some(100) };

/// The record that all others are held against.
fn old() -> Record {
    Record::read(&folder().join("quick.ndjson")).expect("the committed record")
}

fn measured(line: &mut TrialLine) -> &mut Measured {
    match &mut line.outcome {
        Outcome::Measured(measured) => measured,
        Outcome::Error(failure) => panic!("{failure:?}"),
    }
}

fn slower(measured: &mut Measured, times: f64) {
    measured.probes = None; // they are among those that are changed
    for second in &mut measured.load.latency {
        let before = Histogram::from_text(second).expect("a histogram");
        let mut after = Histogram::default();
        for (ns, count) in before.counts() {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // nanoseconds
            after.record_many((ns as f64 * times) as u64, count);
        }
        *second = after.to_text();
    }
}

/// `each` transport's trials, changed.
fn changed(mut record: Record, transport: Transport, change: impl Fn(&mut TrialLine)) -> Record {
    record.trials.iter_mut().filter(|line| line.trial.transport == transport).for_each(change);
    record
}

/// Another build: websocket's latency is half as much again, long polling takes a tenth more CPU, an event three octets more;
/// and each trial differs from its like by a part of a percent.
fn new() -> Record {
    let mut new = old();
    for line in &mut new.trials {
        let (block, transport) = (line.block, line.trial.transport);
        let chance = (i64::from(block) * 7 + transport as i64 * 5) % 11 - 5;
        let half = if transport == Transport::Websocket { 1.5 } else { 1.0 };
        slower(measured(line), half * (1.0 + 0.001 * chance as f64));
        let tenth = if transport == Transport::LongPolling { 100 } else { 0 };
        let cpu = &mut measured(line).serve.steady.cpu_ns;
        *cpu = cpu.saturating_add_signed(*cpu as i64 * (tenth + chance / 2) / 1000);
    }
    new = changed(new, Transport::Sse, |line| {
        let steady = &mut measured(line).load.phases.steady;
        steady.down += 3 * steady.updates;
    });
    new.trials.retain(|line| line.trial.transport != Transport::RawTcp);
    new.header.started_unix_ms += 86_400_000;
    new.header.revision = Some("fedcba987654".into());
    new
}

/// On another kernel, with another compiler, and longer.
fn elsewhere() -> Record {
    let mut elsewhere = new();
    elsewhere.header.environment.kernel = Some("Linux 6.19.1".into());
    elsewhere.header.environment.rustc = Some("rustc 1.96.0".into());
    elsewhere.trials.iter_mut().for_each(|line| line.trial.windows.warmup_ns *= 2);
    elsewhere
}

fn interleaved(mut record: Record, side: Side) -> Record {
    record.header.paired = Some(Paired { run: "2026-11-21T01:51:00Z 4711".into(), side });
    record
}

fn against(old: &Record, new: &Record) -> Comparison {
    let (old, new) = (Named { name: "results/old", record: old }, Named { name: "results/new", record: new });
    compare::of(&[old], &[new]).expect("they compare")
}

fn json(comparison: &Comparison) -> Value {
    serde_json::from_str(&compare::json::render(comparison)).expect("JSON")
}

/// Each row's figures: `websocket p50`, and what JSON says of it.
fn figures(comparison: &Comparison) -> Vec<(String, Value)> {
    let json = json(comparison);
    let mut all = Vec::new();
    for row in json["rows"].as_array().expect("rows") {
        for (key, figure) in row["figures"].as_object().expect("figures") {
            all.push((format!("{} {key}", row["row"].as_str().expect("its name")), figure.clone()));
        }
    }
    all
}

fn figure(comparison: &Comparison, name: &str) -> Value {
    figures(comparison).into_iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name}")).1
}

fn verdict(comparison: &Comparison, name: &str) -> String {
    figure(comparison, name)["verdict"].as_str().expect("a verdict").to_owned()
}

#[test]
fn the_comparisons_are_the_committed_ones() {
    let (before, after) = (interleaved(old(), Side::Old), interleaved(new(), Side::New));
    let paired = against(&before, &after);
    invented::compare("compare.100.txt", &compare::terminal::render(&paired, &PLAIN));
    invented::compare("compare.md", &compare::markdown::render(&paired));
    invented::compare("compare.json", &compare::json::render(&paired));
    invented::compare("compare.html", &compare::html::render(&paired).expect("a page"));
    let apart = against(&old(), &elsewhere());
    invented::compare("compare-apart.100.txt", &compare::terminal::render(&apart, &PLAIN));
    invented::compare("compare-apart.html", &compare::html::render(&apart).expect("a page"));
}

#[test]
fn what_was_changed_is_found_and_nothing_else() {
    let (before, after) = (interleaved(old(), Side::Old), interleaved(new(), Side::New));
    let comparison = against(&before, &after);
    assert_eq!(comparison.basis(), Basis::Blocks);
    assert_eq!(comparison.differences(), []);
    for (name, told) in [
        ("websocket p50", "slower"),
        ("websocket p90", "slower"),
        ("websocket p99", "slower"),
        ("websocket max", "slower"),
        ("websocket p999", "cannot-be-compared"),
        ("websocket bytes", "exactly-equal"),
        ("websocket cpu", "no-difference-shown"),
        ("long-polling cpu", "more"),
        ("long-polling p50", "no-difference-shown"),
        ("sse bytes", "exactly-more"),
        ("sse wire", "exactly-more"),
        ("sse requests", "exactly-equal"),
        ("sse idle", "cannot-be-compared"),
    ] {
        assert_eq!(verdict(&comparison, name), told, "{name}");
    }
    let ratio = |name: &str| figure(&comparison, name)["ratio"].as_f64().expect("a ratio");
    assert!((ratio("websocket p50") - 1.5).abs() < 0.01 && (ratio("long-polling cpu") - 1.1).abs() < 0.001);
    assert_eq!(figure(&comparison, "sse bytes")["told"], "exactly 3 B more");
    assert_eq!(figure(&comparison, "sse bytes")["p"], Value::Null);
    let text = compare::terminal::render(&comparison, &PLAIN);
    assert!(text.contains("Only in OLD, and not compared: raw-tcp (floor)."), "{text}");
}

#[test]
fn on_different_occasions_nothing_is_faster_or_slower() {
    let comparison = against(&old(), &elsewhere());
    assert_eq!(comparison.basis(), Basis::Occasions);
    assert_eq!(verdict(&comparison, "websocket p50"), "differs-between-occasions");
    assert_eq!(verdict(&comparison, "sse bytes"), "exactly-more");
    for (name, figure) in figures(&comparison) {
        let told = figure["verdict"].as_str().expect("a verdict");
        assert!(!["faster", "slower", "less", "more"].contains(&told), "{name}: {told}");
    }
    let whats: Vec<&str> = comparison.differences().iter().map(|difference| difference.what.as_str()).collect();
    assert_eq!(whats, ["the system", "the compiler", "warm-up"]);
    assert!(comparison.worse_than(0.05).is_err());
    for text in [
        compare::terminal::render(&comparison, &PLAIN),
        compare::markdown::render(&comparison),
        compare::html::render(&comparison).expect("a page"),
        compare::json::render(&comparison),
    ] {
        let plain = text.replace("&#x2f;", "/").split_whitespace().collect::<Vec<_>>().join(" ");
        for said in ["taken on different occasions", "Linux 6.19.1", "rustc 1.96.0", "warm-up"] {
            assert!(plain.contains(said), "{said}: {plain}");
        }
    }
}

#[test]
fn a_record_is_like_itself() {
    for record in [old(), Record::read(&folder().join("sweep.ndjson")).expect("the committed record")] {
        for (old, new) in [
            (record.clone(), record.clone()),
            (interleaved(record.clone(), Side::Old), interleaved(record.clone(), Side::New)),
        ] {
            for (name, figure) in figures(&against(&old, &new)) {
                let told = figure["verdict"].as_str().expect("a verdict");
                let alike = ["exactly-equal", "no-difference-shown", "cannot-be-compared"].contains(&told);
                assert!(alike && figure["ratio"].as_f64().is_none_or(|r| (r - 1.0).abs() < 1e-12), "{name}: {figure}");
            }
        }
    }
}

#[test]
fn the_other_way_round_everything_is_turned() {
    let turned = |told: &str| {
        match told {
            "faster" => "slower",
            "slower" => "faster",
            "more" => "less",
            "less" => "more",
            "exactly-more" => "exactly-less",
            "exactly-less" => "exactly-more",
            same => same,
        }
        .to_owned()
    };
    let (before, after) = (interleaved(old(), Side::Old), interleaved(new(), Side::New));
    for (one, other) in [
        (against(&before, &after), against(&after, &before)),
        (against(&old(), &new()), against(&new(), &old())),
        (
            compare::transports(Named { name: "a", record: &old() }, Transport::Polling, Transport::Sse).expect("both"),
            compare::transports(Named { name: "a", record: &old() }, Transport::Sse, Transport::Polling).expect("both"),
        ),
    ] {
        for ((name, there), (_, back)) in figures(&one).into_iter().zip(figures(&other)) {
            let told = |figure: &Value| figure["verdict"].as_str().expect("a verdict").to_owned();
            assert_eq!(turned(&told(&there)), told(&back), "{name}");
            for (key, mirror) in [("ratio", "ratio"), ("low", "high"), ("high", "low")] {
                if let (Some(there), Some(back)) = (there[key].as_f64(), back[mirror].as_f64()) {
                    assert!((there * back - 1.0).abs() < 1e-9, "{name} {key}: {there} {back}");
                }
            }
            for key in ["p", "p_adjusted", "detectable"] {
                let (there, back) = (there[key].as_f64(), back[key].as_f64());
                assert_eq!(there.is_some(), back.is_some(), "{name} {key}");
                assert!(there.zip(back).is_none_or(|(a, b)| (a - b).abs() < 1e-9), "{name} {key}: {there:?} {back:?}");
            }
        }
    }
}

/// `count` records of one side, on occasions that differ by a few percent, `times` as slow.
fn occasions(count: u32, times: f64, first: u64) -> Vec<Record> {
    let occasion = |place: u32| {
        let mut record = old();
        record.header.started_unix_ms += 1000 * (first + 2 * u64::from(place));
        let machine = 1.0 + 0.03 * (f64::from(place) - 1.0);
        for transport in Transport::ALL {
            record = changed(record, transport, |line| {
                slower(measured(line), machine * if transport == Transport::Sse { times } else { 1.0 });
            });
        }
        record
    };
    (0..count).map(occasion).collect()
}

fn side(records: &[Record]) -> Vec<Named<'_>> {
    records.iter().map(|record| Named { name: "a record", record }).collect()
}

#[test]
fn three_occasions_a_side_can_show_who_is_slower() {
    let (before, after) = (occasions(4, 1.0, 0), occasions(4, 2.0, 1));
    let comparison = compare::of(&side(&before), &side(&after)).expect("they compare");
    assert_eq!(comparison.basis(), Basis::Records);
    assert_eq!(verdict(&comparison, "sse p50"), "slower");
    assert_eq!(verdict(&comparison, "websocket p50"), "no-difference-shown");
    assert_eq!(figure(&comparison, "sse p50")["observed_old"].as_array().map(Vec::len), Some(4));
    assert_eq!(verdict(&comparison, "sse bytes"), "exactly-equal");
    let few = compare::of(&side(&before[..2]), &side(&after)).expect("they compare");
    assert_eq!(few.basis(), Basis::Occasions);
    assert!(few.worse_than(0.05).is_err());
    let late = occasions(4, 2.0, 100);
    let text = compare::terminal::render(&compare::of(&side(&before), &side(&late)).expect("they compare"), &PLAIN);
    assert!(text.contains("All records of one side are older"), "{text}");
    let twice = [before[0].clone(), before[0].clone()];
    assert!(matches!(compare::of(&side(&twice), &side(&after)), Err(Incomparable::Twice { .. })));
    let mut mixed = after;
    mixed[0] = before[0].clone();
    assert!(matches!(compare::of(&side(&before), &side(&mixed)), Err(Incomparable::Both { .. })));
}

#[test]
fn more_occasions_do_not_show_less() {
    for count in 5..9 {
        let (before, after) = (occasions(count, 1.0, 0), occasions(count, 10.0, 1));
        let comparison = compare::of(&side(&before), &side(&after)).expect("they compare");
        assert_eq!(verdict(&comparison, "sse p50"), "slower", "{count} records a side");
        let judged = comparison.worse_than(0.05).expect("it can be said");
        let sse = judged.iter().find(|judged| judged.row == "sse" && judged.figure == "p50").expect("it is there");
        assert_eq!(sse.worse, Worse::Shown, "{count} records a side: {sse:?}");
    }
}

/// What the gate finds of each figure whose name begins with `row`, where the new side's trials of that transport are `change`d.
fn gated(row: &str, old: Record, change: impl Fn(&mut TrialLine)) -> Vec<(String, Worse)> {
    let transport: Transport = row.parse().expect("a transport");
    let new = changed(old.clone(), transport, change);
    let judged = against(&interleaved(old, Side::Old), &interleaved(new, Side::New)).worse_than(0.05);
    let judged = judged.expect("it can be said").into_iter().filter(|judged| judged.row == row);
    judged.map(|judged| (judged.figure.to_owned(), judged.worse)).collect()
}

fn of<'w>(found: &'w [(String, Worse)], figure: &str) -> &'w Worse {
    &found.iter().find(|(name, _)| name == figure).unwrap_or_else(|| panic!("{figure}: {found:?}")).1
}

#[test]
fn a_gate_fails_where_trials_fail_that_did_not() {
    let fails = |line: &mut TrialLine| {
        let reason = Failure { reason: "load ended early".into(), last_words: String::new() };
        line.outcome = Outcome::Error(reason);
    };
    let some = gated("websocket", old(), |line| {
        if line.block > 1 {
            fails(line)
        }
    });
    assert_eq!(*of(&some, "trials"), Worse::Failed);
    assert!(gated("websocket", old(), |_| {}).iter().all(|(figure, _)| figure != "trials"));
    // as many as before is no change, nor is it where more were made
    let one = changed(old(), Transport::Websocket, |line| {
        if line.block == 1 {
            fails(line)
        }
    });
    assert!(gated("websocket", one, |_| {}).iter().all(|(figure, _)| figure != "trials"));
}

fn lose(line: &mut TrialLine, lost: u64) {
    let accounting = &mut measured(line).load.accounting;
    accounting.lost_deadline = lost;
    accounting.delivered = accounting.expected - lost;
}

#[test]
fn a_gate_fails_where_updates_are_lost_that_were_not() {
    let lost = |old: Record, change: &dyn Fn(&mut TrialLine)| of(&gated("websocket", old, change), "lost").clone();
    assert_eq!(lost(old(), &|line| lose(line, 3000)), Worse::Shown);
    // one that was lost before hides nothing, and a few that are lost now and then show nothing
    let once = changed(old(), Transport::Websocket, |line| lose(line, u64::from(line.block == 2)));
    assert_eq!(lost(once.clone(), &|line| lose(line, 3000 - 7 * u64::from(line.block))), Worse::Shown);
    assert_eq!(lost(once, &|line| lose(line, u64::from(line.block == 3))), Worse::NotShown);
    assert_eq!(lost(old(), &|_| {}), Worse::NotShown);
}

#[test]
fn a_gate_takes_an_old_bound_for_the_most_that_there_was() {
    let little = || changed(old(), Transport::Websocket, |line| measured(line).serve.steady.cpu_ns = 40_000_000);
    let busy =
        |line: &mut TrialLine| measured(line).serve.steady.cpu_ns = 1_000_000_000 + 1_000_000 * u64::from(line.block);
    assert_eq!(*of(&gated("websocket", little(), busy), "cpu"), Worse::Shown);
    // above the bound by chance: who was below it may have been anywhere
    let hardly =
        |line: &mut TrialLine| measured(line).serve.steady.cpu_ns = 50_000_000 + 9_000_000 * u64::from(line.block % 2);
    assert!(matches!(of(&gated("websocket", little(), hardly), "cpu"), Worse::Untold(_)));
    assert!(matches!(of(&gated("websocket", little(), |_| {}), "cpu"), Worse::Unknown(_)));
    // of nothing there is no ratio, and two trials of three do not show that it is more
    let asks = |line: &mut TrialLine| measured(line).load.phases.steady.requests = u64::from(line.block % 2) * 100;
    assert_eq!(*of(&gated("websocket", old(), asks), "requests"), Worse::NotShown);
}

#[test]
fn what_a_report_doubts_a_comparison_doubts_too() {
    let mut drifting = old();
    let block: Vec<TrialLine> = drifting.trials.iter().filter(|line| line.block == 1).cloned().collect();
    drifting.trials = (1..=9u32)
        .flat_map(|number| block.iter().cloned().map(move |line| (number, line)))
        .zip(1..)
        .map(|((number, mut line), order)| {
            (line.block, line.order) = (number, order);
            slower(measured(&mut line), 1.0 + 0.1 * f64::from(number));
            line
        })
        .collect();
    let text = compare::terminal::render(&against(&old(), &drifting), &PLAIN);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("p50 rose over the run"), "{text}");
}

#[test]
fn a_gate_fails_on_what_is_worse_by_more_than_it_allows() {
    let (before, after) = (interleaved(old(), Side::Old), interleaved(new(), Side::New));
    let comparison = against(&before, &after);
    let worse = |share: f64| -> Vec<String> {
        let judged = comparison.worse_than(share).expect("it can be said");
        let shown = judged.iter().filter(|judged| judged.worse == Worse::Shown);
        shown.map(|judged| format!("{} {}", judged.row, judged.figure)).collect()
    };
    let latencies = ["websocket p50", "websocket p90", "websocket p99", "websocket max"];
    let all = worse(0.0);
    assert!(
        latencies
            .iter()
            .chain(&["long-polling cpu", "sse bytes", "sse wire"])
            .all(|name| all.iter().any(|f| f == name)),
        "{all:?}"
    );
    assert_eq!(all.len(), 7, "{all:?}");
    // 3 B of 122 are 2.5 %, of 226 on the wire 1.3 %
    assert!(worse(0.02).iter().any(|figure| figure == "sse bytes"));
    assert!(!worse(0.02).iter().any(|figure| figure == "sse wire"));
    assert_eq!(worse(0.2), latencies);
    assert_eq!(worse(0.6), [""; 0]);
    // what cannot be compared is neither
    let judged = comparison.worse_than(0.05).expect("it can be said");
    let unknown = judged.iter().find(|judged| judged.row == "sse" && judged.figure == "idle").expect("it is there");
    assert!(matches!(unknown.worse, Worse::Unknown(_)));
    let turned = against(&after, &before).worse_than(0.0).expect("it can be said");
    assert!(turned.iter().all(|judged| judged.worse != Worse::Shown), "{turned:?}");
}

#[test]
fn a_gate_fails_on_what_has_no_number_any_more() {
    let failed = changed(new(), Transport::Websocket, |line| {
        line.outcome = Outcome::Error(Failure { reason: "load ended early".into(), last_words: String::new() });
    });
    let [before, after] = [(old(), Side::Old), (failed, Side::New)].map(|(record, side)| interleaved(record, side));
    let comparison = against(&before, &after);
    let judged = comparison.worse_than(0.05).expect("the others can be told");
    let lost = |name: &str| {
        let figure =
            judged.iter().find(|judged| format!("{} {}", judged.row, judged.figure) == name).expect("a figure");
        matches!(figure.worse, Worse::Lost(_))
    };
    assert!(lost("websocket p50") && lost("websocket bytes") && !lost("sse p50"), "{judged:?}");
    assert_eq!(comparison.gone.as_deref(), Some("raw-tcp (floor)"));
    let back = against(&after, &before);
    assert!(back.worse_than(0.05).expect("as above").iter().all(|judged| !matches!(judged.worse, Worse::Lost(_))));
    assert_eq!(back.gone, None);
}

#[test]
fn nothing_is_said_of_fewer_than_three_blocks() {
    let two = |record: Record, side| {
        let mut record = interleaved(record, side);
        record.trials.retain(|line| line.block <= 2);
        record
    };
    let reason = against(&two(old(), Side::Old), &two(new(), Side::New)).worse_than(0.05).expect_err("too few");
    assert!(reason.contains("nothing was measured 3 times"), "{reason}");
}

#[test]
fn rows_of_a_sweep_are_held_against_those_at_their_point() {
    let sweep = Record::read(&folder().join("sweep.ndjson")).expect("the committed record");
    let some = {
        let mut some = sweep.clone();
        let least = some.trials.iter().map(|line| line.trial.clients).min().expect("trials");
        some.trials.retain(|line| line.trial.clients == least);
        some
    };
    let (all, part) = (json(&against(&sweep, &sweep)), json(&against(&sweep, &some)));
    let rows = |json: &Value| json["rows"].as_array().map_or(0, Vec::len);
    assert!(rows(&part) > 0 && rows(&part) < rows(&all), "{} of {}", rows(&part), rows(&all));
    for width in [60, 80, 100, 140] {
        let style = Style { width: Some(width), ..PLAIN };
        for comparison in [against(&sweep, &some), against(&old(), &elsewhere())] {
            let text = compare::terminal::render(&comparison, &style);
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}:\n{text}");
        }
    }
}

#[test]
fn colour_is_where_a_difference_is_shown() {
    let colours = |new: &Record| {
        let coloured = compare::terminal::render(&against(&old(), new), &Style { color: true, ..PLAIN });
        ["\x1b[38;5;160m", "\x1b[38;5;29mfaster", "\x1b[38;5;32mdiffers"].map(|code| coloured.matches(code).count())
    };
    assert_eq!(colours(&old()), [0, 0, 0]);
    assert!(colours(&new())[2] > 0);
}

#[test]
fn what_is_not_alike_is_refused_or_named() {
    let nothing = changed(old(), Transport::Sse, |_| {});
    let mut only_sse = nothing.clone();
    only_sse.trials.retain(|line| line.trial.transport == Transport::Sse);
    let mut no_sse = nothing;
    no_sse.trials.retain(|line| line.trial.transport != Transport::Sse);
    let (a, b) = (Named { name: "a", record: &only_sse }, Named { name: "b", record: &no_sse });
    let refused = compare::of(&[a], &[b]).expect_err("nothing is alike").to_string();
    assert!(
        refused.starts_with("no row of one has its like in the other: OLD has sse; NEW has polling, "),
        "{refused}"
    );
    assert!(matches!(compare::of(&[], &[b]), Err(Incomparable::Nothing { .. })));
    let missing = compare::transports(b, Transport::Sse, Transport::Polling).expect_err("no sse").to_string();
    assert_eq!(missing, "b: no trial of sse in it; there are polling, long-polling, websocket, raw-tcp");
    // more clients are another question, but one that may be asked
    let mut more = old();
    more.trials.iter_mut().for_each(|line| line.trial.clients = 200);
    let comparison = against(&old(), &more);
    let found = comparison.differences().iter().find(|difference| difference.what == "clients").expect("it is told");
    assert_eq!((found.old.as_str(), found.new.as_str(), &found.rows), ("100 clients", "200 clients", &None));
    // what only one side has is told as well, and what no column shows by its key, beside what one shows
    let fault = Fault { at_ns: SECOND, freeze_ns: SECOND / 2 };
    let whats = |change: &dyn Fn(&mut Trial)| -> Vec<String> {
        let mut changed = old();
        changed.trials.iter_mut().for_each(|line| change(&mut line.trial));
        against(&old(), &changed).differences().iter().map(|difference| difference.what.clone()).collect()
    };
    assert_eq!(whats(&|trial| trial.clients_per_connection = 10), ["clients_per_connection"]);
    assert_eq!(whats(&|trial| trial.windows.drain_ns += SECOND), ["windows.drain_ns"]);
    let several = |trial: &mut Trial| {
        trial.windows.warmup_ns += SECOND;
        trial.windows.drain_ns += SECOND;
        trial.faults.push(fault);
    };
    assert_eq!(whats(&several), ["stopped", "warm-up", "windows.drain_ns"]);
}

#[test]
fn sharing_is_told_beside_carriers_and_not_swept_with_them() {
    let apart = Record::read(&folder().join("carriers.ndjson")).expect("the committed record");
    let mut shared = apart.clone();
    let h2 = shared.trials.iter_mut().filter(|line| line.trial.carrier.is_h2());
    h2.for_each(|line| line.trial.clients_per_connection = 10);
    let comparison = against(&apart, &shared);
    let whats: Vec<&str> = comparison.differences().iter().map(|difference| difference.what.as_str()).collect();
    assert_eq!((whats, &comparison.gone), (vec!["sharing"], &None));
    assert!(
        figures(&comparison).iter().any(|(name, _)| name == "websocket over h2 p50"),
        "{:?}",
        figures(&comparison)[0]
    );
}

#[test]
fn points_that_differ_in_sharing_alone_are_told_apart() {
    let mut record = old();
    for line in &mut record.trials {
        line.trial.carrier = Carrier::H2;
        line.trial.clients_per_connection = [1, 10, 50][line.block as usize % 3];
    }
    let comparison =
        compare::transports(Named { name: "a", record: &record }, Transport::Sse, Transport::Websocket).expect("both");
    let json = json(&comparison);
    let rows: Vec<&str> = json["rows"].as_array().expect("rows").iter().filter_map(|row| row["row"].as_str()).collect();
    assert_eq!(rows, ["a connection a client", "10 clients a connection", "50 clients a connection"]);
}

#[test]
fn one_trial_a_side_shows_nothing() {
    let mut once = old();
    once.trials.retain(|line| line.block == 1);
    let mut other = new();
    other.trials.retain(|line| line.block == 1);
    for (name, figure) in figures(&against(&once, &other)) {
        let told = figure["verdict"].as_str().expect("a verdict");
        assert!(["no-difference-shown", "cannot-be-compared", "exactly-equal"].contains(&told), "{name}: {figure}");
    }
}

#[test]
fn a_page_of_a_comparison_asks_for_nothing() {
    let mut evil = new();
    evil.header.scenario.question = "<script>alert('\"&')</script>".into();
    evil.header.note = Some("<img src=x onerror=alert(1)>".into());
    let page = compare::html::render(&against(&old(), &evil)).expect("a page");
    let script = include_str!("../src/report/page.js");
    let (before, after) = page.split_once(&format!("<script>{script}</script>")).expect("the page's own script");
    let rest = [before, after].concat().replace("xmlns=\"http://www.w3.org/2000/svg\"", "").replace("url(data:", "");
    assert!(!rest.contains("<script") && !rest.contains("<img"));
    assert!(!["http:", "https:", "src=\"", "@import", "url("].iter().any(|request| rest.contains(request)));
}
