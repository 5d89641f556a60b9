//! A connection that HTTP/1.1 carries, both directions: requests and their answers one after another, and what an
//! upgrade leaves.

use super::content::{Content, Purpose};
use super::http1::{Answer, Body, Chunk, Chunks, Head, Progress};
use super::ledger::{Layer, Page, Way, What};
use super::prefixed::Prefixed;
use super::websocket::Frames;
use crate::kind::Transport;

/// Places every octet of a connection.
#[derive(Clone, Debug)]
pub struct Exchanges {
    purpose: Purpose,
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

impl Exchanges {
    /// Before the first octet of a connection for `purpose`.
    #[must_use]
    pub fn new(purpose: Purpose) -> Exchanges {
        let (up, down) = (Up::Head(Head::new(true)), Down::Head(Head::new(false)));
        Exchanges { purpose, up, down, content: Content::Other, answer: Answer::default() }
    }

    /// Places what the client sent.
    pub fn sent(&mut self, mut bytes: &[u8], page: &mut Page<'_>) {
        while !bytes.is_empty() {
            let used = match &mut self.up {
                Up::Head(head) => match head.push(bytes) {
                    Progress::Within => bytes.len(),
                    Progress::Ended(used, request) => {
                        page.count_lines(Way::Up, request.lines);
                        page.tell(Way::Up, What::Named("GET")); // nothing else is asked by
                        used
                    }
                    Progress::Broken(before) => {
                        page.replace(Way::Up, Layer::Headers, Layer::Other, before);
                        self.up = Up::Lost;
                        continue;
                    }
                },
                Up::Frames(frames) => return frames.push(bytes, page),
                Up::Lost => {
                    page.place(Way::Up, Layer::Other, bytes.len() as u64);
                    return page.enter(false);
                }
            };
            page.place(Way::Up, Layer::Headers, used as u64);
            bytes = &bytes[used..];
        }
    }

    /// Places what it received.
    pub fn received(&mut self, mut bytes: &[u8], page: &mut Page<'_>) {
        while !bytes.is_empty() {
            let used = match &mut self.down {
                Down::Head(head) => {
                    let progress = head.push(bytes);
                    self.after_head(progress, bytes.len(), page)
                }
                Down::Length(left) => {
                    let octets = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= octets as u64;
                    let ended = *left == 0;
                    self.content.push(&bytes[..octets], page);
                    if ended {
                        self.end_answer(page);
                    }
                    octets
                }
                Down::Chunked(chunks) => {
                    let (used, chunk) = chunks.next(bytes);
                    self.take_chunk(chunk, &bytes[..used], page);
                    used
                }
                Down::UntilEnd => {
                    self.content.push(bytes, page);
                    bytes.len()
                }
                Down::Frames(frames) => return frames.push(bytes, page),
                Down::Prefixed(updates) => {
                    updates.push(bytes, page, |page| {
                        page.tell(Way::Down, What::Named("update"));
                        page.enter(true);
                    });
                    if updates.is_lost() {
                        page.enter(false);
                    }
                    return;
                }
                Down::Lost => {
                    page.place(Way::Down, Layer::Other, bytes.len() as u64);
                    return page.enter(false);
                }
            };
            bytes = &bytes[used..];
        }
    }

    /// The connection has ended: what is not whole is entered as it is.
    pub fn end(&mut self, page: &mut Page<'_>) {
        if let Up::Frames(frames) = &mut self.up {
            frames.end(page);
        }
        match &mut self.down {
            Down::Frames(frames) => frames.end(page),
            Down::UntilEnd => self.end_answer(page),
            _ => self.content.break_off(page),
        }
        page.enter(false);
    }

    /// Gives how many of `len` octets the head took.
    fn after_head(&mut self, progress: Progress, len: usize, page: &mut Page<'_>) -> usize {
        let (used, answer) = match progress {
            Progress::Within => {
                page.place(Way::Down, Layer::Headers, len as u64);
                return len;
            }
            Progress::Broken(before) => {
                page.replace(Way::Down, Layer::Headers, Layer::Other, before);
                self.down = Down::Lost;
                return 0;
            }
            Progress::Ended(used, answer) => (used, answer),
        };
        page.place(Way::Down, Layer::Headers, used as u64);
        page.count_lines(Way::Down, answer.lines);
        self.answer = answer;
        match answer.status {
            101 => return self.switch(used, page),
            ..200 => return used, // an answer is still to come
            _ => {}
        }
        self.content = self.purpose.content(answer.status, answer.coded);
        self.down = match answer.body() {
            Body::None => {
                self.end_answer(page);
                return used;
            }
            Body::Length(length) => Down::Length(length),
            Body::Chunked => Down::Chunked(Chunks::default()),
            Body::UntilEnd => Down::UntilEnd,
        };
        if matches!(self.content, Content::Events(_) | Content::Coded { stream: true }) {
            page.tell(Way::Down, What::Status(answer.status));
            page.enter(true); // the stream is open
        }
        used
    }

    /// After the head of an answer that switches protocols (RFC 9110, 7.8).
    fn switch(&mut self, used: usize, page: &mut Page<'_>) -> usize {
        (self.up, self.down) = match self.purpose.transport {
            Transport::Websocket => (Up::Frames(Frames::new(Way::Up)), Down::Frames(Frames::new(Way::Down))),
            Transport::RawTcp => (Up::Lost, Down::Prefixed(Prefixed::default())),
            Transport::Polling | Transport::LongPolling | Transport::Sse => (Up::Lost, Down::Lost),
        };
        page.tell(Way::Down, What::Status(self.answer.status));
        page.enter(true);
        used
    }

    fn take_chunk(&mut self, chunk: Chunk, bytes: &[u8], page: &mut Page<'_>) {
        let octets = bytes.len() as u64;
        let framing = self.content.framing();
        match chunk {
            Chunk::Data => self.content.push(bytes, page),
            Chunk::Size => page.place(Way::Down, framing, octets),
            Chunk::Close => {
                page.close(Way::Down, framing, octets);
                if self.content.is_coded_stream() {
                    page.tell(Way::Down, What::Named("events"));
                    page.enter(false);
                }
            }
            Chunk::Trailer => page.place(Way::Down, Layer::Headers, octets),
            Chunk::End => {
                page.place(Way::Down, framing, octets);
                self.end_answer(page);
            }
            Chunk::Broken => {
                page.place(Way::Down, Layer::Other, octets);
                self.down = Down::Lost;
            }
        }
    }

    fn end_answer(&mut self, page: &mut Page<'_>) {
        self.content.end(page);
        page.tell(Way::Down, What::Status(self.answer.status));
        // a stream was opened with its head, and its end is nothing that was asked for
        page.enter(self.purpose.succeeds(self.answer.status) && self.purpose.transport.asks_each_time());
        self.content = Content::Other;
        self.down = Down::Head(Head::new(false));
    }
}
