//! One TCP connection as tshark dissects it: packets, octets, and layers of each direction.

use crate::application::Application;
use crate::pdml::{self, Field};
use pushbench::totals::{Packets, Ways};
use std::collections::BTreeMap;

/// A connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    /// The end that connected.
    client: u64,
    /// When its first packet passed, in seconds since 1970 UTC.
    pub(crate) began: f64,
    pub(crate) ways: Ways<Direction>,
}

/// One direction of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Direction {
    pub(crate) packets: Packets,
    /// Octets of the stream: where it ends, so that what was sent again counts once.
    pub(crate) octets: u64,
    /// The largest packet's octets, from the IP header on.
    pub(crate) largest: u64,
    pub(crate) application: Application,
}

/// What a packet says below the application.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Segment {
    /// tshark's number for the connection.
    pub(crate) stream: u64,
    from: u64,
    syn: bool,
    /// Relative to the stream's first, which is the SYN's.
    sequence: u64,
    content: u64,
    packet: u64,
    at: f64,
}

/// TCP's flag (RFC 9293, 3.1).
const SYN: u64 = 2;

impl Segment {
    /// What tshark is asked for, each packet in a line.
    pub(crate) const FIELDS: [&str; 7] =
        ["tcp.stream", "tcp.srcport", "tcp.flags", "tcp.seq", "tcp.len", "ip.len", "frame.time_epoch"];

    /// Of such a line.
    pub(crate) fn read(line: &str) -> Segment {
        let values: Vec<_> = line.split('\t').collect();
        let [numbers @ .., at] = &values[..] else { panic!("{line:?}") };
        let numbers: Vec<_> = numbers.iter().map(|show| pdml::number(show)).collect();
        let [stream, from, flags, sequence, content, packet] = numbers[..] else { panic!("{line:?}") };
        let at = at.parse().expect("seconds");
        Segment { stream, from, syn: flags & SYN != 0, sequence, content, packet, at }
    }
}

/// The connections of a capture, by tshark's numbers.
#[derive(Debug, Default)]
pub(crate) struct Conversations(pub(crate) BTreeMap<u64, Conversation>);

impl Conversations {
    /// Takes one packet's dissection.
    pub(crate) fn take(&mut self, segment: &Segment, fields: &[Field]) {
        let conversation = self.0.entry(segment.stream).or_insert_with(|| {
            assert!(segment.syn, "the capture has a connection from its start");
            Conversation { client: segment.from, began: segment.at, ways: Ways::default() }
        });
        let up = segment.from == conversation.client;
        let way = if up { &mut conversation.ways.up } else { &mut conversation.ways.down };
        way.packets += Packets { count: 1, headers: segment.packet - segment.content };
        way.largest = way.largest.max(segment.packet);
        if segment.content > 0 {
            // the SYN took number 0
            way.octets = way.octets.max(segment.sequence + segment.content - 1);
        }
        way.application.take(fields);
    }
}

#[test]
fn a_line_of_fields_is_a_segment() {
    let segment = Segment::read("3\t40000\t0x0012\t0\t0\t60\t1700000000.250000000");
    let at = 1_700_000_000.25;
    let syn_ack = Segment { stream: 3, from: 40_000, syn: true, sequence: 0, content: 0, packet: 60, at };
    assert_eq!(segment, syn_ack);
}
