//! The header profile `browser` on the wire: what a client sends to a plain listener is the recorded head, and what the
//! server adds is what the recorded proxy adds.

use hyper::header::HeaderMap;
use pushbench::clock::{self, MILLISECOND, SECOND};
use pushbench::feed::ring::Feed;
use pushbench::kind::{Answer, Carrier, Encoding, Pacing, Persistence, Profile, Transport};
use pushbench::pacing::Pacer;
use pushbench::profile;
use pushbench::server::{Config, Server};
use pushbench::sink::Sink;
use pushbench::transport;
use pushbench::transport::room::Course;
use pushbench::trial::{Headers, Polling, Sockets};
use pushbench::wire::exchange::{Dial, Exchange};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::LocalSet;

/// The file itself, read apart from the code under test.
const RECORDING: &str = include_str!("../src/profile/browser.txt");

/// A recorded head, line by line.
fn recorded(section: &str) -> Vec<&'static str> {
    let (_, rest) = RECORDING.split_once(&format!("\n== {section}\n")).expect("it was recorded");
    rest.split("\n\n").next().unwrap_or_default().lines().collect()
}

struct Deaf;

impl Sink for Deaf {
    fn opened(&mut self) {}
    fn answered<'a>(&mut self, _: impl Iterator<Item = &'a [u8]>) {}
    fn deliver(&mut self, _: &[u8]) {}
    fn lost(&mut self, _: std::ops::Range<u64>) {}
    fn skipped(&mut self, _: u64) {}
}

async fn head_of(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the rest of the head"));
    }
    String::from_utf8(head).expect("ASCII")
}

/// The first `count` requests that a client sends, to a listener that answers each with 204.
async fn sent_heads(transport: Transport, headers: &Headers, count: usize) -> (String, Vec<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let server = listener.local_addr().expect("it is bound");
    let (_start, started) = watch::channel(Some(clock::now()));
    let polling = Polling { interval_ns: MILLISECOND, pacing: Pacing::AfterResponse };
    let mut course = Course {
        since: 16,
        answer: Answer::All,
        conditional: false,
        encoding: Encoding::Text,
        payload: 100,
        hold_ns: transport::ask::HOLD,
        head: head(headers, transport, &server.to_string()),
        pacer: Pacer::new(polling, 0, started),
    };
    let client = tokio::task::spawn_local(async move {
        let mut exchange = Exchange::new(Dial {
            server,
            source: None,
            sockets: Sockets::default(),
            carrier: Carrier::H1,
            trust: None,
            network: None,
        });
        transport::follow(transport, &mut exchange, &mut course, &mut Deaf).await
    });
    let (mut connection, _) = listener.accept().await.expect("a client");
    let mut heads = Vec::new();
    for _ in 0..count {
        heads.push(head_of(&mut connection).await);
        let answer = b"HTTP/1.1 204 No Content\r\ncursor: 16\r\n\r\n";
        tokio::io::AsyncWriteExt::write_all(&mut connection, answer).await.expect("it listens");
    }
    client.abort();
    (server.to_string(), heads)
}

fn head(headers: &Headers, transport: Transport, host: &str) -> HeaderMap {
    profile::request(headers, Persistence::KeepAlive, transport, Carrier::H1, host).expect("valid")
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let work = async { tokio::time::timeout(Duration::from_secs(30), work).await.expect("within half a minute") };
    LocalSet::new().block_on(&runtime, work)
}

