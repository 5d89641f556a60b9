//! What answers hold, whichever HTTP brings them.

use super::batch::Batch;
use super::events::Events;
use super::ledger::{Layer, Page, Way};
use super::prefixed::Prefixed;
use crate::kind::{Encoding, Transport};

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose {
    /// What brings the updates.
    pub transport: Transport,
    /// How they are encoded.
    pub encoding: Encoding,
}

/// What a body holds.
#[derive(Clone, Debug)]
pub enum Content {
    /// Of a poll's answer.
    Batch(Batch),
    /// Of a stream.
    Events(Events),
    /// An error's, or one where there should be none.
    Other,
}

impl Purpose {
    /// Whether an answer of this status is one that was asked for. A poll's can say that nothing is new (304).
    #[must_use]
    pub fn succeeds(self, status: u16) -> bool {
        matches!(status, 200..300) || status == 304 && self.transport.asks_each_time()
    }

    /// What the body of an answer of this status holds.
    #[must_use]
    pub fn content(self, status: u16) -> Content {
        let binary = self.encoding == Encoding::Binary;
        match self.transport {
            _ if !self.succeeds(status) => Content::Other,
            Transport::Polling | Transport::LongPolling if binary => Content::Batch(Batch::Binary(Prefixed::default())),
            Transport::Polling | Transport::LongPolling => Content::Batch(Batch::Text),
            Transport::Sse => Content::Events(Events::new(binary)),
            Transport::Websocket | Transport::RawTcp => Content::Other,
        }
    }
}

impl Content {
    /// Where what delimits it belongs.
    #[must_use]
    pub fn framing(&self) -> Layer {
        if matches!(self, Content::Other) { Layer::Other } else { Layer::Framing }
    }

    /// Places `bytes` of it.
    pub fn push(&mut self, bytes: &[u8], page: &mut Page<'_>) {
        match self {
            Content::Batch(batch) => batch.push(bytes, page),
            Content::Events(events) => events.push(bytes, page),
            Content::Other => page.place(Way::Down, Layer::Other, bytes.len() as u64),
        }
    }

    /// It has ended.
    pub fn end(&mut self, page: &mut Page<'_>) {
        match self {
            Content::Batch(batch) => batch.end(page),
            Content::Events(events) => events.end(page),
            Content::Other => {}
        }
    }

    /// The connection has ended under it.
    pub fn break_off(&mut self, page: &mut Page<'_>) {
        if let Content::Events(events) = self {
            events.end(page);
        }
    }
}
