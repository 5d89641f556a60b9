//! The packet-level link: as far as it says, for programs that are not ours; what is lost on it; and nothing of it left,
//! whoever is killed.
//!
//! Where no networks can be made the reason is said on standard error; with `PUSHBENCH_NO_SKIP=1` that is a failure.

#![cfg(target_os = "linux")]

mod echo;
#[path = "../processes/mod.rs"]
mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{Process, finished, run_folder, scenario, text, until};
use pushbench::clock::MILLISECOND;
use pushbench::forwarded::Forwarder;
use pushbench::forwarder;
use pushbench::histogram::Histogram;
use pushbench::link::Link;
use pushbench::record::{FILE, Measured, Outcome, Record};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How long anything that must happen may take. Only a failure ever waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every other packet or so of a connection waits for another one that was lost.
const LOSSY: &str = r#"
question = "What becomes of updates behind a lost packet?"
transports = ["sse", "long-polling"]
clients = 20
[feed]
schedule = "poisson"
rate = 50
payload = "100 B"
[phases]
warmup = "200ms"
steady = "2s"
[link]
level = "packets"
rtt = "20ms"
loss = 0.05
"#;

/// Whether networks can be made here; if not, it says so.
fn can() -> bool {
    let Err(reason) = forwarder::available().and_then(|_| echo::tools()) else { return true };
    assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none_or(|value| value != "1"), "{reason}");
    // not `eprintln!`, which libtest keeps to itself
    let _ = writeln!(std::io::stderr(), "skipped: the packet-level link: {reason}");
    false
}

/// The forwarders that can be had by whoever runs this: a device file may be closed to them.
fn forwarders() -> Vec<Forwarder> {
    let all = [Forwarder::Tun, Forwarder::Packet];
    all.into_iter().filter(|&one| one == Forwarder::Packet || forwarder::available() == Ok(one)).collect()
}

#[test]
fn an_echo_takes_the_round_trip_that_was_asked_for() {
    if !can() {
        return;
    }
    for forwarder in forwarders() {
        let through = |rtt_ns| {
            let network = echo::Network::make(Link { rtt_ns, ..Link::default() }, forwarder);
            network.round_trip()
        };
        let fault = echo::fault(&through);
        assert_eq!(fault, None, "{forwarder}");
    }
}

#[test]
fn without_a_link_an_echo_does_not() {
    if echo::tools().is_ok() {
        let fault = echo::fault(&|_| echo::round_trip(&echo::on_this_host, "127.0.0.1"));
        assert!(fault.is_some());
    }
}

fn run(folder: &Path, toml: &str) -> Record {
    let (file, out) = (scenario(folder, "packets.toml", toml), folder.join("out"));
    let run = finished(&[
        "run",
        file.to_str().expect("text"),
        "--out",
        out.to_str().expect("text"),
        "--repeats",
        "1",
        "--affinity",
        "none",
    ]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    Record::read(&run_folder(&out).expect("it ran").join(FILE)).expect("it ran")
}

fn measured(record: &Record) -> impl Iterator<Item = &Measured> {
    record.trials.iter().map(|line| match &line.outcome {
        Outcome::Measured(measured) => &**measured,
        Outcome::Error(failure) => panic!("{failure:?}"),
    })
}

#[test]
fn what_is_lost_is_sent_again_and_holds_back_what_is_behind_it() {
    if !can() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let record = run(folder.path(), LOSSY);
    for measured in measured(&record) {
        let forwarded = measured.forwarded.expect("packets were forwarded");
        assert!(forwarded.packets.up.lost > 0 && forwarded.packets.down.lost > 0, "{forwarded:?}");
        assert!(measured.serve.retransmitted > 0, "{measured:?}");
        // an end that is lost four times in a row comes after the time to close
        let agreement = measured.agreement;
        assert!(agreement.equal == agreement.whole && agreement.cut <= 1, "{agreement:?}");
        let latency = Histogram::sum(&measured.load.latency).expect("histograms");
        assert!(latency.at(0.0) >= 10 * MILLISECOND, "nothing is earlier than half a round trip");
        // that it was lost is known a round trip later at the earliest, and then it has its way before it again
        assert!(latency.max() >= 30 * MILLISECOND, "{} ns", latency.max());
    }
}

#[test]
fn whoever_is_killed_nothing_is_left() {
    if !can() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = scenario(folder.path(), "packets.toml", LOSSY);
    let (devices, mounts) = (of_host("net/dev"), of_host("mounts"));
    std::thread::scope(|scope| {
        for victim in ["link", "serve", "load", "run"] {
            let (file, out) = (&file, folder.path().join(victim));
            scope.spawn(move || {
                let mut run = Process::run(file, &out, &["--repeats", "1"]);
                let [link, serve, load] =
                    ["link", "serve", "load"].map(|child| until("a child", PATIENCE, || run.child(child)));
                match victim {
                    "run" => run.signal(Signal::SIGKILL),
                    "link" => kill(link, Signal::SIGKILL).expect("it has not been waited for"),
                    "serve" => kill(serve, Signal::SIGKILL).expect("it has not been waited for"),
                    _ => kill(load, Signal::SIGKILL).expect("it has not been waited for"),
                }
                run.end(PATIENCE);
                run.leaves_nothing(Duration::from_secs(2));
                if victim != "run" {
                    let record = run_folder(&out).expect("the run went on").join(FILE);
                    let record = Record::read(&record).expect("the run went on");
                    let reason = format!("{victim} ended early (signal: 9 (SIGKILL))");
                    let failed =
                        |outcome: &Outcome| matches!(outcome, Outcome::Error(why) if why.reason.contains(&reason));
                    let named = record.trials.iter().filter(|line| failed(&line.outcome)).count();
                    assert_eq!((named, record.trials.len()), (1, 2), "{victim}: {record:?}");
                }
            });
        }
    });
    assert_eq!((of_host("net/dev"), of_host("mounts")), (devices, mounts));
}

/// The names in a table of the kernel's: what stands first in each line.
fn of_host(table: &str) -> Vec<String> {
    let table = std::fs::read_to_string(format!("/proc/self/{table}")).expect("Linux has it");
    table.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}
