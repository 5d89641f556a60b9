//! One direction of an emulated link: octets under way, and when each of them arrives.

use crate::clock::Nanos;
use crate::link::{Link, SEGMENT};
use rand_pcg::Pcg32;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Until when a bottleneck is occupied, by each direction; shared by whoever is behind it.
#[derive(Clone, Debug, Default)]
pub struct Bottlenecks(pub(super) [Arc<AtomicU64>; 2]);

/// Where segments stand in line.
#[derive(Debug)]
pub(super) enum Queue {
    /// A client's own, and until when it is occupied.
    Own(Nanos),
    /// That of all clients.
    Shared(Arc<AtomicU64>),
}

impl Queue {
    /// When what arrives at `now` and takes `occupied_ns` has passed.
    fn pass(&mut self, now: Nanos, occupied_ns: Nanos) -> Nanos {
        let after = |free: Nanos| free.max(now).saturating_add(occupied_ns);
        match self {
            Queue::Own(free) => {
                *free = after(*free);
                *free
            }
            Queue::Shared(free) => {
                let took = free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| Some(after(free)));
                after(took.unwrap_or_else(|free| free)) // it always takes it
            }
        }
    }
}

/// How a direction ends, behind its last octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing more is sent.
    Fin,
    /// The connection broke.
    Broken(io::ErrorKind),
}

/// A segment under way: when it arrives, and how many octets it has left.
#[derive(Clone, Copy, Debug)]
struct Segment {
    due: Nanos,
    octets: usize,
}

/// Octets under way in one direction. They leave in the order in which they came.
#[derive(Debug)]
pub(super) struct Delay {
    link: Link,
    queue: Queue,
    random: Pcg32,
    octets: VecDeque<u8>,
    segments: VecDeque<Segment>,
    /// When the last of them arrives: nothing overtakes it.
    last_due: Nanos,
    end: Option<(Nanos, End)>,
    /// Before this nothing has set out: the connection was not there.
    not_before: Nanos,
}

impl Delay {
    pub(super) fn new(link: Link, queue: Queue, seed: u64, not_before: Nanos) -> Delay {
        Delay {
            link,
            queue,
            random: Pcg32::seed_from_u64(seed),
            octets: VecDeque::new(),
            segments: VecDeque::new(),
            last_due: 0,
            end: None,
            not_before,
        }
    }

    /// How many octets are under way.
    pub(super) fn len(&self) -> usize {
        self.octets.len()
    }

    /// When the next octet, or the end, arrives; `None`: nothing is under way.
    pub(super) fn due(&self) -> Option<Nanos> {
        self.segments.front().map(|segment| segment.due).or(self.end.map(|(due, _)| due))
    }

    /// When what passes the bottleneck at `passed` arrives.
    fn arrival(&mut self, passed: Nanos) -> Nanos {
        let jitter = match self.link.jitter_ns {
            0 => 0,
            // even in 0 to the whole of it; the high half of a product is below its other factor
            most => {
                let share = u128::from(self.random.next_u64()) * (u128::from(most) + 1);
                Nanos::try_from(share >> 64).unwrap_or(most)
            }
        };
        let due = passed.saturating_add(self.link.one_way_ns()).saturating_add(jitter);
        self.last_due = self.last_due.max(due);
        self.last_due
    }

    /// `bytes` set out at `now`.
    pub(super) fn push(&mut self, bytes: &[u8], now: Nanos) {
        let now = now.max(self.not_before);
        self.octets.extend(bytes);
        if self.link.bandwidth.is_none() && self.link.jitter_ns == 0 {
            let due = self.arrival(now);
            return self.enter(due, bytes.len());
        }
        let mut left = bytes.len();
        while left > 0 {
            let octets = left.min(usize::try_from(SEGMENT).unwrap_or(usize::MAX));
            left -= octets;
            let passed = match self.link.occupied_ns(octets as u64) {
                0 => now,
                occupied_ns => self.queue.pass(now, occupied_ns),
            };
            let due = self.arrival(passed);
            self.enter(due, octets);
        }
    }

    /// What arrives together is one entry.
    fn enter(&mut self, due: Nanos, octets: usize) {
        match self.segments.back_mut() {
            Some(last) if last.due == due => last.octets += octets,
            _ if octets > 0 => self.segments.push_back(Segment { due, octets }),
            _ => {}
        }
    }

    /// It ends so, behind what is under way. The first end stays.
    pub(super) fn end(&mut self, end: End, now: Nanos) {
        if self.end.is_none() {
            let due = self.arrival(now.max(self.not_before));
            self.end = Some((due, end));
        }
    }

    /// Whether something set out as the last.
    pub(super) fn is_ending(&self) -> bool {
        self.end.is_some()
    }

    /// How it ended, when all has arrived by `now`.
    pub(super) fn ended(&self, now: Nanos) -> Option<End> {
        self.end.filter(|(due, _)| self.octets.is_empty() && *due <= now).map(|(_, end)| end)
    }

