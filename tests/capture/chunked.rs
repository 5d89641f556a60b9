//! An event stream is one chunked body that ends with its connection, in the middle. tshark dissects a body's chunks
//! only once its last one is there: so the octets of these streams are captured once more, by hand, with a last chunk.

use std::io::{self, Write};
use std::path::Path;

/// What is added (RFC 9112, 7.1), all of it framing.
pub(crate) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// LINKTYPE_RAW: packets begin with the IP header.
const RAW: u32 = 101;
/// Octets a packet.
const SEGMENT: usize = 1400;
const ADDRESS: [u8; 4] = [127, 0, 0, 1];
/// Where tshark expects HTTP in any case.
const SERVER: u16 = 8080;

/// Writes a capture in which a server sends each of `streams`, in their order, on a connection of its own.
pub(crate) fn write(path: &Path, streams: &[Vec<u8>]) -> io::Result<()> {
    let mut file = io::BufWriter::new(std::fs::File::create(path)?);
    // the libpcap format: magic, version 2.4, time zone, accuracy, longest packet, link type
    file.write_all(&0xa1b2_c3d4_u32.to_ne_bytes())?;
    file.write_all(&[2_u16.to_ne_bytes(), 4_u16.to_ne_bytes()].concat())?;
    for word in [0, 0, 65_535, RAW] {
        file.write_all(&word.to_ne_bytes())?;
    }
    for (client, stream) in (20_000..).zip(streams) {
        let octets = [stream, LAST_CHUNK].concat();
        for (index, content) in octets.chunks(SEGMENT).enumerate() {
            let packet = packet(client, 1 + index * SEGMENT, content);
            let length = u32::try_from(packet.len()).expect("it is short");
            for word in [0, 0, length, length] {
                file.write_all(&word.to_ne_bytes())?;
            }
            file.write_all(&packet)?;
        }
    }
    file.flush()
}

/// A packet without options and checksums.
fn packet(client: u16, sequence: usize, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + content.len()).expect("it is short");
    let sequence = u32::try_from(sequence).expect("a stream of a trial is short");
    // IPv4 (RFC 791, 3.1): version and header length, length, do not fragment, time to live, TCP
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
    packet.extend([ADDRESS, ADDRESS].concat());
    // TCP (RFC 9293, 3.1): ports, sequence, acknowledgement, header length, PSH and ACK, window
    packet.extend([SERVER.to_be_bytes(), client.to_be_bytes()].concat());
    packet.extend(sequence.to_be_bytes());
    packet.extend(1_u32.to_be_bytes());
    packet.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(content);
    packet
}
