//! From published to received by the last of 1, 100 and 1,000 clients, on a connection each: what the throughput counts
//! are deliveries. Server and clients have a thread each, so that this is two cores' work.

mod brief;
mod world;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pushbench::kind::{Carrier, Transport};
use world::{Shape, World};

fn fanout(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fanout");
    for transport in Transport::ALL {
        for clients in [1, 100, 1000] {
            let shape = Shape { clients, ..Shape::new(transport, Carrier::H1) };
            let mut world = None;
            group.throughput(Throughput::Elements(clients.into()));
            group.bench_function(BenchmarkId::new(transport.name(), clients), |bencher| {
                let world = &*world.get_or_insert_with(|| World::open(&shape));
                bencher.to_async(world.runtime()).iter_custom(|rounds| world.rounds(rounds));
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = fanouts;
    config = brief::milliseconds();
    targets = fanout
}
criterion_main!(fanouts);
