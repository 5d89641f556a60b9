//! WebSocket: frames on an upgraded connection (RFC 6455).
//!
//! ```text
//! > GET /websocket?since=16 HTTP/1.1                    < HTTP/1.1 101 Switching Protocols
//! > host: 127.0.0.1:8080                                < upgrade: websocket
//! > connection: upgrade                                 < connection: upgrade
//! > upgrade: websocket                                  < sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! > sec-websocket-version: 13                           < cursor: 16
//! > sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==         < date: Sat, 21 Nov 2026 10:00:00 GMT
//! >                                                     <
//!                                                       < 81 14  0000000000000017 abc
//! ```
//!
//! What one update costs here: two octets (four from 126, ten from 65,536) and a write.

use super::ask::{self, Ask};
use super::room::{self, Course, Reply, Room, Talking, Updates};
use crate::feed::hub::{Cursor, Ended};
use crate::kind::{Encoding, Transport};
use crate::sink::Sink;
use crate::update;
use crate::wire::exchange::{Broken, Exchange};
use crate::wire::stream::Stream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::{Response, StatusCode, Version};
use std::convert::Infallible;
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The room.
pub struct Websocket;

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");
const VERSION: HeaderValue = HeaderValue::from_static("13");
/// What a server reads are pings and closes; tungstenite's own default is 128 KiB a connection, zeroed at every read.
const SERVER_BUFFER: usize = 1 << 10;

impl Room for Websocket {
    fn serve(ask: Ask, cursor: Cursor) -> Reply {
        converse(ask, cursor, |_| None)
    }

    async fn follow<S: Sink>(exchange: &mut Exchange, course: &mut Course, sink: &mut S) -> Result<Infallible, Broken> {
        let key = generate_key();
        let mut request = room::request(Transport::Websocket, format_args!("?since={}", course.since), &course.head);
        let headers = request.headers_mut();
        switch(headers);
        headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::try_from(&key).map_err(|e| Broken::Protocol(e.to_string()))?);
        let (response, io) = exchange.open_stream(request).await?;
        let accept = response.headers().get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
        // over HTTP/2 there is neither key nor answer to it (RFC 8441, 5)
        if response.version() != Version::HTTP_2 && accept != Some(derive_accept_key(key.as_bytes()).as_bytes()) {
            return Err(Broken::Protocol("`sec-websocket-accept` does not answer the key".into()));
        }
        course.since = room::standing(&response, course.since, sink)?;
        let buffer = room::read_buffer(course.payload);
        let mut socket =
            WebSocketStream::from_raw_socket(io, Role::Client, Some(config(buffer, update::MAX_LEN))).await;
        sink.opened();
        while let Some(message) = socket.next().await {
            match message.map_err(|error| Broken::Protocol(error.to_string()))? {
                Message::Text(text) => sink.deliver(text.as_bytes()),
                Message::Binary(bytes) => sink.deliver(&bytes),
                Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => continue,
            }
            course.since += 1; // the stream has no gap: a reader too slow for that is cut off
        }
        Err(Broken::Ended)
    }
}

/// The server half, with what `answer` has to say to a message. The room has nothing to say to any; `examples/echo.rs`,
/// by which Autobahn's cases are put to this very code, has to each the same.
pub fn converse(ask: Ask, cursor: Cursor, answer: impl FnMut(Message) -> Option<Message> + 'static) -> Reply {
    let opened = if ask.tunnel { tunnel(&ask.headers, &cursor) } else { upgrade(&ask.headers, &cursor) };
    let response = match opened {
        Ok(response) => response,
        Err(refusal) => return Reply::Response(*refusal),
    };
    let Ask { encoding, stalled, silent, largest_message, .. } = ask;
    let patience = (stalled, silent);
    Reply::Upgrade(response, Box::new(move |io| talk(io, cursor, encoding, patience, largest_message, answer)))
}

fn config(read_buffer: usize, largest_message: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(read_buffer)
        .write_buffer_size(0)
        .max_message_size(Some(largest_message))
        .max_frame_size(Some(largest_message))
}

fn switch(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, WEBSOCKET);
}

