//! Three of a trial's clients have a process of their own: they are there, all is accounted for, and both sides agree.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{Process, calibrated, run_folder, scenario, until};
use pushbench::gap::Gap;
use pushbench::histogram::Histogram;
use pushbench::record::{FILE, Measured, Outcome, Record};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(40);

/// Trials of a little more than a second each.
const SCENARIO: &str = r#"
question = "Whose queue is it?"
transports = TRANSPORTS
clients = CLIENTS
repeats = 1
[feed]
schedule = "periodic"
rate = 100
payload = "100 B"
[phases]
warmup = "0s"
steady = "400ms"
[polling]
interval = "20ms"
"#;

fn toml(transports: &str, clients: u32) -> String {
    SCENARIO.replace("TRANSPORTS", transports).replace("CLIENTS", &clients.to_string())
}

fn record(out: &Path) -> Record {
    Record::read(&run_folder(out).expect("a run").join(FILE)).expect("a record")
}

fn measured(record: &Record) -> impl Iterator<Item = (&str, &Measured)> {
    record.trials.iter().map(|line| match &line.outcome {
        Outcome::Measured(measured) => (line.trial.transport.name(), &**measured),
        Outcome::Error(failure) => panic!("{}: {failure:?}", line.trial.transport),
    })
}

fn len(text: &str) -> u64 {
    Histogram::from_text(text).expect("it is one").len()
}

/// 40 updates of each of `clients` clients, three of them probes.
fn all_is_there(name: &str, measured: &Measured, clients: u64) {
    let load = &measured.load;
    assert!(load.accounting.closes(), "{name}: {:?}", load.accounting);
    assert_eq!(load.accounting.expected, clients * 39, "{name}");
    let recorded: u64 = load.latency.iter().map(|second| len(second)).sum();
    assert_eq!((recorded, len(&load.twin)), (load.accounting.delivered, load.accounting.delivered), "{name}");
    let agreement = measured.agreement;
    assert_eq!((agreement.whole, agreement.equal), (clients, clients), "{name}: {agreement:?}");
    let probes = measured.probes.as_ref().expect(name);
    let which: Vec<u64> = probes.clients.iter().map(|&client| client.into()).collect();
    assert_eq!(which, [1, clients / 2, clients - 1], "{name}");
    assert_eq!((probes.accounting.expected, probes.accounting.closes()), (3 * 39, true), "{name}: {probes:?}");
    assert_eq!(len(&probes.latency), probes.accounting.delivered, "{name}");
    let known = load.oracle.as_ref().is_some_and(|oracle| !oracle.excess.is_empty());
    if if known { len(&probes.excess) >= 60 } else { probes.accounting.delivered == 3 * 39 } {
        let transport = name.parse().expect("a transport");
        assert!(Gap::of(transport, load, probes).expect("histograms").is_some(), "{name}");
    }
    assert!(!measured.timeline.is_empty(), "{name}: the first client is the first that was accepted");
}

#[test]
fn every_transport_has_its_probes_among_its_clients() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = r#"["polling", "long-polling", "sse", "websocket", "raw-tcp"]"#;
    let file = scenario(folder.path(), "probes.toml", &toml(all, 50));
    let (out, deliveries) = (folder.path().join("out"), folder.path().join("deliveries.csv"));
    let ended =
        Process::run(&file, &out, &["-q", "--export-deliveries", deliveries.to_str().expect("text")]).end(PATIENCE);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let record = record(&out);
    for (name, measured) in measured(&record) {
        all_is_there(name, measured, 50);
    }
    // every client's deliveries are there, those of both loads
    let text = std::fs::read_to_string(&deliveries).expect("an export");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let delivered: u64 = measured(&record).map(|(_, measured)| measured.load.accounting.delivered).sum();
    assert_eq!(rows.len() as u64, delivered);
    let clients: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row[2], row[3])).collect();
    assert_eq!(clients.len(), 5 * 50);
    assert!(!run_folder(&out).expect("a run").join("deliveries.probes").exists());
}

#[test]
fn there_are_none_where_there_are_few_clients_or_these_share_connections() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "few.toml", &toml(r#"["sse"]"#, 49));
    let shared = toml(r#"["sse"]"#, 60)
        .replace("clients = 60", "clients = 60\ncarriers = [\"h2\"]\nclients-per-connection = 20");
    let shared = scenario(folder.path(), "shared.toml", &shared);
    for (file, name, connections) in [(file, "few", 49), (shared, "shared", 3)] {
        let out = folder.path().join(name);
        let ended = Process::run(&file, &out, &["-q"]).end(PATIENCE);
        assert_eq!(ended.status.code(), Some(0), "{name}: {}", ended.stderr);
        let record = record(&out);
        for (_, measured) in measured(&record) {
            assert_eq!((&measured.probes, measured.agreement.equal), (&None, connections), "{name}");
            assert!(measured.load.accounting.closes(), "{name}");
        }
    }
}

#[test]
fn a_probe_that_is_killed_fails_its_trial_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "killed.toml", &toml(r#"["sse", "websocket"]"#, 50));
    let out = folder.path().join("out");
    let mut run = Process::run(&file, &out, &["-q"]);
    until("the calibration", PATIENCE, || calibrated(&out).then_some(()));
    let (probe, _) = until("two loads", PATIENCE, || {
        let loads = run.children("load");
        // the probes' is started first, and pids that have gone round would only make it the other
        (loads.len() == 2).then(|| (loads[0], loads[1]))
    });
    kill(probe, Signal::SIGKILL).expect("it lives");
    let ended = run.end(PATIENCE);
    run.leaves_nothing(Duration::from_secs(2));
    assert_eq!(ended.status.code(), Some(1), "{}", ended.stderr);
    let record = record(&out);
    let failed: Vec<&str> = record
        .trials
        .iter()
        .filter_map(|line| match &line.outcome {
            Outcome::Error(failure) => Some(failure.reason.as_str()),
            Outcome::Measured(_) => None,
        })
        .collect();
    assert_eq!((record.trials.len(), failed.len()), (2, 1), "{failed:?}");
    assert!(failed[0].contains("ended early (signal: 9 (SIGKILL))"), "{failed:?}");
}
