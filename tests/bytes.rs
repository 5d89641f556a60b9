//! Bytes, counted four times: by the client, by the server, and by the kernel at both ends. They agree to the octet.

use pushbench::clock::{self, MILLISECOND, SECOND};
use pushbench::control::Part;
use pushbench::feed::publisher::Publisher;
use pushbench::feed::ring::Feed;
use pushbench::kind::{self, Answer, Carrier, Compression, Encoding, Pacing, Persistence, Profile, Transport};
use pushbench::link::Link;
use pushbench::load::Load;
use pushbench::plan::PlannedUpdates;
use pushbench::schedule::Schedule;
use pushbench::server::{Config, Server};
use pushbench::timeline::{Followed, Message};
use pushbench::totals::{Connection, Layers, LoadTotals, PhaseTotals};
use pushbench::trial::{FeedPlan, Headers, PhaseClock, Polling, Trial, Windows};
use pushbench::wire::tls::Identity;
use pushbench::wire::trace::Trace;
use std::sync::Arc;
use std::time::Duration;

fn trial(transport: Transport, encoding: Encoding) -> Trial {
    let schedule = Schedule::Bursts { size: 3, gap_ns: 0, every_ns: 10 * MILLISECOND };
    let windows = Windows { warmup_ns: 100 * MILLISECOND, steady_ns: 400 * MILLISECOND, drain_ns: 2 * SECOND };
    let polling = Polling { interval_ns: 25 * MILLISECOND, pacing: Pacing::FixedRate };
    let plain = Trial::plain(transport, schedule, windows);
    Trial { clients: 3, feed: FeedPlan { payload: 300, encoding, ..plain.feed.clone() }, polling, ..plain }
}

struct Ran {
    load: LoadTotals,
    client: Vec<Connection>,
    server: Vec<Connection>,
    followed: Option<Followed>,
    timeline: Vec<Message>,
}

/// A whole trial inside this process.
fn run(trial: &Trial) -> Ran {
    let feed = Feed::new(trial.feed.retention_ns);
    let clock = Arc::new(PhaseClock::of(trial));
    let trace = Trace::new(Arc::clone(&clock));
    let config = Config {
        followed: Some(Arc::clone(&trace)),
        encoding: trial.feed.encoding,
        compression: trial.compression,
        coalesce: Duration::from_nanos(trial.coalesce_ns),
        headers: trial.headers.clone(),
        carrier: Some(trial.carrier),
        streams: trial.clients_per_connection,
        workers: 2,
        ..Config::new(([127, 0, 0, 1], 0).into())
    };
    let identity = trial.carrier.has_tls().then(|| Identity::of(None).expect("made"));
    let server = Server::start(&config, identity.as_ref(), &feed).expect("a free port");
    let root = identity.as_ref().map(Identity::root);
    let mut load = Load::start((trial, Part::All), server.address(), root, 2).expect("threads");
    load.connected().expect("all connected");
    let t0 = clock::now() + 20 * MILLISECOND;
    let plan = PlannedUpdates::of(&trial.feed).expect("it is computed");
    clock.start(t0);
    let running = load.begin(t0).expect("threads");
    let publisher = Publisher::spawn(feed, plan, t0, Some(trial.windows.feed_ns())).expect("a thread");
    let finished = running.finish().expect("it runs");
    let followed = finished.followed();
    let (load, mut client) = finished.totals(&publisher.finish());
    let mut server = server.stop().expect("it stops").connections;
    client.sort_by_key(|connection| (connection.client, connection.opened));
    server.sort_by_key(|connection| (connection.client, connection.opened));
    let timeline = followed.as_ref().map(|followed| followed.against(&trace.calls(), t0)).unwrap_or_default();
    Ran { load, client, server, followed, timeline }
}

/// What the load says of `trial`, the first time that it received anything in steady.
fn with_steady(trial: &Trial) -> LoadTotals {
    let mut loads = (0..TRIES).map(|_| run(trial).load).filter(|load| load.phases.steady.updates > 0);
    loads.next().expect("the load runs at some time")
}

