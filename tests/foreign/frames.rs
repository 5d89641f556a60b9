//! Frames of an independent client, Python's `websockets`, and those that it refuses to send: `frames.py`.

use crate::scripts::pythons;
use crate::served::{Served, skipped};
use std::collections::BTreeMap;
use std::process::Command;

/// What RFC 6455 has a server look at, and how many cases of each there are.
const KINDS: [(&str, usize); 10] = [
    ("fragmentation", 9),
    ("control frames between fragments", 6),
    ("bad UTF-8", 18),
    ("bad opcodes", 10),
    ("reserved bits", 13),
    ("oversized messages", 6),
    ("unmasked frames", 5),
    ("valid close codes", 17),
    ("invalid close codes", 13),
    ("control frames of more than 125 octets", 5),
];

#[test]
fn what_is_allowed_is_taken_and_what_is_not_has_its_close_code() {
    let Some(python) = pythons().next() else {
        return skipped("Python's `websockets` is not installed");
    };
    let served = Served::start();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/frames.py");
    let mut client = Command::new(python);
    let output = client.args([script, &served.url("/websocket").replace("http:", "ws:")]).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let mut seen = BTreeMap::new();
    for line in text.lines() {
        let (kind, _) = line.split_once(": ").expect("a kind and a case");
        *seen.entry(kind).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from(KINDS));
    served.stop();
}
