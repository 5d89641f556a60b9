//! HTTP/2 and TLS, as curl and Python speak them: by prior knowledge, by ALPN, and with a certificate that is checked.

use crate::PATIENCE;
use crate::scripts::pythons;
use crate::served::{Served, assert_consecutive, number, skipped};
use pushbench::clock;
use pushbench::feed::publisher::Publisher;
use pushbench::feed::ring::Feed;
use pushbench::kind::Encoding;
use pushbench::plan::PlannedUpdates;
use pushbench::schedule::Schedule;
use pushbench::server::{Config, Server};
use pushbench::trial::FeedPlan;
use pushbench::wire::tls::Identity;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const WSS: &str = r"
import asyncio, ssl, sys, websockets

async def main():
    trust = ssl.create_default_context(cafile=sys.argv[2])
    async with websockets.connect(sys.argv[1], ssl=trust) as socket:
        for _ in range(3):
            print(await asyncio.wait_for(socket.recv(), 20))
        await asyncio.wait_for(await socket.ping(b'still there?'), 20)

asyncio.run(main())
";

/// A curl that knows HTTP/2.
fn installed() -> bool {
    let version = Command::new("curl").arg("--version").stderr(Stdio::null()).output();
    let knows = version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("HTTP2"));
    if !knows {
        skipped("no curl that speaks HTTP/2 is installed");
    }
    knows
}

/// The body of a poll, and the version of HTTP and the certificate's verdict that curl tells of.
fn polled(arguments: &[&str], url: &str) -> (String, String) {
    let told = "\n%{http_version} %{ssl_verify_result} %{http_code}";
    let mut curl = Command::new("curl");
    curl.args(["-q", "-sS", "--noproxy", "*", "--max-time", &PATIENCE.as_secs().to_string(), "-w", told]);
    let output = curl.args(arguments).arg(url).output().expect("curl runs");
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    let (body, told) = text.rsplit_once('\n').expect("what it tells of stands in a line of its own");
    (body.to_owned(), told.to_owned())
}

fn assert_updates(body: &str) {
    let numbers: Vec<u64> = body.split('\n').map(|update| number(update.as_bytes())).collect();
    assert_eq!(numbers[0], 1);
    assert_consecutive(&numbers);
}

#[test]
fn one_port_speaks_all_of_them() {
    if !installed() {
        return;
    }
    let served = Served::start();
    let (http, https) = (format!("http://{}", served.address), format!("https://{}", served.address));
    for (arguments, base, told) in [
        (&["--http1.1"][..], &http, "1.1 0 200"),
        (&["--http2-prior-knowledge"], &http, "2 0 200"),
        (&["-k", "--http1.1"], &https, "1.1 "),
        (&["-k", "--http2"], &https, "2 "),
    ] {
        let (body, said) = polled(arguments, &format!("{base}/long-polling?since=0"));
        assert!(said.starts_with(told) && said.ends_with(" 200"), "{arguments:?}: {said}");
        assert_updates(&body);
    }
    served.stop();
}

/// A server of this process, whose root certificate is in a file.
struct Trusted {
    server: Server,
    publisher: Publisher,
    folder: TempDir,
}

impl Trusted {
    fn start() -> Trusted {
        let schedule = Schedule::Periodic { rate: 50.0 };
        let (encoding, retention_ns) = (Encoding::Text, 60 * clock::SECOND);
        let plan = FeedPlan { schedule, payload: 100, encoding, seed: 1, retention_ns };
        let feed = Feed::new(plan.retention_ns);
        let identity = Identity::of(None).expect("made");
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("root.pem"), identity.root_pem()).expect("it can be written");
        let config = Config::new(([127, 0, 0, 1], 0).into());
        let server = Server::start(&config, Some(&identity), &feed).expect("a free port");
        let updates = PlannedUpdates::of(&plan).expect("computed");
        let publisher = Publisher::spawn(feed, updates, clock::now(), None).expect("a thread");
        Trusted { server, publisher, folder }
    }

    fn root(&self) -> String {
        self.folder.path().join("root.pem").display().to_string()
    }

    fn at(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://localhost:{}{path}", self.server.address().port())
    }

    fn stop(self) {
        self.publisher.stop();
        self.server.stop().expect("it stops");
    }
}

#[test]
fn curl_trusts_the_chain_by_its_root() {
    if !installed() {
        return;
    }
    let trusted = Trusted::start();
    let resolve = format!("localhost:{}:127.0.0.1", trusted.server.address().port());
    let url = trusted.at("https", "/long-polling?since=0");
    for (version, told) in [("--http2", "2 0 200"), ("--http1.1", "1.1 0 200")] {
        let (body, said) = polled(&["--cacert", &trusted.root(), "--resolve", &resolve, version], &url);
        assert_eq!(said, told);
        assert_updates(&body);
    }
    trusted.stop();
}

#[test]
fn another_language_reads_the_websocket_on_tls() {
    let mut tried = 0;
    for python in pythons() {
        let trusted = Trusted::start();
        let (url, root) = (trusted.at("wss", "/websocket?since=0"), trusted.root());
        let mut client = Command::new(python);
        let output = client.args(["-c", WSS, &url, &root]).env("NO_PROXY", "*").output().expect("it runs");
        assert!(output.status.success(), "{python}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        assert_updates(text.trim_end());
        trusted.stop();
        tried += 1;
    }
    if tried == 0 {
        skipped("Python's `websockets` is not installed");
    }
}

/// A scenario on TLS with a certificate of one's own, in a folder with it.
fn scenario_with(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>, name: &str) -> (TempDir, std::process::Output) {
    let folder = TempDir::new().expect("a folder");
    let put = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("it can be written");
    put("own.pem", &certificate.cert.pem());
    put("own.key", &certificate.signing_key.serialize_pem());
    put(
        "own.toml",
        &format!(
            "question = \"?\"\ntransports = [\"sse\"]\ncarriers = [\"h2+tls\"]\n[tls]\ncertificate = \"own.pem\"\n\
             key = \"own.key\"\nname = \"{name}\"\n[feed]\nschedule = \"periodic\"\nrate = 50\npayload = 100\n\
             [phases]\nwarmup = \"100ms\"\nsteady = \"500ms\"\n"
        ),
    );
    let mut run = Command::new(env!("CARGO_BIN_EXE_pushbench"));
    let run = run.args(["run", "own.toml", "-q", "--json"]).current_dir(folder.path()).output();
    (folder, run.expect("the binary starts"))
}

#[test]
fn a_certificate_of_ones_own_is_used_and_held_to_its_name() {
    let certificate = rcgen::generate_simple_self_signed(vec!["push.example".into()]).expect("made");
    let (_folder, run) = scenario_with(&certificate, "push.example");
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(0), "{said}");
    assert!(String::from_utf8_lossy(&run.stdout).contains("\"carrier\":\"h2+tls\""), "it ran on TLS");
    let (_folder, run) = scenario_with(&certificate, "other.example");
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{said}");
    assert!(said.contains("own.toml:") && said.contains("tls") && said.contains("other.example"), "{said}");
}
