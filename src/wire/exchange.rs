//! The client's carrier: it owns the connection, and gives a room requests answered and streams opened.

pub use super::line::{Broken, Dial, Line, Seen};

use super::line::Live;
use super::stream::Stream;
use super::tap::Tap;
use crate::totals::Ways;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::http::uri::{Authority, Scheme};
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::oneshot;

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