    /// How many octets have arrived by `now`.
    pub(super) fn arrived(&self, now: Nanos) -> usize {
        self.segments.iter().take_while(|segment| segment.due <= now).map(|segment| segment.octets).sum()
    }

    /// The first `octets`, which are not more than there are.
    pub(super) fn slices(&self, octets: usize) -> [IoSlice<'_>; 2] {
        let (front, back) = self.octets.as_slices();
        let first = octets.min(front.len());
        [IoSlice::new(&front[..first]), IoSlice::new(&back[..octets - first])]
    }

    /// The first `octets` are taken.
    pub(super) fn consume(&mut self, octets: usize) {
        self.octets.drain(..octets);
        let mut left = octets;
        while left > 0 {
            let Some(first) = self.segments.front_mut() else { return };
            let taken = left.min(first.octets);
            first.octets -= taken;
            left -= taken;
            if first.octets == 0 {
                self.segments.pop_front();
            }
        }
    }

    /// What is under way does not arrive any more.
    pub(super) fn forget(&mut self) {
        self.octets.clear();
        self.segments.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    const D: Nanos = 10 * MILLISECOND;
    const RTT: Link = Link {
        level: crate::link::Level::Portable,
        rtt_ns: 2 * D,
        jitter_ns: 0,
        bandwidth: None,
        shared: false,
        loss: 0.0,
        queue: None,
    };

    fn take(delay: &mut Delay, now: Nanos) -> Vec<u8> {
        let octets = delay.arrived(now);
        let taken = delay.slices(octets).iter().flat_map(|slice| slice.to_vec()).collect();
        delay.consume(octets);
        taken
    }

    #[test]
    fn octets_arrive_after_the_delay_and_the_end_behind_them() {
        let mut delay = Delay::new(RTT, Queue::Own(0), 1, 0);
        delay.push(b"one", 5);
        delay.push(b"two", 7);
        delay.end(End::Fin, 7);
        assert_eq!((take(&mut delay, D + 4), delay.due()), (vec![], Some(D + 5)));
        assert_eq!(take(&mut delay, D + 6), b"one");
        assert_eq!(delay.ended(D + 7), None, "something is under way");
        assert_eq!(take(&mut delay, D + 7), b"two");
        assert_eq!((delay.ended(D + 6), delay.ended(D + 7)), (None, Some(End::Fin)));
    }

    #[test]
    fn nothing_sets_out_before_there_is_a_connection() {
        let mut delay = Delay::new(RTT, Queue::Own(0), 1, 3 * D);
        delay.push(b"settings", 5);
        assert_eq!(delay.due(), Some(4 * D));
    }

    #[test]
    fn a_bottleneck_lets_segment_by_segment_pass() {
        let link = Link { bandwidth: Some(12_000_000), ..RTT }; // a full segment a millisecond
        let mut delay = Delay::new(link, Queue::Own(0), 1, 0);
        delay.push(&[7; 3 * 1448], 0);
        let ms = MILLISECOND;
        assert_eq!([D, D + ms, D + 2 * ms, D + 3 * ms].map(|now| delay.arrived(now)), [0, 1448, 2896, 4344]);
        delay.push(&[8; 1448], 10 * ms);
        assert_eq!(delay.last_due, D + 11 * ms, "it was free again");
        let shared = Bottlenecks::default();
        let mut two = [1, 2].map(|seed| Delay::new(link, Queue::Shared(Arc::clone(&shared.0[0])), seed, 0));
        two.iter_mut().for_each(|delay| delay.push(&[7; 1448], 0));
        assert_eq!([two[0].due(), two[1].due()], [Some(D + ms), Some(D + 2 * ms)]);
    }

    #[test]
    fn jitter_keeps_order_and_is_even() {
        let link = Link { jitter_ns: MILLISECOND, ..RTT };
        let mut delay = Delay::new(link, Queue::Own(0), 1, 0);
        let mut drawn: Vec<Nanos> = Vec::new();
        for round in 0..4000 {
            let now = round * 10 * MILLISECOND; // far apart: nobody waits for another
            delay.push(b"x", now);
            drawn.push(delay.due().expect("one") - now - D);
            delay.consume(1);
        }
        drawn.sort_unstable();
        let [least, quarter, middle, most] = [0, 1000, 2000, 3999].map(|place| drawn[place] as f64 / 1e6);
        assert!(least < 0.01 && (quarter - 0.25).abs() < 0.03 && (middle - 0.5).abs() < 0.03, "{quarter} {middle}");
        assert!((0.99..=1.0).contains(&most), "{most}");
        let mut together = Delay::new(link, Queue::Own(0), 1, 0);
        (0..1000).for_each(|at| together.push(b"x", at));
        let dues: Vec<_> = together.segments.iter().map(|segment| segment.due).collect();
        assert!(dues.is_sorted() && *dues.last().expect("some") <= D + MILLISECOND + 999);
    }
}
