//! What tells one trial from another, in words: the rows' labels, and the conditions that all rows share.

use super::{plain, setting, whole};
use crate::kind::{Answer, Encoding, Pacing, Transport};
use crate::schedule::Schedule;
use crate::trial::{Polling, Trial};

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
    }
    trial
}

/// A row's label for each of the (normalised) trials: the transport, and whatever differs among the trials of any one
/// transport.
pub(super) fn labels(trials: &[Trial]) -> Vec<String> {
    let all: Vec<_> = trials.iter().map(aspects).collect();
    let varies = |key: Key| {
        Transport::ALL.iter().any(|&transport| {
            let mut seen = trials.iter().zip(&all).filter(|(t, _)| t.transport == transport);
            let first = seen.next().and_then(|(_, aspects)| value(aspects, key));
            seen.any(|(_, aspects)| value(aspects, key) != first)
        })
    };
    let label = |trial: &Trial, aspects: &[(Key, String)]| {
        let mut label = trial.transport.to_string();
        for (_, text) in aspects.iter().filter(|&&(key, _)| varies(key)) {
            label = label + " · " + text;
        }
        if is_floor(trial.transport) { label + " (floor)" } else { label }
    };
    trials.iter().zip(&all).map(|(trial, aspects)| label(trial, aspects)).collect()
}

/// The conditions that hold for every trial they mean something to.
pub(super) fn shared(trials: &[Trial]) -> Vec<String> {
    let all: Vec<_> = trials.iter().flat_map(aspects).collect();
    let mut shared: Vec<String> = Vec::new();
    for (key, text) in &all {
        if !shared.contains(text) && all.iter().all(|(other, value)| other != key || value == text) {
            shared.push(text.clone());
        }
    }
    shared
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
        (trial.transport, trial.carrier as u8, trial.clients, rate, trial.feed.payload),
        (trial.polling.interval_ns, trial.hold_ns, trial.answer as u8, trial.feed.encoding as u8),
        (windows.warmup_ns, windows.steady_ns, windows.drain_ns),
    )
}

/// What an aspect is about; its words alone could not tell two of them apart.
type Key = &'static str;

fn value(aspects: &[(Key, String)], key: Key) -> Option<&str> {
    aspects.iter().find(|(other, _)| *other == key).map(|(_, text)| text.as_str())
}

/// Everything in a trial that a reader may have to know, by key, in the order in which it is told.
fn aspects(trial: &Trial) -> Vec<(Key, String)> {
    let feed = &trial.feed;
    let mut aspects = vec![
        ("carrier", trial.carrier.to_string()),
        ("clients", counted(u64::from(trial.clients), "client")),
        ("schedule", schedule(feed.schedule)),
        ("payload", format!("{} B", whole(feed.payload as u64))),
        (
            "encoding",
            match feed.encoding {
                Encoding::Text => "text".into(),
                Encoding::Binary => "binary".into(),
                Encoding::Json => "JSON".into(),
            },
        ),
    ];
    if trial.transport == Transport::Polling {
        let period = setting(trial.polling.interval_ns);
        aspects.push((
            "polling",
            match trial.polling.pacing {
                Pacing::FixedRate => format!("poll every {period}"),
                Pacing::AfterResponse => format!("poll {period} after a response"),
            },
        ));
    }
    if trial.transport == Transport::LongPolling {
        aspects.push(("hold", format!("long poll held {}", setting(trial.hold_ns))));
    }
    if trial.transport.asks_each_time() {
        aspects.push((
            "answer",
            match trial.answer {
                Answer::All => "answer = all".into(),
                Answer::Latest => "answer = latest".into(),
            },
        ));
    }
    aspects.extend([
        ("warm-up", format!("warm-up {}", setting(trial.windows.warmup_ns))),
        ("steady", format!("steady {}", setting(trial.windows.steady_ns))),
        ("drain", format!("drain {}", setting(trial.windows.drain_ns))),
        ("retention", format!("retention {}", setting(feed.retention_ns))),
        ("send buffer", format!("SO_SNDBUF {}", whole(u64::from(trial.sockets.send_buffer)))),
        (
            "segment",
            match trial.sockets.max_segment {
                Some(octets) => format!("TCP_MAXSEG {}", whole(u64::from(octets))),
                None => "TCP_MAXSEG not set".into(),
            },
        ),
    ]);
    aspects
}

fn schedule(schedule: Schedule) -> String {
    match schedule {
        Schedule::Periodic { rate } => format!("{}/s evenly spaced", plain(rate)),
        Schedule::Poisson { rate } => format!("{}/s at random (Poisson)", plain(rate)),
        Schedule::Bursts { size, gap_ns: 0, every_ns } => {
            format!("bursts of {} at once every {}", whole(u64::from(size)), setting(every_ns))
        }
        Schedule::Bursts { size, gap_ns, every_ns } => {
            format!("bursts of {}, {} apart, every {}", whole(u64::from(size)), setting(gap_ns), setting(every_ns))
        }
    }
}

/// `1 client`, `2 clients`.
pub(super) fn counted(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", whole(n), if n == 1 { "" } else { "s" })
}
