//! What it takes to record a delivery, and to hold it against the oracle.

use crate::brief;
use criterion::{BatchSize, Criterion, Throughput};
use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::histogram::Histogram;
use pushbench::kind::{Encoding, Pacing, Transport};
use pushbench::measure::meter::{Gauge, Meter, Plan};
use pushbench::measure::oracle;
use pushbench::schedule::Schedule;
use pushbench::sink::Sink;
use pushbench::trial::{Polling, Trial, Windows};
use pushbench::update;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Updates at a time.
const UPDATES: u32 = 1000;
/// They are planned for one moment so long after t0, and read some time later.
const PLANNED: Nanos = 600 * MILLISECOND;

fn trial(transport: Transport) -> Trial {
    let schedule = Schedule::Bursts { size: UPDATES, gap_ns: 0, every_ns: PLANNED };
    let windows = Windows { warmup_ns: 0, steady_ns: SECOND, drain_ns: 3600 * SECOND };
    let polling = Polling { interval_ns: 25 * MILLISECOND, pacing: Pacing::FixedRate };
    Trial { polling, ..Trial::plain(transport, schedule, windows) }
}

/// A client of a trial whose updates were due just now, and that has seen none.
struct Metered {
    meter: Meter<fn()>,
    gauge: Rc<Gauge>,
    plan: Arc<Plan>,
    t0: Nanos,
}

fn metered(trial: &Trial) -> Metered {
    let plan = Arc::new(Plan::new(trial).expect("it is computed"));
    let t0 = clock::now() - PLANNED;
    plan.start(t0);
    let gauge = Gauge::new(Arc::clone(&plan), 1);
    let meter = Meter::new(&gauge, 0, Arc::default(), !trial.transport.asks_each_time(), (|| ()) as fn());
    Metered { meter, gauge, plan, t0 }
}

pub(crate) fn record(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("record");
    let updates: Vec<_> = (1..=UPDATES).map(|number| update::encode(number.into(), 100, Encoding::Text)).collect();
    group.throughput(Throughput::Elements(UPDATES.into()));
    // the whole of it: the clock, the phase, the accounting, the histogram, the receipt; a client that has seen none yet takes
    // many times as long to make as its deliveries take
    group.measurement_time(Duration::from_millis(200));
    group.bench_function("deliveries", |bencher| {
        let trial = trial(Transport::Websocket);
        bencher.iter_batched(
            || metered(&trial).meter,
            |mut meter| {
                updates.iter().for_each(|update| meter.deliver(black_box(update)));
                meter
            },
            BatchSize::PerIteration,
        );
    });
    group.measurement_time(brief::NANOSECONDS);
    // a millisecond, give or take: where most latencies lie
    let latencies: Vec<u64> = (0..u64::from(UPDATES)).map(|n| 500_000 + n * 7919 % 1_000_000).collect();
    let mut full = Histogram::default();
    latencies.iter().for_each(|&latency| full.record(latency));
    group.bench_function("histogram", |bencher| {
        let mut histogram = full.clone();
        bencher.iter(|| latencies.iter().for_each(|&latency| histogram.record(black_box(latency))));
    });
    // a histogram a second, after the trial
    let text = full.to_text();
    group.throughput(Throughput::Elements(1));
    group.bench_function("histogram to text", |bencher| bencher.iter(|| black_box(&full).to_text()));
    group.bench_function("histogram from text", |bencher| bencher.iter(|| Histogram::from_text(black_box(&text))));
    group.finish();
}

/// After the trial, too: nobody's CPU time but the load's, which has no clients any more.
pub(crate) fn oracle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oracle");
    group.throughput(Throughput::Elements(UPDATES.into()));
    for transport in [Transport::Polling, Transport::LongPolling, Transport::Websocket] {
        group.bench_function(transport.name(), |bencher| {
            let trial = trial(transport);
            let Metered { mut meter, gauge, plan, t0 } = metered(&trial);
            for number in 1..=UPDATES {
                meter.deliver(&update::encode(number.into(), 100, Encoding::Text));
            }
            let logs = [gauge.take().1];
            assert_eq!(logs[0].len(), UPDATES as usize, "each has a receipt");
            bencher.iter(|| oracle::check(&trial, &plan, t0, black_box(&logs)));
        });
    }
    group.finish();
}
