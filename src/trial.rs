//! One trial, resolved: everything that the two children and the record need to know of it. Plain values.

use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::kind::{Answer, Carrier, Compression, Encoding, Pacing, Persistence, Profile, Transport};
use crate::link::{Level, Link};
use crate::schedule::Schedule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::OnceLock;

/// One transport and carrier at one point of the scenario, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// How updates reach the clients.
    pub transport: Transport,
    /// What the transport rides on.
    pub carrier: Carrier,
    /// How many clients follow the feed.
    pub clients: u32,
    /// What is published, and when.
    pub feed: FeedPlan,
    /// How a polling client asks; meaningless to the other transports.
    pub polling: Polling,
    /// What an answer holds when several updates are new.
    pub answer: Answer,
    /// How long the server holds a long poll, in nanoseconds.
    pub hold_ns: Nanos,
    /// Whether a connection outlives the answer to a poll; meaningless to the streams.
    #[serde(default)]
    pub persistence: Persistence,
    /// Whether a poll says where it stands in `If-None-Match`, and is told so by 304; meaningless to the streams.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub conditional: bool,
    /// How updates are coded on their way; `None` where they are no content of HTTP's.
    #[serde(default, skip_serializing_if = "Compression::is_none")]
    pub compression: Compression,
    /// How long the server gathers updates for its streams before it writes them, in nanoseconds; 0: it writes each at once.
    /// Meaningless to polls, which gather by themselves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub coalesce_ns: Nanos,
    /// What heads hold beyond what the protocol needs.
    #[serde(default)]
    pub headers: Headers,
    /// How many clients share a connection, on a carrier that can (HTTP/2); else 1.
    #[serde(default = "one")]
    pub clients_per_connection: u32,
    /// The server's certificate, where TLS is; `None`: one that is made for the trial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
    /// What stands between clients and server in place of loopback.
    #[serde(default, skip_serializing_if = "Link::is_none")]
    pub link: Link,
    /// How long the phases last.
    pub windows: Windows,
    /// When the server is stopped on purpose, in order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Options set on every socket of both sides.
    pub sockets: Sockets,
}

/// The server's process is stopped, and goes on later: what is due meanwhile is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// When, in nanoseconds after the beginning of steady.
    pub at_ns: Nanos,
    /// For how long, in nanoseconds.
    pub freeze_ns: Nanos,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks so
fn is_zero(ns: &Nanos) -> bool {
    *ns == 0
}

fn one() -> u32 {
    1
}

/// Clients that a trial must have for some of them to be probes.
pub const PROBED: u32 = 50;

impl Trial {
    /// A trial of one client over HTTP/1.1 on loopback, with nothing but what every trial has: 100 octets of text an update,
    /// polls every 100 ms, all that is new in an answer. What is to be otherwise is named beside it.
    #[must_use]
    pub fn plain(transport: Transport, schedule: Schedule, windows: Windows) -> Trial {
        Trial {
            transport,
            carrier: Carrier::H1,
            clients: 1,
            feed: FeedPlan { schedule, payload: 100, encoding: Encoding::Text, seed: 1, retention_ns: 5 * SECOND },
            polling: Polling { interval_ns: 100 * MILLISECOND, pacing: Pacing::FixedRate },
            answer: Answer::All,
            hold_ns: HOLD_NS,
            persistence: Persistence::KeepAlive,
            conditional: false,
            compression: Compression::None,
            coalesce_ns: 0,
            headers: Headers::default(),
            clients_per_connection: 1,
            credentials: None,
            link: Link::default(),
            windows,
            faults: Vec::new(),
            sockets: Sockets::default(),
        }
    }

