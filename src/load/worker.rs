//! A worker of a load: its share of the clients on one thread, each from its connecting to the end of the drain.

use crate::clock::{self, Nanos};
use crate::histogram::Histogram;
use crate::measure::meter::{Gauge, Meter, Receipt};
use crate::pacing::{Pacer, Start};
use crate::timeline::Followed;
use crate::totals::{Accounting, Connection, PhaseTotals, Phases, SocketReport, TlsTotals, add_known};
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
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::LocalSet;

/// Clients of one worker that connect at a time: more would only queue in the kernel.
const CONNECTING: usize = 128;

/// As above, of a server that is far away: they wait for the link, not for the kernel.
const CONNECTING_FAR: usize = 1024;

/// Before a broken connection is opened again; doubled while it cannot be, up to a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// What a client has come to.
#[derive(Debug)]
pub(super) enum Step {
    /// Its connection is in the server's queue.
    Reached,
    /// It can receive.
    Opened,
    /// It cannot.
    Broke(Broken),
}

/// What one worker's clients saw.
#[derive(Debug, Default)]
pub(super) struct Share {
    pub(super) phases: Phases<PhaseTotals>,
    pub(super) accounting: Accounting,
    pub(super) seconds: Vec<Histogram>,
    pub(super) receipts: Vec<Receipt>,
    pub(super) connections: Vec<Connection>,
    pub(super) reconnects: u64,
    pub(super) idle_updates: u64,
    pub(super) socket: Option<SocketReport>,
    pub(super) packets_modelled: bool,
    pub(super) tls: Option<TlsTotals>,
    pub(super) followed: Option<Followed>,
}

/// One worker's work.
pub(super) struct Work {
    pub(super) trial: Trial,
    pub(super) server: SocketAddr,
    pub(super) trust: Option<Trust>,
    /// Of every request of its clients; made by the worker, as the large values in it are shared by reference.
    pub(super) head: HeaderMap,
    pub(super) start: Start,
    pub(super) stepping: mpsc::UnboundedSender<Step>,
    /// Clients before this one may connect.
    pub(super) gate: watch::Receiver<u32>,
    pub(super) gauge: Rc<Gauge>,
    /// Of all workers.
    pub(super) bottlenecks: Bottlenecks,
}

impl Work {
    pub(super) fn run(self, clients: &[(u32, Nanos)]) -> io::Result<Share> {
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
