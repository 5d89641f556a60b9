//! The contract between a room and the rest of the house.
//!
//! A room never sees a socket, and does not know that it is timed. Its server half gets a request and a cursor and
//! gives an answer; its client half gets an exchange and a sink.

use super::ask::Ask;
use crate::clock::Nanos;
use crate::feed::hub::{Cursor, Ended, Hub};
use crate::kind::{Answer, Encoding, Transport};
use crate::pacing::Pacer;
use crate::sink::Sink;
use crate::wire::exchange::{Broken, Exchange};
use crate::wire::stream::Stream;
use bytes::Bytes;
use http_body_util::{Empty, Full};
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// In an answer: the number of the last update that is behind the reader. `?since=` takes it.
pub const CURSOR: HeaderName = HeaderName::from_static("cursor");
/// In an answer: how many updates between `?since=` and the oldest kept are gone.
pub const LOST: HeaderName = HeaderName::from_static("lost");
/// A stream on which nothing was sent for this long gets a sign of life, unless the server is told otherwise (WHATWG HTML, 9.2.7: every 15 s or so).
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What a streaming client reads at a time, in octets, whatever its transport: not less than hyper does for the others,
/// and an update whole where that is reasonable.
#[must_use]
pub fn read_buffer(payload: usize) -> usize {
    (payload + 16).next_power_of_two().clamp(8 << 10, 64 << 10)
}

/// Both halves of a transport.
pub trait Room {
    /// Answers a request for updates. What waits is in the reply, and keeps nothing of the request's head: hyper reads on
    /// as soon as this returns, and into a second buffer where a field still lies in the first.
    fn serve(ask: Ask, cursor: Cursor) -> Reply;

    /// Follows the feed until the connection breaks, keeping in `course` from where to go on.
    fn follow<S: Sink>(
        exchange: &mut Exchange,
        course: &mut Course,
        sink: &mut S,
    ) -> impl Future<Output = Result<Infallible, Broken>>;
}

/// What a client half needs to know, and where it is.
#[derive(Debug)]
pub struct Course {
    /// The last update behind the client.
    pub since: u64,
    /// What it asks to get when several are new.
    pub answer: Answer,
    /// Whether its polls say where they stand in `If-None-Match`.
    pub conditional: bool,
    /// How the updates are encoded.
    pub encoding: Encoding,
    /// An update's size in octets: what a read buffer should hold.
    pub payload: usize,
    /// How long it lets the server hold a poll, in nanoseconds.
    pub hold_ns: Nanos,
    /// The fields of each of its requests: the host, and what the header profile says.
    pub head: HeaderMap,
    /// When it polls.
    pub pacer: Pacer,
}

/// What a server half answers.
pub enum Reply {
    /// An answer with its end, or one that streams.
    Response(Response<Updates>),
    /// An answer that is held until there is something to say.
    Held(Held),
    /// An answer that switches protocols, and what then happens on the stream.
    Upgrade(Response<Updates>, Talk),
}

/// What a held answer will be.
pub type Held = Pin<Box<dyn Future<Output = Response<Updates>>>>;

/// The server's half of a conversation on an upgraded stream.
pub type Talk = Box<dyn FnOnce(Stream) -> Talking>;

/// A conversation under way.
pub type Talking = Pin<Box<dyn Future<Output = ()>>>;

/// The body of an answer.
pub enum Updates {
    /// All of it.
    Whole(Full<Bytes>),
    /// As it comes.
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = Ended>>>),
}

impl Updates {
    /// No body.
    #[must_use]
    pub fn none() -> Updates {
        Updates::Whole(Full::default())
    }
}

impl Body for Updates {
    type Data = Bytes;
    type Error = Ended;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        match self.get_mut() {
            Updates::Whole(body) => Pin::new(body).poll_frame(context).map_err(|never| match never {}),
            Updates::Stream(body) => body.as_mut().poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Updates::Whole(body) => body.is_end_stream(),
            Updates::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Updates::Whole(body) => body.size_hint(),
            Updates::Stream(body) => body.size_hint(),
        }
    }
}

