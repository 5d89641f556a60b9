//! A connection that HTTP/1.1 carries (RFC 9112): requests, answers, chunks, and what an upgrade leaves.

use super::content::Content;
use super::fields::Heads;
use super::message::{Layer, Lesson, Part, Saying};
use super::prefixed::{self, Prefixed};
use super::websocket::{self, Frames};
use crate::kind::{Encoding, Transport};
use crate::wire::dissect::ledger::Way;

static REQUEST: Lesson = Lesson {
    text: "The request line: method, target, version, and a line end of two octets. Below it the fields, a line each: \
           name, colon, value. `since` is pushbench's own: go on behind that update.",
    source: "RFC 9112, 3 and 5",
};
static STATUS: Lesson = Lesson {
    text: "The status line: version, status, and words for people, which mean nothing.",
    source: "RFC 9112, 4; RFC 9110, 15",
};
static EMPTY: Lesson = Lesson {
    text: "204: it went well, and there is nothing to tell. An empty poll costs as much as one that brings something, \
           but for the body.",
    source: "RFC 9110, 15.3.5",
};
static SWITCH: Lesson = Lesson {
    text: "101: behind this head's blank line the connection speaks the other protocol, both ways.",
    source: "RFC 9110, 15.2.2 and 7.8",
};
static BLANK: Lesson = Lesson { text: "A blank line ends the head.", source: "RFC 9112, 2.1" };
static SIZE: Lesson = Lesson {
    text: "A chunk's size, in hexadecimal digits, on a line of its own; so many octets follow, and a line end.",
    source: "RFC 9112, 7.1",
};
static LAST: Lesson = Lesson {
    text: "A chunk of no octets ends the body, so that whoever reads can tell the end from a connection that broke.",
    source: "RFC 9112, 7.1",
};

/// Reads both directions.
#[derive(Debug)]
pub struct Connection {
    transport: Transport,
    encoding: Encoding,
    up: Up,
    down: Down,
    heads: Heads,
}

#[derive(Debug)]
enum Up {
    Head,
    Frames(Frames),
    Lost,
}

#[derive(Debug)]
enum Down {
    Head,
    Chunks(Content),
    UntilEnd(Content),
    Frames(Frames),
    Prefixed(Prefixed),
    Lost,
}

impl Connection {
    /// Before the first octet.
    #[must_use]
    pub fn new(transport: Transport, encoding: Encoding) -> Connection {
        Connection { transport, encoding, up: Up::Head, down: Down::Head, heads: Heads::default() }
    }

    /// What the first of `bytes` say, and how many they are; `None` where that is not whole.
    pub fn next(&mut self, way: Way, bytes: &[u8]) -> Option<(usize, Saying)> {
        match way {
            Way::Up => self.sent(bytes),
            Way::Down => self.received(bytes),
        }
    }

    fn sent(&mut self, bytes: &[u8]) -> Option<(usize, Saying)> {
        match &mut self.up {
            Up::Head if !bytes.first()?.is_ascii_uppercase() => {
                self.up = Up::Lost;
                self.sent(bytes)
            }
            Up::Head => {
                let (end, head) = head(bytes)?;
                let mut parts = Vec::new();
                self.fields(head, &REQUEST, &mut parts);
                Some((end, Saying::new("HTTP/1.1 request", parts)))
            }
            Up::Frames(frames) => frame(frames, bytes),
            Up::Lost => Some((bytes.len(), Saying::unknown(bytes))),
        }
    }

    fn received(&mut self, bytes: &[u8]) -> Option<(usize, Saying)> {
        match &mut self.down {
            Down::Head => self.answer(bytes),
            Down::Chunks(content) => {
                let (used, saying, last) = chunk(content, bytes)?;
                if last {
                    self.down = Down::Head;
                }
                Some((used, saying))
            }
            Down::UntilEnd(content) => {
                let mut parts = Vec::new();
                let title = content.push(bytes, &mut parts);
                Some((bytes.len(), Saying::new(title, parts)))
            }
            Down::Frames(frames) => frame(frames, bytes),
            Down::Prefixed(updates) => {
                let end = prefixed::whole(bytes)?;
                let mut parts = Vec::new();
                updates.push(&bytes[..end], &mut parts);
                Some((end, Saying::new("raw TCP: an update behind its length", parts)))
            }
            Down::Lost => Some((bytes.len(), Saying::unknown(bytes))),
        }
    }

