//! `pushbench dissect`: what it explains is what the ledger of trials holds, and what the sockets counted; and whatever
//! it is given, it says something.

use pushbench::dissect::{self, Wish};
use pushbench::explain::explain;
use pushbench::explain::message::{Layer, Message, Wire};
use pushbench::explain::pcap;
use pushbench::explain::print::{self, Style, of};
use pushbench::explain::recording::Recording;
use pushbench::kind::{self, Carrier, Encoding, Profile, Transport};
use pushbench::trial::Headers;
use pushbench::wire::dissect::ledger::Way;
use pushbench::wire::recorder::{Piece, Seen};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

fn wish(transport: Transport, carrier: Carrier) -> Wish {
    let headers = Headers::default();
    Wish { transport, carrier, encoding: Encoding::Text, updates: 3, payload: 32, headers }
}

fn pairs() -> impl Iterator<Item = (Transport, Carrier)> {
    let all = Transport::ALL.into_iter().flat_map(|transport| Carrier::ALL.map(|carrier| (transport, carrier)));
    all.filter(|&(transport, carrier)| kind::rides(transport, carrier).is_ok())
}

fn name(wish: &Wish) -> String {
    format!("{} over {}, {:?}, {} octets", wish.transport, wish.carrier, wish.encoding, wish.payload)
}

fn record(wish: &Wish) -> Recording {
    dissect::record(wish).unwrap_or_else(|reason| panic!("{}: {reason}", name(wish)))
}

fn octets(messages: &[Message], way: Way, layer: Layer) -> u64 {
    let parts = messages.iter().filter(|message| message.way == way).flat_map(|message| &message.parts);
    parts.filter(|part| part.layer == layer).map(|part| part.octets).sum()
}

/// Every octet that went over the socket is explained, in the layer in which the ledger has it.
fn agrees(wish: &Wish) {
    let (name, recording) = (name(wish), record(wish));
    let messages = explain(&recording);
    for (way, ledger) in [(Way::Up, recording.ledger.up), (Way::Down, recording.ledger.down)] {
        for layer in Layer::ALL {
            assert_eq!(octets(&messages, way, layer), of(&ledger, layer), "{name}: {way:?} {layer:?}");
        }
        assert_eq!(ledger.other, 0, "{name}");
    }
    let [client, server, kernel] = recording.counts;
    let client = client.expect("it is the client that records");
    assert_eq!((client.up, client.down), (recording.ledger.up.total(), recording.ledger.down.total()), "{name}");
    assert_eq!(server, Some(client), "{name}");
    assert!(kernel.is_none_or(|kernel| kernel == client), "{name}");
    assert!(messages.is_sorted_by_key(|message| message.at), "{name}");
    let updates = u64::from(wish.updates) * wish.payload as u64;
    assert_eq!(recording.ledger.down.payload, updates, "{name}");
}

#[test]
fn every_octet_is_explained_in_the_layer_where_the_ledger_has_it() {
    for (transport, carrier) in pairs() {
        let plain = wish(transport, carrier);
        let binary = Wish { encoding: Encoding::Binary, updates: 1, ..plain.clone() };
        let headers = Headers { profile: Profile::Browser, cookie: 1024, ..Headers::default() };
        let browser = Wish { headers, payload: 300, updates: 2, ..plain.clone() };
        [plain, binary, browser].iter().for_each(agrees);
    }
}

#[test]
fn so_it_is_where_updates_take_many_frames_and_heads_several() {
    for (transport, carrier) in pairs() {
        for encoding in [Encoding::Text, Encoding::Binary] {
            agrees(&Wish { payload: 100_000, encoding, ..wish(transport, carrier) });
        }
    }
    let headers = Headers { cookie: 40_000, ..Headers::default() };
    agrees(&Wish { headers, ..wish(Transport::Polling, Carrier::H2) });
}