fn every_trial() -> impl Iterator<Item = Trial> {
    Transport::ALL.into_iter().flat_map(|transport| [Encoding::Text, Encoding::Binary].map(|e| trial(transport, e)))
}

/// All transports on the other carriers, and on shared connections.
fn carried_trials() -> impl Iterator<Item = Trial> {
    let carried = |(transport, carrier)| Trial { carrier, ..trial(transport, Encoding::Text) };
    let pairs = Transport::ALL.into_iter().flat_map(|transport| Carrier::ALL.map(|carrier| (transport, carrier)));
    let others = pairs.filter(|&(t, carrier)| carrier != Carrier::H1 && kind::rides(t, carrier).is_ok()).map(carried);
    let shared = others.clone().filter(|trial| trial.carrier.is_h2());
    others.chain(shared.map(|trial| Trial { clients_per_connection: 3, ..trial }))
}

/// The polls with a connection a request, and all transports with a browser's heads and a cookie.
fn heavier_trials() -> impl Iterator<Item = Trial> {
    let polls = Transport::ALL.into_iter().filter(|transport| transport.asks_each_time());
    let closed = polls.map(|t| Trial { persistence: Persistence::Close, ..trial(t, Encoding::Text) });
    let headers = Headers { profile: Profile::Browser, cookie: 1024, ..Headers::default() };
    let heavy =
        move |t| Trial { persistence: Persistence::Close, headers: headers.clone(), ..trial(t, Encoding::Text) };
    closed.chain(Transport::ALL.into_iter().map(heavy))
}

/// Polls that say where they stand in a condition, and whatever has content in gzip.
fn coded_trials() -> impl Iterator<Item = Trial> {
    let polls = Transport::ALL.into_iter().filter(|transport| transport.asks_each_time());
    let conditional = polls.map(|t| Trial { conditional: true, ..trial(t, Encoding::Text) });
    let coded = every_trial().filter(|trial| trial.transport.has_content());
    let coded = coded.map(|trial| Trial { compression: Compression::Gzip, ..trial });
    let h1: Vec<Trial> = conditional.chain(coded).collect();
    let h2 = h1.clone().into_iter().map(|trial| Trial { carrier: Carrier::H2Tls, ..trial });
    h1.into_iter().chain(h2)
}

/// All of the others that differ in what goes over a connection, over a link.
fn far_trials() -> impl Iterator<Item = Trial> {
    let link =
        Link { rtt_ns: 20 * MILLISECOND, jitter_ns: MILLISECOND, bandwidth: Some(50_000_000), ..Link::default() };
    every_trial().chain(carried_trials()).chain(heavier_trials()).map(move |trial| Trial { link, ..trial })
}

fn name(trial: &Trial) -> String {
    let Trial { transport, carrier, persistence, headers, compression, conditional, clients_per_connection, .. } =
        trial;
    let (encoding, profile) = (trial.feed.encoding, headers.profile);
    format!(
        "{transport} {carrier} {encoding:?} {persistence:?} {profile:?} {compression:?} {conditional} {clients_per_connection}"
    )
}

#[test]
fn client_server_and_kernel_count_the_same_octets() {
    side_by_side(every_trial(), counts_the_same_octets);
}

#[test]
fn so_they_do_with_a_connection_a_request_and_with_large_heads() {
    side_by_side(heavier_trials(), counts_the_same_octets);
}

#[test]
fn so_they_do_with_conditions_and_in_gzip() {
    side_by_side(coded_trials(), counts_the_same_octets);
}

#[test]
fn so_they_do_on_every_carrier() {
    side_by_side(carried_trials(), counts_the_same_octets);
}

#[test]
fn so_they_do_over_a_link() {
    side_by_side(far_trials(), counts_the_same_octets);
}

/// Trials at a time: most of a trial is waiting.
const SIDE_BY_SIDE: usize = 4;

