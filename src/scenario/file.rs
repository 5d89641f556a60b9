//! The scenario file's shape, as serde reads it. Unknown keys are refused; what is left out has its usual value.
//!
//! What stands above a field is shown by an editor that knows the schema (`schema`): meaning, unit, default. Defaults
//! that serde knows, it adds itself.

use crate::claim::Counts;
use crate::clock::SECOND;
use crate::kind::{Answer, Carrier, Compression, Encoding, Pacing, Persistence, Profile, Transport};
use crate::link::Wanted;
use crate::preset::Preset;
use crate::scenario::repeats::{Precision, Repeats};
use crate::scenario::value::{Bandwidth, NamedCarrier, NamedTransport, Size, Time};
use crate::scenario::warmup::Warmup;
use crate::schedule::Unit;
use crate::threshold;
use crate::update;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// Keys that no trial has of its own: they cannot be swept.
pub(super) const WHOLE: [&str; 11] = [
    "question",
    "transports",
    "carriers",
    "repeats",
    "precision",
    "seed",
    "thresholds",
    "fault",
    "claim",
    "beside",
    "sweep",
];
/// `feed.rate`, in updates per second.
pub(super) const RATE: RangeInclusive<f64> = 1e-4..=1e6;
/// `feed.speed`: how many times as fast as recorded.
pub(super) const SPEED: RangeInclusive<f64> = 1e-6..=1e6;
/// `link.loss`: beyond half of the packets TCP hardly moves.
pub(super) const LOSS: RangeInclusive<f64> = 0.0..=0.5;

/// `clients-per-connection`: a stream each, and as many again for those that reconnect.
pub(super) const MOST_SHARING: u32 = 10_000;

/// A pushbench scenario: one question, and the work that answers it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "pushbench scenario")]
pub(super) struct File {
    /// What you want to know, in one sentence: it heads the report.
    #[schemars(extend("pattern" = r"\S"))]
    pub(super) question: String,
    /// Which ways to compare. `raw-tcp` is no candidate but the floor: what the bytes alone cost. All, unless listed.
    #[serde(default = "every_transport")]
    #[schemars(with = "Vec<Transport>", length(min = 1), extend("uniqueItems" = true))]
    pub(super) transports: Vec<NamedTransport>,
    /// What the transports ride on: HTTP/1.1 or HTTP/2, on TCP or on TLS. Every transport on each of them, but `raw-tcp` only
    /// where there are no streams. `h1`, unless listed.
    #[serde(default = "plain_http1")]
    #[schemars(with = "Vec<Carrier>", length(min = 1), extend("uniqueItems" = true))]
    pub(super) carriers: Vec<NamedCarrier>,
    /// How many clients share a connection on `h2` and `h2+tls`, as a browser's tabs do.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = MOST_SHARING))]
    pub(super) clients_per_connection: u32,
    /// How many clients follow the feed.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) clients: u32,
    /// Blocks. Each holds every trial once, in random order; a figure is the median over the blocks. Six or more give an
    /// interval that assumes nothing.
    /// `"auto"` makes blocks until the figures are as precise as `precision` says, 6 at the least and 30 at the most.
    #[serde(default = "once")]
    pub(super) repeats: Repeats,
    /// With `repeats = "auto"`: half the width of the intervals of p50, bytes and server CPU that is narrow enough, as a share of
    /// the figure. `5%`, unless given.
    pub(super) precision: Option<Precision>,
    /// Fixes the feed, the clients' phases and the order: the same number makes the same run.
    #[serde(default = "first_seed")]
    pub(super) seed: u64,
    /// What the figures have to keep to: `"websocket.p99<5ms"`, `"*.bytes<=1KiB"`, `"sse[h2, clients=1000].cpu<40us"`. A run
    /// that misses one ends with exit code 99.
    #[serde(default)]
    #[schemars(with = "Vec<Held>")]
    pub(super) thresholds: Vec<Held>,
    /// How updates are coded on their way: the answers to polls and event streams. WebSocket and raw-tcp stay as they are.
    #[serde(default)]
    pub(super) compression: Compression,
    /// How long the server gathers updates for its streams (SSE, WebSocket, raw-tcp) before it writes them, all in one go: up to
    /// 10 s. Polls gather by themselves. Default: each update at once.
    #[serde(default)]
    pub(super) coalesce: Time,
    /// The server's certificate, where TLS is. One is made for each trial where this is left out.
    pub(super) tls: Option<Tls>,
    /// What is published, and when.
    pub(super) feed: Feed,
    /// How long a trial takes.
    pub(super) phases: Phases,
    /// How a polling client asks.
    #[serde(default)]
    pub(super) polling: Polling,
    /// How a long-polling client asks, and how the server answers it.
    #[serde(default)]
    pub(super) long_polling: LongPolling,
    /// What the heads of requests and answers hold beyond what the protocol needs.
    #[serde(default)]
    pub(super) headers: Headers,
    /// Moments in which the server's process is stopped on purpose: what is due meanwhile is late, and shows.
    #[serde(default)]
    pub(super) fault: Vec<Fault>,
    /// How far away the server is, and over what kind of line: an emulated network in place of loopback.
    #[serde(default)]
    pub(super) link: Link,
    /// What somebody says an update costs: the report sets it beside what was measured.
    pub(super) claim: Option<Claim>,
    /// As above, with one value each.
    #[serde(rename = "beside")]
    #[schemars(skip)]
    pub(super) _beside: Option<toml::Table>,
    /// Read by whoever expands it; its schema is made of all others.
    #[serde(rename = "sweep")]
    #[schemars(skip)]
    pub(super) _sweep: Option<toml::Table>,
}

