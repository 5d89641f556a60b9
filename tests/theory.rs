//! Theory, held against a toy of client, wire and server that plays a trial message by message and knows no formula.

use pushbench::clock::{MILLISECOND, Nanos, SECOND};
use pushbench::kind::{Carrier, Pacing, Persistence, Transport};
use pushbench::schedule::Schedule;
use pushbench::theory::blind::blind_ns;
use pushbench::theory::oracle::{self, Asking, Takes, Way};
use pushbench::theory::table::{self, Arrivals, Prediction};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use toy::{Played, Toy};

mod toy;

/// Polls at an even rate, 20 ms away; what the cases below change.
const TOY: Toy = Toy {
    transport: Transport::Polling,
    takes: Takes::All,
    persistence: Persistence::KeepAlive,
    carrier: Carrier::H1,
    one_way_ns: 20 * MILLISECOND,
    period_ns: 300 * MILLISECOND,
    pacing: Pacing::FixedRate,
    phase_ns: 0,
    hold_ns: 1000 * SECOND,
    late_ns: 0,
};

const LONG_POLLING: Toy = Toy { transport: Transport::LongPolling, ..TOY };

fn way(toy: &Toy) -> Way {
    Way {
        transport: toy.transport,
        takes: toy.takes,
        one_way_ns: toy.one_way_ns,
        blind_ns: blind_ns(toy.persistence, toy.carrier, toy.one_way_ns),
        period_ns: toy.period_ns,
        pacing: toy.pacing,
        phase_ns: toy.phase_ns,
        hold_ns: toy.hold_ns,
    }
}

/// Small numbers, so that all kinds of things happen at the same moment.
fn any(random: &mut Pcg64) -> (Toy, Vec<Nanos>) {
    let mut below = |n: u64| random.next_u64() % n;
    let period_ns = 1 + below(60);
    let persistence = if below(2) == 0 { Persistence::KeepAlive } else { Persistence::Close };
    let toy = Toy {
        transport: Transport::ALL[usize::try_from(below(5)).expect("small")],
        takes: [Takes::All, Takes::Latest, Takes::One][usize::try_from(below(3)).expect("small")],
        persistence,
        carrier: if below(2) == 0 { Carrier::H1 } else { Carrier::H1Tls },
        one_way_ns: below(20),
        period_ns,
        pacing: if below(2) == 0 { Pacing::FixedRate } else { Pacing::AfterResponse },
        phase_ns: below(period_ns),
        hold_ns: 1 + if below(2) == 0 { below(100) } else { 1_000_000 },
        late_ns: 0,
    };
    let mut at = 0;
    let gap = 1 + below(80);
    let plan = (0..40).map(|_| {
        at += below(gap);
        at
    });
    (toy, plan.collect())
}

#[test]
fn the_oracle_is_what_happens_where_nothing_but_distance_takes_time() {
    let mut random = Pcg64::seed_from_u64(4);
    for round in 0..20_000 {
        let (toy, plan) = any(&mut random);
        let predicted: Vec<_> = oracle::predict(&plan, &way(&toy)).collect();
        assert_eq!(predicted, toy.play(&plan, round).received, "{toy:?} {plan:?}");
    }
}

#[test]
fn the_expectation_from_what_was_seen_is_the_oracles() {
    let mut random = Pcg64::seed_from_u64(5);
    for round in 0..5000 {
        let (toy, plan) = any(&mut random);
        let way = way(&toy);
        if toy.takes == Takes::One && toy.one_way_ns == 0 {
            continue; // answers of one moment, which are one answer to who sees them
        }
        let mut last: Option<Nanos> = None;
        let mut seen = Asking::at_start(&way);
        for (at, &planned) in toy.play(&plan, round).received.iter().zip(&plan) {
            let Some(at) = *at else { continue };
            if last != Some(at) || toy.takes == Takes::One {
                seen = last.map_or(seen, |last| Asking::behind(&way, last));
                last = Some(at);
            }
            assert_eq!(seen.answers(planned) + toy.one_way_ns, at, "{toy:?} {plan:?}");
            assert!(seen.earliest(planned) <= at, "{toy:?} {plan:?}");
        }
    }
}

#[test]
fn nothing_that_is_late_is_earlier_than_the_bound() {
    let mut random = Pcg64::seed_from_u64(6);
    let mut sooner = 0;
    for round in 0..20_000 {
        let (toy, plan) = any(&mut random);
        let toy = Toy { late_ns: 1 + random.next_u64() % 30, ..toy };
        let way = way(&toy);
        let mut seen = Asking::at_start(&way);
        let mut last: Option<Nanos> = None;
        let ideal = oracle::predict(&plan, &way);
        for ((at, &planned), ideal) in toy.play(&plan, round).received.iter().zip(&plan).zip(ideal) {
            let Some(at) = *at else { continue };
            if last != Some(at) {
                seen = last.map_or(seen, |last| Asking::behind(&way, last));
                last = Some(at);
            }
            assert!(seen.earliest(planned) <= at, "{toy:?} {plan:?}: {planned} received at {at}");
            sooner += u64::from(ideal.is_some_and(|ideal| at < ideal));
        }
    }
    assert!(sooner > 1000, "the whole recursion is no bound: {sooner}");
}

