//! One body for every transport on every carrier: the identical updates, in order, none missing, none twice, whatever breaks on the way.
//!
//! A proxy resets each of its first connections in the middle of what the server sends, after a seeded number of
//! octets; the client half goes on from its cursor.

use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::feed::publisher::Publisher;
use pushbench::feed::ring::Feed;
use pushbench::kind::{self, Answer, Carrier, Compression, Encoding, LOCALHOST, Pacing, Persistence, Transport};
use pushbench::pacing::Pacer;
use pushbench::plan::PlannedUpdates;
use pushbench::profile;
use pushbench::replay::Lines;
use pushbench::schedule::{Schedule, Timing};
use pushbench::server::{Config, Limits, Server};
use pushbench::sink::Sink;
use pushbench::transport;
use pushbench::transport::room::Course;
use pushbench::trial::{FeedPlan, Headers, PhaseClock, Polling, Sockets, Windows};
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::exchange::{Broken, Dial, Exchange, Line};
use pushbench::wire::tap::Tap;
use pushbench::wire::tls::{Identity, Trust};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Of a client's connections, the first so many; on other carriers than `h1`, whose handshakes take longer, fewer.
const RESETS: u32 = 50;
const RESETS_OF_OTHERS: u32 = 10;
const RATE: u32 = 1000;
const UPDATES: u64 = 2500;
const PAYLOAD: usize = 120;
/// The feed ends after its last update, in nanoseconds after t0.
const UNTIL: Nanos = (UPDATES + 1) * SECOND / RATE as Nanos;

fn feed_plan(encoding: Encoding) -> FeedPlan {
    let schedule = Schedule::Periodic { rate: RATE.into() };
    FeedPlan { schedule, payload: PAYLOAD, encoding, seed: 1, retention_ns: 60 * SECOND }
}

/// Lines of many lengths, as text: a replay is never binary.
fn replayed_plan() -> FeedPlan {
    let lines = Lines::read("sample:ticker", &Timing::Rate { rate: RATE.into() }).expect("it is ours");
    let (replay, payload) = lines.describe(true, UNTIL, u64::MAX).expect("it is repeated");
    assert!(replay.lines < UPDATES, "it begins again within the feed");
    FeedPlan { schedule: Schedule::Replay(replay), payload, ..feed_plan(Encoding::Text) }
}

/// Digests what it is given, and wants it without a gap.
struct Digester {
    digest: Sha256,
    last: u64,
    done: Rc<Cell<bool>>,
    fault: Option<String>,
}

impl Digester {
    fn take(&mut self, bytes: &[u8]) {
        let number = update::number(bytes);
        if number != Some(self.last + 1) && self.fault.is_none() {
            self.fault = Some(format!("{number:?} after {}", self.last));
        }
        self.last = number.unwrap_or(self.last);
        self.digest.update(self.last.to_be_bytes());
        self.digest.update(bytes);
        self.done.set(self.last >= UPDATES);
    }
}

impl Sink for Digester {
    fn opened(&mut self) {}
    fn answered<'a>(&mut self, updates: impl Iterator<Item = &'a [u8]>) {
        updates.for_each(|update| self.take(update));
    }
    fn deliver(&mut self, update: &[u8]) {
        self.take(update);
    }
    fn lost(&mut self, numbers: std::ops::Range<u64>) {
        self.fault.get_or_insert(format!("{numbers:?} are gone"));
    }
    fn skipped(&mut self, _: u64) {}
}

