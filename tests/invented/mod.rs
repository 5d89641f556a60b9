//! An invented record, and how reports are held against committed ones.

#![allow(dead_code, unused_imports)] // each test uses its part

mod layers;
mod theory;
mod timeline;

pub(crate) use layers::{carriers, refit, setup, steady};
pub(crate) use theory::with_theory;
pub(crate) use timeline::timeline;

use pushbench::calibration::{Calibration, KnownDelay, NullRow};
use pushbench::clock::{MILLISECOND, SECOND};
use pushbench::histogram::Histogram;
use pushbench::kind::{Answer, Carrier, Compression, Encoding, Pacing, Persistence, Transport};
use pushbench::record::{
    Agreement, EndReason, Environment, FORMAT, Header, Measured, Outcome, Record, ScenarioText, TrialLine, Writer,
};
use pushbench::schedule::Schedule;
use pushbench::totals::{Accounting, Doubt, LoadTotals, Memory, PhaseTotals, Probes, ServeTotals, Subject, Work};
use pushbench::trial::{FeedPlan, Headers, Polling, Sockets, Trial, Windows};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::path::{Path, PathBuf};

const CLIENTS: u32 = 100;
const RATE: u64 = 20;
const STEADY_S: u64 = 3;
const BLOCKS: u32 = 3;
const DELIVERIES: u64 = CLIENTS as u64 * RATE * STEADY_S;

pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

pub(crate) fn compare(name: &str, found: &str) {
    let path = folder().join(name);
    if updating() {
        std::fs::write(&path, found).expect("a writable checkout");
    }
    let committed = std::fs::read_to_string(&path).expect("committed");
    assert!(committed == found, "{name} differs; UPDATE_GOLDEN=1 rewrites it. Found:\n{found}");
}

/// Through the writer, so that the committed file is a record as a run leaves it.
pub(crate) fn write_record(path: &Path, record: Record) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut writer = Writer::create(folder.path(), record.header).expect("a record");
    record.calibration.into_iter().for_each(|calibration| writer.calibration(calibration).expect("a line"));
    for line in record.trials {
        writer.trial(line).expect("a line");
    }
    writer.end(EndReason::Finished).expect("the end");
    std::fs::copy(folder.path().join(pushbench::record::FILE), path).expect("a writable checkout");
}

/// A run as one might find it: invented, but with the shapes that the transports have.
pub(crate) fn record() -> Record {
    let mut trials = Vec::new();
    for block in 1..=BLOCKS {
        let mut order = Transport::ALL;
        order.rotate_left(block as usize * 2 % Transport::ALL.len());
        for transport in order {
            trials.push(line(block, u32::try_from(trials.len()).expect("few") + 1, transport));
        }
    }
    let count = u32::try_from(trials.len()).expect("few");
    Record {
        header: header(count),
        calibration: Some(calibration()),
        recalibrated: Vec::new(),
        trials,
        settling: None,
        resumed: Vec::new(),
        end: Some(pushbench::record::End { reason: EndReason::Finished, trials: count }),
    }
}

/// A quiet machine's.
pub(crate) fn calibration() -> Calibration {
    let mut random = Pcg64::seed_from_u64(7);
    let mut latency = || {
        let mut histogram = Histogram::default();
        (0..20_000).for_each(|_| histogram.record(20_000 + random.next_u64() % 60_000));
        histogram.to_text()
    };
    let (clients, rate, payload, distinct) = (50, 1000.0, 100, 400);
    let accounting = Accounting { expected: 20_000, delivered: 20_000, ..Accounting::default() };
    let steady = Work { window_ns: 400 * MILLISECOND, cpu_ns: 62 * MILLISECOND, ..Work::default() };
    let null = NullRow { clients, rate, payload, accounting, distinct, latency: latency(), steady, stalled_ns: 0 };
    let delay = KnownDelay {
        transport: Transport::Websocket,
        clients: 10,
        injected_ns: 2 * MILLISECOND,
        found_ns: 2_003_000.0,
        tolerance_ns: 100_000.0,
        pairs: 40,
        early: 0,
        restless: 0,
        held: latency(),
        free: latency(),
    };
    Calibration { took_ns: 1_850 * MILLISECOND, null: Some(null), delay: Some(delay), doubts: Vec::new() }
}

