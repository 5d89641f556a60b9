//! The running counts of one client, or of the clients that share a connection, or of one connection of the server.

use super::dissect::connection::Dissector;
use super::dissect::ledger::{Ledger, Way};
use super::packets::{Log, Sample};
use super::recorder::{Recorder, Seen};
use super::trace::Trace;
use crate::clock;
use crate::totals::{Layers, Packets, Ways};
use crate::trial::{Phase, PhaseClock};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts. One writer at a time, any number of readers.
#[derive(Debug, Default)]
pub struct Tap {
    sent: AtomicU64,
    received: AtomicU64,
    records: [AtomicU64; 2],
    /// hyper wants a stream that may change threads, hence a lock; it is always free, as a client stays on its thread.
    dissection: Option<Mutex<Dissection>>,
    /// Of the one connection of a trial that is followed.
    trace: Option<Arc<Trace>>,
    /// Keeps what went over it; nobody does in a trial.
    recorder: Option<Arc<Recorder>>,
}

#[derive(Debug)]
struct Dissection {
    dissector: Dissector,
    ledger: Ledger,
    clock: Arc<PhaseClock>,
    packets: Log,
    /// The phase of the last octet.
    phase: Phase,
    /// On this connection TLS stands between what is counted and what is placed.
    secured: bool,
    /// The counts when this connection began.
    before: [u64; 2],
    /// Of this connection's octets, those that were entered as TLS's own. While a record is under way those of its
    /// contents are among them, and taken off later.
    around: [i64; 2],
    /// The same of all connections, by phase.
    tls: [[i64; 2]; 5],
}

impl Dissection {
    /// The dissector, and the ledger at the page of this moment.
    fn now(&mut self) -> (&mut Dissector, &mut Ledger) {
        self.ledger.turn(self.clock.phase(clock::now()));
        (&mut self.dissector, &mut self.ledger)
    }

    /// What was counted and not placed is TLS's.
    fn settle(&mut self, counts: [u64; 2]) {
        if !self.secured {
            return;
        }
        let placed = self.ledger.placed();
        for way in 0..2 {
            let below = (counts[way] - self.before[way]).cast_signed();
            let more = below - placed[way].cast_signed() - self.around[way];
            self.around[way] += more;
            self.tls[self.ledger.phase() as usize][way] += more;
        }
    }

    /// Asks for a sample of the packets where the phase has changed since the last octet.
    fn turned(&mut self, sample: impl FnOnce() -> Option<Sample>) {
        let phase = self.ledger.phase();
        if phase != self.phase {
            self.packets.enter(self.phase, sample());
            self.phase = phase;
        }
    }
}

/// What one client, or several on one connection, used by phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Octets by layer.
    pub layers: Ways<Layers>,
    /// Lines of HTTP/1.1's heads.
    pub head_lines: Ways<u64>,
    /// Packets.
    pub packets: Ways<Packets>,
}

impl Tap {
    /// A client's: `dissector` places each octet, and what is whole belongs to the phase that `clock` says.
    #[must_use]
    pub fn dissecting(dissector: Dissector, clock: Arc<PhaseClock>) -> Tap {
        let dissection = Dissection {
            dissector,
            ledger: Ledger::default(),
            clock,
            packets: Log::default(),
            phase: Phase::Setup,
            secured: false,
            before: [0; 2],
            around: [0; 2],
            tls: [[0; 2]; 5],
        };
        Tap { dissection: Some(Mutex::new(dissection)), ..Tap::default() }
    }

    /// Its first connection is followed.
    #[must_use]
    pub fn following(self, trace: Arc<Trace>) -> Tap {
        if let Some(mut dissection) = self.dissection() {
            dissection.ledger.tell();
        }
        Tap { trace: Some(trace), ..self }
    }

    /// What follows it.
    #[must_use]
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    fn live(&self) -> Option<&Trace> {
        self.trace().filter(|trace| trace.is_on())
    }

    /// TLS has shaken hands, where it stands: what that took belongs to this moment's phase, whenever the first request comes.
    pub(super) fn shaken(&self) {
        if let Some(mut dissection) = self.dissection() {
            dissection.now();
            dissection.settle(self.counts());
        }
        self.live().into_iter().for_each(Trace::shaken);
    }

    /// A write is about to begin.
    pub(super) fn writes(&self) {
        self.live().into_iter().for_each(Trace::writes);
    }

    /// What was whole with the last call goes to whoever follows.
    fn tell(&self, dissection: &mut Dissection, way: Way) {
        let Some(trace) = self.trace() else { return };
        if !trace.is_on() {
            dissection.ledger.tell_no_more();
        } else if let Some((what, layers)) = dissection.ledger.take_told(way) {
            trace.message(way, self.counts()[way as usize], &what, layers);
        }
    }

    /// The same, and `recorder` keeps every octet.
    #[must_use]
    pub fn recorded(self, recorder: Arc<Recorder>) -> Tap {
        Tap { recorder: Some(recorder), ..self }
    }

    /// The phase in which the exchange or message was whole that the room gives to the sink now; `None` when nothing is
    /// dissected here, or that was not whole.
    #[must_use]
    pub fn take_message(&self) -> Option<Phase> {
        self.dissection()?.ledger.take()
    }

