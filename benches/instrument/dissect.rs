//! What the load's client does besides: placing each octet in its layer, an update a read, as a push brings them.

use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use pushbench::kind::{Encoding, Transport};
use pushbench::transport::{raw_tcp, sse, websocket};
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::dissect::frame::PREFACE;
use pushbench::wire::dissect::ledger::Ledger;
use std::hint::black_box;

const SIZES: [usize; 3] = [20, 100, 4096];
/// A number of as many digits as a feed gets within a trial.
const NUMBER: u64 = 12_345;

pub(crate) fn dissect(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dissect");
    let chunk = |event: Bytes| [format!("{:X}\r\n", event.len()).as_bytes(), &event, b"\r\n"].concat();
    let answer = |body: Bytes| {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncursor: {NUMBER}\r\ncontent-type: text/plain\r\ncache-control: no-store\r\n\
             content-length: {}\r\ndate: Sat, 21 Nov 2026 10:00:00 GMT\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    };
    let switch = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    let stream = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let request = format!("GET /long-polling?since={NUMBER} HTTP/1.1\r\nhost: 127.0.0.1:8080\r\n\r\n");
    for size in SIZES {
        let text = update::encode(NUMBER, size, Encoding::Text);
        let base64 = sse::binary_event(&update::encode(NUMBER, size, Encoding::Binary));
        for (name, transport, encoding, opening, ask, update) in [
            ("long poll", Transport::LongPolling, Encoding::Text, "", &request[..], answer(text.clone())),
            ("sse, text", Transport::Sse, Encoding::Text, stream, "", chunk(sse::text_event(&text))),
            ("sse, binary", Transport::Sse, Encoding::Binary, stream, "", chunk(base64)),
            ("websocket", Transport::Websocket, Encoding::Text, switch, "", websocket::text_frame(&text).to_vec()),
            ("raw-tcp", Transport::RawTcp, Encoding::Text, switch, "", raw_tcp::frame(&text).to_vec()),
        ] {
            let (mut dissector, mut ledger) = (Dissector::new(transport, encoding, false), Ledger::default());
            dissector.received(opening.as_bytes(), &mut ledger);
            group.throughput(Throughput::Bytes((ask.len() + update.len()) as u64));
            group.bench_function(BenchmarkId::new(name, size), |bencher| {
                bencher.iter(|| {
                    dissector.sent(black_box(ask.as_bytes()), &mut ledger);
                    dissector.received(black_box(&update), &mut ledger);
                    ledger.take()
                });
            });
            let other: u64 = ledger.entered().iter().map(|phase| phase.down.other).sum();
            assert_eq!(other, 0, "{name}: it was what it should be");
        }
        dissect_http2(&mut group, size);
    }
    group.finish();
}

/// The same over HTTP/2: a message of a stream that is open, and a poll, which has a stream of its own.
fn dissect_http2(group: &mut BenchmarkGroup<'_, WallTime>, size: usize) {
    let frame = |kind: u8, flags: u8, stream: u32, content: &[u8]| {
        let length = u32::try_from(content.len()).expect("short").to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
    };
    let (settings, text) = (frame(4, 0, 0, b""), update::encode(NUMBER, size, Encoding::Text));
    let opened = |transport, ask: &[u8], fields: &[u8]| {
        let (mut dissector, mut ledger) = (Dissector::new(transport, Encoding::Text, true), Ledger::default());
        dissector.sent(&[PREFACE, &settings[..], &frame(1, 4, 1, ask)].concat(), &mut ledger);
        dissector.received(&[&settings[..], &frame(1, 4, 1, fields)].concat(), &mut ledger);
        (dissector, ledger)
    };
    let other = |ledger: &Ledger| ledger.entered().iter().map(|phase| phase.up.other + phase.down.other).sum::<u64>();

    let (mut dissector, mut ledger) = opened(Transport::Websocket, b"\x42\x07CONNECT", b"\x88");
    let message = frame(0, 0, 1, &websocket::text_frame(&text));
    group.throughput(Throughput::Bytes(message.len() as u64));
    group.bench_function(BenchmarkId::new("websocket, h2", size), |bencher| {
        bencher.iter(|| {
            dissector.received(black_box(&message), &mut ledger);
            ledger.take()
        });
    });
    assert_eq!(other(&ledger), 0, "it was what it should be");

    // `:authority` and `cursor` have a number; a cursor is indexed anew each time, of the other fields the values are
    // spelled out, the date (RFC 7541, C.6.1) in Huffman code
    let path = format!("/long-polling?since={NUMBER}");
    let request = [b"\x82\x86\xbe\x04", &[u8::try_from(path.len()).expect("short")][..], path.as_bytes()].concat();
    let date = b"\xd0\x7a\xbe\x94\x10\x54\xd4\x44\xa8\x20\x05\x95\x04\x0b\x81\x66\xe0\x82\xa6\x2d\x1b\xff";
    let fields = [b"\x88\x7e\x0512345\x0f\x10\x0atext/plain\x0f\x09\x08no-store\x0f\x0d\x03100\x0f\x12\x96", &date[..]];
    let (mut dissector, mut ledger) =
        opened(Transport::LongPolling, b"\x82\x41\x0e127.0.0.1:8080", b"\x88\x40\x06cursor\x0512345");
    let mut ask = frame(1, 5, 0, &request);
    let mut answer = [frame(1, 4, 0, &fields.concat()), frame(0, 1, 0, &text)].concat();
    let data = answer.len() - text.len() - 4;
    let mut stream = 1_u32;
    group.throughput(Throughput::Bytes((ask.len() + answer.len()) as u64));
    group.bench_function(BenchmarkId::new("long poll, h2", size), |bencher| {
        bencher.iter(|| {
            stream += 2;
            for place in [&mut ask[5..9], &mut answer[5..9]] {
                place.copy_from_slice(&stream.to_be_bytes());
            }
            answer[data..data + 4].copy_from_slice(&stream.to_be_bytes());
            dissector.sent(black_box(&ask), &mut ledger);
            dissector.received(black_box(&answer), &mut ledger);
            ledger.take()
        });
    });
    assert_eq!(other(&ledger), 0, "it was what it should be");
}