#[test]
fn a_browser_profile_sends_the_recorded_head() {
    for transport in Transport::ALL.into_iter().filter(|&transport| transport != Transport::RawTcp) {
        for cookie in [0, 1024, 4096] {
            let headers = Headers { profile: Profile::Browser, cookie, ..Headers::default() };
            let count = if transport.asks_each_time() { 3 } else { 1 };
            let (host, heads) = run(sent_heads(transport, &headers, count));
            assert_eq!(heads.len(), count);
            for head in heads {
                let sent: Vec<_> = head.trim_end().split("\r\n").collect();
                let key = sent.iter().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap_or_default();
                let stencils = [
                    ("{target}", format!("{}?since=16", transport.path())),
                    ("{host}", host.clone()),
                    ("{key}", key.to_owned()),
                    ("{cookie}", profile::cookie::value(cookie.max(3))),
                ];
                let expected: Vec<String> = recorded(&format!("request {transport}"))
                    .into_iter()
                    .filter(|line| cookie > 0 || !line.ends_with("{cookie}"))
                    .map(|line| stencils.iter().fold(line.to_owned(), |line, (stencil, by)| line.replace(stencil, by)))
                    .collect();
                // the same fields in the same order with the same values; only the names' case is hyper's
                let lower = |line: &str| match line.split_once(": ") {
                    Some((name, value)) => format!("{}: {value}", name.to_lowercase()),
                    None => line.to_owned(),
                };
                let lowered: Vec<_> = expected.iter().map(|line| lower(line)).collect();
                // `Connection: Upgrade` and its like are tokens without case (RFC 9110, 7.6.1)
                let fold = |lines: &[String]| lines.iter().map(|line| line.replace(": Upgrade", ": upgrade")).collect();
                let (lowered, sent): (Vec<_>, Vec<_>) =
                    (fold(&lowered), fold(&sent.iter().map(|&line| line.to_owned()).collect::<Vec<_>>()));
                assert_eq!(sent, lowered, "{transport}");
                let octets = expected.iter().map(|line| line.len() + 2).sum::<usize>() + 2;
                assert_eq!(head.len(), octets, "{transport} with a cookie of {cookie} B");
                let cookies = head.split("\r\n").filter_map(|line| line.strip_prefix("cookie: ")).collect::<Vec<_>>();
                assert_eq!(cookies.iter().map(|value| value.len()).sum::<usize>(), cookie);
            }
        }
    }
}

#[test]
fn the_floor_has_minimal_heads_whatever_is_asked_for() {
    let headers = Headers { profile: Profile::Browser, cookie: 1024, ..Headers::default() };
    let (host, heads) = run(sent_heads(Transport::RawTcp, &headers, 1));
    let expected =
        format!("GET /raw-tcp?since=16 HTTP/1.1\r\nhost: {host}\r\nconnection: upgrade\r\nupgrade: raw-tcp\r\n\r\n");
    assert_eq!(heads, [expected]);
}

/// The head of the answer to `more`, read from a plain socket.
fn answered(server: &Server, transport: Transport, more: &str) -> String {
    let mut socket = TcpStream::connect(server.address()).expect("it listens");
    let upgrade = match transport {
        Transport::Websocket => {
            "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        }
        Transport::RawTcp => "connection: upgrade\r\nupgrade: raw-tcp\r\n",
        _ => "",
    };
    let timeout = if transport == Transport::LongPolling { "&timeout=1ms" } else { "" };
    let request = format!("GET {}?since=0{timeout} HTTP/1.1\r\nhost: x\r\n{upgrade}{more}\r\n", transport.path());
    socket.write_all(request.as_bytes()).expect("it takes a request");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        socket.read_exact(&mut octet).expect("the rest of the head");
        head.push(octet[0]);
    }
    String::from_utf8(head).expect("ASCII")
}

#[test]
fn a_browser_profile_answers_as_the_recorded_proxy() {
    let feed = Feed::new(60 * SECOND);
    let headers = Headers { profile: Profile::Browser, ..Headers::default() };
    let config = Config { headers, ..Config::new(([127, 0, 0, 1], 0).into()) };
    let server = Server::start(&config, None, &feed).expect("a free port");
    // the recording's figures vary in length; every other octet counts
    let names = |lines: &[&str]| {
        let mut names: Vec<_> = lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| {
                let name = name.to_lowercase();
                let fixed = !["date", "cursor", "content-length"].contains(&name.as_str());
                if fixed { format!("{name}: {value}") } else { name }
            })
            .collect();
        names.sort();
        names
    };
    for (section, transport, more) in [
        ("response polling, nothing new", Transport::Polling, ""),
        ("response sse", Transport::Sse, ""),
        ("response websocket", Transport::Websocket, ""),
    ] {
        let head = answered(&server, transport, more);
        let sent: Vec<_> = head.trim_end().split("\r\n").collect();
        assert_eq!(sent[0], recorded(section)[0]);
        assert_eq!(names(&sent), names(&recorded(section)), "{section}");
    }
    for transport in [Transport::Polling, Transport::LongPolling] {
        let head = answered(&server, transport, "connection: close\r\n");
        let connection: Vec<_> = head.split("\r\n").filter(|line| line.starts_with("connection: ")).collect();
        assert_eq!(connection, ["connection: close"], "{transport}");
    }
    assert!(!answered(&server, Transport::RawTcp, "").contains("server: "));
    server.stop().expect("it stops");
}
