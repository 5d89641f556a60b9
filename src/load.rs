//! The load: N clients of one transport, until the end of the trial's plan.
//!
//! Clients are dealt out to worker threads, each with a single-threaded runtime and a gauge of its own.

use crate::calibration::KnownDelay;
use crate::clock::{self, Nanos};
use crate::control::Part;
use crate::histogram::Histogram;
use crate::kind::{Compression, LOCALHOST};
use crate::measure::meter::{Gauge, Meter, Plan, Receipt, lateness, naive_twin};
use crate::measure::{known_delay, oracle, process, settling, stall};
use crate::pacing::{Pacer, Start, stratified_phases};
use crate::profile;
use crate::timeline::Followed;
use crate::totals::{
    Accounting, Connection, LoadTotals, PhaseTotals, Phases, SocketReport, TlsTotals, add_known, retransmitted,
};
use crate::transport;
use crate::transport::room::Course;
use crate::trial::Trial;
use crate::wire::dissect::connection::Dissector;
use crate::wire::exchange::{Broken, Dial, Exchange, Line, Seen};
use crate::wire::link::{Bottlenecks, Network};
use crate::wire::socket;
use crate::wire::tap::Tap;
use crate::wire::tls::Trust;
use crate::wire::trace::Trace;
use hyper::header::HeaderMap;
use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::LocalSet;

/// Clients of one worker that connect at a time: more would only queue in the kernel.
const CONNECTING: usize = 128;

/// As above, of a server that is far away: they wait for the link, not for the kernel.
const CONNECTING_FAR: usize = 1024;

/// Before a broken connection is opened again; doubled while it cannot be, up to a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// A load whose clients are connecting or connected.
#[derive(Debug)]
pub struct Load {
    trial: Trial,
    plan: Arc<Plan>,
    workers: Vec<JoinHandle<io::Result<Share>>>,
    start: watch::Sender<Option<Nanos>>,
    /// Which of its clients these are.
    part: Part,
    /// Clients before this one may connect.
    gate: watch::Sender<u32>,
    steps: mpsc::UnboundedReceiver<Step>,
    /// How many clients have come so far.
    reached: usize,
    opened: usize,
}

/// What a client has come to.
#[derive(Debug)]
enum Step {
    /// Its connection is in the server's queue.
    Reached,
    /// It can receive.
    Opened,
    /// It cannot.
    Broke(Broken),
}

/// A load whose clients know t0.
#[derive(Debug)]
pub struct Running {
    load: Load,
    t0: Nanos,
    stall: JoinHandle<Nanos>,
    cost: JoinHandle<process::Cost<()>>,
}

/// What one worker's clients saw.
#[derive(Debug, Default)]
struct Share {
    phases: Phases<PhaseTotals>,
    accounting: Accounting,
    seconds: Vec<Histogram>,
    receipts: Vec<Receipt>,
    connections: Vec<Connection>,
    reconnects: u64,
    idle_updates: u64,
    socket: Option<SocketReport>,
    packets_modelled: bool,
    tls: Option<TlsTotals>,
    followed: Option<Followed>,
}

/// A load that has closed its last connection. What is missing is when the feed emitted.
#[derive(Debug)]
pub struct Finished {
    trial: Trial,
    t0: Nanos,
    plan: Arc<Plan>,
    shares: Vec<Share>,
    totals: LoadTotals,
}

