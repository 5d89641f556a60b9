//! Over HTTP/2: frames and header blocks written by hand.

use super::{Part, below, dissect_with, down, layers, payload, up};
use pushbench::kind::{Encoding, Transport};
use pushbench::totals::{Layers, Ways};
use pushbench::transport::{sse, websocket};
use pushbench::trial::Phase;
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::dissect::frame::PREFACE;
use pushbench::wire::dissect::ledger::{Ledger, Way};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// `:method: GET`, `:scheme: http`, `:path: /`.
const GET: &[u8] = b"\x82\x86\x84";
/// `:method: CONNECT`, indexed from here on; `:protocol: websocket`, not indexed.
const CONNECT: &[u8] = b"\x42\x07CONNECT\x00\x09:protocol\x09websocket";
const OK: &[u8] = b"\x88";

fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
}

fn headers(stream: u32, flags: u8, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | flags, stream, block)
}

fn data(stream: u32, content: &[u8]) -> Vec<u8> {
    frame(DATA, 0, stream, content)
}

fn ask(stream: u32) -> Part {
    up(headers(stream, END_STREAM, GET))
}

/// What both sides begin with: 24 + 9 + 6 and 9 octets up, 9 and 9 down.
fn opening() -> Vec<Part> {
    vec![
        up([&PREFACE[..], &frame(SETTINGS, 0, 0, b"\x00\x05\x00\x00\x40\x00")].concat()),
        down([frame(SETTINGS, 0, 0, b""), frame(SETTINGS, ACK, 0, b"")].concat()),
        up(frame(SETTINGS, ACK, 0, b"")),
    ]
}

const OPENING_UP: u64 = 48;
const OPENING_DOWN: u64 = 18;

struct Case {
    name: &'static str,
    transport: Transport,
    encoding: Encoding,
    parts: Vec<Part>,
    expected: Ways<Layers>,
    given: u32,
}

impl Case {
    fn dissect(&self, parts: &[Part], piece: impl FnMut() -> usize) -> (Ways<Layers>, u32) {
        dissect_with(Dissector::new(self.transport, self.encoding, true), parts, piece)
    }
}

fn updates(encoding: Encoding) -> (Vec<bytes::Bytes>, u64) {
    let updates: Vec<_> = [1, 2, 3, 9].map(|number| payload(number, encoding)).into();
    let all = updates.iter().map(|update| update.len() as u64).sum();
    (updates, all)
}

/// Polls with all that an answer can be written in.
fn polls(name: &'static str, encoding: Encoding, framing: u64) -> Case {
    let (updates, all) = updates(encoding);
    let body = update::join(updates.iter().map(|update| &update[..]), encoding);
    let padded = [&[3], &body[30..], &[0; 3]].concat();
    let weight = b"\x00\x00\x00\x00\x10";
    let parts = [
        opening(),
        // whole at once, and padded and in pieces, its status by a number of its own: `:status: 206`, then 62
        vec![ask(1), down([headers(1, 0, b"\x48\x03206"), frame(DATA, END_STREAM, 1, &body)].concat())],
        vec![
            up([
                &frame(HEADERS, END_STREAM | PRIORITY, 3, &[weight, &GET[..1]].concat())[..],
                &frame(CONTINUATION, 0, 3, &GET[1..2]),
                &frame(CONTINUATION, END_HEADERS, 3, &GET[2..]),
            ]
            .concat()),
            down(
                [frame(HEADERS, PADDED, 3, b"\x02\xbe\x00\x00"), frame(CONTINUATION, END_HEADERS, 3, b"\x0f\x0d\x01x")]
                    .concat(),
            ),
            down([data(3, &body[..30]), frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])].concat()),
            down(
                [frame(PING, 0, 0, b"12345678"), frame(DATA, PADDED, 3, &padded), frame(DATA, END_STREAM, 3, b"")]
                    .concat(),
            ),
            up([frame(WINDOW_UPDATE, 0, 3, &[0, 0, 0, 9]), frame(PING, ACK, 0, b"12345678")].concat()),
        ],
        // nothing new: 204 and 304; a hint before it, and trailers behind it
        vec![ask(5), down(headers(5, END_STREAM, b"\x89")), ask(7), down(headers(7, END_STREAM, b"\x8b"))],
        vec![ask(9), down([headers(9, 0, b"\x08\x03103"), headers(9, 0, OK)].concat())],
        vec![
            down([data(9, &body), headers(9, END_STREAM, b"\x00\x01t\x01v")].concat()),
            up(frame(GOAWAY, 0, 0, &[0; 8])),
        ],
    ]
    .concat();
    // requests: four of one frame; one of three, with a priority
    let up = layers(0, 4 * 9 + 3 * 9 + 5, 5 * 3, OPENING_UP + 13 + 17 + 17, 0);
    // frames of fields: one, two (padded by 1 + 2), one each of 204 and 304, three; of content: 1, 2 (padded by 1 + 3), 1
    let heads = 9 + (2 * 9 + 3) + 9 + 9 + 3 * 9;
    let down = layers(
        3 * all,
        3 * framing + heads + 9 + (2 * 9 + 4) + 9,
        5 + 5 + 1 + 1 + 5 + 1 + 5,
        OPENING_DOWN + 13 + 17 + 9,
        0,
    );
    Case { name, transport: Transport::Polling, encoding, parts, expected: Ways { up, down }, given: 5 }
}

