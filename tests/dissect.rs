//! The dissectors: exact on transcripts, the same however a stream is split, never in a panic.

use pushbench::kind::{Encoding, Transport};
use pushbench::totals::{Layers, Ways};
use pushbench::transport::{raw_tcp, sse, websocket};
use pushbench::trial::Phase;
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::dissect::ledger::{Ledger, Way};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

#[path = "dissect/http2.rs"]
mod http2;
#[path = "dissect/hyper.rs"]
mod hyper;

type Part = (Way, Vec<u8>);

fn up(bytes: impl AsRef<[u8]>) -> Part {
    (Way::Up, bytes.as_ref().to_vec())
}

fn down(bytes: impl AsRef<[u8]>) -> Part {
    (Way::Down, bytes.as_ref().to_vec())
}

/// All that a connection carried, `piece` octets at a time, and how many messages the room would give.
fn dissect(
    transport: Transport,
    encoding: Encoding,
    parts: &[Part],
    piece: impl FnMut() -> usize,
) -> (Ways<Layers>, u32) {
    dissect_with(Dissector::new(transport, encoding, false), parts, piece)
}

fn dissect_with(mut dissector: Dissector, parts: &[Part], mut piece: impl FnMut() -> usize) -> (Ways<Layers>, u32) {
    let mut ledger = Ledger::default();
    for (way, bytes) in parts {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (now, after) = rest.split_at(piece().clamp(1, rest.len()));
            match way {
                Way::Up => dissector.sent(now, &mut ledger),
                Way::Down => dissector.received(now, &mut ledger),
            }
            rest = after;
        }
    }
    dissector.end(&mut ledger);
    let octets =
        |wanted| parts.iter().filter(|(way, _)| *way == wanted).map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
    assert_eq!(ledger.placed(), [octets(Way::Up), octets(Way::Down)], "every octet is placed once");
    let mut all = Ways::default();
    ledger.entered().into_iter().for_each(|phase| all += phase);
    assert_eq!([all.up.total(), all.down.total()], ledger.placed(), "and entered once");
    (all, std::iter::from_fn(|| ledger.take()).count().try_into().expect("few"))
}

const REQUEST: &str = "GET /x?since=0 HTTP/1.1\r\nhost: a\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n";
const STREAM: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";

fn payload(number: u64, encoding: Encoding) -> bytes::Bytes {
    update::encode(number, 20 + usize::try_from(number).expect("small") * 31, encoding)
}

fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:X}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

fn answer(body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
}

fn layers(payload: u64, framing: u64, headers: u64, control: u64, other: u64) -> Layers {
    Layers { payload, framing, headers, control, other, tls: 0 }
}

