//! WebSocket frames (RFC 6455, 5.2), bit by bit.

use super::message::{Layer, Lesson, Part, text};
use crate::wire::dissect::ledger::Way;

static FIRST: Lesson = Lesson {
    text: "One bit FIN: the message ends with this frame. Three reserved bits, which extensions use: none was agreed on. \
           Four bits of opcode: 0 goes on, 1 text, 2 binary, 8 close, 9 ping, 10 pong.",
    source: "RFC 6455, 5.2",
};
static SECOND: Lesson = Lesson {
    text: "One bit MASK: a client masks whatever it sends, a server nothing. Seven bits of length: up to 125 it is the \
           length, 126 and 127 say that it follows in two octets, or in eight.",
    source: "RFC 6455, 5.1 and 5.2",
};
static LENGTH: Lesson =
    Lesson { text: "The length, most significant octet first, in as few octets as it takes.", source: "RFC 6455, 5.2" };
static MASK: Lesson = Lesson {
    text: "Four random octets, new for each frame: octet i of the payload is sent XOR octet i mod 4 of these. So no \
           script can make a browser send octets that something in between takes for a request.",
    source: "RFC 6455, 5.3 and 10.3",
};
static CONTROL: Lesson = Lesson {
    text: "Control frames stand between others, are never split and hold 125 octets at most.",
    source: "RFC 6455, 5.5",
};
static PING: Lesson = Lesson {
    text: "Are you still there? Whoever gets a ping answers with a pong that holds the same.",
    source: "RFC 6455, 5.5.2",
};
static CLOSE: Lesson = Lesson {
    text: "Two octets say why, and then may come words. Whoever gets a close frame answers with one; after that the \
           server closes the connection.",
    source: "RFC 6455, 5.5.1 and 7.4",
};

/// Octets of a frame's header, as far as `bytes` say; `None` where they do not.
fn header_len(bytes: &[u8]) -> Option<usize> {
    let second = *bytes.get(1)?;
    let length = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    Some(2 + length + if second & 0x80 == 0 { 0 } else { 4 })
}

fn payload_len(header: &[u8]) -> u64 {
    let octets = match header.get(1).map(|second| second & 0x7f) {
        Some(126) => header.get(2..4),
        Some(127) => header.get(2..10),
        short => return u64::from(short.unwrap_or_default()),
    };
    octets.unwrap_or_default().iter().fold(0, |length, &octet| length << 8 | u64::from(octet))
}

/// How many octets the first frame of `bytes` has; `None` where it is not whole.
#[must_use]
pub fn whole(bytes: &[u8]) -> Option<usize> {
    let header = header_len(bytes).filter(|&len| len <= bytes.len())?;
    let end = header.checked_add(usize::try_from(payload_len(bytes)).ok()?)?;
    (end <= bytes.len()).then_some(end)
}

/// What a frame is called that begins so.
#[must_use]
pub fn name(first: u8) -> &'static str {
    match first & 0x0f {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}

/// Reads frames of one direction in pieces of any size.
#[derive(Clone, Debug)]
pub struct Frames {
    way: Way,
    header: Vec<u8>,
    left: u64,
    /// Of the payload, how many octets have come.
    at: usize,
}

impl Frames {
    /// Before the first frame.
    #[must_use]
    pub fn new(way: Way) -> Frames {
        Frames { way, header: Vec::new(), left: 0, at: 0 }
    }

