//! What an answer holds, whichever HTTP brings it.

use super::events::Events;
use super::message::{Layer, Lesson, Part};
use super::prefixed::Prefixed;
use crate::human;
use crate::kind::{Encoding, Transport};

static BATCH: Lesson = Lesson {
    text: "The answer holds all that is new, a line each. The line end between two updates is framing: what separates, \
           and does not end the last.",
    source: "pushbench",
};

/// What a body holds, in pieces of any size.
#[derive(Clone, Debug)]
pub enum Content {
    /// Updates, separated by line ends.
    Lines,
    /// Updates, each behind its length.
    Prefixed(Prefixed),
    /// An event stream.
    Events(Events),
    /// An error's, or one where there should be none.
    Other,
}

impl Content {
    /// Of an answer of this status.
    #[must_use]
    pub fn of(transport: Transport, encoding: Encoding, status: u16) -> Content {
        let binary = encoding == Encoding::Binary;
        match transport {
            _ if !matches!(status, 200..300) => Content::Other,
            Transport::Polling | Transport::LongPolling if binary => Content::Prefixed(Prefixed::default()),
            Transport::Polling | Transport::LongPolling => Content::Lines,
            Transport::Sse => Content::Events(Events::new(binary)),
            Transport::Websocket | Transport::RawTcp => Content::Other,
        }
    }

    /// Where what delimits it belongs.
    #[must_use]
    pub fn framing(&self) -> Layer {
        if matches!(self, Content::Other) { Layer::Other } else { Layer::Framing }
    }

    /// Takes `bytes` apart. Gives what is in them, in a few words.
    pub fn push(&mut self, bytes: &[u8], parts: &mut Vec<Part>) -> String {
        let (count, what) = match self {
            Content::Lines => (lines(bytes, parts), "update"),
            Content::Prefixed(updates) => {
                let before = updates.ended;
                updates.push(bytes, parts);
                (updates.ended - before, "update")
            }
            Content::Events(events) => {
                let before = events.ended;
                events.push(bytes, parts);
                if events.ended == before {
                    return "no event".into();
                }
                (events.ended - before, "event")
            }
            Content::Other => {
                parts.push(Part::text(Layer::Other, bytes, ""));
                return "something else".into();
            }
        };
        human::counted(count, what)
    }
}

fn lines(bytes: &[u8], parts: &mut Vec<Part>) -> u32 {
    let mut count = 0;
    for line in bytes.split_inclusive(|&octet| octet == b'\n') {
        let (update, separator) = line.split_at(line.len() - usize::from(line.ends_with(b"\n")));
        if !update.is_empty() {
            parts.push(Part::update(Layer::Payload, update, "the update"));
            count += 1;
        }
        if !separator.is_empty() {
            parts.push(Part::text(Layer::Framing, separator, "separates two updates").teaching(&BATCH));
        }
    }
    count
}
