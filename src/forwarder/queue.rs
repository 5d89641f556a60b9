//! One direction of a link, without sockets or clocks: when each packet that comes in goes out, if it does.
//!
//! ```text
//! in ──► queue (drop-tail) ──► bottleneck (bandwidth) ──► loss ──► delay d + jitter ──► out
//! ```
//!
//! The bottleneck sends a packet's octets, headers of IP and TCP included, at its bandwidth, one packet after the other;
//! what has not been sent is the queue, and a packet that finds no room in it is dropped. A lost packet has used its
//! share of the bandwidth: it is lost behind the bottleneck. Jitter is drawn evenly for each packet, and none overtakes
//! another one of its connection, so that a late one delays those behind it, as in a real queue.

use crate::clock::{Nanos, SECOND};
use crate::forwarded::Fates;
use crate::link::Link;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The shortest queue that a bottleneck has if none is given: what a home router keeps at least.
const SHORTEST_QUEUE: u64 = 64 << 10;

/// What the bottleneck keeps waiting before it drops, in octets, of a link that does not say: as much as is under way at its
/// bandwidth in a round trip, so that one connection can fill it, and at least 64 KiB.
#[must_use]
pub fn usual_queue(bandwidth: u64, rtt_ns: Nanos) -> u64 {
    let under_way = u128::from(bandwidth) * u128::from(rtt_ns) / u128::from(8 * SECOND);
    u64::try_from(under_way).unwrap_or(u64::MAX).max(SHORTEST_QUEUE)
}

/// Which connection a packet belongs to: the client's address and port.
pub type Flow = u64;

/// One direction.
#[derive(Debug)]
pub struct Line {
    link: Link,
    queue: u64,
    random: Pcg64,
    /// What all share, and what each connection has of its own.
    shared: Bottleneck,
    flows: HashMap<Flow, Course>,
    under_way: BinaryHeap<Reverse<UnderWay>>,
    taken: u64,
    fates: Fates,
}

/// Until when a bottleneck is busy with what it has.
#[derive(Clone, Copy, Debug, Default)]
struct Bottleneck {
    free_at: Nanos,
}

impl Bottleneck {
    /// When a packet of so many octets that comes now has passed at `bandwidth`; `None` where it finds no room.
    fn pass(&mut self, now: Nanos, octets: u64, bandwidth: u64, queue: u64) -> Option<Nanos> {
        let busy_ns = self.free_at.saturating_sub(now);
        let waiting = u128::from(busy_ns) * u128::from(bandwidth) / u128::from(8 * SECOND);
        // an idle bottleneck takes any packet, or a queue shorter than a packet would never let one pass
        if busy_ns > 0 && waiting + u128::from(octets) > u128::from(queue) {
            return None;
        }
        let takes = u128::from(octets) * u128::from(8 * SECOND) / u128::from(bandwidth.max(1));
        self.free_at = now.max(self.free_at).saturating_add(u64::try_from(takes).unwrap_or(u64::MAX));
        Some(self.free_at)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Course {
    own: Bottleneck,
    /// When its last packet goes out.
    last: Nanos,
}

/// A packet that has passed the bottleneck; in the order in which they go out.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct UnderWay {
    due: Nanos,
    number: u64,
    packet: Vec<u8>,
}

impl Line {
    /// A direction of `link`. `seed` decides which packets are lost, and how late each is.
    #[must_use]
    pub fn new(link: Link, seed: u64) -> Line {
        let usual = link.bandwidth.map_or(u64::MAX, |bandwidth| usual_queue(bandwidth, link.rtt_ns));
        Line {
            link,
            queue: link.queue.unwrap_or(usual),
            random: Pcg64::seed_from_u64(seed),
            shared: Bottleneck::default(),
            flows: HashMap::new(),
            under_way: BinaryHeap::new(),
            taken: 0,
            fates: Fates::default(),
        }
    }

    /// Takes a packet of `flow` that comes at `now`, of so many octets. Gives its buffer back where it goes no further.
    pub fn push(&mut self, now: Nanos, flow: Flow, octets: usize, packet: Vec<u8>) -> Option<Vec<u8>> {
        let (link, octets) = (self.link, octets as u64);
        let course = self.flows.entry(flow).or_default();
        // both for each packet, so that which ones are lost does not hang on anything else
        let (is_lost, jitter) = (share(&mut self.random) < link.loss, share(&mut self.random));
        let passed = match link.bandwidth {
            None => Some(now),
            Some(bandwidth) => {
                let bottleneck = if link.shared { &mut self.shared } else { &mut course.own };
                bottleneck.pass(now, octets, bandwidth, self.queue)
            }
        };
        let Some(passed) = passed else {
            self.fates.dropped += 1;
            return Some(packet);
        };
        if is_lost {
            self.fates.lost += 1;
            return Some(packet);
        }
        let due = (passed + link.one_way_ns() + part(link.jitter_ns, jitter)).max(course.last);
        course.last = due;
        self.taken += 1;
        self.under_way.push(Reverse(UnderWay { due, number: self.taken, packet }));
        None
    }

    /// When the next packet goes out; `None`: none is under way.
    #[must_use]
    pub fn next(&self) -> Option<Nanos> {
        self.under_way.peek().map(|Reverse(first)| first.due)
    }

    /// The next packet, if it is due at `now`, and when it was.
    pub fn due(&mut self, now: Nanos) -> Option<(Nanos, Vec<u8>)> {
        self.next().filter(|&due| due <= now)?;
        self.under_way.pop().map(|Reverse(first)| (first.due, first.packet))
    }

