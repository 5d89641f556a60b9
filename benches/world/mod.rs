//! A server and its clients in this process, over loopback, in *lock-step*: an update is published when every client has
//! the one before. Nothing is planned, so that nothing queues and nobody waits for a timer.
//!
//! Both halves are those of a trial: the same server, the same rooms, the same counted and dissected connections. Server
//! and clients have a thread each.
//!
//! A client that polls asks once a round, and never in vain: a witness, a WebSocket of its own, says when the update is
//! there to be fetched, and the clock starts with the first poll. What is left out is its wait for that, half a period in
//! the mean, which costs nobody anything. A long poll's round has its request in it: at full speed that comes after the
//! update as often as before.

#![allow(dead_code)] // each target uses its part

mod client;

use client::{Hall, Seat};
use nix::time::{ClockId, clock_gettime};
use pushbench::clock::{self, Nanos};
use pushbench::feed::ring::{Entry, Feed};
use pushbench::kind::{self, Carrier, Encoding, LOCALHOST, Transport};
use pushbench::server::{Config, Server};
use pushbench::trial::{Headers, Sockets};
use pushbench::update;
use pushbench::wire::exchange::Dial;
use pushbench::wire::tls::{Identity, Trust};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// An update's size in octets: that of the default scenario.
pub(crate) const PAYLOAD: usize = 100;
/// How long an update can still be had; every client has it long before.
const RETENTION: Nanos = 200 * clock::MILLISECOND;
/// Clients that connect at a time, as in a trial.
const CONNECTING: u32 = 128;

/// Who follows, and how.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) transport: Transport,
    pub(crate) carrier: Carrier,
    pub(crate) clients: u32,
    pub(crate) headers: Headers,
}

impl Shape {
    /// One client, with minimal heads.
    pub(crate) fn new(transport: Transport, carrier: Carrier) -> Shape {
        Shape { transport, carrier, clients: 1, headers: Headers::default() }
    }

    /// Every transport on every carrier that it rides on.
    pub(crate) fn all() -> impl Iterator<Item = Shape> {
        let pairs = Transport::ALL.into_iter().flat_map(|transport| Carrier::ALL.map(|carrier| (transport, carrier)));
        pairs.filter(|&(t, carrier)| kind::rides(t, carrier).is_ok()).map(|(t, carrier)| Shape::new(t, carrier))
    }

    fn polls(&self) -> bool {
        self.transport == Transport::Polling
    }
}

/// A server and its clients, all connected.
pub(crate) struct World {
    runtime: Runtime,
    tasks: LocalSet,
    server: Option<Server>,
    feed: Feed,
    published: Cell<u64>,
    clients: u32,
    hall: Rc<Hall>,
    /// Of the polls alone.
    witness: Option<Rc<Hall>>,
    /// Tells those who poll that the update of this number is there.
    asking: watch::Sender<u64>,
}

impl World {
    /// Starts the server, connects every client, and lets each receive one update.
    pub(crate) fn open(shape: &Shape) -> World {
        pushbench::system::raise_descriptor_limit();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let feed = Feed::new(RETENTION);
        let config = Config {
            carrier: Some(shape.carrier),
            headers: shape.headers.clone(),
            ..Config::new(([127, 0, 0, 1], 0).into())
        };
        let identity = shape.carrier.has_tls().then(identity);
        let server = Server::start(&config, identity, &feed).expect("a free port");
        let world = World {
            runtime,
            tasks: LocalSet::new(),
            feed,
            published: Cell::new(0),
            clients: shape.clients,
            hall: Rc::default(),
            witness: shape.polls().then(Rc::default),
            asking: watch::Sender::new(0),
            server: Some(server),
        };
        world.runtime.block_on(world.tasks.run_until(async {
            if let Some(witness) = &world.witness {
                let shape = Shape { transport: Transport::Websocket, clients: 1, ..shape.clone() };
                world.admit(&shape, witness).await;
            }
            world.admit(shape, &world.hall).await;
            world.round().await;
        }));
        world
    }