fn side_by_side(trials: impl Iterator<Item = Trial>, check: fn(&Trial)) {
    let trials: Vec<Trial> = trials.collect();
    std::thread::scope(|scope| {
        for lane in 0..SIDE_BY_SIDE {
            let mut trials = trials.iter().skip(lane).step_by(SIDE_BY_SIDE);
            scope.spawn(move || trials.by_ref().for_each(check));
        }
    });
}

/// Tries at most, until both the client and steady have run at one time: a load that does not run for long enough sees nothing.
const TRIES: u32 = 5;

fn counts_the_same_octets(trial: &Trial) {
    let seen = (0..TRIES).any(|_| counts_and_sees_steady(trial));
    assert!(seen, "{}: nothing of steady was seen in {TRIES} tries", name(trial));
}

/// All that has to hold however late the load is; gives whether it saw of steady what it should.
fn counts_and_sees_steady(trial: &Trial) -> bool {
    let Ran { load, mut client, mut server, followed, timeline } = run(trial);
    let name = name(trial);
    let mut seen = follows(trial, followed.as_ref(), &timeline, &client);
    // what a client had just connected when the trial ended, or was about to, may be known to one side only
    for side in [&mut client, &mut server] {
        side.retain(|connection| connection.sent + connection.received > 0);
    }
    if trial.transport.asks_each_time() && trial.persistence == Persistence::Close {
        // one was opened for the request that the end of the trial came before
        let requests: u64 = load.phases.all().iter().map(|phase| phase.requests).sum();
        assert!((requests..=requests + 3).contains(&(client.len() as u64)), "{name}: {requests} {}", client.len());
    } else {
        assert_eq!(client.len(), 3 / trial.clients_per_connection as usize, "{name}");
    }
    assert_eq!(client.len(), server.len(), "{name}");
    for (ours, theirs) in client.iter().zip(&server) {
        assert_eq!(ours.client, theirs.client, "{name}");
        assert!(ours.eof && theirs.eof, "{name}: read to the end");
        assert_eq!((ours.sent, ours.received), (theirs.received, theirs.sent), "{name}");
        // a poll under way at the trial's end has no answer; without others it is alone on its connection
        let unanswered = trial.transport.asks_each_time() && trial.persistence == Persistence::Close;
        assert!(ours.sent > 0 && (ours.received > 0 || unanswered), "{name}");
        if cfg!(target_os = "linux") {
            for side in [ours, theirs] {
                let kernel = side.kernel.expect("TCP_INFO");
                assert_eq!((kernel.acknowledged, kernel.received), (side.sent, side.received), "{name}");
            }
        }
    }
    let phases = load.phases.all();
    let up: u64 = phases.iter().map(|phase| phase.up).sum();
    let down: u64 = phases.iter().map(|phase| phase.down).sum();
    assert_eq!(up, client.iter().map(|c| c.sent).sum::<u64>(), "{name}: the phases are complete");
    assert_eq!(down, client.iter().map(|c| c.received).sum::<u64>(), "{name}: the phases are complete");
    let steady = load.phases.steady;
    assert_eq!(steady.payload, steady.updates * 300, "{name}");
    for ours in &client {
        assert_eq!(ours.placed, Some([ours.sent, ours.received]), "{name}: every octet is in one layer");
    }
    for phase in phases {
        let layers = phase.layers.expect("the client dissects");
        assert_eq!((layers.up.total(), layers.down.total()), (phase.up, phase.down), "{name}");
        assert_eq!((layers.up.other, layers.down.other), (0, 0), "{name}");
        if trial.compression.is_none() {
            // what an update weighs goes into the phase that counts it
            assert_eq!(layers.down.payload, phase.payload, "{name}");
        }
    }
    seen &= steady.updates > 0;
    let layers = steady.layers.expect("the client dissects");
    if trial.compression == Compression::Gzip {
        // payload as it was sent: less than its logical size, which is what is counted beside it
        let sent = layers.down.payload;
        assert!(!seen || sent > 0 && sent < steady.payload, "{name}: {sent} B of {}", steady.payload);
        return seen;
    }
    if trial.carrier != Carrier::H1 {
        return seen; // what stands around an update there, a packet capture says
    }
    assert_eq!(layers.down.total() - layers.down.headers, around(trial, steady.updates, &layers.down), "{name}");
    seen
}

