//! Each delivery of real trials against the oracle: none before its bound, the median within 5 ms of what is expected.

use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::control::Part;
use pushbench::feed::publisher::Publisher;
use pushbench::feed::ring::Feed;
use pushbench::histogram::Histogram;
use pushbench::kind::{Answer, Carrier, Pacing, Persistence, Transport};
use pushbench::link::{Level, Link};
use pushbench::load::Load;
use pushbench::plan::PlannedUpdates;
use pushbench::schedule::Schedule;
use pushbench::server::{Config, Server};
use pushbench::totals::LoadTotals;
use pushbench::trial::{Polling, Trial, Windows};
use pushbench::wire::tls::Identity;

/// On any machine.
const WITHIN: Nanos = 5 * MILLISECOND;

fn trial(transport: Transport) -> Trial {
    let windows = Windows { warmup_ns: 200 * MILLISECOND, steady_ns: SECOND, drain_ns: 500 * MILLISECOND };
    let polling = Polling { interval_ns: 60 * MILLISECOND, pacing: Pacing::FixedRate };
    Trial { clients: 5, polling, ..Trial::plain(transport, Schedule::Poisson { rate: 50.0 }, windows) }
}

/// A whole trial inside this process.
fn run(trial: &Trial) -> LoadTotals {
    let feed = Feed::new(trial.feed.retention_ns);
    let config = Config {
        encoding: trial.feed.encoding,
        carrier: Some(trial.carrier),
        streams: trial.clients_per_connection,
        workers: 1,
        ..Config::new(([127, 0, 0, 1], 0).into())
    };
    let identity = trial.carrier.has_tls().then(|| Identity::of(None).expect("made"));
    let server = Server::start(&config, identity.as_ref(), &feed).expect("a free port");
    let root = identity.as_ref().map(Identity::root);
    let mut load = Load::start((trial, Part::All), server.address(), root, 1).expect("threads");
    load.connected().expect("all connected");
    let t0 = clock::now() + 20 * MILLISECOND;
    let plan = PlannedUpdates::of(&trial.feed).expect("it is computed");
    let running = load.begin(t0).expect("threads");
    let publisher = Publisher::spawn(feed, plan, t0, Some(trial.windows.feed_ns())).expect("a thread");
    let (load, _) = running.finish().expect("it runs").totals(&publisher.finish());
    server.stop().expect("it stops");
    load
}

/// Tries at most. Whoever shares the machine only makes deliveries later, for a while.
const TRIES: u32 = 8;

/// Every delivery of `trial` is at its bound or behind it, each time, and half of them within [`WITHIN`] of what is expected.
fn holds(trial: &Trial) {
    let middles: Vec<Nanos> = (0..TRIES).map(|_| middle(trial)).take_while(|&middle| middle > WITHIN).collect();
    assert!(middles.len() < TRIES as usize, "{}: later than expected by {middles:?} ns", name(trial));
}

fn name(trial: &Trial) -> String {
    let Trial { transport, carrier, polling, persistence, answer, link, .. } = trial;
    format!("{transport} {carrier} {:?} {persistence:?} {answer:?} {}", polling.pacing, link.rtt_ns)
}

/// Runs `trial`, and gives how much later than expected the middle delivery was; the most where the load was so late that too
/// few deliveries could be held against it.
fn middle(trial: &Trial) -> Nanos {
    let load = run(trial);
    let oracle = load.oracle.expect("it is always held against it");
    let read = |text: &str| Histogram::from_text(text).expect("it is recorded");
    let (predicted, excess) = (read(&oracle.predicted), read(&oracle.excess));
    let measured = Histogram::sum(&load.latency).expect("it is recorded");
    let (name, ms) = (name(trial), |ns: f64| ns / MILLISECOND as f64);
    println!(
        "{name}: mean {:.2} predicted, {:.2} measured; later {:.2}, p99 {:.2} ms; {} sooner of {}",
        ms(predicted.mean()),
        ms(measured.mean()),
        ms(excess.at(0.5) as f64),
        ms(excess.at(0.99) as f64),
        oracle.sooner,
        oracle.checked
    );
    assert_eq!((oracle.early, oracle.checked), (0, load.accounting.delivered), "{name}");
    let expected = excess.len() + oracle.sooner;
    if trial.answer == Answer::All {
        assert_eq!(predicted.len(), load.accounting.expected, "{name}");
    }
    if oracle.checked > 20 && expected > oracle.checked * 3 / 4 { excess.at(0.5) } else { Nanos::MAX }
}

/// One of each kind that has a way of its own to be late.
fn kinds() -> Vec<Trial> {
    let closing = |transport, carrier| Trial { persistence: Persistence::Close, carrier, ..trial(transport) };
    let newest = |transport| Trial { answer: Answer::Latest, ..trial(transport) };
    let after = Polling { interval_ns: 60 * MILLISECOND, pacing: Pacing::AfterResponse };
    let mut kinds: Vec<Trial> = Transport::ALL.map(trial).into();
    kinds.push(Trial { polling: after, ..trial(Transport::Polling) });
    kinds.extend([Transport::Polling, Transport::LongPolling].map(newest));
    kinds.extend([Transport::Polling, Transport::LongPolling].map(|transport| closing(transport, Carrier::H1)));
    // a handshake an answer is work: of few, or what is measured is their queue
    kinds.push(Trial { clients: 1, ..closing(Transport::LongPolling, Carrier::H1Tls) });
    kinds.push(Trial { carrier: Carrier::H2, clients_per_connection: 5, ..trial(Transport::LongPolling) });
    kinds
}

#[test]
fn no_delivery_is_earlier_than_its_bound_and_the_middle_one_is_near() {
    // one at a time: what is late here must not be another trial's
    for trial in kinds() {
        holds(&trial);
    }
}

#[test]
fn nor_is_it_over_a_link() {
    let link = Link { rtt_ns: 50 * MILLISECOND, ..Link::default() };
    for trial in kinds() {
        let far = Trial { link, ..trial };
        // who counts a connection's octets waits for its end to cross before the next is opened, d longer than B says
        match far.persistence {
            Persistence::KeepAlive => holds(&far),
            Persistence::Close => {
                assert!((0..TRIES).any(|_| (1..Nanos::MAX).contains(&middle(&far))), "{}", name(&far))
            }
        }
    }
}

#[test]
fn over_a_link_that_is_not_there_deliveries_are_too_early() {
    // a packet level's distance is another process's to make, and nobody made it
    let link = Link { level: Level::Packets, rtt_ns: 50 * MILLISECOND, ..Link::default() };
    for transport in Transport::ALL {
        let oracle = run(&Trial { link, ..trial(transport) }).oracle.expect("it is always held against it");
        assert!(oracle.early * 4 > oracle.checked, "{transport}: {} of {}", oracle.early, oracle.checked);
    }
}
