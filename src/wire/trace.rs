//! One connection followed from its opening to its first exchanges of steady: when what went over it.
//!
//! The server's side knows its system calls alone, the client's also what was whole with each. All other connections have no
//! trace, and pay for a look at an empty place.

use super::dissect::ledger::Way;
use crate::clock::{self, MILLISECOND, Nanos};
use crate::timeline::{Call, Calls, Whole};
use crate::totals::Layers;
use crate::trial::PhaseClock;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Calls of one direction, messages of both: what is kept of setup, and of all.
const SETUP: usize = 16;
const MOST: usize = 56;
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
    /// Octets that all calls have moved.
    moved: [u64; 2],
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
        let before = std::mem::replace(&mut seen.moved[way as usize], total);
        let calls = if way == Way::Up { &mut seen.calls.sent } else { &mut seen.calls.received };
        if self.keeps(at, calls.len(), MARGIN) {
            calls.push(Call { at, octets: (before, total) });
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
        let (Some(t0), Some((from, to))) = (self.clock.t0(), self.clock.followed()) else { return have < SETUP };
        if at > to + 2 * MARGIN {
            self.on.store(false, Ordering::Relaxed);
        }
        // it is told a while after it was, and read by a server that is late after t0: setup all the same
        let setup = if margin > 0 { from } else { t0 };
        (at < setup && have < SETUP) || (at + margin >= from && at <= to + margin && have < MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;
    use crate::trial::Windows;

    /// With warm-up as long as the clock has run, so that t0 may lie behind.
    fn trace() -> (Arc<PhaseClock>, Arc<Trace>) {
        let windows = Windows { warmup_ns: 3600 * SECOND, steady_ns: SECOND, drain_ns: SECOND };
        let clock = Arc::new(PhaseClock::new(windows));
        (Arc::clone(&clock), Trace::new(clock))
    }

    #[test]
    fn what_was_sent_in_setup_is_kept_though_the_trial_has_started_when_it_is_told() {
        let (clock, trace) = trace();
        trace.begin(false);
        trace.writes();
        clock.start(clock::now() + SECOND);
        trace.moved(Way::Up, 10);
        trace.message(Way::Up, 10, "GET", Layers::default());
        assert_eq!(trace.calls().sent.iter().map(|call| call.octets).collect::<Vec<_>>(), [(0, 10)]);
        assert_eq!(trace.wholes().iter().map(|whole| whole.end).collect::<Vec<_>>(), [10]);
    }

    #[test]
    fn what_is_read_after_the_start_belongs_to_setup_for_the_side_that_may_be_late() {
        let (clock, trace) = trace();
        trace.begin(false);
        clock.start(clock::now());
        trace.moved(Way::Down, 10);
        trace.message(Way::Down, 10, "GET", Layers::default());
        assert_eq!(trace.calls().received.iter().map(|call| call.octets).collect::<Vec<_>>(), [(0, 10)]);
        assert_eq!(trace.wholes(), []);
    }

    #[test]
    fn a_call_is_known_by_its_own_octets_where_others_were_not_kept() {
        let (clock, trace) = trace();
        trace.begin(false);
        clock.start(clock::now());
        for call in 1..=2 * SETUP as u64 {
            trace.moved(Way::Down, 10 * call);
        }
        let received = trace.calls().received;
        assert_eq!(received.len(), SETUP, "warm-up does not take steady's room");
        assert_eq!(received.last().map(|call| call.octets), Some((150, 160)));
    }
}