/// The first client's messages are parts of its connection's octets, each sent before it was received, in order. Gives whether
/// what it is followed for is among them.
fn follows(trial: &Trial, followed: Option<&Followed>, timeline: &[Message], client: &[Connection]) -> bool {
    let name = name(trial);
    let Some(followed) = followed else {
        assert!(trial.persistence == Persistence::Close && client.len() > 1, "{name}: nobody was followed");
        return true;
    };
    let connection = client.iter().find(|connection| connection.client == followed.client).expect("its own");
    let warmup = trial.windows.warmup_ns.cast_signed();
    for (up, all) in [(true, connection.sent), (false, connection.received)] {
        let ways: Vec<&Message> = timeline.iter().filter(|message| message.up == up).collect();
        assert!(ways.is_sorted_by_key(|message| message.sent_ns), "{name}: {ways:?}");
        assert!(ways.is_sorted_by_key(|message| message.received_ns), "{name}: {ways:?}");
        assert!(ways.iter().map(|message| message.layers.total()).sum::<u64>() <= all, "{name}: {ways:?}");
        assert!(ways.iter().all(|message| message.layers.total() > 0 && !message.what.is_empty()), "{name}: {ways:?}");
    }
    let mut seen = true;
    // what was sent is received later; an answer leaves when its request is there, the next request when that answer is
    assert!(timeline.iter().all(|message| message.sent_ns <= message.received_ns), "{name}: {timeline:?}");
    if trial.transport.asks_each_time() && trial.clients_per_connection <= 1 {
        let answer = |what: &str| what.split(", ").any(|part| part.parse::<u16>().is_ok());
        let at = |m: &Message| if m.up { m.sent_ns } else { m.received_ns };
        let turns: Vec<&Message> = timeline
            .iter()
            .filter(|m| at(m) >= warmup && if m.up { m.what.contains("GET") } else { answer(&m.what) })
            .collect();
        let in_turn = |pair: &[&Message]| pair[0].up != pair[1].up && pair[0].received_ns <= pair[1].sent_ns;
        assert!(turns.windows(2).all(in_turn), "{name}: {timeline:?}");
        seen &= turns.windows(2).any(|pair| pair[0].up);
    }
    let steady = timeline.iter().filter(|message| message.sent_ns >= warmup - 100 * MILLISECOND.cast_signed());
    seen &= steady.clone().any(|message| message.layers.payload > 0);
    if trial.transport.asks_each_time() {
        seen &= steady.clone().any(|message| message.what.starts_with("GET"));
    } else {
        assert!(timeline.iter().any(|message| message.up && message.sent_ns < 0), "{name}: {timeline:?}");
    }
    // nobody waits for what has come, as a client once did for the server's settings
    let setup: Vec<i64> = timeline.iter().map(|message| message.sent_ns).take_while(|at| *at < 0).collect();
    let gap = setup.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
    assert!(gap < 2 * SECOND.cast_signed(), "{name}: {timeline:?}");
    if trial.carrier.has_tls() {
        let shaken: Vec<bool> = timeline.iter().take_while(|message| message.what == "TLS").map(|m| m.up).collect();
        assert!(shaken.starts_with(&[true, false, true]), "{name}: {timeline:?}");
    }
    seen
}

/// What updates of 300 octets take up in steady, by the transports' own transcripts.
fn around(trial: &Trial, updates: u64, down: &Layers) -> u64 {
    let binary = trial.feed.encoding == Encoding::Binary;
    match trial.transport {
        Transport::Websocket => updates * 304 + down.control,
        Transport::RawTcp => updates * 304,
        Transport::Polling | Transport::LongPolling if binary => updates * 304,
        // separators and chunk lines depend on how many updates came together
        Transport::Polling | Transport::LongPolling | Transport::Sse => updates * 300 + down.framing + down.control,
    }
}

