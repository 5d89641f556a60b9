//! One stream of HTTP/2 (RFC 9113, 5): a request and its answer, or a conversation (RFC 8441).

use super::content::{Content, Purpose};
use super::ledger::{Layer, Ledger, Open, Page, Way, What};
use super::websocket::Frames;
use crate::kind::Transport;
use slab::Slab;
use std::collections::VecDeque;

/// So many streams are remembered that were reset, for what was under way meanwhile.
const REMEMBERED: usize = 32;

/// What the fields of a message say of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// They are a request's.
    pub method: bool,
    /// They are an answer's.
    pub status: Option<u16>,
    /// The content is compressed (RFC 9110, 8.4).
    pub coded: bool,
    /// Nothing follows them.
    pub ends_stream: bool,
}

/// A stream that one side at least has not ended.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What is not whole.
    pub open: Open,
    up: Up,
    down: Down,
    asked: bool,
    /// The answer ends what was asked for.
    answers: bool,
    ended: [bool; 2],
}

#[derive(Clone, Debug)]
enum Up {
    /// A request, of which there is no more than its fields.
    Fields,
    Frames(Frames),
}

#[derive(Clone, Debug)]
enum Down {
    /// The answer has not begun.
    Nothing,
    Content(Content),
    Frames(Frames),
}

impl Stream {
    fn new() -> Stream {
        let (up, down) = (Up::Fields, Down::Nothing);
        Stream { open: Open::default(), up, down, asked: false, answers: false, ended: [false; 2] }
    }

    /// Whether this side sends no more.
    #[must_use]
    pub fn has_ended(&self, way: Way) -> bool {
        self.ended[way as usize]
    }

    /// Where what delimits its content belongs.
    #[must_use]
    pub fn framing(&self, way: Way) -> Layer {
        match (way, &self.up, &self.down) {
            (Way::Up, Up::Frames(_), _) | (Way::Down, _, Down::Frames(_)) => Layer::Framing,
            (Way::Down, _, Down::Content(content)) => content.framing(),
            _ => Layer::Other,
        }
    }

    /// Places `bytes` of its content.
    pub fn push(&mut self, way: Way, bytes: &[u8], ledger: &mut Ledger) {
        let page = &mut ledger.page(&mut self.open);
        match (way, &mut self.up, &mut self.down) {
            (Way::Up, Up::Frames(frames), _) | (Way::Down, _, Down::Frames(frames)) => frames.push(bytes, page),
            (Way::Down, _, Down::Content(content)) => content.push(bytes, page),
            _ => page.place(way, Layer::Other, bytes.len() as u64),
        }
    }

    /// Fields are whole. Whether a message can have them there (8.1, 8.3).
    pub fn take_fields(&mut self, way: Way, said: Said, purpose: Purpose, ledger: &mut Ledger) -> bool {
        let trailers = if way == Way::Up { self.asked } else { !matches!(self.down, Down::Nothing) };
        if trailers {
            return said.ends_stream && !said.method && said.status.is_none();
        }
        match (way, said.status) {
            (Way::Up, status) => {
                self.asked = true;
                return said.method && status.is_none();
            }
            (Way::Down, Some(100..200)) => return !said.ends_stream, // the answer is still to come
            (Way::Down, status) => self.answer(purpose, (status.unwrap_or_default(), said.coded), ledger),
        }
        said.status.is_some() && !said.method
    }

    fn answer(&mut self, purpose: Purpose, (status, coded): (u16, bool), ledger: &mut Ledger) {
        let succeeds = purpose.succeeds(status);
        self.answers = succeeds && purpose.transport.asks_each_time();
        self.down = if succeeds && purpose.transport == Transport::Websocket {
            self.up = Up::Frames(Frames::new(Way::Up));
            Down::Frames(Frames::new(Way::Down))
        } else {
            Down::Content(purpose.content(status, coded))
        };
        if succeeds && !self.answers {
            ledger.page(&mut self.open).enter(true); // the stream is open
        }
    }

    /// A frame of content has ended. One that held no part of a message is entered by itself.
    pub fn settle(&mut self, way: Way, ledger: &mut Ledger) {
        let between = match (way, &self.up, &self.down) {
            (Way::Up, Up::Frames(frames), _) | (Way::Down, _, Down::Frames(frames)) => frames.is_between(),
            (Way::Down, _, Down::Content(content)) if content.is_coded_stream() => {
                ledger.page(&mut self.open).tell(way, What::Named("events"));
                true
            }
            _ => false,
        };
        if self.open.given_up || between {
            ledger.page(&mut self.open).enter_way(way);
        }
    }

