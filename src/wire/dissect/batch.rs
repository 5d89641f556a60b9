//! The body of a poll's answer: a batch of updates.

use super::ledger::{Layer, Ledger, Way};
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
    pub fn push(&mut self, bytes: &[u8], ledger: &mut Ledger) {
        match self {
            Batch::Text => {
                let separators = memchr::memchr_iter(b'\n', bytes).count();
                ledger.place(Way::Down, Layer::Framing, separators as u64);
                ledger.place(Way::Down, Layer::Payload, (bytes.len() - separators) as u64);
            }
            Batch::Binary(updates) => updates.push(bytes, ledger, |_| {}),
        }
    }

    /// The batch has ended.
    pub fn end(&mut self, ledger: &mut Ledger) {
        if let Batch::Binary(updates) = self {
            updates.end(ledger);
        }
    }
}
