//! Frames that no client library would send, byte by byte, and the close codes that RFC 6455 asks for.

use crate::http::Plain;
use crate::served::{Served, number};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A connection after the handshake, with the key and the answer of RFC 6455, 1.3.
fn open(served: &Served) -> Plain {
    let mut io = Plain::connect(served.address);
    io.get(
        "/websocket",
        "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    );
    let head = io.head();
    assert_eq!(head.status, 101);
    assert_eq!(head.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(head.header("sec-websocket-extensions"), None);
    io
}

/// A client's frame: the first octet as it is, the shortest length, masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..=125), _) => frame.push(0x80 | short),
        (_, Ok(long)) => {
            frame.push(0x80 | 126);
            frame.extend(long.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(octet, mask)| octet ^ mask));
    frame
}

/// The server's next frame: its first octet and its payload.
fn next(io: &mut Plain) -> (u8, Vec<u8>) {
    let head = io.exactly(2);
    assert!(head[1] < 126, "neither updates of 100 B nor control frames are longer; and a server masks nothing");
    (head[0], io.exactly(head[1].into()))
}

/// The payload of the next frame that is no update.
fn answer(io: &mut Plain) -> (u8, Vec<u8>) {
    for _ in 0..1000 {
        match next(io) {
            (0x81, update) => drop(number(&update)),
            other => return other,
        }
    }
    panic!("updates only");
}

/// The code it closes with, `None` where the close says none; nothing follows.
fn close_code(io: &mut Plain) -> Option<u16> {
    let (first, payload) = answer(io);
    assert_eq!(first, 0x88, "{payload:?}");
    io.assert_end();
    payload.first_chunk().map(|code| u16::from_be_bytes(*code))
}

#[test]
fn every_breach_has_its_close_code() {
    let served = Served::start();
    let unmasked = b"\x81\x05hello".to_vec();
    let many = [frame(0x01, &[b'x'; 40_000]), frame(0x80, &[b'x'; 40_000])].concat();
    let endless = [&[0x82, 0xff][..], &u64::MAX.to_be_bytes(), &MASK].concat();
    let breaches: [(&str, u16, Vec<u8>); 16] = [
        ("an unmasked frame", 1002, unmasked),
        ("no frame at all", 1002, b"GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("a reserved bit", 1002, frame(0xc1, b"x")),
        ("a reserved data opcode", 1002, frame(0x83, b"x")),
        ("a reserved control opcode", 1002, frame(0x8b, b"")),
        ("a long ping", 1002, frame(0x89, &[0; 126])),
        ("a ping in parts", 1002, frame(0x09, b"x")),
        ("a continuation of nothing", 1002, frame(0x80, b"x")),
        ("a text within a text", 1002, [frame(0x01, b"x"), frame(0x81, b"y")].concat()),
        ("half a close code", 1002, frame(0x88, b"\x03")),
        ("a close code that nobody may send", 1002, frame(0x88, &1005u16.to_be_bytes())),
        ("a close code that does not exist", 1002, frame(0x88, &999u16.to_be_bytes())),
        ("a text that is no UTF-8", 1007, frame(0x81, b"\xc3\x28")),
        ("a text that ends within a character", 1007, frame(0x81, b"caf\xc3")),
        ("a message too big in parts", 1009, many),
        ("a frame of 2^64 octets", 1009, endless),
    ];
    for (what, code, bytes) in breaches {
        let mut io = open(&served);
        io.send(bytes);
        assert_eq!(close_code(&mut io), Some(code), "{what}");
    }
    served.stop();
}

#[test]
fn what_is_allowed_is_taken() {
    let served = Served::start();
    let mut io = open(&served);
    // a character and a message cut in two, with a ping between them
    io.send([frame(0x01, b"caf\xc3"), frame(0x89, b"between"), frame(0x80, b"\xa9")].concat());
    assert_eq!(answer(&mut io), (0x8a, b"between".to_vec()));
    // an octet at a time
    for octet in frame(0x89, b"slowly") {
        io.send([octet]);
    }
    assert_eq!(answer(&mut io), (0x8a, b"slowly".to_vec()));
    drop(io);
    for (sent, answered) in [(&b""[..], None), (b"\x03\xe8", Some(1000)), (b"\x0f\xa0own", Some(4000))] {
        let mut io = open(&served);
        io.send(frame(0x88, sent));
        assert_eq!(close_code(&mut io), answered, "{sent:?}");
    }
    served.stop();
}
