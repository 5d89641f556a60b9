//! What `run` and its two children say to each other: JSON lines over standard input and output.
//!
//! ```text
//! run → serve  {"serve":{…}}        serve → run  {"ready":{"server":"127.0.0.1:41234"}}
//! run → load   {"load":{…}}         load → run   {"ready":{"server":null}}
//! run → load   {"start":{"t0":…}}   load → run   "started"
//! run → serve  {"start":{"t0":…}}   serve → run  {"feed-ended":{"emitted":[…]}}
//! run → load   {"emitted":[…]}      load → run   {"loaded":{…}}
//! run → serve  "stop"               serve → run  {"served":{…}}
//! ```
//!
//! A child ends at the end of its input, whatever it is doing.

use crate::clock::Nanos;
use crate::timeline::{Calls, Followed};
use crate::totals::{Connection, LoadTotals, ServeTotals};
use crate::trial::Trial;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;

/// What a child is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// To the server, first of all.
    Serve(Task),
    /// To the load, first of all.
    Load(Task),
    /// The trial starts at `t0` on the common clock.
    Start {
        /// Nanoseconds of `CLOCK_MONOTONIC`.
        t0: Nanos,
    },
    /// To the load: when each update was emitted, by number, from 1.
    Emitted(Vec<Nanos>),
    /// To the server: close and report.
    Stop,
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
    /// Every delivery, from the load; `None`: they are not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliveries: Option<Deliveries>,
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
    /// The server listens; the load's clients are connected.
    Ready {
        /// The server's address, from the server.
        server: Option<SocketAddr>,
        /// The root of its certificate, where TLS is: DER in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        root: Option<String>,
    },
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
    },
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
        for line in std::io::stdin().lock().lines() {
            match line.map_err(|error| error.to_string()).and_then(|line| parse(&line)) {
                // the child has all it needed and does not listen any more
                Ok(order) => drop(sender.send(order)),
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
