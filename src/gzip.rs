//! The content coding gzip (RFC 9110, 8.4.1.3): deflate (RFC 1951) between a header and a checksum (RFC 1952).
//!
//! Whole, for the answer to a poll; and as a stream that a reader can follow, for server-sent events: behind each write
//! stands an empty stored block (what zlib calls a sync flush, five octets), so that all before it can be read, and what
//! was written before is the dictionary of what comes.
//!
//! A stream has a window of 32 KiB and the tables to search it, some 300 KiB of which only the pages that were written to
//! count; the backend, which is Rust alone, has no smaller ones. Level 1, as nginx has it unless told otherwise.

use bytes::Bytes;
use flate2::write::GzDecoder;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};
use std::io::{self, Write};

/// Magic, deflate, no flags, no time, nothing said of effort or system (RFC 1952, 2.3.1).
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// CRC-32 and length, four octets each, least significant first.
const TAIL: usize = 8;
/// Deflate makes nothing smaller than by this factor: 258 octets in two bits.
const GREATEST_GROWTH: usize = 1032;

fn deflate() -> Compress {
    Compress::new(Compression::fast(), false)
}

fn tail(crc: &Crc) -> [u8; TAIL] {
    let mut tail = [0; TAIL];
    tail[..4].copy_from_slice(&crc.sum().to_le_bytes());
    tail[4..].copy_from_slice(&crc.amount().to_le_bytes());
    tail
}

/// Packs one body after the other; its tables are made for the first, and used again.
#[derive(Debug, Default)]
pub struct Packer(Option<Compress>);

impl Packer {
    /// `body` in gzip; `None` where that is not smaller.
    pub fn pack(&mut self, body: &[u8]) -> Option<Bytes> {
        let raw = self.0.get_or_insert_with(deflate);
        raw.reset();
        // what needs more room is not smaller
        let mut packed = Vec::with_capacity(body.len().checked_sub(TAIL + 1).filter(|&room| room > HEAD.len())?);
        packed.extend_from_slice(&HEAD);
        let status = raw.compress_vec(body, &mut packed, FlushCompress::Finish);
        if !matches!(status, Ok(Status::StreamEnd)) {
            return None;
        }
        let mut crc = Crc::new();
        crc.update(body);
        packed.extend_from_slice(&tail(&crc));
        Some(packed.into())
    }
}

/// A stream that is being packed.
#[derive(Debug)]
pub struct Packing {
    raw: Compress,
    crc: Crc,
    begun: bool,
}

impl Default for Packing {
    fn default() -> Self {
        Packing { raw: deflate(), crc: Crc::new(), begun: false }
    }
}

impl Packing {
    /// What to send so that a reader has `data`.
    pub fn push(&mut self, data: &[u8]) -> Bytes {
        self.crc.update(data);
        self.run(data, FlushCompress::Sync).into()
    }

    /// What to send at the end.
    #[must_use]
    pub fn finish(mut self) -> Bytes {
        let mut last = self.run(&[], FlushCompress::Finish);
        last.extend_from_slice(&tail(&self.crc));
        last.into()
    }

    fn run(&mut self, mut data: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut packed = Vec::with_capacity(data.len() / 2 + 64);
        if !std::mem::replace(&mut self.begun, true) {
            packed.extend_from_slice(&HEAD);
        }
        loop {
            let before = self.raw.total_in();
            let status = self.raw.compress_vec(data, &mut packed, flush);
            let taken = usize::try_from(self.raw.total_in() - before).unwrap_or(data.len());
            data = &data[taken..];
            // room that is left says that nothing waits for room
            if !matches!(status, Ok(Status::Ok)) || (data.is_empty() && packed.len() < packed.capacity()) {
                return packed;
            }
            packed.reserve(data.len() / 2 + 64);
        }
    }
}

/// Unpacks one body after the other, as [`Packer`] packs them.
#[derive(Debug, Default)]
pub struct Unpacker(Option<Decompress>);