/// Relays to `server`, and resets its first connections after a seeded number of octets from it.
async fn resetting_proxy(listener: TcpListener, server: SocketAddr, seed: u64, way: Way, resets: Arc<AtomicU32>) {
    let mut random = Pcg64::seed_from_u64(seed);
    while let Ok((client, _)) = listener.accept().await {
        // from within the first answer's head to some tens of updates later; never a multiple of a frame's length twice
        let limit = (resets.load(Ordering::Relaxed) < way.resets()).then(|| 40 + random.next_u64() % way.most());
        let resets = Arc::clone(&resets);
        tokio::task::spawn_local(async move {
            let upstream = TcpStream::connect(server).await.expect("the server listens");
            if relay(client, upstream, limit).await {
                resets.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
}

/// Whether it reset the connection.
async fn relay(mut client: TcpStream, mut server: TcpStream, limit: Option<u64>) -> bool {
    let mut left = limit.unwrap_or(u64::MAX);
    let (mut up, mut down) = ([0; 1024], [0; 4096]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(octets @ 1..) => if server.write_all(&up[..octets]).await.is_err() { return false },
                _ => return false,
            },
            read = server.read(&mut down) => match read {
                Ok(octets @ 1..) => {
                    let octets = octets.min(usize::try_from(left).unwrap_or(usize::MAX));
                    if client.write_all(&down[..octets]).await.is_err() { return false }
                    left -= octets as u64;
                    if left == 0 {
                        // no lingering: an RST instead of a FIN, and what the client has not read is gone
                        return client.set_zero_linger().is_ok();
                    }
                }
                _ => return false,
            },
        }
    }
}

/// How a client follows.
#[derive(Clone, Copy, Debug)]
struct Way {
    transport: Transport,
    carrier: Carrier,
    persistence: Persistence,
    conditional: bool,
    compression: Compression,
}

impl Way {
    /// Each transport on each carrier as it is; then what HTTP's have beside.
    fn all() -> Vec<Way> {
        let plain = |(transport, carrier)| Way {
            transport,
            carrier,
            persistence: Persistence::KeepAlive,
            conditional: false,
            compression: Compression::None,
        };
        let pairs = Transport::ALL.into_iter().flat_map(|transport| Carrier::ALL.map(|carrier| (transport, carrier)));
        let mut ways: Vec<Way> = pairs.filter(|&(t, carrier)| kind::rides(t, carrier).is_ok()).map(plain).collect();
        for way in ways.clone() {
            let polls = way.transport.asks_each_time();
            if polls && kind::persists(way.carrier, Persistence::Close).is_ok() {
                ways.push(Way { persistence: Persistence::Close, ..way });
            }
            if polls {
                ways.push(Way { conditional: true, ..way });
                ways.push(Way { conditional: true, compression: Compression::Gzip, ..way });
            }
            if way.transport.has_content() {
                ways.push(Way { compression: Compression::Gzip, ..way });
            }
        }
        ways
    }

    fn resets(self) -> u32 {
        if self.carrier == Carrier::H1 { RESETS } else { RESETS_OF_OTHERS }
    }

    /// Octets after which a connection is reset at the latest. Compressed, there is not as much to cut through.
    fn most(self) -> u64 {
        if self.compression.is_none() || self.carrier.has_tls() { 4000 } else { 700 }
    }
}

/// Follows the whole feed through the proxy; gives the digest.
async fn follow_all(
    Way { transport, carrier, persistence, conditional, compression }: Way,
    feed: (Encoding, usize),
    proxy: SocketAddr,
    trust: Option<Trust>,
) -> Result<Vec<u8>, String> {
    let (_start, started) = watch::channel(Some(clock::now()));
    let polling = Polling { interval_ns: 2 * MILLISECOND, pacing: Pacing::AfterResponse };
    let mut head = profile::request(&Headers::default(), persistence, transport, carrier, "127.0.0.1")?;
    if compression == Compression::Gzip {
        profile::take_gzip(&mut head);
    }
    let mut course = Course {
        since: 0,
        answer: Answer::All,
        conditional,
        encoding: feed.0,
        payload: feed.1,
        hold_ns: 5 * SECOND,
        head,
        pacer: Pacer::new(polling, 0, started),
    };
    let done = Rc::new(Cell::new(false));
    let mut sink = Digester { digest: Sha256::new(), last: 0, done: Rc::clone(&done), fault: None };
    let windows = Windows { warmup_ns: 0, steady_ns: SECOND, drain_ns: SECOND };
    let tap = Tap::dissecting(Dissector::new(transport, feed.0, carrier.is_h2()), Arc::new(PhaseClock::new(windows)));
    let dial = Dial { server: proxy, source: None, sockets: Sockets::default(), carrier, trust, network: None };
    let mut exchange = Exchange::on(&Line::new(dial, tap));
    let finished = async {
        while !done.get() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let following = async {
        loop {
            match transport::follow(transport, &mut exchange, &mut course, &mut sink).await {
                refused @ Broken::Refused { .. } => return refused.to_string(),
                _ => exchange.close().await,
            }
        }
    };
    tokio::select! {
        () = finished => {}
        refusal = following => return Err(refusal),
        () = tokio::time::sleep(Duration::from_secs(60)) => return Err("it took more than a minute".into()),
    }
    let tap = exchange.tap();
    exchange.leave().await.ok_or("somebody else is on the line")?;
    let (used, _) = tap.used().ok_or("nothing was dissected")?;
    let other: u64 = used.iter().map(|phase| phase.layers.up.other + phase.layers.down.other).sum();
    if other > 0 {
        return Err(format!("{other} B have no layer"));
    }
    match sink.fault {
        Some(fault) => Err(fault),
        None => Ok(sink.digest.finalize().to_vec()),
    }
}

fn digest_of(updates: &PlannedUpdates) -> Vec<u8> {
    let mut digest = Sha256::new();
    for number in 1..=UPDATES {
        digest.update(number.to_be_bytes());
        digest.update(updates.encode(number));
    }
    digest.finalize().to_vec()
}

#[test]
fn every_transport_delivers_the_identical_updates_through_fifty_resets() {
    // side by side: all of them mostly wait
    std::thread::scope(|scope| {
        for plan in [feed_plan(Encoding::Text), feed_plan(Encoding::Binary), replayed_plan()] {
            scope.spawn(move || is_delivered_by_every_transport(&plan));
        }
    });
}

fn is_delivered_by_every_transport(plan: &FeedPlan) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let feed = Feed::new(plan.retention_ns);
    let identity = Identity::of(None).expect("made");
    let trust = Trust::new(identity.root(), LOCALHOST).expect("it is a root");
    let servers = Carrier::ALL.map(|carrier| {
        let any = Config::new(([127, 0, 0, 1], 0).into());
        let config = Config {
            encoding: plan.encoding,
            compression: Compression::Gzip,
            carrier: Some(carrier),
            workers: 2,
            ..any
        };
        Server::start(&config, Some(&identity), &feed).expect("a free port")
    });
    let updates = || PlannedUpdates::of(plan).expect("computed, or embedded");
    let planned = digest_of(&updates());
    let publisher = Publisher::spawn(feed, updates(), clock::now(), Some(UNTIL)).expect("a thread");
    LocalSet::new().block_on(&runtime, async {
        let mut clients = Vec::new();
        for (seed, way) in (1u64..).zip(Way::all()) {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
            let proxy = listener.local_addr().expect("it is bound");
            let resets = Arc::new(AtomicU32::new(0));
            let server = servers[way.carrier as usize].address();
            let proxying = resetting_proxy(listener, server, seed, way, Arc::clone(&resets));
            tokio::task::spawn_local(proxying);
            let trust = way.carrier.has_tls().then(|| trust.of_another());
            let client = tokio::task::spawn_local(follow_all(way, (plan.encoding, plan.payload), proxy, trust));
            clients.push((way, client, resets));
        }
        for (way, client, resets) in clients {
            let name = format!("{way:?} {:?} {:?}", plan.encoding, plan.schedule);
            let digest = client.await.expect("it does not panic");
            let resets = resets.load(Ordering::Relaxed);
            assert_eq!(digest.as_ref(), Ok(&planned), "{name}, {resets} resets");
            assert!(resets >= way.resets(), "{name}: only {resets} resets");
        }
    });
    publisher.finish();
    servers.into_iter().for_each(|server| drop(server.stop().expect("it stops")));
}

/// A reader that opens a stream and reads nothing: the server must not keep for it what it does not take.
#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_reads_nothing_is_cut_off_and_counted() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for transport in [Transport::Sse, Transport::Websocket, Transport::RawTcp] {
        let plan = FeedPlan { payload: 32 << 10, retention_ns: 200 * MILLISECOND, ..feed_plan(Encoding::Text) };
        let feed = Feed::new(plan.retention_ns);
        let limits = Limits { stalled: Duration::from_millis(500), ..Limits::default() };
        let config = Config { limits, ..Config::new(([127, 0, 0, 1], 0).into()) };
        let server = Server::start(&config, None, &feed).expect("a free port");
        let publisher =
            Publisher::spawn(feed, PlannedUpdates::of(&plan).expect("computed"), clock::now(), Some(60 * SECOND))
                .expect("a thread");
        runtime.block_on(async {
            let mut lazy = TcpStream::connect(server.address()).await.expect("it listens");
            let upgrade = match transport {
                Transport::Websocket => {
                    "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                }
                Transport::RawTcp => "upgrade: raw-tcp\r\nconnection: upgrade\r\n",
                _ => "",
            };
            let request = format!("GET {} HTTP/1.1\r\nhost: x\r\n{upgrade}\r\n", transport.path());
            lazy.write_all(request.as_bytes()).await.expect("it takes a request");
            // it reads one octet, so that the stream is open, and no more until the server has given it up
            lazy.read_u8().await.expect("an answer");
            let (own, theirs) = (lazy.local_addr().expect("bound"), server.address());
            let given_up = tokio::time::timeout(Duration::from_secs(30), async {
                while established(theirs, own) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            });
            given_up.await.expect("the server gives a lazy reader up");
        });
        publisher.stop();
        let totals = server.stop().expect("it stops");
        assert_eq!(totals.cut_off, 1, "{transport}");
    }
}

#[cfg(target_os = "linux")]
/// Whether the kernel holds the connection from `local` to `remote` for established, as `local` sees it.
fn established(local: SocketAddr, remote: SocketAddr) -> bool {
    let table = std::fs::read_to_string("/proc/self/net/tcp").expect("Linux");
    let port = |address: SocketAddr| format!(":{:04X}", address.port());
    table.lines().map(|row| row.split_whitespace().collect::<Vec<_>>()).any(|row| {
        // local address, remote address, state: 01 is ESTABLISHED
        row[1].ends_with(&port(local)) && row[2].ends_with(&port(remote)) && row[3] == "01"
    })
}
