//! What tells one trial from another, in words: the rows' labels, and the conditions that all rows share.

use super::link::{self, LOOPBACK};
use super::number::{counted, octets, plain, setting, size, whole};
use crate::kind::{Answer, Compression, Encoding, Pacing, Persistence, Profile, Transport};
use crate::schedule::{Replay, Schedule, Timing};
use crate::trial::{Fault, FeedPlan, Headers, Polling, Trial};

/// The same trial without what means nothing to its transport, and without the seed, which changes by block: trials
/// that are equal now belong to one row.
pub(super) fn normalised(trial: &Trial) -> Trial {
    let mut trial = trial.clone();
    trial.feed.seed = 0;
    if trial.transport != Transport::Polling {
        trial.polling = Polling { interval_ns: 0, pacing: Pacing::default() };
    }
    if trial.transport != Transport::LongPolling {
        trial.hold_ns = 0;
    }
    if !trial.transport.asks_each_time() {
        trial.answer = Answer::default();
        trial.persistence = Persistence::default();
        trial.conditional = false;
    } else {
        trial.coalesce_ns = 0;
    }
    if is_floor(trial.transport) {
        trial.headers = Headers::default();
    }
    trial
}

/// The conditions that hold for every trial they mean something to: those that say what was done, and those that say
/// how.
pub(super) fn shared(trials: &[Trial]) -> (Vec<String>, Vec<String>) {
    let mut all: Vec<_> = trials.iter().flat_map(aspects).collect();
    all.sort();
    all.dedup();
    let alone = |key: &Key| all.iter().filter(|(other, _)| other == key).count() == 1;
    let shared = all.iter().filter(|(key, _)| alone(key));
    // what everybody takes for granted is told where something else is beside it
    let usual =
        |text: &str| [UNCOMPRESSED, AT_ONCE, UNCONDITIONAL, UNSHARED, LOOPBACK].contains(&text) || link::is_usual(text);
    let linked = trials.iter().any(|trial| !trial.link.is_none());
    let shared = shared.filter(|(key, text)| !usual(text) && (linked || *key != Key::Level));
    let (what, how): (Vec<_>, Vec<_>) = shared.partition(|(key, _)| *key <= Key::Steady);
    let texts = |aspects: Vec<&(Key, String)>| aspects.into_iter().map(|(_, text)| text.clone()).collect();
    let (mut what, how): (Vec<String>, Vec<String>) = (texts(what), texts(how));
    what.extend(never_compressed(trials));
    (what, how)
}

const UNCOMPRESSED: &str = "uncompressed";
const AT_ONCE: &str = "written at once";
const UNCONDITIONAL: &str = "polls by cursor";
const UNSHARED: &str = "a connection a client";

/// Whose updates are not compressed where the others' are.
fn never_compressed(trials: &[Trial]) -> Option<String> {
    trials.iter().find(|trial| trial.compression == Compression::Gzip)?;
    let without = |transport: &Transport| !transport.has_content() && trials.iter().any(|t| t.transport == *transport);
    let names: Vec<&str> = Transport::ALL.iter().filter(|transport| without(transport)).map(|t| t.name()).collect();
    (!names.is_empty()).then(|| format!("{} never compressed", names.join(" and ")))
}

/// Whether it is what the others are held against, and no candidate.
pub(super) fn is_floor(transport: Transport) -> bool {
    transport == Transport::RawTcp
}

/// The place of a (normalised) trial's row: by transport, then by its figures from small to large.
pub(super) fn place(trial: &Trial) -> impl Ord + use<> {
    let rate = trial.feed.schedule.rate().to_bits(); // positive floats and their bits have one order
    let windows = trial.windows;
    (
        (trial.transport, trial.carrier as u8, trial.clients, trial.clients_per_connection, rate, trial.feed.payload),
        (trial.polling.interval_ns, trial.hold_ns, trial.answer as u8, trial.feed.encoding as u8),
        (trial.persistence as u8, trial.headers.profile as u8, trial.headers.cookie),
        (trial.conditional, trial.compression as u8, trial.coalesce_ns),
        link::place(&trial.link),
        (windows.warmup_ns, windows.steady_ns, windows.drain_ns),
    )
}

