//! HPACK (RFC 7541): what a header block says, field by field, and how each is written.

use crate::hpack::fields::{self, Fields};
use crate::hpack::huffman;
use std::ops::Range;

/// The largest table that is kept, whatever settings say: sixteen times what browsers ask for.
const LARGEST_TABLE: usize = 1 << 20;
/// No index, length or size has more bits; keeps an integer from running over (5.1).
const INTEGER_BITS: u32 = 28;

/// Reads the header blocks of one direction of a connection, one after another.
#[derive(Clone, Debug)]
pub struct Decoder {
    fields: Fields,
    /// The largest table that the receiver allows.
    allowed: usize,
    /// The name and value that are being read. Kept, so that nothing is allocated for each field.
    text: Vec<u8>,
}

/// How a field is written (6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// By its number alone (6.1).
    Indexed {
        /// 1 to 61 are the static table's.
        index: usize,
    },
    /// By its value (6.2).
    Literal {
        /// Whether it is to be known by a number later.
        indexing: Indexing,
        /// The number of the field that has its name; `None` where the name stands there, too.
        name: Option<usize>,
        /// The name that stands there is in Huffman code.
        huffman_name: bool,
        /// The value is.
        huffman_value: bool,
    },
    /// No field: the sender's table changes its size to so many octets (6.3).
    Resize(usize),
}

/// What a literal is to the table (6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indexing {
    /// It enters it (6.2.1).
    Incremental,
    /// It does not (6.2.2).
    Without,
    /// Nor may it on any further way (6.2.3).
    Never,
}

/// A field of a header block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// How it is written.
    pub representation: Representation,
    /// Its name; empty when it is none.
    pub name: &'a [u8],
    /// Its value.
    pub value: &'a [u8],
    /// Where in the block it stands.
    pub octets: Range<usize>,
}

/// Why a block cannot be read. Nor can any that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Broken {
    #[error("the header block ends within a field")]
    Short,
    #[error("octet {0} of the header block begins a number beyond all")]
    Integer(usize),
    #[error("no field has the number {0}")]
    Index(usize),
    #[error("octet {0} of the header block begins no Huffman code")]
    Huffman(usize),
    #[error("a table of {0} octets is not allowed, or not here")]
    Resize(usize),
}

impl Default for Decoder {
    fn default() -> Self {
        Decoder { fields: Fields::default(), allowed: fields::LARGEST, text: Vec::new() }
    }
}

impl Decoder {
    /// For another connection. The memory is kept.
    pub fn clear(&mut self) {
        self.fields.clear();
        self.allowed = fields::LARGEST;
    }

    /// The receiver allows a table of so many octets. One that it does no longer allow may still be in use, so that this
    /// only grows.
    pub fn allow(&mut self, octets: usize) {
        self.allowed = self.allowed.max(octets.min(LARGEST_TABLE));
    }

    /// What is known by number.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Reads a whole block, and gives each field to `each`.
    ///
    /// # Errors
    /// When this is no header block.
    pub fn decode(&mut self, block: &[u8], mut each: impl FnMut(Field<'_>)) -> Result<(), Broken> {
        let (mut input, mut resizes) = (Input { block, at: 0 }, true);
        while let Some(&first) = block.get(input.at) {
            let start = input.at;
            match first {
                0x80.. => {
                    let index = input.integer(7)?;
                    let (name, value) = self.fields.get(index).ok_or(Broken::Index(index))?;
                    let representation = Representation::Indexed { index };
                    each(Field { representation, name, value, octets: start..input.at });
                }
                0x20..0x40 => {
                    let size = input.integer(5)?;
                    if !resizes || size > self.allowed {
                        return Err(Broken::Resize(size)); // it stands at a block's beginning only (4.2)
                    }
                    self.fields.resize(size);
                    let representation = Representation::Resize(size);
                    each(Field { representation, name: b"", value: b"", octets: start..input.at });
                    continue;
                }
                _ => {
                    let (representation, len) = self.literal(first, &mut input)?;
                    let (name, value) = self.text.split_at(len);
                    each(Field { representation, name, value, octets: start..input.at });
                    if first >= 0x40 {
                        self.fields.insert(&self.text, len);
                    }
                }
            }
            resizes = false;
        }
        Ok(())
    }

    /// Reads name and value into the text, and gives where the first of them ends.
    fn literal(&mut self, first: u8, input: &mut Input<'_>) -> Result<(Representation, usize), Broken> {
        let (indexing, prefix) = match first {
            0x40.. => (Indexing::Incremental, 6),
            0x10.. => (Indexing::Never, 4),
            _ => (Indexing::Without, 4),
        };
        self.text.clear();
        let index = input.integer(prefix)?;
        let (name, huffman_name) = if index == 0 {
            (None, input.string(&mut self.text)?)
        } else {
            self.text.extend_from_slice(self.fields.get(index).ok_or(Broken::Index(index))?.0);
            (Some(index), false)
        };
        let len = self.text.len();
        let huffman_value = input.string(&mut self.text)?;
        Ok((Representation::Literal { indexing, name, huffman_name, huffman_value }, len))
    }
}

struct Input<'a> {
    block: &'a [u8],
    at: usize,
}