fn events(name: &'static str, encoding: Encoding, event: impl Fn(&bytes::Bytes) -> bytes::Bytes) -> Case {
    let (updates, all) = updates(encoding);
    let events: Vec<u8> = updates.iter().flat_map(event).collect();
    let (retry, comment) = (b"retry: 1000\n\n", b": hello\r\n\r\n");
    let parts = [
        opening(),
        vec![ask(1), down(headers(1, 0, OK)), down([data(1, retry), data(1, &events[..50])].concat())],
        vec![down([&frame(DATA, PADDED, 1, &[&[2], &events[50..], b"\0\0"].concat())[..], &data(1, comment)].concat())],
        vec![up(frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])), up(frame(GOAWAY, 0, 0, b"\0\0\0\0\0\0\0\0bye"))],
    ]
    .concat();
    let up = layers(0, 9, 3, OPENING_UP + 13 + 20, 0);
    let framing = events.len() as u64 - all + 9 + 4 * 9 + 3;
    let down = layers(all, framing, 1, OPENING_DOWN + (retry.len() + comment.len()) as u64, 0);
    Case { name, transport: Transport::Sse, encoding, parts, expected: Ways { up, down }, given: 5 }
}

fn conversation() -> Case {
    let (updates, all) = updates(Encoding::Text);
    let mut frames: Vec<u8> = updates.iter().flat_map(websocket::text_frame).collect();
    let whole = frames.len() as u64;
    frames.extend(b"\x01\x03abc\x89\x02hi\x00\x00\x80\x02de");
    let parts = [
        opening(),
        vec![
            up(headers(1, 0, CONNECT)),
            down(headers(1, 0, OK)),
            down([data(1, &frames[..7]), data(1, &frames[7..])].concat()),
        ],
        vec![up(data(1, b"\x8a\x82mask\x05\x08")), down(data(1, b"\x88\x02\x03\xe8")), up(data(1, b"\x88\x80mask"))],
        vec![down(frame(DATA, END_STREAM, 1, b"")), up(frame(DATA, END_STREAM, 1, b""))],
        // another one, whose CONNECT has a number
        vec![up(headers(3, 0, b"\xbe")), down(headers(3, 0, OK)), down(frame(DATA, END_STREAM, 3, b"\x81\x01x"))],
    ]
    .concat();
    let up = layers(0, 4 * 9, CONNECT.len() as u64 + 1, OPENING_UP + 8 + 6 + 9, 0);
    let framing = 9 + 3 * 9 + (whole - all) + 6 + 9 + 9 + 2;
    let down = layers(all + 5 + 1, framing, 2, OPENING_DOWN + 4 + 4 + 9, 0);
    let (transport, encoding) = (Transport::Websocket, Encoding::Text);
    Case { name: "websocket", transport, encoding, parts, expected: Ways { up, down }, given: 1 + 5 + 1 + 1 }
}

