//! When something is due: one timer for all connections of a worker.
//!
//! tokio's timers are a wheel of milliseconds, which is coarser than what is measured here. On Linux this is a timer of the
//! kernel's (`timerfd`, in nanoseconds and without slack) that the worker's own loop waits for beside its sockets.
//! Elsewhere tokio's has to do.

use crate::clock::{self, Nanos};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Wakes whoever asked it to.
#[derive(Debug)]
pub(super) struct Timer {
    /// Never contended: a worker's connections stay on its thread. A stream of hyper's has to be able to leave it.
    waiting: Mutex<Waiting>,
    alarm: Alarm,
}

#[derive(Debug, Default)]
struct Waiting {
    heap: BinaryHeap<Reverse<Entry>>,
    /// When the alarm goes off; `None`: it does not.
    armed: Option<Nanos>,
    due: Vec<Waker>,
}

#[derive(Debug)]
struct Entry(Nanos, Waker);

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.0 == other.0
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl Timer {
    /// Begins to run, in the `LocalSet` around and until that ends.
    ///
    /// # Errors
    /// When the system gives no timer.
    pub(super) fn start() -> io::Result<Arc<Timer>> {
        let timer = Arc::new(Timer { waiting: Mutex::default(), alarm: Alarm::new()? });
        let running = Arc::clone(&timer);
        tokio::task::spawn_local(async move {
            loop {
                running.alarm.rings().await;
                running.fire();
            }
        });
        Ok(timer)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes `waker` at `due`, not before.
    pub(super) fn wake_at(&self, due: Nanos, waker: Waker) {
        let mut waiting = self.waiting();
        waiting.heap.push(Reverse(Entry(due, waker)));
        if waiting.armed.is_none_or(|armed| due < armed) {
            waiting.armed = Some(due);
            self.alarm.set(due);
        }
    }

    /// Waits until `due`.
    pub(super) async fn sleep_until(&self, due: Nanos) {
        let mut asked = false;
        std::future::poll_fn(|context| {
            if clock::now() >= due {
                return std::task::Poll::Ready(());
            }
            if !std::mem::replace(&mut asked, true) {
                self.wake_at(due, context.waker().clone());
            }
            std::task::Poll::Pending
        })
        .await;
    }

    fn fire(&self) {
        let mut due = {
            let mut waiting = self.waiting();
            let now = clock::now();
            while waiting.heap.peek().is_some_and(|Reverse(entry)| entry.0 <= now) {
                if let Some(Reverse(Entry(_, waker))) = waiting.heap.pop() {
                    waiting.due.push(waker);
                }
            }
            waiting.armed = waiting.heap.peek().map(|Reverse(entry)| entry.0);
            if let Some(next) = waiting.armed {
                self.alarm.set(next);
            }
            std::mem::take(&mut waiting.due)
        };
        due.drain(..).for_each(Waker::wake);
        self.waiting().due = due; // its memory is used again
    }
}

#[cfg(target_os = "linux")]
use kernel::Alarm;

#[cfg(target_os = "linux")]
mod kernel {
    use crate::clock::{Nanos, SECOND};
    use nix::sys::time::TimeSpec;
    use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
    use std::io;
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// A timer of the kernel's.
    #[derive(Debug)]
    pub(super) struct Alarm(AsyncFd<Descriptor>);

    /// nix's has only one of the two traits that tokio asks for.
    #[derive(Debug)]
    struct Descriptor(TimerFd);

    impl AsFd for Descriptor {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }

    impl AsRawFd for Descriptor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_fd().as_raw_fd()
        }
    }

    impl Alarm {
        #[allow(unsafe_code)] // what tokio has that is safe is deprecated
        pub(super) fn new() -> io::Result<Alarm> {
            let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
            // SAFETY: the descriptor is the timer's own, which stays inside for as long as it is registered.
            let registered = unsafe { AsyncFd::register_with_interest(Descriptor(timer), Interest::READABLE) };
            Ok(Alarm(registered?))
        }

        pub(super) fn set(&self, due: Nanos) {
            let [seconds, nanos] = [due / SECOND, due % SECOND].map(|part| i64::try_from(part).unwrap_or(i64::MAX));
            // zero would take the alarm back
            let due = TimeSpec::new(seconds, nanos.max(1));
            let set = self.0.get_ref().0.set(Expiration::OneShot(due), TimerSetTimeFlags::TFD_TIMER_ABSTIME);
            set.expect("a time in the future of a timer that is there can be set");
        }

        /// Waits until it has gone off.
        pub(super) async fn rings(&self) {
            let mut guard = self.0.readable().await.expect("the runtime runs whoever waits for it");
            // setting it again takes back that it went off: nothing is to be read
            guard.clear_ready();
        }
    }
}

#[cfg(not(target_os = "linux"))]
use wheel::Alarm;

#[cfg(not(target_os = "linux"))]
mod wheel {
    use crate::clock::{self, Nanos};
    use std::io;
    use tokio::sync::watch;

    /// A timer of tokio's.
    #[derive(Debug)]
    pub(super) struct Alarm(watch::Sender<Option<Nanos>>);

    impl Alarm {
        pub(super) fn new() -> io::Result<Alarm> {
            Ok(Alarm(watch::Sender::new(None)))
        }

        pub(super) fn set(&self, due: Nanos) {
            self.0.send_replace(Some(due));
        }

        /// Waits until it has gone off.
        pub(super) async fn rings(&self) {
            let mut set = self.0.subscribe();
            loop {
                let due = *set.borrow_and_update();
                let off = async {
                    match due {
                        Some(due) => tokio::time::sleep_until(clock::tokio_instant(due)).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    () = off => {
                        self.0.send_if_modified(|now| { if *now == due { *now = None; } false });
                        return;
                    }
                    _ = set.changed() => {} // never closed: we have the sender
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use std::cell::RefCell;
    use std::rc::Rc;
    use tokio::task::LocalSet;

    #[test]
    fn everybody_is_woken_in_order_and_nobody_early() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        LocalSet::new().block_on(&runtime, async {
            let (timer, woken) = (Timer::start().expect("a timer"), Rc::new(RefCell::new(Vec::new())));
            let began = clock::now();
            let sleepers: Vec<_> = [30, 10, 20, 0, 5, 10]
                .map(|ms| {
                    let (timer, woken) = (Arc::clone(&timer), Rc::clone(&woken));
                    tokio::task::spawn_local(async move {
                        let due = began + ms * MILLISECOND;
                        timer.sleep_until(due).await;
                        assert!(clock::now() >= due);
                        woken.borrow_mut().push(ms);
                    })
                })
                .into();
            for sleeper in sleepers {
                sleeper.await.expect("it does not panic");
            }
            assert_eq!(*woken.borrow(), [0, 5, 10, 10, 20, 30]);
        });
    }
}
