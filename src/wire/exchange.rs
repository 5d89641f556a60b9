//! The client's carrier: it owns the connection, and gives a room requests answered and streams opened.

use super::counted::{Carried, Counted, Home, Opening};
use super::link::{Io, Network};
use super::local::Local;
use super::socket;
use super::stream::Stream;
use super::tap::Tap;
use super::tls::{self, Trust};
use crate::clock;
use crate::kind::Carrier;
use crate::totals::{Connection, SocketReport, TlsTotals, Ways};
use crate::trial::Sockets;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::ext::Protocol;
use hyper::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
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
    dial: Dial,
    tap: Arc<Tap>,
    live: RefCell<Option<Live>>,
    /// On its way to its end. Whoever opens or closes has the lock.
    closing: Mutex<Option<Home>>,
    seen: RefCell<Seen>,
    /// Clients that still use it.
    users: Cell<u32>,
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

#[derive(Debug)]
struct Live {
    /// `None` while HTTP/1.1's only request is under way.
    sender: Option<Sender>,
    home: Home,
}

#[derive(Debug)]
enum Sender {
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

    fn tap(&self) -> Arc<Tap> {
        Arc::clone(&self.tap)
    }

    fn is_open(&self) -> bool {
        self.live.borrow().as_ref().is_some_and(|live| live.sender.as_ref().is_some_and(|sender| !sender.is_closed()))
    }

    /// Connects, if it is not connected. `upgrades` says that the first request will be for an upgrade.
    async fn connect(&self, upgrades: bool) -> Result<(), Broken> {
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
    async fn close(&self, closing: &mut Option<Home>) {
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

    async fn send(&self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Broken> {
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

/// One client on a line.
#[derive(Debug)]
pub struct Exchange {
    line: Rc<Line>,
    /// The request under way asked that the connection end with its answer.
    last: bool,
}

impl Exchange {
    /// A client that has a line to itself, and has not connected yet. Nothing is dissected.
    #[must_use]
    pub fn new(dial: Dial) -> Exchange {
        Exchange::on(&Line::new(dial, Tap::default()))
    }

    /// One more client on `line`.
    #[must_use]
    pub fn on(line: &Rc<Line>) -> Exchange {
        line.users.set(line.users.get() + 1);
        Exchange { line: Rc::clone(line), last: false }
    }

    /// As [`Line::reaches`], of its line.
    pub fn reaches(&self) -> oneshot::Receiver<()> {
        self.line.reaches()
    }

    /// The counts of all connections of its line.
    #[must_use]
    pub fn tap(&self) -> Arc<Tap> {
        self.line.tap()
    }

    /// Connects, if it is not connected.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(&mut self) -> Result<(), Broken> {
        self.line.connect(false).await
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks.
    pub async fn open(&mut self, request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Broken> {
        self.connect().await?;
        self.last = request.headers().get(CONNECTION).is_some_and(|value| value == "close");
        self.line.send(self.carried(request)?).await
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

    /// Sends a request for an upgrade (RFC 9110, 7.8), over HTTP/2 one for a tunnel (RFC 8441, 4), and gives the answer's
    /// head and the stream behind it.
    ///
    /// # Errors
    /// As [`Exchange::open`], and when the server does not switch protocols.
    pub async fn open_stream(&mut self, request: Request<Empty<Bytes>>) -> Result<(Response<()>, Stream), Broken> {
        self.line.connect(true).await?;
        let request = if self.line.dial.carrier.is_h2() { tunnelled(request) } else { request };
        let mut response = self.line.send(self.carried(request)?).await?;
        let switched = match response.version() {
            Version::HTTP_2 => StatusCode::OK,
            _ => StatusCode::SWITCHING_PROTOCOLS,
        };
        if response.status() != switched {
            let status = response.status();
            return Err(refused(status, &response.into_body().collect().await?.to_bytes()));
        }
        let upgraded = hyper::upgrade::on(&mut response).await?;
        Ok((response.map(|_| ()), Stream::new(upgraded)))
    }

    /// A request as the carrier has it: HTTP/2 has the host in `:authority` and no fields of a connection (RFC 9113, 8.2.2
    /// and 8.3.1).
    fn carried(&self, mut request: Request<Empty<Bytes>>) -> Result<Request<Empty<Bytes>>, Broken> {
        let carrier = self.line.dial.carrier;
        if !carrier.is_h2() {
            return Ok(request);
        }
        let scheme = if carrier.has_tls() { Scheme::HTTPS } else { Scheme::HTTP };
        let headers = request.headers_mut();
        let host = headers.remove(HOST);
        headers.remove(CONNECTION);
        let broken = |error: &dyn std::fmt::Display| Broken::Protocol(error.to_string());
        let authority = match host {
            Some(host) => Authority::from_maybe_shared(Bytes::copy_from_slice(host.as_bytes())),
            None => self.line.dial.server.to_string().parse(),
        };
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(scheme);
        parts.authority = Some(authority.map_err(|error| broken(&error))?);
        *request.uri_mut() = Uri::from_parts(parts).map_err(|error| broken(&error))?;
        Ok(request)
    }

    /// After an answer: where the request asked that the connection end with it (`Connection: close`; RFC 9112, 9.6),
    /// reads to the end and closes. The server closes first, so that `TIME_WAIT` is on its side and the client's port
    /// is free again. Can be given up: [`Exchange::close`] goes on with it.
    pub async fn settle(&mut self) {
        if std::mem::take(&mut self.last) {
            let mut closing = self.line.closing.lock().await;
            if let Some(Live { sender, home }) = self.line.live.take() {
                drop(sender);
                *closing = Some(home.second());
            }
            self.line.close(&mut closing).await;
        }
    }

    /// Closes the connection, if there is one that nobody else can use: half-closes it and reads to the end. Can be given
    /// up and called again.
    pub async fn close(&mut self) {
        if self.line.users.get() == 1 || !self.line.is_open() {
            let mut closing = self.line.closing.lock().await;
            self.line.close(&mut closing).await;
        }
    }

    /// The client leaves. The last one on its line closes the connection, and gives what the line saw.
    pub async fn leave(self) -> Option<Seen> {
        let users = self.line.users.get() - 1;
        self.line.users.set(users);
        if users > 0 {
            return None;
        }
        self.line.close(&mut *self.line.closing.lock().await).await;
        let mut seen = self.line.seen.take();
        if let Some(tls) = &mut seen.tls {
            let [up, down] = self.line.tap.records();
            tls.records = Ways { up, down };
        }
        Some(seen)
    }
}

/// An upgrade's request as a tunnel's: there is no key, as no cache stands between (RFC 8441, 5).
fn tunnelled(mut request: Request<Empty<Bytes>>) -> Request<Empty<Bytes>> {
    *request.method_mut() = Method::CONNECT;
    let headers = request.headers_mut();
    let protocol = headers.remove(UPGRADE);
    headers.remove(SEC_WEBSOCKET_KEY);
    if let Some(protocol) = protocol.as_ref().and_then(|value| value.to_str().ok()) {
        request.extensions_mut().insert(Protocol::from(protocol));
    }
    request
}

fn refused(status: StatusCode, body: &[u8]) -> Broken {
    Broken::Refused { status, body: String::from_utf8_lossy(&body[..body.len().min(300)]).trim().to_owned() }
}
