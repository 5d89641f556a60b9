//! What `run` and its children say to each other: JSON lines over standard input and output.
//!
//! ```text
//! run → link   {"link":{…}}         link → run   {"linked":{"forwarder":"tun",…}}
//! run → serve  {"serve":{…}}        serve → run  {"ready":{"server":"127.0.0.1:41234"}}
//! run → load   {"load":{…}}         load → run   {"ready":{"server":null}}
//! run → load   {"start":{"t0":…}}   load → run   "started"
//! run → serve  {"start":{"t0":…}}   serve → run  {"feed-ended":{"emitted":[…]}}
//! run → load   {"emitted":[…]}      load → run   {"loaded":{…}}
//! run → serve  "stop"               serve → run  {"served":{…}}
//! run → link   "stop"               link → run   {"forwarded":{…}}
//! ```
//!
//! Where some clients are in a process of their own there are two loads, which connect in turn, part by part: `{"connect":{"below":1}}`,
//! `"connected"`; both then say `ready`, and are told and report all else alike.
//!
//! The calibration's null row takes one child: `{"null":{…}}` to a load, which says `{"nulled":{…}}`.
//!
//! The first and the last only where packets are forwarded (`Level::Packets`).
//!
//! A build that is asked whether it can be told another one's trials introduces itself, and says what it has read:
//!
//! ```text
//! control → run  {"hello":{"control":1,"version":"0.1.0",…}}
//! run → control  {"read":{…}}       control → run  {"read":{…}}
//! ```
//!
//! Keys that a reader does not know are passed over, so that builds of different revisions understand each other;
//! [`VERSION`] goes up where that is not enough. That nothing of a trial was passed over is seen by what comes back.
//!
//! A child ends at the end of its input, whatever it is doing.

use crate::calibration::{KnownDelay, NullRow};
use crate::clock::Nanos;
use crate::forwarded::{Forwarded, Forwarder};
use crate::link::Link;
use crate::namespace::Namespace;
use crate::timeline::{Calls, Followed};
use crate::totals::{Connection, LoadTotals, ServeTotals};
use crate::trial::Trial;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;

/// The version of these messages: goes up when one changes its meaning, goes away, or is needed and was not there before.
pub const VERSION: u32 = 1;

/// What a build says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Its [`VERSION`].
    pub control: u32,
    /// pushbench's version.
    #[serde(default)]
    pub version: String,
    /// The git revision it was built from.
    #[serde(default)]
    pub revision: Option<String>,
    /// The compiler that built it.
    #[serde(default)]
    pub rustc: Option<String>,
    /// Whether it was built with optimisation.
    #[serde(default)]
    pub optimised: bool,
}

impl Hello {
    /// This build.
    #[must_use]
    pub fn own() -> Hello {
        let set = |value: &str| Some(value.to_owned()).filter(|value| !value.is_empty());
        Hello {
            control: VERSION,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: set(env!("PUSHBENCH_REVISION")),
            rustc: set(env!("PUSHBENCH_RUSTC")),
            optimised: !cfg!(debug_assertions),
        }
    }
}

/// What a child is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// To whoever introduced itself: say what of this trial you know.
    Read(Box<Trial>),
    /// To the link, first of all.
    Link(LinkTask),
    /// To the server, first of all.
    Serve(Task),
    /// To the load, first of all.
    Load(Task),
    /// To the load, first and last: the trial over a pipe in memory, without a server.
    Null(Task),
    /// To a load that drives a part of the clients: those of its own before client `below` may connect.
    Connect {
        /// From 0, over all clients.
        below: u32,
    },
    /// The trial starts at `t0` on the common clock.
    Start {
        /// Nanoseconds of `CLOCK_MONOTONIC`.
        t0: Nanos,
    },
    /// To the load: when each update was emitted, by number, from 1.
    Emitted(Vec<Nanos>),
    /// To the server: close and report. To the link: report.
    Stop,
}

/// What a link has to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkTask {
    /// What it is to be like.
    pub link: Link,
    /// How many addresses the clients have.
    pub addresses: u8,
    /// Seeds its losses and its jitter.
    pub seed: u64,
    /// What is to forward; `None`: the first that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarder: Option<Forwarder>,
}

/// What a child has to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The trial.
    pub trial: Trial,
    /// The server's address, for the load.
    pub server: Option<SocketAddr>,
    /// The root of the server's certificate, for the load, where TLS is: DER in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
    /// The CPUs to stay on; empty: any.
    pub cpus: Vec<usize>,
    /// Worker threads.
    pub workers: usize,
    /// Which clients are the load's.
    #[serde(default, skip_serializing_if = "Part::is_all")]
    pub part: Part,
    /// Every delivery, from the load; `None`: they are not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<Deliveries>,
    /// How long the server holds half of the updates, in nanoseconds, and the load looks for that: a calibration's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub injected_delay_ns: Option<Nanos>,
    /// How long a part of steady lasts whose median latency the load tells, in nanoseconds: a pilot's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin_ns: Option<Nanos>,
}

