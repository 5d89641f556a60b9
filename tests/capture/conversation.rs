//! One TCP connection as tshark dissects it: packets, octets, and layers of each direction.

use crate::application::Application;
use crate::pdml::Field;
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
struct Segment {
    stream: u64,
    from: u64,
    syn: bool,
    /// Relative to the stream's first, which is the SYN's.
    sequence: u64,
    content: u64,
    packet: u64,
    at: f64,
}

impl Segment {
    fn read(fields: &[Field]) -> Segment {
        let field = |name: &str| fields.iter().find(|field| field.name == name);
        let number = |name: &str| field(name).unwrap_or_else(|| panic!("no {name} in {fields:?}")).number();
        let at = &field("timestamp").expect("every packet has its time").value;
        Segment {
            stream: number("tcp.stream"),
            from: number("tcp.srcport"),
            syn: number("tcp.flags.syn") == 1,
            sequence: number("tcp.seq"),
            content: number("tcp.len"),
            packet: number("ip.len"),
            at: at.parse().expect("seconds"),
        }
    }
}

/// The connections of a capture, by tshark's numbers.
#[derive(Debug, Default)]
pub(crate) struct Conversations(pub(crate) BTreeMap<u64, Conversation>);

impl Conversations {
    /// Takes one packet's dissection.
    pub(crate) fn take(&mut self, fields: &[Field]) {
        let segment = Segment::read(fields);
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