#[test]
fn what_a_stream_gathers_goes_in_fewer_packets_and_in_no_more_octets() {
    for transport in Transport::ALL.into_iter().filter(|transport| !transport.asks_each_time()) {
        // every 5 ms one, gathered for 50: ten to a packet, and acknowledgements and probes beside them
        let schedule = Schedule::Periodic { rate: 200.0 };
        let of = |coalesce_ns| {
            let trial = trial(transport, Encoding::Text);
            Trial { feed: FeedPlan { schedule: schedule.clone(), ..trial.feed }, coalesce_ns, ..trial }
        };
        let gathered = of(50 * MILLISECOND);
        counts_the_same_octets(&gathered);
        let (apart, together) = (with_steady(&of(0)), with_steady(&gathered));
        assert_eq!(together.accounting.delivered, together.accounting.expected, "{transport}");
        let (apart, together) = (apart.phases.steady, together.phases.steady);
        let each = |phase: PhaseTotals| phase.down / phase.updates;
        // events that go together share a chunk
        assert!(each(together) <= each(apart), "{transport}");
        let packets = together.packets.expect("new totals have them").down.count;
        assert!(packets * 2 < together.updates, "{transport}: {packets} packets for {} updates", together.updates);
    }
}

#[test]
fn every_expected_update_is_accounted_for() {
    side_by_side(every_trial(), accounts_for_all);
}

#[test]
fn so_they_are_with_a_connection_a_request_and_with_large_heads() {
    side_by_side(heavier_trials(), accounts_for_all);
}

#[test]
fn so_they_are_with_conditions_and_in_gzip() {
    side_by_side(coded_trials(), accounts_for_all);
}

#[test]
fn so_they_are_on_every_carrier() {
    side_by_side(carried_trials(), accounts_for_all);
}

#[test]
fn so_they_are_over_a_link() {
    side_by_side(far_trials(), accounts_for_all);
}

fn accounts_for_all(trial: &Trial) {
    let Ran { load, .. } = run(trial);
    let (accounting, name) = (load.accounting, name(trial));
    // bursts of three at 100, 110, … 490 ms: forty of them in steady, for three clients
    assert_eq!(accounting.expected, 3 * 3 * 40, "{name}");
    assert_eq!(accounting.delivered, accounting.expected, "{name}: {accounting:?}");
    assert!(accounting.closes());
    assert_eq!((accounting.duplicates, accounting.reordered, load.reconnects), (0, 0, 0), "{name}");
    assert_eq!(load.distinct, 120, "{name}");
}

#[test]
fn the_latest_supersedes_the_others_and_they_are_counted() {
    for transport in [Transport::Polling, Transport::LongPolling] {
        let Ran { load, .. } = run(&Trial { answer: Answer::Latest, ..trial(transport, Encoding::Text) });
        let accounting = load.accounting;
        assert!(accounting.closes(), "{accounting:?}");
        // of a burst, which is appended whole, at most the last is sent
        assert!(accounting.superseded >= accounting.expected * 2 / 3, "{transport}: {accounting:?}");
        assert_eq!(accounting.lost(), 0, "{transport}: {accounting:?}");
    }
}

#[test]
fn one_update_an_answer_needs_an_answer_for_each() {
    for encoding in [Encoding::Text, Encoding::Binary] {
        let trial = Trial { answer: Answer::One, ..trial(Transport::LongPolling, encoding) };
        counts_the_same_octets(&trial);
        accounts_for_all(&trial);
        let steady = with_steady(&trial).phases.steady;
        assert_eq!(steady.requests - steady.empty, steady.updates, "{steady:?}");
    }
}

#[test]
fn nagle_is_off_and_the_buffers_are_as_asked_for() {
    let trial = trial(Transport::Websocket, Encoding::Text);
    let Ran { load, .. } = run(&trial);
    let socket = load.socket.expect("a connection was looked at");
    assert!(socket.nodelay);
    if cfg!(target_os = "linux") {
        assert_eq!(socket.send_buffer, 2 * trial.sockets.send_buffer as usize, "the kernel doubles it");
        assert_eq!(socket.max_segment, 1448, "an Ethernet segment with timestamps");
    }
}
