//! What tshark does not look into, read by the transports' transcripts: batches, events, length-prefixed updates, and a
//! WebSocket's frames in an HTTP/2 stream. It shares nothing with the dissectors that are tested.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushbench::kind::{Encoding, Transport};
use pushbench::totals::Layers;
use pushbench::trial::Trial;

/// Places the octets of a body, or of a stream.
pub(crate) fn place(trial: &Trial, octets: &[u8], layers: &mut Layers) {
    place_in(trial.transport, trial.feed.encoding, octets, layers);
}

fn place_in(transport: Transport, encoding: Encoding, octets: &[u8], layers: &mut Layers) {
    let binary = encoding == Encoding::Binary;
    let rest = match transport {
        Transport::Polling | Transport::LongPolling if !binary => batch(octets, layers),
        Transport::Polling | Transport::LongPolling | Transport::RawTcp => prefixed(octets, layers),
        Transport::Sse => events(octets, binary, layers),
        Transport::Websocket => frames(octets, layers),
    };
    layers.other += rest as u64;
}

/// Line feeds stand between updates. Each reader gives how many octets it could not read.
fn batch(octets: &[u8], layers: &mut Layers) -> usize {
    let updates = octets.split(|&octet| octet == b'\n');
    let payload: usize = updates.map(<[u8]>::len).sum();
    layers.payload += payload as u64;
    layers.framing += (octets.len() - payload) as u64;
    0
}

/// Blocks that a blank line ends, of lines. Binary updates stand there in base64.
fn events(octets: &[u8], binary: bool, layers: &mut Layers) -> usize {
    let Ok(mut text) = std::str::from_utf8(octets) else { return octets.len() };
    while let Some((block, rest)) = text.split_once("\n\n") {
        let is_control = |line: &&str| line.starts_with(':') || line.starts_with("retry:");
        let (control, others): (Vec<_>, Vec<_>) = block.split('\n').partition(is_control);
        layers.control += control.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
        for line in &others {
            let decoded = |data: &str| STANDARD.decode(data).expect("base64").len();
            let length = |data: &str| if binary { decoded(data) } else { data.len() };
            let payload = line.strip_prefix("data: ").map_or(0, length) as u64;
            layers.payload += payload;
            layers.framing += line.len() as u64 + 1 - payload;
        }
        *(if others.is_empty() { &mut layers.control } else { &mut layers.framing }) += 1;
        text = rest;
    }
    text.len()
}

/// Updates, each behind its length in four octets.
fn prefixed(mut octets: &[u8], layers: &mut Layers) -> usize {
    while let Some((length, rest)) = octets.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(rest) = rest.get(length..) else { break };
        layers.framing += 4;
        layers.payload += length as u64;
        octets = rest;
    }
    octets.len()
}

/// Frames (RFC 6455, 5.2).
fn frames(mut octets: &[u8], layers: &mut Layers) -> usize {
    while let [first, second, ..] = *octets {
        let (more, length) = match second & 0x7f {
            126 => (2, octets.get(2..4).map(|length| u64::from(length[0]) << 8 | u64::from(length[1]))),
            127 => (8, octets.get(2..10).and_then(|length| Some(u64::from_be_bytes(length.try_into().ok()?)))),
            short => (0, Some(u64::from(short))),
        };
        let header = 2 + more + if second & 0x80 == 0 { 0 } else { 4 };
        let whole = length.and_then(|length| Some((length, usize::try_from(length).ok()?.checked_add(header)?)));
        let Some((length, whole)) = whole.filter(|(_, whole)| *whole <= octets.len()) else { break };
        if first & 0x0f >= 8 {
            layers.control += whole as u64;
        } else {
            layers.framing += header as u64;
            layers.payload += length;
        }
        octets = &octets[whole..];
    }
    octets.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(transport: Transport, encoding: Encoding, octets: &[u8]) -> [u64; 4] {
        let mut layers = Layers::default();
        place_in(transport, encoding, octets, &mut layers);
        assert_eq!(layers.total(), octets.len() as u64);
        [layers.payload, layers.framing, layers.control, layers.other]
    }

    #[test]
    fn each_is_read_as_its_transcript_says() {
        let text = |transport, octets| placed(transport, Encoding::Text, octets);
        assert_eq!(text(Transport::Polling, b"one\nfour"), [7, 1, 0, 0]);
        assert_eq!(text(Transport::RawTcp, b"\0\0\0\x03one\0\0\0\x04fo"), [3, 4, 0, 6]);
        assert_eq!(text(Transport::Sse, b"retry: 1000\n\nid: 1\ndata: one\n\n: still here\n\nda"), [3, 14, 27, 2]);
        assert_eq!(text(Transport::Websocket, b"\x81\x03one\x89\x80mask\x81\x7e\0\x03oneX"), [6, 6, 6, 1]);
        let binary = |transport, octets| placed(transport, Encoding::Binary, octets);
        assert_eq!(binary(Transport::LongPolling, b"\0\0\0\x03one\0\0\0\x01\n"), [4, 8, 0, 0]);
        assert_eq!(binary(Transport::Sse, b"data: b25lIQ==\n\n"), [4, 12, 0, 0]);
    }
}