    /// How much of steady is followed message by message: four updates, and two polls whatever asks, so that all trials of a
    /// block can be shown beside each other.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    pub fn followed_ns(&self) -> Nanos {
        let updates = (4.25 * SECOND as f64 / self.feed.schedule.rate().max(f64::MIN_POSITIVE)) as Nanos;
        updates.max(2 * self.polling.interval_ns + self.polling.interval_ns / 4).min(self.windows.steady_ns)
    }

    /// The clients, from 0, that have a process of their own: one behind the first, one in the middle, and the last, in the
    /// order in which the server gets to know them. What the others receive later than these waited in their own process.
    ///
    /// None where there are few; where several share a connection, for processes cannot; and where the portable link shares
    /// its bottleneck, which is the load's own.
    #[must_use]
    pub fn probes(&self) -> Option<[u32; 3]> {
        let shared = self.clients_per_connection > 1 || (self.link.shared && self.link.level == Level::Portable);
        (self.clients >= PROBED && !shared).then(|| [1, self.clients / 2, self.clients - 1])
    }
}

/// Files of a server's certificate, in PEM form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credentials {
    /// The chain that the server sends, its own certificate first.
    pub certificate: PathBuf,
    /// The key of the first.
    pub key: PathBuf,
    /// What the clients trust; `None`: the chain's last.
    pub root: Option<PathBuf>,
    /// The name that the clients ask for.
    pub name: String,
}

/// What is published, and when: alike in every process that has these values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedPlan {
    /// When each update is due.
    pub schedule: Schedule,
    /// An update's size in octets, everything counted; of a replayed file, the largest one's.
    pub payload: usize,
    /// How its bytes are made.
    pub encoding: Encoding,
    /// Seeds random schedules.
    pub seed: u64,
    /// How long an update can still be had, in nanoseconds of the plan.
    pub retention_ns: Nanos,
}

/// How a polling client asks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Polling {
    /// The poll period T, in nanoseconds.
    pub interval_ns: Nanos,
    /// From where T counts.
    pub pacing: Pacing,
}

/// What heads hold beyond what the protocol needs. `raw-tcp`, the floor, has minimal heads whatever this says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Headers {
    /// Where no list says otherwise.
    pub profile: Profile,
    /// The size of the cookie that goes with every request, in octets of the field's value; 0: none.
    pub cookie: usize,
    /// Instead of the profile's, in every request: `name: value`.
    pub request: Option<Vec<String>>,
    /// Instead of the profile's, in every answer: `name: value`.
    pub response: Option<Vec<String>>,
}

/// How long the phases last, in nanoseconds. Setup and teardown last as long as they take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Windows {
    /// From t0: the feed runs, nothing is counted for the figures.
    pub warmup_ns: Nanos,
    /// The feed runs, everything is counted.
    pub steady_ns: Nanos,
    /// The feed has ended; what is under way may still arrive.
    pub drain_ns: Nanos,
}

/// How long the server holds a long poll, in nanoseconds, unless asked otherwise.
pub const HOLD_NS: Nanos = 30 * SECOND;

/// The end of the drain in which nothing should be under way any more: the same clients without updates.
pub const IDLE_NS: Nanos = SECOND;

/// From the largest latency that theory allows for to the idle window: what is late arrives, buffers settle.
pub const SETTLE_NS: Nanos = SECOND / 10;

impl Windows {
    /// From t0 to the end of the feed.
    #[must_use]
    pub fn feed_ns(&self) -> Nanos {
        self.warmup_ns + self.steady_ns
    }

    /// From t0 to the end of the drain.
    #[must_use]
    pub fn total_ns(&self) -> Nanos {
        self.feed_ns() + self.drain_ns
    }

    /// From t0 to the drain's last part, in which nothing is under way any more.
    #[must_use]
    pub fn idle_ns(&self) -> Nanos {
        self.total_ns() - IDLE_NS.min(self.drain_ns)
    }

    /// The phase `at` falls into, for a trial that started at `t0`; before t0 it is setup.
    #[must_use]
    pub fn phase(&self, t0: Nanos, at: Nanos) -> Phase {
        match at.checked_sub(t0) {
            None => Phase::Setup,
            Some(since) if since < self.warmup_ns => Phase::Warmup,
            Some(since) if since < self.feed_ns() => Phase::Steady,
            Some(since) if since < self.total_ns() => Phase::Drain,
            Some(_) => Phase::Teardown,
        }
    }
}

