//! Updates that each follow their length as four octets, most significant first: a batch of binary updates, and all of
//! raw TCP. The length is framing.

use super::ledger::{Layer, Page, Way};
use crate::update;

/// Reads length-prefixed updates in pieces of any size.
#[derive(Clone, Debug, Default)]
pub struct Prefixed {
    length: [u8; 4],
    have: usize,
    /// Of the update that is under way.
    left: u64,
    /// Of that update and its length, what was placed.
    partial: u64,
    lost: bool,
}

impl Prefixed {
    /// Places `bytes`, and tells `whole` of every update's end.
    pub fn push(&mut self, mut bytes: &[u8], page: &mut Page<'_>, mut whole: impl FnMut(&mut Page<'_>)) {
        while !bytes.is_empty() && !self.lost {
            if self.left == 0 {
                let octets = bytes.len().min(4 - self.have);
                self.length[self.have..self.have + octets].copy_from_slice(&bytes[..octets]);
                self.have += octets;
                self.placed(Layer::Framing, octets, page);
                bytes = &bytes[octets..];
                if self.have == 4 {
                    self.have = 0;
                    self.left = u64::from(u32::from_be_bytes(self.length));
                    self.lost = self.left <= update::NUMBER_LEN as u64 || self.left > update::MAX_LEN as u64;
                }
                continue;
            }
            let octets = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left -= octets as u64;
            self.placed(Layer::Payload, octets, page);
            bytes = &bytes[octets..];
            if self.left == 0 {
                self.partial = 0;
                whole(page);
            }
        }
        if self.lost {
            self.cannot_be(page);
            page.place(Way::Down, Layer::Other, bytes.len() as u64);
        }
    }

    fn placed(&mut self, layer: Layer, octets: usize, page: &mut Page<'_>) {
        page.place(Way::Down, layer, octets as u64);
        self.partial += octets as u64;
    }

    /// A batch has ended: an update that has not is none.
    pub fn end(&mut self, page: &mut Page<'_>) {
        self.cannot_be(page);
        *self = Prefixed::default();
    }

    /// Whether a length was none.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    fn cannot_be(&mut self, page: &mut Page<'_>) {
        let partial = std::mem::take(&mut self.partial);
        let length = partial.min(4);
        page.replace(Way::Down, Layer::Framing, Layer::Other, length);
        page.replace(Way::Down, Layer::Payload, Layer::Other, partial - length);
    }
}
