//! An event stream (WHATWG HTML, 9.2.5): the data are payload, `retry:` and comments control, all else framing.
//!
//! A blank line ends an event; the one that ends a block of nothing but control is control. Of data in base64
//! (RFC 4648, 4) the payload is what they stand for, and their growth is framing.

use super::ledger::{Layer, Page, Way, What};

/// The names that mean something are no longer.
const LONGEST_NAME: usize = 5;

/// Reads an event stream in pieces of any size.
#[derive(Clone, Debug)]
pub struct Events {
    base64: bool,
    part: Part,
    /// What was read of the line's name: as much as tells it from others, and how much.
    name: [u8; LONGEST_NAME],
    name_len: u64,
    /// Of data in base64, what was read: how much, and its last two octets.
    encoded: u64,
    tail: [u8; 2],
    /// The block has data.
    data: bool,
    /// The block has a line that is not control.
    framed: bool,
    /// The last octet was a CR that ended a line of this layer: an LF behind it belongs to it.
    after_cr: Option<Layer>,
}

/// Of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Name,
    /// Behind the colon, where one space belongs to the field.
    Colon(Field),
    Value(Field),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Data,
    Control,
    Framing,
}

impl Field {
    fn layer(self) -> Layer {
        if self == Field::Control { Layer::Control } else { Layer::Framing }
    }
}

impl Events {
    /// Before the first octet; `base64` says how updates stand in the data.
    #[must_use]
    pub fn new(base64: bool) -> Events {
        Events {
            base64,
            part: Part::Name,
            name: [0; LONGEST_NAME],
            name_len: 0,
            encoded: 0,
            tail: [0; 2],
            data: false,
            framed: false,
            after_cr: None,
        }
    }

    /// Places `bytes`.
    pub fn push(&mut self, mut bytes: &[u8], page: &mut Page<'_>) {
        while let Some(&first) = bytes.first() {
            if let Some(layer) = self.after_cr.take().filter(|_| first == b'\n') {
                page.close(Way::Down, layer, 1);
                bytes = &bytes[1..];
                continue;
            }
            let used = match self.part {
                Part::Name => self.push_name(bytes, page),
                Part::Colon(field) => {
                    self.part = Part::Value(field);
                    let space = usize::from(first == b' ');
                    page.place(Way::Down, field.layer(), space as u64);
                    space
                }
                Part::Value(field) => self.push_value(field, bytes, page),
            };
            bytes = &bytes[used..];
        }
    }

    /// The stream has ended, maybe within a line.
    pub fn end(&mut self, page: &mut Page<'_>) {
        page.place(Way::Down, Layer::Framing, std::mem::take(&mut self.name_len));
        let encoded = std::mem::take(&mut self.encoded);
        let payload = encoded * 3 / 4;
        page.place(Way::Down, Layer::Payload, payload);
        page.place(Way::Down, Layer::Framing, encoded - payload);
    }

    fn push_name(&mut self, bytes: &[u8], page: &mut Page<'_>) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' | b'\r' if self.name_len == 0 => {
                    self.end_block(byte, page);
                    return at + 1;
                }
                b':' | b'\n' | b'\r' => {
                    let field = self.field();
                    page.place(Way::Down, field.layer(), std::mem::take(&mut self.name_len));
                    if byte == b':' {
                        page.place(Way::Down, field.layer(), 1);
                        self.part = Part::Colon(field);
                    } else {
                        self.end_line(field, byte, page);
                    }
                    return at + 1;
                }
                _ => {
                    let place = usize::try_from(self.name_len).ok().and_then(|at| self.name.get_mut(at));
                    place.into_iter().for_each(|place| *place = byte);
                    self.name_len += 1;
                }
            }
        }
        bytes.len()
    }

    /// The field that the name stands for. Fields of no meaning to anybody are framing, too.
    fn field(&self) -> Field {
        let name = usize::try_from(self.name_len).ok().and_then(|len| self.name.get(..len));
        match name {
            Some(b"data") => Field::Data,
            Some(b"retry" | b"") => Field::Control,
            _ => Field::Framing,
        }
    }

    fn push_value(&mut self, field: Field, bytes: &[u8], page: &mut Page<'_>) -> usize {
        let end = memchr::memchr2(b'\n', b'\r', bytes);
        let value = &bytes[..end.unwrap_or(bytes.len())];
        match field {
            Field::Data if self.base64 => {
                self.encoded += value.len() as u64;
                for &byte in &value[value.len().saturating_sub(2)..] {
                    self.tail = [self.tail[1], byte];
                }
            }
            Field::Data => page.place(Way::Down, Layer::Payload, value.len() as u64),
            _ => page.place(Way::Down, field.layer(), value.len() as u64),
        }
        let Some(end) = end else { return bytes.len() };
        self.end_line(field, bytes[end], page);
        end + 1
    }

    fn end_line(&mut self, field: Field, by: u8, page: &mut Page<'_>) {
        let encoded = std::mem::take(&mut self.encoded);
        if encoded.is_multiple_of(4) {
            let padding = self.tail.iter().filter(|&&octet| octet == b'=').count() as u64;
            let payload = (encoded / 4 * 3).saturating_sub(padding);
            page.place(Way::Down, Layer::Payload, payload);
            page.place(Way::Down, Layer::Framing, encoded - payload);
        } else {
            page.place(Way::Down, Layer::Other, encoded);
        }
        self.tail = [0; 2];
        self.data |= field == Field::Data;
        self.framed |= field != Field::Control;
        self.part = Part::Name;
        self.end_by(by, field.layer(), page);
    }

    fn end_block(&mut self, by: u8, page: &mut Page<'_>) {
        let (data, framed) = (std::mem::take(&mut self.data), std::mem::take(&mut self.framed));
        self.end_by(by, if framed { Layer::Framing } else { Layer::Control }, page);
        page.tell(Way::Down, What::Named(if data { "event" } else { "comment" }));
        page.enter(data);
    }

    fn end_by(&mut self, by: u8, layer: Layer, page: &mut Page<'_>) {
        page.place(Way::Down, layer, 1);
        self.after_cr = (by == b'\r').then_some(layer);
    }
}
