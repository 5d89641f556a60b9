//! The ledger of one client: octets by direction, phase and layer.
//!
//! Octets are placed as they come, and entered when the exchange or message that they are part of is whole: into the
//! phase in which the client saw its last octet. Several can be under way at a time, as streams of HTTP/2 are, so that
//! what is [`Open`] belongs to each of them, and a [`Page`] is the ledger as one of them sees it.

use crate::totals::{Layers, Ways};
use crate::trial::Phase;
use std::fmt;

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
    /// What was whole of late, where somebody asks.
    told: Option<Box<Ways<Told>>>,
}

/// What was whole in one direction since it was last asked for, and the octets placed there meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Told {
    what: Vec<What>,
    layers: Layers,
}

/// What can be whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Called so.
    Named(&'static str),
    /// An answer of this status.
    Status(u16),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Named(name) => f.write_str(name),
            What::Status(status) => write!(f, "{status}"),
        }
    }
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger {
            entered: Default::default(),
            lines: Default::default(),
            now: Phase::Setup,
            waiting: [0; 5],
            placed: [0; 2],
            told: None,
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
    #[inline]
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

    /// From here on it can be asked what was whole of late.
    pub fn tell(&mut self) {
        self.told = Some(Box::default());
    }

    /// Nobody asks any more.
    pub fn tell_no_more(&mut self) {
        self.told = None;
    }

    /// What was whole this way since this gave something, in words, with the octets placed meanwhile; `None` where nothing was.
    pub fn take_told(&mut self, on: Way) -> Option<(String, Layers)> {
        let ways = self.told.as_deref_mut()?;
        let told = if on == Way::Up { &mut ways.up } else { &mut ways.down };
        if told.what.is_empty() {
            return None;
        }
        let runs = told.what.chunk_by(PartialEq::eq).map(|run| match run.len() {
            1 => run[0].to_string(),
            more => format!("{} ×{more}", run[0]),
        });
        let what = runs.collect::<Vec<_>>().join(", ");
        told.what.clear();
        Some((what, std::mem::take(&mut told.layers)))
    }

    /// Opens it at what is not whole yet.
    #[inline]
    pub fn page<'a>(&'a mut self, open: &'a mut Open) -> Page<'a> {
        Page { ledger: self, open }
    }
}

impl Page<'_> {
    /// Places octets.
    #[inline]
    pub(super) fn place(&mut self, on: Way, to: Layer, octets: u64) {
        self.tell_of(on, |layers| *layer(layers, to) += octets);
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
        self.tell_of(on, |layers| {
            let octets = octets.min(*layer(layers, from));
            *layer(layers, from) -= octets;
            *layer(layers, to) += octets;
        });
    }

    /// Places what closes a message that may be entered already: it goes with it.
    #[inline]
    pub(super) fn close(&mut self, on: Way, to: Layer, octets: u64) {
        if way(&mut self.open.octets, on).total() > 0 {
            return self.place(on, to, octets);
        }
        self.tell_of(on, |layers| *layer(layers, to) += octets);
        *layer(way(&mut self.ledger.entered[self.open.last as usize], on), to) += octets;
        self.ledger.placed[on as usize] += octets;
    }

    /// What is whole now, for whoever asks.
    pub(super) fn tell(&mut self, on: Way, what: What) {
        if let Some(ways) = &mut self.ledger.told {
            let told = if on == Way::Up { &mut ways.up } else { &mut ways.down };
            told.what.push(what);
        }
    }

    fn tell_of(&mut self, on: Way, change: impl FnOnce(&mut Layers)) {
        if let Some(ways) = &mut self.ledger.told {
            change(&mut if on == Way::Up { &mut ways.up } else { &mut ways.down }.layers);
        }
    }

    /// Enters what is open: it is whole. `given` says that the room will give it to the sink.
    #[inline]
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
    #[inline]
    pub(super) fn enter_control(&mut self, on: Way) {
        let octets = std::mem::take(&mut way(&mut self.open.octets, on).control);
        way(&mut self.ledger.entered[self.ledger.now as usize], on).control += octets;
    }
}
