//! A worker's own copy of the ring, and the cursors that its readers hold on it.
//!
//! A hub and its cursors live on one thread. Readers that wait are woken by the worker's dispatcher ([`Hub::run`]), one
//! after another; that takes no lock.

use super::ring::{Entry, Feed, Ring, held};
use crate::gzip::Packer;
use crate::kind::{Answer, Encoding, Transport};
use crate::update;
use bytes::{Bytes, BytesMut};
use slab::Slab;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;

/// A worker's copy of the feed's ring.
#[derive(Debug)]
pub struct Hub {
    feed: Feed,
    news: Arc<Notify>,
    ring: RefCell<Ring>,
    readers: RefCell<Slab<Option<Waker>>>,
    /// The last join made: readers that wait for the same update ask for the same one. For a transport's frames, or for
    /// none: the updates themselves, as a batch.
    join: RefCell<Option<(Join, Bytes)>>,
    /// The last batch that was packed, as above.
    packed: RefCell<Option<Packed>>,
    packer: RefCell<Packer>,
    cut_off: Cell<u64>,
    closing: Cell<bool>,
}

impl Hub {
    /// A hub on the calling worker; nothing arrives in it before [`Hub::run`] is polled.
    #[must_use]
    pub fn new(feed: &Feed) -> Rc<Hub> {
        let news = Arc::new(Notify::new());
        held(&feed.shared.workers).push(Arc::clone(&news));
        Rc::new(Hub {
            feed: feed.clone(),
            news,
            ring: RefCell::new(held(&feed.shared.ring).clone()),
            readers: RefCell::default(),
            join: RefCell::default(),
            packed: RefCell::default(),
            packer: RefCell::default(),
            cut_off: Cell::default(),
            closing: Cell::default(),
        })
    }

    /// The worker's dispatcher: takes over what is new, and what else is published in `gather`, and wakes every waiting reader.
    /// Never ends.
    pub async fn run(&self, gather: Duration) {
        loop {
            self.news.notified().await;
            if !gather.is_zero() {
                tokio::time::sleep(gather).await;
            }
            self.take_over();
            self.wake_readers();
        }
    }

    fn wake_readers(&self) {
        for (_, waiting) in self.readers.borrow_mut().iter_mut() {
            if let Some(reader) = waiting.take() {
                reader.wake();
            }
        }
    }

    /// Ends every reader that has taken all there is.
    pub fn close(&self) {
        self.closing.set(true);
        self.wake_readers();
    }

    fn take_over(&self) {
        let mut own = self.ring.borrow_mut();
        let shared = held(&self.feed.shared.ring);
        // a worker that slept longer than the retention has missed what is gone from the shared ring too
        if own.next < shared.oldest() {
            own.entries.clear();
            own.next = shared.oldest();
        }
        while let Some(entry) = shared.get(own.next) {
            own.push(Arc::clone(entry));
        }
        own.forget_before(shared.oldest());
    }

    /// A reader's place behind update `since`; without it, before the next update to come.
    #[must_use]
    pub fn cursor(self: &Rc<Self>, since: Option<u64>) -> Cursor {
        let next = since.map_or(self.ring.borrow().next, |since| since.saturating_add(1));
        let mut cursor = Cursor { hub: Rc::clone(self), next, slot: None, missed: 0 };
        cursor.missed = cursor.skip_forgotten();
        cursor
    }

    fn joined(&self, join: Join, make: impl FnOnce() -> Bytes) -> Bytes {
        let mut last = self.join.borrow_mut();
        match &*last {
            Some((same, bytes)) if *same == join => bytes.clone(),
            _ => last.insert((join, make())).1.clone(),
        }
    }

    /// How many readers were ended for being too slow.
    #[must_use]
    pub fn cut_off(&self) -> u64 {
        self.cut_off.get()
    }

    /// Counts a reader that was ended for being too slow.
    pub fn count_cut_off(&self) {
        self.cut_off.set(self.cut_off.get() + 1);
    }
}

/// What was joined: for whom, from which update to which.
type Join = (Option<Transport>, u64, u64);

/// What was packed, from which update to which; without octets where that was not smaller.
type Packed = ((u64, u64), Option<Bytes>);

/// The most octets that are joined for one write to a reader that is behind.
const LARGEST_WRITE: usize = 64 << 10;

/// Why a reader gets no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// It fell behind the retention.
    #[error("too slow: {lost} updates are no longer kept")]
    TooSlow {
        /// Updates that it will not get.
        lost: u64,
    },
    /// The server is closing.
    #[error("the server is closing")]
    Closing,
}

/// A reader's place in the feed.
#[derive(Debug)]
pub struct Cursor {
    hub: Rc<Hub>,
    next: u64,
    slot: Option<usize>,
    missed: u64,
}

