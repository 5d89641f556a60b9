//! One connection followed from its opening to its first exchanges of steady: when what went over it.
//!
//! The server's side knows its system calls alone, the client's also what was whole with each. All other connections have no
//! trace, and pay for a look at an empty place.

use super::dissect::ledger::Way;
use crate::clock::{self, MILLISECOND, Nanos};
use crate::timeline::{Calls, Whole};
use crate::totals::Layers;
use crate::trial::PhaseClock;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls of one direction, messages of both: what is kept of setup, and of all.
const SETUP: usize = 16;
const MOST: usize = 40;
/// The server's side keeps some before and behind the window, so that the client's first and last message find theirs.
const MARGIN: Nanos = 50 * MILLISECOND;

/// Follows the first connection that it is given.
#[derive(Debug)]
pub struct Trace {
    clock: Arc<PhaseClock>,
    on: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    begun: bool,
    /// There is TLS, and nothing else was received yet.
    tickets: bool,
    /// TLS shakes hands.
    shaking: bool,
    /// When the last call to write began, and when the last to read ended.
    at: [Nanos; 2],
    calls: Calls,
    wholes: Vec<Whole>,
    /// Octets on the socket up to the last message's end, and what of them has no layer above TLS yet.
    ends: [u64; 2],
    around: [i64; 2],
}

impl Trace {
    /// Of a trial's clock, which may not have started. Takes all memory that it needs.
    #[must_use]
    pub fn new(clock: Arc<PhaseClock>) -> Arc<Trace> {
        let room = || Vec::with_capacity(MOST);
        let seen = Seen {
            calls: Calls { client: None, sent: room(), received: room() },
            wholes: Vec::with_capacity(MOST),
            ..Seen::default()
        };
        Arc::new(Trace { clock, on: AtomicBool::new(true), seen: Mutex::new(seen) })
    }

    /// The server's calls on it.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// The client's messages.
    #[must_use]
    pub fn wholes(&self) -> Vec<Whole> {
        self.lock().wholes.clone()
    }

    /// The client's end of what is followed.
    pub fn of(&self, client: SocketAddr) {
        self.lock().calls.client = Some(client);
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    pub(super) fn begin(&self, secured: bool) {
        let mut seen = self.lock();
        if seen.begun {
            self.on.store(false, Ordering::Relaxed); // another connection: the first has ended
        }
        (seen.begun, seen.tickets, seen.shaking) = (true, secured, secured);
    }

    /// TLS has shaken hands.
    pub(super) fn shaken(&self) {
        self.lock().shaking = false;
    }

    /// A write is about to begin.
    pub(super) fn writes(&self) {
        self.lock().at[Way::Up as usize] = clock::now();
    }

    /// A write or a read brought what goes this way, from where this side stands, to `total` octets.
    pub(super) fn moved(&self, way: Way, total: u64) {
        let mut seen = self.lock();
        if way == Way::Down {
            seen.at[Way::Down as usize] = clock::now();
        }
        let at = seen.at[way as usize];
        let calls = if way == Way::Up { &mut seen.calls.sent } else { &mut seen.calls.received };
        if self.keeps(at, calls.len(), MARGIN) {
            calls.push((at, total));
        }
        if seen.shaking {
            self.shook(&mut seen, way, total);
        }
    }

    /// A flight of the handshake, however many calls it takes.
    fn shook(&self, seen: &mut Seen, way: Way, total: u64) {
        let up = way == Way::Up;
        match seen.wholes.last_mut() {
            Some(last) if last.up == up => {
                last.layers.tls += total - last.end;
                (last.at, last.end) = (seen.at[way as usize], total);
                seen.ends[way as usize] = total;
            }
            _ => self.whole(seen, way, total, "TLS", Layers::default()),
        }
    }

    /// With the last call something was whole that goes this way: `layers`, TLS's octets apart.
    pub(super) fn message(&self, way: Way, total: u64, what: &str, layers: Layers) {
        let mut seen = self.lock();
        seen.tickets &= way == Way::Up;
        self.whole(&mut seen, way, total, what, layers);
    }

    /// Octets were read, and none of them was for whoever reads: before the first answer, TLS's tickets.
    pub(super) fn nothing(&self, total: u64) {
        let mut seen = self.lock();
        if seen.tickets && total > seen.ends[Way::Down as usize] {
            self.whole(&mut seen, Way::Down, total, "TLS", Layers::default());
        }
    }

    fn whole(&self, seen: &mut Seen, way: Way, total: u64, what: &str, mut layers: Layers) {
        let at = way as usize;
        // a record's octets may have come before what is in it was asked for
        seen.around[at] += (total - seen.ends[at]).cast_signed() - layers.total().cast_signed();
        layers.tls = seen.around[at].max(0).unsigned_abs();
        seen.around[at] -= layers.tls.cast_signed();
        seen.ends[at] = total;
        if self.keeps(seen.at[at], seen.wholes.len(), 0) {
            let (up, what, at) = (way == Way::Up, what.to_owned(), seen.at[at]);
            seen.wholes.push(Whole { up, what, at, end: total, layers });
        }
    }

    /// Whether this moment is kept; behind the last one nothing is followed any more.
    fn keeps(&self, at: Nanos, have: usize, margin: Nanos) -> bool {
        let Some((from, to)) = self.clock.followed() else { return have < SETUP };
        if at > to + 2 * MARGIN {
            self.on.store(false, Ordering::Relaxed);
        }
        at + margin >= from && at <= to + margin && have < MOST
    }
}