    /// Takes `bytes` apart.
    pub fn push(&mut self, mut bytes: &[u8], parts: &mut Vec<Part>) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let octets = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                self.payload(&bytes[..octets], parts);
                self.left -= octets as u64;
                self.at += octets;
                bytes = &bytes[octets..];
            } else {
                self.header.push(bytes[0]);
                bytes = &bytes[1..];
                if header_len(&self.header).is_some_and(|len| len == self.header.len()) {
                    self.begin(parts);
                }
                continue;
            }
            if self.left == 0 {
                self.header.clear();
            }
        }
    }

    fn layer(&self) -> Layer {
        if self.is_control() { Layer::Control } else { Layer::Framing }
    }

    fn is_control(&self) -> bool {
        self.header.first().is_some_and(|first| first & 0x08 != 0)
    }

    fn begin(&mut self, parts: &mut Vec<Part>) {
        let (layer, header) = (self.layer(), &self.header);
        let (first, second) = (header[0], header[1]);
        self.left = payload_len(header);
        self.at = 0;
        let reserved = first >> 4 & 7;
        let meaning = format!(
            "{:04b} {:04b}  FIN {}, RSV {reserved:03b}, opcode {}: {}",
            first >> 4,
            first & 15,
            first >> 7,
            first & 15,
            name(first)
        );
        let part = Part::hex(layer, &header[..1], meaning);
        let part = part.teaching(&FIRST);
        parts.push(if layer == Layer::Control { part.teaching(&CONTROL) } else { part });
        let (length, masked) = (second & 0x7f, second >> 7);
        let follows = match length {
            126 => "126: two octets follow".to_owned(),
            127 => "127: eight octets follow".to_owned(),
            short => format!("{short}"),
        };
        let meaning = format!("{masked} {length:07b}  MASK {masked}, length {follows}");
        parts.push(Part::hex(layer, &header[1..2], meaning).teaching(&SECOND));
        let mask = header.len() - 4 * usize::from(masked);
        if mask > 2 {
            let meaning = format!("the length: {}", self.left);
            parts.push(Part::hex(layer, &header[2..mask], meaning).teaching(&LENGTH));
        }
        if masked == 1 {
            parts.push(Part::hex(layer, &header[mask..], "the masking key").teaching(&MASK));
        }
        if self.left == 0 {
            if self.is_control()
                && let Some(last) = parts.last_mut()
            {
                last.meaning += &format!("; a {} with nothing in it", name(first));
                last.lessons.insert(0, &PING);
            }
            self.header.clear();
        }
    }

    fn payload(&self, octets: &[u8], parts: &mut Vec<Part>) {
        let plain: Vec<u8> = match self.header.len().checked_sub(4).map(|mask| &self.header[mask..]) {
            Some(mask) if self.header[1] & 0x80 != 0 => {
                octets.iter().zip(self.at..).map(|(octet, at)| octet ^ mask[at % 4]).collect()
            }
            _ => octets.to_vec(),
        };
        let masked = self.way == Way::Up && plain != octets;
        let opcode = self.header[0] & 0x0f;
        if opcode == 8 && self.at == 0 && octets.len() >= 2 {
            let (code, words) = plain.split_at(2);
            let code = u16::from_be_bytes([code[0], code[1]]);
            let unmasked = if masked { "unmasked: " } else { "" };
            let meaning = format!("{unmasked}{code}, {}", reason(code));
            parts.push(Part::hex(Layer::Control, &octets[..2], meaning).teaching(&CLOSE));
            if !words.is_empty() {
                let part = |words| Part::text(Layer::Control, words, "in words");
                let masked_part = || Part::hex(Layer::Control, &octets[2..], format!("unmasked: {}", text(words)));
                parts.push(if masked { masked_part() } else { part(words) });
            }
            return;
        }
        let layer = if self.is_control() { Layer::Control } else { Layer::Payload };
        let part = match (masked, layer) {
            (true, _) => Part::hex(layer, octets, format!("unmasked: {}", text(&plain))),
            (false, Layer::Payload) => Part::update(layer, octets, "the update"),
            _ => Part::hex(layer, octets, ""),
        };
        parts.push(part);
    }
}

/// What a close frame's number stands for (RFC 6455, 7.4.1).
fn reason(code: u16) -> &'static str {
    match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "data that cannot be taken",
        1007 => "data that is not what it says",
        1008 => "policy violated",
        1009 => "message too big",
        1011 => "the server failed",
        _ => "some other reason",
    }
}
