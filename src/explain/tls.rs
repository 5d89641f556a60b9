//! TLS 1.3 below all else (RFC 8446): its records, and what they add to what they hold.

use super::handshake;
use super::keys::Key;
use super::message::{Layer, Lesson, Part, Saying, Wire, hex};
use crate::wire::dissect::ledger::Way;
use crate::wire::secrets::Secret;

/// A record's type, version and length.
const HEAD: usize = 5;
const SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;
const SERVER_HELLO: u8 = 2;
const TICKET: u8 = 4;
const FINISHED: u8 = 20;
/// What flights of the handshake are called: those that belong together become one message.
pub const FLIGHT: &str = "TLS handshake";
/// The same of tickets.
pub const TICKETS: &str = "TLS tickets";

static RECORD: Lesson = Lesson {
    text: "All of TLS goes in records: five octets of type, version (which is always that of TLS 1.2) and length, and \
           then what they hold.",
    source: "RFC 8446, 5.1",
};
static SPEC_CHANGE: Lesson = Lesson {
    text: "ChangeCipherSpec means nothing in TLS 1.3: it is there for what stands in between and expects TLS 1.2.",
    source: "RFC 8446, 5 and D.4",
};
static SEALED: Lesson = Lesson {
    text: "An encrypted record: header 5, the true type 1, and 16 that prove that nobody has changed it. So many octets \
           TLS adds to each write; what it holds is shown by itself, as it stands above TLS.",
    source: "RFC 8446, 5.2",
};
static GOODBYE: Lesson = Lesson {
    text: "close_notify: nothing more comes. Without it nobody could tell the end from a connection that was cut.",
    source: "RFC 8446, 6.1",
};

/// Reads both directions.
pub struct Tls<'a> {
    secrets: &'a [Secret],
    suite: Option<u16>,
    lanes: [Lane; 2],
}

#[derive(Default)]
struct Lane {
    buffer: Vec<u8>,
    key: Option<Key>,
    /// Messages of the handshake that are not whole.
    handshake: Vec<u8>,
}

impl<'a> Tls<'a> {
    /// Before the first octet of a connection that told these secrets.
    #[must_use]
    pub fn new(secrets: &'a [Secret]) -> Tls<'a> {
        Tls { secrets, suite: None, lanes: Default::default() }
    }

    /// Takes what went over the socket. Gives the records that it ends.
    pub fn push(&mut self, way: Way, octets: &[u8]) -> Vec<Saying> {
        self.lanes[way as usize].buffer.extend_from_slice(octets);
        let mut sayings = Vec::new();
        while let Some(record) = self.lanes[way as usize].record() {
            sayings.push(self.read(way, &record));
        }
        sayings
    }

    /// What has not become a record.
    #[must_use]
    pub fn rest(&self, way: Way) -> Option<Saying> {
        let rest = &self.lanes[way as usize].buffer;
        let part = || Part::hex(Layer::Tls, rest, "a record that did not come to its end");
        (!rest.is_empty()).then(|| Saying::new("TLS", vec![part()]))
    }

    fn read(&mut self, way: Way, record: &[u8]) -> Saying {
        let lane = &mut self.lanes[way as usize];
        let (kind, content) = match (record[0], &mut lane.key) {
            (DATA, Some(key)) => match key.open(&record[HEAD..]) {
                Some(opened) => opened,
                None => return plain(record, "TLS record", "nobody here can open it".into()),
            },
            (kind, _) => (kind, record[HEAD..].to_vec()),
        };
        match kind {
            SPEC => with(plain(record, FLIGHT, "ChangeCipherSpec".into()), &SPEC_CHANGE),
            HANDSHAKE => self.shake(way, record, &content),
            ALERT => {
                let name = match content.get(1) {
                    Some(0) => "close_notify".to_owned(),
                    other => format!("alert {}", other.copied().unwrap_or_default()),
                };
                with(plain(record, "TLS alert", name), &GOODBYE)
            }
            DATA if self.lanes[way as usize].key.is_some() => {
                let around = (record.len() - content.len()) as u64;
                let wire = Wire::Hex(hex(&record[..HEAD]));
                let meaning = format!("{} octets of what is above, and {around} around", content.len());
                let part = Part { octets: around, ..Part::new(Layer::Tls, record, wire, meaning) };
                with(Saying::new("TLS record", vec![part]), &SEALED)
            }
            _ => plain(record, "TLS record", "nobody here can open it".into()),
        }
    }

    fn shake(&mut self, way: Way, record: &[u8], content: &[u8]) -> Saying {
        self.lanes[way as usize].handshake.extend_from_slice(content);
        let (mut told, mut title) = (Vec::new(), FLIGHT);
        while let Some((used, message)) = handshake::read(&self.lanes[way as usize].handshake) {
            let octets: Vec<u8> = self.lanes[way as usize].handshake.drain(..used).collect();
            self.turn(way, message.kind, &octets);
            title = if message.kind == TICKET { TICKETS } else { title };
            let part = Part::hex(Layer::Tls, &octets, message.line);
            told.push(Part { lessons: message.lesson.into_iter().collect(), ..part });
        }
        // a message can begin in one record and end in another
        if told.iter().map(|part| part.octets).sum::<u64>() != content.len() as u64 {
            let lines: Vec<String> = told.into_iter().map(|part| part.meaning).collect();
            let meaning = if lines.is_empty() { "a message that goes on in the next".into() } else { lines.join("; ") };
            return plain(record, title, meaning);
        }
        let around = (record.len() - content.len()) as u64;
        let mut saying = plain(record, title, if around > 5 { "an encrypted record" } else { "a record" }.into());
        saying.parts.iter_mut().for_each(|part| part.octets = around);
        saying.parts.extend(told);
        saying
    }

    /// Takes over the keys that a message of the handshake brings (RFC 8446, 7.1).
    fn turn(&mut self, way: Way, kind: u8, message: &[u8]) {
        match kind {
            SERVER_HELLO => {
                self.suite = message.get(4..).and_then(handshake::suite);
                let labels = ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET"];
                for (lane, label) in self.lanes.iter_mut().zip(labels) {
                    lane.key = key(self.suite, self.secrets, label);
                }
            }
            FINISHED => {
                let label = ["CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"][way as usize];
                self.lanes[way as usize].key = key(self.suite, self.secrets, label);
            }
            _ => {}
        }
    }
}

impl Lane {
    fn record(&mut self) -> Option<Vec<u8>> {
        let length = self.buffer.get(3..HEAD)?;
        let end = HEAD + usize::from(u16::from_be_bytes([length[0], length[1]]));
        (end <= self.buffer.len()).then(|| self.buffer.drain(..end).collect())
    }
}

fn key(suite: Option<u16>, secrets: &[Secret], label: &str) -> Option<Key> {
    let secret = secrets.iter().find(|secret| secret.label == label)?;
    Key::new(suite?, &secret.octets)
}

/// A record that is TLS's own, whole.
fn plain(record: &[u8], title: &str, meaning: String) -> Saying {
    let wire = Wire::Hex(hex(&record[..HEAD.min(record.len())]) + if record.len() > HEAD { " …" } else { "" });
    Saying::new(title, vec![Part::new(Layer::Tls, record, wire, meaning).teaching(&RECORD)])
}

fn with(mut saying: Saying, lesson: &'static Lesson) -> Saying {
    saying.parts.iter_mut().for_each(|part| part.lessons.insert(0, lesson));
    saying
}
