//! Truth 4: what a frozen process holds up shows whole. A process is stopped from t1 to t2, by a clock outside of it.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{Process, calibrated, run_folder, scenario, threads, until};
use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::histogram::Histogram;
use pushbench::kind::Transport;
use pushbench::record::{Measured, Outcome, Record};
use pushbench::totals::Subject;
use pushbench::trial::Trial;
use std::path::Path;
use std::time::Duration;

/// How long the process is stopped, at least.
const FREEZE: Duration = Duration::from_millis(600);
const CLIENTS: u64 = 2;
const RATE: u64 = 200;
/// 800 deliveries: a hundredth of them is more than what a poll period of 10 ms holds for both clients, so that the
/// twin's p99 is not one of the few updates that were emitted, and not yet received, when the server froze.
const SCENARIO: &str = r#"
question = "What does a frozen process hold up?"
transports = ["TRANSPORT"]
clients = CLIENTS
[feed]
schedule = "periodic"
rate = RATE
payload = "100 B"
[phases]
warmup = "200ms"
steady = "2s"
[polling]
interval = "10ms"
"#;
/// From the feed's start to the freeze: the lead to t0, warm-up, and a quarter of steady.
const BEFORE: Duration = Duration::from_millis(750);
/// How often the bounds that a busy machine can break are tried; those that physics sets must hold every time.
const TRIES: usize = 3;

/// One process frozen in one trial.
struct Frozen {
    /// It did not run from here…
    t1: Nanos,
    /// …to here…
    t2: Nanos,
    /// …nor for longer than this.
    longest: Nanos,
    trial: Trial,
    measured: Measured,
}

/// Stops `victim` in the middle of a trial of `transport`.
fn freeze(transport: Transport, victim: &str) -> Frozen {
    let folder = tempfile::tempdir().expect("a folder");
    let (clients, rate) = (CLIENTS.to_string(), RATE.to_string());
    let toml = SCENARIO.replace("TRANSPORT", transport.name()).replace("CLIENTS", &clients).replace("RATE", &rate);
    let file = scenario(folder.path(), "freeze.toml", &toml);
    let out = folder.path().join("out");
    let mut run = Process::run(&file, &out, &["-q"]);
    let patience = Duration::from_secs(20);
    until("the calibration", patience, || calibrated(&out).then_some(()));
    let server = until("a server", patience, || run.child("serve"));
    let feeds = || threads(server).iter().any(|(name, _)| name == "publisher").then_some(());
    until("the feed", patience, feeds);
    let victim = until("the victim", patience, || run.child(victim));
    std::thread::sleep(BEFORE);

    let asked = clock::now();
    kill(victim, Signal::SIGSTOP).expect("it lives");
    let stopped = || threads(victim).iter().all(|&(_, stopped)| stopped).then_some(());
    until("every thread's stop", patience, stopped);
    let t1 = clock::now();
    std::thread::sleep(FREEZE);
    let t2 = clock::now();
    kill(victim, Signal::SIGCONT).expect("it lives");
    let runs = || threads(victim).iter().all(|&(_, stopped)| !stopped).then_some(());
    until("every thread's start", patience, runs);
    let longest = clock::now() - asked;

    let ended = run.end(patience);
    assert_eq!(ended.status.code(), Some(0), "{transport}: {}", ended.stderr);
    Frozen { longest, ..measured(&out, |_| (t1, t2)) }
}

/// The run's only trial, stopped when `stopped` says.
fn measured(out: &Path, stopped: impl FnOnce(&Measured) -> (Nanos, Nanos)) -> Frozen {
    let record = run_folder(out).expect("a run").join(pushbench::record::FILE);
    let mut record = Record::read(&record).expect("a record");
    let line = record.trials.pop().expect("one trial");
    match line.outcome {
        Outcome::Measured(measured) => {
            let (t1, t2) = stopped(&measured);
            Frozen { t1, t2, longest: t2 - t1, trial: line.trial, measured: *measured }
        }
        Outcome::Error(failure) => panic!("{}: {failure:?}", line.trial.transport),
    }
}

impl Frozen {
    /// When the updates of steady that fall into [from, to) were planned.
    fn planned(&self, from: Nanos, to: Nanos) -> Vec<Nanos> {
        let t0 = self.measured.t0.expect("a new record says");
        let (windows, feed) = (self.trial.windows, &self.trial.feed);
        let steady = feed.schedule.planned(feed.seed).expect("computed").take_while(|&at| at < windows.feed_ns());
        steady.filter(|&at| at >= windows.warmup_ns).map(|at| t0 + at).filter(|at| (from..to).contains(at)).collect()
    }

    fn latency(&self) -> Histogram {
        let mut sum = Histogram::default();
        for second in &self.measured.load.latency {
            sum.add(&histogram(second));
        }
        sum
    }

    fn twin(&self) -> Histogram {
        histogram(&self.measured.load.twin)
    }

    /// Whether the process was stopped when it was meant to be.
    fn is_in_steady(&self) -> Result<(), String> {
        let (planned, meant) = (self.planned(self.t1, self.t2).len(), RATE * self.length() / SECOND);
        bound(planned as u64 + 1 >= meant, || format!("{planned} updates of steady in the freeze, not {meant}"))
    }

