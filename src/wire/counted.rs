//! The counted stream: directly on the socket, below everything else. Two additions a system call.
//!
//! Whoever uses the stream may drop it when it likes (hyper does); the socket then comes home to its [`Home`], which
//! half-closes it, reads to the other side's end of stream and only then closes: totals of both sides can be equal.

use super::socket;
use crate::clock::{self, Nanos};
use crate::totals::Connection;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// The running counts of one client (or of one connection of the server). One writer at a time, any number of readers.
#[derive(Debug, Default)]
pub struct Tap {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Tap {
    /// Octets written to the socket so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Octets read from it so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    // a load and a store, not a locked addition: a connection is polled by one task at a time
    fn count_sent(&self, octets: usize) {
        self.sent.store(self.sent() + octets as u64, Ordering::Relaxed);
    }

    fn count_received(&self, octets: usize) {
        self.received.store(self.received() + octets as u64, Ordering::Relaxed);
    }
}

/// A socket whose octets are counted.
#[derive(Debug)]
pub struct Counted {
    /// `None` only while it is dropped.
    io: Option<TcpStream>,
    tap: Arc<Tap>,
    home: Option<oneshot::Sender<TcpStream>>,
    /// Whoever uses the stream cannot half-close it.
    only_at_home: bool,
}

impl Counted {
    /// Counts the octets of `io` into `tap`. `client` is the client's address, by which both sides know the connection.
    #[must_use]
    pub fn new(io: TcpStream, client: SocketAddr, tap: Arc<Tap>) -> (Counted, Home) {
        let (home, back) = oneshot::channel();
        let before = (tap.sent(), tap.received());
        let home_of =
            Home { back, io: None, second: false, client, opened: clock::now(), tap: Arc::clone(&tap), before };
        (Counted { io: Some(io), tap, home: Some(home), only_at_home: false }, home_of)
    }

    /// Leaves it to the socket's home when the stream is half-closed. hyper's client would do it as soon as it has an
    /// answer that is the connection's last.
    #[must_use]
    pub fn half_closed_at_home(mut self) -> Counted {
        self.only_at_home = true;
        self
    }

    fn io(self: Pin<&mut Self>) -> (Pin<&mut TcpStream>, &Tap) {
        let this = self.get_mut();
        (Pin::new(this.io.as_mut().expect("taken only by drop")), &this.tap)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let (Some(io), Some(home)) = (self.io.take(), self.home.take()) {
            let _ = home.send(io); // nobody waits for it: then it is closed here
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (io, tap) = self.io();
        let before = buffer.filled().len();
        let result = io.poll_read(context, buffer);
        tap.count_received(buffer.filled().len() - before);
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let (io, tap) = self.io();
        io.poll_write(context, bytes).map_ok(|octets| {
            tap.count_sent(octets);
            octets
        })
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (io, tap) = self.io();
        io.poll_write_vectored(context, slices).map_ok(|octets| {
            tap.count_sent(octets);
            octets
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().0.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.only_at_home { Poll::Ready(Ok(())) } else { self.io().0.poll_shutdown(context) }
    }
}

/// Where a connection's socket comes home to.
#[derive(Debug)]
pub struct Home {
    back: oneshot::Receiver<TcpStream>,
    io: Option<TcpStream>,
    /// The other side is about to close: it half-closes first.
    second: bool,
    client: SocketAddr,
    opened: Nanos,
    tap: Arc<Tap>,
    before: (u64, u64),
}

impl Home {
    /// Lets the other side half-close first, as it is about to do.
    #[must_use]
    pub fn second(self) -> Home {
        Home { second: true, ..self }
    }

    /// Waits until the stream was dropped, half-closes it, reads to the end of stream (for at most `limit`), asks the
    /// kernel for its counters and closes. Can be given up and called again.
    pub async fn finish(&mut self, limit: Duration) -> Connection {
        let (client, opened) = (self.client, self.opened);
        let mut totals = Connection { client, opened, sent: 0, received: 0, eof: false, kernel: None };
        if self.io.is_none() {
            self.io = (&mut self.back).await.ok();
        }
        if let Some(io) = &mut self.io {
            if !self.second {
                let _ = io.shutdown().await; // already closed, or broken: the read below tells
            }
            totals.eof = tokio::time::timeout(limit, read_to_end(io, &self.tap)).await.unwrap_or(false);
            if self.second {
                let _ = io.shutdown().await; // as above
            }
            let connected = io.local_addr().is_ok_and(|own| own == self.client);
            totals.kernel = socket::kernel_counters(io, connected).filter(|_| totals.eof);
        }
        self.io = None;
        totals.sent = self.tap.sent() - self.before.0;
        totals.received = self.tap.received() - self.before.1;
        totals
    }
}

/// Whether the end of stream came.
async fn read_to_end(io: &mut TcpStream, tap: &Tap) -> bool {
    // not in the future itself, which every open connection holds
    let mut rest = vec![0; 4096];
    loop {
        match io.read(&mut rest).await {
            Ok(0) => return true,
            Ok(octets) => tap.count_received(octets),
            Err(_) => return false,
        }
    }
}
