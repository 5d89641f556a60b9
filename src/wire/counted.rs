//! The counted stream: directly on the socket, below everything else. Two additions a system call; in the client each
//! octet is placed in its layer, too.
//!
//! An emulated link stands below it all: what is counted as sent may still be under way. Shutting down waits for that, so
//! that over a connection's life both sides' sums are equal.
//!
//! On TLS the octets are counted below it and placed above it, so that what TLS adds is the difference.
//!
//! Whoever uses the stream may drop it when it likes (hyper does); it then comes home to its [`Home`], which
//! half-closes it, reads to the other side's end of stream and only then closes: totals of both sides can be equal.

use super::link::Io;
use super::pieces::written;
use super::raw::Raw;
use super::socket;
use super::tap::Tap;
use crate::clock::{self, Nanos};
use crate::totals::{Connection, KernelCounters};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::TlsStream;

/// What stands on a counted socket.
#[derive(Debug)]
pub enum Carried {
    /// Nothing.
    Plain(Io),
    /// TLS, its handshake done.
    Secured(Box<TlsStream<Raw>>),
}

impl Carried {
    fn socket(&self) -> &TcpStream {
        match self {
            Carried::Plain(io) => io.socket(),
            Carried::Secured(tls) => tls.get_ref().0.socket(),
        }
    }
}

/// A stream whose octets are counted.
#[derive(Debug)]
pub struct Counted {
    /// `None` only while it is dropped.
    io: Option<Carried>,
    tap: Arc<Tap>,
    home: Option<oneshot::Sender<Carried>>,
    /// Whoever uses the stream cannot half-close it.
    only_at_home: bool,
}

impl Counted {
    /// Counts the octets of `io` into `tap`. `client` is the client's address, by which both sides know the connection.
    #[must_use]
    pub fn new(io: impl Into<Io>, client: SocketAddr, tap: Arc<Tap>) -> (Counted, Home) {
        let opening = Opening::new(client, tap, false);
        opening.carries(Carried::Plain(io.into()))
    }

    /// Leaves it to the socket's home when the stream is half-closed. hyper's client would do it as soon as it has an
    /// answer that is the connection's last.
    #[must_use]
    pub fn half_closed_at_home(mut self) -> Counted {
        self.only_at_home = true;
        self
    }

    fn parts(self: Pin<&mut Self>) -> (&mut Carried, &Tap) {
        let this = self.get_mut();
        (this.io.as_mut().expect("taken only by drop"), &this.tap)
    }
}

/// A connection between its first octet and the moment in which it can be used: TLS may have to shake hands.
#[derive(Debug)]
pub struct Opening {
    client: SocketAddr,
    opened: Nanos,
    tap: Arc<Tap>,
    before: [u64; 2],
}

impl Opening {
    /// Of a connection that the other side knows by `client`; `secured` says that TLS will stand on it.
    #[must_use]
    pub fn new(client: SocketAddr, tap: Arc<Tap>, secured: bool) -> Opening {
        tap.begin(secured);
        Opening { client, opened: clock::now(), before: tap.counts(), tap }
    }

    /// What TLS is to shake hands on.
    #[must_use]
    pub fn raw(&self, io: impl Into<Io>) -> Raw {
        Raw::new(io.into(), Arc::clone(&self.tap))
    }

    /// The connection can be used.
    #[must_use]
    pub fn carries(self, io: Carried) -> (Counted, Home) {
        let Opening { client, opened, tap, before } = self;
        tap.shaken();
        let (home, back) = oneshot::channel();
        let home_of = Home { back, io: None, second: false, client, opened, tap: Arc::clone(&tap), before };
        (Counted { io: Some(io), tap, home: Some(home), only_at_home: false }, home_of)
    }