/// Text without colours, and one sentence however the lines break.
fn shown(recording: &Recording, width: usize) -> String {
    let text = print::render(recording, &explain(recording), Style { color: false, width });
    assert!(!text.contains('\x1b'));
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{} columns: {line}", line.chars().count());
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shows(transport: Transport, carrier: Carrier, lines: &[&str]) {
    let recording = record(&wish(transport, carrier));
    for width in [80, 100] {
        let text = shown(&recording, width);
        for line in lines {
            assert!(text.contains(line), "{transport} over {carrier}: no `{line}` in\n{text}");
        }
    }
}

#[test]
fn it_says_what_there_is_to_say() {
    shows(
        Transport::Polling,
        Carrier::H1,
        &[
            "GET /polling?since=0 HTTP/1.1␍␊",
            "HTTP/1.1 204 No Content␍␊",
            "HTTP/1.1 answer 200: 2 updates",
            "1 F ␊ separates two updates",
            "[RFC 9112, 3 and 5]",
        ],
    );
    shows(
        Transport::Sse,
        Carrier::H1,
        &["retry: 1000␊", "chunk: 2 events", "0␍␊ 0: the last chunk", "id: 1␊", "[RFC 9112, 7.1]", ":␊"],
    );
    shows(
        Transport::Websocket,
        Carrier::H1,
        &[
            "computed again here: it is the answer to the key",
            "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
            "1000 0001 FIN 1, RSV 000, opcode 1: text",
            "0 0100000 MASK 0, length 32",
            "the masking key",
            "1001, going away",
            "WebSocket frame: ping",
            "WebSocket frame: pong",
        ],
    );
    shows(Transport::RawTcp, Carrier::H1, &["00 00 00 20 32 octets follow", "101 Switching Protocols"]);
    shows(
        Transport::Websocket,
        Carrier::H2Tls,
        &[
            "ENABLE_CONNECT_PROTOCOL = 1",
            "CONNECT for websocket",
            ":protocol: websocket",
            "HTTP/2 DATA, stream 1: WebSocket frame, text",
            "ServerHello",
            "TLS13_AES_256_GCM_SHA384",
            "X25519MLKEM768 (1216)",
            "NewSessionTicket",
            "CertificateVerify",
            "close_notify",
        ],
    );
    shows(
        Transport::LongPolling,
        Carrier::H2,
        &[":status: 204 ‹static 9", "GOAWAY", "WINDOW_UPDATE", "static 2; 1 for 10"],
    );
}

#[test]
fn a_thing_is_explained_once() {
    let recording = record(&wish(Transport::Websocket, Carrier::H2Tls));
    let messages = explain(&recording);
    let mut said: Vec<&str> = Vec::new();
    for lesson in messages.iter().flat_map(|message| &message.parts).flat_map(|part| &part.lessons) {
        assert!(!said.contains(&lesson.text), "{}", lesson.text);
        said.push(lesson.text);
    }
    assert!(said.len() > 15);
}

#[test]
fn colours_change_nothing_but_colours() {
    let recording = record(&wish(Transport::Sse, Carrier::H2));
    let messages = explain(&recording);
    let [plain, colour] = [false, true].map(|color| print::render(&recording, &messages, Style { color, width: 80 }));
    assert_ne!(plain, colour);
    let mut stripped = String::new();
    for piece in colour.split('\x1b') {
        stripped += if stripped.is_empty() && !colour.starts_with('\x1b') {
            piece
        } else {
            piece.split_once('m').map_or(piece, |(_, text)| text)
        };
    }
    assert_eq!(stripped, plain);
}

/// Recordings that were altered, cut, and made up: something is said of every octet, and nothing breaks.
#[test]
fn whatever_it_is_given_it_says_something() {
    let mut random = Pcg64::seed_from_u64(17);
    let mut below = |most: usize| usize::try_from(random.next_u64() % most.max(1) as u64).expect("small");
    for (transport, carrier) in pairs() {
        let real = record(&wish(transport, carrier));
        for round in 0..60 {
            let mut broken = real.clone();
            for _ in 0..=round / 10 {
                let at = below(broken.pieces.len());
                let Some(piece) = broken.pieces.get_mut(at) else { break };
                let place = below(piece.octets.len());
                match below(5) {
                    0 => piece.octets.truncate(place),
                    1 => _ = broken.pieces.remove(at),
                    2 => piece.octets.iter_mut().skip(place).take(4).for_each(|octet| *octet = 0xff),
                    3 => piece.way = if piece.way == Way::Up { Way::Down } else { Way::Up },
                    _ => piece.octets.iter_mut().skip(place).take(1).for_each(|octet| *octet ^= 1 << below(8)),
                }
            }
            let messages = explain(&broken);
            let _ = print::render(&broken, &messages, Style { color: round % 2 == 0, width: 60 + round });
            let _ = pcap::render(&broken);
        }
        for _ in 0..60 {
            let octets = |below: &mut dyn FnMut(usize) -> usize| {
                (0..below(200)).map(|_| u8::try_from(below(256)).expect("an octet")).collect()
            };
            let pieces = (0..6).map(|at| Piece {
                at,
                way: if at % 2 == 0 { Way::Up } else { Way::Down },
                seen: if below(3) == 0 { Seen::Below } else { Seen::Above },
                octets: octets(&mut below),
            });
            let _ = explain(&Recording { pieces: pieces.collect(), ..real.clone() });
        }
    }
}

#[test]
fn nothing_hangs_on_how_an_exchange_was_read() {
    let real = record(&Wish { payload: 200, ..wish(Transport::Websocket, Carrier::H2Tls) });
    let whole = explain(&real);
    let cut = real.pieces.iter().flat_map(|piece| {
        piece.octets.chunks(3).map(|octets| Piece { octets: octets.to_vec(), ..piece.clone() }).collect::<Vec<_>>()
    });
    assert_eq!(explain(&Recording { pieces: cut.collect(), ..real.clone() }), whole);
    assert!(whole.iter().flat_map(|message| &message.parts).any(|part| matches!(part.wire, Wire::Hex(_))));
}

fn pushbench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pushbench")).args(arguments).output().expect("it can be run")
}

