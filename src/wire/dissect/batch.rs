//! The body of a poll's answer: a batch of updates.

use super::ledger::{Layer, Page, Way};
use super::prefixed::Prefixed;

/// Reads a batch in pieces of any size.
#[derive(Clone, Debug)]
pub enum Batch {
    /// `\n` separates the updates, and is framing.
    Text,
    /// Each follows its length.
    Binary(Prefixed),
}

impl Batch {
    /// Places `bytes`.
    pub fn push(&mut self, bytes: &[u8], page: &mut Page<'_>) {
        match self {
            Batch::Text => {
                let separators = memchr::memchr_iter(b'\n', bytes).count();
                page.place(Way::Down, Layer::Framing, separators as u64);
                page.place(Way::Down, Layer::Payload, (bytes.len() - separators) as u64);
            }
            Batch::Binary(updates) => updates.push(bytes, page, |_| {}),
        }
    }

    /// The batch has ended.
    pub fn end(&mut self, page: &mut Page<'_>) {
        if let Batch::Binary(updates) = self {
            updates.end(page);
        }
    }
}
