//! The emulated network in a report's words. Where there is none, all of this goes without saying.

use super::number::{plain, setting, size};
use crate::human;
use crate::link::{Level, Link};

/// What a row is called that nothing is emulated for.
pub(super) const LOOPBACK: &str = "loopback";
const STEADY: &str = "no jitter";
const UNLIMITED: &str = "bandwidth without limit";
const LOSSLESS: &str = "no loss";
const UNQUEUED: &str = "queue as it comes";

/// Whether everybody takes it for granted where nothing else is beside it.
pub(super) fn is_usual(text: &str) -> bool {
    [STEADY, UNLIMITED, LOSSLESS, UNQUEUED].contains(&text)
}

pub(super) fn rtt(link: &Link) -> String {
    match link.rtt_ns {
        _ if link.is_none() => LOOPBACK.into(),
        ns => format!("{} rtt", setting(ns)),
    }
}

pub(super) fn jitter(link: &Link) -> String {
    match link.jitter_ns {
        0 => STEADY.into(),
        ns => format!("jitter up to {}", setting(ns)),
    }
}

pub(super) fn bandwidth(link: &Link) -> String {
    let Some(bits) = link.bandwidth else { return UNLIMITED.into() };
    let bits = human::bits_per_second(bits).replace(' ', "\u{a0}");
    if link.shared { format!("{bits} shared by all clients") } else { format!("{bits} a client") }
}

pub(super) fn loss(link: &Link) -> String {
    // a share times 100 may not be the round number that it stands for
    let percent = (link.loss * 1e8).round() / 1e6;
    if percent > 0.0 { format!("{}\u{a0}% loss", plain(percent)) } else { LOSSLESS.into() }
}

pub(super) fn queue(link: &Link) -> String {
    link.queue.map_or(UNQUEUED.into(), |octets| format!("queue of {}", size(octets)))
}

pub(super) fn level(link: &Link) -> String {
    match link.level {
        Level::Portable => "link emulated above the load's sockets".into(),
        Level::Packets => "link emulated packet by packet".into(),
    }
}

/// From near to far, from wide to narrow.
pub(super) fn place(link: &Link) -> impl Ord + use<> {
    // a loss is not negative: such floats and their bits have one order
    let narrow = u64::MAX - link.bandwidth.unwrap_or(u64::MAX);
    (link.rtt_ns, link.jitter_ns, narrow, link.shared, link.loss.to_bits(), link.queue, link.level as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn links_in_words() {
        let none = Link::default();
        assert_eq!(rtt(&none), "loopback");
        assert!([jitter(&none), bandwidth(&none), loss(&none), queue(&none)].iter().all(|text| is_usual(text)));
        let link = Link {
            rtt_ns: 40 * MILLISECOND,
            jitter_ns: MILLISECOND,
            bandwidth: Some(9_000_000),
            loss: 0.011,
            queue: Some(65536),
            ..none
        };
        let words = [rtt(&link), jitter(&link), bandwidth(&link), loss(&link), queue(&link)];
        let words = words.join(", ").replace('\u{a0}', " ");
        assert_eq!(words, "40 ms rtt, jitter up to 1 ms, 9 Mbit/s a client, 1.1 % loss, queue of 64 KiB");
        assert_eq!(rtt(&Link { bandwidth: Some(1), ..none }).replace('\u{a0}', " "), "0 s rtt");
        assert!(place(&none) < place(&link));
        assert!(place(&link) < place(&Link { bandwidth: Some(1000), ..link }));
    }
}
