//! Packets, and what TCP and IP put before their contents: by the kernel's counters, or as they follow from what was read
//! and written.
//!
//! A segment has a header of IP (20 octets, or 40; RFC 791, 3.1; RFC 8200, 3) and of TCP (20; RFC 9293, 3.1), and where
//! timestamps were agreed on 12 more (RFC 7323, 3.2). The two that open a connection have more options, and so has an
//! acknowledgement of a segment that came twice (RFC 2883, 3): the kernel that gets one counts it, so that here are those
//! of the server; those of the client `run` takes from the server's kernel. Not in it: selective acknowledgements
//! of what came out of order (RFC 2018), which no counter shows.

use crate::totals::{DUPLICATE, Packets, Ways};
use crate::trial::Phase;

/// What an Ethernet segment with timestamps carries.
const SEGMENT: usize = 1448;
const TIMESTAMPS: u64 = 12;

/// The kernel's counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Segments of the connection so far, those without contents, too.
    pub segments: Ways<u64>,
    /// Octets before a segment's contents.
    pub header: u64,
    /// What the options of the segment that opens a connection take more.
    pub opening: u64,
    /// Segments of which the other side said that they came twice.
    pub duplicates: u64,
}

impl Sample {
    /// Of a connection with these options.
    #[must_use]
    pub fn new(segments: Ways<u64>, ipv6: bool, timestamps: bool, sack: bool, scaling: bool) -> Sample {
        let header = if ipv6 { 60 } else { 40 } + if timestamps { TIMESTAMPS } else { 0 };
        // the largest segment's size; selective acknowledgements, which fit into the padding of the timestamps; scaling
        let opening = 4 + if sack && !timestamps { 4 } else { 0 } + if scaling { 4 } else { 0 };
        Sample { segments, header, opening, duplicates: 0 }
    }
}

/// The packets of one client by phase.
#[derive(Clone, Debug, Default)]
pub struct Log {
    phases: [Ways<Packets>; 5],
    /// The kernel's word so far on this connection.
    last: Sample,
    /// Segments with contents, as written and read, of this connection since they were last entered.
    contents: Ways<u64>,
    modelled: bool,
}

impl Log {
    /// Another connection.
    pub fn begin(&mut self) {
        self.last = Sample::default();
        self.contents = Ways::default();
    }

    /// So many octets were written at once.
    pub fn wrote(&mut self, octets: usize) {
        self.contents.up += octets.div_ceil(SEGMENT) as u64;
    }

    /// So many octets were read at once.
    pub fn read(&mut self, octets: usize) {
        self.contents.down += octets.div_ceil(SEGMENT) as u64;
    }

    /// Enters what came since the last time into `phase`.
    pub fn enter(&mut self, phase: Phase, sample: Option<Sample>) {
        let Some(now) = sample else {
            let first = self.last.header == 0;
            self.last.header = 40 + TIMESTAMPS;
            self.modelled = true;
            let model = model(std::mem::take(&mut self.contents), first);
            let opening = if first { 8 } else { 0 };
            self.add(phase, model, Ways { up: opening, down: opening });
            return;
        };
        let opening = if self.last.header == 0 { now.opening } else { 0 };
        let since = Ways {
            up: now.segments.up.saturating_sub(self.last.segments.up),
            down: now.segments.down.saturating_sub(self.last.segments.down),
        };
        let duplicates = now.duplicates.saturating_sub(self.last.duplicates);
        self.last = now;
        self.add(phase, since, Ways { up: opening, down: opening + duplicates * DUPLICATE });
    }

    fn add(&mut self, phase: Phase, segments: Ways<u64>, options: Ways<u64>) {
        let header = self.last.header;
        let packets = |count: u64, options| Packets { count, headers: count * header + options };
        self.phases[phase as usize] +=
            Ways { up: packets(segments.up, options.up), down: packets(segments.down, options.down) };
    }

    /// What was entered, in the phases' order, and whether it is a model.
    #[must_use]
    pub fn entered(&self) -> ([Ways<Packets>; 5], bool) {
        (self.phases, self.modelled)
    }
}

/// Segments of a connection that lost none: those with contents; an acknowledgement for each that finds no contents to go
/// with; and to open and to close it three and four (RFC 9293, 3.5 and 3.6), all entered with the first.
fn model(contents: Ways<u64>, first: bool) -> Ways<u64> {
    let around = if first { Ways { up: 4, down: 3 } } else { Ways::default() };
    let lone = |own: u64, other: u64| own + other.saturating_sub(own);
    Ways { up: lone(contents.up, contents.down) + around.up, down: lone(contents.down, contents.up) + around.down }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_rfcs() {
        let sample = |ipv6, timestamps, sack| Sample::new(Ways::default(), ipv6, timestamps, sack, true);
        assert_eq!((sample(false, true, true).header, sample(false, true, true).opening), (52, 8));
        assert_eq!((sample(true, false, true).header, sample(true, false, true).opening), (60, 12));
        assert_eq!(sample(false, false, false).opening, 8);
    }

    #[test]
    fn samples_are_entered_by_their_difference() {
        let mut log = Log::default();
        let at = |up, down| Some(Sample::new(Ways { up, down }, false, true, true, true));
        log.begin();
        log.enter(Phase::Setup, at(3, 2));
        log.enter(Phase::Steady, at(13, 12));
        log.begin();
        log.enter(Phase::Steady, at(4, 4).map(|sample| Sample { duplicates: 2, ..sample }));
        let (entered, modelled) = log.entered();
        assert_eq!(entered[0].up, Packets { count: 3, headers: 3 * 52 + 8 });
        assert_eq!(entered[2].down, Packets { count: 14, headers: 14 * 52 + 8 + 2 * 12 });
        assert!(!modelled);
    }

    #[test]
    fn without_a_kernel_that_counts_they_follow_from_what_was_read_and_written() {
        // a request and its answer acknowledge each other; of 3 segments of a stream each finds nothing to go with
        assert_eq!(model(Ways { up: 1, down: 1 }, false), Ways { up: 1, down: 1 });
        assert_eq!(model(Ways { up: 0, down: 3 }, false), Ways { up: 3, down: 3 });
        let mut log = Log::default();
        log.begin();
        log.wrote(100);
        log.read(2 * SEGMENT + 1);
        log.enter(Phase::Setup, None);
        let (entered, modelled) = log.entered();
        assert_eq!((entered[0].up.count, entered[0].down.count), (3 + 4, 3 + 3));
        assert!(modelled);
    }
}