impl Load {
    /// The clients of `part` of `trial`'s, to follow `server` on `workers` threads. On TLS they trust what `root` vouches for.
    ///
    /// # Errors
    /// When the system gives no thread, the file that the feed replays is not what it was, or the root is none.
    pub fn start(
        (trial, part): (&Trial, Part),
        server: SocketAddr,
        root: Option<&[u8]>,
        workers: usize,
    ) -> io::Result<Load> {
        let trust = trial.carrier.has_tls().then(|| {
            let name = trial.credentials.as_ref().map_or(LOCALHOST, |credentials| &credentials.name);
            Trust::new(root.unwrap_or_default(), name)
        });
        let trust = trust.transpose().map_err(io::Error::other)?;
        let plan = Arc::new(Plan::new(trial).map_err(io::Error::other)?);
        let (start, started) = watch::channel(None);
        let (stepping, steps) = mpsc::unbounded_channel();
        let (gate, gated) = watch::channel(0);
        let phases = stratified_phases(trial.clients, trial.polling.interval_ns, trial.feed.seed);
        let clients: Vec<_> = (0u32..).zip(phases).filter(|&(index, _)| part.holds(trial, index)).collect();
        let together = trial.clients_per_connection.max(1) as usize;
        let bottlenecks = Bottlenecks::default();
        let workers = workers.clamp(1, clients.len().div_ceil(together).max(1));
        let threads = (0..workers).map(|worker| {
            // those who share a connection share a worker, too
            let of_worker = |&(index, _): &(u32, Nanos)| index as usize / together % workers == worker;
            let clients: Vec<_> = clients.iter().copied().filter(of_worker).collect();
            let (trial, plan, trust) = (trial.clone(), Arc::clone(&plan), trust.clone());
            let (started, stepping, gated) = (started.clone(), stepping.clone(), gated.clone());
            let bottlenecks = bottlenecks.clone();
            std::thread::Builder::new().name(format!("load-{worker}")).spawn(move || {
                let gauge = Gauge::new(plan, clients.len());
                let (headers, host) = (&trial.headers, server.to_string());
                let head = profile::request(headers, trial.persistence, trial.transport, trial.carrier, &host);
                let mut head = head.map_err(io::Error::other)?;
                if trial.compression == Compression::Gzip {
                    profile::take_gzip(&mut head);
                }
                Work { trial, server, trust, head, start: started, stepping, gate: gated, gauge, bottlenecks }
                    .run(&clients)
            })
        });
        let workers = threads.collect::<io::Result<_>>()?;
        Ok(Load { trial: trial.clone(), plan, workers, start, part, gate, steps, reached: 0, opened: 0 })
    }

    /// Lets its clients before client `below` connect, and waits until they are in the server's queue. Not for clients that
    /// share a connection, of whom only one has any.
    ///
    /// # Errors
    /// The first client's that cannot.
    pub fn connect(&mut self, below: u32) -> Result<(), String> {
        let own = self.own(below);
        self.gate.send_replace(below);
        while self.reached < own {
            self.step()?;
        }
        Ok(())
    }

    /// Lets every client connect, the first one ahead of all others (the server follows whom it accepts first), and waits
    /// until they can receive.
    ///
    /// # Errors
    /// The first client's that cannot.
    pub fn connected(&mut self) -> Result<(), String> {
        if self.part == Part::All {
            self.connect(1)?;
        }
        self.gate.send_replace(u32::MAX);
        while self.opened < self.own(u32::MAX) {
            self.step()?;
        }
        Ok(())
    }

    /// How many of its clients are before client `below`.
    fn own(&self, below: u32) -> usize {
        (0..below.min(self.trial.clients)).filter(|&index| self.part.holds(&self.trial, index)).count()
    }

    fn step(&mut self) -> Result<(), String> {
        let (count, all) = (self.opened, self.own(u32::MAX));
        match self.steps.blocking_recv() {
            Some(Step::Reached) => self.reached += 1,
            Some(Step::Opened) => self.opened += 1,
            Some(Step::Broke(broken)) => return Err(format!("client {} of {all}: {broken}", count + 1)),
            None => return Err(format!("a worker ended after {count} of {all} clients")),
        }
        Ok(())
    }

    /// Tells every client that the trial starts at `t0`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(self, t0: Nanos) -> io::Result<Running> {
        let windows = self.trial.windows;
        let stall = stall::watch(t0 + windows.warmup_ns, t0 + windows.total_ns())?;
        let cost = process::watch(t0, windows, || ())?;
        self.plan.start(t0);
        self.start.send_replace(Some(t0));
        Ok(Running { load: self, t0, stall, cost })
    }
}

impl Running {
    /// Runs the trial to the end of its drain, and closes every connection.
    ///
    /// # Errors
    /// When a worker fails.
    pub fn finish(self) -> io::Result<Finished> {
        let Running { load, t0, stall, cost } = self;
        // the announcement lives as long as the clients: its end is the end of the trial
        let shares = load.workers.into_iter().map(join).collect::<io::Result<Vec<Share>>>()?;
        let mut totals = LoadTotals { steady: join(cost).steady, stalled_ns: join(stall), ..LoadTotals::default() };
        for share in &shares {
            totals.phases += share.phases;
            totals.accounting += share.accounting;
            totals.reconnects += share.reconnects;
            totals.idle_updates += share.idle_updates;
            totals.socket = totals.socket.or_else(|| share.socket.clone());
            totals.packets_modelled |= share.packets_modelled;
            add_known(&mut totals.tls, share.tls);
        }
        drop(load.start);
        Ok(Finished { trial: load.trial, t0, plan: load.plan, shares, totals })
    }
}

