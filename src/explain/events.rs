//! The lines of an event stream (WHATWG HTML, 9.2.5 and 9.2.6).

use super::message::{Layer, Lesson, Part};

static DATA: Lesson = Lesson {
    text: "A line of the event's data. What stands behind the colon, without the one space, is the update.",
    source: "WHATWG HTML, 9.2.6",
};
static ID: Lesson = Lesson {
    text: "The event's number. A client that reconnects sends the last one as `Last-Event-ID`.",
    source: "WHATWG HTML, 9.2.6",
};
static RETRY: Lesson = Lesson {
    text: "How many milliseconds a client waits before it reconnects. It brings nothing.",
    source: "WHATWG HTML, 9.2.6",
};
static COMMENT: Lesson = Lesson {
    text: "A line that begins with a colon is a comment: a sign of life, so that nobody in between closes a silent \
           connection.",
    source: "WHATWG HTML, 9.2.7",
};
static BLANK: Lesson =
    Lesson { text: "A blank line ends the event: now the client tells its application.", source: "WHATWG HTML, 9.2.6" };
static BASE64: Lesson = Lesson {
    text: "The stream is text, so that binary updates go in base64: four characters for three octets. A third more, \
           which is framing.",
    source: "RFC 4648, 4",
};

/// Reads an event stream in pieces of any size.
#[derive(Clone, Debug)]
pub struct Events {
    base64: bool,
    at: At,
    name: Vec<u8>,
    /// Of data in base64: what was read of the value, and what of that was payload.
    encoded: u64,
    paid: u64,
    /// The event has a line that is not control.
    framed: bool,
    /// How many events have ended.
    pub ended: u32,
    data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Name,
    Colon(Field),
    Value(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Data,
    Id,
    Retry,
    Comment,
    Unknown,
}

impl Field {
    fn of(name: &[u8]) -> Field {
        match name {
            b"data" => Field::Data,
            b"id" => Field::Id,
            b"retry" => Field::Retry,
            b"" => Field::Comment,
            _ => Field::Unknown,
        }
    }

    fn layer(self) -> Layer {
        if matches!(self, Field::Retry | Field::Comment) { Layer::Control } else { Layer::Framing }
    }

    fn part(self, octets: &[u8], meaning: &str) -> Part {
        let part = Part::text(self.layer(), octets, meaning);
        match self {
            Field::Data => part.teaching(&DATA),
            Field::Id => part.teaching(&ID),
            Field::Retry => part.teaching(&RETRY),
            Field::Comment => part.teaching(&COMMENT),
            Field::Unknown => part,
        }
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', b'\r', bytes)
}

impl Events {
    /// Before the first octet; `base64` says how updates stand in the data.
    #[must_use]
    pub fn new(base64: bool) -> Events {
        let at = At::Name;
        Events { base64, at, name: Vec::new(), encoded: 0, paid: 0, framed: false, ended: 0, data: false }
    }

    /// Takes `bytes` apart.
    pub fn push(&mut self, mut bytes: &[u8], parts: &mut Vec<Part>) {
        while !bytes.is_empty() {
            let used = match self.at {
                At::Name => self.name(bytes, parts),
                At::Colon(field) => {
                    let space = usize::from(bytes[0] == b' ');
                    if space > 0 {
                        parts.push(field.part(&bytes[..1], ""));
                    }
                    self.at = At::Value(field);
                    space
                }
                At::Value(field) => self.value(field, bytes, parts),
            };
            bytes = &bytes[used..];
        }
    }

    /// From a line's beginning, or from within its name.
    fn name(&mut self, bytes: &[u8], parts: &mut Vec<Part>) -> usize {
        let Some(stop) = bytes.iter().position(|octet| matches!(octet, b':' | b'\n' | b'\r')) else {
            self.name.extend_from_slice(bytes);
            parts.push(Part::text(Layer::Framing, bytes, "a line that goes on in the next piece"));
            return bytes.len();
        };
        self.name.extend_from_slice(&bytes[..stop]);
        let name = std::mem::take(&mut self.name);
        if bytes[stop] != b':' && name.is_empty() {
            self.blank(&bytes[..=stop], parts);
            return stop + 1;
        }
        let field = Field::of(&name);
        if bytes[stop] != b':' {
            parts.push(field.part(&bytes[..=stop], "a field without a value"));
            self.end_line(field);
            return stop + 1;
        }
        if stop + 1 == bytes.len() {
            parts.push(field.part(bytes, ""));
            self.at = At::Colon(field);
            return bytes.len();
        }
        let start = stop + 1 + usize::from(bytes[stop + 1] == b' ');
        self.at = At::Value(field);
        if field == Field::Data {
            parts.push(field.part(&bytes[..start], ""));
            return start;
        }
        let end = line_end(&bytes[start..]).map_or(bytes.len(), |end| start + end + 1);
        parts.push(field.part(&bytes[..end], ""));
        if line_end(&bytes[start..]).is_some() {
            self.end_line(field);
        }
        end
    }

    fn value(&mut self, field: Field, bytes: &[u8], parts: &mut Vec<Part>) -> usize {
        let end = line_end(bytes);
        let value = &bytes[..end.unwrap_or(bytes.len())];
        match field {
            _ if value.is_empty() => {}
            Field::Data if self.base64 => self.encoded(value, end.is_some(), parts),
            Field::Data => parts.push(Part::update(Layer::Payload, value, "the update")),
            _ => parts.push(field.part(value, "")),
        }
        let Some(end) = end else { return bytes.len() };
        parts.push(Part::text(field.layer(), &bytes[end..=end], "ends the line"));
        self.end_line(field);
        end + 1
    }

    fn encoded(&mut self, value: &[u8], whole: bool, parts: &mut Vec<Part>) {
        self.encoded += value.len() as u64;
        let padding = value.iter().rev().take_while(|&&octet| octet == b'=').count().min(2) as u64;
        let stands_for = self.encoded * 3 / 4 - if whole { padding.min(self.encoded * 3 / 4) } else { 0 };
        let payload = stands_for.saturating_sub(self.paid).min(value.len() as u64);
        self.paid += payload;
        let shown =
            Part { octets: payload, ..Part::text(Layer::Payload, value, format!("stands for {payload} octets")) };
        parts.push(shown);
        let growth = value.len() as u64 - payload;
        parts.push(Part::counted(Layer::Framing, growth, "of these, what base64 adds").teaching(&BASE64));
    }

    fn end_line(&mut self, field: Field) {
        (self.encoded, self.paid, self.at) = (0, 0, At::Name);
        self.framed |= field.layer() == Layer::Framing;
        self.data |= field == Field::Data;
    }

    fn blank(&mut self, octets: &[u8], parts: &mut Vec<Part>) {
        let layer = if std::mem::take(&mut self.framed) { Layer::Framing } else { Layer::Control };
        if std::mem::take(&mut self.data) {
            self.ended += 1;
            parts.push(Part::text(layer, octets, "ends the event").teaching(&BLANK));
        } else {
            parts.push(Part::text(layer, octets, "a blank line: nothing to tell of"));
        }
    }
}