/// What an aspect is about, in the order in which it is told: up to `Steady` what was done, then how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Clients,
    Schedule,
    Payload,
    Encoding,
    Compression,
    Coalescing,
    Carrier,
    Sharing,
    Rtt,
    Jitter,
    Bandwidth,
    Loss,
    Queue,
    Polling,
    Hold,
    Answer,
    Connection,
    Conditional,
    Heads,
    Fault,
    Steady,
    Warmup,
    Retention,
    SendBuffer,
    Segment,
    Level,
}

impl Key {
    /// The heading of its column, where it differs from row to row.
    pub(super) fn title(self) -> &'static str {
        match self {
            Key::Clients => "clients",
            Key::Schedule => "feed",
            Key::Payload => "payload",
            Key::Encoding => "encoding",
            Key::Compression => "compression",
            Key::Coalescing => "gathered",
            Key::Carrier => "carrier",
            Key::Sharing => "sharing",
            Key::Rtt => "rtt",
            Key::Jitter => "jitter",
            Key::Bandwidth => "bandwidth",
            Key::Loss => "loss",
            Key::Queue => "queue",
            Key::Polling => "polls",
            Key::Hold => "held",
            Key::Answer => "answer",
            Key::Connection => "connections",
            Key::Conditional => "condition",
            Key::Heads => "heads",
            Key::Fault => "stopped",
            Key::Steady => "steady",
            Key::Warmup => "warm-up",
            Key::Retention => "retention",
            Key::SendBuffer => "SO_SNDBUF",
            Key::Segment => "TCP_MAXSEG",
            Key::Level => "link",
        }
    }
}

/// Everything in a trial that a reader may have to know.
pub(super) fn aspects(trial: &Trial) -> Vec<(Key, String)> {
    let (feed, windows) = (&trial.feed, &trial.windows);
    let segment = match trial.sockets.max_segment {
        Some(octets) => format!("TCP_MAXSEG {}", whole(u64::from(octets))),
        None => "TCP_MAXSEG not set".into(),
    };
    let mut aspects = vec![
        (Key::Clients, counted(u64::from(trial.clients), "client")),
        (Key::Schedule, schedule(&feed.schedule)),
        (Key::Payload, payload(feed)),
        (Key::Encoding, encoding(feed.encoding).into()),
        (Key::Carrier, format!("over {}", trial.carrier)),
        (Key::Steady, format!("steady {}", setting(windows.steady_ns))),
        (Key::Warmup, format!("warm-up {}", setting(windows.warmup_ns))),
        (Key::Retention, format!("retention {}", setting(feed.retention_ns))),
        (Key::SendBuffer, format!("SO_SNDBUF {}", whole(u64::from(trial.sockets.send_buffer)))),
        (Key::Segment, segment),
        (Key::Rtt, link::rtt(&trial.link)),
        (Key::Jitter, link::jitter(&trial.link)),
        (Key::Bandwidth, link::bandwidth(&trial.link)),
        (Key::Loss, link::loss(&trial.link)),
        (Key::Queue, link::queue(&trial.link)),
        (Key::Level, link::level(&trial.link)),
    ];
    if trial.carrier.is_h2() {
        let shared = match trial.clients_per_connection {
            0 | 1 => UNSHARED.into(),
            clients => format!("{} a connection", counted(u64::from(clients), "client")),
        };
        aspects.push((Key::Sharing, shared));
    }
    if !trial.faults.is_empty() {
        let fault = |Fault { at_ns, freeze_ns }: &Fault| format!("{} at {}", setting(*freeze_ns), setting(*at_ns));
        let all = trial.faults.iter().map(fault).collect::<Vec<_>>().join(", ");
        aspects.push((Key::Fault, format!("server stopped for {all} of steady")));
    }
    if trial.transport == Transport::Polling {
        aspects.push((Key::Polling, pacing(trial.polling)));
    }
    if trial.transport == Transport::LongPolling {
        aspects.push((Key::Hold, format!("long polls held {}", setting(trial.hold_ns))));
    }
    if trial.transport.asks_each_time() {
        let answer = trial.answer.name();
        aspects.push((Key::Answer, format!("answer = {answer}")));
        let connections = match trial.persistence {
            Persistence::KeepAlive => "connections kept",
            Persistence::Close => "a connection a request",
        };
        aspects.push((Key::Connection, connections.into()));
        let asked = if trial.conditional { "conditional polls" } else { UNCONDITIONAL };
        aspects.push((Key::Conditional, asked.into()));
    }
    if !trial.transport.asks_each_time() {
        let gathered = match trial.coalesce_ns {
            0 => AT_ONCE.into(),
            ns => format!("gathered for {}", setting(ns)),
        };
        aspects.push((Key::Coalescing, gathered));
    }
    if trial.transport.has_content() {
        let compression = if trial.compression == Compression::Gzip { "gzip" } else { UNCOMPRESSED };
        aspects.push((Key::Compression, compression.into()));
    }
    if !is_floor(trial.transport) {
        aspects.push((Key::Heads, heads(&trial.headers)));
    }
    aspects
}