    /// What was entered, in the phases' order, and whether the packets are a model; `None` when nothing is dissected here.
    #[must_use]
    pub fn used(&self) -> Option<([Used; 5], bool)> {
        let dissection = self.dissection()?;
        let mut tls = dissection.tls;
        let (layers, head_lines) = (dissection.ledger.entered(), dissection.ledger.lines());
        let (packets, modelled) = dissection.packets.entered();
        for way in 0..2 {
            carry_debts(tls.each_mut().map(|phase| &mut phase[way]));
        }
        let mut used = [Used::default(); 5];
        for (phase, used) in used.iter_mut().enumerate() {
            *used = Used { layers: layers[phase], head_lines: head_lines[phase], packets: packets[phase] };
            used.layers.up.tls = tls[phase][0].unsigned_abs();
            used.layers.down.tls = tls[phase][1].unsigned_abs();
        }
        Some((used, modelled))
    }

    fn dissection(&self) -> Option<MutexGuard<'_, Dissection>> {
        Some(self.dissection.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Another connection; `secured` says that TLS stands on it.
    pub(super) fn begin(&self, secured: bool) {
        let counts = self.counts();
        if let Some(trace) = self.live() {
            trace.begin(secured);
        }
        if let Some(mut dissection) = self.dissection() {
            dissection.dissector.begin();
            dissection.ledger.begin();
            dissection.packets.begin();
            (dissection.secured, dissection.before, dissection.around) = (secured, counts, [0; 2]);
        }
    }

    /// Gives the octets that have a layer on the connection that has ended: up, down.
    pub(super) fn end(&self) -> Option<[u64; 2]> {
        let counts = self.counts();
        let mut dissection = self.dissection()?;
        let (dissector, ledger) = dissection.now();
        dissector.end(ledger);
        dissection.settle(counts);
        let (placed, around) = (dissection.ledger.placed(), dissection.around);
        Some([0, 1].map(|way| placed[way].saturating_add_signed(around[way])))
    }

    /// Octets on the sockets so far: sent, received.
    #[must_use]
    pub fn counts(&self) -> [u64; 2] {
        [self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed)]
    }

    /// TLS records so far: sent, received.
    #[must_use]
    pub fn records(&self) -> [u64; 2] {
        [0, 1].map(|way| self.records[way].load(Ordering::Relaxed))
    }

    // loads and stores, not locked additions: a connection is polled by one task at a time

    pub(super) fn count_sent(&self, octets: usize) {
        add(&self.sent, octets as u64);
        if let Some(trace) = self.live() {
            trace.moved(Way::Up, self.counts()[0]);
        }
        self.model(|packets| packets.wrote(octets));
    }

    pub(super) fn count_received(&self, octets: usize) {
        if octets > 0 {
            add(&self.received, octets as u64);
            if let Some(trace) = self.live() {
                trace.moved(Way::Down, self.counts()[1]);
            }
            self.model(|packets| packets.read(octets));
        }
    }

    /// Keeps `pieces`, where somebody wants them.
    pub(super) fn record<'a>(&self, way: Way, seen: Seen, pieces: impl Iterator<Item = &'a [u8]>) {
        if let Some(recorder) = &self.recorder {
            recorder.keep(way, seen, pieces);
        }
    }

    pub(super) fn count_records(&self, records: [u64; 2]) {
        self.records.iter().zip(records).filter(|(_, more)| *more > 0).for_each(|(count, more)| add(count, more));
    }

    /// Where the kernel counts no packets, they are made up from reads and writes.
    fn model(&self, tell: impl FnOnce(&mut Log)) {
        if !cfg!(target_os = "linux")
            && let Some(mut dissection) = self.dissection()
        {
            tell(&mut dissection.packets);
        }
    }

    pub(super) fn place_sent<'a>(
        &self,
        pieces: impl Iterator<Item = &'a [u8]> + Clone,
        sample: impl FnOnce() -> Option<Sample>,
    ) {
        let Some(mut dissection) = self.dissection() else { return };
        let (dissector, ledger) = dissection.now();
        self.record(Way::Up, Seen::Above, pieces.clone());
        pieces.for_each(|piece| dissector.sent(piece, ledger));
        self.tell(&mut dissection, Way::Up);
        dissection.settle(self.counts());
        dissection.turned(sample);
    }

    pub(super) fn place_received(&self, octets: &[u8], sample: impl FnOnce() -> Option<Sample>) {
        if octets.is_empty() {
            if let Some(trace) = self.live() {
                trace.nothing(self.counts()[1]);
            }
            return; // nothing was there, as at every second poll
        }
        let Some(mut dissection) = self.dissection() else { return };
        self.record(Way::Down, Seen::Above, [octets].into_iter());
        let (dissector, ledger) = dissection.now();
        dissector.received(octets, ledger);
        self.tell(&mut dissection, Way::Down);
        dissection.settle(self.counts());
        dissection.turned(sample);
    }

    /// Enters the packets of the connection that is about to end, or that has ended.
    pub(super) fn sample(&self, sample: impl FnOnce() -> Option<Sample>) {
        if let Some(mut dissection) = self.dissection() {
            let phase = dissection.clock.phase(clock::now());
            let last = std::mem::replace(&mut dissection.phase, phase);
            dissection.packets.enter(last, sample());
        }
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

/// A phase that owes octets of a record that began in another one, has them from there.
fn carry_debts(phases: [&mut i64; 5]) {
    for at in 0..phases.len() {
        let mut debt = (-*phases[at]).max(0);
        for other in (0..at).rev().chain(at + 1..5) {
            let paid = debt.min((*phases[other]).max(0));
            *phases[other] -= paid;
            *phases[at] += paid;
            debt -= paid;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debts_are_carried_and_the_sum_stays() {
        let mut tls = [10, -3, 0, 7, -5];
        carry_debts(tls.each_mut());
        assert_eq!(tls, [7, 0, 0, 2, 0]);
    }
}
