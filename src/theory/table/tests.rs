//! Cases that are not a row of the table alone, and where it does not hold.

use super::*;
use crate::clock::MILLISECOND;
use crate::link::Link;
use crate::trial::{FeedPlan, Polling, Windows};

/// Long polls 20 ms away.
fn trial(schedule: Schedule) -> Trial {
    let windows = Windows { warmup_ns: SECOND, steady_ns: 3 * SECOND, drain_ns: SECOND };
    let plain = Trial::plain(Transport::LongPolling, schedule, windows);
    Trial {
        clients: 2,
        feed: FeedPlan { payload: 30, retention_ns: SECOND, ..plain.feed.clone() },
        polling: Polling { interval_ns: 300 * MILLISECOND, pacing: Pacing::FixedRate },
        link: Link { rtt_ns: 40 * MILLISECOND, ..Link::default() },
        ..plain
    }
}

#[test]
fn of_two_updates_five_milliseconds_apart_the_second_pays() {
    let pair = Schedule::Bursts { size: 2, gap_ns: 5 * MILLISECOND, every_ns: 500 * MILLISECOND };
    let found = mean(&trial(pair));
    // d + B − g, and d for the first
    assert_eq!((found.max_ns, found.mean_ns, found.requests_per_update), (Some(55e6), Some(37.5e6), Some(1.0)));
    let at_once = Schedule::Bursts { size: 4, gap_ns: 0, every_ns: 500 * MILLISECOND };
    let found = mean(&trial(at_once));
    assert_eq!((found.max_ns, found.mean_ns, found.requests_per_update), (Some(20e6), Some(20e6), Some(0.25)));
    assert_eq!(found.requests_per_second, Some(2.0));
}

#[test]
fn near_a_ratio_of_small_numbers_no_mean_is_claimed() {
    assert_eq!(small_ratio(1.6, 9.0), Some((8.0, 5.0)));
    assert_eq!(small_ratio(1.6, 4.0), None, "where it would not matter");
    assert_eq!([0.99, 2.01, 1.502].map(|ratio| small_ratio(ratio, 9.0).is_some()), [true; 3]);
    assert_eq!([1.46, 3.95, 2.31].map(|ratio| small_ratio(ratio, 9.0)), [None; 3]);
}

#[test]
fn a_link_that_has_more_than_distance_is_beyond_it() {
    let says = |link: Link, payload| {
        let near = trial(Schedule::Periodic { rate: 1.0 });
        let feed = FeedPlan { payload, ..near.feed.clone() };
        beyond(&Trial { link, feed, ..near }).unwrap_or_default()
    };
    let far = Link { rtt_ns: SECOND, ..Link::default() };
    assert_eq!(says(far, 1 << 20), "");
    assert!(says(Link { loss: 0.01, ..far }, 20).contains("lost"));
    assert!(says(Link { jitter_ns: 1, ..far }, 20).contains("jitter"));
    assert!(says(Link { bandwidth: Some(1), ..far }, 20).contains("bandwidth"));
    assert!(says(Link { level: Level::Packets, ..far }, 1 << 20).contains("starts slowly"));
    let lossy = Trial { link: Link { loss: 0.01, ..far }, ..trial(Schedule::Periodic { rate: 1.0 }) };
    assert!(!mean(&lossy).holds.is_met());
    let gathered = Trial { coalesce_ns: 1, ..trial(Schedule::Periodic { rate: 1.0 }) };
    assert!(beyond(&gathered).expect("a reason").contains("gathers"));
}
