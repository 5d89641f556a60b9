//! The load: N clients of one transport, until the end of the trial's plan.
//!
//! Clients are dealt out to worker threads, each with a single-threaded runtime and a gauge of its own.

mod finished;
mod worker;

pub use finished::Finished;

use crate::clock::Nanos;
use crate::control::Part;
use crate::kind::{Compression, LOCALHOST};
use crate::measure::meter::{Gauge, Plan};
use crate::measure::{process, stall};
use crate::pacing::stratified_phases;
use crate::profile;
use crate::totals::{LoadTotals, add_known};
use crate::trial::Trial;
use crate::wire::link::Bottlenecks;
use crate::wire::tls::Trust;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, watch};
use worker::{Share, Step, Work};

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

/// A load whose clients know t0.
#[derive(Debug)]
pub struct Running {
    load: Load,
    t0: Nanos,
    stall: JoinHandle<Nanos>,
    cost: JoinHandle<process::Cost<()>>,
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
