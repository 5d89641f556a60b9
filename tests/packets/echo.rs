//! An echo that knows nothing of us: a few lines of Python on each side, over plain sockets.

use crate::PATIENCE;
use crate::processes::{Process, pushbench, until};
use pushbench::clock::{MILLISECOND, Nanos};
use pushbench::control::{LinkTask, Order, Report};
use pushbench::forwarded::Forwarder;
use pushbench::link::Link;
use pushbench::namespace::{Namespace, SERVER};
use std::io::{PipeWriter, Write};
use std::process::{Command, Stdio};

/// Echoes one connection's octets; says its port first.
const SERVE: &str = r"
import socket, sys
listener = socket.create_server((sys.argv[1], 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while octets := connection.recv(4096):
    connection.sendall(octets)
";

/// Sends 100 octets and waits for them, again and again; says how long the shortest took, in nanoseconds.
const ASK: &str = r"
import socket, sys, time
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
took = []
begin = time.monotonic_ns()
while len(took) < 15 or time.monotonic_ns() < begin + 10**9:
    at, back = time.monotonic_ns(), 0
    connection.sendall(bytes(100))
    while back < 100:
        back += len(connection.recv(4096))
    took.append(time.monotonic_ns() - at)
print(min(took), flush=True)
";

/// The distances, in nanoseconds.
const ROUND_TRIPS: [Nanos; 3] = [5 * MILLISECOND, 50 * MILLISECOND, 200 * MILLISECOND];

/// Whether there is what this takes, or what is missing.
pub(crate) fn tools() -> Result<(), String> {
    for tool in ["python3", "nsenter"] {
        let mut command = Command::new(tool);
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if !command.status().is_ok_and(|status| status.success()) {
            return Err(format!("not installed: {tool}"));
        }
    }
    Ok(())
}

/// Two networks, and the link between them.
pub(crate) struct Network {
    server: Namespace,
    load: Namespace,
    /// The link ends at the end of its input.
    _orders: PipeWriter,
    _link: Process,
}

impl Network {
    pub(crate) fn make(link: Link, forwarder: Forwarder) -> Network {
        let (input, mut orders) = std::io::pipe().expect("a pipe");
        let mut command = pushbench();
        command.args(["link", "--child"]).stdin(input);
        let process = Process::start(command);
        let order = Order::Link(LinkTask { link, addresses: 1, seed: 1, forwarder: Some(forwarder) });
        writeln!(orders, "{}", serde_json::to_string(&order).expect("plain")).expect("it listens");
        let said = until("the link", PATIENCE, || process.stdout().lines().next().map(str::to_owned));
        match serde_json::from_str(&said) {
            Ok(Report::Linked { server, load, forwarder: laid }) if laid == forwarder => {
                Network { server, load, _orders: orders, _link: process }
            }
            other => panic!("{other:?}"),
        }
    }

    /// The shortest of some round trips, in nanoseconds.
    pub(crate) fn round_trip(&self) -> Nanos {
        let within = |program: &str, is_server| {
            let namespace = if is_server { &self.server } else { &self.load };
            let mut command = Command::new("nsenter");
            if let Some(user) = &namespace.user {
                command.arg(format!("--user={}", user.display())).arg("--preserve-credentials");
            }
            command.arg(format!("--net={}", namespace.net.display())).arg(program);
            command
        };
        round_trip(&within, &SERVER.to_string())
    }
}

/// A program that is not in any network of ours.
pub(crate) fn on_this_host(program: &str, _: bool) -> Command {
    Command::new(program)
}

/// As [`Network::round_trip`], where a program is started as `within` says.
pub(crate) fn round_trip(within: &impl Fn(&str, bool) -> Command, address: &str) -> Nanos {
    let start = |script, is_server, more: &[&str]| {
        let mut command = within("python3", is_server);
        command.args(["-c", script, address]).args(more).stdin(Stdio::null());
        Process::start(command)
    };
    let first_line = |process: &Process| process.stdout().lines().next().map(str::to_owned);
    let server = start(SERVE, true, &[]);
    let port = until("an echo", PATIENCE, || first_line(&server));
    let client = start(ASK, false, &[&port]);
    let took = until("round trips", PATIENCE, || first_line(&client));
    took.parse().unwrap_or_else(|_| panic!("{took}: {}", client.stderr()))
}

/// What is wrong with the round trips through a link of these distances: none is shorter than it says, and what one is
/// longer than another is what it should be, to a hundredth.
#[allow(clippy::cast_precision_loss)] // far less than a hundredth
pub(crate) fn fault(through: &(impl Fn(Nanos) -> Nanos + Sync)) -> Option<String> {
    let took = std::thread::scope(|scope| {
        let threads = ROUND_TRIPS.map(|rtt| scope.spawn(move || through(rtt)));
        threads.map(|thread| thread.join().expect("it says above what failed"))
    });
    if let Some((rtt, took)) = ROUND_TRIPS.into_iter().zip(took).find(|(rtt, took)| took < rtt) {
        return Some(format!("{took} ns at a round trip of {rtt} ns"));
    }
    let mean = |values: [Nanos; 3]| values.iter().map(|&ns| ns as f64).sum::<f64>() / 3.0;
    let (x, y) = (mean(ROUND_TRIPS), mean(took));
    let apart = || ROUND_TRIPS.iter().zip(took).map(|(&rtt, took)| (rtt as f64 - x, took as f64 - y));
    let slope = apart().map(|(rtt, took)| rtt * took).sum::<f64>() / apart().map(|(rtt, _)| rtt * rtt).sum::<f64>();
    (!(0.99..=1.01).contains(&slope)).then(|| format!("{took:?} ns: a slope of {slope}"))
}
