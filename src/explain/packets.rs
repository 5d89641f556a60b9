//! Packets that could have carried an exchange: IPv4 and TCP, made up from what was read and written.
//!
//! The kernel's own are not seen here. What these have in common with them are the octets, their order, both ends'
//! addresses and the times at the client; handshake, acknowledgements and where a segment ends are as the RFC has them.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

/// What a segment carries at most: an Ethernet's.
const SEGMENT: usize = 1460;
const WINDOW: u16 = u16::MAX;
/// The window counts in 256 octets, so that no exchange fills it.
const SCALE: u8 = 8;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PUSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// The packets of one connection, in the order of time.
#[derive(Debug)]
pub struct Packets {
    /// The client's end, the server's.
    ends: [SocketAddrV4; 2],
    /// The number of each side's next octet.
    next: [u32; 2],
    identification: u16,
    /// When, in nanoseconds, and what.
    pub all: Vec<(u64, Vec<u8>)>,
}

impl Packets {
    /// The three that open a connection.
    #[must_use]
    pub fn open(ends: [SocketAddr; 2], at: u64) -> Packets {
        let ends = ends.map(|end| match end {
            SocketAddr::V4(end) => end,
            SocketAddr::V6(end) => SocketAddrV4::new(Ipv4Addr::LOCALHOST, end.port()),
        });
        let mut packets = Packets { ends, next: [1_000, 5_000], identification: 0, all: Vec::new() };
        packets.segment(0, SYN, &[], at);
        packets.segment(1, SYN | ACK, &[], at);
        packets.segment(0, ACK, &[], at);
        packets
    }

    /// What `side` sent, in segments, and the other one's acknowledgement.
    pub fn send(&mut self, side: usize, octets: &[u8], at: u64) {
        let last = octets.len().div_ceil(SEGMENT).saturating_sub(1);
        for (index, piece) in octets.chunks(SEGMENT).enumerate() {
            self.segment(side, if index == last { ACK | PUSH } else { ACK }, piece, at);
        }
        if !octets.is_empty() {
            self.segment(1 - side, ACK, &[], at);
        }
    }

    /// The four that close it, `first` first.
    pub fn close(&mut self, first: usize, at: u64) {
        for side in [first, 1 - first] {
            self.segment(side, FIN | ACK, &[], at);
            self.segment(1 - side, ACK, &[], at);
        }
    }

    /// A packet (RFC 791, 3.1; RFC 9293, 3.1).
    fn segment(&mut self, side: usize, flags: u8, octets: &[u8], at: u64) {
        let (from, to) = (self.ends[side], self.ends[1 - side]);
        let sequence = self.next[side];
        let acknowledged = if flags & ACK == 0 { 0 } else { self.next[1 - side] };
        // the largest segment; nothing; how the window counts
        let options: &[u8] = if flags & SYN == 0 { &[] } else { &[2, 4, 0x05, 0xb4, 1, 3, 3, SCALE] };
        let head = u8::try_from(20 + options.len()).unwrap_or(20);
        let mut tcp = Vec::with_capacity(usize::from(head) + octets.len());
        tcp.extend(from.port().to_be_bytes());
        tcp.extend(to.port().to_be_bytes());
        tcp.extend(sequence.to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([(head / 4) << 4, flags]);
        tcp.extend(WINDOW.to_be_bytes());
        tcp.extend([0, 0, 0, 0]);
        tcp.extend(options);
        tcp.extend(octets);
        let length = u16::try_from(tcp.len()).unwrap_or(u16::MAX);
        let pseudo = [&from.ip().octets()[..], &to.ip().octets(), &[0, 6], &length.to_be_bytes(), &tcp].concat();
        let sum = checksum(&pseudo);
        tcp[16..18].copy_from_slice(&sum);
        let packet = [&self.ip(from, to, length)[..], &tcp].concat();
        self.all.push((at, packet));
        let counted = octets.len() + usize::from(flags & (SYN | FIN) != 0);
        self.next[side] = sequence.wrapping_add(u32::try_from(counted).unwrap_or(u32::MAX));
    }

    fn ip(&mut self, from: SocketAddrV4, to: SocketAddrV4, length: u16) -> [u8; 20] {
        self.identification = self.identification.wrapping_add(1);
        let mut ip = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        ip[2..4].copy_from_slice(&length.saturating_add(20).to_be_bytes());
        ip[4..6].copy_from_slice(&self.identification.to_be_bytes());
        ip[12..16].copy_from_slice(&from.ip().octets());
        ip[16..20].copy_from_slice(&to.ip().octets());
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum);
        ip
    }
}

/// The internet's checksum (RFC 1071).
fn checksum(octets: &[u8]) -> [u8; 2] {
    let mut sum: u64 =
        octets.chunks(2).map(|pair| u64::from(pair[0]) << 8 | pair.get(1).map_or(0, |&o| o.into())).sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    (!u16::try_from(sum).unwrap_or_default()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_hold_and_numbers_go_on() {
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), [0x22, 0x0d], "RFC 1071, 3");
        let ends = ["127.0.0.1:4000", "127.0.0.1:80"].map(|end| end.parse().expect("an address"));
        let mut packets = Packets::open(ends, 0);
        packets.send(0, &[7; 3000], 1);
        packets.close(1, 2);
        let sizes: Vec<usize> = packets.all.iter().map(|(_, packet)| packet.len()).collect();
        assert_eq!(sizes, [48, 48, 40, 1500, 1500, 120, 40, 40, 40, 40, 40]);
        for (_, packet) in &packets.all {
            assert_eq!(checksum(&packet[..20]), [0, 0], "one that holds gives zero");
        }
        assert_eq!(packets.next, [1_000 + 1 + 3000 + 1, 5_000 + 1 + 1]);
    }
}