fn encoding(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Text => "text",
        Encoding::Binary => "binary",
        Encoding::Json => "JSON",
    }
}

fn heads(headers: &Headers) -> String {
    let listed = |list: &[String]| {
        let octets = list.iter().map(|field| field.len() as u64 + 2).sum(); // with their line ends
        format!("{} of {}", counted(list.len() as u64, "listed field"), size(octets))
    };
    let profile = match headers.profile {
        Profile::Minimal => "minimal heads",
        Profile::Browser => "browser heads",
    };
    let heads = match (headers.request.as_deref().map(listed), headers.response.as_deref().map(listed)) {
        (None, None) => profile.to_owned(),
        (Some(request), None) => format!("{profile}, but {request} up"),
        (None, Some(response)) => format!("{profile}, but {response} down"),
        (Some(request), Some(response)) => format!("heads with {request} up, {response} down"),
    };
    match headers.cookie {
        0 => heads,
        octets => format!("{heads} + {} cookie", size(octets as u64)),
    }
}

fn pacing(polling: Polling) -> String {
    let period = setting(polling.interval_ns);
    match polling.pacing {
        Pacing::FixedRate => format!("poll every {period}"),
        Pacing::AfterResponse => format!("poll {period} after a response"),
    }
}

fn payload(feed: &FeedPlan) -> String {
    match &feed.schedule {
        Schedule::Replay(replay) => format!("updates of {} on average", octets(replay.mean_payload)),
        _ => format!("updates of {} B", whole(feed.payload as u64)),
    }
}

fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Periodic { rate } => format!("{}/s evenly spaced", plain(*rate)),
        Schedule::Poisson { rate } => format!("{}/s at random (Poisson)", plain(*rate)),
        Schedule::Bursts { size, gap_ns: 0, every_ns } => {
            format!("bursts of {} at once every {}", whole(u64::from(*size)), setting(*every_ns))
        }
        Schedule::Bursts { size, gap_ns, every_ns } => {
            format!("bursts of {}, {} apart, every {}", whole(u64::from(*size)), setting(*gap_ns), setting(*every_ns))
        }
        Schedule::Replay(replay) => replayed(replay),
    }
}

/// The name of a replayed file, without its folder, which is the record's affair.
pub(super) fn file_name(replay: &Replay) -> &str {
    replay.file.rsplit('/').next().unwrap_or_default()
}

