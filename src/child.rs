//! The two sides of a run, as processes: `serve` and `load`, a trial each.

use crate::clock::Nanos;
use crate::control::{Deliveries, Hello, Order, Part, Report, Task, hear, orders, report};
use crate::feed::publisher::Publisher;
use crate::feed::ring::Feed;
use crate::link::Level;
use crate::load::{Finished, Load};
use crate::measure::process;
use crate::namespace::{self, Namespace};
use crate::null;
use crate::plan::PlannedUpdates;
use crate::server::{Config, Limits, Server};
use crate::system;
use crate::totals::{Connection, Memory, ServeTotals, retransmitted};
use crate::trial::{PhaseClock, Trial};
use crate::wire::tls::Identity;
use crate::wire::trace::Trace;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::File;
use std::io::{self, BufWriter};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// The server of one trial, in `namespace` where there is one.
///
/// # Errors
/// A sentence; it has been reported already.
pub fn serve(namespace: Option<&Namespace>) -> Result<(), String> {
    reported(namespace, serve_trial)
}

/// The load of one trial, in `namespace` where there is one.
///
/// # Errors
/// A sentence; it has been reported already.
pub fn load(namespace: Option<&Namespace>) -> Result<(), String> {
    reported(namespace, load_trial)
}

/// Says what this build is, and what it reads of the trials that it is told, until the end of its input.
///
/// # Errors
/// A sentence; it has been reported already.
pub fn introduce() -> Result<(), String> {
    system::die_with_parent();
    report(&Report::Hello(Hello::own()));
    let mut input = io::stdin().lock();
    loop {
        let reason = match hear(&mut input) {
            Ok(None) => return Ok(()),
            Ok(Some(Order::Read(trial))) => {
                report(&Report::Read(trial));
                continue;
            }
            Ok(Some(other)) => format!("`read` was expected, not {other:?}"),
            Err(reason) => reason,
        };
        report(&Report::Failed { reason: reason.clone() });
        return Err(reason);
    }
}

fn reported(namespace: Option<&Namespace>, work: fn(&Receiver<Order>) -> Result<(), String>) -> Result<(), String> {
    // before there are threads, and before the kernel is told of the parent, which it forgets as privileges change (prctl(2))
    if let Some(Err(error)) = namespace.map(Namespace::enter) {
        let reason = format!("entering a network: {error}");
        report(&Report::Failed { reason: reason.clone() });
        return Err(reason);
    }
    system::die_with_parent();
    let orders = orders().map_err(|error| error.to_string())?;
    let result = work(&orders);
    if let Err(reason) = &result {
        report(&Report::Failed { reason: reason.clone() });
    }
    result
}

fn serve_trial(orders: &Receiver<Order>) -> Result<(), String> {
    let Task { trial, cpus, workers, injected_delay_ns, .. } = match next(orders)? {
        Order::Serve(task) => task,
        other => return Err(format!("`serve` was expected first, not {other:?}")),
    };
    prepare(&cpus)?;
    let plan = PlannedUpdates::of(&trial.feed).map_err(|invalid| invalid.to_string())?;
    let feed = Feed::new(trial.feed.retention_ns);
    let clock = Arc::new(PhaseClock::of(&trial));
    let trace = Trace::new(Arc::clone(&clock));
    let config = Config {
        followed: Some(Arc::clone(&trace)),
        sockets: trial.sockets,
        encoding: trial.feed.encoding,
        compression: trial.compression,
        coalesce: Duration::from_nanos(trial.coalesce_ns),
        hold_ns: trial.hold_ns,
        headers: trial.headers.clone(),
        carrier: Some(trial.carrier),
        streams: trial.clients_per_connection,
        workers,
        limits: Limits {
            // every client may reconnect while its last connection is still closing
            connections: 2 * trial.clients as usize + 16 * workers,
            idle: Duration::from_nanos(2 * trial.polling.interval_ns) + Duration::from_secs(75),
            ..Limits::default()
        },
        ..Config::new((address(&trial), 0).into())
    };
    let identity = trial.carrier.has_tls().then(|| Identity::of(trial.credentials.as_ref())).transpose();
    let identity = identity.map_err(|error| error.to_string())?;
    let server = Server::start(&config, identity.as_ref(), &feed)
        .map_err(|error| format!("the server cannot listen: {error}"))?;
    let memory_before = process::memory();
    let root = identity.map(|identity| STANDARD.encode(identity.root()));
    report(&Report::Ready { server: Some(server.address()), root });

    let t0 = start(orders)?;
    clock.start(t0);
    let (ring, ended) = (feed.clone(), server.ended());
    let look = move || {
        // what is kept of the feed, and of connections that have ended, is not what a client costs
        let memory = process::memory();
        let kept = ring.octets() + (ended.load(Ordering::Relaxed) * size_of::<Connection>()) as u64;
        Memory { anonymous: memory.anonymous.saturating_sub(kept), ..memory }
    };
    let cost = process::watch(t0, trial.windows, look).map_err(|error| error.to_string())?;
    let held_ns = injected_delay_ns.unwrap_or(0);
    let publisher = Publisher::holding(held_ns, feed, plan, t0, Some(trial.windows.feed_ns()));
    let emitted = publisher.map_err(|error| error.to_string())?.finish();
    report(&Report::FeedEnded { emitted });

    match next(orders)? {
        Order::Stop => {}
        other => return Err(format!("`stop` was expected, not {other:?}")),
    }
    let cost = cost.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let seen = server.stop().map_err(|error| format!("a worker of the server failed: {error}"))?;
    let totals = ServeTotals {
        steady: cost.steady,
        idle: cost.idle,
        memory_before,
        memory_full: cost.seen,
        cut_off: seen.cut_off,
        refused: seen.refused,
        socket: seen.socket,
        retransmitted: retransmitted(&seen.connections),
    };
    let calls = trace.calls();
    report(&Report::Served { totals: Box::new(totals), connections: seen.connections, calls });
    Ok(())
}

