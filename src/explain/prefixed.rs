//! Updates that each follow their length: all of raw TCP, and a batch of binary updates.

use super::message::{Layer, Lesson, Part};

static LENGTH: Lesson = Lesson {
    text: "Four octets say how long the update is, the most significant first. Nothing less tells where one update ends \
           and the next begins: TCP brings octets, no messages.",
    source: "pushbench; RFC 9293, 2.2 on the stream",
};

/// How many octets the first update of `bytes` has, with its length; `None` where it is not whole.
#[must_use]
pub fn whole(bytes: &[u8]) -> Option<usize> {
    let length = bytes.first_chunk().map(|octets| u32::from_be_bytes(*octets))?;
    let end = usize::try_from(length).ok()?.checked_add(4)?;
    (end <= bytes.len()).then_some(end)
}

/// Reads them in pieces of any size.
#[derive(Clone, Debug, Default)]
pub struct Prefixed {
    length: Vec<u8>,
    left: u64,
    /// How many have ended.
    pub ended: u32,
}

impl Prefixed {
    /// Takes `bytes` apart.
    pub fn push(&mut self, mut bytes: &[u8], parts: &mut Vec<Part>) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let octets = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                parts.push(Part::update(Layer::Payload, &bytes[..octets], "the update"));
                self.left -= octets as u64;
                self.ended += u32::from(self.left == 0);
                bytes = &bytes[octets..];
                continue;
            }
            let octets = bytes.len().min(4 - self.length.len());
            self.length.extend_from_slice(&bytes[..octets]);
            let mut part = Part::hex(Layer::Framing, &bytes[..octets], "").teaching(&LENGTH);
            bytes = &bytes[octets..];
            if self.length.len() == 4 {
                self.left = self.length.drain(..).fold(0, |length, octet| length << 8 | u64::from(octet));
                part.meaning = format!("{} octets follow", self.left);
            }
            parts.push(part);
        }
    }
}