#[test]
fn json_holds_the_same() {
    let output = pushbench(&["dissect", "sse", "--carrier", "h2+tls", "--json", "--updates", "2"]);
    assert!(output.status.success());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let messages = document["messages"].as_array().expect("messages");
    let parts = || messages.iter().flat_map(|message| message["parts"].as_array().expect("parts"));
    let sum: u64 = parts().map(|part| part["octets"].as_u64().expect("octets")).sum();
    let total = |way: &str| document["ledger"][way]["total"].as_u64().expect("a total");
    assert_eq!(sum, total("up") + total("down"));
    assert_eq!(document["socket"]["client"], document["socket"]["server"]);
    assert!(parts().any(|part| part["rfc"] == "RFC 9113, 4.1" && part["explanation"].is_string()));
    assert!(messages.iter().all(|message| message["time_ns"].is_u64() && message["direction"].is_string()));
}

#[test]
fn what_cannot_be_is_refused() {
    let says = |arguments: &[&str], reason: &str| {
        let output = pushbench(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(reason), "{error}");
    };
    says(&["dissect", "raw-tcp", "--carrier", "h2"], "raw-tcp is the bare socket");
    says(&["dissect", "sse", "--updates", "0"], "--updates 0: 1 to 1000");
    says(&["dissect", "sse", "--payload", "3"], "an update is 20 B");
    says(&["dissect", "smoke"], "no transport `smoke`");
}

#[test]
fn wireshark_reads_the_packets_and_decrypts_them_by_itself() {
    if Command::new("tshark").arg("--version").output().is_err() {
        let reason = "there is no tshark";
        assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none_or(|value| value != "1"), "{reason}");
        // not `eprintln!`, which libtest keeps to itself
        let _ = writeln!(std::io::stderr(), "skipped: reading reconstructed packets: {reason}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (transport, carrier) in pairs() {
        let name = name(&wish(transport, carrier));
        let file = folder.path().join(format!("{transport}-{carrier}.pcapng"));
        let path = file.to_str().expect("UTF-8");
        let output = pushbench(&["dissect", transport.name(), "--carrier", carrier.name(), "--pcap", path]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stderr).contains("reconstructed"));
        let faults = "_ws.malformed || tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0";
        assert_eq!(tshark(&file, carrier, faults), "", "{name}");
        let expected = match (transport, carrier.is_h2()) {
            (Transport::Websocket, false) => "websocket.opcode == 8",
            (_, true) => "http2.headers.status == 200",
            (Transport::RawTcp, false) => "http.response.code == 101",
            (_, false) => "http.response.code == 200",
        };
        assert_ne!(tshark(&file, carrier, expected), "", "{name}: nothing is {expected}");
        assert!(!pushbench(&["dissect", "sse", "--pcap", path]).status.success(), "what exists is left alone");
    }
}

fn tshark(file: &Path, carrier: Carrier, filter: &str) -> String {
    let folder = file.parent().expect("a folder");
    let mut tshark = Command::new("tshark");
    // nobody's preferences are part of the test
    tshark.env("HOME", folder).env("WIRESHARK_CONFIG_DIR", folder).arg("-n").arg("-r").arg(file);
    tshark.args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", filter]);
    // of HTTP/2 without TLS nothing in it says so; the others' port may be one that something else is known to have
    let protocol = match carrier {
        Carrier::H1 => "http",
        Carrier::H2 => "http2",
        Carrier::H1Tls | Carrier::H2Tls => "tls",
    };
    tshark.args(["-d", &format!("tcp.port==1024-65535,{protocol}")]);
    let output = tshark.output().expect("tshark is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
