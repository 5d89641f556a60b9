//! The table: mean and maximum of delivery latency, and requests, case by case, each with the condition on which it holds.
//!
//! B is the blind time, d one way, T the poll period, T′ what is left of it where polls take longer, λ the feed's rate,
//! Δ = 1/λ the gap of an even one, r = λB.
//!
//! **Long polling, Poisson, all that is new in an answer.** Answers are renewals: behind each the client is blind for B, in
//! which N updates come, Poisson with mean r. With N = 0 (probability e⁻ʳ) the request is held until the next update, which
//! is answered at once; else it is answered as it arrives. So an answer brings r + e⁻ʳ updates on average, and requests per
//! update are 1/(r + e⁻ʳ). Only updates of the blind time wait; r of them a cycle, each at a uniform place in B (Poisson
//! arrivals given their number), so that a cycle's waits add up to rB/2 (Little's law, L = λW, over B gives the same). By
//! the renewal–reward theorem (Ross, *Stochastic Processes*, 3.6) the mean wait is (B/2)·r/(r + e⁻ʳ).
//! Where the newest replaces the others, its wait is the age of the last update in B: (1 − e⁻ʳ(1 + r))/λ.
//!
//! **Long polling, even gaps.** B < Δ: the request is there before the next update is. B ≥ Δ: each window of B holds an
//! update, the client never waits for one, and asks every B. If B/Δ is m/q in lowest terms, updates fall into m places of a
//! window, and the mean wait is (B − Δ/q)/2; for any other ratio they cover it evenly, and it is B/2.
//!
//! **Polling.** An update waits for the next poll, which is uniform over T′ where phases are stratified. Where the newest
//! replaces the others, its wait is the age of the last update in T′: Δ/2 with even gaps Δ < T′.
//!
//! **One update an answer.** B for each of them, Δ for each new one: the queue, and with it the latency, grows by B − Δ.

use super::blind::blind_ns;
use super::oracle::{self, Takes, Way};
use crate::clock::{Nanos, SECOND};
use crate::human;
use crate::kind::{Pacing, Transport};
use crate::link::Level;
use crate::schedule::Schedule;
use crate::trial::Trial;

/// Clients from which stratified phases cover a period so well that no feed is in step with them.
pub const COVERED: u32 = 10;
/// What a packet's round trip brings in TCP's slow start: ten segments (RFC 6928).
const FIRST_FLIGHT: usize = 10 * 1448;
/// How near B may come to a boundary, in nanoseconds: what both sides take for an answer and a request is added to it.
const TURNAROUND: f64 = 2e6;

/// What arithmetic says of a trial. Latencies in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The table's row.
    pub case: &'static str,
    /// The mean delivery latency, where there is a formula.
    pub mean_ns: Option<f64>,
    /// The largest, where there is one.
    pub max_ns: Option<f64>,
    /// By how much latency grows with each update, where it has neither.
    pub growth_ns: Option<f64>,
    /// Requests of a client a second.
    pub requests_per_second: Option<f64>,
    /// Requests per update that is received.
    pub requests_per_update: Option<f64>,
    /// Of the requests, the share that brings nothing.
    pub empty: Option<f64>,
    /// On what it hangs.
    pub holds: Holds,
}

/// Whether a prediction's condition is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Whatever the feed does.
    Always,
    /// As this trial is planned: the condition, which is met.
    While(&'static str),
    /// It does not: why, as a sentence without its full stop.
    Not(String),
}

impl Holds {
    /// Whether the prediction is meant for the trial.
    #[must_use]
    pub fn is_met(&self) -> bool {
        !matches!(self, Holds::Not(_))
    }

    /// The condition or why it is not met; nothing where there is none.
    #[must_use]
    pub fn sentence(&self) -> &str {
        match self {
            Holds::Always => "",
            Holds::While(condition) => condition,
            Holds::Not(reason) => reason,
        }
    }
}

/// When updates come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrivals {
    /// Evenly, this many a second.
    Periodic(f64),
    /// Independently, this many a second.
    Poisson(f64),
    /// Otherwise, this many a second.
    Other(f64),
}

impl Arrivals {
    fn of(schedule: &Schedule, takes: Takes) -> Arrivals {
        let rate = schedule.rate();
        match schedule {
            Schedule::Periodic { .. } => Arrivals::Periodic(rate),
            Schedule::Poisson { .. } => Arrivals::Poisson(rate),
            Schedule::Bursts { size, gap_ns, .. } if *size == 1 || (*gap_ns == 0 && takes != Takes::One) => {
                Arrivals::Periodic(rate / f64::from((*size).max(1))) // what comes at once goes at once
            }
            Schedule::Bursts { .. } | Schedule::Replay(_) => Arrivals::Other(rate),
        }
    }

