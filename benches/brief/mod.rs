//! How long a benchmark takes. criterion's own times, nine seconds each and as many again for a hundred thousand resamples
//! and their plots, would make `cargo bench` most of an hour.

#![allow(dead_code)] // each target uses its part

use criterion::Criterion;
use std::time::Duration;

fn brief() -> Criterion {
    Criterion::default().nresamples(10_000)
}

/// How long what takes nanoseconds is measured: samples enough.
pub(crate) const NANOSECONDS: Duration = Duration::from_millis(600);

/// For what takes nanoseconds.
pub(crate) fn nanoseconds() -> Criterion {
    brief().warm_up_time(Duration::from_millis(300)).measurement_time(NANOSECONDS)
}

/// How long what crosses a socket is unlike what comes later.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// For what crosses a socket.
pub(crate) fn microseconds() -> Criterion {
    brief().warm_up_time(WARM_UP).measurement_time(Duration::from_millis(1500)).sample_size(50)
}

/// For what takes a good part of a second, of which more samples would take minutes.
pub(crate) fn milliseconds() -> Criterion {
    microseconds().sample_size(10)
}