/// `[tls]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tls {
    /// The chain that the server sends, in PEM form, its own certificate first; relative to the scenario.
    #[schemars(length(min = 1))]
    pub(super) certificate: String,
    /// The key of the first certificate, in PEM form.
    #[schemars(length(min = 1))]
    pub(super) key: String,
    /// The certificate that clients trust; the chain's last where it is left out.
    #[schemars(length(min = 1))]
    pub(super) root: Option<String>,
    /// The name that clients ask for and the certificate is held to.
    #[serde(default = "localhost")]
    #[schemars(length(min = 1))]
    pub(super) name: String,
}

fn localhost() -> String {
    crate::kind::LOCALHOST.into()
}

/// `[feed]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Feed {
    /// When updates are due.
    pub(super) schedule: Kind,
    /// Updates per second, on average with `poisson`; with `replay`, lines per second in place of `timestamp`. Not with
    /// `bursts`.
    #[schemars(range(min = *RATE.start(), max = *RATE.end()))]
    pub(super) rate: Option<f64>,
    /// Updates in a burst. Only with `bursts`, which need it.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) size: Option<u32>,
    /// From one update of a burst to the next; `"0ms"`: all at once. Only with `bursts`, which need it.
    pub(super) gap: Option<Time>,
    /// From the start of one burst to the start of the next, longer than a burst lasts. Only with `bursts`, which need
    /// it.
    pub(super) every: Option<Time>,
    /// The file whose lines are the updates, relative to the scenario; or `sample:ticker`, which is built in. Only with
    /// `replay`, which needs it.
    #[schemars(length(min = 1))]
    pub(super) file: Option<String>,
    /// The field of a line's JSON that says when the line is due, such as `ts`; `at.ts` is inside another. Only with
    /// `replay`, which needs it or `rate`.
    #[schemars(length(min = 1))]
    pub(super) timestamp: Option<String>,
    /// What a number in that field counts; left out where it is text such as `2026-03-02T14:30:00.125Z`.
    pub(super) timestamp_unit: Option<Unit>,
    /// How many times as fast as recorded a file with timestamps is replayed. Default: 1.
    #[schemars(range(min = *SPEED.start(), max = *SPEED.end()))]
    pub(super) speed: Option<f64>,
    /// Whether a replayed file begins again at its end; otherwise it must last as long as warm-up and steady. Default:
    /// false.
    pub(super) repeat: Option<bool>,
    /// All of an update, its 16-digit number included: 20 B to 16 MiB. Needed, but not with `replay`, where an update is
    /// as long as its line.
    #[schemars(range(min = update::MIN_LEN, max = update::MAX_LEN))]
    pub(super) payload: Option<Size>,
    /// How an update's bytes are made. A replayed line is always text.
    #[serde(default)]
    pub(super) encoding: Encoding,
}

/// `feed.schedule`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// Evenly spaced, `rate` per second.
    Periodic,
    /// At random, independently of each other, `rate` per second on average.
    Poisson,
    /// `size` updates, one every `gap`; a burst every `every`.
    Bursts,
    /// The lines of a `file`, spaced as their `timestamp` says or evenly at `rate`.
    Replay,
}

/// `[phases]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Phases {
    /// The feed runs, nothing counts: at most 24 h. `"auto"`: as long as pilot trials, made before the first block, take to
    /// settle.
    pub(super) warmup: Warmup,
    /// Everything counts: 100 ms to 24 h, and five poll periods at least.
    pub(super) steady: Time,
}

