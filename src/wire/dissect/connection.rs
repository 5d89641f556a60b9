//! One connection of a client, both directions: requests and their answers, and what an upgrade leaves.

use super::batch::Batch;
use super::events::Events;
use super::http1::{Answer, Body, Chunk, Chunks, Head, Progress};
use super::ledger::{Layer, Ledger, Way};
use super::prefixed::Prefixed;
use super::websocket::Frames;
use crate::kind::{Encoding, Transport};

/// Places every octet of a connection.
#[derive(Clone, Debug)]
pub struct Dissector {
    transport: Transport,
    encoding: Encoding,
    up: Up,
    down: Down,
    content: Content,
    answer: Answer,
}

#[derive(Clone, Debug)]
enum Up {
    Head(Head),
    Frames(Frames),
    /// Nothing may come here.
    Lost,
}

#[derive(Clone, Debug)]
enum Down {
    Head(Head),
    Length(u64),
    Chunked(Chunks),
    UntilEnd,
    Frames(Frames),
    Prefixed(Prefixed),
    /// No boundary can be found any more.
    Lost,
}

/// What a body holds.
#[derive(Clone, Debug)]
enum Content {
    Batch(Batch),
    Events(Events),
    /// Either of them, compressed: all of it is payload as it was sent.
    Coded,
    /// An error's, or one where there should be none.
    Other,
}

impl Dissector {
    /// Before the first octet of a connection over which `transport` brings updates.
    #[must_use]
    pub fn new(transport: Transport, encoding: Encoding) -> Dissector {
        let (up, down) = (Up::Head(Head::new(true)), Down::Head(Head::new(false)));
        Dissector { transport, encoding, up, down, content: Content::Other, answer: Answer::default() }
    }

    /// The same for another connection.
    pub fn begin(&mut self) {
        *self = Dissector::new(self.transport, self.encoding);
    }

    /// Places what the client sent.
    pub fn sent(&mut self, mut bytes: &[u8], ledger: &mut Ledger) {
        while !bytes.is_empty() {
            let used = match &mut self.up {
                Up::Head(head) => match head.push(bytes) {
                    Progress::Within => bytes.len(),
                    Progress::Ended(used, _) => used,
                    Progress::Broken(before) => {
                        ledger.replace(Way::Up, Layer::Headers, Layer::Other, before);
                        self.up = Up::Lost;
                        continue;
                    }
                },
                Up::Frames(frames) => return frames.push(bytes, ledger),
                Up::Lost => {
                    ledger.place(Way::Up, Layer::Other, bytes.len() as u64);
                    return ledger.enter(false);
                }
            };
            ledger.place(Way::Up, Layer::Headers, used as u64);
            bytes = &bytes[used..];
        }
    }

    /// Places what it received.
    pub fn received(&mut self, mut bytes: &[u8], ledger: &mut Ledger) {
        while !bytes.is_empty() {
            let used = match &mut self.down {
                Down::Head(head) => {
                    let progress = head.push(bytes);
                    self.after_head(progress, bytes.len(), ledger)
                }
                Down::Length(left) => {
                    let octets = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= octets as u64;
                    let ended = *left == 0;
                    self.content.push(&bytes[..octets], ledger);
                    if ended {
                        self.end_answer(ledger);
                    }
                    octets
                }
                Down::Chunked(chunks) => {
                    let (used, chunk) = chunks.next(bytes);
                    self.take_chunk(chunk, &bytes[..used], ledger);
                    used
                }
                Down::UntilEnd => {
                    self.content.push(bytes, ledger);
                    bytes.len()
                }
                Down::Frames(frames) => return frames.push(bytes, ledger),
                Down::Prefixed(updates) => {
                    updates.push(bytes, ledger, |ledger| ledger.enter(true));
                    if updates.is_lost() {
                        ledger.enter(false);
                    }
                    return;
                }
                Down::Lost => {
                    ledger.place(Way::Down, Layer::Other, bytes.len() as u64);
                    return ledger.enter(false);
                }
            };
            bytes = &bytes[used..];
        }
    }

    /// The connection has ended: what is not whole is entered as it is.
    pub fn end(&mut self, ledger: &mut Ledger) {
        if let Up::Frames(frames) = &mut self.up {
            frames.end(ledger);
        }
        match &mut self.down {
            Down::Frames(frames) => frames.end(ledger),
            Down::UntilEnd => self.end_answer(ledger),
            _ => {
                if let Content::Events(events) = &mut self.content {
                    events.end(ledger);
                }
            }
        }
        ledger.enter(false);
    }

