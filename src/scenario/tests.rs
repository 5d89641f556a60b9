//! What a scenario accepts, expands to and refuses.

use super::*;
use crate::clock::SECOND;
use crate::link::Level;
use crate::plan::PlannedUpdates;
use crate::schedule::Schedule;
use crate::trial::{IDLE_NS, SETTLE_NS};

/// One without a link, with nothing beside it.
const QUICK: &str = include_str!("tests/plain.toml");

fn parse(text: &str) -> Result<Scenario, Invalid> {
    Scenario::parse(Path::new("scenarios/07-mine.toml"), text, &Overrides::default())
}

fn changed(from: &str, to: &str) -> String {
    assert!(QUICK.contains(from), "{from}");
    parse(&QUICK.replacen(from, to, 1)).expect_err(to).to_string()
}

#[test]
fn the_default_fits_into_a_minute_and_two_fifths_of_it_are_steady() {
    let (path, text) = (Path::new("00-quick.toml"), shipped::DEFAULT.text);
    let quick = Scenario::parse(path, text, &Overrides::default()).expect("it is ours");
    assert_eq!((quick.name.as_str(), quick.trials.len(), quick.beside), ("quick", 10, 5));
    assert_eq!([1, 2, 3].map(|block| quick.block(block).len()), [10, 5, 5]);
    assert_eq!(quick.planned_trials(), 20);
    let steady: Nanos = (1..=3).flat_map(|block| quick.block(block)).map(|trial| trial.windows.steady_ns).sum();
    assert!(quick.planned_ns() <= 60 * SECOND, "{}", quick.planned_ns());
    assert!(steady * 5 >= quick.planned_ns() * 2, "{steady}");
    let near = Overrides { rtt_ns: Some(0), ..Overrides::default() };
    let near = Scenario::parse(path, text, &near).expect("valid");
    assert_eq!((near.trials.len(), near.beside), (5, 0), "what a flag says has no other value beside it");
}

#[test]
fn a_block_is_every_trial_once_with_one_feed_in_an_order_of_its_own() {
    let quick = parse(QUICK).expect("it is ours");
    assert_eq!(quick.name, "mine");
    let names = |block| quick.block(block).iter().map(|trial| trial.transport).collect::<Vec<_>>();
    assert_eq!(names(1), names(1));
    assert!((2..9).any(|block| names(block) != names(1)));
    for block in 1..4 {
        let trials = quick.block(block);
        assert!(trials.iter().all(|trial| trial.feed.seed == trials[0].feed.seed));
        let mut sorted = names(block);
        sorted.sort();
        assert_eq!(sorted, Transport::ALL);
    }
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let line = |needle: &str| 1 + QUICK[..QUICK.find(needle).expect("there")].matches('\n').count();
    for (from, to, key, says) in [
        ("clients = 200", "clients = 0", "clients = 200", "clients: at least one client"),
        ("clients = 200", "clinets = 100", "clients = 200", "unknown field `clinets`"),
        ("rate = 25 ", "rate = 0 ", "rate = 25", "feed.rate: 0: updates per second"),
        ("payload = \"100 B\"", "payload = 19", "payload", "feed.payload: 19 B: an update is 20 B"),
        ("payload = \"100 B\"", "payload = \"big\"", "payload", "`big`: a size such as `100 B` or `4KiB`"),
        ("\"2100ms\"", "\"2100\"", "steady", "`2100`: a duration with its unit such as `250ms`"),
        ("\"poisson\"", "\"bursts\"", "[feed]", "feed.size: this schedule needs it"),
        ("\"sse\"", "\"sses\"", "transports", "no transport `sses`"),
        ("hold = \"30s\"", "hold = \"3m\"", "hold = \"30s\"", "long-polling.hold: a poll is held for 1ms to 120s"),
        ("clients = 200", "clients = 4000000000", "clients = 200", "deliveries a trial"),
    ] {
        let error = changed(from, to);
        assert!(error.starts_with(&format!("scenarios/07-mine.toml:{}: ", line(key))), "{to}: {error}");
        assert!(error.contains(says), "{to}: {error}");
    }
}

