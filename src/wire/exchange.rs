//! The client's carrier: it owns the connection, and gives a room requests answered and streams opened.

use super::counted::{Counted, Home, Tap};
use super::socket;
use super::stream::Stream;
use crate::totals::{Connection, SocketReport};
use crate::trial::Sockets;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::CONNECTION;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection that is being closed may take to reach its end of stream.
const CLOSING: Duration = Duration::from_secs(3);

/// Why an exchange or a stream came to nothing.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Broken {
    #[error("connecting to {server}: {source}")]
    Connect { server: SocketAddr, source: io::Error },
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("the server answered {status}: {body}")]
    Refused { status: StatusCode, body: String },
    #[error("the answer breaks the protocol: {0}")]
    Protocol(String),
    #[error("on the stream: {0}")]
    Stream(#[from] io::Error),
    #[error("the server ended the stream")]
    Ended,
}

/// Where a client connects to, and how.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    /// The server.
    pub server: SocketAddr,
    /// The client's own address; `None`: the system's choice.
    pub source: Option<IpAddr>,
    /// Options of its sockets.
    pub sockets: Sockets,
}

/// One client's way to the server: at most one connection at a time. Must be used inside a `LocalSet`.
#[derive(Debug)]
pub struct Exchange {
    dial: Dial,
    tap: Arc<Tap>,
    live: Option<Live>,
    /// On its way to its end.
    closing: Option<Home>,
    closed: Vec<Connection>,
    socket: Option<SocketReport>,
}

#[derive(Debug)]
struct Live {
    sender: SendRequest<Empty<Bytes>>,
    home: Home,
    /// The request under way asked that the connection end with its answer.
    last: bool,
}

impl Exchange {
    /// A client that has not connected yet.
    #[must_use]
    pub fn new(dial: Dial) -> Exchange {
        Exchange { dial, tap: Arc::default(), live: None, closing: None, closed: Vec::new(), socket: None }
    }

    /// The same, which counts into `tap`.
    #[must_use]
    pub fn tapped(self, tap: Tap) -> Exchange {
        Exchange { tap: Arc::new(tap), ..self }
    }

    /// The counts of all its connections.
    #[must_use]
    pub fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    /// The options of its last connection, read back from the kernel.
    #[must_use]
    pub fn socket(&self) -> Option<&SocketReport> {
        self.socket.as_ref()
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(&mut self) -> Result<(), Broken> {
        if self.live.as_ref().is_some_and(|live| !live.sender.is_closed()) {
            return Ok(());
        }
        self.close().await;
        let server = self.dial.server;
        let failed = |source| Broken::Connect { server, source };
        let socket = socket::prepare(server, self.dial.source, self.dial.sockets).map_err(failed)?;
        let stream = socket.connect(server).await.map_err(failed)?;
        if self.socket.is_none() {
            self.socket = socket::report(&stream).ok();
        }
        let client = stream.local_addr().map_err(failed)?;
        let (counted, home) = Counted::new(stream, client, self.tap());
        let counted = counted.half_closed_at_home();
        let (sender, connection) = http1::handshake(TokioIo::new(counted)).await?;
        // its errors reach whoever waits for an answer
        tokio::task::spawn_local(connection.with_upgrades());
        self.live = Some(Live { sender, home, last: false });
        Ok(())
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks.
    pub async fn open(&mut self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Broken> {
        self.connect().await?;
        let live = self.live.as_mut().ok_or(Broken::Ended)?;
        live.last = request.headers().get(CONNECTION).is_some_and(|value| value == "close");
        live.sender.ready().await?;
        Ok(live.sender.send_request(request).await?)
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// As [`Exchange::open`], and for every status that is neither a success nor 304, which a request that sets a condition
    /// asked for (RFC 9110, 15.4.5).
    pub async fn send(&mut self, request: Request<Empty<Bytes>>) -> Result<Response<Bytes>, Broken> {
        let (head, body) = self.open(request).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        if !head.status.is_success() && head.status != StatusCode::NOT_MODIFIED {
            return Err(refused(head.status, &body));
        }
        Ok(Response::from_parts(head, body))
    }

    /// Sends a request for an upgrade (RFC 9110, 7.8) and gives the answer's head and the stream behind it.
    ///
    /// # Errors
    /// As [`Exchange::open`], and when the server does not switch protocols.
    pub async fn open_stream(&mut self, request: Request<Empty<Bytes>>) -> Result<(Response<()>, Stream), Broken> {
        let mut response = self.open(request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let status = response.status();
            return Err(refused(status, &response.into_body().collect().await?.to_bytes()));
        }
        let upgraded = hyper::upgrade::on(&mut response).await?;
        Ok((response.map(|_| ()), Stream::new(upgraded)))
    }

    /// After an answer: where the request asked that the connection end with it (`Connection: close`; RFC 9112, 9.6),
    /// reads to the end and closes. The server closes first, so that `TIME_WAIT` is on its side and the client's port
    /// is free again. Can be given up: [`Exchange::close`] goes on with it.
    pub async fn settle(&mut self) {
        if let Some(Live { sender, home, .. }) = self.live.take_if(|live| live.last) {
            drop(sender);
            self.closing = Some(home.second());
            self.close().await;
        }
    }

    /// Closes the connection, if there is one: half-closes it and reads to the end. Can be given up and called again.
    pub async fn close(&mut self) {
        if let Some(Live { sender, home, .. }) = self.live.take() {
            drop(sender);
            self.closing = Some(home);
        }
        if let Some(home) = &mut self.closing {
            self.closed.push(home.finish(CLOSING).await);
            self.closing = None;
        }
    }

    /// The totals of every connection that was closed.
    #[must_use]
    pub fn into_connections(self) -> Vec<Connection> {
        self.closed
    }
}

fn refused(status: StatusCode, body: &[u8]) -> Broken {
    Broken::Refused { status, body: String::from_utf8_lossy(&body[..body.len().min(300)]).trim().to_owned() }
}
