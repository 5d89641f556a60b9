//! What a connected client costs the server in memory. Its future, hyper's buffers and the request's head are each
//! some thousand octets; one that is kept for longer than it is needed shows here.

#![cfg(target_os = "linux")]

use pushbench::clock::SECOND;
use pushbench::feed::ring::Feed;
use pushbench::kind::Transport;
use pushbench::measure::process;
use pushbench::server::{Config, Server};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Both ends are in this process, which may open 1,024 descriptors where nobody raised that.
const CLIENTS: u64 = 300;

/// The largest memory a client may cost, in octets; polling's is that of a connection between two requests.
fn bound(transport: Transport) -> u64 {
    match transport {
        Transport::RawTcp => 5 << 10,
        Transport::Websocket => 8 << 10,
        Transport::Polling | Transport::LongPolling | Transport::Sse => 16 << 10,
    }
}

/// A client that has asked, and has read the answer's head if there is one yet.
fn connect(server: SocketAddr, transport: Transport) -> TcpStream {
    let mut stream = TcpStream::connect(server).expect("it listens");
    let fields = match transport {
        Transport::Polling | Transport::LongPolling | Transport::Sse => "",
        Transport::RawTcp => "Connection: upgrade\r\nUpgrade: raw-tcp\r\n",
        Transport::Websocket => {
            "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        }
    };
    let request = format!("GET {}?timeout=60 HTTP/1.1\r\nHost: here\r\n{fields}\r\n", transport.path());
    stream.write_all(request.as_bytes()).expect("it reads");
    if transport != Transport::LongPolling {
        let mut head = [0; 1024];
        assert!(stream.read(&mut head).expect("it answers") > 0);
    }
    stream
}

#[test]
fn a_client_costs_no_more_than_it_needs() {
    for transport in Transport::ALL {
        let config = Config { hold_ns: 60 * SECOND, ..Config::new(([127, 0, 0, 1], 0).into()) };
        let server = Server::start(&config, None, &Feed::new(SECOND)).expect("a free port");
        // what only the first ones cost: buffers of the runtime, and what later ones take over
        let first: Vec<_> = (0..20).map(|_| connect(server.address(), transport)).collect();
        std::thread::sleep(Duration::from_millis(50));
        let before = process::memory().anonymous;
        let clients: Vec<_> = (0..CLIENTS).map(|_| connect(server.address(), transport)).collect();
        // held polls say nothing, and an upgrade goes on after its head
        std::thread::sleep(Duration::from_millis(200));
        let cost = (process::memory().anonymous - before) / CLIENTS;
        println!("{transport}: {cost} octets a client");
        assert!(cost > 0 && cost <= bound(transport), "{transport}: {cost} octets a client");
        drop((first, clients));
        server.stop().expect("it stops");
    }
}