    /// Nanoseconds from one update to the next, on average.
    fn gap_ns(self) -> f64 {
        let (Arrivals::Periodic(rate) | Arrivals::Poisson(rate) | Arrivals::Other(rate)) = self;
        SECOND as f64 / rate.max(f64::MIN_POSITIVE)
    }
}

/// What arithmetic says of `trial`.
#[must_use]
pub fn mean(trial: &Trial) -> Prediction {
    let way = way(trial, 0);
    let arrivals = Arrivals::of(&trial.feed.schedule, way.takes);
    let mut prediction = match (arrivals, way.transport) {
        (Arrivals::Other(_), Transport::LongPolling) => by_the_oracle(trial, &way),
        _ => of(&way, arrivals, trial.clients),
    };
    if let Schedule::Bursts { size, gap_ns: 0, .. } = trial.feed.schedule {
        // an answer that brings a burst is so many updates
        let each = if way.takes == Takes::All { f64::from(size) } else { 1.0 };
        prediction.requests_per_update = prediction.requests_per_update.map(|requests| requests / each);
    }
    if let Some(reason) = beyond(trial) {
        prediction.holds = Holds::Not(reason);
    }
    prediction
}

/// How a client of `trial` whose phase is `phase_ns` gets its updates.
#[must_use]
pub fn way(trial: &Trial, phase_ns: Nanos) -> Way {
    let one_way_ns = trial.link.one_way_ns();
    Way {
        transport: trial.transport,
        takes: trial.answer.into(),
        one_way_ns,
        blind_ns: blind_ns(trial.persistence, trial.carrier, one_way_ns),
        period_ns: trial.polling.interval_ns,
        pacing: trial.polling.pacing,
        phase_ns,
        hold_ns: trial.hold_ns,
    }
}

/// What of a trial no formula here knows.
#[must_use]
pub fn beyond(trial: &Trial) -> Option<String> {
    let (link, payload) = (&trial.link, trial.feed.payload);
    if trial.coalesce_ns > 0 {
        Some("the server gathers updates before it writes them".into())
    } else if !trial.faults.is_empty() {
        Some("the server is stopped on purpose".into())
    } else if link.loss > 0.0 {
        Some("what is lost is sent again, which has no formula here".into())
    } else if link.jitter_ns > 0 {
        Some("each way takes up to the jitter longer".into())
    } else if link.bandwidth.is_some() {
        Some("octets take their time on a limited bandwidth, and wait for each other".into())
    } else if link.level == Level::Packets && link.rtt_ns > 0 && payload > FIRST_FLIGHT {
        Some("an update of more than ten segments takes several round trips while TCP starts slowly".into())
    } else {
        None
    }
}

/// What arithmetic says of a client like `way`, one of `clients` with stratified phases.
#[must_use]
pub fn of(way: &Way, arrivals: Arrivals, clients: u32) -> Prediction {
    match way.transport {
        Transport::Polling => polling(way, arrivals, clients),
        Transport::LongPolling => long_polling(way, arrivals),
        Transport::Sse | Transport::Websocket | Transport::RawTcp => Prediction {
            case: "a stream",
            mean_ns: Some(way.one_way_ns as f64),
            max_ns: Some(way.one_way_ns as f64),
            growth_ns: None,
            requests_per_second: Some(0.0),
            requests_per_update: Some(0.0),
            empty: None,
            holds: Holds::While("nothing queues"),
        },
    }
}

/// Waits and answers of a client that asks, before d is added.
struct Waits {
    case: &'static str,
    mean_ns: Option<f64>,
    max_ns: Option<f64>,
    /// Nanoseconds from one request to the next.
    turn_ns: Option<f64>,
    /// Updates received with an answer, on average.
    each: Option<f64>,
    empty: Option<f64>,
    holds: Holds,
}

impl Waits {
    fn behind(self, one_way_ns: Nanos) -> Prediction {
        let there = |wait: f64| wait + one_way_ns as f64;
        Prediction {
            case: self.case,
            mean_ns: self.mean_ns.map(there),
            max_ns: self.max_ns.map(there),
            growth_ns: None,
            requests_per_second: self.turn_ns.filter(|turn| *turn > 0.0).map(|turn| SECOND as f64 / turn),
            requests_per_update: self.each.filter(|each| *each > 0.0).map(|each| 1.0 / each),
            empty: self.empty,
            holds: self.holds,
        }
    }
}