    /// This side has ended.
    fn end(&mut self, way: Way, ledger: &mut Ledger) {
        self.ended[way as usize] = true;
        let page = &mut ledger.page(&mut self.open);
        match way {
            Way::Up => self.up.end(page),
            Way::Down => {
                match &mut self.down {
                    Down::Nothing => {}
                    Down::Content(content) => content.end(page),
                    Down::Frames(frames) => frames.end(page),
                }
                page.enter(self.answers);
            }
        }
        if self.ended == [true; 2] {
            page.enter(false);
        }
    }

    /// The connection has ended under it.
    fn break_off(&mut self, ledger: &mut Ledger) {
        let page = &mut ledger.page(&mut self.open);
        self.up.end(page);
        match &mut self.down {
            Down::Nothing => {}
            Down::Content(content) => content.break_off(page),
            Down::Frames(frames) => frames.end(page),
        }
        page.enter(false);
    }
}

impl Up {
    fn end(&mut self, page: &mut Page<'_>) {
        if let Up::Frames(frames) = self {
            frames.end(page);
        }
    }
}

/// The streams of a connection. Where one was, another comes, so that nothing is allocated for it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    streams: Slab<Stream>,
    /// By their numbers, which only grow: where each is.
    order: Vec<(u32, usize)>,
    /// Which was looked for last, and where it is: a frame is looked at several times.
    last: Option<(u32, usize)>,
    /// The highest number so far.
    highest: u32,
    /// Those that were reset, in order of time.
    reset: VecDeque<u32>,
}

impl Table {
    /// For another connection. What is open goes to `open`.
    pub fn clear(&mut self, open: &mut Open) {
        self.streams.iter_mut().for_each(|(_, stream)| open.absorb(&mut stream.open));
        self.streams.clear();
        self.order.clear();
        self.reset.clear();
        (self.last, self.highest) = (None, 0);
    }

    /// Whether there never was such a stream.
    #[must_use]
    pub fn is_idle(&self, id: u32) -> bool {
        id > self.highest && !id.is_multiple_of(2) // the others are the server's, and nothing here (8.4)
    }

    /// Opens a stream that the client has begun; its number has to be higher than any before.
    pub fn open(&mut self, id: u32) {
        self.highest = id;
        self.order.push((id, self.streams.insert(Stream::new())));
    }

    /// The stream of that number.
    pub fn get(&mut self, id: u32) -> Option<&mut Stream> {
        if self.last.is_none_or(|(last, _)| last != id) {
            let at = self.order.binary_search_by_key(&id, |(id, _)| *id).ok()?;
            self.last = Some(self.order[at]);
        }
        self.streams.get_mut(self.last?.1)
    }

    /// This side of it has ended.
    pub fn end(&mut self, id: u32, way: Way, ledger: &mut Ledger) {
        if let Some(stream) = self.get(id) {
            stream.end(way, ledger);
            if stream.ended == [true; 2] {
                self.remove(id);
            }
        }
    }

    /// One side gave it up; the other may have sent more of it before it learns of that.
    pub fn reset(&mut self, id: u32, ledger: &mut Ledger) {
        let Some(stream) = self.get(id).filter(|stream| !stream.open.given_up) else { return };
        ledger.page(&mut stream.open).enter(false);
        stream.open.given_up = true;
        self.reset.push_back(id);
        if self.reset.len() > REMEMBERED
            && let Some(oldest) = self.reset.pop_front()
        {
            if let Some(stream) = self.get(oldest) {
                stream.break_off(ledger);
            }
            self.remove(oldest);
        }
    }

    fn remove(&mut self, id: u32) {
        if let Ok(at) = self.order.binary_search_by_key(&id, |(id, _)| *id) {
            self.streams.try_remove(self.order.remove(at).1);
            self.last = None;
        }
    }

    /// The connection has ended.
    pub fn break_off(&mut self, ledger: &mut Ledger) {
        self.streams.iter_mut().for_each(|(_, stream)| stream.break_off(ledger));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_keeps_no_stream_that_is_over() {
        let (mut table, mut ledger) = (Table::default(), Ledger::default());
        for id in (1..10_000).step_by(2) {
            table.open(id);
            table.end(id, Way::Up, &mut ledger);
            match id % 3 {
                0 => table.end(id, Way::Down, &mut ledger),
                1 => table.reset(id, &mut ledger),
                _ => {
                    table.reset(id, &mut ledger);
                    table.end(id, Way::Down, &mut ledger);
                }
            }
        }
        assert!(table.streams.len() <= REMEMBERED && table.streams.capacity() < 100, "{}", table.streams.len());
        assert_eq!(table.order.len(), table.streams.len());
        assert!(table.get(9_997).is_some() && table.get(1).is_none() && table.is_idle(10_001));
    }
}
