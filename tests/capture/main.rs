//! The record held against a packet capture: for every transport, on every carrier, by one client and by fifty, on a
//! connection each and on shared ones, the octets on the socket and each layer of them are what tshark's dissection of
//! the same packets says, and those of TCP and IP are within half a percent.
//!
//! Each run has a network namespace of its own, with an Ethernet's MTU and without offloads, so that packets are those
//! of a wire. What is missing for it is said on standard error; with `PUSHBENCH_NO_SKIP=1` that is a failure.

mod application;
mod chunked;
mod compare;
mod contents;
mod conversation;
mod namespace;
mod pdml;
#[path = "../processes/mod.rs"]
mod processes;
mod tshark;

use compare::Account;
use conversation::{Conversation, Conversations};
use pushbench::clock::{self, SECOND};
use pushbench::kind::{Carrier, Transport};
use pushbench::record::{FILE, Measured, Outcome, Record, TrialLine};
use pushbench::totals::{Layers, Ways};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tshark::Capture;

/// How long anything that must happen may take. Only a failure ever waits for it.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many, on how many connections' share, and how their updates are encoded: each way once.
const CLIENTS: [(u32, u32, &str); 3] = [(1, 1, "text"), (50, 1, "binary"), (50, 10, "text")];
/// Captures at once: each is mostly waiting, for its run's windows to pass.
const AT_ONCE: usize = 4;
/// An Ethernet's.
const MTU: u64 = 1500;

/// A trial of this takes about a second and a half, and has some twenty updates.
const SCENARIO: &str = r#"
question = "What do the packets say?"
[feed]
schedule = "poisson"
rate = 80
payload = "100 B"
encoding = "{encoding}"
[phases]
warmup = "50ms"
steady = "200ms"
[polling]
interval = "40ms"
"#;

#[test]
fn every_layer_is_what_tshark_says() {
    if let Some(reason) = namespace::missing() {
        assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none_or(|value| value != "1"), "{reason}");
        return say(&format!("skipped: a capture of packets: {reason}"));
    }
    let cases = Carrier::ALL.into_iter().flat_map(|carrier| CLIENTS.map(|clients| (carrier, clients)));
    // HTTP/2 alone carries several clients on a connection
    let cases: Vec<_> = cases.filter(|(carrier, (_, sharing, _))| *sharing == 1 || carrier.is_h2()).collect();
    let next = AtomicUsize::new(0);
    let failures: Vec<_> = std::thread::scope(|scope| {
        let check_some = || {
            let next = || cases.get(next.fetch_add(1, Ordering::Relaxed));
            std::iter::from_fn(next).flat_map(|&(carrier, clients)| check(carrier, clients)).collect::<Vec<_>>()
        };
        let threads = [(); AT_ONCE].map(|()| scope.spawn(check_some));
        threads.into_iter().flat_map(|thread| thread.join().expect("it says above what failed")).collect()
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Not `eprintln!`, which libtest keeps to itself.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Runs all transports over `carrier` once. Gives what differs.
fn check(carrier: Carrier, (clients, sharing, encoding): (u32, u32, &str)) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let capture = Capture { file: folder.join("run.pcap"), carrier, keys: folder.join("keys") };
    let transports = Transport::ALL.into_iter().filter(|&transport| rides(transport, carrier));
    let transports: Vec<_> = transports.map(Transport::name).collect();
    let scenario = SCENARIO.replace("{encoding}", encoding);
    let [count, on_one, named] = [clients.to_string(), sharing.to_string(), transports.join(",")];
    let mut flags = vec!["--clients", &count, "--carrier", carrier.name(), "--transport", &named];
    if sharing > 1 {
        flags.extend(["--clients-per-connection", &on_one]);
    }
    namespace::capture(folder, &scenario, &flags, &capture.file, &capture.keys);

    let record = processes::run_folder(&folder.join("results")).expect("the run made a folder").join(FILE);
    let record = Record::read(&record).expect("the run's record");
    assert_eq!(record.trials.len(), transports.len());
    let mut conversations = Conversations::default();
    capture.dissect(|segment, fields| conversations.take(segment, fields));
    let mut failures = Vec::new();
    for (trial, conversations) in by_trial(&record, conversations) {
        let name = format!("{} over {carrier}, {clients} clients, {sharing} a connection", trial.trial.transport);
        let Outcome::Measured(measured) = &trial.outcome else { panic!("{name}: {:?}", trial.outcome) };
        assert!(!measured.load.packets_modelled, "{name}: the kernel counts packets");
        let captured = account(&capture, trial, conversations, folder);
        let recorded = Account::of(&measured.load);
        say(&compare::summary(&name, &recorded, &captured));
        failures.extend(compare::difference(&recorded, &captured).map(|table| format!("{name}\n{table}")));
    }
    failures
}

fn rides(transport: Transport, carrier: Carrier) -> bool {
    pushbench::kind::rides(transport, carrier).is_ok()
}

/// The trials with the connections of each: those that began before the trial ended, and after the one before.
fn by_trial(record: &Record, conversations: Conversations) -> Vec<(&TrialLine, Vec<(u64, Conversation)>)> {
    let mut trials: Vec<_> = record.trials.iter().map(|trial| (trial, Vec::new())).collect();
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let apart = since_epoch - seconds(clock::now());
    // the first are those of the calibration, as often as it looked for its delay
    let delay = record.calibration.as_ref().and_then(|calibration| calibration.delay.as_ref());
    let delay = delay.expect("this version looks for one");
    let calibrated = (delay.clients * (delay.restless + 1)) as usize;
    for (stream, conversation) in conversations.0.into_iter().skip(calibrated) {
        let ended = |trial: &TrialLine| match &trial.outcome {
            Outcome::Measured(measured) => seconds(started(measured) + trial.trial.windows.total_ns()) + apart,
            Outcome::Error(failure) => panic!("{failure:?}"),
        };
        let trial = trials.iter_mut().find(|(trial, _)| conversation.began < ended(trial));
        trial.expect("every connection is a trial's").1.push((stream, conversation));
    }
    trials
}

fn started(measured: &Measured) -> u64 {
    measured.t0.expect("this version says when a trial started")
}

#[allow(clippy::cast_precision_loss)] // microseconds are enough
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / SECOND as f64
}