/// `:status: 404`, and a 500 whose status is spelled out in Huffman code (C.6.2's 307 is 3 of that kind, this is ours).
fn refusals() -> Case {
    let parts = [
        opening(),
        vec![ask(1), down([headers(1, 0, b"\x8d"), data(1, b"no such"), frame(DATA, END_STREAM, 1, b"\n")].concat())],
        // 307 in Huffman code (RFC 7541, C.6.2), without a body; a 404 that is reset
        vec![ask(3), down(headers(3, END_STREAM, b"\x48\x83\x64\x0e\xff"))],
        vec![ask(5), down([headers(5, 0, b"\x8d"), data(5, b"x"), frame(RST_STREAM, 0, 5, &[0; 4])].concat())],
    ]
    .concat();
    let up = layers(0, 3 * 9, 3 * 3, OPENING_UP, 0);
    let down = layers(0, 3 * 9, 1 + 5 + 1, OPENING_DOWN + 13, 7 + 9 + 1 + 9 + 1 + 9);
    let (transport, encoding) = (Transport::LongPolling, Encoding::Text);
    Case { name: "refusals", transport, encoding, parts, expected: Ways { up, down }, given: 0 }
}

/// Three clients on one connection, their streams interleaved within events.
fn shared() -> Case {
    let (updates, all) = updates(Encoding::Text);
    let events: Vec<_> = updates.iter().map(sse::text_event).collect();
    let mut parts = opening();
    parts.extend([
        ask(1),
        ask(3),
        down([headers(1, 0, OK), headers(3, 0, OK)].concat()),
        ask(5),
        down(headers(5, 0, OK)),
    ]);
    for event in &events {
        let (begin, end) = event.split_at(11);
        let streams = [1, 5, 3];
        parts.push(down(streams.map(|stream| data(stream, begin)).concat()));
        parts.push(down(streams.map(|stream| data(stream, end)).concat()));
    }
    parts.push(down(frame(DATA, END_STREAM, 3, &events[0])));
    let sent = events.iter().map(|event| event.len() as u64).sum::<u64>();
    let first = updates[0].len() as u64;
    let framing = 3 * (sent - all) + (events[0].len() as u64 - first) + 3 * 9 + 25 * 9;
    let up = layers(0, 3 * 9, 3 * 3, OPENING_UP, 0);
    let down = layers(3 * all + first, framing, 3, OPENING_DOWN, 0);
    let (transport, encoding) = (Transport::Sse, Encoding::Text);
    Case { name: "shared", transport, encoding, parts, expected: Ways { up, down }, given: 3 + 12 + 1 }
}

fn cases() -> Vec<Case> {
    vec![
        polls("polls, text", Encoding::Text, 3),
        polls("polls, binary", Encoding::Binary, 16),
        events("sse, text", Encoding::Text, sse::text_event),
        events("sse, binary", Encoding::Binary, sse::binary_event),
        conversation(),
        refusals(),
        shared(),
    ]
}

#[test]
fn every_octet_is_in_its_layer() {
    for case in cases() {
        assert_eq!(case.dissect(&case.parts, || usize::MAX), (case.expected, case.given), "{}", case.name);
    }
}

#[test]
fn any_split_gives_the_same_ledger() {
    for case in cases() {
        let expected = (case.expected, case.given);
        assert_eq!(case.dissect(&case.parts, || 1), expected, "{}, octet by octet", case.name);
        for part in 0..case.parts.len() {
            for at in 1..case.parts[part].1.len() {
                let mut parts = case.parts.clone();
                let after = parts[part].1.split_off(at);
                let way = parts[part].0;
                parts.insert(part + 1, (way, after));
                assert_eq!(case.dissect(&parts, || usize::MAX), expected, "{}, part {part} at {at}", case.name);
            }
        }
    }
}