/// Where the server listens: on loopback, or in the network that the link made for it.
fn address(trial: &Trial) -> Ipv4Addr {
    match trial.link.level {
        Level::Portable => Ipv4Addr::LOCALHOST,
        Level::Packets => namespace::SERVER,
    }
}

fn load_trial(orders: &Receiver<Order>) -> Result<(), String> {
    let (task, server) = match next(orders)? {
        Order::Load(task) => (task.clone(), task.server.ok_or("the order names no server")?),
        Order::Null(task) => return null_row(&task),
        other => return Err(format!("`load` was expected first, not {other:?}")),
    };
    prepare(&task.cpus)?;
    let root = task.root.as_ref().map(|root| STANDARD.decode(root)).transpose();
    let root = root.map_err(|error| format!("the root of the server's certificate: {error}"))?;
    let mut load = Load::start((&task.trial, task.part), server, root.as_deref(), task.workers)
        .map_err(|error| error.to_string())?;
    if task.part != Part::All {
        in_turn(orders, &mut load, task.trial.clients)?;
    }
    load.connected()?;
    report(&Report::Ready { server: None, root: None });

    let failed = |error| format!("a worker of the load failed: {error}");
    let running = load.begin(start(orders)?).map_err(failed)?;
    report(&Report::Started);
    let finished = running.finish().map_err(failed)?;
    let emitted = match next(orders)? {
        Order::Emitted(emitted) => emitted,
        other => return Err(format!("`emitted` was expected, not {other:?}")),
    };
    if let Some(deliveries) = &task.deliveries {
        export(&finished, &emitted, deliveries)
            .map_err(|error| format!("writing its deliveries to {}: {error}", deliveries.file.display()))?;
    }
    let delay = task.injected_delay_ns.map(|injected| finished.known_delay(injected));
    let bins = task.bin_ns.filter(|&bin_ns| bin_ns > 0).map(|bin_ns| finished.medians(bin_ns));
    let followed = finished.followed();
    let (totals, connections) = finished.totals(&emitted);
    report(&Report::Loaded { totals: Box::new(totals), connections, followed, delay, bins });
    Ok(())
}

/// Connects as it is told to, until all may.
fn in_turn(orders: &Receiver<Order>, load: &mut Load, clients: u32) -> Result<(), String> {
    let mut all = false;
    while !all {
        match next(orders)? {
            Order::Connect { below } => {
                load.connect(below)?;
                report(&Report::Connected);
                all = below >= clients;
            }
            other => return Err(format!("`connect` was expected, not {other:?}")),
        }
    }
    Ok(())
}

/// The trial without a network, in the load's place.
fn null_row(task: &Task) -> Result<(), String> {
    prepare(&task.cpus)?;
    let row = null::run(&task.trial).map_err(|error| format!("over a pipe: {error}"))?;
    report(&Report::Nulled(Box::new(row)));
    Ok(())
}

/// Nothing is measured any more: this may take as long as it takes.
fn export(finished: &Finished, emitted: &[Nanos], deliveries: &Deliveries) -> io::Result<()> {
    finished.export(emitted, &deliveries.row, &mut BufWriter::new(File::create(&deliveries.file)?))
}

/// Takes its place on the machine, before there are threads.
fn prepare(cpus: &[usize]) -> Result<(), String> {
    system::pin(cpus).map_err(|error| format!("staying on CPUs {cpus:?}: {error}"))?;
    system::raise_descriptor_limit();
    Ok(())
}

fn next(orders: &Receiver<Order>) -> Result<Order, String> {
    orders.recv().map_err(|_| "the run is gone".to_owned())
}

fn start(orders: &Receiver<Order>) -> Result<Nanos, String> {
    match next(orders)? {
        Order::Start { t0 } => Ok(t0),
        other => Err(format!("`start` was expected, not {other:?}")),
    }
}
