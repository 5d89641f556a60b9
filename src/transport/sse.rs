//! Server-sent events: one response that never ends (WHATWG HTML, 9.2).
//!
//! ```text
//! > GET /sse?since=16 HTTP/1.1            < HTTP/1.1 200 OK
//! > host: 127.0.0.1:8080                  < cursor: 16
//! > accept: text/event-stream             < content-type: text/event-stream
//! >                                       < cache-control: no-store
//!                                         < transfer-encoding: chunked
//!                                         < date: Sat, 21 Nov 2026 10:00:00 GMT
//!                                         <
//!                                         < d
//!                                         < retry: 1000
//!                                         <
//!                                         <
//!                                         < 23
//!                                         < id: 17
//!                                         < data: 0000000000000017 abc
//!                                         <
//!                                         <
//! ```
//!
//! What one update costs here: the field names and the id (16 octets and more), the chunk's length and line ends (6 and
//! more), and a write. Binary updates go in base64, a third larger.
//!
//! In gzip (`content-encoding: gzip`) the stream is one deflate stream a connection with a flush behind each write, as a
//! proxy makes it that compresses `text/event-stream`: what was sent before is the dictionary of what comes, so that even
//! small events shrink. It takes each connection tables of its own, and compressing for each of them: nothing of it is
//! shared between readers.

use super::ask::Ask;
use super::room::{self, Course, Reply, Room, Updates};
use crate::feed::hub::{Cursor, Ended};
use crate::gzip::{Packing, Unpacking};
use crate::kind::{Encoding, Transport};
use crate::sink::Sink;
use crate::update;
use crate::wire::exchange::{Broken, Exchange};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body, Frame};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// The room.
pub struct Sse;

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

impl Room for Sse {
    fn serve(ask: Ask, cursor: Cursor) -> Reply {
        // a browser that reconnects repeats the URL; where it stands is in this header alone
        let cursor = match ask.headers.get(LAST_EVENT_ID).map(|id| id.to_str().ok().and_then(|id| id.parse().ok())) {
            Some(Some(since)) => cursor.hub().cursor(Some(since)),
            Some(None) => {
                let refusal = room::refuse(StatusCode::BAD_REQUEST, "`Last-Event-ID` is the number of an update");
                return Reply::Response(refusal);
            }
            None => cursor,
        };
        let mut response = room::head(StatusCode::OK, &cursor, Updates::none());
        response.headers_mut().insert(CONTENT_TYPE, EVENT_STREAM);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let packing = ask.in_gzip().then(Box::default);
        if packing.is_some() {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = Updates::Stream(Box::pin(Events::new(cursor, ask.encoding, packing, ask.silent)));
        Reply::Response(response)
    }

    async fn follow<S: Sink>(exchange: &mut Exchange, course: &mut Course, sink: &mut S) -> Result<Infallible, Broken> {
        let mut request = room::request(Transport::Sse, format_args!("?since={}", course.since), &course.head);
        request.headers_mut().insert(ACCEPT, EVENT_STREAM);
        let response = exchange.open(request).await?;
        if response.status() != StatusCode::OK {
            return Err(Broken::Refused { status: response.status(), body: String::new() });
        }
        course.since = room::standing(&response, course.since, sink)?;
        sink.opened();
        let mut unpacking = room::is_gzip(&response).then(Unpacking::default);
        let (mut body, mut parser) = (response.into_body(), Parser::default());
        while let Some(frame) = body.frame().await {
            let Ok(mut bytes) = frame?.into_data() else { continue };
            if let Some(unpacking) = &mut unpacking {
                bytes = unpacking.push(&bytes)?.into();
            }
            parser.push(&bytes, |event| {
                if let Some(id) = event.id.and_then(|id| id.parse().ok()) {
                    course.since = id;
                }
                match course.encoding {
                    Encoding::Binary => match STANDARD.decode(event.data) {
                        Ok(update) => sink.deliver(&update),
                        Err(_) => sink.deliver(event.data.as_bytes()), // no update: the sink will say so
                    },
                    Encoding::Text | Encoding::Json => sink.deliver(event.data.as_bytes()),
                }
            });
        }
        Err(Broken::Ended)
    }
}

/// The event of a text update.
#[must_use]
pub fn text_event(payload: &Bytes) -> Bytes {
    event(payload, payload)
}

/// The event of a binary update.
#[must_use]
pub fn binary_event(payload: &Bytes) -> Bytes {
    event(payload, STANDARD.encode(payload).as_bytes())
}

fn event(payload: &Bytes, data: &[u8]) -> Bytes {
    let mut event = BytesMut::with_capacity(data.len() + 40);
    if let Some(number) = update::number(payload) {
        event.put_slice(format!("id: {number}\n").as_bytes());
    }
    event.put_slice(b"data: ");
    event.put_slice(data);
    event.put_slice(b"\n\n");
    event.freeze()
}

/// The stream's body: an event an update, a comment where nothing else is said for a while.
struct Events {
    cursor: Cursor,
    encode: fn(&Bytes) -> Bytes,
    /// How long a client should wait before it reconnects; said once, at the start.
    retry: Option<&'static str>,
    /// So long it may say nothing.
    silent: Duration,
    keep_alive: Pin<Box<Sleep>>,
    /// Whether an event went out since the last look: the timer is not moved at every event.
    spoke: bool,
    /// Where the stream goes in gzip.
    packing: Option<Box<Packing>>,
}

impl Events {
    fn new(cursor: Cursor, encoding: Encoding, packing: Option<Box<Packing>>, silent: Duration) -> Events {
        let encode = if encoding == Encoding::Binary { binary_event } else { text_event };
        let keep_alive = Box::pin(tokio::time::sleep(silent));
        Events { cursor, encode, retry: Some("retry: 1000\n\n"), silent, keep_alive, spoke: false, packing }
    }

