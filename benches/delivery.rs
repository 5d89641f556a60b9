//! From published to received by one client: every transport on every carrier that it rides on, over loopback.
//!
//! No trial: one update at a time, and no queue (`world`). What it is good for is a change of our code, or of what we
//! build on: the transports are compared by `pushbench run`.
//!
//! ```text
//! cargo bench -- delivery
//! cargo bench -- 'delivery/websocket, h2'
//! ```

mod brief;
mod world;

use criterion::{Criterion, criterion_group, criterion_main};
use world::{Shape, World};

fn delivery(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("delivery");
    for shape in Shape::all() {
        let mut world = None;
        group.bench_function(format!("{}, {}", shape.transport, shape.carrier), |bencher| {
            let world = &*world.get_or_insert_with(|| World::open(&shape));
            bencher.to_async(world.runtime()).iter_custom(|rounds| world.rounds(rounds));
        });
    }
    group.finish();
}

criterion_group! {
    name = deliveries;
    config = brief::microseconds();
    targets = delivery
}
criterion_main!(deliveries);
