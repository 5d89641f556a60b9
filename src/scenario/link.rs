//! `[link]`: how far away the server is, and what emulates it.

use super::file;
use super::source::{Invalid, Source};
use crate::clock::SECOND;
use crate::human;
use crate::link::{Level, Link, Wanted};
use std::ops::RangeInclusive;

/// `link.bandwidth`, in bits per second: from a modem of 1962 to what no load fills.
const BANDWIDTH: RangeInclusive<u64> = 300..=1_000_000_000_000;
/// The least that a bottleneck keeps waiting, in octets: a packet.
const PACKET: usize = 1500;

/// The link that a preset and the keys beside it make.
pub(super) fn read(link: &file::Link, source: &Source<'_>) -> Result<Link, Invalid> {
    let preset = link.preset.link();
    let mut made = Link {
        level: Level::default(),
        rtt_ns: link.rtt.map_or(preset.rtt_ns, |rtt| rtt.0),
        jitter_ns: link.jitter.map_or(preset.jitter_ns, |jitter| jitter.0),
        bandwidth: link.bandwidth.map(|bandwidth| bandwidth.0).or(preset.bandwidth),
        shared: link.shared.unwrap_or(preset.shared),
        loss: link.loss.unwrap_or(preset.loss),
        queue: link.queue.map(|queue| queue.0 as u64).or(preset.queue),
    };
    for (key, ns) in [("link.rtt", made.rtt_ns), ("link.jitter", made.jitter_ns)] {
        source.demand(ns <= 10 * SECOND, key, || format!("at most 10s, not {}", human::span(ns)))?;
    }
    if let Some(bits) = made.bandwidth {
        source.demand(BANDWIDTH.contains(&bits), "link.bandwidth", || {
            format!("{}: a bandwidth is 300bit to 1000Gbit per second", human::bits_per_second(bits))
        })?;
    }
    source.demand(file::LOSS.contains(&made.loss), "link.loss", || {
        format!("{}: the share of packets that are lost, 0 to 0.5", made.loss)
    })?;
    source.demand(link.queue.is_none_or(|queue| queue.0 >= PACKET), "link.queue", || {
        format!("a queue holds a packet at least, {PACKET} B")
    })?;
    source.demand(made.bandwidth.is_some() || !made.shared, "link.shared", || {
        "without a `bandwidth` there is nothing to share".into()
    })?;
    source.demand(made.bandwidth.is_some() || made.queue.is_none(), "link.queue", || {
        "without a `bandwidth` nothing waits in a queue".into()
    })?;
    made.level = level(link.level, &made, source.packets)
        .map_err(|(key, reason)| source.invalid_among(&[key, "link.level"], reason))?;
    Ok(made)
}

/// What emulates `link`: octets in the load where nobody says otherwise, for that needs no privileges.
///
/// # Errors
/// The key that cannot be had so, and why.
fn level(
    wanted: Option<Wanted>,
    link: &Link,
    packets: Option<fn() -> bool>,
) -> Result<Level, (&'static str, &'static str)> {
    let only_packets = match link {
        Link { loss, .. } if *loss > 0.0 => Some("link.loss"),
        Link { queue: Some(_), .. } => Some("link.queue"),
        _ => None,
    };
    match (wanted, only_packets) {
        // what there is nothing to emulate of is loopback
        (Some(Wanted::Auto), None) if link.is_none() => Ok(Level::Portable),
        (Some(Wanted::Auto), None) if packets.is_some_and(|forwards| forwards()) => Ok(Level::Packets),
        (Some(Wanted::Packets), _) | (Some(Wanted::Auto) | None, Some(_)) => Ok(Level::Packets),
        (Some(Wanted::Auto | Wanted::Portable) | None, None) => Ok(Level::Portable),
        (Some(Wanted::Portable), Some(key)) => {
            let reason = "the portable link has no packets that could be dropped: `level = \"packets\"`, or `auto`";
            Err((key, reason))
        }
    }
}
