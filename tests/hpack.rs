//! The models of what senders make of header lists, held to the octets that they sent: Chromium in a capture, hyper here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushbench::clock::{self, MILLISECOND};
use pushbench::heads;
use pushbench::hpack::encoder::{Encoder, List, Policy};
use pushbench::kind::{Carrier, Compression, Profile, Transport};
use pushbench::pacing::Pacer;
use pushbench::profile;
use pushbench::sink::Sink;
use pushbench::transport;
use pushbench::transport::room::Course;
use pushbench::trial::{Headers, Trial};
use pushbench::wire::dissect::hpack::Decoder;
use pushbench::wire::exchange::{Dial, Exchange};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// What Chromium's lists are.
const LISTS: &str = include_str!("../src/profile/browser-h2.txt");

/// The header blocks of Chromium's connections.
const CHROMIUM: &str = include_str!("hpack/chromium.txt");

/// A captured connection: its name, the table that the server allowed, and its blocks with their requests' paths.
struct Captured {
    name: &'static str,
    table: usize,
    blocks: Vec<(&'static str, Vec<u8>)>,
}

fn captured() -> Vec<Captured> {
    let sections = CHROMIUM.split("\n== ").skip(1);
    let connection = |section: &'static str| {
        let (head, blocks) = section.split_once('\n').expect("a line a block");
        let (name, table) = head.split_once("; table ").expect("the table");
        let blocks = blocks.lines().filter(|line| !line.is_empty()).map(|line| {
            let [path, octets, block] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let block = STANDARD.decode(block).expect("base64");
            assert_eq!(block.len().to_string(), octets);
            (path, block)
        });
        Captured { name, table: table.parse().expect("octets"), blocks: blocks.collect() }
    };
    sections.map(connection).collect()
}

/// The header list in a block; the crumbs of a cookie put together again (RFC 9113, 8.2.3).
fn list(decoder: &mut Decoder, block: &[u8]) -> List {
    let mut list: List = Vec::new();
    decoder
        .decode(block, |field| {
            let [name, value] = [field.name, field.value].map(|text| String::from_utf8(text.to_vec()).expect("ASCII"));
            match list.last_mut() {
                Some((last, cookie)) if last == "cookie" && name == *last => *cookie += &format!("; {value}"),
                _ if name.is_empty() => {}
                _ => list.push((name, value)),
            }
        })
        .expect("a block");
    list
}

#[test]
fn the_model_of_chromium_gives_exactly_the_captured_octets() {
    let connections = captured();
    assert_eq!(connections.len(), 6);
    let mut requests = 0;
    for Captured { name, table, blocks } in connections {
        let (mut decoder, mut encoder) = (Decoder::default(), Encoder::new(Policy::Chromium));
        decoder.allow(table);
        for (number, (path, block)) in blocks.iter().enumerate() {
            // the first request goes before the server's settings are there
            if number == 1 {
                encoder.allow(table);
            }
            let list = list(&mut decoder, block);
            assert_eq!(list[3], (":path".to_owned(), (*path).to_owned()));
            assert_eq!(encoder.encode(&list), *block, "{name}, request {number}: {path}");
            requests += 1;
        }
    }
    assert_eq!(requests, 69);
}

struct Deaf;

impl Sink for Deaf {
    fn opened(&mut self) {}
    fn answered<'a>(&mut self, _: impl Iterator<Item = &'a [u8]>) {}
    fn deliver(&mut self, _: &[u8]) {}
    fn lost(&mut self, _: std::ops::Range<u64>) {}
    fn skipped(&mut self, _: u64) {}
}

fn trial(transport: Transport, headers: Headers) -> Trial {
    let text = r#"{"transport":"polling","carrier":"h2","clients":1,"feed":{"schedule":{"kind":"periodic","rate":5.0},
        "payload":100,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":1000000,"pacing":
        "after-response"},"answer":"all","hold_ns":30000000000,"windows":{"warmup_ns":1000000000,
        "steady_ns":10000000000,"drain_ns":1},"sockets":{"send_buffer":131072,"max_segment":null}}"#;
    Trial { transport, headers, ..serde_json::from_str(text).expect("a trial") }
}

/// Where the clients stand behind each answer.
const STANDS: [u64; 5] = [0, 16, 16, 1234, 99_999];

/// A server's side of one connection, as far as it goes: answers each request, and gives the header blocks.
async fn blocks(mut stream: TcpStream, count: usize) -> Vec<Vec<u8>> {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await.expect("a preface");
    // it takes extended CONNECT (RFC 8441, 3)
    stream.write_all(&[0, 0, 6, SETTINGS, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1]).await.expect("it listens");
    let mut blocks = Vec::new();
    while blocks.len() < count {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.expect("a frame");
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.expect("its payload");
        match (head[3], head[4]) {
            (HEADERS, flags) => {
                assert_eq!(flags & 0x2c, 4, "whole, not padded, without priority");
                blocks.push(payload);
                // 204 with a cursor and a tag, as literals
                let stands = STANDS[blocks.len().min(STANDS.len() - 1)].to_string();
                let mut answer = vec![0x89];
                for (name, value) in [("cursor", stands.clone()), ("etag", format!("\"{stands}\""))] {
                    for text in [name, &value] {
                        answer.extend((name == text).then_some(0));
                        answer.push(u8::try_from(text.len()).expect("short"));
                        answer.extend_from_slice(text.as_bytes());
                    }
                }
                let len = u8::try_from(answer.len()).expect("short");
                let mut frame = vec![0, 0, len, HEADERS, 5];
                frame.extend_from_slice(&head[5..]);
                stream.write_all(&[frame, answer].concat()).await.expect("it listens");
            }
            (SETTINGS, 0) => stream.write_all(&[0, 0, 0, SETTINGS, 1, 0, 0, 0, 0]).await.expect("it listens"),
            _ => {}
        }
    }
    blocks
}