/// The answer to a request for an upgrade.
fn upgrade(headers: &HeaderMap, cursor: &Cursor) -> Result<Response<Updates>, Box<Response<Updates>>> {
    let accept = accept(headers)?;
    let mut response = room::head(StatusCode::SWITCHING_PROTOCOLS, cursor, Updates::none());
    switch(response.headers_mut());
    response.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

/// The answer to an extended CONNECT (RFC 8441, 5).
fn tunnel(headers: &HeaderMap, cursor: &Cursor) -> Result<Response<Updates>, Box<Response<Updates>>> {
    check_version(headers)?;
    Ok(room::head(StatusCode::OK, cursor, Updates::none()))
}

/// Checks the client's handshake (RFC 6455, 4.2.1) and gives the answer to its key.
fn accept(headers: &HeaderMap) -> Result<HeaderValue, Box<Response<Updates>>> {
    if !ask::upgrades_to(headers, "websocket") {
        let mut refusal = room::refuse(StatusCode::UPGRADE_REQUIRED, "this needs a WebSocket handshake");
        switch(refusal.headers_mut());
        return Err(Box::new(refusal));
    }
    check_version(headers)?;
    let octets = |key: &&HeaderValue| STANDARD.decode(key.as_bytes()).is_ok_and(|octets| octets.len() == 16);
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(octets);
    let accept = key.and_then(|key| HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok());
    let refusal = || room::refuse(StatusCode::BAD_REQUEST, "`Sec-WebSocket-Key` is 16 octets in base64");
    accept.ok_or_else(|| Box::new(refusal()))
}

fn check_version(headers: &HeaderMap) -> Result<(), Box<Response<Updates>>> {
    if headers.get(SEC_WEBSOCKET_VERSION) != Some(&VERSION) {
        let mut refusal = room::refuse(StatusCode::UPGRADE_REQUIRED, "`Sec-WebSocket-Version: 13` is the one there is");
        switch(refusal.headers_mut());
        refusal.headers_mut().insert(SEC_WEBSOCKET_VERSION, VERSION);
        return Err(Box::new(refusal));
    }
    Ok(())
}

/// The frame of a text update.
#[must_use]
pub fn text_frame(payload: &Bytes) -> Bytes {
    frame(payload, Data::Text)
}

/// The frame of a binary update.
#[must_use]
pub fn binary_frame(payload: &Bytes) -> Bytes {
    frame(payload, Data::Binary)
}

fn frame(payload: &Bytes, kind: Data) -> Bytes {
    let frame = Frame::message(payload.clone(), OpCode::Data(kind), true);
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("writing to memory");
    bytes.into()
}

// no `async fn`, which would hold its arguments twice
fn talk(
    io: Stream,
    mut cursor: Cursor,
    encoding: Encoding,
    (stalled, silent): (Duration, Duration),
    largest_message: usize,
    mut answer: impl FnMut(Message) -> Option<Message> + 'static,
) -> Talking {
    let encode = if encoding == Encoding::Binary { binary_frame } else { text_frame };
    Box::pin(async move {
        let config = config(SERVER_BUFFER, largest_message);
        // in a box that is gone at once: it is larger than all that is waited for later
        let mut socket = Box::pin(WebSocketStream::from_raw_socket(io, Role::Server, Some(config))).await;
        let mut life = Life::new(stalled, silent);
        let close = loop {
            tokio::select! {
                ready = cursor.ready() => match ready {
                    Ok(()) => {
                        life.spoke = true;
                        // nothing of tungstenite's own is pending here: what it has to say is flushed where it arises
                        while let Some(frames) = cursor.take_frames(Transport::Websocket, encode) {
                            if room::write_all(socket.get_mut(), &frames, stalled, cursor.hub()).await.is_err() {
                                return;
                            }
                        }
                    }
                    Err(ended) => {
                        room::count_end(&cursor, ended);
                        break close_frame(&ended);
                    }
                },
                message = socket.next() => match message {
                    None => return,
                    Some(Err(error)) => {
                        if let Error::Io(error) = &error {
                            room::count_stalled(error, cursor.hub());
                        }
                        break error_frame(&error);
                    }
                    // the answering close is queued; nothing may follow it
                    Some(Ok(Message::Close(_))) => {
                        life.flush(&mut socket).await;
                        return;
                    }
                    // a pong may be queued: it leaves before the next update
                    Some(Ok(message)) => {
                        life.heard = true;
                        // no `send`, whose future would be held by every conversation, also where nothing is answered
                        if answer(message).is_some_and(|answer| socket.start_send_unpin(answer).is_err()) { return }
                        if !life.flush(&mut socket).await { return }
                    }
                },
                () = life.sign() => if !life.ping(&mut socket).await { return },
            }
        };
        // the peer may be gone, or too slow to take even this; it has a second
        let _ = tokio::time::timeout(Duration::from_secs(1), async {
            if socket.close(close).await.is_ok() {
                while let Some(Ok(_)) = socket.next().await {}
            }
        })
        .await;
    })
}

/// Whether the peer is still there.
struct Life {
    tick: tokio::time::Interval,
    stalled: Duration,
    /// Since the last tick: something was sent; something was heard.
    spoke: bool,
    heard: bool,
    pinged: bool,
}

impl Life {
    fn new(stalled: Duration, silent: Duration) -> Life {
        let start = tokio::time::Instant::now() + silent;
        Life { tick: tokio::time::interval_at(start, silent), stalled, spoke: false, heard: true, pinged: false }
    }

    async fn sign(&mut self) {
        self.tick.tick().await;
    }

    /// A silent connection gets a ping; false when the last one was not answered.
    async fn ping(&mut self, socket: &mut WebSocketStream<Stream>) -> bool {
        let heard = std::mem::take(&mut self.heard);
        if self.pinged && !heard {
            return false;
        }
        self.pinged = !std::mem::take(&mut self.spoke);
        if !self.pinged {
            return true;
        }
        let sent = tokio::time::timeout(self.stalled, socket.send(Message::Ping(Bytes::new()))).await;
        matches!(sent, Ok(Ok(())))
    }

    async fn flush(&self, socket: &mut WebSocketStream<Stream>) -> bool {
        // after a close this is an error, and the next read gives the end
        matches!(tokio::time::timeout(self.stalled, socket.flush()).await, Ok(Ok(()) | Err(Error::ConnectionClosed)))
    }
}

fn close_frame(ended: &Ended) -> Option<CloseFrame> {
    let code = match ended {
        Ended::TooSlow { .. } => CloseCode::Policy,
        Ended::Closing => CloseCode::Away,
    };
    Some(CloseFrame { code, reason: ended.to_string().into() })
}

/// The close that RFC 6455, 7.4.1 asks for after `error`.
fn error_frame(error: &Error) -> Option<CloseFrame> {
    let code = match error {
        Error::Capacity(_) => CloseCode::Size,
        Error::Utf8(_) => CloseCode::Invalid,
        Error::Protocol(_) => CloseCode::Protocol,
        _ => return None,
    };
    Some(CloseFrame { code, reason: "".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_vectors() {
        // RFC 6455, 1.3; and one more, worked out apart from this code
        assert_eq!(derive_accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(derive_accept_key(b"x3JJHMbDL1EzLkh9GBhXDw=="), "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
    }

    #[test]
    fn a_handshake_is_checked() {
        let mut headers = HeaderMap::new();
        let status = |headers: &HeaderMap| accept(headers).map_err(|refusal| refusal.status());
        assert_eq!(status(&headers), Err(StatusCode::UPGRADE_REQUIRED));
        headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("8"));
        assert_eq!(status(&headers), Err(StatusCode::UPGRADE_REQUIRED));
        headers.insert(SEC_WEBSOCKET_VERSION, VERSION);
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("short"));
        assert_eq!(status(&headers), Err(StatusCode::BAD_REQUEST));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("!!!!!!!!!!!!!!!!!!!!!!!!"));
        assert_eq!(status(&headers), Err(StatusCode::BAD_REQUEST));
        headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(status(&headers), Ok(HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
    }

    #[test]
    fn frames_have_the_lengths_of_the_rfc() {
        let overhead = |size| frame(&update::encode(1, size, Encoding::Text), Data::Text).len() - size;
        assert_eq!([20, 125, 126, 65_535, 65_536].map(overhead), [2, 2, 4, 4, 10]);
        let short = text_frame(&update::encode(17, 20, Encoding::Text));
        assert_eq!(&short[..], b"\x81\x140000000000000017 abc");
        assert_eq!(binary_frame(&update::encode(17, 20, Encoding::Binary))[0], 0x82);
    }
}
