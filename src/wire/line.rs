//! The way to the server: one connection at a time, on which requests go and streams are opened.

use super::counted::{Carried, Counted, Home, Opening};
use super::link::{Io, Network};
use super::local::Local;
use super::socket;
use super::tap::Tap;
use super::tls::{self, Trust};
use crate::clock;
use crate::kind::Carrier;
use crate::totals::{Connection, SocketReport, TlsTotals};
use crate::trial::Sockets;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::{Mutex, oneshot};

/// How long a connection that is being closed may take to reach its end of stream.
const CLOSING: Duration = Duration::from_secs(3);
/// Between two looks at what the server has said.
const LOOK: Duration = Duration::from_millis(1);

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
#[derive(Clone, Debug)]
pub struct Dial {
    /// The server.
    pub server: SocketAddr,
    /// The client's own address; `None`: the system's choice.
    pub source: Option<IpAddr>,
    /// Options of its sockets.
    pub sockets: Sockets,
    /// What requests ride on.
    pub carrier: Carrier,
    /// Whom it trusts, where the carrier has TLS.
    pub trust: Option<Trust>,
    /// What stands between the client and the server; `None`: nothing.
    pub network: Option<Network>,
}

/// The way to the server of one client, or of several that share a connection: at most one connection at a time. Must be
/// used inside a `LocalSet`.
#[derive(Debug)]
pub struct Line {
    pub(super) dial: Dial,
    pub(super) tap: Arc<Tap>,
    pub(super) live: RefCell<Option<Live>>,
    /// On its way to its end. Whoever opens or closes has the lock.
    pub(super) closing: Mutex<Option<Home>>,
    pub(super) seen: RefCell<Seen>,
    /// Clients that still use it.
    pub(super) users: Cell<u32>,
    /// Whom to tell when the first connection is in the server's queue.
    reached: RefCell<Option<oneshot::Sender<()>>>,
}

/// What a line saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Every connection that was closed.
    pub connections: Vec<Connection>,
    /// The options of the first, read back from the kernel.
    pub socket: Option<SocketReport>,
    /// What TLS did.
    pub tls: Option<TlsTotals>,
}

/// A connection that requests can go over.
#[derive(Debug)]
pub(super) struct Live {
    /// `None` while HTTP/1.1's only request is under way.
    pub(super) sender: Option<Sender>,
    pub(super) home: Home,
}

/// Where requests go.
#[derive(Debug)]
pub(super) enum Sender {
    H1(http1::SendRequest<Empty<Bytes>>),
    H2(http2::SendRequest<Empty<Bytes>>),
}

impl Sender {
    fn is_closed(&self) -> bool {
        match self {
            Sender::H1(sender) => sender.is_closed(),
            Sender::H2(sender) => sender.is_closed(),
        }
    }