    /// A packet of so many octets has gone out.
    pub fn went(&mut self, octets: usize) {
        self.fates.forwarded += 1;
        self.fates.octets += octets as u64;
    }

    /// What became of all packets so far.
    #[must_use]
    pub fn fates(&self) -> Fates {
        self.fates
    }
}

/// Evenly from 0 to 1, without 1.
#[allow(clippy::cast_precision_loss)] // 53 bits are exact
fn share(random: &mut Pcg64) -> f64 {
    (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // of a span, at random
fn part(span: Nanos, share: f64) -> Nanos {
    (span as f64 * share) as Nanos
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    fn link() -> Link {
        Link { rtt_ns: 50 * MILLISECOND, ..Link::default() }
    }

    fn packet(octets: usize) -> Vec<u8> {
        vec![0; octets]
    }

    /// When what `count` packets at 0 of a connection each, or of one, go out.
    fn outcome(line: &mut Line, count: u64, octets: usize, one: bool) -> Vec<Nanos> {
        for number in 0..count {
            line.push(0, if one { 0 } else { number }, octets, packet(octets));
        }
        std::iter::from_fn(|| line.due(Nanos::MAX)).map(|(due, _)| due).collect()
    }

    #[test]
    fn each_packet_goes_out_half_a_round_trip_later() {
        let mut line = Line::new(link(), 1);
        assert_eq!(line.push(7, 1, 100, packet(100)), None);
        assert_eq!(line.next(), Some(25 * MILLISECOND + 7));
        assert_eq!(line.due(25 * MILLISECOND + 6), None);
        assert_eq!(line.due(25 * MILLISECOND + 7), Some((25 * MILLISECOND + 7, packet(100))));
        assert_eq!((line.next(), line.due(Nanos::MAX)), (None, None));
    }

    #[test]
    fn bits_of_a_second_are_sent_one_packet_after_the_other() {
        // 1,000 octets at 8 Mbit/s: a millisecond
        let bandwidth = Some(8_000_000);
        let after = |count: u64| 25 * MILLISECOND + count * MILLISECOND;
        let shared = Link { bandwidth, shared: true, ..link() };
        assert_eq!(outcome(&mut Line::new(shared, 1), 3, 1000, false), [after(1), after(2), after(3)]);
        let apart = Link { bandwidth, ..link() };
        assert_eq!(outcome(&mut Line::new(apart, 1), 3, 1000, true), [after(1), after(2), after(3)]);
        assert_eq!(outcome(&mut Line::new(apart, 1), 3, 1000, false), [after(1); 3], "each has its own");
    }

    #[test]
    fn what_finds_the_queue_full_is_dropped() {
        let link = Link { bandwidth: Some(8_000_000), queue: Some(3000), ..link() };
        let mut line = Line::new(link, 1);
        let dropped = (0..5).filter(|_| line.push(0, 0, 1000, packet(1000)).is_some()).count();
        assert_eq!(dropped, 2);
        assert_eq!(line.push(MILLISECOND, 0, 1000, packet(1000)), None, "a millisecond later one has gone");
        assert!(line.push(MILLISECOND, 0, 1, packet(1)).is_some());
        assert_eq!(line.fates().dropped, 3);
        let short = Link { queue: Some(1), ..link };
        assert_eq!(Line::new(short, 1).push(0, 0, 1000, packet(1000)), None, "an idle bottleneck takes any packet");
    }

    #[test]
    fn a_queue_that_nobody_asked_for_holds_what_is_under_way() {
        assert_eq!(usual_queue(8_000_000, 100 * MILLISECOND), 100_000);
        assert_eq!(usual_queue(1000, MILLISECOND), 64 << 10);
    }

    #[test]
    fn the_share_asked_for_is_lost_at_random() {
        let loss = 0.01;
        let lost = |seed| {
            let mut line = Line::new(Link { loss, ..link() }, seed);
            (0u64..100_000).filter(|&at| line.push(at, at % 7, 60, packet(60)).is_some()).collect::<Vec<_>>()
        };
        let one = lost(1);
        // 1,000 ± 5 standard deviations of a binomial distribution
        assert!((850..1150).contains(&one.len()), "{}", one.len());
        assert_eq!(one, lost(1), "a seed decides");
        assert_ne!(one, lost(2));
        let runs = one.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
        assert!((0..30).contains(&runs), "{runs} times two in a row: independent losses have 10");
    }

    #[test]
    fn jitter_spreads_and_keeps_the_order_of_a_connection() {
        let jittered = Link { jitter_ns: 10 * MILLISECOND, ..link() };
        let apart = outcome(&mut Line::new(jittered, 1), 1000, 60, false);
        let (least, most) = (apart[0] - 25 * MILLISECOND, apart[999] - 25 * MILLISECOND);
        assert!(least < MILLISECOND && (9 * MILLISECOND..=10 * MILLISECOND).contains(&most), "{least} to {most}");
        let mut line = Line::new(jittered, 1);
        for number in 0u8..100 {
            line.push(u64::from(number) * MILLISECOND / 10, 0, 1, vec![number]);
        }
        let order: Vec<_> = std::iter::from_fn(|| line.due(Nanos::MAX)).map(|(_, packet)| packet[0]).collect();
        assert_eq!(order, (0..100).collect::<Vec<u8>>());
    }
}