/// The header blocks of the first requests of a client of ours, and the server's name.
fn sent(trial: &Trial, count: usize) -> (String, Vec<Vec<u8>>) {
    let work = async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let server = listener.local_addr().expect("it is bound");
        let host = server.to_string();
        let (_start, started) = watch::channel(Some(clock::now()));
        let request = profile::request(&trial.headers, trial.persistence, trial.transport, trial.carrier, &host);
        let mut head = request.expect("valid");
        if trial.compression == Compression::Gzip {
            profile::take_gzip(&mut head);
        }
        let mut course = Course {
            since: STANDS[0],
            answer: trial.answer,
            conditional: trial.conditional,
            encoding: trial.feed.encoding,
            payload: trial.feed.payload,
            hold_ns: trial.hold_ns,
            head,
            pacer: Pacer::new(trial.polling, 0, started),
        };
        let (transport, sockets, carrier) = (trial.transport, trial.sockets, trial.carrier);
        let client = tokio::task::spawn_local(async move {
            let mut exchange =
                Exchange::new(Dial { server, source: None, sockets, carrier, trust: None, network: None });
            transport::follow(transport, &mut exchange, &mut course, &mut Deaf).await
        });
        let (stream, _) = listener.accept().await.expect("a client");
        let blocks = blocks(stream, count).await;
        client.abort();
        (host, blocks)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let work = async { tokio::time::timeout(Duration::from_secs(30), work).await.expect("within half a minute") };
    LocalSet::new().block_on(&runtime, work)
}

#[test]
fn the_model_of_hyper_gives_exactly_what_our_clients_send() {
    let browser = |cookie| Headers { profile: Profile::Browser, cookie, ..Headers::default() };
    let own = ["X-Api-Key: 12", "x-twice: a", "x-twice: b", "x-empty:"];
    let list = Some(own.map(str::to_owned).into());
    let all = [
        Headers::default(),
        Headers { cookie: 1024, ..Headers::default() },
        Headers { request: list, ..Headers::default() },
        browser(0),
        browser(1024),
        browser(4096),
    ];
    for transport in [Transport::Polling, Transport::LongPolling] {
        for headers in &all {
            let plain = trial(transport, headers.clone());
            let conditional = Trial {
                conditional: true,
                compression: Compression::Gzip,
                answer: pushbench::kind::Answer::Latest,
                hold_ns: 5000 * MILLISECOND,
                ..plain.clone()
            };
            for trial in [plain, conditional] {
                let (host, blocks) = sent(&trial, STANDS.len());
                let (mut decoder, mut encoder) = (Decoder::default(), Encoder::new(Policy::Hyper));
                for (block, since) in blocks.iter().zip(STANDS) {
                    let modelled = heads::list(&trial, Policy::Hyper, &host, since).expect("a list");
                    let strong = |list: List| {
                        let tags = |(name, value): (String, String)| (name, value.replace("W/", ""));
                        list.into_iter().map(tags).collect::<List>()
                    };
                    assert_eq!(self::list(&mut decoder, block), strong(modelled.clone()), "{transport}");
                    assert_eq!(encoder.encode(&strong(modelled)), *block, "{transport}, {headers:?}");
                }
            }
        }
    }
}

/// Over HTTP/2 without TLS, which Chromium does not speak: only the scheme differs.
#[test]
fn a_browser_profile_sends_the_recorded_list() {
    for transport in [Transport::Polling, Transport::LongPolling, Transport::Sse, Transport::Websocket] {
        let trial = trial(transport, Headers { profile: Profile::Browser, cookie: 100, ..Headers::default() });
        assert_eq!(trial.carrier, Carrier::H2);
        let (host, blocks) = sent(&trial, 1);
        let (_, recorded) = LISTS.split_once(&format!("\n== request {transport}\n")).expect("it was recorded");
        let recorded: Vec<String> = recorded
            .lines()
            .take_while(|line| !line.is_empty())
            .map(|line| line.replace("{host}", &host).replace("https", "http"))
            .map(|line| line.replace("{target}", &format!("{}?since=0", transport.path())))
            .map(|line| line.replace("{cookie}", &profile::cookie::value(100)))
            .collect();
        let sent: Vec<String> = list(&mut Decoder::default(), &blocks[0])
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        // hyper has pseudo-fields in an order of its own, and so has a tunnel's room
        let of = |lines: &[String], pseudo| {
            let mut lines: Vec<_> = lines.iter().filter(|line| line.starts_with(':') == pseudo).cloned().collect();
            lines.sort_by_key(|line| if pseudo { line.clone() } else { String::new() });
            lines
        };
        assert_eq!(of(&sent, true), of(&recorded, true), "{transport}");
        assert_eq!(of(&sent, false), of(&recorded, false), "{transport}");
    }
}
