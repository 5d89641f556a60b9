//! The null row: a trial without a network. Publisher, hub and the floor's server half on one end of a pipe in memory, the
//! floor's client half and the meter on the other, all clients on one thread of the load's process: what is measured is
//! the instrument itself.

use crate::calibration::NullRow;
use crate::clock::{self, Nanos};
use crate::feed::hub::Hub;
use crate::feed::publisher::Publisher;
use crate::feed::ring::Feed;
use crate::histogram::Histogram;
use crate::measure::meter::{Gauge, Meter, Plan, naive_twin};
use crate::measure::{process, stall};
use crate::plan::PlannedUpdates;
use crate::totals::Accounting;
use crate::transport::raw_tcp;
use crate::trial::Trial;
use crate::wire::tap::Tap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::task::{JoinHandle, LocalSet};

/// From the last client to t0.
const LEAD: Nanos = 5 * clock::MILLISECOND;

/// Makes `trial` over pipes. Its transport and all that belongs to a network mean nothing here.
///
/// # Errors
/// When the system gives no thread, or the file that the feed replays is not what it was.
pub fn run(trial: &Trial) -> io::Result<NullRow> {
    let plan = Arc::new(Plan::new(trial).map_err(io::Error::other)?);
    let updates = PlannedUpdates::of(&trial.feed).map_err(io::Error::other)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let feed = Feed::new(trial.feed.retention_ns);
    LocalSet::new().block_on(&runtime, async {
        let hub = Hub::new(&feed);
        let dispatcher = Rc::clone(&hub);
        tokio::task::spawn_local(async move { dispatcher.run(Duration::ZERO).await });
        let gauge = Gauge::new(Arc::clone(&plan), trial.clients as usize);
        let clients: Vec<_> = (0..trial.clients).map(|index| client(trial, &hub, &gauge, index)).collect();
        let t0 = clock::now() + LEAD;
        plan.start(t0);
        let cost = process::watch(t0, trial.windows, || ())?;
        let stall = stall::watch(t0 + trial.windows.warmup_ns, t0 + trial.windows.feed_ns())?;
        let publisher = Publisher::spawn(feed.clone(), updates, t0, Some(trial.windows.feed_ns()))?;
        tokio::time::sleep_until(clock::tokio_instant(t0 + trial.windows.total_ns())).await;
        hub.close();
        let mut accounting = Accounting::default();
        for client in clients {
            accounting += client.await.map_err(io::Error::other)?;
        }
        publisher.finish();
        let steady = join(cost).steady;
        let (seconds, receipts) = gauge.take();
        let mut latency = Histogram::default();
        seconds.iter().for_each(|second| latency.add(second));
        Ok(NullRow {
            clients: trial.clients,
            rate: trial.feed.schedule.rate(),
            payload: trial.feed.payload,
            accounting,
            distinct: naive_twin(&plan, &[receipts], &[]).1,
            latency: latency.to_text(),
            steady,
            stalled_ns: join(stall),
        })
    })
}

fn join<T>(thread: std::thread::JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// One client at one end of a pipe, and its connection's server half at the other: until the hub closes.
fn client(trial: &Trial, hub: &Rc<Hub>, gauge: &Rc<Gauge>, index: u32) -> JoinHandle<Accounting> {
    let (server, mut pipe): (DuplexStream, _) = tokio::io::duplex(trial.sockets.send_buffer as usize);
    tokio::task::spawn_local(raw_tcp::talk(server, hub.cursor(Some(0)), STALLED));
    let mut meter = Meter::new(gauge, index, Arc::new(Tap::default()), false, || {});
    let payload = trial.feed.payload;
    tokio::task::spawn_local(async move {
        let mut since = 0;
        // a pipe ends where the server half does, and in no other way
        let _ = raw_tcp::receive(&mut pipe, &mut since, payload, &mut meter).await;
        meter.finish(None).1
    })
}

/// As a server's: a client of ours that does not read for so long is a fault.
const STALLED: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats;

    #[test]
    fn every_update_is_received_through_the_pipe_and_recorded() {
        let json = r#"{"transport":"raw-tcp","carrier":"h1","clients":7,"feed":{"schedule":{"kind":"periodic",
            "rate":1000.0},"payload":100,"encoding":"text","seed":1,"retention_ns":1000000000},"polling":{"interval_ns":1,
            "pacing":"fixed-rate"},"answer":"all","hold_ns":1,"windows":{"warmup_ns":20500000,"steady_ns":100000000,
            "drain_ns":1000000000},"sockets":{"send_buffer":131072,"max_segment":null}}"#;
        let row = run(&serde_json::from_str(json).expect("a trial")).expect("threads");
        assert!(row.accounting.closes(), "{row:?}");
        assert_eq!((row.accounting.expected, row.accounting.duplicates), (700, 0));
        let latency = Histogram::from_text(&row.latency).expect("it is one");
        assert_eq!(latency.len(), row.accounting.delivered);
        assert!(row.steady.cpu_ns > 0 && row.steady.window_ns > 0, "{row:?}");
        assert_eq!(stats::too_few(0.5, latency.len(), row.distinct), None);
    }
}
