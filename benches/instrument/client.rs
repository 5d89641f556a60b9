//! What all of it is to be held against: the CPU time that a client takes for an update, by the clock of its thread.

use crate::world::{Shape, World};
use criterion::Criterion;
use pushbench::kind::{Carrier, Transport};

/// The time printed is CPU time: the kernel's part is in it, waiting is not.
pub(crate) fn cpu(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("client's CPU");
    for transport in Transport::ALL {
        for carrier in [Carrier::H1, Carrier::H2] {
            let Some(shape) = Shape::all().find(|shape| (shape.transport, shape.carrier) == (transport, carrier))
            else {
                continue;
            };
            let mut world = None;
            group.bench_function(format!("{transport}, {carrier}"), |bencher| {
                let world = &*world.get_or_insert_with(|| World::open(&shape));
                bencher.to_async(world.runtime()).iter_custom(|rounds| world.rounds_of_cpu(rounds));
            });
        }
    }
    group.finish();
}