/// An answer with `status`, saying where the reader stands and what it missed.
#[must_use]
pub fn head(status: StatusCode, cursor: &Cursor, body: Updates) -> Response<Updates> {
    standing_at(status, cursor, (CURSOR, cursor.position().into()), body)
}

/// The same, which says where the reader stands in a tag.
#[must_use]
pub fn tagged(status: StatusCode, cursor: &Cursor, tag: HeaderValue, body: Updates) -> Response<Updates> {
    standing_at(status, cursor, (ETAG, tag), body)
}

fn standing_at(
    status: StatusCode,
    cursor: &Cursor,
    (name, value): (HeaderName, HeaderValue),
    body: Updates,
) -> Response<Updates> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(name, value);
    if cursor.missed() > 0 {
        response.headers_mut().insert(LOST, HeaderValue::from(cursor.missed()));
    }
    response
}

/// A refusal, in words.
#[must_use]
pub fn refuse(status: StatusCode, reason: &str) -> Response<Updates> {
    let mut response = Response::new(Updates::Whole(Full::from(format!("{reason}\n"))));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Writes all of `bytes`; a reader that lets it wait longer than `stalled` is cut off and counted.
///
/// # Errors
/// When the stream breaks or the reader stalls.
pub async fn write_all(
    io: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    stalled: Duration,
    hub: &Hub,
) -> io::Result<()> {
    // TLS may have kept the end of it to itself
    let written = async {
        io.write_all(bytes).await?;
        io.flush().await
    };
    let result = tokio::time::timeout(stalled, written).await.unwrap_or(Err(ErrorKind::TimedOut.into()));
    if let Err(error) = &result {
        count_stalled(error, hub);
    }
    result
}

/// Counts a reader that is ended because it took nothing. The kernel's own clock for that may be a little quicker than
/// ours, and whoever reads next is told.
pub fn count_stalled(error: &io::Error, hub: &Hub) {
    if error.kind() == ErrorKind::TimedOut {
        hub.count_cut_off();
    }
}

/// A request for `transport`'s updates with `head`, a client's own. hyper uses a request's head up, so that each has a
/// copy: of the table, while large values are shared.
#[must_use]
pub fn request(transport: Transport, query: std::fmt::Arguments<'_>, head: &HeaderMap) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.headers_mut() = head.clone();
    *request.uri_mut() = format!("{}{query}", transport.path()).try_into().expect("paths and numbers make a URI");
    request
}

/// Tells the sink what is gone behind `since`, and gives where the reader stands.
///
/// # Errors
/// When the answer does not say where.
pub fn standing<T>(response: &Response<T>, since: u64, sink: &mut impl Sink) -> Result<u64, Broken> {
    tell_lost(response, since, sink);
    number(response, &CURSOR).ok_or_else(|| Broken::Protocol("no `cursor` in the answer".into()))
}

/// Tells the sink what is gone behind `since`, as far as the answer says.
pub fn tell_lost<T>(response: &Response<T>, since: u64, sink: &mut impl Sink) {
    if let Some(lost) = number(response, &LOST) {
        sink.lost(since + 1..since.saturating_add(1).saturating_add(lost));
    }
}

fn number<T>(response: &Response<T>, name: &HeaderName) -> Option<u64> {
    response.headers().get(name)?.to_str().ok()?.parse().ok()
}

/// Whether an answer's content comes in gzip.
#[must_use]
pub fn is_gzip<T>(response: &Response<T>) -> bool {
    response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip")
}

/// Counts a reader that is ended because it was too slow.
pub fn count_end(cursor: &Cursor, ended: Ended) {
    if matches!(ended, Ended::TooSlow { .. }) {
        cursor.hub().count_cut_off();
    }
}