fn polling(way: &Way, arrivals: Arrivals, clients: u32) -> Prediction {
    let (period, gap) = (way.poll_period() as f64, arrivals.gap_ns());
    let passed = period / gap; // updates in a period
    let case = match way.pacing {
        Pacing::FixedRate => "polling, fixed rate",
        Pacing::AfterResponse => "polling, T after the response",
    };
    let empty = match arrivals {
        Arrivals::Periodic(_) => Some((1.0 - passed).max(0.0)),
        Arrivals::Poisson(_) => Some((-passed).exp()),
        Arrivals::Other(_) => None,
    };
    let (wait, each) = match (way.takes, arrivals) {
        (Takes::Latest, Arrivals::Periodic(_)) => (Some(period.min(gap) / 2.0), Some(passed.min(1.0))),
        (Takes::Latest, Arrivals::Poisson(_)) => {
            let brings = -(-passed).exp_m1();
            (Some(newest(gap, passed) / brings), Some(brings))
        }
        (Takes::Latest, Arrivals::Other(_)) => (None, None),
        (Takes::One, _) if passed >= 1.0 => return grows(case, way, period - gap, period),
        (Takes::One, Arrivals::Poisson(_) | Arrivals::Other(_)) => (None, Some(passed)),
        (Takes::One, Arrivals::Periodic(_)) | (Takes::All, _) => (Some(period / 2.0), Some(passed)),
    };
    let max_ns = match (way.takes, arrivals) {
        (Takes::Latest, Arrivals::Periodic(_)) => Some(period.min(gap)),
        (Takes::One, Arrivals::Poisson(_) | Arrivals::Other(_)) => None,
        _ => Some(period),
    };
    let holds = polls_hold(way, arrivals, clients);
    let waits = Waits { case, mean_ns: wait, max_ns, turn_ns: Some(period), each, empty, holds };
    waits.behind(way.one_way_ns)
}

/// Whether updates meet every phase of a poll alike.
fn polls_hold(way: &Way, arrivals: Arrivals, clients: u32) -> Holds {
    let (period, blind) = (way.period_ns as f64, way.blind_ns as f64);
    let over = (blind / period).ceil() * period - blind;
    if way.pacing == Pacing::FixedRate && blind > 0.0 && over < TURNAROUND {
        return Holds::Not("a poll is over as the next is due: what both sides take then costs a whole period".into());
    }
    if matches!(arrivals, Arrivals::Poisson(_)) {
        return Holds::While("updates come at random");
    }
    if clients < COVERED {
        return Holds::Not(format!("the phases of fewer than {COVERED} clients do not cover a period"));
    }
    let spread = match way.pacing {
        Pacing::FixedRate => blind <= period,
        Pacing::AfterResponse => blind * 10.0 <= period,
    };
    if spread {
        return Holds::While("the clients' phases cover a period");
    }
    Holds::Not("the clients' phases cover T alone, and a poll takes longer to come again".into())
}

fn long_polling(way: &Way, arrivals: Arrivals) -> Prediction {
    let (blind, gap) = (way.blind_ns as f64, arrivals.gap_ns());
    match (arrivals, way.takes) {
        (Arrivals::Other(_), _) => Waits {
            case: "long polling",
            mean_ns: None,
            max_ns: (way.takes != Takes::One).then_some(blind),
            turn_ns: None,
            each: None,
            empty: None,
            holds: Holds::Not("a feed like this has no formula: the oracle predicts it".into()),
        }
        .behind(way.one_way_ns),
        (_, Takes::One) if blind > gap => grows("long polling, one update an answer", way, blind - gap, blind),
        (Arrivals::Poisson(_), _) => poisson(way, gap),
        (Arrivals::Periodic(_), _) => periodic(way, gap),
    }
}

fn grows(case: &'static str, way: &Way, by: f64, turn: f64) -> Prediction {
    let holds = Holds::While("more comes than is asked for");
    let waits = Waits { case, mean_ns: None, max_ns: None, turn_ns: Some(turn), each: Some(1.0), empty: None, holds };
    Prediction { growth_ns: Some(by), ..waits.behind(way.one_way_ns) }
}

fn poisson(way: &Way, gap: f64) -> Prediction {
    let blind = way.blind_ns as f64;
    let r = blind / gap;
    let batch = r + (-r).exp();
    let (mean_ns, each) = match way.takes {
        Takes::All => (Some(blind / 2.0 * r / batch), Some(batch)),
        Takes::Latest => (Some(newest(gap, r)), Some(1.0)),
        Takes::One => (None, Some(1.0)),
    };
    let holds = held(way, 5.0 * gap).unwrap_or(Holds::While("updates come at random"));
    // a cycle is blind, and then waits where nothing came
    let turn_ns = if way.takes == Takes::One { gap } else { batch * gap };
    let max_ns = (way.takes != Takes::One).then_some(blind);
    let case = "long polling, Poisson";
    Waits { case, mean_ns, max_ns, turn_ns: Some(turn_ns), each, empty: Some(0.0), holds }.behind(way.one_way_ns)
}