/// Which of a trial's clients a load drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Every one.
    #[default]
    All,
    /// Those that are no probes.
    Bulk,
    /// The probes ([`Trial::probes`]).
    Probes,
}

impl Part {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
    fn is_all(&self) -> bool {
        *self == Part::All
    }

    /// Whether client `index`, from 0, of `trial` belongs to it.
    #[must_use]
    pub fn holds(self, trial: &Trial, index: u32) -> bool {
        let is_probe = || trial.probes().is_some_and(|probes| probes.contains(&index));
        match self {
            Part::All => true,
            Part::Bulk => !is_probe(),
            Part::Probes => is_probe(),
        }
    }
}

/// What the load does with the trial's deliveries when that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    /// The file to write them to, a line each. Through this channel they would be too many.
    pub file: PathBuf,
    /// How each line begins.
    pub row: String,
}

/// What a child reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// What it is.
    Hello(Hello),
    /// The trial as it was read.
    Read(Box<Trial>),
    /// There are two networks, and packets are forwarded between them.
    Linked {
        /// How.
        forwarder: Forwarder,
        /// Where the server is to be.
        server: Namespace,
        /// Where the load is to be.
        load: Namespace,
    },
    /// The link has ended.
    Forwarded(Box<Forwarded>),
    /// The server listens; the load's clients are connected.
    Ready {
        /// The server's address, from the server.
        server: Option<SocketAddr>,
        /// The root of its certificate, where TLS is: DER in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<String>,
    },
    /// The load's clients that may connect are in the server's queue.
    Connected,
    /// The load knows t0: the feed may start.
    Started,
    /// All updates are published; when each was emitted, by number, from 1.
    FeedEnded {
        /// Nanoseconds of `CLOCK_MONOTONIC`.
        emitted: Vec<Nanos>,
    },
    /// The load has closed its last connection.
    Loaded {
        /// Its side of the trial.
        totals: Box<LoadTotals>,
        /// Every connection.
        connections: Vec<Connection>,
        /// What was followed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        followed: Option<Followed>,
        /// What it found of the delay that was injected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delay: Option<KnownDelay>,
        /// The median latency of each part of steady that was asked for, in nanoseconds; `None`: nothing was received.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bins: Option<Vec<Option<Nanos>>>,
    },
    /// The trial over a pipe is done.
    Nulled(Box<NullRow>),
    /// The server has closed.
    Served {
        /// Its side of the trial.
        totals: Box<ServeTotals>,
        /// Every connection.
        connections: Vec<Connection>,
        /// The calls on the first.
        #[serde(default)]
        calls: Calls,
    },
    /// It cannot go on.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A child's ear: gives the orders as they come, and ends the process at the end of its input.
///
/// # Errors
/// When the system gives no thread.
pub fn orders() -> std::io::Result<mpsc::Receiver<Order>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new().name("orders".into()).spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            match hear(&mut input) {
                // the child has all it needed and does not listen any more
                Ok(Some(order)) => drop(sender.send(order)),
                Ok(None) => break,
                Err(reason) => {
                    report(&Report::Failed { reason });
                    break;
                }
            }
        }
        // the run is over or gone
        std::process::exit(0);
    })?;
    Ok(receiver)
}

/// The next order; `None` at the end of the input.
///
/// # Errors
/// A sentence.
pub fn hear(input: &mut impl BufRead) -> Result<Option<Order>, String> {
    let mut line = String::new();
    let octets = input.read_line(&mut line).map_err(|error| error.to_string())?;
    if octets == 0 { Ok(None) } else { parse(&line).map(Some) }
}

fn parse(line: &str) -> Result<Order, String> {
    serde_json::from_str(line).map_err(|error| format!("an order that is none: {error}"))
}

/// A child's mouth.
pub fn report(report: &Report) {
    let mut line = serde_json::to_vec(report).expect("reports are plain values");
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    // nobody listens any more: the end of our input ends us
    let _ = out.write_all(&line).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_stand_as_the_page_says() {
        let json = |order: &Order| serde_json::to_string(order).expect("plain");
        assert_eq!(json(&Order::Start { t0: 5 }), r#"{"start":{"t0":5}}"#);
        assert_eq!(json(&Order::Stop), r#""stop""#);
        assert_eq!(parse(r#"{"emitted":[1,2]}"#), Ok(Order::Emitted(vec![1, 2])));
        assert!(parse("{}").expect_err("nothing").contains("an order that is none"));
    }
}