    /// Connects a shape's clients.
    async fn admit(&self, shape: &Shape, hall: &Rc<Hall>) {
        let server = self.server.as_ref().expect("it runs").address();
        let carrier = shape.carrier;
        let trust = carrier.has_tls().then(|| Trust::new(identity().root(), LOCALHOST).expect("it is a root"));
        let mut left = shape.clients;
        while left > 0 {
            let some = left.min(CONNECTING);
            left -= some;
            hall.expect(some);
            for _ in 0..some {
                let trust = trust.as_ref().map(Trust::of_another);
                let dial = Dial { server, source: None, sockets: Sockets::default(), carrier, trust, network: None };
                let seat = Seat::new(shape, dial, Rc::clone(hall), self.asking.subscribe());
                tokio::task::spawn_local(seat.follow());
            }
            hall.complete().await;
        }
    }

    /// What `to_async` runs on.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// So many updates, one after the other: the sum of the times from published to received by the last client.
    pub(crate) async fn rounds(&self, rounds: u64) -> Duration {
        let all = async {
            let mut sum = 0;
            for _ in 0..rounds {
                sum += self.round().await;
            }
            Duration::from_nanos(sum)
        };
        self.tasks.run_until(all).await
    }

    /// The same, for the CPU time that the clients' thread takes, publishing and the witness left out.
    pub(crate) async fn rounds_of_cpu(&self, rounds: u64) -> Duration {
        let all = async {
            let began = thread_cpu();
            let mut ours = 0;
            for _ in 0..rounds {
                let before = thread_cpu();
                let entry = self.next();
                self.publish(entry);
                self.fetchable().await;
                ours += thread_cpu() - before;
                self.received().await;
            }
            Duration::from_nanos(thread_cpu() - began - ours)
        };
        self.tasks.run_until(all).await
    }

    /// Octets on the sockets of the clients, both directions, when the last of them had the last update.
    pub(crate) fn octets(&self) -> u64 {
        self.hall.octets()
    }

    async fn round(&self) -> Nanos {
        let entry = self.next();
        let published = clock::now();
        self.publish(entry);
        self.fetchable().await;
        self.received().await;
        self.hall.last() - self.hall.asked().unwrap_or(published)
    }

    fn next(&self) -> std::sync::Arc<Entry> {
        let number = self.published.get() + 1;
        self.published.set(number);
        Entry::new(number, clock::now(), update::encode(number, PAYLOAD, Encoding::Text))
    }

    fn publish(&self, entry: std::sync::Arc<Entry>) {
        self.hall.expect(self.clients);
        self.witness.iter().for_each(|witness| witness.expect(1));
        self.feed.append([entry]);
    }

    /// Where clients poll, waits until what was published is there to be fetched.
    async fn fetchable(&self) {
        if let Some(witness) = &self.witness {
            witness.complete().await;
        }
    }

    /// Waits until every client has what was published.
    async fn received(&self) {
        if self.witness.is_some() {
            self.asking.send_replace(self.published.get());
        }
        self.hall.complete().await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _here = self.runtime.enter();
        drop(std::mem::take(&mut self.tasks)); // and with them the connections, which the server would wait for
        if let Some(server) = self.server.take() {
            server.stop().expect("it stops");
        }
    }
}

/// One for all: to make it takes longer than to shake hands.
fn identity() -> &'static Identity {
    static MADE: OnceLock<Identity> = OnceLock::new();
    MADE.get_or_init(|| Identity::of(None).expect("made"))
}

/// CPU time of this thread, in nanoseconds.
fn thread_cpu() -> Nanos {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("POSIX has this clock");
    u64::try_from(time.tv_sec()).unwrap_or(0) * clock::SECOND + u64::try_from(time.tv_nsec()).unwrap_or(0)
}
