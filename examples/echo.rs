//! A server that gives each WebSocket message back, for Autobahn's test suite: `tests/autobahn/run`.
//!
//! ```sh
//! cargo run --example echo -- 127.0.0.1:9001   # port 0: any free one; its address is the first line it prints
//! ```
//!
//! What stands between the socket and a message is what `pushbench serve` has there: the counted stream, hyper, the
//! room's handshake and its conversation, over a feed in which nothing happens. Two things are other: each message is
//! answered with itself, and one may have 16 MiB, which are what Autobahn's chapter on performance goes up to.

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pushbench::feed::hub::Hub;
use pushbench::feed::ring::Feed;
use pushbench::kind::{Answer, Compression, Encoding};
use pushbench::server::Limits;
use pushbench::transport::ask::{Ask, HOLD};
use pushbench::transport::room::{Reply, Updates};
use pushbench::transport::websocket;
use pushbench::trial::Sockets;
use pushbench::wire::counted::Counted;
use pushbench::wire::socket;
use pushbench::wire::stream::Stream;
use pushbench::wire::tap::Tap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};
use tokio_tungstenite::tungstenite::Message;

const LARGEST_MESSAGE: usize = 16 << 20;
/// As long as the server itself waits for the other side's end.
const CLOSING: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn Error>> {
    let listen: SocketAddr = std::env::args().nth(1).as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let limits = Limits { message: LARGEST_MESSAGE, ..Limits::default() };
    let listener = socket::listen(listen, Sockets::default(), limits.stalled)?;
    println!("{}", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let hub = Hub::new(&Feed::new(0));
    LocalSet::new().block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, client) = listener.accept().await?;
            spawn_local(carry(stream, client, limits, Rc::clone(&hub)));
        }
    })
}

/// A connection, as the server carries it.
async fn carry(stream: TcpStream, client: SocketAddr, limits: Limits, hub: Rc<Hub>) {
    let (counted, mut home) = Counted::new(stream, client, Arc::new(Tap::default()));
    let service = service_fn(|mut request: Request<Incoming>| {
        let ask = Ask {
            since: None,
            hold_ns: HOLD,
            answer: Answer::All,
            encoding: Encoding::Text,
            stalled: limits.stalled,
            silent: limits.silent,
            largest_message: limits.message,
            compression: Compression::None,
            tunnel: false,
            headers: std::mem::take(request.headers_mut()),
        };
        let response = match websocket::converse(ask, hub.cursor(None), the_same) {
            Reply::Upgrade(response, talk) => {
                spawn_local(async move {
                    if let Ok(upgraded) = hyper::upgrade::on(&mut request).await {
                        talk(Stream::new(upgraded)).await;
                    }
                });
                response
            }
            Reply::Response(refusal) => refusal,
            Reply::Held(_) => unreachable!("a WebSocket is never held"),
        };
        async { Ok::<hyper::Response<Updates>, Infallible>(response) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.idle).max_buf_size(limits.head.max(8192));
    // a connection that breaks is the suite's own doing
    let _ = Box::pin(http.serve_connection(TokioIo::new(counted), service).with_upgrades()).await;
    home.finish(CLOSING).await;
}

/// A text or binary message; the room answers the others by itself.
fn the_same(message: Message) -> Option<Message> {
    (message.is_text() || message.is_binary()).then_some(message)
}
