//! Raw TCP: length-prefixed updates on the bare socket. The floor: less than this nobody sends.
//!
//! ```text
//! > GET /raw-tcp?since=16 HTTP/1.1        < HTTP/1.1 101 Switching Protocols
//! > host: 127.0.0.1:8080                  < upgrade: raw-tcp
//! > connection: upgrade                   < connection: upgrade
//! > upgrade: raw-tcp                      < cursor: 16
//! >                                       < date: Sat, 21 Nov 2026 10:00:00 GMT
//!                                         <
//!                                         < 00 00 00 14  0000000000000017 abc
//! ```
//!
//! What one update costs here: four octets and a write.

use super::ask::{self, Ask};
use super::room::{self, Course, Reply, Room, Updates};
use crate::feed::hub::Cursor;
use crate::kind::Transport;
use crate::sink::Sink;
use crate::update;
use crate::wire::exchange::{Broken, Exchange};
use bytes::{Buf, Bytes, BytesMut};
use hyper::StatusCode;
use hyper::header::{CONNECTION, HeaderMap, HeaderValue, UPGRADE};
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The room.
pub struct RawTcp;

const TOKEN: HeaderValue = HeaderValue::from_static("raw-tcp");

impl Room for RawTcp {
    fn serve(ask: Ask, cursor: Cursor) -> Reply {
        if !ask::upgrades_to(&ask.headers, "raw-tcp") {
            let mut refusal = room::refuse(StatusCode::UPGRADE_REQUIRED, "this needs `Upgrade: raw-tcp`");
            switch(refusal.headers_mut());
            return Reply::Response(refusal);
        }
        let mut response = room::head(StatusCode::SWITCHING_PROTOCOLS, &cursor, Updates::none());
        switch(response.headers_mut());
        let Ask { stalled, .. } = ask;
        Reply::Upgrade(response, Box::new(move |io| Box::pin(talk(io, cursor, stalled))))
    }

    async fn follow<S: Sink>(exchange: &mut Exchange, course: &mut Course, sink: &mut S) -> Result<Infallible, Broken> {
        let mut request = room::request(Transport::RawTcp, format_args!("?since={}", course.since), &course.head);
        switch(request.headers_mut());
        let (response, mut io) = exchange.open_stream(request).await?;
        course.since = room::standing(&response, course.since, sink)?;
        receive(&mut io, &mut course.since, course.payload, sink).await
    }
}

/// The client's side of the stream, from update `since` on, whatever carries it.
///
/// # Errors
/// Why it ended.
pub async fn receive<S: Sink>(
    io: &mut (impl AsyncRead + Unpin),
    since: &mut u64,
    payload: usize,
    sink: &mut S,
) -> Result<Infallible, Broken> {
    sink.opened();
    let size = room::read_buffer(payload);
    let mut buffer = BytesMut::with_capacity(2 * size);
    loop {
        while let Some((update, _)) = update::split_prefixed(&buffer) {
            sink.deliver(update);
            *since += 1; // the stream has no gap: a reader too slow for that is cut off
            let octets = update.len() + 4;
            buffer.advance(octets);
        }
        buffer.reserve(size);
        if io.read_buf(&mut buffer).await? == 0 {
            return Err(Broken::Ended);
        }
    }
}

fn switch(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, TOKEN);
}

/// An update behind its length.
#[must_use]
pub fn frame(payload: &Bytes) -> Bytes {
    let mut frame = BytesMut::with_capacity(payload.len() + 4);
    update::put_length(&mut frame, payload.len());
    frame.extend_from_slice(payload);
    frame.freeze()
}

/// The server's side of the stream, whatever carries it.
pub async fn talk(mut io: impl AsyncRead + AsyncWrite + Unpin, mut cursor: Cursor, stalled: Duration) {
    let mut incoming = [0; 16];
    loop {
        tokio::select! {
            ready = cursor.ready() => {
                if let Err(ended) = ready {
                    break room::count_end(&cursor, ended);
                }
                while let Some(frames) = cursor.take_frames(Transport::RawTcp, frame) {
                    if room::write_all(&mut io, &frames, stalled, cursor.hub()).await.is_err() {
                        return;
                    }
                }
            }
            // a client has nothing to say here; that it says it no more is how it leaves
            read = io.read(&mut incoming) => match read {
                Ok(1..) => {}
                Ok(0) => break,
                Err(error) => break room::count_stalled(&error, cursor.hub()),
            },
        }
    }
    let _ = io.shutdown().await; // the client may have left first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_octets_and_the_update() {
        assert_eq!(&frame(&Bytes::from_static(b"0000000000000017 abc"))[..], b"\0\0\0\x140000000000000017 abc");
    }
}