    /// Nothing was lost, and each update planned in [t1, t2) waited for t2: by histogram, for each of these updates
    /// there are as many deliveries at least as late as there are updates planned in between.
    fn shows_whole(&self) {
        let accounting = self.measured.load.accounting;
        assert_eq!(accounting.lost() + accounting.duplicates + accounting.reordered, 0, "{accounting:?}");
        assert_eq!(accounting.delivered, accounting.expected, "{accounting:?}");
        self.held_up(&self.latency(), 0);
    }

    /// As above, for values that may be `less` than t2 − planned.
    fn held_up(&self, values: &Histogram, less: Nanos) {
        let planned = self.planned(self.t1, self.t2);
        for (&planned, updates) in planned.iter().zip(1u64..) {
            let late = (self.t2 - planned).saturating_sub(less);
            let (found, implied) = (at_least(values, late), CLIENTS * updates);
            assert!(
                found >= implied,
                "{}: {found} deliveries took {late} ns or longer, the freeze implies {implied}",
                self.trial.transport
            );
        }
    }

    fn length(&self) -> Nanos {
        self.t2 - self.t1
    }

    /// The stall of the load that a doubt about latency speaks of, in milliseconds.
    fn stall_ms(&self) -> Option<u64> {
        let doubts = self.measured.doubts.iter().filter(|doubt| doubt.about == Subject::Latency);
        let ms = doubts.filter_map(|doubt| doubt.sentence.strip_prefix("the load did not run for ")).next()?;
        Some(ms.split_once(" ms").expect("a time in milliseconds").0.parse().expect("a number"))
    }
}

fn histogram(text: &str) -> Histogram {
    Histogram::from_text(text).expect("a histogram")
}

/// How many values are at least `value`; a histogram's three digits blur it a little downwards.
fn at_least(values: &Histogram, value: Nanos) -> u64 {
    values.len() - values.up_to(value - value / 500)
}

/// Tries `test` for every transport, again where only noise may be to blame.
fn for_every_transport(test: fn(Transport) -> Result<(), String>) {
    for transport in Transport::ALL {
        let mut noise = Vec::new();
        while let Err(reason) = test(transport) {
            noise.push(reason);
            assert!(noise.len() < TRIES, "{transport}: {noise:#?}");
        }
    }
}

fn bound(holds: bool, reason: impl Fn() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}

#[test]
fn a_frozen_server_shows_whole_and_the_twin_hides_it() {
    for_every_transport(|transport| {
        let frozen = freeze(transport, "serve");
        frozen.is_in_steady()?;
        frozen.shows_whole();

        // an update can only be this late when it was planned not long before, in, or not long after the freeze
        let (limit, margin) = (50 * MILLISECOND, 100 * MILLISECOND);
        let late = at_least(&frozen.latency(), limit);
        let near = CLIENTS * frozen.planned(frozen.t1 - margin, frozen.t2 + margin).len() as u64;
        bound(late <= near, || format!("{late} deliveries took 50 ms or longer, {near} were near the freeze"))?;
        let twin = frozen.twin().at(0.99);
        bound(twin < frozen.length() / 2, || format!("the twin's p99 is {twin} ns"))?;
        // and nobody blames the load
        let stall = frozen.stall_ms().unwrap_or(0) * MILLISECOND;
        bound(stall < frozen.length() / 2, || format!("the load did not run for {stall} ns, either"))
    });
}

#[test]
fn a_scenarios_fault_is_the_same_and_no_doubt() {
    let folder = tempfile::tempdir().expect("a folder");
    let (clients, rate) = (CLIENTS.to_string(), RATE.to_string());
    let toml = SCENARIO.replace("TRANSPORT", "websocket").replace("CLIENTS", &clients).replace("RATE", &rate);
    let toml = format!("{toml}\n[[fault]]\nat = \"500ms\"\nfreeze = \"600ms\"\n");
    let file = scenario(folder.path(), "fault.toml", &toml);
    let out = folder.path().join("out");
    let ended = Process::run(&file, &out, &["-q"]).end(Duration::from_secs(20));
    assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
    let frozen = measured(&out, |measured| {
        let [stop] = measured.stops[..] else { panic!("{:?}", measured.stops) };
        let t0 = measured.t0.expect("a new record says");
        (t0 + stop.from_ns, t0 + stop.to_ns)
    });
    let freeze = u64::try_from(FREEZE.as_nanos()).expect("short");
    assert!(frozen.length() >= freeze, "{}", frozen.length());
    frozen.shows_whole();
    let blamed = frozen.measured.doubts.iter().any(|doubt| doubt.sentence.starts_with("the feed emitted"));
    assert!(!blamed, "{:?}", frozen.measured.doubts);
}

#[test]
fn a_frozen_load_receives_late_and_says_so() {
    for_every_transport(|transport| {
        let frozen = freeze(transport, "load");
        frozen.is_in_steady()?;
        frozen.shows_whole();

        // emitted on time, as far as the machine let the server run
        let lateness = histogram(&frozen.measured.load.lateness).max();
        frozen.held_up(&frozen.twin(), lateness);
        // the watch naps for 10 ms at a time: up to that much of the freeze is a nap it had asked for
        let stall = frozen.stall_ms().expect("a doubt about latency") * MILLISECOND;
        assert!(stall + 12 * MILLISECOND >= frozen.length(), "{stall} ns of {} ns", frozen.length());
        bound(stall <= frozen.longest + 100 * MILLISECOND, || format!("{stall} ns, stopped for {}", frozen.longest))?;
        bound(lateness < frozen.length() / 2, || format!("the feed was {lateness} ns late"))
    });
}
