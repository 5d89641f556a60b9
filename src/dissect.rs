//! `pushbench dissect`'s exchange: a short and real one, by the two sides of a trial, over loopback and in one process.
//!
//! Nothing is measured: the server runs in a thread of its own, the client here, and what went over the connection is
//! kept, below TLS and above it. The feed is not planned: an update is published when the last one has arrived, so that
//! the exchange is as good as the same each time. It has what the protocol has to show: an empty poll, two updates in one
//! answer, a sign of life, an end that the server asks for.

use crate::clock::{self, MILLISECOND, Nanos};
use crate::explain::recording::Recording;
use crate::feed::ring::{Entry, Feed};
use crate::kind::{Answer, Carrier, Encoding, LOCALHOST, Pacing, Persistence, Transport};
use crate::pacing::Pacer;
use crate::profile;
use crate::server::{Config, Limits, Server, Totals};
use crate::sink::Sink;
use crate::totals::{Connection, Layers, Ways};
use crate::transport;
use crate::transport::room::Course;
use crate::trial::{Headers, PhaseClock, Polling, Sockets, Windows};
use crate::update;
use crate::wire::dissect::connection::Dissector;
use crate::wire::exchange::{Dial, Exchange, Line};
use crate::wire::recorder::Recorder;
use crate::wire::secrets::Collected;
use crate::wire::tap::Tap;
use crate::wire::tls::{Identity, Trust};
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Between two polls.
const PERIOD: Nanos = 10 * MILLISECOND;
/// How long a long poll is held that nothing comes for.
const HOLD: Nanos = 40 * MILLISECOND;
/// How long a stream is silent before it gets a sign of life.
const SILENT: Duration = Duration::from_millis(200);
/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is to be shown.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What brings the updates.
    pub transport: Transport,
    /// What it rides on.
    pub carrier: Carrier,
    /// How updates are encoded.
    pub encoding: Encoding,
    /// How many there are; at least one.
    pub updates: u32,
    /// Of how many octets each.
    pub payload: usize,
    /// What heads hold beyond what the protocol needs.
    pub headers: Headers,
}

/// Makes the exchange.
///
/// # Errors
/// A sentence: what did not work.
pub fn record(wish: &Wish) -> Result<Recording, String> {
    let say = |error: io::Error| error.to_string();
    let feed = Feed::new(60 * clock::SECOND);
    let config = Config {
        encoding: wish.encoding,
        headers: wish.headers.clone(),
        carrier: Some(wish.carrier),
        limits: Limits { silent: SILENT, ..Limits::default() },
        ..Config::new(([127, 0, 0, 1], 0).into())
    };
    let identity = wish.carrier.has_tls().then(|| Identity::of(None)).transpose();
    let identity = identity.map_err(|error| error.to_string())?;
    let server = Server::start(&config, identity.as_ref(), &feed).map_err(say)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(say)?;
    let exchange = LocalSet::new();
    exchange.block_on(&runtime, async {
        let made = converse(wish, server, identity.as_ref(), &feed);
        let patient = tokio::time::timeout(PATIENCE, made).await;
        patient.unwrap_or_else(|_| Err(format!("the exchange took more than {} s", PATIENCE.as_secs())))
    })
}

/// How far the client is.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    opened: bool,
    answers: u32,
    delivered: u32,
}

/// Tells how far the client is.
struct Signal(watch::Sender<Progress>);

impl Sink for Signal {
    fn opened(&mut self) {
        self.0.send_modify(|progress| progress.opened = true);
    }

    fn answered<'a>(&mut self, updates: impl Iterator<Item = &'a [u8]>) {
        let updates = u32::try_from(updates.count()).unwrap_or(u32::MAX);
        self.0.send_modify(|progress| {
            progress.answers += 1;
            progress.delivered += updates;
        });
    }

    fn deliver(&mut self, _: &[u8]) {
        self.0.send_modify(|progress| progress.delivered += 1);
    }

    fn lost(&mut self, _: std::ops::Range<u64>) {}

    fn skipped(&mut self, _: u64) {}
}

type Stopping = JoinHandle<io::Result<Totals>>;