fn header(trials: u32) -> Header {
    Header {
        format: FORMAT,
        version: "0.1.0".into(),
        revision: Some("0123456789ab".into()),
        started_unix_ms: 1_795_225_860_000,
        scenario: ScenarioText {
            name: "quick".into(),
            question: "What does it cost to get one update from a server to a client?".into(),
            text:
                "question = \"What does it cost to get one update from a server to a client?\"\n\n[feed]\nrate = 20\n"
                    .into(),
            path: Some("scenarios/00-quick.toml".into()),
            overrides: vec!["--clients 100".into()],
        },
        claim: None,
        thresholds: Vec::new(),
        note: None,
        redacted: false,
        paired: None,
        blocks: BLOCKS,
        precision: None,
        trials,
        planned_ns: 90 * SECOND,
        resolved: Vec::new(),
        environment: Environment {
            cpu: Some("Example CPU 3000".into()),
            cores: 2,
            memory: Some(8 << 30),
            kernel: Some("Linux 6.18.0".into()),
            descriptors: Some((1024, 20_000)),
            congestion: Some("cubic".into()),
            server_cpus: vec![0],
            load_cpus: vec![1],
            rustc: Some("rustc 1.95.0".into()),
            optimised: true,
            load_average: Some([0.12, 0.3, 0.25]),
        },
    }
}

fn line(block: u32, order: u32, transport: Transport) -> TrialLine {
    let trial = Trial {
        transport,
        carrier: Carrier::H1,
        clients: CLIENTS,
        feed: FeedPlan {
            schedule: Schedule::Periodic { rate: 20.0 },
            payload: 100,
            encoding: Encoding::Text,
            seed: block.into(),
            retention_ns: 5 * SECOND,
        },
        polling: Polling { interval_ns: 300 * MILLISECOND, pacing: Pacing::FixedRate },
        answer: Answer::All,
        hold_ns: 30 * SECOND,
        persistence: Persistence::KeepAlive,
        conditional: false,
        compression: Compression::None,
        headers: Headers::default(),
        clients_per_connection: 1,
        credentials: None,
        coalesce_ns: 0,
        faults: Vec::new(),
        link: pushbench::link::Link::default(),
        windows: Windows { warmup_ns: SECOND, steady_ns: STEADY_S * SECOND, drain_ns: 2 * SECOND },
        sockets: Sockets::default(),
    };
    let outcome = Outcome::Measured(Box::new(measured(transport, block)));
    TrialLine { block, order, took_ns: 6 * SECOND + u64::from(order) * 7 * MILLISECOND, trial, outcome }
}

