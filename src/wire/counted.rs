//! The counted stream: directly on the socket, below everything else. Two additions a system call; in the client each
//! octet is placed in its layer, too.
//!
//! Whoever uses the stream may drop it when it likes (hyper does); the socket then comes home to its [`Home`], which
//! half-closes it, reads to the other side's end of stream and only then closes: totals of both sides can be equal.

use super::dissect::connection::Dissector;
use super::dissect::ledger::Ledger;
use super::socket;
use crate::clock::{self, Nanos};
use crate::totals::{Connection, Layers, Ways};
use crate::trial::{Phase, PhaseClock};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// hyper wants a stream that may change threads, hence a lock; it is always free, as a client stays on its thread.
    dissection: Option<Mutex<Dissection>>,
}

#[derive(Debug)]
struct Dissection {
    dissector: Dissector,
    ledger: Ledger,
    clock: Arc<PhaseClock>,
}

impl Dissection {
    /// The dissector, and the ledger at the page of this moment.
    fn now(&mut self) -> (&mut Dissector, &mut Ledger) {
        self.ledger.turn(self.clock.phase(clock::now()));
        (&mut self.dissector, &mut self.ledger)
    }
}

impl Tap {
    /// A client's: `dissector` places each octet, and what is whole belongs to the phase that `clock` says.
    #[must_use]
    pub fn dissecting(dissector: Dissector, clock: Arc<PhaseClock>) -> Tap {
        let dissection = Dissection { dissector, ledger: Ledger::default(), clock };
        Tap { dissection: Some(Mutex::new(dissection)), ..Tap::default() }
    }

    /// The phase in which the exchange or message was whole that the room gives to the sink now; `None` when nothing is
    /// dissected here, or that was not whole.
    #[must_use]
    pub fn take_message(&self) -> Option<Phase> {
        self.dissection()?.ledger.take()
    }

    /// What was entered by layer, in the phases' order; `None` when nothing is dissected here.
    #[must_use]
    pub fn entered(&self) -> Option<[Ways<Layers>; 5]> {
        Some(self.dissection()?.ledger.entered())
    }

    fn dissection(&self) -> Option<MutexGuard<'_, Dissection>> {
        Some(self.dissection.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(&self) {
        if let Some(mut dissection) = self.dissection() {
            dissection.dissector.begin();
            dissection.ledger.begin();
        }
    }

    /// Gives the octets placed on the connection that has ended: up, down.
    fn end(&self) -> Option<[u64; 2]> {
        let mut dissection = self.dissection()?;
        let (dissector, ledger) = dissection.now();
        dissector.end(ledger);
        Some(ledger.placed())
    }

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
    fn count_sent<'a>(&self, octets: usize, pieces: impl Iterator<Item = &'a [u8]>) {
        self.sent.store(self.sent() + octets as u64, Ordering::Relaxed);
        if let Some(mut dissection) = self.dissection() {
            let (dissector, ledger) = dissection.now();
            let mut left = octets;
            for piece in pieces {
                let taken = piece.len().min(left);
                dissector.sent(&piece[..taken], ledger);
                left -= taken;
            }
        }
    }

    fn count_received(&self, octets: &[u8]) {
        if octets.is_empty() {
            return; // nothing was there, as at every second poll
        }
        self.received.store(self.received() + octets.len() as u64, Ordering::Relaxed);
        if let Some(mut dissection) = self.dissection() {
            let (dissector, ledger) = dissection.now();
            dissector.received(octets, ledger);
        }
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
        tap.begin();
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
        tap.count_received(&buffer.filled()[before..]);
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let (io, tap) = self.io();
        io.poll_write(context, bytes).map_ok(|octets| {
            tap.count_sent(octets, std::iter::once(bytes));
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
            tap.count_sent(octets, slices.iter().map(|slice| &**slice));
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
        let mut totals = Connection { client, opened, sent: 0, received: 0, placed: None, eof: false, kernel: None };
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
        totals.placed = self.tap.end();
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
            Ok(octets) => tap.count_received(&rest[..octets]),
            Err(_) => return false,
        }
    }
}