/// Plays `toy` with the phases of `clients`; the mean latency, and what all of them did.
fn play(toy: &Toy, clients: u64, plan: &[Nanos]) -> (f64, Played) {
    let mut all = Played::default();
    let (mut sum, mut count) = (0.0, 0.0);
    for client in 0..clients {
        // the middle of its stratum
        let phase_ns = (2 * client + 1) * toy.period_ns / (2 * clients);
        let played = Toy { phase_ns, ..*toy }.play(plan, client);
        for (at, planned) in played.received.iter().zip(plan) {
            let Some(at) = at else { continue };
            sum += (at - planned) as f64;
            count += 1.0;
        }
        all.requests += played.requests;
        all.empty += played.empty;
        all.skipped += played.skipped;
        all.received.extend(played.received);
    }
    (sum / count, all)
}

fn close(what: &str, of: &Toy, predicted: Option<f64>, happened: f64, share: f64) {
    let predicted = predicted.unwrap_or_else(|| panic!("{what} of {of:?} has a formula"));
    let ratio = happened / predicted;
    assert!((ratio - 1.0).abs() < share, "{what} of {of:?}: {predicted} predicted, {happened} happened");
}

/// Mean, requests and empty answers of the table are what the toy does, within `share`.
fn holds(toy: &Toy, clients: u64, plan: &[Nanos], arrivals: Arrivals, share: f64) -> Prediction {
    let prediction = table::of(&way(toy), arrivals, u32::try_from(clients).expect("few"));
    assert!(prediction.holds.is_met(), "{:?} of {toy:?}", prediction.holds);
    let (mean, played) = play(toy, clients, plan);
    let received = played.received.iter().flatten().count() as f64;
    let lasts = plan[plan.len() - 1] as f64 / SECOND as f64 * clients as f64;
    close("the mean", toy, prediction.mean_ns, mean, share);
    close("requests per update", toy, prediction.requests_per_update, played.requests as f64 / received, share);
    close("requests per second", toy, prediction.requests_per_second, played.requests as f64 / lasts, share);
    let empty = prediction.empty.expect("it is known");
    assert!(
        (empty - played.empty as f64 / played.requests as f64).abs() < share,
        "{empty} of {toy:?}: {}",
        played.empty
    );
    // before a client's first poll and behind the last update nothing is as it was in between
    let between = |(place, _): &(usize, _)| (20..plan.len() - 20).contains(&(place % plan.len()));
    let latencies = played.received.iter().zip(plan.iter().cycle()).enumerate().filter(between);
    let largest = latencies.filter_map(|(_, (at, planned))| Some((*at)? - planned)).max();
    let largest = largest.expect("some were received") as f64;
    assert!(prediction.max_ns.is_some_and(|max| largest <= max && largest > max * 0.9), "{largest} of {prediction:?}");
    prediction
}

fn poisson(rate: f64, count: usize) -> Vec<Nanos> {
    Schedule::Poisson { rate }.planned(7).expect("it is computed").take(count).collect()
}

fn even(gap_ns: Nanos, count: u64) -> Vec<Nanos> {
    (1..=count).map(|number| number * gap_ns).collect()
}

#[test]
fn long_polling_by_poisson_updates() {
    // r = λB = 0.04 … 8
    for rate in [1.0, 10.0, 25.0, 60.0, 200.0] {
        let plan = poisson(rate, 200_000);
        holds(&LONG_POLLING, 1, &plan, Arrivals::Poisson(rate), 0.015);
        holds(&Toy { takes: Takes::Latest, ..LONG_POLLING }, 1, &plan[..50_000], Arrivals::Poisson(rate), 0.03);
    }
    let closing = Toy { persistence: Persistence::Close, carrier: Carrier::H1Tls, ..LONG_POLLING };
    let prediction = holds(&closing, 1, &poisson(10.0, 100_000), Arrivals::Poisson(10.0), 0.015);
    assert_eq!(prediction.max_ns, Some(140e6), "d + 6d");
}

