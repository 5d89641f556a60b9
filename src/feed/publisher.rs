//! The publisher: a thread of its own that appends every update when it is due.
//!
//! tokio's timers have a millisecond's grain; a thread that asks the kernel for a timer slack of 1 ns oversleeps by
//! tens of microseconds.

use super::ring::{Entry, Feed};
use crate::calibration::is_held;
use crate::clock::{self, Nanos};
use crate::plan::PlannedUpdates;
use crate::system;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// A running publisher.
#[derive(Debug)]
pub struct Publisher {
    thread: JoinHandle<Vec<Nanos>>,
    stop: Arc<AtomicBool>,
}

impl Publisher {
    /// Publishes the updates planned up to `t0 + until_ns`; all of them where `until_ns` is `None`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(feed: Feed, plan: PlannedUpdates, t0: Nanos, until_ns: Option<Nanos>) -> std::io::Result<Publisher> {
        Publisher::holding(0, feed, plan, t0, until_ns)
    }

    /// As [`Publisher::spawn`], but holds half of the updates ([`is_held`]) for `held_ns` beyond its plan, which stays what
    /// it is: a delay that a calibration knows, and has to find.
    ///
    /// # Errors
    /// As above.
    pub fn holding(
        held_ns: Nanos,
        feed: Feed,
        plan: PlannedUpdates,
        t0: Nanos,
        until_ns: Option<Nanos>,
    ) -> std::io::Result<Publisher> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("publisher".into()).spawn(move || {
            system::no_timer_slack();
            publish(&feed, &plan, (t0, held_ns), until_ns, &stopped)
        })?;
        Ok(Publisher { thread, stop })
    }

    /// Waits for the end of the plan. Gives when each update was emitted, in the order of their numbers; an endless
    /// feed keeps no such log.
    pub fn finish(self) -> Vec<Nanos> {
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Ends it before the next update.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.finish();
    }
}

fn publish(
    feed: &Feed,
    plan: &PlannedUpdates,
    (t0, held_ns): (Nanos, Nanos),
    until_ns: Option<Nanos>,
    stop: &AtomicBool,
) -> Vec<Nanos> {
    let end = until_ns.unwrap_or(Nanos::MAX);
    let mut due = (1u64..).zip(plan.due()).take_while(|&(_, at)| at < end).peekable();
    let mut emitted = Vec::with_capacity(until_ns.map_or(0, |end| plan.due().take_while(|&at| at < end).count()));
    let mut burst = Vec::new();
    while let Some((number, offset)) = due.next() {
        // all that is due at the same moment is encoded before it, and appended before any reader wakes
        let encode = |number| Entry::new(number, t0 + offset, plan.encode(number));
        burst.push(encode(number));
        while let Some((number, _)) = due.next_if(|&(_, at)| at == offset) {
            burst.push(encode(number));
        }
        let held = if is_held(number) { held_ns } else { 0 };
        if !wait_until(t0 + offset + held, stop) {
            break;
        }
        if until_ns.is_some() {
            emitted.resize(emitted.len() + burst.len(), clock::now());
        }
        feed.append(burst.drain(..));
    }
    emitted
}

/// Whether `at` came before the stop did.
fn wait_until(at: Nanos, stop: &AtomicBool) -> bool {
    while !stop.load(Ordering::Acquire) {
        let now = clock::now();
        if now >= at {
            return true;
        }
        std::thread::park_timeout(Duration::from_nanos(at - now));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};
    use crate::kind::Encoding;
    use crate::schedule::Schedule;
    use crate::trial::FeedPlan;

    fn plan(schedule: Schedule) -> PlannedUpdates {
        let feed = FeedPlan { schedule, payload: 100, encoding: Encoding::Text, seed: 1, retention_ns: 5 * SECOND };
        PlannedUpdates::of(&feed).expect("it is computed")
    }

    #[test]
    fn nothing_is_emitted_before_it_is_due_and_nothing_is_left_out() {
        let poisson = || plan(Schedule::Poisson { rate: 1000.0 });
        let t0 = clock::now() + MILLISECOND;
        let publisher = Publisher::spawn(Feed::new(SECOND), poisson(), t0, Some(200 * MILLISECOND)).expect("a thread");
        let emitted = publisher.finish();
        let planned: Vec<_> = poisson().due().take_while(|&at| at < 200 * MILLISECOND).collect();
        assert_eq!(emitted.len(), planned.len());
        assert!(emitted.iter().zip(&planned).all(|(&emitted, planned)| emitted >= t0 + planned));
    }

    #[test]
    fn half_of_the_updates_are_held_and_keep_their_plan() {
        let (t0, held) = (clock::now() + MILLISECOND, 3 * MILLISECOND);
        let periodic = || plan(Schedule::Periodic { rate: 100.0 });
        let feed = Feed::new(SECOND);
        let publisher = Publisher::holding(held, feed, periodic(), t0, Some(100 * MILLISECOND)).expect("a thread");
        let emitted = publisher.finish();
        for ((number, emitted), planned) in (1..).zip(&emitted).zip(periodic().due()) {
            let earliest = t0 + planned + if is_held(number) { held } else { 0 };
            assert!(*emitted >= earliest, "{number}");
        }
        assert_eq!(emitted.len(), 9);
    }

    #[test]
    fn an_endless_feed_can_be_stopped() {
        let publisher =
            Publisher::spawn(Feed::new(SECOND), plan(Schedule::Periodic { rate: 0.001 }), clock::now(), None);
        publisher.expect("a thread").stop();
    }
}
