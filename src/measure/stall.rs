//! Whether this process ran when it had asked to: a thread that sleeps a little and looks at how much it overslept.
//!
//! A load that does not run receives late, and would blame the transport.

use crate::clock::{self, MILLISECOND, Nanos};
use std::thread::JoinHandle;

const NAP: Nanos = 10 * MILLISECOND;

/// Watches from `from` to `to`; the longest oversleeping in nanoseconds is the thread's result.
///
/// # Errors
/// When the system gives no thread.
pub fn watch(from: Nanos, to: Nanos) -> std::io::Result<JoinHandle<Nanos>> {
    std::thread::Builder::new().name("stall".into()).spawn(move || {
        clock::sleep_until(from);
        let (mut longest, mut now) = (0, clock::now());
        while now < to {
            let asked = now + NAP;
            clock::sleep_until(asked);
            // one reading ends a nap and begins the next: no stall falls in between
            now = clock::now();
            longest = longest.max(now - asked);
        }
        longest
    })
}
