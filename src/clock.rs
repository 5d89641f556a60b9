//! One clock for every process of a host: `CLOCK_MONOTONIC`, raw nanoseconds.
//!
//! Values are comparable between processes of one host and boot, and go on counting while a process is stopped.

use nix::time::{ClockId, clock_gettime};
use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds of `CLOCK_MONOTONIC`, or a span of them; which one, the name says (`…_at`, `…_ns`).
pub type Nanos = u64;

/// One millisecond in nanoseconds.
pub const MILLISECOND: Nanos = 1_000_000;
/// One second in nanoseconds.
pub const SECOND: Nanos = 1_000_000_000;

/// Now, in nanoseconds since the host's arbitrary start.
///
/// # Panics
/// Where the system has no monotonic clock at all; nothing could be measured there.
#[must_use]
pub fn now() -> Nanos {
    nanoseconds(ClockId::CLOCK_MONOTONIC)
}

/// `at` in milliseconds since 1970 UTC, by the clock that people set: for when something was, never for how long.
#[must_use]
pub fn unix_ms(at: SystemTime) -> u64 {
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

/// CPU time that this process has used so far, all threads, user and system, in nanoseconds.
///
/// # Panics
/// Where the system keeps no such clock.
#[must_use]
pub fn process_cpu() -> Nanos {
    nanoseconds(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

fn nanoseconds(clock: ClockId) -> Nanos {
    let time = clock_gettime(clock).expect("POSIX requires this clock");
    u64::try_from(time.tv_sec()).unwrap_or(0) * SECOND + u64::try_from(time.tv_nsec()).unwrap_or(0)
}

/// Sleeps the calling thread until `at`; returns at once when that is past. Never returns early.
pub fn sleep_until(at: Nanos) {
    loop {
        let now = now();
        if now >= at {
            return;
        }
        std::thread::sleep(std::time::Duration::from_nanos(at - now));
    }
}

/// The tokio instant that stands for `at`. tokio's timers have a millisecond's grain and are never early.
#[must_use]
pub fn tokio_instant(at: Nanos) -> tokio::time::Instant {
    tokio::time::Instant::now() + std::time::Duration::from_nanos(at.saturating_sub(now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleeping_never_ends_early() {
        let at = now() + 3 * MILLISECOND;
        sleep_until(at);
        assert!(now() >= at);
        sleep_until(at);
    }

    #[test]
    fn cpu_time_passes_while_working() {
        let before = process_cpu();
        let mut x = 1u64;
        while process_cpu() == before {
            x = x.wrapping_mul(3);
        }
        assert!(process_cpu() > before, "{x}");
    }
}
