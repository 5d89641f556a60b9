//! tshark, which dissects a capture without knowing anything of ours.

use crate::conversation::Segment;
use crate::pdml::{self, Field};
use pushbench::kind::Carrier;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What it prints: the protocols that are looked at, and `geninfo`, which is always there. Not IP and TCP, which would be
/// nine tenths of it.
const PRINTED: &str = "fake-field-wrapper data http data-text-lines media websocket tls http2";

/// A capture of trials over one carrier.
#[derive(Clone, Debug)]
pub(crate) struct Capture {
    pub(crate) file: PathBuf,
    pub(crate) carrier: Carrier,
    /// What decrypts it (NSS key log format).
    pub(crate) keys: PathBuf,
}

impl Capture {
    fn tshark(&self) -> Command {
        let mut tshark = Command::new("tshark");
        // nobody's preferences are part of the test
        tshark.env("HOME", folder(&self.file)).env("WIRESHARK_CONFIG_DIR", folder(&self.file)).arg("-n");
        tshark.arg("-r").arg(&self.file).args(["-o", "tcp.desegment_tcp_streams:TRUE"]);
        // ports are the system's choice, so that none tells what it carries
        let mut carried = |what: &str| _ = tshark.arg("-d").arg(what);
        match self.carrier {
            Carrier::H1 => carried("tcp.port==1024-65535,http"),
            Carrier::H2 => carried("tcp.port==1024-65535,http2"),
            Carrier::H1Tls => {
                carried("tcp.port==1024-65535,tls");
                carried("tls.port==1024-65535,http");
            }
            Carrier::H2Tls => carried("tcp.port==1024-65535,tls"), // which says what is in it (RFC 7301)
        }
        if self.carrier.has_tls() {
            tshark.arg("-o").arg(format!("tls.keylog_file:{}", self.keys.display()));
        }
        tshark.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        tshark
    }

    /// Gives the dissection of each packet to `take`.
    pub(crate) fn dissect(&self, mut take: impl FnMut(&Segment, &[Field])) {
        let segments = self.segments();
        let mut tshark = self.tshark();
        tshark.args(["-T", "pdml", "-J", PRINTED]).stderr(Stdio::null());
        let mut child = tshark.spawn().expect("tshark is installed");
        pdml::read(BufReader::new(child.stdout.take().expect("it is piped")), |fields| {
            let number = fields.iter().find(|field| field.name == "num").expect("packets are numbered").number();
            take(&segments[usize::try_from(number).expect("it is small") - 1], fields);
        });
        let status = child.wait().expect("it is ours");
        assert!(status.success(), "tshark ended with {status}: {tshark:?}");
    }

    /// What each packet says below that.
    fn segments(&self) -> Vec<Segment> {
        let mut tshark = self.tshark();
        tshark.args(["-T", "fields"]).args(Segment::FIELDS.iter().flat_map(|name| ["-e", name]));
        let output = tshark.output().expect("tshark is installed");
        assert!(output.status.success(), "{tshark:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it prints text").lines().map(Segment::read).collect()
    }

    /// The octets that the server sent on each of `streams`, without TLS.
    pub(crate) fn follow(&self, streams: &[u64]) -> Vec<Vec<u8>> {
        let layer = if self.carrier.has_tls() { "tls" } else { "tcp" };
        let mut tshark = self.tshark();
        tshark.arg("-q");
        for stream in streams {
            tshark.arg("-z").arg(format!("follow,{layer},raw,{stream}"));
        }
        let output = tshark.output().expect("tshark is installed");
        assert!(output.status.success(), "{tshark:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("it prints text");
        let mut sides = vec![[Vec::new(), Vec::new()]; streams.len()];
        let mut at = 0;
        for line in text.lines() {
            if let Some(stream) = line.strip_prefix("Filter: tcp.stream eq ") {
                let stream: u64 = stream.trim().parse().expect("a stream's number");
                at = streams.iter().position(|&asked| asked == stream).expect("it follows what was asked for");
            } else if let Some(octets) = pdml::from_hex(line.trim_start()) {
                // one side's lines are indented; which side's is not alike for TCP and TLS
                sides[at][usize::from(line.starts_with('\t'))].extend(octets);
            }
        }
        let server =
            |sides: [Vec<u8>; 2]| sides.into_iter().find(|side| side.starts_with(b"HTTP/1.1 ")).expect("an answer");
        sides.into_iter().map(server).collect()
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().expect("a file in a folder")
}