async fn converse(wish: &Wish, server: Server, identity: Option<&Identity>, feed: &Feed) -> Result<Recording, String> {
    let Wish { transport, carrier, encoding, updates, payload, ref headers } = *wish;
    let (address, recorder, secrets) =
        (server.address(), Arc::new(Recorder::default()), Arc::new(Collected::default()));
    let trust = identity.map(|identity| Trust::new(identity.root(), LOCALHOST)).transpose();
    let trust = trust.map_err(|error| error.to_string())?.map(|trust| trust.telling(Arc::clone(&secrets) as _));
    let clock = PhaseClock::new(Windows { warmup_ns: 0, steady_ns: 0, drain_ns: 0 });
    let tap = Tap::dissecting(Dissector::new(transport, encoding, carrier.is_h2()), Arc::new(clock));
    let dial = Dial { server: address, source: None, sockets: Sockets::default(), carrier, trust, network: None };
    let line = Line::new(dial, tap.recorded(Arc::clone(&recorder)));
    let mut exchange = Exchange::on(&line);
    let tap = exchange.tap();
    let (date, began) = (SystemTime::now(), clock::now());
    let (_announce, start) = watch::channel(Some(began));
    let polling = Polling { interval_ns: PERIOD, pacing: Pacing::AfterResponse };
    let mut course = Course {
        conditional: false,
        since: 0,
        answer: Answer::All,
        encoding,
        payload,
        hold_ns: HOLD,
        head: profile::request(headers, Persistence::KeepAlive, transport, carrier, &address.to_string())?,
        pacer: Pacer::new(polling, 0, start),
    };
    let (signal, progress) = watch::channel(Progress::default());
    let mut signal = Signal(signal);
    let stopping = Cell::new(None);
    let broken = {
        let teacher = conduct(wish, feed, progress, &tap, server, &stopping);
        let client = transport::follow(transport, &mut exchange, &mut course, &mut signal);
        tokio::select! { biased; () = teacher => None, broken = client => Some(broken) }
    };
    let Some(stopping) = stopping.take() else {
        return Err(broken.map_or_else(String::new, |broken| broken.to_string()));
    };
    let seen = exchange.leave().await.unwrap_or_default();
    let served = tokio::task::spawn_blocking(|| stopping.join()).await.map_err(|error| error.to_string())?;
    let served = served.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(|error| error.to_string())?;
    let [connection] = &seen.connections[..] else {
        return Err(format!("the exchange took {} connections", seen.connections.len()));
    };
    Ok(Recording {
        transport,
        carrier,
        encoding,
        updates,
        payload,
        began,
        date,
        ends: [connection.client, address],
        pieces: recorder.take(),
        secrets: secrets.take(),
        ledger: ledger(&tap),
        counts: counts(connection, &served),
    })
}

/// Publishes one update after another, waits for what there is to show, and has the server end it.
async fn conduct(
    wish: &Wish,
    feed: &Feed,
    mut progress: watch::Receiver<Progress>,
    tap: &Tap,
    server: Server,
    stopping: &Cell<Option<Stopping>>,
) {
    let asks = wish.transport.asks_each_time();
    wait(&mut progress, |now| if asks { now.answers > 0 } else { now.opened }).await;
    let mut published = 0;
    while published < wish.updates {
        // the last two come at once: a poll's answer holds both
        let together = if published > 0 && published + 2 == wish.updates { 2 } else { 1 };
        let numbers = u64::from(published) + 1..=u64::from(published + together);
        let entry = |number| Entry::new(number, clock::now(), update::encode(number, wish.payload, wish.encoding));
        feed.append(numbers.map(entry));
        published += together;
        wait(&mut progress, |now| now.delivered >= published).await;
    }
    if matches!(wish.transport, Transport::Sse | Transport::Websocket) {
        let [sent, received] = tap.counts();
        let answers = wish.transport == Transport::Websocket;
        let alive = |now: [u64; 2]| now[1] > received && (!answers || now[0] > sent);
        while !alive(tap.counts()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    let answers = progress.borrow().answers;
    stopping.set(Some(std::thread::spawn(|| server.stop())));
    match wish.transport {
        // the client leaves, as it does when it has heard enough
        Transport::Polling => {}
        // the one that is held is answered
        Transport::LongPolling => wait(&mut progress, |now| now.answers > answers).await,
        // to the end of the stream
        Transport::Sse | Transport::Websocket | Transport::RawTcp => std::future::pending().await,
    }
}

/// Waits until the client is so far; for ever, where it never will be.
async fn wait(progress: &mut watch::Receiver<Progress>, so_far: impl FnMut(&Progress) -> bool) {
    let gone = progress.wait_for(so_far).await.is_err();
    if gone {
        std::future::pending::<()>().await;
    }
}

fn ledger(tap: &Tap) -> Ways<Layers> {
    let mut ledger = Ways::default();
    tap.used().into_iter().flat_map(|(phases, _)| phases).for_each(|used| ledger += used.layers);
    ledger
}

/// Octets on the socket, by everybody who counts them.
fn counts(client: &Connection, served: &Totals) -> [Option<Ways<u64>>; 3] {
    let known_by = |address: SocketAddr| served.connections.iter().find(move |other| other.client == address);
    [
        Some(Ways { up: client.sent, down: client.received }),
        known_by(client.client).map(|server| Ways { up: server.received, down: server.sent }),
        client.kernel.map(|kernel| Ways { up: kernel.acknowledged, down: kernel.received }),
    ]
}
