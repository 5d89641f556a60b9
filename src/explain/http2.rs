//! A connection that HTTP/2 carries (RFC 9113): preface, frames, and what is in them.

use super::content::Content;
use super::control;
use super::hpack::{Blocks, Said};
use super::message::{Layer, Lesson, Part, Saying, Wire};
use super::settings;
use super::websocket::{self, Frames};
use crate::kind::{Encoding, Transport};
use crate::wire::dissect::frame::PREFACE;
use crate::wire::dissect::ledger::Way;
use std::collections::BTreeMap;

/// Octets of a frame's head.
const HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

static MAGIC: Lesson = Lesson {
    text: "What a client begins with: to a server that knows only HTTP/1.1 a request by a method that there is not, so \
           that it refuses and nobody takes frames for requests.",
    source: "RFC 9113, 3.4",
};
static FRAME: Lesson = Lesson {
    text: "Each frame begins with nine octets: three of length, not counting these; one of type; one of flags; four of \
           stream. Stream 0 is the connection itself, odd ones are the client's.",
    source: "RFC 9113, 4.1",
};
static FIELDS: Lesson = Lesson {
    text: "A head, in HPACK. END_HEADERS: it is whole. END_STREAM: whoever sends it has no body. In ‹› \
           stands how a field is written, and in how many octets instead of how many.",
    source: "RFC 9113, 6.2",
};
static CONTENT: Lesson = Lesson {
    text: "A piece of a body. Where one update is a frame, these nine octets are what HTTP/2 adds to each.",
    source: "RFC 9113, 6.1",
};
static LAST: Lesson = Lesson {
    text: "A DATA frame with nothing in it but END_STREAM: the body has ended. It brings nothing, so that it counts as \
           control.",
    source: "RFC 9113, 6.1",
};
static AGREED: Lesson = Lesson {
    text: "Each side begins with its SETTINGS, and says when it has taken over those of the other (ACK).",
    source: "RFC 9113, 6.5",
};
static TUNNEL: Lesson = Lesson {
    text: "The stream is a tunnel: its DATA frames hold the octets that a TCP connection would, here WebSocket frames, \
           with two heads one inside of the other.",
    source: "RFC 8441, 5",
};

/// Reads both directions.
#[derive(Debug)]
pub struct Connection {
    transport: Transport,
    encoding: Encoding,
    began: bool,
    blocks: [Blocks; 2],
    streams: BTreeMap<u32, Stream>,
}

#[derive(Debug)]
struct Stream {
    content: Content,
    /// Up, down.
    tunnel: Option<[Frames; 2]>,
}

/// A frame's head.
#[derive(Clone, Copy, Debug)]
struct Head {
    len: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Head {
    fn read(bytes: &[u8]) -> Option<Head> {
        let &[a, b, c, kind, flags, s @ ..] = bytes.first_chunk::<HEAD>()?;
        let len = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
        Some(Head { len, kind, flags, stream: u32::from_be_bytes(s) & u32::MAX >> 1 })
    }

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn flags(self) -> String {
        let known: &[(u8, &str)] = match self.kind {
            DATA => &[(END_STREAM, "END_STREAM"), (PADDED, "PADDED")],
            HEADERS => {
                &[(END_STREAM, "END_STREAM"), (END_HEADERS, "END_HEADERS"), (PADDED, "PADDED"), (PRIORITY, "PRIORITY")]
            }
            CONTINUATION => &[(END_HEADERS, "END_HEADERS")],
            SETTINGS | control::PING => &[(1, "ACK")],
            _ => &[],
        };
        let set: Vec<&str> = known.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name).collect();
        if set.is_empty() { "no flags".into() } else { set.join(" ") }
    }

    /// The head as a part. Its octets stand in the groups of its fields.
    fn part(self, layer: Layer, octets: &[u8]) -> Part {
        let groups = [&octets[..3], &octets[3..4], &octets[4..5], &octets[5..9]];
        let plain = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        let wire = Wire::Hex(groups.map(plain).join(" "));
        let (name, flags, stream) = (control::name(self.kind), self.flags(), self.stream);
        let meaning = format!("length {}, type {} {name}, {flags}, stream {stream}", self.len, self.kind);
        Part::new(layer, &octets[..HEAD], wire, meaning)
    }
}

impl Connection {
    /// Before the first octet.
    #[must_use]
    pub fn new(transport: Transport, encoding: Encoding) -> Connection {
        let (blocks, streams) = (<[Blocks; 2]>::default(), BTreeMap::new());
        Connection { transport, encoding, began: false, blocks, streams }
    }

    /// What the first of `bytes` say, and how many they are; `None` where that is not whole.
    pub fn next(&mut self, way: Way, bytes: &[u8]) -> Option<(usize, Saying)> {
        if way == Way::Up && !self.began {
            let preface = bytes.get(..PREFACE.len())?;
            self.began = true;
            if preface == PREFACE {
                let part = Part::text(Layer::Control, preface, "").teaching(&MAGIC);
                return Some((preface.len(), Saying::new("HTTP/2 preface", vec![part])));
            }
        }
        let head = Head::read(bytes)?;
        let end = HEAD.checked_add(head.len)?;
        let frame = bytes.get(..end)?;
        match head.kind {
            HEADERS => self.fields(way, head, bytes),
            DATA => Some((end, self.data(way, head, frame))),
            SETTINGS => Some((end, self.settle(way, head, frame))),
            _ => {
                Some((end, control::read(head.kind, head.part(Layer::Control, frame).teaching(&FRAME), &frame[HEAD..])))
            }
        }
    }

