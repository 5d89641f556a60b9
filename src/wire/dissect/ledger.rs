//! The ledger of one client: octets by direction, phase and layer.
//!
//! Octets are placed as they come, and entered when the exchange or message that they are part of is whole: into the
//! phase in which the client saw its last octet. Several can be under way at a time, as streams of HTTP/2 are, so that
//! what is [`Open`] belongs to each of them, and a [`Page`] is the ledger as one of them sees it.

use crate::totals::{Layers, Ways};
use crate::trial::Phase;

/// From the client to the server, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // as above
pub enum Way {
    Up,
    Down,
}

/// A layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // `Layers` says what they are
pub enum Layer {
    Payload,
    Framing,
    Headers,
    Control,
    #[default]
    Other,
}

/// Octets of an exchange or message that is not whole, both directions.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    octets: Ways<Layers>,
    /// Lines of heads.
    lines: Ways<u64>,
    /// In which something of it was last entered.
    last: Phase,
    /// Whoever waited for it does so no longer: the room gives nothing of it to the sink.
    pub(super) given_up: bool,
}

impl Default for Open {
    fn default() -> Self {
        Open { octets: Ways::default(), lines: Ways::default(), last: Phase::Setup, given_up: false }
    }
}

impl Open {
    /// Takes over what is open of another.
    pub(super) fn absorb(&mut self, other: &mut Open) {
        self.octets += std::mem::take(&mut other.octets);
        self.lines += std::mem::take(&mut other.lines);
    }
}

/// What one client's connections carried.
#[derive(Clone, Debug)]
pub struct Ledger {
    entered: [Ways<Layers>; 5],
    /// Lines of heads, as the octets were entered.
    lines: [Ways<u64>; 5],
    now: Phase,
    /// Exchanges and messages that were entered, and that the room has not yet given to the sink.
    waiting: [u32; 5],
    /// Placed on this connection: up, down.
    placed: [u64; 2],
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger {
            entered: Default::default(),
            lines: Default::default(),
            now: Phase::Setup,
            waiting: [0; 5],
            placed: [0; 2],
        }
    }
}

/// The ledger, open at one exchange or stream: what is placed is part of it alone.
#[derive(Debug)]
pub struct Page<'a> {
    ledger: &'a mut Ledger,
    open: &'a mut Open,
}

fn layer(layers: &mut Layers, layer: Layer) -> &mut u64 {
    match layer {
        Layer::Payload => &mut layers.payload,
        Layer::Framing => &mut layers.framing,
        Layer::Headers => &mut layers.headers,
        Layer::Control => &mut layers.control,
        Layer::Other => &mut layers.other,
    }
}

fn way<T>(ways: &mut Ways<T>, way: Way) -> &mut T {
    match way {
        Way::Up => &mut ways.up,
        Way::Down => &mut ways.down,
    }
}

impl Ledger {
    /// What is entered from here on belongs to `phase`.
    pub fn turn(&mut self, phase: Phase) {
        self.now = phase;
    }

    /// The page that it is open at.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.now
    }

    /// Another connection. What the last one brought and the room did not take, it will never take.
    pub fn begin(&mut self) {
        self.waiting = [0; 5];
        self.placed = [0; 2];
    }

    /// What was placed on this connection: up, down.
    #[must_use]
    pub fn placed(&self) -> [u64; 2] {
        self.placed
    }

    /// What was entered, in the phases' order.
    #[must_use]
    pub fn entered(&self) -> [Ways<Layers>; 5] {
        self.entered
    }

    /// How many lines the heads had that were entered, in the phases' order.
    #[must_use]
    pub fn lines(&self) -> [Ways<u64>; 5] {
        self.lines
    }

    /// The phase in which the next exchange or message was whole that the room gives to the sink; `None` when the
    /// ledger has none.
    pub fn take(&mut self) -> Option<Phase> {
        let phase = Phase::ALL.into_iter().find(|&phase| self.waiting[phase as usize] > 0)?;
        self.waiting[phase as usize] -= 1;
        Some(phase)
    }

    /// Opens it at what is not whole yet.
    pub fn page<'a>(&'a mut self, open: &'a mut Open) -> Page<'a> {
        Page { ledger: self, open }
    }
}

impl Page<'_> {
    /// Places octets.
    pub(super) fn place(&mut self, on: Way, to: Layer, octets: u64) {
        *layer(way(&mut self.open.octets, on), to) += octets;
        self.ledger.placed[on as usize] += octets;
    }

    /// Counts the lines of a head that is whole.
    pub(super) fn count_lines(&mut self, on: Way, lines: u64) {
        *way(&mut self.open.lines, on) += lines;
    }

    /// What was placed before its end showed that it is no such thing; as far as it is not entered.
    pub(super) fn replace(&mut self, on: Way, from: Layer, to: Layer, octets: u64) {
        let open = way(&mut self.open.octets, on);
        let octets = octets.min(*layer(open, from));
        *layer(open, from) -= octets;
        *layer(open, to) += octets;
    }

    /// Places what closes a message that may be entered already: it goes with it.
    pub(super) fn close(&mut self, on: Way, to: Layer, octets: u64) {
        if way(&mut self.open.octets, on).total() > 0 {
            return self.place(on, to, octets);
        }
        *layer(way(&mut self.ledger.entered[self.open.last as usize], on), to) += octets;
        self.ledger.placed[on as usize] += octets;
    }

    /// Enters what is open: it is whole. `given` says that the room will give it to the sink.
    pub(super) fn enter(&mut self, given: bool) {
        let now = self.ledger.now;
        self.open.last = now;
        self.ledger.entered[now as usize] += std::mem::take(&mut self.open.octets);
        self.ledger.lines[now as usize] += std::mem::take(&mut self.open.lines);
        self.ledger.waiting[now as usize] += u32::from(given && !self.open.given_up);
    }

    /// Enters what is open in one direction: it is whole, and part of no message.
    pub(super) fn enter_way(&mut self, on: Way) {
        let now = self.ledger.now;
        self.open.last = now;
        *way(&mut self.ledger.entered[now as usize], on) += std::mem::take(way(&mut self.open.octets, on));
        *way(&mut self.ledger.lines[now as usize], on) += std::mem::take(way(&mut self.open.lines, on));
    }

    /// Enters a control frame, which may stand between the fragments of a message.
    pub(super) fn enter_control(&mut self, on: Way) {
        let octets = std::mem::take(&mut way(&mut self.open.octets, on).control);
        way(&mut self.ledger.entered[self.ledger.now as usize], on).control += octets;
    }
}