    /// `text` as it goes on the stream: one write, which a reader can read to its end.
    fn frame(&mut self, text: Bytes) -> Option<Result<Frame<Bytes>, Ended>> {
        let written = match &mut self.packing {
            Some(packing) => packing.push(&text),
            None => text,
        };
        Some(Ok(Frame::data(written)))
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Ended;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Ended>>> {
        let this = &mut *self;
        if let Some(retry) = this.retry.take() {
            return Poll::Ready(this.frame(Bytes::from_static(retry.as_bytes())));
        }
        loop {
            match this.cursor.poll_ready(context) {
                Poll::Ready(Ok(())) => {
                    this.spoke = true;
                    let event = this.cursor.take_frames(Transport::Sse, this.encode);
                    return Poll::Ready(event.and_then(|event| this.frame(event)));
                }
                Poll::Ready(Err(Ended::Closing)) => {
                    let last = this.packing.take().map(|packing| packing.finish());
                    return Poll::Ready(last.map(|last| Ok(Frame::data(last))));
                }
                Poll::Ready(Err(too_slow)) => {
                    this.cursor.hub().count_cut_off();
                    return Poll::Ready(Some(Err(too_slow)));
                }
                Poll::Pending => {}
            }
            ready!(this.keep_alive.as_mut().poll(context));
            let next = Instant::now() + this.silent;
            this.keep_alive.as_mut().reset(next);
            if !std::mem::take(&mut this.spoke) {
                return Poll::Ready(this.frame(Bytes::from_static(b":\n\n")));
            }
        }
    }
}

/// One event, as the stream's interpretation gives it (WHATWG HTML, 9.2.6).
#[derive(Debug)]
pub struct Event<'a> {
    /// The last id that the stream gave.
    pub id: Option<&'a str>,
    /// The data, several lines of it joined.
    pub data: &'a str,
}

/// Reads an event stream in pieces of any size.
#[derive(Debug, Default)]
pub struct Parser {
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Whether the last octet was a CR, after which an LF is not another line end.
    after_cr: bool,
    id: Option<String>,
    data: String,
}

impl Parser {
    /// Takes the next piece, and gives the events that it ends to `dispatch`.
    pub fn push(&mut self, mut bytes: &[u8], mut dispatch: impl FnMut(Event<'_>)) {
        if std::mem::take(&mut self.after_cr) && bytes.first() == Some(&b'\n') {
            bytes = &bytes[1..];
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            if self.line.is_empty() {
                self.field(&bytes[..end], &mut dispatch);
            } else {
                self.line.extend_from_slice(&bytes[..end]);
                let line = std::mem::take(&mut self.line);
                self.field(&line, &mut dispatch);
            }
            let cr = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            match (cr, bytes.first()) {
                (true, Some(b'\n')) => bytes = &bytes[1..],
                (true, None) => self.after_cr = true,
                _ => {}
            }
        }
        self.line.extend_from_slice(bytes);
    }

    fn field(&mut self, line: &[u8], dispatch: &mut impl FnMut(Event<'_>)) {
        if line.is_empty() {
            if let Some(data) = self.data.strip_suffix('\n') {
                dispatch(Event { id: self.id.as_deref(), data });
            }
            self.data.clear();
            return;
        }
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let value = line.get(colon + 1..).unwrap_or_default();
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match &line[..colon] {
            b"data" => {
                self.data.push_str(&value);
                self.data.push('\n');
            }
            b"id" if !value.contains('\0') => {
                let id = self.id.get_or_insert_default();
                id.clear();
                id.push_str(&value);
            }
            _ => {} // `event` and `retry` mean nothing to this client, a comment nothing to anybody
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<(Option<String>, String)> {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        for piece in pieces {
            parser.push(piece, |event| events.push((event.id.map(Into::into), event.data.into())));
        }
        events
    }

    #[test]
    fn an_event_on_the_wire() {
        let payload = update::encode(17, 20, Encoding::Text);
        assert_eq!(&text_event(&payload)[..], b"id: 17\ndata: 0000000000000017 abc\n\n");
        let json = update::encode(17, 20, Encoding::Json);
        assert!(text_event(&json).starts_with(b"id: 17\ndata: {"));
        let binary = update::encode(17, 20, Encoding::Binary);
        assert_eq!(&binary_event(&binary)[..], b"id: 17\ndata: MDAwMDAwMDAwMDAwMDAxNyAAAQI=\n\n");
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_events() {
        let stream: &[u8] =
            b"retry: 5\n\n: hello\nid: 1\ndata: a\ndata: b\r\n\r\ndata:c\rid:2\r\r\nid\ndata\n\nevent: x\n\ndata: lost";
        let whole = events(&[stream]);
        let id = |id: &str| Some(id.to_string());
        assert_eq!(whole, [(id("1"), "a\nb".into()), (id("2"), "c".into()), (id(""), String::new())]);
        for at in 0..stream.len() {
            assert_eq!(events(&[&stream[..at], &stream[at..]]), whole, "split at {at}");
        }
        assert_eq!(events(&stream.chunks(1).collect::<Vec<_>>()), whole);
    }
}