    fn answer(&mut self, bytes: &[u8]) -> Option<(usize, Saying)> {
        let (end, head) = head(bytes)?;
        let Some(status) = status(head) else {
            self.down = Down::Lost;
            return Some((bytes.len(), Saying::unknown(bytes)));
        };
        let content = Content::of(self.transport, self.encoding, status);
        let mut parts = Vec::new();
        let line = match status {
            101 => &SWITCH,
            204 => &EMPTY,
            _ => &STATUS,
        };
        let length = content_length(head);
        let chunked = field(head, b"transfer-encoding").is_some();
        let mut title = format!("HTTP/1.1 answer {status}");
        let mut used = end;
        match (status, length) {
            (101, _) => self.switch(),
            (..200 | 204 | 304, _) => title += if status == 204 { ": nothing new" } else { "" },
            _ if chunked => self.down = Down::Chunks(content),
            (_, Some(length)) => {
                let body = bytes.get(end..end.checked_add(length)?)?; // not whole yet
                self.fields(head, line, &mut parts);
                let mut content = content;
                title += &format!(": {}", content.push(body, &mut parts));
                used += length;
                return Some((used, Saying::new(title, parts)));
            }
            _ => self.down = Down::UntilEnd(content),
        }
        self.fields(head, line, &mut parts);
        Some((used, Saying::new(title, parts)))
    }

    fn switch(&mut self) {
        (self.up, self.down) = match self.transport {
            Transport::Websocket => (Up::Frames(Frames::new(Way::Up)), Down::Frames(Frames::new(Way::Down))),
            Transport::RawTcp => (Up::Lost, Down::Prefixed(Prefixed::default())),
            Transport::Polling | Transport::LongPolling | Transport::Sse => (Up::Lost, Down::Lost),
        };
    }

    fn fields(&mut self, head: &[u8], first: &'static Lesson, parts: &mut Vec<Part>) {
        for (index, line) in head.split_inclusive(|&octet| octet == b'\n').enumerate() {
            let part = Part::text(Layer::Headers, line, "");
            let text = line.trim_ascii_end();
            parts.push(match memchr::memchr(b':', text) {
                _ if index == 0 => part.teaching(first),
                _ if text.is_empty() => part.teaching(&BLANK),
                Some(colon) => {
                    let (name, value) = (&text[..colon], text[colon + 1..].trim_ascii());
                    self.heads.explain(part, name, value)
                }
                None => part,
            });
        }
    }
}

/// The head that `bytes` begin with, and its end.
fn head(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    Some((end, &bytes[..end]))
}

fn status(head: &[u8]) -> Option<u16> {
    let digits = head.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn field<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    head.split(|&octet| octet == b'\n').skip(1).find_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        line[..colon].eq_ignore_ascii_case(name).then(|| line[colon + 1..].trim_ascii())
    })
}

fn content_length(head: &[u8]) -> Option<usize> {
    std::str::from_utf8(field(head, b"content-length")?).ok()?.parse().ok()
}

fn frame(frames: &mut Frames, bytes: &[u8]) -> Option<(usize, Saying)> {
    let end = websocket::whole(bytes)?;
    let mut parts = Vec::new();
    frames.push(&bytes[..end], &mut parts);
    Some((end, Saying::new(format!("WebSocket frame: {}", websocket::name(bytes[0])), parts)))
}

/// The first chunk of `bytes`, and whether it is the last one.
fn chunk(content: &mut Content, bytes: &[u8]) -> Option<(usize, Saying, bool)> {
    let framing = content.framing();
    let line = memchr::memchr(b'\n', bytes)? + 1;
    let digits: Vec<u8> = bytes[..line].iter().copied().take_while(u8::is_ascii_hexdigit).collect();
    let size = std::str::from_utf8(&digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let Some(size) = size else { return Some((bytes.len(), Saying::unknown(bytes), false)) };
    if size == 0 {
        // trailer fields may stand before the blank line
        let end = if bytes[line..].starts_with(b"\r\n") { line + 2 } else { head(&bytes[line..])?.0 + line };
        let mut parts = vec![Part::text(framing, &bytes[..line], "0: the last chunk").teaching(&LAST)];
        if end > line + 2 {
            parts.push(Part::text(Layer::Headers, &bytes[line..end - 2], "trailer fields"));
        }
        parts.push(Part::text(framing, &bytes[end - 2..end], "ends the body"));
        return Some((end, Saying::new("the last chunk", parts), true));
    }
    let end = line.checked_add(size)?;
    let close = bytes.get(end..end.checked_add(2)?)?;
    let mut parts = vec![Part::text(framing, &bytes[..line], format!("{size} octets follow")).teaching(&SIZE)];
    let holds = content.push(&bytes[line..end], &mut parts);
    parts.push(Part::text(framing, close, "ends the chunk"));
    Some((end + 2, Saying::new(format!("chunk: {holds}"), parts), false))
}
