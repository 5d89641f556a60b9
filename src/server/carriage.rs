//! What a connection speaks, and how it is served: HTTP/1.1 or HTTP/2, with TLS or without.

use crate::kind::Carrier;
use crate::totals::Connection;
use crate::transport::room::Updates;
use crate::wire::counted::{Carried, Counted, Home, Opening};
use crate::wire::local::Local;
use crate::wire::tap::Tap;
use crate::wire::trace::Trace;
use futures_util::future::Either;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::HttpService;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::{TlsAcceptor, TlsStream};

/// Streams of an HTTP/2 connection, unless more clients share it.
const STREAMS: u32 = 200;
/// The record that a TLS client begins with (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;
/// What an HTTP/2 client begins with (RFC 9113, 3.4), as far as no method of HTTP/1.1 does.
const PREFACE: &[u8] = b"PRI ";
/// Between two looks at a connection that has not said enough.
const PAUSE: Duration = Duration::from_millis(1);

/// How a worker serves connections.
pub(super) struct Carriage {
    /// `None`: whatever a client begins with.
    carrier: Option<Carrier>,
    tls: Option<TlsAcceptor>,
    http1: http1::Builder,
    http2: http2::Builder<Local>,
    idle: Duration,
    /// What follows the first connection.
    followed: RefCell<Option<Arc<Trace>>>,
}

/// A connection that can be served.
pub(super) struct Welcomed {
    pub(super) io: Counted,
    pub(super) home: Home,
    /// Whether HTTP/2 is spoken on it.
    pub(super) http2: bool,
}

impl Carriage {
    /// `streams` clients may share an HTTP/2 connection; a request's head is of `head` octets at most, and a connection may
    /// say nothing for `idle`.
    pub(super) fn new(
        carrier: Option<Carrier>,
        tls: Option<TlsAcceptor>,
        streams: u32,
        (head, idle): (usize, Duration),
        followed: Option<Arc<Trace>>,
    ) -> Carriage {
        let mut http1 = http1::Builder::new();
        http1.timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(head.max(8192));
        let mut http2 = http2::Builder::new(Local);
        http2
            .timer(TokioTimer::new())
            .enable_connect_protocol()
            // one more each that is being given up, so that no request waits unseen in a client
            .max_concurrent_streams(STREAMS.max(2 * streams))
            .max_header_list_size(u32::try_from(2 * head).unwrap_or(u32::MAX))
            .keep_alive_interval(idle);
        Carriage { carrier, tls, http1, http2, idle, followed: RefCell::new(followed) }
    }

    /// Finds out what a client speaks, and shakes hands if that is TLS. What went over a connection that came to nothing is
    /// the error.
    pub(super) async fn welcome(&self, stream: TcpStream, client: SocketAddr) -> Result<Welcomed, Connection> {
        let followed = self.followed.take();
        let limited = tokio::time::timeout(self.idle, self.first_words(&stream)).await;
        let (secured, http2) = limited.ok().and_then(Result::ok).unwrap_or_default();
        let tap = match followed {
            Some(trace) => {
                trace.of(client);
                Tap::default().following(trace)
            }
            None => Tap::default(),
        };
        let opening = Opening::new(client, Arc::new(tap), secured);
        let Some(tls) = self.tls.as_ref().filter(|_| secured) else {
            let (io, home) = opening.carries(Carried::Plain(stream.into()));
            return Ok(Welcomed { io, home, http2 });
        };
        match tokio::time::timeout(self.idle, tls.accept(opening.raw(stream))).await {
            Ok(Ok(io)) => {
                let http2 = io.get_ref().1.alpn_protocol() == Some(b"h2");
                let (io, home) = opening.carries(Carried::Secured(Box::new(TlsStream::from(io))));
                Ok(Welcomed { io, home, http2 })
            }
            _ => Err(opening.failed()),
        }
    }

    /// Whether it is TLS, and if not whether it is HTTP/2. Nothing is read where it is known beforehand.
    async fn first_words(&self, stream: &TcpStream) -> io::Result<(bool, bool)> {
        if let Some(carrier) = self.carrier {
            return Ok((carrier.has_tls(), carrier.is_h2()));
        }
        let mut words = [0; PREFACE.len()];
        loop {
            match stream.peek(&mut words).await? {
                0 => return Ok((false, false)),
                _ if words[0] == HANDSHAKE => return Ok((self.tls.is_some(), false)),
                octets if words[..octets] != PREFACE[..octets] => return Ok((false, false)),
                octets if octets == PREFACE.len() => return Ok((false, true)),
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Serves a connection to its end; when the server closes, to the end of what was asked before.
    pub(super) async fn serve<S>(
        &self,
        io: Counted,
        http2: bool,
        service: S,
        mut closing: watch::Receiver<bool>,
    ) -> hyper::Result<()>
    where
        S: HttpService<Incoming, ResBody = Updates> + Unpin,
        S::Future: 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // in boxes: after an upgrade nothing of them stays while the conversation lasts
        let mut connection = if http2 {
            Either::Left(Box::pin(self.http2.serve_connection(TokioIo::new(io), service)))
        } else {
            Either::Right(Box::pin(self.http1.serve_connection(TokioIo::new(io), service).with_upgrades()))
        };
        tokio::select! {
            biased;
            end = &mut connection => return end,
            _ = closing.wait_for(|&closing| closing) => match &mut connection {
                Either::Left(connection) => connection.as_mut().graceful_shutdown(),
                Either::Right(connection) => connection.as_mut().graceful_shutdown(),
            },
        }
        connection.await
    }
}
