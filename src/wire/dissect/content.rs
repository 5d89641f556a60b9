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
    /// Either of them, compressed: all of it is payload as it was sent. Of a stream the ends of events cannot be seen: what
    /// the server wrote at once is whole.
    Coded {
        /// It is a stream.
        stream: bool,
    },
    /// An error's, or one where there should be none.
    Other,
}

impl Purpose {
    /// Whether an answer of this status is one that was asked for. A poll's can say that nothing is new (304).
    #[must_use]
    pub fn succeeds(self, status: u16) -> bool {
        matches!(status, 200..300) || status == 304 && self.transport.asks_each_time()
    }

    /// What the body of an answer of this status holds; `coded` says that it is compressed.
    #[must_use]
    pub fn content(self, status: u16, coded: bool) -> Content {
        let binary = self.encoding == Encoding::Binary;
        match self.transport {
            _ if !self.succeeds(status) => Content::Other,
            transport if coded && transport.has_content() => Content::Coded { stream: transport == Transport::Sse },
            Transport::Polling | Transport::LongPolling if binary => Content::Batch(Batch::Binary(Prefixed::default())),
            Transport::Polling | Transport::LongPolling => Content::Batch(Batch::Text),
            Transport::Sse => Content::Events(Events::new(binary)),
            Transport::Websocket | Transport::RawTcp => Content::Other,
        }
    }
}

impl Content {
    /// Whether what was written at once is whole.
    #[must_use]
    pub fn is_coded_stream(&self) -> bool {
        matches!(self, Content::Coded { stream: true })
    }

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
            Content::Coded { .. } => page.place(Way::Down, Layer::Payload, bytes.len() as u64),
            Content::Other => page.place(Way::Down, Layer::Other, bytes.len() as u64),
        }
    }

    /// It has ended.
    pub fn end(&mut self, page: &mut Page<'_>) {
        match self {
            Content::Batch(batch) => batch.end(page),
            Content::Events(events) => events.end(page),
            Content::Coded { .. } | Content::Other => {}
        }
    }

    /// The connection has ended under it.
    pub fn break_off(&mut self, page: &mut Page<'_>) {
        if let Content::Events(events) = self {
            events.end(page);
        }
    }
}