fn join<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Finished {
    /// What the first client's first messages were; `None` where it had several connections one after the other.
    #[must_use]
    pub fn followed(&self) -> Option<Followed> {
        self.shares.iter().find_map(|share| share.followed.clone())
    }

    /// What was received of a delay of `injected_ns`, for which the server held half of the updates.
    #[must_use]
    pub fn known_delay(&self, injected_ns: Nanos) -> KnownDelay {
        let logs: Vec<_> = self.shares.iter().map(|share| share.receipts.clone()).collect();
        known_delay::find(&self.trial, &self.plan, self.t0, &logs, injected_ns)
    }

    /// The median latency of the updates planned in each part of steady, which lasts `bin_ns`, in nanoseconds; `None` where
    /// none of them was received.
    #[must_use]
    pub fn medians(&self, bin_ns: Nanos) -> Vec<Option<Nanos>> {
        let logs: Vec<_> = self.shares.iter().map(|share| share.receipts.clone()).collect();
        settling::medians(&self.plan, self.t0, &logs, bin_ns)
    }

    /// Writes a line for every update planned in steady that a client received, in the order of receipt of each worker:
    /// `row`, and then client and update, both from 1, and when that was planned, emitted and received, in nanoseconds
    /// after t0. `emitted` as for [`Finished::totals`].
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn export(&self, emitted: &[Nanos], row: &str, out: &mut impl io::Write) -> io::Result<()> {
        let (t0, plan) = (self.t0, &self.plan);
        for &Receipt { place, client, at } in self.shares.iter().flat_map(|share| &share.receipts) {
            let number = plan.steady.start + u64::from(place);
            let emitted = usize::try_from(number - 1).ok().and_then(|index| emitted.get(index));
            let planned = plan.planned(number).unwrap_or_default(); // or it would not have been logged
            let [emitted, received] = [emitted.copied().unwrap_or_default(), at].map(|at| at.saturating_sub(t0));
            writeln!(out, "{row}{},{number},{planned},{emitted},{received}", u64::from(client) + 1)?;
        }
        out.flush()
    }

    /// The totals and every connection; `emitted` says when the feed emitted each update, by number, from 1.
    #[must_use]
    pub fn totals(self, emitted: &[Nanos]) -> (LoadTotals, Vec<Connection>) {
        let Finished { trial, t0, plan, shares, mut totals } = self;
        let mut seconds: Vec<Histogram> = Vec::new();
        let (mut logs, mut connections) = (Vec::new(), Vec::new());
        for share in shares {
            if seconds.is_empty() {
                seconds = share.seconds;
            } else {
                seconds.iter_mut().zip(&share.seconds).for_each(|(sum, second)| sum.add(second));
            }
            logs.push(share.receipts);
            connections.extend(share.connections);
        }
        let (twin, distinct) = naive_twin(&plan, &logs, emitted);
        totals.latency = seconds.iter().map(Histogram::to_text).collect();
        totals.twin = twin.to_text();
        totals.lateness = lateness(&plan, t0, emitted).to_text();
        totals.distinct = distinct;
        totals.oracle = Some(oracle::check(&trial, &plan, t0, &logs));
        totals.retransmitted = retransmitted(&connections);
        (totals, connections)
    }
}

/// One worker's work.
struct Work {
    trial: Trial,
    server: SocketAddr,
    trust: Option<Trust>,
    /// Of every request of its clients; made by the worker, as the large values in it are shared by reference.
    head: HeaderMap,
    start: Start,
    stepping: mpsc::UnboundedSender<Step>,
    /// Clients before this one may connect.
    gate: watch::Receiver<u32>,
    gauge: Rc<Gauge>,
    /// Of all workers.
    bottlenecks: Bottlenecks,
}

