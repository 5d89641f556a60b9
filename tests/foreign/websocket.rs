//! An independent implementation of RFC 6455 reads the feed.

use crate::PATIENCE;
use crate::served::{Served, assert_consecutive, number};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, CloseCode, Message, WebSocketStream};

type Socket = WebSocketStream<TcpStream>;

fn within_patience<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await }).expect("all of it within the time")
}

async fn open(address: SocketAddr, query: &str) -> Socket {
    let stream = TcpStream::connect(address).await.expect("the server accepts");
    let uri = format!("ws://{address}/websocket{query}");
    let builder = ClientBuilder::new().uri(&uri).expect("an address");
    let (socket, response) = builder.connect_on(stream).await.expect("a handshake both sides agree on");
    assert_eq!(response.status(), 101);
    assert!(response.headers().contains_key("cursor"));
    socket
}

async fn message(socket: &mut Socket) -> Message {
    socket.next().await.expect("the stream goes on").expect("a valid message")
}

/// The next `count` updates' numbers, consecutive.
async fn numbers(socket: &mut Socket, count: usize) -> Vec<u64> {
    let mut numbers = Vec::new();
    while numbers.len() < count {
        let message = message(socket).await;
        assert!(message.is_text(), "{message:?}");
        numbers.push(number(message.as_payload()));
    }
    assert_consecutive(&numbers);
    numbers
}

/// What the server closes with, past updates still on their way.
async fn closing(socket: &mut Socket) -> (CloseCode, String) {
    loop {
        let message = message(socket).await;
        if let Some((code, reason)) = message.as_close() {
            let close = (code, reason.to_owned());
            assert!(socket.next().await.is_none(), "nothing follows a close");
            return close;
        }
    }
}

#[test]
fn it_reads_on_where_it_stopped() {
    let served = Served::start();
    within_patience(async {
        let mut socket = open(served.address, "?since=0").await;
        let first = numbers(&mut socket, 5).await;
        assert_eq!(first[0], 1);
        drop(socket);
        let mut socket = open(served.address, "?since=3").await;
        assert_eq!(numbers(&mut socket, 5).await, [4, 5, 6, 7, 8]);
        // without a place to go on from: what is published from here on
        let mut fresh = open(served.address, "").await;
        assert!(numbers(&mut fresh, 2).await[0] > 5);
    });
    served.stop();
}

#[test]
fn its_pings_come_back_with_their_payload() {
    let served = Served::start();
    within_patience(async {
        let mut socket = open(served.address, "").await;
        let longest = "p".repeat(125);
        for payload in ["", "still there?", &longest] {
            socket.send(Message::ping(payload.to_owned())).await.expect("it takes a ping");
            loop {
                let message = message(&mut socket).await;
                if message.is_pong() {
                    assert_eq!(&message.as_payload()[..], payload.as_bytes());
                    break;
                }
            }
        }
        numbers(&mut socket, 2).await;
    });
    served.stop();
}

#[test]
fn what_it_says_is_no_reason_to_stop() {
    let served = Served::start();
    within_patience(async {
        let mut socket = open(served.address, "").await;
        socket.send(Message::text("hello")).await.expect("it takes a text");
        socket.send(Message::binary(vec![0xff; 1 << 16])).await.expect("it takes as much as it allows");
        socket.send(Message::pong("unasked for")).await.expect("it takes a pong");
        numbers(&mut socket, 10).await;
    });
    served.stop();
}

#[test]
fn a_message_too_big_is_refused_with_1009() {
    let served = Served::start();
    within_patience(async {
        for size in [(1 << 16) + 1, 8 << 20] {
            let mut socket = open(served.address, "").await;
            // the server does not wait for the end of what it refuses: a client may get an error for writing on
            let _ = socket.send(Message::text("x".repeat(size))).await;
            assert_eq!(closing(&mut socket).await.0, CloseCode::MESSAGE_TOO_BIG, "{size}");
        }
    });
    served.stop();
}

#[test]
fn its_close_is_answered() {
    let served = Served::start();
    within_patience(async {
        let mut socket = open(served.address, "").await;
        numbers(&mut socket, 1).await;
        socket.send(Message::close(Some(CloseCode::NORMAL_CLOSURE), "enough")).await.expect("it takes a close");
        assert_eq!(closing(&mut socket).await.0, CloseCode::NORMAL_CLOSURE);
    });
    served.stop();
}

#[test]
fn a_server_that_ends_says_so_with_1001() {
    let served = Served::start();
    within_patience(async {
        let mut socket = open(served.address, "").await;
        numbers(&mut socket, 2).await;
        served.terminate();
        let (code, reason) = closing(&mut socket).await;
        assert_eq!((code, &*reason), (CloseCode::GOING_AWAY, "the server is closing"));
    });
    served.ended();
}