/// Compressed content, whatever it is: payload as it was sent. And an answer to a condition.
fn coded_streams() -> Vec<(Transport, Encoding, Vec<Part>, Layers, u32)> {
    let body: Vec<u8> = (0..=255).chain(b"\r\n\n0\r\n\r\n".iter().copied()).collect();
    let octets = body.len() as u64;
    let coded = [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\ncontent-length: 264\r\n\r\n", &body[..]].concat();
    let unmodified = b"HTTP/1.1 304 Not Modified\r\netag: \"17\"\r\n\r\n";
    let heads = (coded.len() + unmodified.len()) as u64 - octets;
    let polls = vec![up(REQUEST), down(&coded), up(REQUEST), down(unmodified)];
    let open = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n";
    let events = [&open[..], &chunk(&body[..40]), &chunk(&body[40..]), b"0\r\n\r\n"].concat();
    vec![
        (Transport::LongPolling, Encoding::Binary, polls, layers(octets, 0, heads, 0, 0), 2),
        // 28 and E0, each with two line ends, and the last chunk; of its messages only the opening is known
        (
            Transport::Sse,
            Encoding::Text,
            vec![up(REQUEST), down(events)],
            layers(octets, 17, open.len() as u64, 0, 0),
            1,
        ),
    ]
}

/// A stream of each kind, with all that it can have.
fn streams() -> Vec<(Transport, Encoding, Vec<Part>, Layers, u32)> {
    let updates = |encoding| [1, 2, 3, 9].map(|number| payload(number, encoding));
    let all = updates(Encoding::Text).iter().map(|update| update.len() as u64).sum::<u64>();
    let (switch, stream) = (SWITCH.len() as u64, STREAM.len() as u64);
    let mut streams = Vec::new();
    for (encoding, framing) in [(Encoding::Text, 3), (Encoding::Binary, 16)] {
        let body = update::join(updates(encoding).iter().map(|update| &update[..]), encoding);
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
        let chunked = [STREAM.as_bytes(), &chunk(&body[..30]), &chunk(&body[30..]), b"0\r\nt: v\r\n\r\n"].concat();
        let heads = (answer(&body).len() - body.len() + empty.len() + 25) as u64 + stream + 6;
        let parts = vec![
            up(REQUEST),
            down(answer(&body)),
            up(REQUEST),
            down(empty),
            up(REQUEST),
            down([b"HTTP/1.1 100 Continue\r\n\r\n", &chunked[..]].concat()),
        ];
        // the chunks' lines: 1E and three digits, each with two line ends; the last one
        let expected = layers(2 * all, 2 * framing + 6 + 7 + 5, heads, 0, 0);
        streams.push((Transport::Polling, encoding, parts, expected, 3));
    }
    for (encoding, event) in [(Encoding::Text, sse::text_event as fn(&_) -> _), (Encoding::Binary, sse::binary_event)] {
        let events: Vec<u8> = updates(encoding).iter().flat_map(event).collect();
        let (retry, comment) = (b"retry: 1000\n\n", b": hello\r\n\r\n");
        let body = [&chunk(retry)[..], &chunk(&events), &chunk(comment), b"0\r\n\r\n"].concat();
        let framing = events.len() as u64 - all + 5 + 7 + 5 + 5;
        let parts = vec![up(REQUEST), down([STREAM.as_bytes(), &body].concat())];
        let control = (retry.len() + comment.len()) as u64;
        streams.push((Transport::Sse, encoding, parts, layers(all, framing, stream, control, 0), 5));
    }
    let mut frames: Vec<u8> = updates(Encoding::Text).iter().flat_map(websocket::text_frame).collect();
    let whole = frames.len() as u64;
    frames.extend(b"\x01\x03abc\x89\x02hi\x00\x00\x80\x02de\x88\x02\x03\xe8");
    let parts =
        vec![up(REQUEST), down(SWITCH), down(&frames), up(b"\x8a\x82mask\x05\x08\x88\x80mask"), down(b"\x8a\x00")];
    let expected = layers(all + 5, whole - all + 6, switch, 4 + 4 + 2, 0);
    streams.push((Transport::Websocket, Encoding::Text, parts, expected, 6));
    let prefixed: Vec<u8> = updates(Encoding::Text).iter().flat_map(raw_tcp::frame).collect();
    let parts = vec![up(REQUEST), down([SWITCH.as_bytes(), &prefixed].concat())];
    streams.push((Transport::RawTcp, Encoding::Text, parts, layers(all, 16, switch, 0, 0), 5));
    streams.extend(coded_streams());
    let refusal = b"HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\nbusy\n";
    let parts = vec![up(REQUEST), down(refusal)];
    streams.push((Transport::LongPolling, Encoding::Text, parts, layers(0, 0, refusal.len() as u64 - 5, 0, 5), 0));
    streams
}

#[test]
fn every_octet_is_in_its_layer() {
    for (transport, encoding, parts, expected, messages) in streams() {
        let (all, given) = dissect(transport, encoding, &parts, || usize::MAX);
        assert_eq!((all.down, given), (expected, messages), "{transport} {encoding:?}");
        let control = if transport == Transport::Websocket { 14 } else { 0 };
        let heads = parts.iter().filter(|(_, bytes)| bytes == REQUEST.as_bytes()).count() * REQUEST.len();
        assert_eq!(all.up, layers(0, 0, heads as u64, control, 0), "{transport} {encoding:?}");
    }
}

#[test]
fn any_split_gives_the_same_ledger_of_good_and_of_broken_streams() {
    let mut random = Pcg64::seed_from_u64(5);
    let mut lost = 0;
    for (transport, encoding, parts, expected, _) in streams() {
        for round in 0..600 {
            let mut parts = parts.clone();
            // the first are whole; of the others one octet, or a few, are others, and some end early
            for _ in 0..(round / 100) {
                let part = below(&mut random, parts.len());
                let at = below(&mut random, parts[part].1.len());
                parts[part].1[at] ^= u8::try_from(1 + below(&mut random, 255)).expect("an octet");
            }
            if round % 3 == 0 {
                let last = parts.last_mut().expect("some");
                let len = 1 + below(&mut random, last.1.len());
                last.1.truncate(len);
            }
            let whole = dissect(transport, encoding, &parts, || usize::MAX);
            let single = dissect(transport, encoding, &parts, || 1);
            let longest = 1 + below(&mut random, 40);
            let pieces = dissect(transport, encoding, &parts, || 1 + below(&mut random, longest));
            assert_eq!(single, whole, "{transport} {encoding:?}, octet by octet, round {round}");
            assert_eq!(pieces, whole, "{transport} {encoding:?}, in pieces of up to {longest}, round {round}");
            lost += u32::from(expected.other == 0 && whole.0.down.other > 0);
        }
    }
    assert!(lost > 300, "of 3,500 broken streams {lost} show it in `other`; the rest is still a stream");
}

#[test]
fn noise_is_placed_and_does_not_panic() {
    let mut random = Pcg64::seed_from_u64(6);
    for round in 0..2000 {
        for (transport, encoding, mut parts, ..) in streams() {
            // noise behind each head in turn, and alone
            let from = below(&mut random, parts.len());
            let mut noise: Vec<u8> = (0..below(&mut random, 300)).map(|_| random.next_u32().to_le_bytes()[0]).collect();
            if round % 2 == 0 {
                noise
                    .iter_mut()
                    .for_each(|octet| *octet = b"\r\n:;0123456789abcdef =\x81\x01\x02"[usize::from(*octet) % 25]);
            }
            parts[from].1.truncate(if round % 3 == 0 { 0 } else { usize::MAX });
            parts[from].1.extend(noise);
            let whole = dissect(transport, encoding, &parts, || usize::MAX);
            let longest = 1 + below(&mut random, 20);
            let pieces = dissect(transport, encoding, &parts, || 1 + below(&mut random, longest));
            assert_eq!(pieces, whole, "{transport} {encoding:?} round {round}: {parts:?}");
        }
    }
}

#[test]
fn one_octet_flipped_where_it_matters_is_other() {
    let streams = streams();
    let flipped = |transport: Transport, part: usize, at: usize| {
        let (_, encoding, parts, ..) = streams.iter().find(|stream| stream.0 == transport).expect("there is one");
        let mut parts = parts.clone();
        parts[part].1[at] ^= 0x40;
        let (all, _) = dissect(transport, *encoding, &parts, || usize::MAX);
        (all.up.other, all.down.other)
    };
    assert!(flipped(Transport::Polling, 0, 0).0 > 0, "no method");
    assert!(flipped(Transport::Polling, 1, 0).1 > 0, "no status line");
    assert!(flipped(Transport::Sse, 1, STREAM.len()).1 > 0, "no chunk's size");
    assert!(flipped(Transport::Websocket, 2, 0).1 > 0, "a reserved bit");
    assert!(flipped(Transport::Websocket, 3, 0).0 > 0, "a reserved bit");
    assert!(flipped(Transport::RawTcp, 1, SWITCH.len()).1 > 0, "a length beyond all");
}

/// A 304 says that nothing is new, and whoever asked has an answer.
#[test]
fn a_poll_that_brought_nothing_was_answered() {
    let parts = [up(REQUEST), down("HTTP/1.1 304 Not Modified\r\netag: 1\r\n\r\n")];
    for (transport, given) in [(Transport::Polling, 1), (Transport::LongPolling, 1), (Transport::Sse, 0)] {
        let (all, answers) = dissect(transport, Encoding::Text, &parts, || usize::MAX);
        assert_eq!((all.down, answers), (layers(0, 0, parts[1].1.len() as u64, 0, 0), given), "{transport}");
    }
}

/// What was whole belongs to the phase of its last octet, and so does the request that asked for it.
#[test]
fn an_exchange_belongs_to_the_phase_of_its_last_octet() {
    let (mut dissector, mut ledger) =
        (Dissector::new(Transport::LongPolling, Encoding::Text, false), Ledger::default());
    ledger.turn(Phase::Warmup);
    dissector.sent(REQUEST.as_bytes(), &mut ledger);
    let body = answer(b"0000000000000017 abc");
    dissector.received(&body[..body.len() - 1], &mut ledger);
    assert_eq!(ledger.take(), None);
    ledger.turn(Phase::Steady);
    dissector.received(&body[body.len() - 1..], &mut ledger);
    assert_eq!((ledger.take(), ledger.take()), (Some(Phase::Steady), None));
    let of = |ledger: &Ledger, phase: Phase| ledger.entered()[phase as usize];
    assert_eq!(of(&ledger, Phase::Warmup), Ways::default());
    let steady = of(&ledger, Phase::Steady);
    assert_eq!((steady.up.total(), steady.down.total()), (REQUEST.len() as u64, body.len() as u64));

    // one read that ends a message and begins another; and a chunk's line end that comes late goes with its event
    let (mut dissector, mut ledger) = (Dissector::new(Transport::Sse, Encoding::Text, false), Ledger::default());
    dissector.sent(REQUEST.as_bytes(), &mut ledger);
    dissector.received(STREAM.as_bytes(), &mut ledger);
    let event = chunk(&sse::text_event(&payload(1, Encoding::Text)));
    ledger.turn(Phase::Warmup);
    dissector.received(&event, &mut ledger);
    dissector.received(&event[..event.len() - 2], &mut ledger);
    ledger.turn(Phase::Steady);
    dissector.received(b"\r\n", &mut ledger);
    dissector.received(&[&event[..], &event[..9]].concat(), &mut ledger);
    dissector.end(&mut ledger);
    assert_eq!(of(&ledger, Phase::Warmup).down.total(), 2 * event.len() as u64);
    assert_eq!(of(&ledger, Phase::Steady).down.total(), (event.len() + 9) as u64);
    let phases: Vec<_> = std::iter::from_fn(|| ledger.take()).collect();
    assert_eq!(phases, [Phase::Setup, Phase::Warmup, Phase::Warmup, Phase::Steady]);
}

fn below(random: &mut Pcg64, end: usize) -> usize {
    usize::try_from(random.next_u64() % end.max(1) as u64).expect("small")
}