    /// It never could be: gives what went over it.
    #[must_use]
    pub fn failed(self) -> Connection {
        let [sent, received] = self.tap.counts();
        let placed = self.tap.end();
        let (sent, received) = (sent - self.before[0], received - self.before[1]);
        Connection { client: self.client, opened: self.opened, sent, received, placed, eof: false, kernel: None }
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
        let (io, tap) = self.parts();
        let before = buffer.filled().len();
        let result = match io {
            Carried::Plain(io) => {
                let result = Pin::new(io).poll_read(context, buffer);
                tap.count_received(buffer.filled().len() - before);
                result
            }
            Carried::Secured(tls) => Pin::new(tls).poll_read(context, buffer),
        };
        tap.place_received(&buffer.filled()[before..], || socket::sample(io.socket()));
        result
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let (io, tap) = self.parts();
        let result = match io {
            Carried::Plain(io) => {
                tap.writes();
                let io = Pin::new(io);
                // one slice, which is most of what is written, by the cheaper call
                let result = match slices {
                    [one] => io.poll_write(context, one),
                    several => io.poll_write_vectored(context, several),
                };
                result.map_ok(|octets| {
                    tap.count_sent(octets);
                    octets
                })
            }
            Carried::Secured(tls) => Pin::new(tls).poll_write_vectored(context, slices),
        };
        result.map_ok(|octets| {
            tap.place_sent(written(slices, octets), || socket::sample(io.socket()));
            octets
        })
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.parts().0 {
            Carried::Plain(io) => Pin::new(io).poll_flush(context),
            Carried::Secured(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.only_at_home {
            return Poll::Ready(Ok(()));
        }
        match self.parts().0 {
            Carried::Plain(io) => Pin::new(io).poll_shutdown(context),
            Carried::Secured(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}

/// Where a connection comes home to.
#[derive(Debug)]
pub struct Home {
    back: oneshot::Receiver<Carried>,
    io: Option<Carried>,
    /// The other side is about to close: it half-closes first.
    second: bool,
    client: SocketAddr,
    opened: Nanos,
    tap: Arc<Tap>,
    before: [u64; 2],
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
        let mut eof = false;
        let mut kernel = None;
        if self.io.is_none() {
            self.io = (&mut self.back).await.ok();
        }
        if let Some(io) = &mut self.io {
            self.tap.sample(|| socket::sample(io.socket()));
            if !self.second {
                shut_down(io, limit).await;
            }
            eof = tokio::time::timeout(limit, read_to_end(io, &self.tap)).await.unwrap_or(false);
            if self.second {
                shut_down(io, limit).await;
            }
            self.tap.sample(|| socket::sample(io.socket()));
            kernel = kernel_counters(io.socket(), self.client).filter(|_| eof);
        }
        self.io = None;
        let placed = self.tap.end();
        let [sent, received] = self.tap.counts();
        let (sent, received) = (sent - self.before[0], received - self.before[1]);
        Connection { client: self.client, opened: self.opened, sent, received, placed, eof, kernel }
    }
}

fn kernel_counters(io: &TcpStream, client: SocketAddr) -> Option<KernelCounters> {
    let connected = io.local_addr().is_ok_and(|own| own == client);
    socket::kernel_counters(io, connected)
}

/// Says that nothing more will be sent, in TLS, too. Where the connection is closed already or broken, the read tells.
async fn shut_down(io: &mut Carried, limit: Duration) {
    let _ = tokio::time::timeout(limit, async {
        match io {
            Carried::Plain(io) => io.shutdown().await,
            Carried::Secured(tls) => tls.shutdown().await,
        }
    })
    .await;
}

/// Whether the end of stream came.
async fn read_to_end(io: &mut Carried, tap: &Tap) -> bool {
    // not in the future itself, which every open connection holds
    let mut rest = vec![0; 4096];
    if let Carried::Secured(tls) = io {
        // to `close_notify`, or to whatever stands in its place
        while let Ok(octets @ 1..) = tls.read(&mut rest).await {
            tap.place_received(&rest[..octets], || socket::sample(tls.get_ref().0.socket()));
        }
    }
    loop {
        let read = match io {
            Carried::Plain(io) => io.read(&mut rest).await,
            Carried::Secured(tls) => tls.get_mut().0.read(&mut rest).await,
        };
        match read {
            Ok(0) => return true,
            Ok(octets) => {
                if let Carried::Plain(io) = io {
                    tap.count_received(octets);
                    tap.place_received(&rest[..octets], || socket::sample(io.socket()));
                }
            }
            Err(_) => return false,
        }
    }
}