#[test]
fn broken_streams_are_placed_whatever_the_pieces() {
    let mut random = Pcg64::seed_from_u64(9);
    let (mut broken, mut shown) = (0, 0);
    for case in cases() {
        for round in 0..600 {
            let mut parts = case.parts.clone();
            for _ in 0..1 + round / 200 {
                let part = below(&mut random, parts.len());
                let at = below(&mut random, parts[part].1.len());
                parts[part].1[at] ^= u8::try_from(1 + below(&mut random, 255)).expect("an octet");
            }
            match round % 5 {
                0 => parts.truncate(1 + below(&mut random, case.parts.len())),
                1 => {
                    let part = below(&mut random, case.parts.len());
                    let len = below(&mut random, 60);
                    parts[part].1.extend((0..len).map(|_| random.next_u32().to_le_bytes()[0]));
                }
                _ => {}
            }
            let whole = case.dissect(&parts, || usize::MAX);
            let single = case.dissect(&parts, || 1);
            assert_eq!(single, whole, "{}, octet by octet, round {round}: {parts:?}", case.name);
            let longest = 1 + below(&mut random, 40);
            let pieces = case.dissect(&parts, || 1 + below(&mut random, longest));
            assert_eq!(pieces, whole, "{}, in pieces of up to {longest}, round {round}: {parts:?}", case.name);
            broken += u32::from(case.expected.down.other == 0);
            shown += u32::from(case.expected.down.other == 0 && whole.0.down.other + whole.0.up.other > 0);
        }
    }
    assert!(
        shown > broken / 3,
        "of {broken} broken streams {shown} show it; in the others payloads and the like differ"
    );
}

#[test]
fn noise_is_placed_and_does_not_panic() {
    let mut random = Pcg64::seed_from_u64(10);
    for case in cases() {
        for _ in 0..1000 {
            let mut parts = case.parts.clone();
            parts.truncate(3 + below(&mut random, 4));
            // frames that could be some, with anything in them
            for _ in 0..1 + below(&mut random, 6) {
                let mut octet = || random.next_u32().to_le_bytes()[0];
                let (kind, flags, stream) = (octet() % 12, octet() & octet(), u32::from(octet() % 8));
                let content: Vec<u8> = (0..octet() % 40).map(|_| octet() & octet() | octet() & 0x80).collect();
                let way = if octet() % 2 == 0 { Way::Up } else { Way::Down };
                parts.push((way, frame(kind, flags, stream, &content)));
            }
            let whole = case.dissect(&parts, || usize::MAX);
            assert_eq!(case.dissect(&parts, || 1), whole, "{}: {parts:?}", case.name);
        }
    }
}

/// Where an octet's flip shows; where it cannot, the head of `streams` says.
#[test]
fn one_octet_flipped_where_it_matters_is_other() {
    let flipped = |case: &Case, part: usize, at: usize, bits: u8| {
        let mut parts = case.parts.clone();
        parts[part].1[at] ^= bits;
        let (all, _) = case.dissect(&parts, || usize::MAX);
        (all.up.other, all.down.other)
    };
    let (polls, events, talk) =
        (polls("", Encoding::Text, 3), events("", Encoding::Text, sse::text_event), conversation());
    for at in 0..PREFACE.len() {
        assert!(flipped(&polls, 0, at, 0x20).0 > 0, "octet {at} of the preface");
    }
    // a frame header's length, type and stream; a length of some more could be that of a connection that broke within
    for at in [0, 1, 2, 3, 6, 7, 8] {
        for bits in if at == 1 { [0x40, 0x80] } else { [0x02, 0x10] } {
            assert!(flipped(&polls, 0, 24 + at, bits).0 > 0, "octet {at} of the first frame header up: {bits}");
            assert!(flipped(&polls, 1, at, bits).1 > 0, "octet {at} of the first down: {bits}");
            assert!(flipped(&polls, 4, at, bits).1 > 0, "octet {at} of an answer's: {bits}");
            assert!(flipped(&events, 5, at, bits).1 > 0, "octet {at} of an event's: {bits}");
            assert!(flipped(&talk, 5, at, bits).1 > 0, "octet {at} of a message's: {bits}");
        }
    }
    assert!(flipped(&polls, 0, 24 + 9 + 2, 0xff).0 > 0, "a frame of 16 MiB and more is not allowed for");
    assert!(flipped(&polls, 3, 9, 0x02).0 > 0, "no method");
    assert!(flipped(&polls, 4, 9, 0x10).1 > 0, "another field than the status");
    assert!(flipped(&polls, 4, 4, END_HEADERS).1 > 0, "a block that does not end");
    assert!(flipped(&polls, 4, 9 + 5 + 4, PADDED).1 > 0, "padding that is none");
    assert!(flipped(&polls, 6, 10, 0x40).1 > 0, "a number that no field has");
    assert!(flipped(&talk, 5, 9, 0x40).1 > 0, "a reserved bit of a message");
}

