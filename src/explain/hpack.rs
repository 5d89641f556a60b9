//! The fields of a header block (RFC 7541): how each is written, and in how many octets.

use super::fields;
use super::message::{Layer, Lesson, Part, quoted};
use crate::hpack::fields::STATIC_LEN;
use crate::wire::dissect::hpack::{Decoder, Field, Indexing, Representation};

static INDEXED: Lesson = Lesson {
    text: "A field by its number alone: name and value stand in a table that both sides have. 1 to 61 are the same for \
           everybody, from 62 on they are fields sent before on this connection, the newest first.",
    source: "RFC 7541, 6.1 and 2.3",
};
static INCREMENTAL: Lesson = Lesson {
    text: "A literal that enters the table: from here on a number says it, so that the next request is shorter.",
    source: "RFC 7541, 6.2.1",
};
static WITHOUT: Lesson = Lesson {
    text: "A literal that does not enter the table: what changes each time would only push others out.",
    source: "RFC 7541, 6.2.2",
};
static NEVER: Lesson = Lesson {
    text: "A literal that may enter no table on any further way, so that nobody can guess it by how well it compresses.",
    source: "RFC 7541, 6.2.3 and 7.1.3",
};
static RESIZE: Lesson = Lesson { text: "The sender's table changes its size.", source: "RFC 7541, 6.3" };
static HUFFMAN: Lesson = Lesson {
    text: "Huffman code: five to eight bits for what is frequent in heads, up to thirty for what is not. One bit before \
           the length says whether it is used.",
    source: "RFC 7541, 5.2 and appendix B",
};

/// Reads the blocks of one direction.
#[derive(Debug, Default)]
pub struct Blocks {
    decoder: Decoder,
}

/// What a block says that the connection has to know.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// An answer's status.
    pub status: Option<u16>,
    /// What a request asks for.
    pub path: Option<String>,
    /// It is a tunnel for this.
    pub protocol: Option<String>,
}

impl Blocks {
    /// The receiver allows a table of so many octets.
    pub fn allow(&mut self, octets: usize) {
        self.decoder.allow(octets);
    }

    /// Takes a whole block apart.
    pub fn read(&mut self, block: &[u8], parts: &mut Vec<Part>) -> Said {
        let mut said = Said::default();
        let mut at = 0;
        let read = self.decoder.decode(block, |field| {
            at = field.octets.end;
            let value = || String::from_utf8_lossy(field.value).into_owned();
            match field.name {
                b":status" => said.status = value().parse().ok(),
                b":path" => said.path = Some(value()),
                b":protocol" => said.protocol = Some(value()),
                _ => {}
            }
            parts.push(part(&field, &block[field.octets.clone()]));
        });
        if let Err(broken) = read {
            parts.push(Part::hex(Layer::Headers, &block[at..], broken.to_string()));
        }
        said
    }
}

fn part(field: &Field<'_>, octets: &[u8]) -> Part {
    let Field { representation, name, value, .. } = field;
    let (how, lesson) = match representation {
        Representation::Indexed { index } => (table(*index), &INDEXED),
        Representation::Resize(size) => {
            let part = Part::hex(Layer::Headers, octets, format!("the table may have {size} octets"));
            return part.teaching(&RESIZE);
        }
        Representation::Literal { indexing, name: number, huffman_name, huffman_value } => {
            let (kept, lesson) = match indexing {
                Indexing::Incremental => ("literal, kept", &INCREMENTAL),
                Indexing::Without => ("literal, not kept", &WITHOUT),
                Indexing::Never => ("literal, never kept", &NEVER),
            };
            let of_name = number.map_or_else(
                || format!("name {}", if *huffman_name { "Huffman" } else { "plain" }),
                |number| format!("name {}", table(number)),
            );
            let of_value = if *huffman_value { "value Huffman" } else { "value plain" };
            (format!("{kept}; {of_name}; {of_value}"), lesson)
        }
    };
    let whole = name.len() + value.len();
    let meaning = format!("{}: {} ‹{how}; {} for {whole}›", quoted(name), quoted(value), octets.len());
    let mut part = Part::hex(Layer::Headers, octets, meaning);
    part.lessons.extend(fields::lesson(name, value));
    part.lessons.push(lesson);
    if how.contains("Huffman") {
        part.lessons.push(&HUFFMAN);
    }
    part
}

fn table(index: usize) -> String {
    if index <= STATIC_LEN { format!("static {index}") } else { format!("dynamic {index}") }
}