fn replayed(replay: &Replay) -> String {
    let Replay { lines, updates, .. } = *replay;
    let name = file_name(replay);
    let how = match replay.timing {
        Timing::Rate { rate } => format!("at {}/s evenly spaced", plain(rate)),
        Timing::Timestamp { speed, .. } if (speed - 1.0).abs() < f64::EPSILON => "as fast as recorded".into(),
        Timing::Timestamp { speed, .. } => format!("{}\u{a0}× as fast as recorded", plain(speed)),
    };
    let part = match updates {
        _ if updates < lines => format!("{} of its {} lines", whole(updates), whole(lines)),
        _ if updates == lines => format!("all of its {} lines", whole(lines)),
        _ => format!("its {} lines repeated to {}", whole(lines), whole(updates)),
    };
    format!("{name} replayed {how}, {part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_told_where_something_else_is_beside_it() {
        let text = r#"{"transport":"sse","carrier":"h1","clients":7,"feed":{"schedule":{"kind":"periodic","rate":1.0},
            "payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":9,"pacing":"fixed-rate"},
            "answer":"all","hold_ns":8,"windows":{"warmup_ns":1,"steady_ns":2,"drain_ns":3},
            "sockets":{"send_buffer":1,"max_segment":null}}"#;
        let plain: Trial = serde_json::from_str(text).expect("a trial");
        let gzip = Trial { compression: Compression::Gzip, ..plain.clone() };
        let socket = Trial { transport: Transport::Websocket, ..plain.clone() };
        let polls = Trial { transport: Transport::Polling, conditional: true, ..plain.clone() };
        let told = |trials: &[&Trial]| {
            let trials: Vec<Trial> = trials.iter().map(|trial| normalised(trial)).collect();
            let (what, _) = shared(&trials);
            let of =
                |word: &str| what.iter().filter(|text| text.contains(word)).cloned().collect::<Vec<_>>().join(", ");
            (of("compressed"), of("gzip"), of("conditional"))
        };
        let none = String::new;
        assert_eq!(told(&[&plain, &socket]), (none(), none(), none()));
        assert_eq!(told(&[&gzip, &socket]), ("websocket never compressed".into(), "gzip".into(), none()));
        assert_eq!(told(&[&gzip, &plain]), (none(), none(), none()), "a column of its own");
        assert_eq!(told(&[&polls]), (none(), none(), "conditional polls".into()));
        assert_eq!(told(&[&Trial { conditional: true, ..plain }]), (none(), none(), none()), "a stream has none");
    }

    #[test]
    fn schedules_by_table() {
        let ms = crate::clock::MILLISECOND;
        assert_eq!(schedule(&Schedule::Periodic { rate: 0.5 }), "0.5/s evenly spaced");
        assert_eq!(schedule(&Schedule::Poisson { rate: 1000.0 }), "1,000/s at random (Poisson)");
        let bursts = |gap_ns| schedule(&Schedule::Bursts { size: 5, gap_ns, every_ns: 100 * ms });
        assert_eq!(bursts(0), "bursts of 5 at once every 100\u{a0}ms");
        assert_eq!(bursts(ms), "bursts of 5, 1\u{a0}ms apart, every 100\u{a0}ms");
    }

    #[test]
    fn a_replay_says_which_file_how_fast_and_how_much_of_it() {
        let replay = |timing, updates| {
            replayed(&Replay {
                file: "data/ticks.ndjson".into(),
                octets: 100_000,
                sha256: String::new(),
                lines: 1000,
                timing,
                repeat: true,
                lasts_ns: 1,
                updates,
                mean_payload: 117.0,
            })
        };
        let recorded = |speed| Timing::Timestamp { field: "ts".into(), unit: None, speed };
        assert_eq!(replay(recorded(1.0), 1000), "ticks.ndjson replayed as fast as recorded, all of its 1,000 lines");
        assert_eq!(
            replay(recorded(2.5), 10),
            "ticks.ndjson replayed 2.5\u{a0}× as fast as recorded, 10 of its 1,000 lines"
        );
        assert_eq!(
            replay(Timing::Rate { rate: 25.0 }, 2400),
            "ticks.ndjson replayed at 25/s evenly spaced, its 1,000 lines repeated to 2,400"
        );
    }
}
