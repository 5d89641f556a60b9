//! Over HTTP/2 as hyper speaks it on both sides: nothing is left over, and the payload is what was sent.

use super::{Part, dissect_with};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http2::SendRequest;
use hyper::ext::Protocol;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use pushbench::kind::{Encoding, Transport};
use pushbench::transport::{sse, websocket};
use pushbench::update;
use pushbench::wire::dissect::connection::Dissector;
use pushbench::wire::dissect::ledger::Way;
use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

type Body = BoxBody<Bytes, Infallible>;

/// What passes, as the client sees it.
struct Tapped(DuplexStream, Arc<Mutex<Vec<Part>>>);

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.0).poll_read(context, buffer))?;
        let octets = buffer.filled()[before..].to_vec();
        if !octets.is_empty() {
            self.1.lock().expect("no panic").push((Way::Down, octets));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let octets = ready!(Pin::new(&mut self.0).poll_write(context, bytes))?;
        self.1.lock().expect("no panic").push((Way::Up, bytes[..octets].to_vec()));
        Poll::Ready(Ok(octets))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

const UPDATES: u64 = 40;
const SIZE: usize = 700;

fn text(number: u64) -> Bytes {
    update::encode(number, SIZE, Encoding::Text)
}

fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).boxed()
}

/// By the path: a batch with many fields, nothing, an error, a stream of events, or a conversation.
async fn answer(request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let path = request.uri().path().to_owned();
    let number = path.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(1_u64);
    let answer = Response::builder().header("cursor", number).header("cache-control", "no-store");
    let answer = match &path[..2] {
        "/b" => {
            let batch = [text(number), text(number + 1)];
            let body = update::join(batch.iter().map(|update| &update[..]), Encoding::Text);
            answer.header("content-type", "text/plain").body(whole(body))
        }
        "/n" => answer.status(if number % 2 == 0 { 204 } else { 304 }).body(whole("")),
        "/e" => answer.status(StatusCode::NOT_FOUND).body(whole("no such thing")),
        "/s" => {
            let events = stream::unfold(1, |number| async move {
                tokio::task::yield_now().await; // other streams of the connection have their turn
                let event = (number <= UPDATES).then(|| sse::text_event(&text(number)))?;
                Some((Ok(Frame::data(event)), number + 1))
            });
            answer.body(BodyExt::boxed(StreamBody::new(SyncStream(Box::pin(events)))))
        }
        _ => {
            tokio::spawn(async move {
                let mut stream = TokioIo::new(hyper::upgrade::on(request).await.expect("extended CONNECT"));
                for number in 1..=UPDATES {
                    stream.write_all(&websocket::text_frame(&text(number))).await.expect("it listens");
                    stream.flush().await.expect("as above");
                }
                stream.write_all(b"\x89\x02hi").await.expect("as above");
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await.expect("as above");
                assert_eq!(rest, b"\x8a\x82\0\0\0\0hi\x88\x80\0\0\0\0");
                stream.shutdown().await.expect("as above");
            });
            answer.body(whole(""))
        }
    };
    Ok(answer.expect("an answer"))
}

type Events = Pin<Box<dyn stream::Stream<Item = Result<Frame<Bytes>, Infallible>> + Send + Sync>>;

/// A stream of events as a body may have one.
struct SyncStream(Events);

impl stream::Stream for SyncStream {
    type Item = Result<Frame<Bytes>, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

/// One connection, on which `client` does what it does; gives all that passed.
fn captured<F: Future<Output = ()>>(client: impl FnOnce(SendRequest<Empty<Bytes>>) -> F) -> Vec<Part> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let parts = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        // small, so that frames come in pieces
        let (ours, theirs) = tokio::io::duplex(1000);
        let mut server = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        server.enable_connect_protocol();
        tokio::spawn(server.serve_connection(TokioIo::new(theirs), service_fn(answer)));
        let io = TokioIo::new(Tapped(ours, Arc::clone(&parts)));
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
        let (sender, connection) = handshake.await.expect("a connection");
        let connection = tokio::spawn(connection);
        client(sender).await;
        connection.await.expect("no panic").expect("it ends well");
    });
    std::mem::take(&mut *parts.lock().expect("no panic"))
}

