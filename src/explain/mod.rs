//! Explains a recorded exchange, octet by octet: what `pushbench dissect` shows.
//!
//! Pure: octets of both directions with their times in, annotated messages out. It shares no code with the dissectors
//! that trials have but for HPACK, so that each is a check of the other: what it finds of each layer is what they do.
//!
//! [`http1`] and [`http2`] are the whole of a connection; [`content`], [`events`], [`prefixed`] and [`websocket`] are what
//! their bodies hold; [`fields`], [`hpack`], [`settings`] and [`control`] what heads and frames say; [`tls`] is what is below,
//! opened by [`keys`]. [`print`] writes it for people, [`json`] for programs, and [`pcap`] makes packets of it again.

pub mod content;
pub mod control;
pub mod events;
pub mod fields;
pub mod handshake;
pub mod hpack;
pub mod http1;
pub mod http2;
pub mod json;
pub mod keys;
pub mod message;
pub mod packets;
pub mod pcap;
pub mod prefixed;
pub mod print;
pub mod recording;
pub mod settings;
pub mod tls;
pub mod websocket;

use crate::clock::Nanos;
use crate::wire::dissect::ledger::Way;
use crate::wire::recorder::Seen;
use message::{Lesson, Message, Saying};
use recording::Recording;
use tls::Tls;

enum Carried {
    Http1(http1::Connection),
    Http2(http2::Connection),
}

impl Carried {
    fn next(&mut self, way: Way, bytes: &[u8]) -> Option<(usize, Saying)> {
        match self {
            Carried::Http1(connection) => connection.next(way, bytes),
            Carried::Http2(connection) => connection.next(way, bytes),
        }
    }
}

/// All messages of an exchange, in the order in which the client had them whole.
#[must_use]
pub fn explain(recording: &Recording) -> Vec<Message> {
    let Recording { transport, carrier, encoding, .. } = *recording;
    let mut carried = if carrier.is_h2() {
        Carried::Http2(http2::Connection::new(transport, encoding))
    } else {
        Carried::Http1(http1::Connection::new(transport, encoding))
    };
    let mut tls = Tls::new(&recording.secrets);
    let mut lanes = [Vec::new(), Vec::new()];
    let mut messages = Vec::new();
    for piece in &recording.pieces {
        let (way, at) = (piece.way, piece.at.saturating_sub(recording.began));
        if piece.seen == Seen::Below {
            tls.push(way, &piece.octets).into_iter().for_each(|saying| add(&mut messages, way, at, saying));
            continue;
        }
        let lane: &mut Vec<u8> = &mut lanes[way as usize];
        lane.extend_from_slice(&piece.octets);
        let mut done = 0;
        while done < lane.len()
            && let Some((used, saying)) = carried.next(way, &lane[done..])
        {
            done += used;
            add(&mut messages, way, at, saying);
        }
        lane.drain(..done);
    }
    let end = recording.pieces.last().map_or(0, |piece| piece.at.saturating_sub(recording.began));
    for (way, lane) in [Way::Up, Way::Down].into_iter().zip(lanes) {
        let rest = (!lane.is_empty()).then(|| Saying::unknown(&lane));
        rest.into_iter().chain(tls.rest(way)).for_each(|saying| add(&mut messages, way, end, saying));
    }
    teach(&mut messages);
    messages
}

/// Adds a message. A flight of TLS's handshake is one, however many records and reads it takes.
fn add(messages: &mut Vec<Message>, way: Way, at: Nanos, saying: Saying) {
    let Saying { title, parts } = saying;
    if let Some(last) = messages.last_mut()
        && last.way == way
        && last.title == title
        && (title == tls::FLIGHT || title == tls::TICKETS)
    {
        last.parts.extend(parts);
        last.at = at;
        return;
    }
    messages.push(Message { way, at, title, parts });
}

/// Says each thing once, and one thing at a part.
fn teach(messages: &mut [Message]) {
    let mut said: Vec<&'static Lesson> = Vec::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        let new = part.lessons.iter().find(|lesson| !said.contains(lesson)).copied();
        said.extend(new);
        part.lessons = new.into_iter().collect();
    }
}
