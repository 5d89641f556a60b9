//! Octets on the wire per update: every transport on every carrier that it rides on. Not timed but counted, on the
//! client's socket, both directions, below TLS: the same in every run, so that a change is one of the protocol.
//!
//! ```text
//! cargo bench -- bytes
//! ```
//!
//! criterion decides by the clock how often it repeats something. So what is repeated is a whole exchange, from a new
//! server to the last of [`COUNTED`] updates, and nothing in it hangs on when it is made: updates have the same numbers
//! each time (HPACK's digits are not all of one length, and a cursor grows by digits), one is published when the one
//! before is received, a poll asks for what is there; the head names no port, the date is always the same. What is
//! counted begins behind the handshake, in whose signatures an octet more or less is chance.
//!
//! A sample whose values are all the same has no spread. criterion cannot draw that, hence no plots, and has no p for two
//! such samples that are equal (`p = NaN > 0.05`, *no change*); any others have *improved* or *regressed*, at p = 0.

mod world;

use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, Throughput};
use pushbench::trial::Headers;
use std::cell::Cell;
use std::time::Duration;
use world::{Shape, World};

/// Updates that are not counted: settings are still being exchanged.
const BEFORE: u64 = 7;
/// Updates that are counted. A power of two: what is divided by it is exact, however often it is repeated.
const COUNTED: u64 = 64;

thread_local! {
    /// Octets that were counted so far.
    static OCTETS: Cell<u64> = const { Cell::new(0) };
}

/// Octets per update in place of time.
struct Octets;

impl Measurement for Octets {
    type Intermediate = u64;
    type Value = u64;

    fn start(&self) -> u64 {
        OCTETS.get()
    }

    fn end(&self, before: u64) -> u64 {
        OCTETS.get() - before
    }

    fn add(&self, one: &u64, other: &u64) -> u64 {
        one + other
    }

    fn zero(&self) -> u64 {
        0
    }

    #[allow(clippy::cast_precision_loss)] // exact below 2^53
    fn to_f64(&self, octets: &u64) -> f64 {
        *octets as f64 / COUNTED as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        &Octets
    }
}

impl ValueFormatter for Octets {
    fn format_value(&self, value: f64) -> String {
        format!("{value:.3} B")
    }

    fn scale_values(&self, _: f64, _: &mut [f64]) -> &'static str {
        "B"
    }

    fn scale_throughputs(&self, _: f64, _: &Throughput, _: &mut [f64]) -> &'static str {
        "B"
    }

    fn scale_for_machines(&self, _: &mut [f64]) -> &'static str {
        "B"
    }
}

/// Makes one exchange, and counts it.
fn exchange(shape: &Shape) {
    let world = World::open(shape);
    world.runtime().block_on(world.rounds(BEFORE));
    let before = world.octets();
    world.runtime().block_on(world.rounds(COUNTED));
    OCTETS.set(OCTETS.get() + world.octets() - before);
}

fn bytes(criterion: &mut Criterion<Octets>) {
    let mut group = criterion.benchmark_group("bytes");
    // no server of HTTP is to leave it out (RFC 9110, 6.6.1), and over HTTP/2 its length changes
    let date = vec!["date: Sat, 21 Nov 2026 10:00:00 GMT".to_owned()];
    for shape in Shape::all() {
        let headers = Headers { response: Some(date.clone()), ..Headers::default() };
        let shape = Shape { headers, ..shape };
        group.bench_function(format!("{}, {}", shape.transport, shape.carrier), |bencher| {
            bencher.iter(|| exchange(&shape));
        });
    }
    group.finish();
}

fn main() {
    // every sample is the same: there is nothing to be had from more of them
    let brief = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(500))
        .nresamples(2000)
        .noise_threshold(0.0);
    let mut criterion = brief.with_measurement(Octets).configure_from_args().without_plots();
    bytes(&mut criterion);
    criterion.final_summary();
}