#[test]
fn the_command_line_overrides_and_is_blamed() {
    let overrides = Overrides { clients: Some(0), ..Overrides::default() };
    let error = Scenario::parse(Path::new("x.toml"), QUICK, &overrides).expect_err("no clients").to_string();
    assert_eq!(error, "--clients: at least one client");
    let overrides = Overrides {
        rate: Some(7.0),
        transports: Some(vec![Transport::Sse]),
        duration_ns: Some(5 * SECOND),
        ..Overrides::default()
    };
    let scenario = Scenario::parse(Path::new("x.toml"), QUICK, &overrides).expect("valid");
    assert_eq!(scenario.trials.len(), 1);
    assert_eq!(scenario.trials[0].feed.schedule, Schedule::Poisson { rate: 7.0 });
    assert_eq!(scenario.trials[0].windows.steady_ns, 5 * SECOND);
}

#[test]
fn only_keys_under_sweep_expand() {
    let text = format!(
        "{QUICK}\n[sweep]\nclients = [1, 10]\nfeed.rate = [5, 50.0]\n[sweep.polling]\ninterval = [\"100ms\", \"1s\", \"2s\"]\n"
    );
    let scenario = parse(&text).expect("valid");
    let count = |transport| scenario.trials.iter().filter(|trial| trial.transport == transport).count();
    assert_eq!(Transport::ALL.map(count), [12, 4, 4, 4, 4]);
    let rates: Vec<_> = scenario
        .trials
        .iter()
        .filter(|t| t.transport == Transport::Sse)
        .map(|t| (t.clients, t.feed.schedule.rate()))
        .collect();
    assert_eq!(rates, [(1, 5.0), (10, 5.0), (1, 50.0), (10, 50.0)]);
    assert_eq!(scenario.planned_trials(), 28 * 3);
}

#[test]
fn a_link_is_a_preset_and_what_stands_beside_it() {
    let links = |more: &str, overrides: &Overrides| {
        let text = format!("{QUICK}\n{more}\n");
        let scenario = Scenario::parse(Path::new("x.toml"), &text, overrides).expect(more);
        let sse = scenario.trials.into_iter().filter(|trial| trial.transport == Transport::Sse);
        sse.map(|trial| (trial.link, trial.windows.drain_ns)).collect::<Vec<_>>()
    };
    let none = Overrides::default();
    let usual = SETTLE_NS + IDLE_NS;
    let loopback = links("[link]", &none);
    assert_eq!((loopback[0].0.is_none(), loopback[0].1), (true, usual));
    let (far, drain_ns) = links("[link]\npreset = \"4g\"\nrtt = \"60ms\"\njitter = \"2ms\"", &none)[0];
    assert_eq!((far.rtt_ns, far.bandwidth, far.level), (60 * MILLISECOND, Some(9_000_000), Level::Portable));
    assert_eq!(drain_ns, usual + 32 * MILLISECOND + far.occupied_ns(100));
    let sweep = "[link]\nrtt = \"40ms\"\n[sweep]\nlink.preset = [\"loopback\", \"lan\"]\nlink.loss = [0, 0.01]";
    let levels: Vec<_> = links(sweep, &none).iter().map(|(link, _)| (link.bandwidth, link.level)).collect();
    let lan = Some(1_000_000_000);
    assert_eq!(
        levels,
        [(None, Level::Portable), (None, Level::Packets), (lan, Level::Portable), (lan, Level::Packets)]
    );
    let by_flag = Overrides { preset: Some(Preset::Satellite), ..Overrides::default() };
    let all = links(sweep, &by_flag);
    assert_eq!((all.len(), all[0].0), (1, Preset::Satellite.link()), "a preset stands in place of all of it");
    let nearer = Overrides { rtt_ns: Some(MILLISECOND), link: Some(Wanted::Packets), ..by_flag };
    assert_eq!(
        links("", &nearer)[0].0,
        crate::link::Link { rtt_ns: MILLISECOND, level: Level::Packets, ..crate::link::Link::default() }
    );
}

#[test]
fn keys_can_go_in_step_and_the_command_line_ends_a_sweep() {
    let text = format!(
        "{QUICK}\n[sweep]\nclients = [100, 1]\nfeed.rate = [1, 100]\ntogether = [[\"clients\", \"feed.rate\"]]\n"
    );
    let points = |scenario: Scenario| {
        let sse = scenario.trials.into_iter().filter(|trial| trial.transport == Transport::Sse);
        sse.map(|trial| (trial.clients, trial.feed.schedule.rate())).collect::<Vec<_>>()
    };
    assert_eq!(points(parse(&text).expect("valid")), [(100, 1.0), (1, 100.0)]);
    let overrides = Overrides { clients: Some(7), ..Overrides::default() };
    let scenario = Scenario::parse(Path::new("x.toml"), &text, &overrides).expect("valid");
    assert_eq!(points(scenario), [(7, 1.0), (7, 100.0)]);
}