async fn ask(sender: &mut SendRequest<Empty<Bytes>>, path: &str) -> (StatusCode, Bytes) {
    let request = Request::get(format!("http://a{path}")).header("accept", "*/*").body(Empty::new()).expect("one");
    let answer = sender.send_request(request).await.expect("an answer");
    (answer.status(), answer.into_body().collect().await.expect("a body").to_bytes())
}

#[test]
fn polls() {
    let parts = captured(|mut sender| async move {
        for number in 1..=UPDATES {
            assert_eq!(ask(&mut sender, &format!("/b{number}")).await.1.len(), 2 * SIZE + 1);
            assert!(ask(&mut sender, &format!("/n{number}")).await.1.is_empty());
        }
        assert_eq!(ask(&mut sender, "/e").await.0, StatusCode::NOT_FOUND);
    });
    let dissector = Dissector::new(Transport::Polling, Encoding::Text, true);
    let (all, given) = dissect_with(dissector, &parts, || usize::MAX);
    assert_eq!((all.up.other, all.down.other), (0, "no such thing".len() as u64 + 9));
    assert_eq!((all.up.payload, all.down.payload), (0, 2 * UPDATES * SIZE as u64));
    // two frames of each batch's answer, one of each empty one's and of the error's; a separator
    let empty_data = all.down.framing - UPDATES * (2 * 9 + 1 + 9) - 9;
    assert_eq!(empty_data, 0);
    assert_eq!(all.up.framing, (2 * UPDATES + 1) * 9);
    assert_eq!(given, 2 * u32::try_from(UPDATES).expect("few"));
}

#[test]
fn streams_that_share_a_connection() {
    let parts = captured(|sender| async move {
        let one = |mut sender: SendRequest<Empty<Bytes>>| async move { ask(&mut sender, "/s").await.1.len() };
        let lens = tokio::join!(one(sender.clone()), one(sender.clone()), one(sender));
        assert!(lens.0 > SIZE * 40 && lens.0 == lens.1 && lens.1 == lens.2, "{lens:?}");
    });
    let dissector = Dissector::new(Transport::Sse, Encoding::Text, true);
    let (all, given) = dissect_with(dissector, &parts, || usize::MAX);
    assert_eq!((all.up.other, all.down.other), (0, 0));
    assert_eq!(all.down.payload, 3 * UPDATES * SIZE as u64);
    assert_eq!(u64::from(given), 3 * (1 + UPDATES));
    assert_eq!(all.up.framing, 3 * 9);
}

#[test]
fn conversations() {
    let parts = captured(|mut sender| async move {
        // the server's settings allow for it, so they have to be there
        assert_eq!(ask(&mut sender, "/e").await.0, StatusCode::NOT_FOUND);
        let mut request = Request::builder().method(Method::CONNECT).uri("http://a/w").body(Empty::new()).expect("one");
        request.extensions_mut().insert(Protocol::from_static("websocket"));
        let answer = sender.send_request(request).await.expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK);
        let mut stream = TokioIo::new(hyper::upgrade::on(answer).await.expect("a stream"));
        let frames: usize = (1..=UPDATES).map(|number| websocket::text_frame(&text(number)).len()).sum();
        let mut received = vec![0; frames + 4];
        stream.read_exact(&mut received).await.expect("all of them");
        stream.write_all(b"\x8a\x82\0\0\0\0hi\x88\x80\0\0\0\0").await.expect("it listens");
        stream.shutdown().await.expect("as above");
        assert_eq!(stream.read_to_end(&mut received).await.expect("the end"), 0);
    });
    let dissector = Dissector::new(Transport::Websocket, Encoding::Text, true);
    let (all, given) = dissect_with(dissector, &parts, || usize::MAX);
    assert_eq!((all.up.other, all.down.other), (0, "no such thing".len() as u64 + 9), "a poll's answer is none here");
    assert_eq!((all.up.payload, all.down.payload), (0, UPDATES * SIZE as u64));
    assert_eq!(u64::from(given), 1 + UPDATES);
}
