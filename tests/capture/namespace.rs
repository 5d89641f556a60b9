//! A network of its own for a run: nothing but a loopback device with an Ethernet's MTU, and a capture of all that
//! passes it.

use crate::PATIENCE;
use crate::processes::{Ended, Process, scenario, until};
use nix::sys::signal::Signal;
use std::path::Path;
use std::process::{Command, Stdio};

/// What makes the network and looks at it, and how each says that it is there.
const TOOLS: [(&str, &str); 6] = [
    ("unshare", "--version"),
    ("nsenter", "--version"),
    ("ip", "-V"),
    ("ethtool", "--version"),
    ("tcpdump", "--version"),
    ("tshark", "--version"),
];

/// Segments as they would be on a wire: no larger than the MTU, one by one.
const SET_UP: &str =
    "ip link set lo mtu 1500 up && ethtool -K lo tso off gso off gro off && echo ready && exec sleep 600";
/// What tcpdump can wait with in memory, in KiB: more than any of these captures has.
const BUFFER: &str = "65536";

/// Why no run can be captured here; `None` when it can.
pub(crate) fn missing() -> Option<String> {
    let runs = |tool: &str, arguments: &[&str]| {
        let mut command = Command::new(tool);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let absent: Vec<_> =
        TOOLS.iter().filter(|(tool, version)| !runs(tool, &[version])).map(|(tool, _)| *tool).collect();
    if !absent.is_empty() {
        return Some(format!("not installed: {}", absent.join(", ")));
    }
    (!runs("unshare", &["--net", "ip", "link", "set", "lo", "mtu", "1500", "up"]))
        .then(|| "no network namespace can be made here: that takes root".into())
}

/// Runs `text` as a scenario with `flags` in a new network namespace, with results in `folder`, and captures its
/// packets into `into`. TLS keys are logged to `keys`.
///
/// # Panics
/// When a packet was dropped, or the run failed.
pub(crate) fn capture(folder: &Path, text: &str, flags: &[&str], into: &Path, keys: &Path) {
    let mut unshare = Command::new("unshare");
    unshare.args(["--net", "sh", "-c", SET_UP]).stdin(Stdio::null());
    let namespace = Process::start(unshare);
    until("a network", PATIENCE, || namespace.stdout().contains("ready").then_some(()));

    let inside = |program: &str| {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", namespace.pid())).arg(program).stdin(Stdio::null());
        command
    };
    let mut tcpdump = inside("tcpdump");
    // each packet at once, so that none is still on its way when it is stopped; and as root, who owns the folder
    tcpdump.args(["-i", "lo", "-B", BUFFER, "--immediate-mode", "-Z", "root", "-w"]).arg(into).arg("tcp");
    let mut tcpdump = Process::start(tcpdump);
    until("tcpdump", PATIENCE, || tcpdump.stderr().contains("listening on").then_some(()));

    let mut run = inside(env!("CARGO_BIN_EXE_pushbench"));
    run.arg("run").arg(scenario(folder, "captured.toml", text)).arg("--out").arg(folder.join("results"));
    run.args(["--affinity", "none"]).args(flags).env("NO_COLOR", "1").env("SSLKEYLOGFILE", keys);
    let Ended { status, stderr, .. } = Process::start(run).end(PATIENCE);
    assert!(status.success(), "the run ended with {status}: {stderr}");

    until("every packet in the capture", PATIENCE, || {
        tcpdump.signal(Signal::SIGUSR1); // it says its counts
        counts(&tcpdump.stderr()).filter(|counts| counts.is_complete())
    });
    tcpdump.signal(Signal::SIGINT);
    let Ended { stderr, .. } = tcpdump.end(PATIENCE);
    assert!(stderr.trim_end().ends_with("\n0 packets dropped by kernel"), "{stderr}");
}

/// What tcpdump has seen.
struct Counts {
    captured: u64,
    received: u64,
}

impl Counts {
    /// The kernel shows each packet of a loopback device twice, on its way out and on its way in; tcpdump takes one,
    /// or has the other one filtered.
    fn is_complete(&self) -> bool {
        self.captured > 0 && [self.captured, 2 * self.captured].contains(&self.received)
    }
}

/// The last counts that tcpdump said on its way.
fn counts(stderr: &str) -> Option<Counts> {
    let line = stderr.lines().rfind(|line| line.starts_with("tcpdump: ") && line.contains(" packets captured"))?;
    let count = |what| line.split(", ").find(|part| part.contains(what))?.split(' ').find_map(|word| word.parse().ok());
    Some(Counts { captured: count("captured")?, received: count("received by filter")? })
}