impl Unpacker {
    /// What `packed` stands for; `None` where it is not whole or no gzip of ours.
    pub fn unpack(&mut self, packed: &[u8]) -> Option<Bytes> {
        let (deflated, tail_of_it) =
            packed.strip_prefix(&HEAD[..4])?.get(HEAD.len() - 4..)?.split_last_chunk::<TAIL>()?;
        let [.., a, b, c, d] = *tail_of_it;
        let len = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        let raw = self.0.get_or_insert_with(|| Decompress::new(false));
        raw.reset(false);
        // one octet of room more, or it could not say that it has ended
        let mut body = Vec::with_capacity(len.min(deflated.len() * GREATEST_GROWTH) + 1);
        let status = raw.decompress_vec(deflated, &mut body, FlushDecompress::Finish).ok()?;
        let mut crc = Crc::new();
        crc.update(&body);
        (status == Status::StreamEnd && tail(&crc) == *tail_of_it).then(|| body.into())
    }
}

/// A stream that is being unpacked.
#[derive(Debug)]
pub struct Unpacking(GzDecoder<Vec<u8>>);

impl Default for Unpacking {
    fn default() -> Self {
        Unpacking(GzDecoder::new(Vec::new()))
    }
}

impl Unpacking {
    /// What `packed`, in pieces of any size, adds to the stream.
    ///
    /// # Errors
    /// When it is no gzip.
    pub fn push(&mut self, packed: &[u8]) -> io::Result<Vec<u8>> {
        self.0.write_all(packed)?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.get_mut()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Encoding;
    use crate::update;
    use flate2::read::GzDecoder as Whole;
    use std::io::Read;

    /// What does not shrink: octets of a generator.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1u32;
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    #[test]
    fn bodies_are_unpacked_as_they_were_packed_one_after_the_other() {
        let (mut packer, mut unpacker) = (Packer::default(), Unpacker::default());
        for (number, size) in (1..).zip([100, 1000, 300_000, 64, 4096]) {
            for encoding in [Encoding::Text, Encoding::Binary] {
                let body = update::encode(number, size, encoding).repeat(3);
                let packed = packer.pack(&body).expect("it repeats itself");
                assert!(packed.len() < body.len() && packed.starts_with(&HEAD), "{size}");
                assert_eq!(unpacker.unpack(&packed).as_deref(), Some(&body[..]), "{size}");
                let mut theirs = Vec::new();
                Whole::new(&packed[..]).read_to_end(&mut theirs).expect("gzip");
                assert_eq!(theirs, body, "{size}");
                for broken in [&packed[..packed.len() - 1], &packed[1..], &packed[..12], b""] {
                    assert_eq!(unpacker.unpack(broken), None, "{size}");
                }
            }
        }
    }

    #[test]
    fn what_does_not_get_smaller_is_not_packed() {
        let mut packer = Packer::default();
        assert_eq!(packer.pack(b""), None);
        assert_eq!(packer.pack(b"0000000000000017 abc"), None);
        assert_eq!(packer.pack(&noise(10_000)), None);
    }

    #[test]
    fn a_stream_can_be_read_to_each_of_its_writes() {
        let (mut packing, mut unpacking) = (Packing::default(), Unpacking::default());
        let (mut whole, mut sent) = (Vec::new(), Vec::new());
        let writes = (1..200).map(|n| update::encode(n, 20 + usize::try_from(n).expect("small") * 7, Encoding::Text));
        let large = [noise(200_000).into(), update::encode(200, 1 << 20, Encoding::Binary)];
        for (index, write) in writes.chain(large).enumerate() {
            let packed = packing.push(&write);
            let mut read = Vec::new();
            for piece in packed.chunks(1 + index * 3) {
                read.extend(unpacking.push(piece).expect("gzip"));
            }
            assert!(read == write, "write {index}");
            if index == 150 {
                assert!(packed.len() < 40, "{} B: the writes before are its dictionary", packed.len());
            }
            sent.extend(packed);
            whole.extend(read);
        }
        sent.extend(packing.finish());
        let mut theirs = Vec::new();
        Whole::new(&sent[..]).read_to_end(&mut theirs).expect("gzip with its end");
        assert!(theirs == whole);
    }

    #[test]
    fn no_gzip_is_no_stream() {
        assert!(Unpacking::default().push(b"id: 17\ndata: plain\n\n").is_err());
    }
}
