//! What HTTP and RFC 6202 ask of the server, seen from a plain socket.

use crate::http::Plain;
use crate::served::{Served, number};
use std::time::{Duration, Instant};

#[test]
fn pipelined_long_polls_are_held_one_after_the_other() {
    let served = Served::start();
    let mut io = Plain::connect(served.address);
    let poll = "GET /long-polling HTTP/1.1\r\nHost: test\r\n\r\n";
    io.send(poll.repeat(3));
    let mut behind = 0;
    for _ in 0..3 {
        let answer = io.answer();
        assert_eq!(answer.status, 200);
        // each asks for the next update; held together, they would all be answered with the same one
        let numbers = answer.numbers();
        assert!(numbers[0] > behind, "{numbers:?} after {behind}");
        behind = answer.cursor();
    }
    drop(io);
    served.stop();
}

#[test]
fn a_hold_ends_in_time_with_a_whole_answer_and_the_connection_goes_on() {
    let served = Served::start();
    let mut io = Plain::connect(served.address);
    for timeout in ["0", "300ms", "1"] {
        let asked = Instant::now();
        let answer = io.ask(&format!("/long-polling?since=1000000&timeout={timeout}"));
        let held = asked.elapsed();
        assert_eq!((answer.status, answer.cursor(), &*answer.body), (204, 1_000_000, ""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("connection"), None);
        let at_least = if timeout == "300ms" {
            Duration::from_millis(300)
        } else {
            Duration::from_secs(timeout.parse().expect("seconds"))
        };
        assert!(held >= at_least, "{held:?} for {timeout}");
    }
    let answer = io.ask("/long-polling?since=0");
    assert_eq!((answer.status, answer.numbers()[0]), (200, 1));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("text/plain"));
    // what queued up comes as one batch
    let behind = answer.cursor();
    assert_eq!(io.ask(&format!("/long-polling?since={}", behind + 3)).numbers()[0], behind + 4);
    assert_eq!(io.ask(&format!("/long-polling?since={behind}")).numbers()[..4], [1, 2, 3, 4].map(|n| behind + n));
    assert_eq!(io.ask("/polling?since=1000000").status, 204);
    drop(io);
    served.stop();
}

#[test]
fn a_refusal_says_why_and_the_connection_goes_on() {
    let served = Served::start();
    let mut io = Plain::connect(served.address);
    let upgrade = "Connection: upgrade\r\nUpgrade: websocket\r\n";
    let old = format!("{upgrade}Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    let keyless = format!("{upgrade}Sec-WebSocket-Version: 13\r\n");
    for (request, more, status, header, words) in [
        ("GET /", "", 404, None, "nothing at /; there are /polling, "),
        ("GET /polling/", "", 404, None, "nothing at /polling/"),
        ("POST /sse", "Content-Length: 0\r\n", 405, Some(("allow", "GET")), "only GET"),
        ("DELETE /polling?since=0", "", 405, Some(("allow", "GET")), "only GET"),
        ("GET /polling?since=-1", "", 400, None, "`since=-1`"),
        ("GET /polling?since=99999999999999999999", "", 400, None, "`since=99999999999999999999`"),
        ("GET /long-polling?timeout=121", "", 400, None, "120 s at most"),
        ("GET /long-polling?timeout=forever", "", 400, None, "500ms"),
        ("GET /sse?from=1", "", 400, None, "`from` means nothing here"),
        ("GET /sse", "Last-Event-ID: last\r\n", 400, None, "`Last-Event-ID`"),
        ("GET /websocket", "", 426, Some(("upgrade", "websocket")), "a WebSocket handshake"),
        ("GET /websocket", &old, 426, Some(("sec-websocket-version", "13")), "Sec-WebSocket-Version: 13"),
        ("GET /websocket", &keyless, 400, None, "16 octets in base64"),
        ("GET /raw-tcp", "", 426, Some(("upgrade", "raw-tcp")), "`Upgrade: raw-tcp`"),
    ] {
        io.send(format!("{request} HTTP/1.1\r\nHost: test\r\n{more}\r\n"));
        let answer = io.answer();
        assert_eq!(answer.status, status, "{request}: {answer:?}");
        assert!(answer.body.contains(words) && answer.body.ends_with('\n'), "{request}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        if let Some((name, value)) = header {
            assert_eq!(answer.header(name), Some(value), "{request}");
        }
    }
    drop(io);
    served.stop();
}

#[test]
fn a_head_above_the_limit_is_431_and_nonsense_is_400() {
    let served = Served::start();
    let padding = format!("X-Padding: {}\r\n", "x".repeat(200_000));
    let many: String = (0..200).map(|n| format!("X-{n}: x\r\n")).collect();
    for more in [padding, many] {
        let mut io = Plain::connect(served.address);
        io.get("/polling", &more);
        assert_eq!(io.head().status, 431);
        io.assert_end();
    }
    for nonsense in
        ["\x17\x03\x01\x02\0\x01\0\x01\r\n\r\n", "GET /polling\r\n\r\n", "GET /polling HTTP/1.1\r\nno colon\r\n\r\n"]
    {
        let mut io = Plain::connect(served.address);
        io.send(nonsense);
        assert_eq!(io.head().status, 400, "{nonsense:?}");
        io.assert_end();
    }
    served.stop();
}

#[test]
fn a_server_that_ends_leaves_nothing_half_said() {
    let served = Served::start();
    let mut silent = Plain::connect(served.address);
    let mut idle = Plain::connect(served.address);
    assert_eq!(idle.ask("/polling").status, 204);
    let mut held = Plain::connect(served.address);
    held.get("/long-polling?since=1000000", "");
    let mut events = Plain::connect(served.address);
    events.get("/sse", "");
    let head = events.head();
    assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
    assert_eq!((head.header("cache-control"), head.header("transfer-encoding")), (Some("no-store"), Some("chunked")));
    assert_eq!(events.chunk(), b"retry: 1000\n\n");
    let mut floor = Plain::connect(served.address);
    floor.get("/raw-tcp", "Connection: upgrade\r\nUpgrade: raw-tcp\r\n");
    assert_eq!(floor.head().status, 101);
    let first = floor.exactly(104);
    let first = number(&first[4..]);

    served.terminate();

    let answer = held.answer();
    assert_eq!((answer.status, answer.cursor()), (204, 1_000_000));
    held.assert_end();
    let last = (0..1000).map(|_| events.chunk()).find(Vec::is_empty);
    assert_eq!(last, Some(Vec::new()), "the stream has its last chunk");
    events.assert_end();
    let rest = floor.rest();
    assert_eq!(rest.len() % 104, 0, "whole frames only");
    for (frame, expected) in rest.chunks(104).zip(first + 1..) {
        assert_eq!(number(&frame[4..]), expected);
    }
    idle.assert_end();
    silent.assert_end();
    drop((held, events, floor, idle, silent));
    served.ended();
}