    /// Gives how many of `len` octets the head took.
    fn after_head(&mut self, progress: Progress, len: usize, ledger: &mut Ledger) -> usize {
        let (used, answer) = match progress {
            Progress::Within => {
                ledger.place(Way::Down, Layer::Headers, len as u64);
                return len;
            }
            Progress::Broken(before) => {
                ledger.replace(Way::Down, Layer::Headers, Layer::Other, before);
                self.down = Down::Lost;
                return 0;
            }
            Progress::Ended(used, answer) => (used, answer),
        };
        ledger.place(Way::Down, Layer::Headers, used as u64);
        self.answer = answer;
        match answer.status {
            101 => return self.switch(used, ledger),
            ..200 => return used, // an answer is still to come
            _ => {}
        }
        let binary = self.encoding == Encoding::Binary;
        self.content = match self.transport {
            _ if !self.is_success() => Content::Other,
            _ if answer.coded && self.transport.has_content() => Content::Coded,
            Transport::Polling | Transport::LongPolling if binary => Content::Batch(Batch::Binary(Prefixed::default())),
            Transport::Polling | Transport::LongPolling => Content::Batch(Batch::Text),
            Transport::Sse => Content::Events(Events::new(binary)),
            Transport::Websocket | Transport::RawTcp => Content::Other,
        };
        self.down = match answer.body() {
            Body::None => {
                self.end_answer(ledger);
                return used;
            }
            Body::Length(length) => Down::Length(length),
            Body::Chunked => Down::Chunked(Chunks::default()),
            Body::UntilEnd => Down::UntilEnd,
        };
        if self.transport == Transport::Sse && !matches!(self.content, Content::Other) {
            ledger.enter(true); // the stream is open
        }
        used
    }

    /// After the head of an answer that switches protocols (RFC 9110, 7.8).
    fn switch(&mut self, used: usize, ledger: &mut Ledger) -> usize {
        (self.up, self.down) = match self.transport {
            Transport::Websocket => (Up::Frames(Frames::new(Way::Up)), Down::Frames(Frames::new(Way::Down))),
            Transport::RawTcp => (Up::Lost, Down::Prefixed(Prefixed::default())),
            Transport::Polling | Transport::LongPolling | Transport::Sse => (Up::Lost, Down::Lost),
        };
        ledger.enter(true);
        used
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.answer.status) || self.answer.status == 304
    }

    fn take_chunk(&mut self, chunk: Chunk, bytes: &[u8], ledger: &mut Ledger) {
        let octets = bytes.len() as u64;
        let framing = if matches!(self.content, Content::Other) { Layer::Other } else { Layer::Framing };
        match chunk {
            Chunk::Data => self.content.push(bytes, ledger),
            Chunk::Size => ledger.place(Way::Down, framing, octets),
            Chunk::Close => {
                ledger.close(Way::Down, framing, octets);
                // where a compressed stream's events end cannot be seen: a chunk is a write of the server's, and whole
                if self.transport == Transport::Sse && matches!(self.content, Content::Coded) {
                    ledger.enter(false);
                }
            }
            Chunk::Trailer => ledger.place(Way::Down, Layer::Headers, octets),
            Chunk::End => {
                ledger.place(Way::Down, framing, octets);
                self.end_answer(ledger);
            }
            Chunk::Broken => {
                ledger.place(Way::Down, Layer::Other, octets);
                self.down = Down::Lost;
            }
        }
    }

    fn end_answer(&mut self, ledger: &mut Ledger) {
        match &mut self.content {
            Content::Batch(batch) => batch.end(ledger),
            Content::Events(events) => events.end(ledger),
            Content::Coded | Content::Other => {}
        }
        // a stream was opened with its head, and its end is nothing that was asked for
        ledger.enter(self.is_success() && self.transport.asks_each_time());
        self.content = Content::Other;
        self.down = Down::Head(Head::new(false));
    }
}

impl Content {
    fn push(&mut self, bytes: &[u8], ledger: &mut Ledger) {
        match self {
            Content::Batch(batch) => batch.push(bytes, ledger),
            Content::Events(events) => events.push(bytes, ledger),
            Content::Coded => ledger.place(Way::Down, Layer::Payload, bytes.len() as u64),
            Content::Other => ledger.place(Way::Down, Layer::Other, bytes.len() as u64),
        }
    }
}