/// Says of any moment into which phase it falls.
#[derive(Debug)]
pub struct PhaseClock {
    windows: Windows,
    followed_ns: Nanos,
    t0: OnceLock<Nanos>,
}

impl PhaseClock {
    /// Of a trial with these windows that has not started.
    #[must_use]
    pub fn new(windows: Windows) -> PhaseClock {
        PhaseClock { windows, followed_ns: 0, t0: OnceLock::new() }
    }

    /// Of `trial`, which has not started.
    #[must_use]
    pub fn of(trial: &Trial) -> PhaseClock {
        PhaseClock { followed_ns: trial.followed_ns(), ..PhaseClock::new(trial.windows) }
    }

    /// From when to when in steady one client's messages are kept; `None` before the start.
    #[must_use]
    pub fn followed(&self) -> Option<(Nanos, Nanos)> {
        let from = self.t0()? + self.windows.warmup_ns;
        Some((from, from + self.followed_ns))
    }

    /// From now on everything happens after `t0`.
    pub fn start(&self, t0: Nanos) {
        // a trial has one t0: a second one changes nothing
        let _ = self.t0.set(t0);
    }

    /// When the trial started, if it has.
    #[must_use]
    pub fn t0(&self) -> Option<Nanos> {
        self.t0.get().copied()
    }

    /// The phase that `at` falls into.
    #[must_use]
    pub fn phase(&self, at: Nanos) -> Phase {
        self.t0().map_or(Phase::Setup, |t0| self.windows.phase(t0, at))
    }
}

/// A phase of the trial. Disjoint and complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Connecting, up to t0.
    Setup,
    /// From t0.
    Warmup,
    /// What is measured.
    Steady,
    /// After the feed's end.
    Drain,
    /// Closing.
    Teardown,
}

impl Phase {
    /// In their order.
    pub const ALL: [Phase; 5] = [Phase::Setup, Phase::Warmup, Phase::Steady, Phase::Drain, Phase::Teardown];
}

/// Options set on every socket of both sides, `TCP_NODELAY` always among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sockets {
    /// `SO_SNDBUF` as asked for, in octets (the kernel doubles it); it would grow to megabytes for a slow reader.
    pub send_buffer: u32,
    /// `TCP_MAXSEG` as asked for, in octets: without it loopback's segments of 64 KiB hide what headers cost. The kernel
    /// takes the timestamps' 12 off, so that 1,460 leave 1,448 to the stream, as on Ethernet. `None` leaves it alone.
    pub max_segment: Option<u32>,
}

impl Default for Sockets {
    fn default() -> Self {
        Sockets { send_buffer: 128 << 10, max_segment: Some(1460) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_disjoint_and_complete() {
        let windows = Windows { warmup_ns: 10, steady_ns: 20, drain_ns: 5 };
        let phases: Vec<_> = (90..140).map(|at| windows.phase(100, at)).collect();
        let count = |phase| phases.iter().filter(|&&p| p == phase).count();
        assert_eq!(Phase::ALL.map(count), [10, 10, 20, 5, 5]);
        assert!(phases.is_sorted());
    }

    #[test]
    fn trials_of_early_records_kept_their_connections_and_had_minimal_heads() {
        let mut headers: Headers =
            serde_json::from_str(r#"{"profile":"browser","cookie":5}"#).expect("lists may be missing");
        assert_eq!((headers.cookie, headers.request.take()), (5, None));
        let early = r#"{"transport":"sse","carrier":"h1","clients":1,"feed":{"schedule":{"kind":"periodic","rate":1.0},
            "payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":1,"pacing":"fixed-rate"},
            "answer":"all","hold_ns":1,"windows":{"warmup_ns":1,"steady_ns":1,"drain_ns":1},
            "sockets":{"send_buffer":1,"max_segment":null}}"#;
        let trial: Trial = serde_json::from_str(early).expect("an early trial");
        assert_eq!((trial.conditional, trial.compression), (false, Compression::None));
        assert_eq!((trial.persistence, trial.headers), (Persistence::KeepAlive, Headers::default()));
    }
}
