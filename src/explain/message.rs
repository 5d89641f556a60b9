//! What is said of an exchange: messages, of parts, each in a layer.

use crate::clock::Nanos;
use crate::wire::dissect::ledger::Way;

/// Octets of a part that are shown at most; how many there are is said beside them.
const SHOWN: usize = 120;

/// The ledger's layers, and what TLS adds below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // `totals::Layers` says what they are
pub enum Layer {
    Payload,
    Framing,
    Headers,
    Control,
    Tls,
    Other,
}

impl Layer {
    /// Every layer, in the order in which they are shown.
    pub const ALL: [Layer; 6] =
        [Layer::Payload, Layer::Framing, Layer::Headers, Layer::Control, Layer::Tls, Layer::Other];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::Payload => "payload",
            Layer::Framing => "framing",
            Layer::Headers => "headers",
            Layer::Control => "control",
            Layer::Tls => "tls",
            Layer::Other => "other",
        }
    }
}

/// What a teacher says of a kind of thing, and where it is written.
#[derive(Debug, PartialEq, Eq)]
pub struct Lesson {
    /// In words.
    pub text: &'static str,
    /// The document and its section.
    pub source: &'static str,
}

/// How a part is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Not at all.
    Nothing,
    /// In hexadecimal.
    Hex(String),
    /// As text, with pictures for what has none.
    Text(String),
}

/// Octets that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where they belong.
    pub layer: Layer,
    /// How many they are.
    pub octets: u64,
    /// What they are.
    pub wire: Wire,
    /// What they mean here.
    pub meaning: String,
    /// What such octets mean everywhere, the rarest first; only what nobody has said before.
    pub lessons: Vec<&'static Lesson>,
}

/// What one side says at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub way: Way,
    /// When the client had read or written the last of it, in nanoseconds after the exchange began.
    pub at: Nanos,
    /// What it is.
    pub title: String,
    /// Of what, in their order.
    pub parts: Vec<Part>,
}

/// A message before anybody has said when it was.
#[derive(Debug, Default)]
pub struct Saying {
    /// What it is.
    pub title: String,
    /// Of what.
    pub parts: Vec<Part>,
}

impl Message {
    /// How many octets it has.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.parts.iter().map(|part| part.octets).sum()
    }
}

impl Saying {
    /// One with this title.
    #[must_use]
    pub fn new(title: impl Into<String>, parts: Vec<Part>) -> Saying {
        Saying { title: title.into(), parts }
    }

    /// What nobody can read.
    #[must_use]
    pub fn unknown(octets: &[u8]) -> Saying {
        Saying::new("octets that nobody can place", vec![Part::hex(Layer::Other, octets, "")])
    }
}

impl Part {
    /// Shown in hexadecimal.
    #[must_use]
    pub fn hex(layer: Layer, octets: &[u8], meaning: impl Into<String>) -> Part {
        Part::new(layer, octets, Wire::Hex(hex(octets)), meaning)
    }

    /// Shown as text.
    #[must_use]
    pub fn text(layer: Layer, octets: &[u8], meaning: impl Into<String>) -> Part {
        Part::new(layer, octets, Wire::Text(text(octets)), meaning)
    }

    /// An update's own octets, as text where they are.
    #[must_use]
    pub fn update(layer: Layer, octets: &[u8], meaning: impl Into<String>) -> Part {
        let shown = &octets[..octets.len().min(SHOWN)];
        if shown.iter().all(|octet| matches!(octet, b' '..=b'~' | 0x80..)) && std::str::from_utf8(octets).is_ok() {
            Part::text(layer, octets, meaning)
        } else {
            Part::hex(layer, octets, meaning)
        }
    }

    /// Only counted.
    #[must_use]
    pub fn counted(layer: Layer, octets: u64, meaning: impl Into<String>) -> Part {
        Part { layer, octets, wire: Wire::Nothing, meaning: meaning.into(), lessons: Vec::new() }
    }

    /// Written down in a way of its own.
    #[must_use]
    pub fn new(layer: Layer, octets: &[u8], wire: Wire, meaning: impl Into<String>) -> Part {
        Part { layer, octets: octets.len() as u64, wire, meaning: meaning.into(), lessons: Vec::new() }
    }

    /// The same with one more thing to say where it is the first of its kind.
    #[must_use]
    pub fn teaching(mut self, lesson: &'static Lesson) -> Part {
        self.lessons.push(lesson);
        self
    }
}

/// Octets in hexadecimal, as many as are shown.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    let shown: Vec<String> = octets.iter().take(SHOWN).map(|octet| format!("{octet:02x}")).collect();
    shown.join(" ") + if octets.len() > SHOWN { " …" } else { "" }
}

/// Octets as text, as many as are shown. Control characters have a picture each, of one column.
#[must_use]
pub fn text(octets: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&octets[..octets.len().min(SHOWN)]);
    let mut text: String = shown
        .chars()
        .map(|c| match c {
            '\x7f' => '␡',
            c if c.is_ascii_control() => char::from_u32(0x2400 + u32::from(c)).unwrap_or('·'),
            c if c.is_control() => '·',
            c => c,
        })
        .collect();
    if octets.len() > SHOWN {
        text.push('…');
        // how it ends is part of the lesson
        if octets.ends_with(b"\r\n") {
            text.push_str("␍␊");
        }
    }
    text
}

/// A value within a sentence: what is long is cut, and says how long it is.
#[must_use]
pub fn quoted(value: &[u8]) -> String {
    const MOST: usize = 48;
    if value.len() <= MOST {
        return text(value);
    }
    format!("{}… ({} octets)", text(&value[..MOST - 16]), value.len())
}