impl Work {
    fn run(self, clients: &[(u32, Nanos)]) -> io::Result<Share> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let work = Rc::new(self);
        let mut share = LocalSet::new().block_on(&runtime, async {
            let network = Network::start(work.trial.link, &work.bottlenecks, work.trial.feed.seed)?;
            let connecting = Rc::new(Semaphore::new(if network.is_some() { CONNECTING_FAR } else { CONNECTING }));
            let together = work.trial.clients_per_connection.max(1) as usize;
            let lines = clients.chunks(together).flat_map(|group| {
                let line = work.line(group[0].0, network.as_ref());
                group.iter().map(move |&client| (client, Exchange::on(&line)))
            });
            let tasks: Vec<_> = lines
                .map(|(client, exchange)| {
                    tokio::task::spawn_local(Rc::clone(&work).client(client, exchange, Rc::clone(&connecting)))
                })
                .collect();
            let mut share = Share::default();
            for task in tasks {
                let client = task.await.map_err(io::Error::other)?;
                share.phases += client.phases;
                share.accounting += client.accounting;
                share.connections.extend(client.connections);
                share.reconnects += client.reconnects;
                share.idle_updates += client.idle_updates;
                share.socket = share.socket.or(client.socket);
                share.packets_modelled |= client.packets_modelled;
                share.followed = share.followed.or(client.followed);
                add_known(&mut share.tls, client.tls);
            }
            Ok::<_, io::Error>(share)
        })?;
        (share.seconds, share.receipts) = work.gauge.take();
        Ok(share)
    }

    /// The way to the server of client `index`, and of those behind it that share its connection.
    fn line(&self, index: u32, network: Option<&Network>) -> Rc<Line> {
        let Trial { transport, carrier, clients, sockets, ref feed, .. } = self.trial;
        let tap = Tap::dissecting(Dissector::new(transport, feed.encoding, carrier.is_h2()), self.gauge.clock());
        let tap = if index == 0 { tap.following(Trace::new(self.gauge.clock())) } else { tap };
        let source = socket::source_address(self.server, clients, index);
        let trust = self.trust.as_ref().map(Trust::of_another);
        let network = network.map(|network| network.of(index));
        Line::new(Dial { server: self.server, source, sockets, carrier, trust, network }, tap)
    }

    /// One client's life: connect, follow, connect again where the connection breaks, close at the end of the drain.
    async fn client(
        self: Rc<Self>,
        (index, phase_ns): (u32, Nanos),
        mut exchange: Exchange,
        connecting: Rc<Semaphore>,
    ) -> Share {
        let trial = &self.trial;
        let tap = exchange.tap();
        // who would open it is gone where the trial has failed
        let _ = self.gate.clone().wait_for(|&below| below > index).await;
        let permit = connecting.acquire().await.ok();
        // whoever waits for a step is gone when the trial has failed elsewhere
        let (reaches, stepping) = (exchange.reaches(), self.stepping.clone());
        tokio::task::spawn_local(async move {
            if reaches.await.is_ok() {
                let _ = stepping.send(Step::Reached);
            }
        });
        let stepping = self.stepping.clone();
        let opened = move || {
            drop(permit);
            let _ = stepping.send(Step::Opened);
        };
        let mut meter = Meter::new(&self.gauge, index, Arc::clone(&tap), !trial.transport.asks_each_time(), opened);
        let mut course = Course {
            since: 0,
            answer: trial.answer,
            conditional: trial.conditional,
            encoding: trial.feed.encoding,
            payload: trial.feed.payload,
            hold_ns: trial.hold_ns,
            head: self.head.clone(),
            pacer: Pacer::new(trial.polling, phase_ns, self.start.clone()),
        };
        let reconnects = Cell::new(0);
        let life = async {
            let mut pause = SHORTEST_PAUSE;
            loop {
                let broken = transport::follow(trial.transport, &mut exchange, &mut course, &mut meter).await;
                if !meter.has_opened() {
                    let _ = self.stepping.send(Step::Broke(broken)); // as above
                    return;
                }
                if meter.broke() {
                    pause = SHORTEST_PAUSE; // it had been open since the last break
                }
                reconnects.set(reconnects.get() + 1);
                exchange.close().await;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
        };
        tokio::select! { () = life => {}, () = self.end() => {} }
        let seen = exchange.leave().await;
        // whoever leaves last reports what the connection carried
        let used = seen.as_ref().and_then(|_| tap.used());
        let idle_updates = meter.idle_updates();
        let (phases, accounting) = meter.finish(used.map(|(used, _)| used));
        let Seen { connections, socket, tls } = seen.unwrap_or_default();
        let client = connections.first().map(|connection| connection.client);
        let followed = tap.trace().zip(client).filter(|_| connections.len() == 1);
        let followed = followed.map(|(trace, client)| Followed { client, messages: trace.wholes() });
        Share {
            phases,
            accounting,
            connections,
            reconnects: reconnects.get(),
            idle_updates,
            socket,
            packets_modelled: used.is_some_and(|(_, modelled)| modelled),
            tls,
            followed,
            ..Share::default()
        }
    }

    /// The end of the drain.
    async fn end(&self) {
        let mut start = self.start.clone();
        // whoever would say when it starts is gone: this is the end, too
        let Ok(t0) = start.wait_for(Option::is_some).await.map(|t0| t0.unwrap_or_default()) else { return };
        tokio::time::sleep_until(clock::tokio_instant(t0 + self.trial.windows.total_ns())).await;
    }
}