    fn settle(&mut self, way: Way, head: Head, frame: &[u8]) -> Saying {
        let mut parts = vec![head.part(Layer::Control, frame).teaching(&AGREED).teaching(&FRAME)];
        if let Some(table) = settings::read(&frame[HEAD..], &mut parts) {
            // what one side allows, the other's blocks show
            self.blocks[1 - way as usize].allow(usize::try_from(table).unwrap_or(usize::MAX));
        }
        Saying::new(if head.has(1) { "HTTP/2 SETTINGS, taken over" } else { "HTTP/2 SETTINGS" }, parts)
    }

    /// A HEADERS frame and those that go on with it (6.10).
    fn fields(&mut self, way: Way, head: Head, bytes: &[u8]) -> Option<(usize, Saying)> {
        let mut end = HEAD + head.len;
        let mut parts = vec![head.part(Layer::Framing, bytes).teaching(&FRAME).teaching(&FIELDS)];
        let content = self::content(head, &bytes[HEAD..end], &mut parts);
        let mut block = content.to_vec();
        let mut whole = head.has(END_HEADERS);
        while !whole {
            let next = bytes.get(end..)?;
            let more = Head::read(next)?;
            if more.kind != CONTINUATION {
                break; // nobody can read that
            }
            let last = HEAD.checked_add(more.len)?;
            block.extend_from_slice(next.get(HEAD..last)?);
            parts.push(more.part(Layer::Framing, next));
            whole = more.has(END_HEADERS);
            end += last;
        }
        let said = self.blocks[way as usize].read(&block, &mut parts);
        let title = self.open(way, head.stream, &said);
        Some((end, Saying::new(format!("HTTP/2 HEADERS, stream {}: {title}", head.stream), parts)))
    }

    /// Takes note of what a head says. Gives what it is, in a few words.
    fn open(&mut self, way: Way, id: u32, said: &Said) -> String {
        match (way, said.status) {
            (Way::Up, _) => {
                let stream = Stream { content: Content::Other, tunnel: None };
                self.streams.entry(id).or_insert(stream);
                let path = said.path.clone().unwrap_or_default();
                match &said.protocol {
                    Some(protocol) => format!("CONNECT for {protocol}"),
                    None => format!("request for {path}"),
                }
            }
            (Way::Down, Some(status)) => {
                if let Some(stream) = self.streams.get_mut(&id) {
                    stream.content = Content::of(self.transport, self.encoding, status);
                    let tunnel = self.transport == Transport::Websocket && matches!(status, 200..300);
                    stream.tunnel = tunnel.then(|| [Way::Up, Way::Down].map(Frames::new));
                }
                format!("answer {status}")
            }
            (Way::Down, None) => "trailer fields".into(),
        }
    }

    fn data(&mut self, way: Way, head: Head, frame: &[u8]) -> Saying {
        let title = format!("HTTP/2 DATA, stream {}", head.stream);
        if head.len == 0 {
            let part = head.part(Layer::Control, frame).teaching(&LAST);
            return Saying::new(title + ": nothing in it", vec![part]);
        }
        let stream = self.streams.get_mut(&head.stream);
        let framing = match &stream {
            Some(Stream { tunnel: Some(_), .. }) => Layer::Framing,
            Some(stream) if way == Way::Down => stream.content.framing(),
            _ => Layer::Other,
        };
        let mut parts = vec![head.part(framing, frame)];
        let content = self::content(head, &frame[HEAD..], &mut parts);
        let what = match stream {
            Some(Stream { tunnel: Some(tunnel), .. }) => {
                parts[0].lessons.extend([&TUNNEL, &CONTENT, &FRAME]);
                tunnel[way as usize].push(content, &mut parts);
                format!("WebSocket frame, {}", content.first().map_or("", |&first| websocket::name(first)))
            }
            Some(stream) if way == Way::Down => {
                parts[0].lessons.extend([&CONTENT, &FRAME]);
                stream.content.push(content, &mut parts)
            }
            _ => {
                parts.push(Part::hex(Layer::Other, content, ""));
                "of no answer".into()
            }
        };
        Saying::new(format!("{title}: {what}"), parts)
    }
}

/// What a frame holds without padding (6.1) and priority (6.2), which become parts of their own.
fn content<'a>(head: Head, frame: &'a [u8], parts: &mut Vec<Part>) -> &'a [u8] {
    let mut rest = frame;
    let layer = parts.first().map_or(Layer::Framing, |part| part.layer);
    let mut padding = 0;
    if head.has(PADDED)
        && let Some((&octets, behind)) = rest.split_first()
    {
        parts.push(Part::hex(layer, &rest[..1], format!("{octets} octets of padding at the end")));
        (rest, padding) = (behind, usize::from(octets).min(behind.len()));
    }
    if head.kind == HEADERS && head.has(PRIORITY) && rest.len() >= 5 {
        parts.push(Part::hex(layer, &rest[..5], "priority, which nobody heeds any more"));
        rest = &rest[5..];
    }
    let (content, zeros) = rest.split_at(rest.len() - padding.min(rest.len()));
    if !zeros.is_empty() {
        parts.push(Part::hex(layer, zeros, "padding"));
    }
    content
}