fn measured(transport: Transport, block: u32) -> Measured {
    let mut random = Pcg64::seed_from_u64(u64::from(block) * 10 + transport as u64);
    let (mut twin, mut lateness) = (Histogram::default(), Histogram::default());
    let latency = (0..STEADY_S).map(|_| {
        let mut second = Histogram::default();
        for _ in 0..DELIVERIES / STEADY_S {
            let (late, value) = (20_000 + random.next_u64() % 30_000, latency_of(transport, &mut random));
            second.record(late + value);
            twin.record(value);
            lateness.record(late);
        }
        second.to_text()
    });
    let latency = latency.collect();
    let mut doubts = Vec::new();
    if transport == Transport::LongPolling && block == 2 {
        let sentence = "the load did not run for 12 ms although it had asked to".into();
        doubts.push(Doubt { about: Subject::Latency, sentence });
    }
    Measured {
        t0: None,
        t0_unix_ms: None,
        load: LoadTotals {
            accounting: Accounting { expected: DELIVERIES, delivered: DELIVERIES, ..Accounting::default() },
            distinct: RATE * STEADY_S,
            phases: pushbench::totals::Phases {
                setup: setup(transport, Carrier::H1, CLIENTS),
                steady: used(transport, block),
                ..Default::default()
            },
            latency,
            twin: twin.to_text(),
            lateness: lateness.to_text(),
            ..LoadTotals::default()
        },
        serve: ServeTotals {
            steady: Work { window_ns: STEADY_S * SECOND, cpu_ns: cpu_of(transport, block), ..Work::default() },
            idle: Work {
                window_ns: SECOND,
                cpu_ns: if transport == Transport::Polling { 61_000_000 } else { 2_000_000 },
                ..Work::default()
            },
            memory_before: Memory { anonymous: 2 << 20, kernel_host: 0 },
            memory_full: Memory { anonymous: (2 << 20) + u64::from(CLIENTS) * (12 << 10), kernel_host: 0 },
            ..ServeTotals::default()
        },
        agreement: Agreement { whole: CLIENTS.into(), equal: CLIENTS.into(), cut: 0, undelivered: 0 },
        doubts,
        timeline: if block == 1 { timeline(transport, Carrier::H1, 20) } else { Vec::new() },
        stops: Vec::new(),
        forwarded: None,
        probes: None,
    }
}

/// Three clients of each trial had a process of their own, and received as the others did.
pub(crate) fn with_probes(mut record: Record) -> Record {
    for line in &mut record.trials {
        let Outcome::Measured(measured) = &mut line.outcome else { continue };
        let latency = Histogram::sum(&measured.load.latency).expect("as invented");
        let (mut theirs, mut passed) = (Histogram::default(), 0);
        for (value, count) in latency.values() {
            theirs.record_many(value, (passed + count) * 3 / 100 - passed * 3 / 100);
            passed += count;
        }
        let clients = vec![1, CLIENTS / 2, CLIENTS - 1];
        measured.probes = Some(Probes { clients, latency: theirs.to_text(), ..Probes::default() });
    }
    record
}

/// Polling waits for the next poll; the others for little more than the work, now and then for the scheduler.
fn latency_of(transport: Transport, random: &mut Pcg64) -> u64 {
    let (typical, tail) = match transport {
        Transport::Polling => return random.next_u64() % (300 * MILLISECOND) + 90_000,
        Transport::LongPolling => (210_000, 3),
        Transport::Sse => (140_000, 2),
        Transport::Websocket => (125_000, 2),
        Transport::RawTcp => (105_000, 2),
    };
    let spread = typical / 2 + random.next_u64() % typical;
    if random.next_u64().is_multiple_of(40) { spread * tail * (1 + random.next_u64() % 4) } else { spread }
}

fn used(transport: Transport, block: u32) -> PhaseTotals {
    let updates = DELIVERIES - u64::from(block % 2) * 100;
    let polls = u64::from(CLIENTS) * STEADY_S * 10 / 3;
    let (requests, empty) = match transport {
        Transport::Polling => (polls, 12),
        Transport::LongPolling => (updates, 0),
        Transport::Sse | Transport::Websocket | Transport::RawTcp => (0, 0),
    };
    let mut used = PhaseTotals { payload: updates * 100, updates, requests, empty, ..PhaseTotals::default() };
    steady(&mut used, transport, Carrier::H1);
    used
}

fn cpu_of(transport: Transport, block: u32) -> u64 {
    let per_update = match transport {
        Transport::Polling => 9_000,
        Transport::LongPolling => 31_000,
        Transport::Sse => 11_000,
        Transport::Websocket => 9_500,
        Transport::RawTcp => 7_000,
    };
    DELIVERIES * (per_update + u64::from(block) * 100)
}
