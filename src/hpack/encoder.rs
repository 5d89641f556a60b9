//! What a sender makes of a header list: an encoder by one of two policies, each held to what that sender really sent.
//!
//! RFC 7541 leaves to the sender which fields enter the table (2.3.2, 6.2) and which strings are in Huffman code (5.2). So
//! the same list is a different number of octets to a browser and to hyper, which all clients here are made of.

use super::fields::{self, Fields, STATIC_LEN};
use super::huffman;

/// A header list, pseudo-fields first.
pub type List = Vec<(String, String)>;

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// As `tests/hpack/chromium.txt` has it: of the pseudo-fields `:authority` alone enters the table, of all others
    /// every one. A cookie goes in crumbs (RFC 9113, 8.2.3). Huffman code where it is shorter.
    Chromium,
    /// As the crate h2 has it under hyper: neither `:path` enters the table, nor what it takes for too variable, a cookie
    /// among it, nor what would fill three quarters of it. Huffman code always.
    Hyper,
}

/// The largest table that hyper keeps, whatever the other side allows.
const HYPERS_TABLE: usize = 4096;
/// What hyper keeps out of the table.
const VARIABLE: [&str; 10] = [
    ":path",
    "age",
    "authorization",
    "content-length",
    "cookie",
    "etag",
    "if-modified-since",
    "if-none-match",
    "location",
    "set-cookie",
];

/// One direction of a connection, seen by its sender.
#[derive(Clone, Debug)]
pub struct Encoder {
    policy: Policy,
    fields: Fields,
    table: usize,
    /// A table of another size is told in the next block (4.2).
    resized: bool,
}

impl Encoder {
    /// Of a new connection.
    #[must_use]
    pub fn new(policy: Policy) -> Encoder {
        Encoder { policy, fields: Fields::default(), table: fields::LARGEST, resized: false }
    }

    /// The other side allows a table of so many octets (RFC 9113, 6.5.2).
    pub fn allow(&mut self, table: usize) {
        let table = if self.policy == Policy::Hyper { table.min(HYPERS_TABLE) } else { table };
        self.resized |= table != self.table;
        self.table = table;
    }

    /// The block of the next request with this `list`.
    pub fn encode(&mut self, list: &List) -> Vec<u8> {
        let mut block = Vec::new();
        if std::mem::take(&mut self.resized) {
            integer(self.table, 5, 0x20, &mut block);
            self.fields.resize(self.table);
        }
        match self.policy {
            Policy::Chromium => {
                for (name, value) in list {
                    match name.as_str() {
                        "cookie" => crumbs(value).for_each(|crumb| self.chromium(name, crumb, &mut block)),
                        _ => self.chromium(name, value, &mut block),
                    }
                }
            }
            Policy::Hyper => {
                let mut before: Option<(&str, usize)> = None;
                for (name, value) in list {
                    before = Some(match before {
                        // of several fields with one name only the first is looked up
                        Some((last, number)) if last == name => {
                            self.literal(0, 4, number, name, value, &mut block);
                            (last, number)
                        }
                        _ => (name, self.hyper(name, value, &mut block)),
                    });
                }
            }
        }
        block
    }

    fn chromium(&mut self, name: &str, value: &str, block: &mut Vec<u8>) {
        let (field, named) = self.find(name, value);
        match field {
            Some(number) => integer(number, 7, 0x80, block),
            None if name.starts_with(':') && name != ":authority" => self.literal(0, 4, named, name, value, block),
            None => self.insert(named, name, value, block),
        }
    }

    /// The number by which a field of the same name is told next.
    fn hyper(&mut self, name: &str, value: &str, block: &mut Vec<u8>) -> usize {
        let (field, named) = self.find(name, value);
        let large = (name.len() + value.len() + fields::OVERHEAD) * 4 > self.table * 3;
        match field {
            Some(number) => {
                integer(number, 7, 0x80, block);
                number
            }
            None if large || VARIABLE.contains(&name) => {
                let named = if named > STATIC_LEN { 0 } else { named };
                self.literal(0, 4, named, name, value, block);
                named
            }
            None => {
                self.insert(named, name, value, block);
                STATIC_LEN + 1
            }
        }
    }

    /// The numbers of this field, and of one with its name; 0 where there is none.
    fn find(&self, name: &str, value: &str) -> (Option<usize>, usize) {
        let mut named = 0;
        for (number, (known, of)) in self.fields.all() {
            if known == name.as_bytes() {
                if of == value.as_bytes() {
                    return (Some(number), number);
                }
                named = if named == 0 { number } else { named };
            }
        }
        (None, named)
    }

    /// A literal that enters the table (6.2.1).
    fn insert(&mut self, named: usize, name: &str, value: &str, block: &mut Vec<u8>) {
        self.literal(0x40, 6, named, name, value, block);
        self.fields.insert([name, value].concat().as_bytes(), name.len());
    }

    fn literal(&self, first: u8, prefix: u32, named: usize, name: &str, value: &str, block: &mut Vec<u8>) {
        integer(named, prefix, first, block);
        if named == 0 {
            self.string(name, block);
        }
        self.string(value, block);
    }

    /// A string (5.2).
    fn string(&self, text: &str, block: &mut Vec<u8>) {
        let coded = huffman::encoded_len(text.as_bytes());
        let shorter = coded < text.len() || self.policy == Policy::Hyper && !text.is_empty();
        if shorter {
            integer(coded, 7, 0x80, block);
            huffman::encode(text.as_bytes(), block);
        } else {
            integer(text.len(), 7, 0, block);
            block.extend_from_slice(text.as_bytes());
        }
    }
}

/// A cookie's pairs, each a field of its own.
fn crumbs(cookie: &str) -> impl Iterator<Item = &str> {
    cookie.trim_matches([' ', '\t']).split(';').map(|crumb| crumb.strip_prefix(' ').unwrap_or(crumb))
}

/// An integer (5.1) that begins in the last `prefix` bits of an octet, behind those of `first`.
#[allow(clippy::cast_possible_truncation)] // by masks
fn integer(value: usize, prefix: u32, first: u8, block: &mut Vec<u8>) {
    let most = (1 << prefix) - 1;
    if value < most {
        return block.push(first | value as u8);
    }
    block.push(first | most as u8);
    let mut rest = value - most;
    while rest >= 0x80 {
        block.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    block.push(rest as u8);
}