#[test]
fn long_polling_by_even_updates() {
    // B = 40 ms
    let near = holds(&LONG_POLLING, 1, &even(100 * MILLISECOND, 1000), Arrivals::Periodic(10.0), 0.001);
    assert_eq!((near.mean_ns, near.requests_per_update), (Some(20e6), Some(1.0)));
    for gap_ns in [10_123_457, 27_387_121] {
        let rate = SECOND as f64 / gap_ns as f64;
        for takes in [Takes::All, Takes::Latest] {
            holds(&Toy { takes, ..LONG_POLLING }, 1, &even(gap_ns, 50_000), Arrivals::Periodic(rate), 0.01);
        }
    }
    // B/Δ = m/q: said not to hold, and the mean that the derivation gives
    for (m, q) in [(1, 1), (4, 1), (3, 2), (5, 4)] {
        let gap_ns = 40 * MILLISECOND * q / m;
        let (mean, _) = play(&LONG_POLLING, 1, &even(gap_ns, 3000));
        let expected = 20e6 + (40e6 - (gap_ns / q) as f64) / 2.0;
        assert!((mean / expected - 1.0).abs() < 0.01, "{m}/{q}: {expected} expected, {mean} happened");
        let rate = SECOND as f64 / gap_ns as f64;
        assert!(!table::of(&way(&LONG_POLLING), Arrivals::Periodic(rate), 1).holds.is_met());
    }
}

#[test]
fn an_update_behind_an_answered_one() {
    let (g, d) = (5 * MILLISECOND, 20 * MILLISECOND);
    let received = LONG_POLLING.play(&[SECOND, SECOND + g], 0).received;
    assert_eq!(received, [Some(SECOND + d), Some(SECOND + g + d + 2 * d - g)]);
}

#[test]
fn one_update_an_answer_falls_behind() {
    let toy = Toy { takes: Takes::One, ..LONG_POLLING };
    let plan = even(30 * MILLISECOND, 50);
    let latency: Vec<_> = toy.play(&plan, 0).received.iter().zip(&plan).map(|(at, p)| at.expect("all") - p).collect();
    let prediction = table::of(&way(&toy), Arrivals::Periodic(SECOND as f64 / 30e6), 1);
    assert!(prediction.growth_ns.is_some_and(|by| (by - 10e6).abs() < 1.0), "{prediction:?}");
    assert!(latency.windows(2).all(|pair| pair[1] - pair[0] == 10 * MILLISECOND), "{latency:?}");
    let steady = table::of(&way(&toy), Arrivals::Periodic(10.0), 1);
    assert_eq!((steady.growth_ns, steady.mean_ns), (None, Some(20e6)));
}

#[test]
fn polling_at_a_fixed_rate() {
    let plan = poisson(10.0, 20_000);
    for takes in [Takes::All, Takes::Latest] {
        holds(&Toy { takes, ..TOY }, 10, &plan, Arrivals::Poisson(10.0), 0.015);
        // a poll takes 40, of connections of their own 80 and 120 ms
        for period_ns in [30 * MILLISECOND, 70 * MILLISECOND] {
            let skips = Toy { takes, period_ns, ..TOY };
            holds(&skips, 10, &plan, Arrivals::Poisson(10.0), 0.015);
            holds(&Toy { persistence: Persistence::Close, ..skips }, 10, &plan, Arrivals::Poisson(10.0), 0.015);
        }
    }
    let (_, played) = play(&Toy { period_ns: 30 * MILLISECOND, ..TOY }, 1, &plan);
    assert!(played.skipped.abs_diff(played.requests) <= 1, "every second tick: {} {}", played.skipped, played.requests);
    for gap_ns in [100 * MILLISECOND, 700 * MILLISECOND] {
        let arrivals = Arrivals::Periodic(SECOND as f64 / gap_ns as f64);
        holds(&TOY, 100, &even(gap_ns, 2000), arrivals, 0.01);
        holds(&Toy { takes: Takes::Latest, ..TOY }, 100, &even(gap_ns, 2000), arrivals, 0.01);
    }
}

#[test]
fn polling_after_the_response() {
    for takes in [Takes::All, Takes::Latest] {
        let toy = Toy { pacing: Pacing::AfterResponse, takes, ..TOY };
        holds(&toy, 10, &poisson(10.0, 20_000), Arrivals::Poisson(10.0), 0.015);
        holds(&toy, 10, &poisson(1.0, 20_000), Arrivals::Poisson(1.0), 0.015);
    }
}

#[test]
fn what_does_not_hold_says_why() {
    let not = |toy: &Toy, arrivals, clients, says: &str| {
        let holds = table::of(&way(toy), arrivals, clients).holds;
        assert!(!holds.is_met() && holds.sentence().contains(says), "{holds:?}: {says}");
    };
    not(&TOY, Arrivals::Periodic(10.0), 3, "fewer than 10 clients");
    not(&Toy { period_ns: 40 * MILLISECOND, ..TOY }, Arrivals::Poisson(10.0), 50, "a whole period");
    not(&Toy { period_ns: 30 * MILLISECOND, ..TOY }, Arrivals::Periodic(10.0), 50, "cover T alone");
    not(&Toy { hold_ns: SECOND / 10, ..LONG_POLLING }, Arrivals::Poisson(10.0), 50, "held for 100ms");
    not(&LONG_POLLING, Arrivals::Periodic(24.5), 50, "then decides");
    not(&LONG_POLLING, Arrivals::Periodic(50.0), 50, "2/1 of the gap");
    not(&LONG_POLLING, Arrivals::Other(10.0), 50, "the oracle predicts it");
}
