//! The models of what senders make of header lists, held to the octets that they sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushbench::hpack::encoder::{Encoder, List, Policy};
use pushbench::wire::dissect::hpack::Decoder;

/// The header blocks of Chromium's connections.
const CHROMIUM: &str = include_str!("hpack/chromium.txt");

/// A captured connection: its name, the table that the server allowed, and its blocks with their requests' paths.
struct Captured {
    name: &'static str,
    table: usize,
    blocks: Vec<(&'static str, Vec<u8>)>,
}

fn captured() -> Vec<Captured> {
    let sections = CHROMIUM.split("\n== ").skip(1);
    let connection = |section: &'static str| {
        let (head, blocks) = section.split_once('\n').expect("a line a block");
        let (name, table) = head.split_once("; table ").expect("the table");
        let blocks = blocks.lines().filter(|line| !line.is_empty()).map(|line| {
            let [path, octets, block] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let block = STANDARD.decode(block).expect("base64");
            assert_eq!(block.len().to_string(), octets);
            (path, block)
        });
        Captured { name, table: table.parse().expect("octets"), blocks: blocks.collect() }
    };
    sections.map(connection).collect()
}

/// The header list in a block; the crumbs of a cookie put together again (RFC 9113, 8.2.3).
fn list(decoder: &mut Decoder, block: &[u8]) -> List {
    let mut list: List = Vec::new();
    decoder
        .decode(block, |field| {
            let [name, value] = [field.name, field.value].map(|text| String::from_utf8(text.to_vec()).expect("ASCII"));
            match list.last_mut() {
                Some((last, cookie)) if last == "cookie" && name == *last => *cookie += &format!("; {value}"),
                _ if name.is_empty() => {}
                _ => list.push((name, value)),
            }
        })
        .expect("a block");
    list
}

#[test]
fn the_model_of_chromium_gives_exactly_the_captured_octets() {
    let connections = captured();
    assert_eq!(connections.len(), 6);
    let mut requests = 0;
    for Captured { name, table, blocks } in connections {
        let (mut decoder, mut encoder) = (Decoder::default(), Encoder::new(Policy::Chromium));
        decoder.allow(table);
        for (number, (path, block)) in blocks.iter().enumerate() {
            // the first request goes before the server's settings are there
            if number == 1 {
                encoder.allow(table);
            }
            let list = list(&mut decoder, block);
            assert_eq!(list[3], (":path".to_owned(), (*path).to_owned()));
            assert_eq!(encoder.encode(&list), *block, "{name}, request {number}: {path}");
            requests += 1;
        }
    }
    assert_eq!(requests, 21 + 21 + 4 * 7);
}
