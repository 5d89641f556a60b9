//! How a server is set up, and what it puts up with.

use crate::clock::Nanos;
use crate::kind::{Carrier, Compression, Encoding};
use crate::profile;
use crate::transport::ask::HOLD;
use crate::transport::room::KEEP_ALIVE;
use crate::trial::{Headers, Sockets};
use crate::wire::trace::Trace;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; port 0 is any free one.
    pub listen: SocketAddr,
    /// Options of its sockets.
    pub sockets: Sockets,
    /// How the feed's updates are encoded.
    pub encoding: Encoding,
    /// How it codes them for a client that takes it.
    pub compression: Compression,
    /// How long its streams gather updates for one write; zero: they write each at once.
    pub coalesce: Duration,
    /// How long it holds a long poll that does not say, in nanoseconds.
    pub hold_ns: Nanos,
    /// What its answers' heads hold beyond what the protocol needs.
    pub headers: Headers,
    /// What its clients speak; `None`: whatever each begins with.
    pub carrier: Option<Carrier>,
    /// How many clients may share an HTTP/2 connection.
    pub streams: u32,
    /// Worker threads.
    pub workers: usize,
    /// What it puts up with.
    pub limits: Limits,
    /// What follows the first connection that it accepts.
    pub followed: Option<Arc<Trace>>,
}

/// What a server puts up with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time, each worker its share; one more is answered 503 and closed.
    pub connections: usize,
    /// A request's head, in octets; a longer one is answered 431. Looked at before each read: one that is whole after
    /// the read that crosses the limit is still taken, so that none above twice the limit is.
    pub head: usize,
    /// A message from a client, in octets; a longer one ends its WebSocket with 1009.
    pub message: usize,
    /// How long a connection may wait for its next request.
    pub idle: Duration,
    /// How long a reader may take no byte before it is cut off.
    pub stalled: Duration,
    /// How long a stream may be silent before it gets a sign of life.
    pub silent: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 10_000,
            head: profile::LARGEST_HEAD,
            message: 64 << 10,
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(10),
            silent: KEEP_ALIVE,
        }
    }
}

impl Config {
    /// A server on `listen` with one worker and the usual limits.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Config {
        Config {
            listen,
            sockets: Sockets::default(),
            encoding: Encoding::Text,
            compression: Compression::None,
            coalesce: Duration::ZERO,
            hold_ns: HOLD,
            headers: Headers::default(),
            carrier: None,
            streams: 1,
            workers: 1,
            limits: Limits::default(),
            followed: None,
        }
    }
}
