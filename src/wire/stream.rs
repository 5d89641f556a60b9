//! What is left of a connection after an upgrade: a plain stream of bytes.

use super::counted::Counted;
use bytes::{Buf, Bytes};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// An upgraded connection.
#[derive(Debug)]
pub struct Stream {
    /// What was read together with the upgrade's head.
    first: Bytes,
    io: Io,
}

#[derive(Debug)]
enum Io {
    /// The connection itself: nothing stands between the room and the counted socket.
    Direct(Counted),
    /// A stream that hyper still carries.
    Carried(TokioIo<Upgraded>),
}

impl Stream {
    /// Takes the connection out of hyper's hands where that can be done.
    #[must_use]
    pub fn new(upgraded: Upgraded) -> Stream {
        match upgraded.downcast::<TokioIo<Counted>>() {
            Ok(parts) => {
                // a copy: even with nothing in it, hyper's would keep all of the connection's read buffer
                let first = Bytes::copy_from_slice(&parts.read_buf);
                Stream { first, io: Io::Direct(parts.io.into_inner()) }
            }
            Err(upgraded) => Stream { first: Bytes::new(), io: Io::Carried(TokioIo::new(upgraded)) },
        }
    }
}

macro_rules! forward {
    ($self:ident.$call:ident($($argument:expr),*)) => {
        match &mut $self.get_mut().io {
            Io::Direct(io) => Pin::new(io).$call($($argument),*),
            Io::Carried(io) => Pin::new(io).$call($($argument),*),
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.first.has_remaining() {
            let octets = self.first.len().min(buffer.remaining());
            buffer.put_slice(&self.first.split_to(octets));
            return Poll::Ready(Ok(()));
        }
        forward!(self.poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        forward!(self.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        forward!(self.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self.poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        forward!(self.poll_shutdown(context))
    }
}
