//! curl, as a person at a shell would use it.

use crate::PATIENCE;
use crate::served::{Served, assert_consecutive, number, skipped};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

fn installed() -> bool {
    let found = Command::new("curl").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        skipped("curl is not installed");
    }
    found
}

fn curl(arguments: &[&str]) -> Command {
    let mut curl = Command::new("curl");
    // -q: a person's ~/.curlrc is not part of the test
    curl.args(["-q", "-sS", "--noproxy", "*", "--max-time", &PATIENCE.as_secs().to_string()]).args(arguments);
    curl
}

/// Status, cursor and body of one request.
fn request(arguments: &[&str]) -> (u16, Option<u64>, String) {
    let output = curl(&["-i"]).args(arguments).output().expect("curl runs");
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let cursor = head.lines().find_map(|line| line.strip_prefix("cursor: "));
    (status, cursor.map(|cursor| cursor.parse().expect("a number")), body.to_owned())
}

fn numbers(body: &str) -> Vec<u64> {
    body.split('\n').map(|update| number(update.as_bytes())).collect()
}

/// A curl that reads a stream, ended when it is dropped.
struct Streaming {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Streaming {
    fn start(mut command: Command) -> Streaming {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("curl runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        Streaming { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).expect("text");
        assert!(line.ends_with('\n'), "curl ended after {line:?}");
        line.trim_end().to_owned()
    }

    /// What it prints up to the end of the first `pattern`.
    fn up_to(&mut self, pattern: &str) -> String {
        let mut seen = Vec::new();
        for byte in self.out.by_ref().take(1 << 20).bytes() {
            seen.push(byte.expect("a pipe can be read"));
            if seen.ends_with(pattern.as_bytes()) {
                return String::from_utf8_lossy(&seen).into_owned();
            }
        }
        panic!("no {pattern:?} in {:?}", String::from_utf8_lossy(&seen));
    }

    /// The next `count` events of an event stream: id and data.
    fn events(&mut self, count: usize) -> Vec<(u64, String)> {
        let mut events = Vec::new();
        let mut id = None;
        for _ in 0..3 * count + 2 {
            let line = self.line();
            if let Some(value) = line.strip_prefix("id: ") {
                id = Some(value.parse().expect("an id is a number"));
            } else if let Some(data) = line.strip_prefix("data: ") {
                events.push((id.take().expect("an id before the data"), data.to_owned()));
            } else {
                assert!(["", "retry: 1000"].contains(&&*line), "{line:?} in the stream");
            }
            if events.len() == count {
                return events;
            }
        }
        panic!("only {events:?}");
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

#[test]
fn polls() {
    if !installed() {
        return;
    }
    let served = Served::start();
    // held until the feed has begun: then there is something to poll
    assert_eq!(request(&[&served.url("/long-polling?since=0")]).0, 200);

    let (status, cursor, body) = request(&[&served.url("/polling?since=0")]);
    assert_eq!(status, 200);
    let all = numbers(&body);
    assert_eq!((all.first(), all.last().copied()), (Some(&1), cursor));
    assert_consecutive(&all);

    let (status, cursor, body) = request(&[&served.url("/polling?since=1000000")]);
    assert_eq!((status, cursor, body.as_str()), (204, Some(1_000_000), ""));

    let (status, cursor, body) = request(&[&served.url("/polling?since=0&answer=latest")]);
    assert_eq!(status, 200);
    assert_eq!(numbers(&body), [cursor.expect("a cursor")]);

    // without a place to go on from there is nothing yet, and the answer says where the feed stands
    let (status, cursor, _) = request(&[&served.url("/polling")]);
    assert_eq!(status, 204);
    let (status, _, body) = request(&[&served.url(&format!("/long-polling?since={}", cursor.expect("a cursor")))]);
    assert_eq!((status, numbers(&body)[0]), (200, cursor.expect("a cursor") + 1));
    served.stop();
}

#[test]
fn unpacks_what_it_asked_for_in_gzip() {
    if !installed() {
        return;
    }
    let served = Served::start();
    assert_eq!(request(&[&served.url("/long-polling?since=49")]).0, 200);
    // every answer has a length of its own: the same one is asked for twice
    let url = served.url("/polling?since=0&answer=all");
    let output = curl(&["-si", "--compressed", &url]).output().expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("unpacked");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.contains("content-encoding: gzip") && !head.contains("vary"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
    assert!(length.parse::<usize>().expect("a number") < body.len() / 4, "{length} B for {}", body.len());
    let all = numbers(body);
    assert!(all.len() >= 50);
    assert_consecutive(&all);

    // a single small update is not smaller: it goes as it is
    let small = Served::with(&["--rate", "5", "--format", "text", "--payload", "20"]);
    let output = curl(&["-si", "--compressed", &small.url("/long-polling")]).output().expect("curl runs");
    let text = String::from_utf8(output.stdout).expect("as it is");
    let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200") && !head.contains("content-encoding"), "{text}");
    small.stop();

    let mut stream = Streaming::start(curl(&["-N", "--compressed", &served.url("/sse")]));
    assert_eq!(stream.line(), "retry: 1000");
    let ids: Vec<_> = stream.events(5).iter().map(|(id, _)| *id).collect();
    assert_consecutive(&ids);
    drop(stream);
    let mut plain = Streaming::start(curl(&["-N", &served.url("/sse")]));
    assert_eq!(plain.line(), "retry: 1000", "who does not ask gets it as it is");
    drop(plain);
    served.stop();
}

#[test]
fn is_held_by_a_long_poll_until_the_update() {
    if !installed() {
        return;
    }
    let served = Served::start();
    let (_, cursor, _) = request(&[&served.url("/polling")]);
    // half a second ahead: an answer that was not held would be 204
    let ahead = cursor.expect("a cursor") + 25;
    let (status, cursor, body) = request(&[&served.url(&format!("/long-polling?since={ahead}"))]);
    // one, or more where the server was late
    let all = numbers(&body);
    assert_eq!((status, cursor, all[0]), (200, all.last().copied(), ahead + 1));
    assert_consecutive(&all);

    let (status, cursor, body) = request(&[&served.url("/long-polling?since=1000000&timeout=200ms")]);
    assert_eq!((status, cursor, body.as_str()), (204, Some(1_000_000), ""));
    served.stop();
}

#[test]
fn reads_events_and_resumes_behind_the_last_one() {
    if !installed() {
        return;
    }
    for format in ["text", "json"] {
        let served = Served::with(&["--rate", "50", "--format", format]);
        let mut stream = Streaming::start(curl(&["-N", &served.url("/sse")]));
        assert_eq!(stream.line(), "retry: 1000");
        let events = stream.events(3);
        drop(stream);
        let ids: Vec<_> = events.iter().map(|(id, _)| *id).collect();
        assert_consecutive(&ids);
        for (id, data) in &events {
            match format {
                "text" => assert_eq!(number(data.as_bytes()), *id),
                _ => assert!(data.starts_with(&format!("{{\"number\":{id},\"text\":\"")), "{data}"),
            }
        }
        // a browser that reconnects repeats the URL, `since` and all: the header is what counts
        let last = format!("Last-Event-ID: {}", ids[1]);
        let mut resumed = Streaming::start(curl(&["-N", "-H", &last, &served.url("/sse?since=0")]));
        assert_eq!(resumed.events(2), [events[2].clone(), (ids[2] + 1, resumed_data(&events[2].1, ids[2]))]);
        drop(resumed);
        let (status, _, words) = request(&["-H", "Last-Event-ID: x", &served.url("/sse")]);
        assert_eq!((status, words.as_str()), (400, "`Last-Event-ID` is the number of an update\n"));
        served.stop();
    }
}

/// The data of the update behind `number`: only the number differs.
fn resumed_data(data: &str, number: u64) -> String {
    data.replace(&format!("{number:016}"), &format!("{:016}", number + 1))
        .replace(&format!(":{number},"), &format!(":{},", number + 1))
}

#[test]
fn reads_the_floor_by_an_upgrade() {
    if !installed() {
        return;
    }
    let served = Served::start();
    let url = served.url("/raw-tcp?since=0");
    let options = ["-iN", "--http1.1", "-H", "Connection: upgrade", "-H", "Upgrade: raw-tcp", "--output", "-", &url];
    let mut stream = Streaming::start(curl(&options));
    assert!(stream.up_to("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    for expected in 1..=3 {
        let mut frame = [0; 104];
        stream.out.read_exact(&mut frame).expect("a frame");
        assert_eq!(frame[..4], [0, 0, 0, 100]);
        assert_eq!(number(&frame[4..]), expected);
    }
    drop(stream);
    served.stop();
}

#[test]
fn does_what_serve_says_it_can() {
    if !installed() {
        return;
    }
    let served = Served::with(&["--rate", "50"]);
    assert_eq!(served.line(), "");
    let printed: Vec<_> = (0..5).map(|_| served.line()).collect();
    assert_eq!(request(&[&served.url("/long-polling?since=0")]).0, 200);
    for line in printed {
        let (transport, command) = line.split_once(' ').expect("a name and a command");
        let mut shell = Command::new("sh");
        // `exec`, so that ending the shell ends curl
        shell.arg("-c").arg(format!("exec {} --max-time {}", command.trim(), PATIENCE.as_secs())).env("NO_PROXY", "*");
        let seen = Streaming::start(shell).up_to("\"}");
        assert!(seen.contains("{\"number\":"), "{transport}: {seen}");
    }
    served.stop();
}
