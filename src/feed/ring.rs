//! The ring of the newest updates, and the feed that the publisher and the workers share.

use crate::clock::Nanos;
use crate::kind::Transport;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Notify;

/// One published update.
#[derive(Debug)]
pub struct Entry {
    /// Its number; the first is 1.
    pub number: u64,
    /// When it was due.
    pub planned_at: Nanos,
    /// Its bytes.
    pub payload: Bytes,
    frames: [OnceLock<Bytes>; Transport::ALL.len()],
}

impl Entry {
    /// An update that is due at `planned_at`.
    #[must_use]
    pub fn new(number: u64, planned_at: Nanos, payload: Bytes) -> Arc<Entry> {
        Arc::new(Entry { number, planned_at, payload, frames: Default::default() })
    }

    /// The update as `transport` sends it: made by `encode` for the first reader, shared with all others.
    pub fn frame(&self, transport: Transport, encode: impl FnOnce(&Bytes) -> Bytes) -> Bytes {
        self.frames[transport as usize].get_or_init(|| encode(&self.payload)).clone()
    }
}

/// The newest updates, without a gap.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    pub(super) entries: VecDeque<Arc<Entry>>,
    /// The number of the update to come.
    pub(super) next: u64,
}

impl Ring {
    fn new() -> Ring {
        Ring { entries: VecDeque::new(), next: 1 }
    }

    /// The number of the oldest update that can still be had; that of the one to come where there is none.
    pub(super) fn oldest(&self) -> u64 {
        self.next - self.entries.len() as u64
    }

    pub(super) fn get(&self, number: u64) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(number.checked_sub(self.oldest())?).ok()?)
    }

    pub(super) fn push(&mut self, entry: Arc<Entry>) {
        debug_assert_eq!(entry.number, self.next, "the ring has no gap");
        self.next = entry.number + 1;
        self.entries.push_back(entry);
    }

    pub(super) fn forget_before(&mut self, oldest: u64) {
        while self.oldest() < oldest && self.entries.pop_front().is_some() {}
    }
}

/// The feed, shared by its publisher and the workers' hubs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    retention_ns: Nanos,
    pub(super) ring: Mutex<Ring>,
    pub(super) workers: Mutex<Vec<Arc<Notify>>>,
}

impl Feed {
    /// An empty feed whose updates can be had for at least `retention_ns` of the plan.
    #[must_use]
    pub fn new(retention_ns: Nanos) -> Feed {
        Feed { shared: Arc::new(Shared { retention_ns, ring: Mutex::new(Ring::new()), workers: Mutex::default() }) }
    }

    /// Octets that the ring holds at this moment, with the frames made of its updates and what it takes to keep them.
    #[must_use]
    pub fn octets(&self) -> u64 {
        let frames = |entry: &Entry| entry.frames.iter().filter_map(|frame| frame.get()).map(Bytes::len).sum::<usize>();
        let ring = held(&self.shared.ring);
        ring.entries.iter().map(|entry| (size_of::<Entry>() + entry.payload.len() + frames(entry)) as u64).sum()
    }

    /// Appends `entries` whole, then wakes every worker once.
    pub fn append(&self, entries: impl IntoIterator<Item = Arc<Entry>>) {
        let mut ring = held(&self.shared.ring);
        for entry in entries {
            let horizon = entry.planned_at.saturating_sub(self.shared.retention_ns);
            ring.push(entry);
            while ring.entries.front().is_some_and(|oldest| oldest.planned_at < horizon) {
                ring.entries.pop_front();
            }
        }
        drop(ring);
        for worker in held(&self.shared.workers).iter() {
            worker.notify_one();
        }
    }
}

/// A panic elsewhere leaves a ring that is still whole: every change to it is complete at each step.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