#[test]
fn a_frame_has_the_length_that_the_other_side_allows() {
    let long = |announced: &[u8]| {
        let mut parts =
            vec![up([&PREFACE[..], &frame(SETTINGS, 0, 0, announced)].concat()), down(frame(SETTINGS, 0, 0, b""))];
        parts.extend([ask(1), down(headers(1, 0, OK)), down(frame(DATA, END_STREAM, 1, &[b'x'; 20_000]))]);
        dissect_with(Dissector::new(Transport::Polling, Encoding::Text, true), &parts, || 1000).0.down.other
    };
    assert_eq!(long(b""), 20_009);
    assert_eq!(long(b"\x00\x05\x00\x00\x80\x00"), 0);
}

/// Streams do not end each other's exchanges; a frame that is control is entered by itself.
#[test]
fn each_stream_has_its_own_phases() {
    let (mut dissector, mut ledger) = (Dissector::new(Transport::Sse, Encoding::Text, true), Ledger::default());
    for (way, bytes) in opening().into_iter().chain([ask(1), ask(3), down(headers(1, 0, OK))]) {
        match way {
            Way::Up => dissector.sent(&bytes, &mut ledger),
            Way::Down => dissector.received(&bytes, &mut ledger),
        }
    }
    let event = sse::text_event(&payload(1, Encoding::Text));
    let whole = 9 + event.len() as u64;
    ledger.turn(Phase::Warmup);
    // an event of one stream begins, one of another is whole, a control frame begins
    dissector.received(&data(1, &event)[..30], &mut ledger);
    let ping = frame(PING, 0, 0, b"12345678");
    dissector.sent(&ping[..12], &mut ledger);
    ledger.turn(Phase::Steady);
    dissector.received(&data(1, &event)[30..], &mut ledger);
    let padded = frame(DATA, PADDED, 1, &[&[4], &event[..], &[0; 4]].concat());
    dissector.received(&padded[..padded.len() - 4], &mut ledger);
    ledger.turn(Phase::Drain);
    dissector.received(&[0; 4], &mut ledger);
    dissector.sent(&ping[12..], &mut ledger);
    dissector.received(&headers(3, 0, OK), &mut ledger);
    dissector.end(&mut ledger);
    let of = |phase: Phase| ledger.entered()[phase as usize];
    let total = |phase| (of(phase).up.total(), of(phase).down.total());
    assert_eq!(total(Phase::Setup), (OPENING_UP + 12, OPENING_DOWN + 10), "and one of two requests");
    assert_eq!(total(Phase::Warmup), (0, 0));
    assert_eq!(total(Phase::Drain), (17 + 12, 10), "the other request");
    assert_eq!(of(Phase::Steady).down.total(), 2 * whole + 1 + 4, "padding goes with what it follows");
    let phases: Vec<_> = std::iter::from_fn(|| ledger.take()).collect();
    assert_eq!(phases, [Phase::Setup, Phase::Steady, Phase::Steady, Phase::Drain]);
}

/// What was under way when the client gave a stream up is still what it is, and given to nobody.
#[test]
fn what_comes_after_a_reset_is_placed() {
    let event = sse::text_event(&payload(1, Encoding::Text));
    let mut parts = opening();
    parts.extend([ask(1), down(headers(1, 0, OK)), down(&data(1, &event)[..20])]);
    parts.extend([up(frame(RST_STREAM, 0, 1, &[0, 0, 0, 8])), down(&data(1, &event)[20..]), down(data(1, &event))]);
    let dissector = || Dissector::new(Transport::Sse, Encoding::Text, true);
    let (all, given) = dissect_with(dissector(), &parts, || usize::MAX);
    let number = payload(1, Encoding::Text).len() as u64;
    let framing = 2 * (event.len() as u64 - number) + 3 * 9;
    assert_eq!((all.down, given), (layers(2 * number, framing, 1, OPENING_DOWN, 0), 1));
    // a stream that ended is another thing
    parts.extend([down(frame(DATA, END_STREAM, 1, b"")), down(data(1, b"x"))]);
    assert_eq!(dissect_with(dissector(), &parts, || usize::MAX).0.down.other, 10);
}