#[test]
fn nonsense_in_a_sweep_is_refused_with_its_place() {
    let lines = QUICK.lines().count();
    for (sweep, line, says) in [
        ("clients = [1, 0]", 2, "sweep.clients[1]: at least one client"),
        ("clients = []", 2, "sweep.clients: a list of values, at least one"),
        ("clients = 5", 2, "sweep.clients: a list of values"),
        ("clinets = [1]", 2, "sweep.clinets[0]: unknown field `clinets`"),
        ("feed.rate = [1, \"often\"]", 2, "sweep.feed.rate[1]: invalid type"),
        ("seed = [1, 2]", 2, "sweep.seed: is the whole scenario's"),
        ("clients = [1, 2]\nfeed.rate = [1]\ntogether = [[\"clients\", \"feed.rate\"]]", 4, "they go in step"),
        ("together = [[\"clients\"]]", 2, "`clients` is not swept"),
        ("together = [\"clients\"]", 2, "a list of lists of keys"),
    ] {
        let error = parse(&format!("{QUICK}\n[sweep]\n{sweep}\n")).expect_err(sweep).to_string();
        assert!(error.contains(says), "{sweep}: {error}");
        assert!(error.starts_with(&format!("scenarios/07-mine.toml:{}", lines + line + 1)), "{sweep}: {error}");
    }
}

#[test]
fn an_error_beside_a_sweep_still_has_its_line() {
    let text = format!("{}\n[sweep]\nclients = [1]\n", QUICK.replacen("rate = 25", "raet = 25", 1));
    let line = 1 + text[..text.find("raet").expect("there")].matches('\n').count();
    let error = parse(&text).expect_err("a misspelt key").to_string();
    assert!(error.starts_with(&format!("scenarios/07-mine.toml:{line}: ")), "{error}");
}

#[test]
fn where_a_key_stands_is_known_of_every_key() {
    for (table, keys) in source::KEYS {
        let stray = match table {
            "" => "stray = 1\n".into(),
            "fault" => "[[fault]]\nstray = 1\n".into(), // there can be several
            table => format!("[{table}]\nstray = 1\n"),
        };
        let error = parse(&stray).expect_err("no such key").to_string();
        let (_, expected) = error.split_once("expected ").expect("the right ones");
        let expected = expected.split(';').next().expect("all that is before what may be meant");
        let named: Vec<_> = expected.split('`').skip(1).step_by(2).collect();
        let tables = source::KEYS.iter().map(|(table, _)| *table).filter(|table| !table.is_empty());
        let beside: Vec<_> = if table.is_empty() { tables.chain(["beside", "sweep"]).collect() } else { Vec::new() };
        assert_eq!(named, [keys, &beside[..]].concat(), "{error}");
    }
}

#[test]
fn every_shipped_scenario_can_print_its_medians() {
    for shipped in shipped::ALL {
        let scenario =
            Scenario::parse(Path::new(shipped.path), shipped.text, &Overrides::default()).expect(shipped.name);
        assert_eq!(scenario.name, shipped.name);
        assert!(scenario.planned_ns() <= 20 * 60 * SECOND, "{}", shipped.name);
        for trial in (1..=scenario.repeats).flat_map(|block| scenario.block(block)) {
            let windows = trial.windows;
            let updates = PlannedUpdates::of(&trial.feed).expect("it was read just now");
            let due = updates.due().take_while(|&at| at < windows.feed_ns());
            let distinct = due.filter(|&at| at >= windows.warmup_ns).count() as u64;
            let deliveries = distinct * u64::from(trial.clients);
            assert_eq!(crate::stats::too_few(0.5, deliveries, distinct), None, "{}: {trial:?}", shipped.name);
            if trial.transport == Transport::Polling {
                let period = trial.polling.interval_ns;
                assert!(
                    windows.steady_ns.is_multiple_of(period) && windows.steady_ns / period >= 5,
                    "{}",
                    shipped.name
                );
            }
        }
    }
}
