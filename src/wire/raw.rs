//! The counted socket below TLS: octets, and the records that they are (RFC 8446, 5.1).

use super::dissect::ledger::Way;
use super::link::Io;
use super::pieces::written;
use super::recorder::Seen;
use super::tap::Tap;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A record's type, version and length.
const HEADER: usize = 5;

/// A socket that TLS uses.
#[derive(Debug)]
pub struct Raw {
    io: Io,
    tap: Arc<Tap>,
    sent: Records,
    received: Records,
}

impl Raw {
    pub(super) fn new(io: Io, tap: Arc<Tap>) -> Raw {
        Raw { io, tap, sent: Records::default(), received: Records::default() }
    }

    pub(super) fn socket(&self) -> &TcpStream {
        self.io.socket()
    }
}

impl AsyncRead for Raw {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.io).poll_read(context, buffer);
        let bytes = &buffer.filled()[before..];
        this.tap.count_received(bytes.len());
        this.tap.record(Way::Down, Seen::Below, [bytes].into_iter());
        this.tap.count_records([0, this.received.push(bytes)]);
        result
    }
}

impl AsyncWrite for Raw {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.tap.writes();
        Pin::new(&mut this.io).poll_write_vectored(context, slices).map_ok(|octets| {
            this.tap.count_sent(octets);
            this.tap.record(Way::Up, Seen::Below, written(slices, octets));
            let records = written(slices, octets).map(|piece| this.sent.push(piece)).sum();
            this.tap.count_records([records, 0]);
            octets
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

/// Counts the records of one direction, which come in pieces of any size.
#[derive(Debug, Default)]
struct Records {
    header: [u8; HEADER],
    have: usize,
    /// Of the record's contents.
    left: usize,
}

impl Records {
    /// Gives how many records begin in `bytes`.
    fn push(&mut self, mut bytes: &[u8]) -> u64 {
        let mut begun = 0;
        while !bytes.is_empty() {
            let octets = if self.left > 0 { bytes.len().min(self.left) } else { bytes.len().min(HEADER - self.have) };
            if self.left > 0 {
                self.left -= octets;
            } else {
                begun += u64::from(self.have == 0);
                self.header[self.have..self.have + octets].copy_from_slice(&bytes[..octets]);
                self.have += octets;
                if self.have == HEADER {
                    self.have = 0;
                    self.left = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
                }
            }
            bytes = &bytes[octets..];
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_however_they_are_cut() {
        let stream = [&[22, 3, 3, 0, 2, 9, 9][..], &[23, 3, 3, 0, 0], &[23, 3, 3, 0, 1, 7]].concat();
        assert_eq!(Records::default().push(&stream), 3);
        for at in 0..stream.len() {
            let mut records = Records::default();
            assert_eq!(records.push(&stream[..at]) + records.push(&stream[at..]), 3, "cut at {at}");
        }
    }
}
