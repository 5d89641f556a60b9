//! The portable link: octets wait in the load, above its sockets and below all else, so that the server's cost is its own.
//!
//! What goes up waits before it reaches the socket, what comes down after it was there: d = rtt/2 each way, jitter that keeps
//! order, and a bottleneck that segment after segment passes, headers of TCP and IP included. Setting up takes TCP's round
//! trip. It is octets that wait, not packets: there are no losses, no congestion control and no slow start, and
//! acknowledgements are as fast as loopback. Who wants these takes the packet level.
//!
//! Octets are counted above it. While some are under way its two ends do not agree; over a connection's life they do, as
//! shutting down ends when all of it has arrived.

mod delay;
mod far;
mod timer;

use crate::clock::{Nanos, SECOND};
use crate::link::{Level, Link};
pub use delay::Bottlenecks;
use delay::{Delay, Queue};
use far::Far;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use timer::Timer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Under way in a direction at most, where bandwidth × rtt is not more: what Linux begins a connection's buffers with.
const WINDOW: u64 = 64 << 10;

/// What the connections of a worker share: the link they all have, and its timer.
#[derive(Clone, Debug)]
pub struct Network {
    link: Link,
    bottlenecks: Option<Bottlenecks>,
    timer: Arc<Timer>,
    seed: u64,
}

impl Network {
    /// The network of a worker's connections, which run in the `LocalSet` around; `None` where nothing is emulated here.
    /// `seed` fixes its jitter, and `bottlenecks` are those of all workers.
    ///
    /// # Errors
    /// When the system gives no timer.
    pub fn start(link: Link, bottlenecks: &Bottlenecks, seed: u64) -> io::Result<Option<Network>> {
        if link.is_none() || link.level != Level::Portable {
            return Ok(None);
        }
        let bottlenecks = link.shared.then(|| bottlenecks.clone());
        Ok(Some(Network { link, bottlenecks, timer: Timer::start()?, seed }))
    }

    /// The same for client `index`, whose jitter is its own.
    #[must_use]
    pub fn of(&self, index: u32) -> Network {
        // an odd factor: different clients have different seeds
        let seed = self.seed.wrapping_add(u64::from(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Network { seed, ..self.clone() }
    }

    /// Octets that may be under way in a direction: its buffers have no use for more.
    #[must_use]
    pub fn window(&self) -> usize {
        let product = u128::from(self.link.bandwidth.unwrap_or_default()) * u128::from(self.link.rtt_ns);
        let octets = u64::try_from(product / 8 / u128::from(SECOND)).unwrap_or(u64::MAX);
        usize::try_from(octets.max(WINDOW)).unwrap_or(usize::MAX)
    }

    /// How much longer than over loopback a connection may take to end: both windows, and there and back.
    #[must_use]
    pub fn closing(&self) -> Duration {
        let full = self.link.occupied_ns(self.window() as u64);
        let ways = self.link.rtt_ns.saturating_add(2 * self.link.jitter_ns);
        Duration::from_nanos(full.saturating_add(ways).saturating_mul(2))
    }

    /// Waits until a connection that was asked for at `began`, its client's `nth`, is there: TCP shakes hands, a round trip.
    /// Gives its near end.
    pub async fn reach(&self, socket: TcpStream, began: Nanos, nth: usize) -> Io {
        let seed = self.seed.rotate_left(32).wrapping_add(nth as u64);
        let queue = |way: usize| match &self.bottlenecks {
            Some(shared) => Queue::Shared(Arc::clone(&shared.0[way])),
            None => Queue::Own(0),
        };
        let here = began.saturating_add(self.link.rtt_ns);
        // what a server says by itself, it says when it has heard of the connection: d after the client
        let there = here.saturating_add(self.link.one_way_ns());
        let ways = [Delay::new(self.link, queue(0), seed, here), Delay::new(self.link, queue(1), !seed, there)];
        let io = Io::Far(Far::new(socket, &self.timer, self.window(), ways));
        self.timer.sleep_until(here).await;
        io
    }
}

/// A socket, near or far.
#[derive(Debug)]
pub enum Io {
    /// Nothing is emulated.
    Direct(TcpStream),
    /// A link is.
    Far(Far),
}

impl From<TcpStream> for Io {
    fn from(socket: TcpStream) -> Io {
        Io::Direct(socket)
    }
}

impl Io {
    /// The socket itself.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        match self {
            Io::Direct(socket) => socket,
            Io::Far(far) => far.socket(),
        }
    }
}

macro_rules! forward {
    ($self:ident.$call:ident($($argument:expr),*)) => {
        match $self.get_mut() {
            Io::Direct(io) => Pin::new(io).$call($($argument),*),
            Io::Far(io) => Pin::new(io).$call($($argument),*),
        }
    };
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        forward!(self.poll_read(context, buffer))
    }
}

impl AsyncWrite for Io {
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