/// What the packets of a trial say.
fn account(
    capture: &Capture,
    trial: &TrialLine,
    mut conversations: Vec<(u64, Conversation)>,
    folder: &Path,
) -> Account {
    let transport = trial.trial.transport;
    if transport == Transport::Sse && !capture.carrier.is_h2() {
        take_chunks(capture, &mut conversations, folder);
    }
    let mut account = Account::default();
    for (_, Conversation { ways, .. }) in conversations {
        let mut layers = Ways::<Layers>::default();
        for (direction, layers) in [(&ways.up, &mut layers.up), (&ways.down, &mut layers.down)] {
            assert!(direction.largest <= MTU, "{transport}: a packet of {} octets", direction.largest);
            *layers = direction.application.layers;
            for content in direction.application.contents.values() {
                contents::place(&trial.trial, content, layers);
            }
        }
        account.octets += Ways { up: ways.up.octets, down: ways.down.octets };
        account.layers += layers;
        account.packets += Ways { up: ways.up.packets, down: ways.down.packets };
    }
    account
}

/// Has tshark dissect what the server sent on these connections as whole chunked bodies.
fn take_chunks(capture: &Capture, conversations: &mut [(u64, Conversation)], folder: &Path) {
    let numbers: Vec<_> = conversations.iter().map(|(stream, _)| *stream).collect();
    let streams = capture.follow(&numbers);
    let again = Capture { file: folder.join("streams.pcap"), carrier: Carrier::H1, ..capture.clone() };
    chunked::write(&again.file, &streams).expect("the folder is ours");
    again.dissect(|segment, fields| {
        let at = usize::try_from(segment.stream).expect("it is small");
        conversations[at].1.ways.down.application.take(fields);
    });
    for (_, conversation) in conversations {
        conversation.ways.down.application.layers.framing -= chunked::LAST_CHUNK.len() as u64;
    }
}