impl Input<'_> {
    fn octet(&mut self) -> Result<u8, Broken> {
        let octet = *self.block.get(self.at).ok_or(Broken::Short)?;
        self.at += 1;
        Ok(octet)
    }

    /// An integer that begins with the last `prefix` bits of an octet (5.1).
    fn integer(&mut self, prefix: u32) -> Result<usize, Broken> {
        let (start, most) = (self.at, (1 << prefix) - 1);
        let mut integer = usize::from(self.octet()?) & most;
        let mut shift = 0;
        while integer >= most {
            let octet = self.octet()?;
            if shift >= INTEGER_BITS {
                return Err(Broken::Integer(start));
            }
            integer += usize::from(octet & 0x7f) << shift;
            shift += 7;
            if octet < 0x80 {
                break;
            }
        }
        Ok(integer)
    }

    /// Adds a string (5.2) to `text`. Whether it was in Huffman code.
    fn string(&mut self, text: &mut Vec<u8>) -> Result<bool, Broken> {
        let (start, huffman) = (self.at, self.block.get(self.at).is_some_and(|&first| first >= 0x80));
        let len = self.integer(7)?;
        let string = self.block[self.at..].get(..len).ok_or(Broken::Short)?;
        self.at += len;
        if !huffman {
            text.extend_from_slice(string);
        } else if !huffman::decode(string, text) {
            return Err(Broken::Huffman(start));
        }
        Ok(huffman)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|digit| u8::try_from(digit).ok()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn text(octets: &[u8]) -> String {
        String::from_utf8(octets.to_vec()).expect("ASCII")
    }

    /// All fields, a line each.
    fn read(decoder: &mut Decoder, hex: &str) -> Result<Vec<String>, Broken> {
        let (mut lines, mut at) = (Vec::new(), 0);
        let block = octets(hex);
        decoder.decode(&block, |field| {
            assert_eq!(field.octets.start, at, "one behind the other");
            at = field.octets.end;
            if !field.name.is_empty() {
                lines.push(format!("{}: {}", text(field.name), text(field.value)));
            }
        })?;
        assert_eq!(at, block.len());
        Ok(lines)
    }

    /// What was sent before, the newest first.
    fn table(decoder: &Decoder) -> Vec<String> {
        let all = (fields::STATIC_LEN + 1..).map_while(|index| decoder.fields().get(index));
        all.map(|(name, value)| format!("{}: {}", text(name), text(value))).collect()
    }

    /// C.1: the examples, in the prefix of a resize (5 bits), and of an octet.
    #[test]
    fn integers() {
        let integer = |prefix, hex| Input { block: &octets(hex), at: 0 }.integer(prefix);
        assert_eq!(integer(5, "ea"), Ok(10));
        assert_eq!(integer(5, "1f9a0a"), Ok(1337));
        assert_eq!(integer(8, "2a"), Ok(42));
        assert_eq!(integer(5, "1f"), Err(Broken::Short));
        assert_eq!(integer(5, "1f80"), Err(Broken::Short));
        assert_eq!(integer(5, "1f00"), Ok(31));
        assert_eq!(integer(5, "1f8080808080"), Err(Broken::Integer(0)));
    }

    /// C.2: each representation by itself.
    #[test]
    fn representations() {
        let of = |hex| {
            let mut found = Vec::new();
            Decoder::default()
                .decode(&octets(hex), |field| {
                    found.push((field.representation, text(field.name), text(field.value), field.octets));
                })
                .expect("a block");
            found.pop().expect("a field")
        };
        let literal =
            |indexing, name| Representation::Literal { indexing, name, huffman_name: false, huffman_value: false };
        let (custom, path) = (literal(Indexing::Incremental, None), literal(Indexing::Without, Some(4)));
        assert_eq!(
            of("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"),
            (custom, "custom-key".into(), "custom-header".into(), 0..26)
        );
        assert_eq!(of("040c 2f73 616d 706c 652f 7061 7468"), (path, ":path".into(), "/sample/path".into(), 0..14));
        assert_eq!(
            of("1008 7061 7373 776f 7264 0673 6563 7265 74"),
            (literal(Indexing::Never, None), "password".into(), "secret".into(), 0..17)
        );
        assert_eq!(of("82"), (Representation::Indexed { index: 2 }, ":method".into(), "GET".into(), 0..1));
        assert_eq!(of("3fe1 1f").0, Representation::Resize(4096));
    }

    /// C.3 and C.4: three requests on one connection, without and with Huffman code.
    #[test]
    fn requests() {
        let plain = [
            "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "8286 84be 5808 6e6f 2d63 6163 6865",
            "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
        ];
        let huffman = [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
            "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ];
        let (authority, cache, custom) =
            (":authority: www.example.com", "cache-control: no-cache", "custom-key: custom-value");
        for blocks in [plain, huffman] {
            let mut decoder = Decoder::default();
            let mut next = |hex| (read(&mut decoder, hex).expect("a block"), table(&decoder), decoder.fields().size());
            let (first, known, size) = next(blocks[0]);
            assert_eq!(first, [":method: GET", ":scheme: http", ":path: /", authority]);
            assert_eq!((known, size), (vec![authority.to_owned()], 57));
            let (second, known, size) = next(blocks[1]);
            assert_eq!(second, [":method: GET", ":scheme: http", ":path: /", authority, cache]);
            assert_eq!((known, size), (vec![cache.to_owned(), authority.to_owned()], 110));
            let (third, known, size) = next(blocks[2]);
            assert_eq!(third, [":method: GET", ":scheme: https", ":path: /index.html", authority, custom]);
            assert_eq!((known, size), (vec![custom.to_owned(), cache.to_owned(), authority.to_owned()], 164));
        }
    }

    /// C.5 and C.6: three answers and a table of 256 octets, which evicts.
    #[test]
    fn answers() {
        let plain = [
            "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 \
             3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 \
             7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 \
             6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ];
        let huffman = [
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad \
             1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
            "4883 640e ffc1 c0bf",
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 \
             e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
        ];
        let (cache, location) = ("cache-control: private", "location: https://www.example.com");
        let (date, later) = ("date: Mon, 21 Oct 2013 20:13:21 GMT", "date: Mon, 21 Oct 2013 20:13:22 GMT");
        let cookie = "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";
        for blocks in [plain, huffman] {
            let mut decoder = Decoder::default();
            assert_eq!(read(&mut decoder, "3fe1 01"), Ok(vec![]), "256 octets");
            assert_eq!(
                read(&mut decoder, blocks[0]),
                Ok([":status: 302", cache, date, location].map(str::to_owned).into())
            );
            assert_eq!((table(&decoder).len(), decoder.fields().size()), (4, 222));
            assert_eq!(
                read(&mut decoder, blocks[1]),
                Ok([":status: 307", cache, date, location].map(str::to_owned).into())
            );
            assert_eq!(table(&decoder), [":status: 307", location, date, cache]);
            let third = [":status: 200", cache, later, location, "content-encoding: gzip", cookie];
            assert_eq!(read(&mut decoder, blocks[2]), Ok(third.map(str::to_owned).into()));
            assert_eq!(table(&decoder), [cookie, "content-encoding: gzip", later]);
            assert_eq!(decoder.fields().size(), 215);
        }
    }

    #[test]
    fn what_is_no_block_is_told() {
        let broken = |hex| read(&mut Decoder::default(), hex).expect_err("no block");
        assert_eq!(broken("80"), Broken::Index(0));
        assert_eq!(broken("be"), Broken::Index(62));
        assert_eq!(broken("40"), Broken::Short);
        assert_eq!(broken("4003 6161"), Broken::Short);
        assert_eq!(broken("4081 ff00"), Broken::Huffman(1));
        assert_eq!(broken("ffff ffff ffff"), Broken::Integer(0));
        assert_eq!(broken("823f e11f"), Broken::Resize(4096), "not behind a field");
        assert_eq!(broken("3fe2 1f"), Broken::Resize(4097));
        let mut decoder = Decoder::default();
        decoder.allow(65_536);
        assert_eq!(read(&mut decoder, "3fe2 1f"), Ok(vec![]));
    }

    /// The table is read right after any number of fields came and went, and takes no more memory for it.
    #[test]
    fn fields_come_and_go() {
        let mut decoder = Decoder::default();
        for round in 0..5000_usize {
            let value = format!("{round:0width$}", width = 5 + round % 50);
            let block = [&b"\x40\x01a"[..], &[u8::try_from(value.len()).expect("short")], value.as_bytes()].concat();
            decoder.decode(&block, |_| {}).expect("a block");
            assert_eq!(table(&decoder)[0], format!("a: {value}"));
            assert!(decoder.fields().size() <= fields::LARGEST);
        }
        assert!(table(&decoder).len() > 30);
        let too_large = [&b"\x40\x01a\x7f\xa1\x1f"[..], &[b'x'; 4128][..]].concat();
        decoder.decode(&too_large, |_| {}).expect("a block");
        assert_eq!(table(&decoder), [""; 0], "4.4: it empties the table");
    }
}