impl Cursor {
    /// The number of the last update behind it: what the reader resumes from.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.next - 1
    }

    /// How many updates behind the place asked for were gone before this reader took them.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Whether there is an update to take.
    ///
    /// # Errors
    /// [`Ended::TooSlow`] once, when updates were forgotten before this reader took them; it then stands at the oldest
    /// kept. [`Ended::Closing`] when the server closes and there is nothing left to take.
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        if self.is_ready() {
            let lost = self.skip_forgotten();
            self.missed += lost;
            return Poll::Ready(if lost == 0 { Ok(()) } else { Err(Ended::TooSlow { lost }) });
        }
        if self.hub.closing.get() {
            return Poll::Ready(Err(Ended::Closing));
        }
        let mut readers = self.hub.readers.borrow_mut();
        let slot = *self.slot.get_or_insert_with(|| readers.insert(None));
        match &mut readers[slot] {
            Some(waker) if waker.will_wake(context.waker()) => {}
            empty => *empty = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// Waits until there is an update to take.
    ///
    /// # Errors
    /// As [`Cursor::poll_ready`].
    pub async fn ready(&mut self) -> Result<(), Ended> {
        std::future::poll_fn(|context| self.poll_ready(context)).await
    }

    fn is_ready(&self) -> bool {
        self.next < self.hub.ring.borrow().next
    }

    fn skip_forgotten(&mut self) -> u64 {
        let lost = self.hub.ring.borrow().oldest().saturating_sub(self.next);
        self.next += lost;
        lost
    }

    /// The next update, if there is one.
    pub fn take(&mut self) -> Option<Arc<Entry>> {
        let entry = self.hub.ring.borrow().get(self.next).cloned()?;
        self.next += 1;
        Some(entry)
    }

    /// What waits for the reader as `transport` sends it, for one write: a frame that waits alone, the usual case, is the
    /// shared one; more are joined, once for all readers that are as far.
    pub fn take_frames(&mut self, transport: Transport, encode: impl Fn(&Bytes) -> Bytes) -> Option<Bytes> {
        let from = self.next;
        let first = self.take()?.frame(transport, &encode);
        let ring = self.hub.ring.borrow();
        let mut octets = first.len();
        let mut more = Vec::new();
        while let Some(entry) = ring.get(self.next) {
            let frame = entry.frame(transport, &encode);
            octets += frame.len();
            if octets > LARGEST_WRITE {
                break;
            }
            more.push(frame);
            self.next += 1;
        }
        if more.is_empty() {
            return Some(first);
        }
        let join = (Some(transport), from, self.next - 1);
        Some(self.hub.joined(join, || {
            let mut all = BytesMut::with_capacity(octets);
            std::iter::once(&first).chain(&more).for_each(|frame| all.extend_from_slice(frame));
            all.freeze()
        }))
    }

    /// All that is there (or the newest of it, or the oldest), as one batch; `None` where nothing is.
    pub fn take_batch(&mut self, answer: Answer, encoding: Encoding) -> Option<Bytes> {
        let ring = self.hub.ring.borrow();
        let newest = ring.entries.back().filter(|newest| newest.number >= self.next)?;
        let (from, to) = match answer {
            Answer::All => (self.next, newest.number),
            Answer::Latest => (newest.number, newest.number),
            Answer::One => (self.next, self.next),
        };
        self.next = to + 1;
        let first = ring.entries.len() - usize::try_from(newest.number - from + 1).ok()?;
        let last = ring.entries.len() - usize::try_from(newest.number - to).ok()?;
        if from == to && encoding != Encoding::Binary {
            return Some(ring.entries[first].payload.clone());
        }
        let updates = ring.entries.range(first..last).map(|entry| &entry.payload[..]);
        Some(self.hub.joined((None, from, to), || update::join(updates, encoding)))
    }

    /// As [`Cursor::take_batch`], in gzip where that is smaller, which is the other half of what it gives: packed once for
    /// all readers that are as far.
    pub fn take_packed(&mut self, answer: Answer, encoding: Encoding) -> Option<(Bytes, bool)> {
        let first = self.next;
        let batch = self.take_batch(answer, encoding)?;
        let to = self.next - 1;
        let from = if answer == Answer::Latest { to } else { first };
        let mut last = self.hub.packed.borrow_mut();
        let packed = match &*last {
            Some((same, packed)) if *same == (from, to) => packed.clone(),
            _ => last.insert(((from, to), self.hub.packer.borrow_mut().pack(&batch))).1.clone(),
        };
        Some(packed.map_or((batch, false), |packed| (packed, true)))
    }

    /// The hub it reads from.
    #[must_use]
    pub fn hub(&self) -> &Rc<Hub> {
        &self.hub
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            self.hub.readers.borrow_mut().remove(slot);
        }
    }
}

#[cfg(test)]
mod tests;
