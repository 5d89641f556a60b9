//! What the record followed message by message: of each transport's first row one client, in setup and at steady's beginning.

use super::group::Member;
use super::number::{counted, octets, time};
use crate::clock::{MILLISECOND, Nanos};
use crate::record::Outcome;
use crate::timeline::Message;
use crate::totals::Layers;

/// More rows than one looks at together.
const MOST: usize = 6;

/// From here on the arrows of an update and of what comes behind it are likely to cross.
const FAR: Nanos = 100 * MILLISECOND;

/// One client's messages.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    block: u32,
    /// From the first one's sending on.
    pub(super) setup: Vec<Message>,
    /// From steady's beginning on, as all that follows.
    pub(super) steady: Vec<Message>,
    /// When updates were planned; empty where the record does not say.
    pub(super) planned: Vec<i64>,
    /// How much of steady was followed, in nanoseconds.
    pub(super) window: i64,
    /// Clients that share the connection.
    pub(super) sharing: u32,
    rtt_ns: Nanos,
}

/// Of a row's first trial that has one.
pub(super) fn lane(members: &[Member<'_>]) -> Option<Lane> {
    let measured =
        members.iter().filter(|member| member.result.is_ok()).find_map(|member| match &member.line.outcome {
            Outcome::Measured(measured) if !measured.timeline.is_empty() => Some((member.line, &measured.timeline)),
            _ => None,
        });
    let (line, messages) = measured?;
    let (trial, block) = (&line.trial, line.block);
    let warmup = trial.windows.warmup_ns.cast_signed();
    let window = trial.followed_ns().cast_signed();
    let first = messages.first()?.sent_ns;
    let moved = |from: i64| {
        let moved = move |message: &Message| Message {
            sent_ns: message.sent_ns - from,
            received_ns: message.received_ns - from,
            ..message.clone()
        };
        let setup = from == first && first < 0;
        let of_phase =
            messages.iter().filter(move |message| if setup { message.sent_ns < 0 } else { message.sent_ns >= 0 });
        let mut moved: Vec<Message> = of_phase.map(moved).collect();
        moved.sort_by_key(|message| message.sent_ns);
        moved
    };
    let planned =
        trial.feed.schedule.planned(trial.feed.seed).into_iter().flatten().map(|at| at.cast_signed() - warmup);
    Some(Lane {
        block,
        setup: if first < 0 { moved(first) } else { Vec::new() },
        steady: moved(warmup).into_iter().filter(|message| (0..=window).contains(&message.sent_ns)).collect(),
        planned: planned.skip_while(|at| *at < 0).take_while(|at| *at <= window).collect(),
        window,
        sharing: trial.clients_per_connection,
        rtt_ns: trial.link.rtt_ns,
    })
}

/// The places of those that are shown: each transport's first, of one block, for only its feed is the same; of several
/// round trips the longest at which messages still stand apart.
pub(super) fn shown<'l>(lanes: impl IntoIterator<Item = (&'l str, Option<&'l Lane>)>) -> Vec<usize> {
    let lanes: Vec<(&str, Option<&Lane>)> = lanes.into_iter().collect();
    let all = || lanes.iter().filter_map(|(_, lane)| Some(lane.as_ref()?.rtt_ns));
    let rtt_ns = all().filter(|rtt| *rtt <= FAR).max().or_else(|| all().min());
    let (mut places, mut known, mut block) = (Vec::new(), Vec::new(), None);
    for (place, (transport, lane)) in lanes.into_iter().enumerate() {
        let Some(lane) = lane.filter(|lane| Some(lane.rtt_ns) == rtt_ns) else { continue };
        if *block.get_or_insert(lane.block) == lane.block && places.len() < MOST && !known.contains(&transport) {
            places.push(place);
            known.push(transport);
        }
    }
    places
}

impl Lane {
    /// Each update with when it was planned and when the first message with a payload was sent after that.
    pub(super) fn waits(&self) -> Vec<(i64, i64)> {
        let brings = |at: i64| self.steady.iter().find(|m| !m.up && m.layers.payload > 0 && m.sent_ns >= at);
        self.planned.iter().filter_map(|&at| Some((at, brings(at)?.sent_ns))).collect()
    }

    fn octets(&self) -> u64 {
        self.steady.iter().map(|message| message.layers.total()).sum()
    }
}

/// What is to be seen, with the figures behind it; those who wait longest first.
pub(super) fn told(shown: &[(&str, &Lane)]) -> Vec<String> {
    let mut parts = Vec::new();
    for (label, lane) in shown {
        let waits: Vec<f64> = lane.waits().iter().map(|(planned, sent)| (sent - planned) as f64).collect();
        if waits.is_empty() {
            continue;
        }
        let (mean, updates) = (waits.iter().sum::<f64>() / waits.len() as f64, counted(waits.len() as u64, "update"));
        let (messages, all) = (counted(lane.steady.len() as u64, "message"), octets(lane.octets() as f64));
        parts.push((mean, format!("{} by {label} ({messages}, {all} for {updates})", time(mean))));
    }
    if parts.len() < 2 {
        return Vec::new();
    }
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let parts: Vec<String> = parts.into_iter().map(|(_, part)| part).collect();
    let window = shown.iter().map(|(_, lane)| lane.window).max().unwrap_or_default();
    let when = time(window as f64);
    vec![format!("In the first {when} of steady an update waited at the server, in the mean, {}.", parts.join(", "))]
}

/// A message's octets by layer, from the payload outwards: its name in the palette, its name, and how many.
pub(super) fn layers(layers: &Layers, up: bool) -> Vec<(&'static str, &'static str, u64)> {
    let heads = if up { ("request-heads", "request heads") } else { ("answer-heads", "answer heads") };
    let all = [
        ("payload", "payload", layers.payload),
        ("framing", "framing", layers.framing),
        (heads.0, heads.1, layers.headers),
        ("control", "control", layers.control),
        ("tls", "TLS", layers.tls),
        ("other", "other", layers.other),
    ];
    all.into_iter().filter(|(.., octets)| *octets > 0).collect()
}
