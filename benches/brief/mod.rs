//! How long a benchmark takes. criterion's own times, nine seconds each, would make half an hour of `cargo bench`.

#![allow(dead_code)] // each target uses its part

use criterion::Criterion;
use std::time::Duration;

/// For what takes nanoseconds: samples enough within two seconds.
pub(crate) fn nanoseconds() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_millis(1500))
}

/// For what crosses a socket: its first second is unlike all others.
pub(crate) fn microseconds() -> Criterion {
    Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2))
}

/// For what takes a good part of a second, of which a hundred samples would take minutes.
pub(crate) fn milliseconds() -> Criterion {
    microseconds().sample_size(10)
}