/// `[polling]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Polling {
    /// The poll period: 1 ms to 24 h.
    pub(super) interval: Time,
    /// When a polling client asks.
    pub(super) pacing: Pacing,
    /// What an answer holds when several updates are new.
    pub(super) answer: Answer,
    /// Whether a connection outlives the answer to a poll.
    pub(super) connection: Persistence,
    /// Whether a poll says where it stands in `If-None-Match` in place of `?since=`: where nothing is new, it is answered
    /// 304 in place of 204.
    pub(super) conditional: bool,
}

impl Default for Polling {
    fn default() -> Self {
        Polling {
            interval: Time(SECOND),
            pacing: Pacing::default(),
            answer: Answer::default(),
            connection: Persistence::default(),
            conditional: false,
        }
    }
}

/// `[long-polling]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct LongPolling {
    /// How long the server keeps a poll open while nothing is new: 1 ms to 120 s.
    pub(super) hold: Time,
    /// What an answer holds when several updates are new.
    pub(super) answer: Answer,
    /// Whether a connection outlives the answer to a poll.
    pub(super) connection: Persistence,
    /// Whether a poll says where it stands in `If-None-Match` in place of `?since=`: where nothing was new for as long as
    /// it was held, it is answered 304 in place of 204.
    pub(super) conditional: bool,
}

impl Default for LongPolling {
    fn default() -> Self {
        LongPolling {
            hold: Time(30 * SECOND),
            answer: Answer::default(),
            connection: Persistence::default(),
            conditional: false,
        }
    }
}

/// `[headers]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Headers {
    /// What requests and answers have in their heads beyond what the protocol needs.
    pub(super) profile: Profile,
    /// A cookie of this size with every request, the handshakes' too; 0 for none.
    pub(super) cookie: Size,
    /// Fields of requests, such as `"x-api-key: 0123456789abcdef"`, in place of the profile's.
    pub(super) request: Option<Vec<String>>,
    /// Fields of answers, such as `"server: example"`, in place of the profile's.
    pub(super) response: Option<Vec<String>>,
}

impl Default for Headers {
    fn default() -> Self {
        Headers { profile: Profile::default(), cookie: Size(0), request: None, response: None }
    }
}

/// `[[fault]]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Fault {
    /// When the server is stopped, from the beginning of steady.
    pub(super) at: Time,
    /// For how long: it has to go on before steady ends.
    pub(super) freeze: Time,
}

/// `[link]`
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Link {
    /// A link by name. The keys beside it stand in place of its values.
    pub(super) preset: Preset,
    /// The round trip, at most 10 s; either way takes half of it.
    pub(super) rtt: Option<Time>,
    /// Up to this much is added to a way, at random and evenly; order is kept.
    pub(super) jitter: Option<Time>,
    /// Of each direction, per second and for each client, such as `"10Mbit"`. The headers of TCP and IP count.
    pub(super) bandwidth: Option<Bandwidth>,
    /// Whether all clients share the bandwidth, as behind one bottleneck.
    pub(super) shared: Option<bool>,
    /// The share of packets that are lost. By packets only.
    #[schemars(range(min = *LOSS.start(), max = *LOSS.end()))]
    pub(super) loss: Option<f64>,
    /// What waits at the bottleneck before it drops packets. By packets only.
    pub(super) queue: Option<Size>,
    /// What emulates it. `portable`, unless something is to be lost, which takes packets.
    pub(super) level: Option<Wanted>,
}

/// `[claim]`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Claim {
    /// Who says so, and where.
    #[schemars(extend("pattern" = r"\S"))]
    pub(super) source: String,
    /// What is counted.
    pub(super) counts: Counts,
    /// How much of that an update costs by polling.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) polling: Option<u32>,
    /// By long polling.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) long_polling: Option<u32>,
    /// By server-sent events.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) sse: Option<u32>,
    /// By WebSocket.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) websocket: Option<u32>,
    /// By raw TCP.
    #[schemars(range(min = 1, max = u32::MAX))]
    pub(super) raw_tcp: Option<u32>,
    /// Numbers of clients, more than are measured, for which the report computes a throughput and says that it is
    /// extrapolated.
    #[serde(default)]
    pub(super) extrapolate: Vec<u32>,
}

fn plain_http1() -> Vec<NamedCarrier> {
    vec![NamedCarrier(Carrier::H1)]
}

fn every_transport() -> Vec<NamedTransport> {
    Transport::ALL.map(NamedTransport).into()
}

fn one() -> u32 {
    1
}

fn once() -> Repeats {
    Repeats::Count(1)
}

fn first_seed() -> u64 {
    1
}

/// A threshold as it is written on the command line. It is read by who knows which element of the list it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Held(pub(super) String);

impl JsonSchema for Held {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": threshold::PATTERN })
    }
}
