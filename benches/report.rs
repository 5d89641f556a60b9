//! What it costs to render a large record: 1,000 trials of ten steady seconds each, swept and repeated.

#[path = "../tests/invented/mod.rs"]
mod invented;

mod brief;

use criterion::{Criterion, criterion_group, criterion_main};
use pushbench::record::{Outcome, Record};
use pushbench::report::{Page, html};
use std::cell::LazyCell;
use std::hint::black_box;

/// Trials of a record.
const TRIALS: u32 = 1000;
/// Seconds of a trial, each with a histogram. Unoptimised, all that is asked is whether it runs, and how large a page is.
const STEADY_S: usize = if cfg!(debug_assertions) { 1 } else { 10 };

/// [`TRIALS`] at so many numbers of clients, each trial with bytes and CPU time of its own.
fn large(points: u32) -> Record {
    let mut record = invented::record();
    let shapes = std::mem::take(&mut record.trials);
    let transports = 5;
    for order in 0..TRIALS {
        let (block, place) = (order / (transports * points), order % (transports * points));
        let mut line = shapes[((block % 3) * transports + place % transports) as usize].clone();
        (line.block, line.order) = (block + 1, order + 1);
        line.trial.clients = 100 + 20 * (place / transports);
        line.trial.feed.seed = block.into();
        if let Outcome::Measured(measured) = &mut line.outcome {
            measured.load.latency = measured.load.latency.iter().cycle().take(STEADY_S).cloned().collect();
            measured.load.phases.steady.down += u64::from(order * 7919 % 10_007);
            measured.serve.steady.cpu_ns += u64::from(order * 104_729 % 1_000_003);
        }
        record.trials.push(line);
    }
    (record.header.blocks, record.header.trials) = (TRIALS / (transports * points), TRIALS);
    record.end.as_mut().expect("it ended").trials = TRIALS;
    record
}

fn report(criterion: &mut Criterion) {
    for (name, points) in [("swept", 40), ("repeated", 1)] {
        let record = LazyCell::new(|| large(points));
        let page = LazyCell::new(|| {
            let page = Page::from_record(&record).expect("figures");
            let octets = html::render(&page).expect("a page").len();
            assert!(octets < 2_000_000, "{name}: {octets} octets");
            page
        });
        let mut group = criterion.benchmark_group(format!("{name}, {TRIALS} trials"));
        group.bench_function("figures", |bencher| {
            let record = &*record;
            bencher.iter(|| Page::from_record(black_box(record)));
        });
        group.bench_function("page", |bencher| {
            let page = &*page;
            bencher.iter(|| html::render(black_box(page)));
        });
        group.finish();
    }
}

criterion_group! {
    name = large_records;
    config = brief::milliseconds();
    targets = report
}
criterion_main!(large_records);