    async fn send(&mut self, request: Request<Empty<Bytes>>) -> hyper::Result<Response<Incoming>> {
        match self {
            Sender::H1(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
            Sender::H2(sender) => {
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

impl Line {
    /// Of clients that have not connected yet.
    #[must_use]
    pub fn new(dial: Dial, tap: Tap) -> Rc<Line> {
        let tap = Arc::new(tap);
        Rc::new(Line {
            dial,
            tap,
            live: RefCell::default(),
            closing: Mutex::default(),
            seen: RefCell::default(),
            users: Cell::new(0),
            reached: RefCell::default(),
        })
    }

    /// Resolves when the kernel has made the first connection: what connects then is behind it in the server's queue. Ends
    /// without a word where there never was one.
    pub fn reaches(&self) -> oneshot::Receiver<()> {
        let (reached, reaches) = oneshot::channel();
        self.reached.replace(Some(reached));
        reaches
    }

    pub(super) fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    pub(super) fn is_open(&self) -> bool {
        self.live.borrow().as_ref().is_some_and(|live| live.sender.as_ref().is_some_and(|sender| !sender.is_closed()))
    }

    /// Connects, if it is not connected. `upgrades` says that the first request will be for an upgrade.
    pub(super) async fn connect(&self, upgrades: bool) -> Result<(), Broken> {
        if self.is_open() {
            return Ok(());
        }
        let mut closing = self.closing.lock().await;
        if self.is_open() {
            return Ok(()); // another client was quicker
        }
        self.close(&mut closing).await;
        let (counted, home) = self.open().await?;
        let io = TokioIo::new(counted.half_closed_at_home());
        // a connection's errors reach whoever waits for an answer
        let sender = if self.dial.carrier.is_h2() {
            let (sender, mut connection) = http2::handshake(Local, io).await?;
            if upgrades {
                settled(&mut connection, self.closing()).await?;
            }
            tokio::task::spawn_local(connection);
            Sender::H2(sender)
        } else {
            let (sender, connection) = http1::handshake(io).await?;
            tokio::task::spawn_local(connection.with_upgrades());
            Sender::H1(sender)
        };
        *self.live.borrow_mut() = Some(Live { sender: Some(sender), home });
        Ok(())
    }

    async fn open(&self) -> Result<(Counted, Home), Broken> {
        let Dial { server, source, sockets, carrier, ref trust, ref network } = self.dial;
        let failed = |source| Broken::Connect { server, source };
        let window = network.as_ref().map(Network::window);
        let socket = socket::prepare(server, source, sockets, window).map_err(failed)?;
        let asked = clock::now();
        let stream = socket.connect(server).await.map_err(failed)?;
        if let Some(reached) = self.reached.take() {
            let _ = reached.send(()); // who asked may not wait any more
        }
        if self.seen.borrow().socket.is_none() {
            self.seen.borrow_mut().socket = socket::report(&stream).ok();
        }
        let client = stream.local_addr().map_err(failed)?;
        let nth = self.seen.borrow().connections.len();
        let stream = match network {
            Some(network) => network.reach(stream, asked, nth).await,
            None => Io::Direct(stream),
        };
        let opening = Opening::new(client, self.tap(), trust.is_some());
        let Some(trust) = trust else { return Ok(opening.carries(Carried::Plain(stream))) };
        let (connector, name) = trust.connector();
        let (began, [sent, received]) = (clock::now(), self.tap.counts());
        let secured = match connector.connect(name, opening.raw(stream)).await {
            Ok(secured) if tls::speaks(secured.get_ref().1.alpn_protocol(), carrier) => secured,
            result => {
                self.seen.borrow_mut().connections.push(opening.failed());
                let other = || io::Error::other(format!("the server does not speak {carrier}"));
                return Err(failed(result.err().unwrap_or_else(other)));
            }
        };
        let octets = self.tap.counts();
        let octets = [octets[0] - sent, octets[1] - received];
        let kind = secured.get_ref().1.handshake_kind();
        let mut seen = self.seen.borrow_mut();
        tls::enter(seen.tls.get_or_insert_default(), kind, octets, clock::now() - began);
        Ok(opening.carries(Carried::Secured(Box::new(secured.into()))))
    }

    /// Closes the connection, if there is one: half-closes it and reads to the end. Can be given up and called again.
    pub(super) async fn close(&self, closing: &mut Option<Home>) {
        if let Some(Live { sender, home }) = self.live.take() {
            drop(sender);
            *closing = Some(home);
        }
        if let Some(home) = closing {
            let connection = home.finish(self.closing()).await;
            self.seen.borrow_mut().connections.push(connection);
            *closing = None;
        }
    }

    fn closing(&self) -> Duration {
        CLOSING + self.dial.network.as_ref().map_or(Duration::ZERO, Network::closing)
    }

    pub(super) async fn send(&self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Broken> {
        let mut sender = {
            let mut live = self.live.borrow_mut();
            let place = &mut live.as_mut().ok_or(Broken::Ended)?.sender;
            match place {
                Some(Sender::H2(sender)) => Sender::H2(sender.clone()),
                only => only.take().ok_or(Broken::Ended)?,
            }
        };
        let response = sender.send(request).await;
        if let Some(live) = self.live.borrow_mut().as_mut() {
            live.sender.get_or_insert(sender);
        }
        Ok(response?)
    }
}

/// Drives a connection until the server has said that it takes extended CONNECT (RFC 8441, 3), which a client must not
/// use before.
async fn settled(
    connection: &mut http2::Connection<TokioIo<Counted>, Empty<Bytes>, Local>,
    limit: Duration,
) -> Result<(), Broken> {
    // whoever reads the server's settings is another task, and wakes nobody here
    let mut looks = tokio::time::interval(LOOK);
    let said = poll_fn(|context| {
        while looks.poll_tick(context).is_ready() {}
        if connection.is_extended_connect_protocol_enabled() {
            return Poll::Ready(Ok(()));
        }
        let ended = Pin::new(&mut *connection).poll(context);
        match ended {
            Poll::Ready(end) => Poll::Ready(end.map_err(Broken::from).and(Err(Broken::Ended))),
            Poll::Pending if connection.is_extended_connect_protocol_enabled() => Poll::Ready(Ok(())),
            Poll::Pending => Poll::Pending,
        }
    });
    let never = || Broken::Protocol("the server takes no extended CONNECT (RFC 8441)".into());
    tokio::time::timeout(limit, said).await.map_err(|_| never())?
}
