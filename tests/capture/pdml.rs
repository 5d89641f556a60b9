//! tshark's dissection as it prints it: PDML, an XML of packets, protocols and fields, each with its size in octets.

use std::io::BufRead;

/// A protocol or a field. Fields follow the protocol, and the field, that they are part of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    /// tshark's name for it; headings have none.
    pub(crate) name: String,
    pub(crate) is_protocol: bool,
    pub(crate) size: u64,
    /// What it means.
    pub(crate) show: String,
    /// Its octets, in hexadecimal digits; not of every field.
    pub(crate) value: String,
}

impl Field {
    /// What it means, where that is a number.
    ///
    /// # Panics
    /// When it is none.
    pub(crate) fn number(&self) -> u64 {
        number(&self.show)
    }

    /// Its octets.
    pub(crate) fn octets(&self) -> Vec<u8> {
        from_hex(&self.value).unwrap_or_else(|| panic!("the octets of {}: {:?}", self.name, self.value))
    }

    fn read(tag: &str, is_protocol: bool) -> Field {
        let text = |name| attribute(tag, name).unwrap_or_default().to_owned();
        Field {
            name: text("name"),
            is_protocol,
            size: attribute(tag, "size").map_or(0, |size| size.parse().expect("a size is a number")),
            show: text("show"),
            value: text("value"),
        }
    }
}

/// A number as tshark shows it.
///
/// # Panics
/// When it is none.
pub(crate) fn number(show: &str) -> u64 {
    let digits = show.strip_prefix("0x");
    let number = digits.map_or_else(|| show.parse(), |digits| u64::from_str_radix(digits, 16));
    number.unwrap_or_else(|_| panic!("no number: {show:?}"))
}

/// The octets that hexadecimal digits stand for.
pub(crate) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2)).collect()
}

/// Gives each packet's fields to `take`, one packet after the other.
pub(crate) fn read(mut input: impl BufRead, mut take: impl FnMut(&[Field])) {
    let mut tag = Vec::new();
    let mut fields = Vec::new();
    // what a field shows may hold line ends, but no angle bracket that is not escaped
    while input.read_until(b'>', &mut tag).expect("tshark writes to us") > 0 {
        let start = tag.iter().position(|&octet| octet == b'<').unwrap_or(tag.len());
        let text = String::from_utf8_lossy(&tag[start..]);
        if let Some(tag) = text.strip_prefix("<field ") {
            if is_read(tag) {
                fields.push(Field::read(tag, false));
            }
        } else if let Some(tag) = text.strip_prefix("<proto ") {
            fields.push(Field::read(tag, true));
        } else if text == "</packet>" {
            take(&fields);
            fields.clear();
        }
        tag.clear();
    }
    assert!(fields.is_empty(), "tshark stopped in the middle of a packet");
}

/// The fields that are looked at. Of each packet there are many more.
fn is_read(tag: &str) -> bool {
    const OF: [&str; 6] = ["http", "websocket.", "http2.", "tls.record", "data.data", "media.type"];
    const ALONE: [&str; 2] = ["num", ""];
    let name = tag.strip_prefix("name=\"").and_then(|tag| tag.split('"').next()).unwrap_or_default();
    ALONE.contains(&name) || OF.iter().any(|start| name.starts_with(start))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    // between quotes every quote is escaped, so that each other piece is a value
    let mut pieces = tag.split('"');
    while let (Some(key), Some(value)) = (pieces.next(), pieces.next()) {
        if key.trim().strip_suffix('=') == Some(name) {
            return Some(value);
        }
    }
    None
}

#[test]
fn fields_are_read_with_what_they_are_part_of() {
    let text = r#"<?xml version="1.0"?><pdml><packet><proto name="http" showname="a &gt; b" size="5" pos="66">
        <field name="" show="two
lines" size="3" pos="66" value="474554"/><field name="http2.type" size="1" show="0x1"/>
        <field name="tcp.options" size="12"/></proto></packet></pdml>"#;
    let mut packets = Vec::new();
    read(text.as_bytes(), |fields| packets.push(fields.to_vec()));
    let [fields] = &packets[..] else { panic!("one packet, not {packets:?}") };
    assert!(fields[0].is_protocol && fields[0].name == "http" && fields[0].size == 5);
    assert_eq!((fields[1].show.as_str(), fields[1].octets()), ("two\nlines", b"GET".to_vec()));
    assert_eq!((fields[2].number(), fields.len()), (1, 3), "the options are not looked at");
}
