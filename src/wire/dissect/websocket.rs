//! WebSocket frames of one direction (RFC 6455, 5.2): a data frame's header and mask are framing, ping, pong and close
//! (5.5) are control whole.

use super::ledger::{Layer, Page, Way, What};

/// Two octets, a length of up to eight more, a mask.
const LONGEST_HEADER: usize = 14;
const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASK: u8 = 0x80;
const CONTINUATION: u8 = 0;
const CLOSE: u8 = 8;
const PONG: u8 = 10;

/// Reads frames in pieces of any size.
#[derive(Clone, Debug)]
pub struct Frames {
    way: Way,
    header: [u8; LONGEST_HEADER],
    have: usize,
    /// Of the frame's payload.
    left: u64,
    /// A message has begun whose last fragment has not come.
    fragmented: bool,
    lost: bool,
}

impl Frames {
    /// Before the first frame.
    #[must_use]
    pub fn new(way: Way) -> Frames {
        Frames { way, header: [0; LONGEST_HEADER], have: 0, left: 0, fragmented: false, lost: false }
    }

    /// Places `bytes`.
    pub fn push(&mut self, mut bytes: &[u8], page: &mut Page<'_>) {
        while !bytes.is_empty() && !self.lost {
            if self.left > 0 {
                let octets = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                let layer = if self.is_control() { Layer::Control } else { Layer::Payload };
                page.place(self.way, layer, octets as u64);
                self.left -= octets as u64;
                bytes = &bytes[octets..];
                if self.left == 0 {
                    self.end_frame(page);
                }
                continue;
            }
            let octets = bytes.len().min(self.header_len() - self.have);
            self.header[self.have..self.have + octets].copy_from_slice(&bytes[..octets]);
            self.have += octets;
            bytes = &bytes[octets..];
            if self.have == self.header_len() {
                self.end_header(page);
            }
        }
        if self.lost {
            page.place(self.way, Layer::Other, (bytes.len() + std::mem::take(&mut self.have)) as u64);
            page.enter(false);
        }
    }

    /// The connection has ended, maybe within a header.
    pub fn end(&mut self, page: &mut Page<'_>) {
        // in the frame's payload the header is placed already
        if self.left == 0 && self.have > 0 {
            let layer = if self.is_control() { Layer::Control } else { Layer::Framing };
            page.place(self.way, layer, std::mem::take(&mut self.have) as u64);
        }
    }

    /// Whether no message is under way.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.have == 0 && self.left == 0 && !self.fragmented
    }

    fn opcode(&self) -> u8 {
        self.header[0] & OPCODE
    }

    fn is_control(&self) -> bool {
        self.opcode() >= CLOSE
    }

    /// As far as what was read of it says.
    fn header_len(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        let length = match self.header[1] & !MASK {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + if self.header[1] & MASK == 0 { 0 } else { 4 }
    }

    /// The payload's length; `None` when this is no frame that may stand here.
    fn checked_length(&self) -> Option<u64> {
        let header = &self.header;
        let length = match header[1] & !MASK {
            126 => Some(u64::from(u16::from_be_bytes([header[2], header[3]]))).filter(|&length| length > 125),
            127 => {
                header[2..].first_chunk().map(|octets| u64::from_be_bytes(*octets)).filter(|&length| length >> 16 > 0)
            }
            short => Some(u64::from(short)),
        }?;
        let masked = header[1] & MASK != 0;
        // no extension is negotiated, so that nothing may be reserved (5.2); a client masks, a server does not (5.1)
        let framed = header[0] & RESERVED == 0 && masked == (self.way == Way::Up) && length >> 63 == 0;
        let placed = match self.opcode() {
            CONTINUATION => self.fragmented,
            1 | 2 => !self.fragmented,
            CLOSE..=PONG => header[0] & FIN != 0 && length <= 125,
            _ => false,
        };
        (framed && placed).then_some(length)
    }

    fn end_header(&mut self, page: &mut Page<'_>) {
        let Some(length) = self.checked_length() else {
            self.lost = true;
            return;
        };
        let layer = if self.is_control() { Layer::Control } else { Layer::Framing };
        page.place(self.way, layer, std::mem::take(&mut self.have) as u64);
        self.left = length;
        if length == 0 {
            self.end_frame(page);
        }
    }

    fn end_frame(&mut self, page: &mut Page<'_>) {
        if self.is_control() {
            page.tell(self.way, What::Named("control frame"));
            page.enter_control(self.way);
            return;
        }
        self.fragmented = self.header[0] & FIN == 0;
        if !self.fragmented {
            page.tell(self.way, What::Named("frame"));
            page.enter(self.way == Way::Down);
        }
    }
}
