//! What one can choose: a transport as it was measured, or polling as it would be at another period.

use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::kind::{Answer, Transport};
use crate::report::cells::Estimate;
use crate::report::metric::Metric;
use crate::report::number::setting;
use crate::report::words::scene::{Candidate, Point};
use crate::stats;
use crate::theory;
use crate::trial::{Polling, Trial};

/// Periods that one would choose from.
const PERIODS: [Nanos; 12] = [
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    20 * SECOND,
    50 * SECOND,
];
/// What TCP and IP add to each octet of a long answer: headers of 52 octets to each segment of 1,448, and an
/// acknowledgement of 52 to every second one (RFC 1122, 4.2.3.2).
const PACKETS: f64 = 78.0 / 1448.0;

/// One of those that may be recommended.
pub(super) struct Choice<'r, 'p> {
    pub(super) row: &'r Candidate<'p>,
    /// The period of polls that nobody measured.
    pub(super) modelled: Option<Polling>,
    /// How late an update comes, in nanoseconds.
    pub(super) late: f64,
    pub(super) late_by: LateBy,
    /// Octets and the server's CPU time, an update.
    pub(super) costs: [Option<Estimate>; 2],
    pub(super) requests: Option<f64>,
}

/// Where it is known from how late an update comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LateBy {
    /// p99; where too few updates came for that, the longest, which is not known to be below it.
    Measured(Metric),
    /// The most that theory allows for.
    Theory,
}

/// Which figures costs are, at a point: octets on the wire wherever they are known, else those on the sockets.
pub(super) fn metrics(point: &Point<'_>) -> [Metric; 2] {
    let known = |row: &&Candidate<'_>| row.cells.is_some();
    let wire = point.rows.iter().filter(known).all(|row| row.figure(Metric::Wire).is_some());
    [if wire { Metric::Wire } else { Metric::Bytes }, Metric::Cpu]
}

impl<'r, 'p> Choice<'r, 'p> {
    /// Everything that brings an update in time, at a point.
    pub(super) fn all(point: &'r Point<'p>, tolerance: Nanos) -> Vec<Choice<'r, 'p>> {
        let metrics = metrics(point);
        let measured = point.rows.iter().filter_map(|row| Choice::measured(row, metrics));
        let polls = point.row(Transport::Polling).and_then(|row| Choice::modelled(row, metrics, tolerance));
        measured.chain(polls).filter(|choice| choice.late <= tolerance as f64).collect()
    }

    pub(super) fn measured(row: &'r Candidate<'p>, metrics: [Metric; 2]) -> Option<Choice<'r, 'p>> {
        row.cells?;
        let late = |metric| Some((row.figure(metric)?, LateBy::Measured(metric)));
        let (late, late_by) = late(Metric::P99).or_else(|| late(Metric::Max))?;
        let costs = metrics.map(|metric| row.estimate(metric).cloned());
        Some(Choice { row, modelled: None, late, late_by, costs, requests: row.figure(Metric::Requests) })
    }

    /// Polls as seldom as `tolerance` allows. Each costs the octets that a measured one does, and the CPU time of one that
    /// brings nothing, as in the idle window; what an update costs beyond that stays. Where the idle window saw too little,
    /// an update takes what was measured, or more in the proportion in which there are more polls.
    fn modelled(row: &'r Candidate<'p>, metrics: [Metric; 2], tolerance: Nanos) -> Option<Choice<'r, 'p>> {
        let trial = row.trial;
        let with = |interval_ns| Polling { interval_ns, ..trial.polling };
        let fits = |polling: &Polling| theory_of(trial, *polling).is_some_and(|late| late <= tolerance as f64);
        let polling = PERIODS.into_iter().rev().map(with).find(fits).filter(|found| *found != trial.polling)?;
        let late = theory_of(trial, polling)?;
        let period = late - trial.link.one_way_ns() as f64;
        let requests = SECOND as f64 / (period * trial.feed.schedule.rate());
        let before = row.estimate(Metric::Requests)?;
        let payload = row.estimate(Metric::Payload)?;
        let framing = row.figure(Metric::FramingDown).unwrap_or(0.0);
        let octets = row.estimate(metrics[0])?;
        let packets = if metrics[0] == Metric::Wire { PACKETS } else { 0.0 };
        let bytes = map(octets, &[before, payload], |octets, given| {
            let (polls, payload) = (given[0], given[1]);
            let each = (octets - payload - framing) / polls;
            (payload + framing) * (1.0 + packets) + each * requests
        });
        let cpu = row.estimate(Metric::Cpu).filter(|cpu| cpu.bounds == 0);
        let poll = cpu_of_a_poll(row);
        let cpu = cpu.and_then(|cpu| {
            map(cpu, &[before], |cpu, given| match poll {
                Some(poll) => {
                    let poll = poll.min(cpu / given[0]);
                    cpu + poll * (requests - given[0])
                }
                None => cpu * (requests / given[0]).max(1.0),
            })
        });
        let choice = Choice {
            row,
            modelled: Some(polling),
            late,
            late_by: LateBy::Theory,
            costs: [Some(bytes?), cpu],
            requests: Some(requests),
        };
        Some(choice)
    }

    /// What it is called: `polling every 500 ms (modelled)`.
    pub(super) fn name(&self) -> String {
        match self.modelled {
            Some(polling) => format!("{} every {} (modelled)", self.row.transport(), setting(polling.interval_ns)),
            None if self.row.transport() == Transport::Polling => {
                format!("{} every {}", self.row.transport(), setting(self.row.trial.polling.interval_ns))
            }
            None => self.row.transport().name().into(),
        }
    }

    /// Among those that cost alike: what is plain HTTP and waits, what is plain HTTP and asks, what has a protocol of its own.
    pub(super) fn preference(&self) -> usize {
        let order = [Transport::Sse, Transport::LongPolling, Transport::Polling, Transport::Websocket];
        order.iter().position(|transport| *transport == self.row.transport()).unwrap_or(order.len())
    }
}

/// The most that theory allows for, in nanoseconds; nothing where an answer leaves updates out.
fn theory_of(trial: &Trial, polling: Polling) -> Option<f64> {
    let all = !trial.transport.asks_each_time() || trial.answer == Answer::All;
    let one_way = trial.link.one_way_ns();
    all.then(|| theory::largest_latency(trial.transport, polling, trial.persistence, one_way) as f64)
}

/// What a poll that brings nothing takes of the server's CPU time, in nanoseconds, as long as no update comes.
fn cpu_of_a_poll(row: &Candidate<'_>) -> Option<f64> {
    let trial = row.trial;
    let period = theory_of(trial, trial.polling)? - trial.link.one_way_ns() as f64;
    // a core's share is nanoseconds a nanosecond
    Some(row.figure(Metric::Idle)? * period / f64::from(trial.clients.max(1)))
}

/// An estimate made of others of the same trials; `None` where they are not of the same ones, or one is zero.
fn map(of: &Estimate, with: &[&Estimate], make: impl Fn(f64, &[f64]) -> f64) -> Option<Estimate> {
    let mut trials = Vec::new();
    for (place, (block, value)) in of.trials.iter().enumerate() {
        let mut given = Vec::new();
        for other in with {
            let (other_block, value) = *other.trials.get(place)?;
            given.push(Some(value).filter(|value| *value > 0.0 && other_block == *block)?);
        }
        trials.push((*block, make(*value, &given)));
    }
    let values: Vec<f64> = trials.iter().map(|trial| trial.1).collect();
    Some(Estimate { centre: stats::centre(&values)?, interval: None, trials, bounds: 0 })
}