fn periodic(way: &Way, gap: f64) -> Prediction {
    let blind = way.blind_ns as f64;
    if blind < gap {
        let holds = if gap - blind < TURNAROUND {
            Holds::Not("the request is back as the next update comes: what both sides take then decides".into())
        } else {
            held(way, gap).unwrap_or(Holds::While("B < Δ"))
        };
        let (case, still) = ("long polling, periodic", Some(0.0));
        let waits =
            Waits { case, mean_ns: still, max_ns: still, turn_ns: Some(gap), each: Some(1.0), empty: still, holds };
        return waits.behind(way.one_way_ns);
    }
    // where the mean would be out by 2 %
    let matters = gap / 2.0 / (0.02 * (way.one_way_ns as f64 + blind / 2.0)).max(1.0);
    let holds = match small_ratio(blind / gap, matters.max(1.0)) {
        Some((m, q)) => Holds::Not(format!(
            "B is close to {m}/{q} of the gap: over a short time the mean hangs on how the two start; the oracle knows"
        )),
        None => Holds::While("Δ < B"),
    };
    let newest = way.takes == Takes::Latest;
    Waits {
        case: "long polling, saturated",
        mean_ns: Some(if newest { gap / 2.0 } else { blind / 2.0 }),
        max_ns: Some(if newest { gap } else { blind }),
        turn_ns: Some(blind),
        each: Some(if newest { 1.0 } else { blind / gap }),
        empty: Some(0.0),
        holds,
    }
    .behind(way.one_way_ns)
}

/// The mean age of the newest of Poisson updates at the end of a time in which `r` come on average; 0 where none does.
fn newest(gap: f64, r: f64) -> f64 {
    gap * (-(-r).exp_m1() - r * (-r).exp())
}

/// Where updates come so rarely that polls end before.
fn held(way: &Way, needs: f64) -> Option<Holds> {
    let hold = way.hold_ns as f64;
    (hold <= needs).then(|| {
        let hold = human::span(way.hold_ns);
        Holds::Not(format!("polls that are held for {hold} end before an update comes, and the client is blind then"))
    })
}

/// The ratio m/q in lowest terms, q up to `largest`, that this is close to: near one, what fills a window changes slowly.
/// Any number is within 1/q² of some (Dirichlet), so that close is a small part of that.
fn small_ratio(ratio: f64, largest: f64) -> Option<(f64, f64)> {
    let denominators = (1..=50).map(f64::from).take_while(|q| *q <= largest);
    denominators.map(|q| ((ratio * q).round(), q)).find(|(m, q)| (ratio - m / q).abs() < 0.04 / (q * q))
}

/// Mean, maximum and requests of a computed feed without a formula.
fn by_the_oracle(trial: &Trial, way: &Way) -> Prediction {
    let formula = of(way, Arrivals::of(&trial.feed.schedule, way.takes), trial.clients);
    let Some(planned) = trial.feed.schedule.planned(trial.feed.seed) else { return formula };
    let windows = trial.windows;
    let plan: Vec<Nanos> = planned.take_while(|&at| at < windows.feed_ns()).collect();
    let steady = plan.partition_point(|&at| at < windows.warmup_ns);
    let received = oracle::predict(&plan, way).zip(&plan).skip(steady);
    let (mut waits, mut answers): (Vec<Nanos>, Vec<Nanos>) =
        received.filter_map(|(at, planned)| Some((at? - planned, at?))).unzip();
    answers.dedup();
    let count = waits.len().max(1) as f64;
    waits.sort_unstable();
    Prediction {
        case: "long polling, by the oracle",
        mean_ns: (!waits.is_empty()).then(|| waits.iter().map(|&wait| wait as f64).sum::<f64>() / count),
        max_ns: waits.last().map(|&wait| wait as f64),
        requests_per_second: Some(answers.len() as f64 * SECOND as f64 / windows.steady_ns.max(1) as f64),
        requests_per_update: (!waits.is_empty()).then(|| answers.len() as f64 / count),
        empty: None,
        holds: Holds::While("every update by itself, over the trial's plan"),
        growth_ns: None,
    }
}

#[cfg(test)]
mod tests;
