//! An exchange as a file for Wireshark: pcapng (draft-ietf-opsawg-pcapng), with the secrets that decrypt it.

use super::packets::Packets;
use super::recording::Recording;
use crate::wire::dissect::ledger::Way;
use crate::wire::recorder::Seen;
use crate::wire::secrets::key_log;
use std::time::{Duration, UNIX_EPOCH};

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;
const SECRETS: u32 = 0x0a;
/// "TLSK": a key log.
const TLS_KEYS: u32 = 0x544c_534b;
/// Packets begin with IP's header (LINKTYPE_RAW).
const RAW_IP: u16 = 101;
/// Of a section's or an interface's.
const COMMENT: u16 = 1;
const PROGRAM: u16 = 4;
/// In which times count: nanoseconds.
const RESOLUTION: (u16, u8) = (9, 9);

/// What the file says of itself.
const RECONSTRUCTED: &str = "Reconstructed by pushbench from what its client read and wrote: octets, order, addresses and \
                             times are real; TCP's handshake, numbers, acknowledgements and segments are made up.";

/// The file.
#[must_use]
pub fn render(recording: &Recording) -> Vec<u8> {
    let since_epoch = recording.date.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let date = u64::try_from(since_epoch.as_nanos()).unwrap_or_default();
    let mut packets = Packets::open(recording.ends, date);
    let seen = if recording.carrier.has_tls() { Seen::Below } else { Seen::Above };
    let mut at = date;
    for piece in recording.pieces.iter().filter(|piece| piece.seen == seen) {
        at = date + piece.at.saturating_sub(recording.began);
        packets.send(usize::from(piece.way == Way::Down), &piece.octets, at);
    }
    // whoever spoke last has ended it
    let last = recording.pieces.iter().rfind(|piece| piece.seen == seen);
    packets.close(usize::from(last.is_some_and(|piece| piece.way == Way::Down)), at);
    let mut file = Vec::new();
    let version = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &1_u16.to_le_bytes(), &0_u16.to_le_bytes(), &[0xff; 8]].concat();
    let program = format!("pushbench {}", env!("CARGO_PKG_VERSION"));
    let options = [option(COMMENT, RECONSTRUCTED.as_bytes()), option(PROGRAM, program.as_bytes()), end()].concat();
    block(&mut file, SECTION, &[version, options].concat());
    let interface = [&RAW_IP.to_le_bytes()[..], &[0; 2], &[0; 4]].concat();
    let options = [option(RESOLUTION.0, &[RESOLUTION.1]), end()].concat();
    block(&mut file, INTERFACE, &[interface, options].concat());
    if !recording.secrets.is_empty() {
        let log = key_log(&recording.secrets);
        let length = u32::try_from(log.len()).unwrap_or(u32::MAX);
        let head = [TLS_KEYS.to_le_bytes(), length.to_le_bytes()].concat();
        block(&mut file, SECRETS, &[head, padded(log.as_bytes())].concat());
    }
    for (at, packet) in &packets.all {
        block(&mut file, PACKET, &entry(*at, packet));
    }
    file
}

fn entry(at: u64, packet: &[u8]) -> Vec<u8> {
    let length = u32::try_from(packet.len()).unwrap_or(u32::MAX).to_le_bytes();
    let [high, low] =
        [at >> 32, at & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or_default().to_le_bytes());
    [&[0; 4][..], &high, &low, &length, &length, &padded(packet)].concat()
}

/// A block: its type and length before it, and its length again behind it.
fn block(file: &mut Vec<u8>, kind: u32, content: &[u8]) {
    let length = u32::try_from(content.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    file.extend(kind.to_le_bytes());
    file.extend(length);
    file.extend(content);
    file.extend(length);
}

fn option(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), &padded(value)].concat()
}

/// The last option.
fn end() -> Vec<u8> {
    vec![0; 4]
}

/// To a multiple of four octets.
fn padded(octets: &[u8]) -> Vec<u8> {
    let mut padded = octets.to_vec();
    padded.resize(octets.len().next_multiple_of(4), 0);
    padded
}
