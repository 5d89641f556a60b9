//! The oracle: when each update of a plan is received, if nothing takes time but distance.
//!
//! A client that asks has one request under way. It *asks*; its request is at the server B − d later; what is new then, or
//! first becomes new while the request is held, is *answered*; d later it is *received*, and the client may ask again. So
//! all follows from when it asks next: at once (long polling), at its next tick (polling at a fixed rate), or a period
//! later (polling after the response). A stream's updates are received d after they are due.
//!
//! Started at t0 this predicts a whole trial ([`predict`]). Started anew at what a client was last *seen* to receive
//! ([`Asking::behind`]), it gives each delivery's [`Asking::earliest`] time, which is a bound, and the expected one. The
//! whole recursion is no bound: a request that is 100 µs late can catch an update that an ideal one had just missed, which
//! is then received up to a period earlier than predicted. What makes the other one a bound:
//!
//! - an answer that brings update k leaves the server when k is published, or later, and takes d;
//! - the request for it was sent after all that the client had received before: at once, at a tick not before that, or a
//!   period later, for timers are never early; and it takes B − d. Answers that brought nothing only add to that.
//!
//! Lateness of the feed, of timers, of either side and of the network makes all of these later, never earlier. Jitter,
//! bandwidth and loss as well: there the bound holds, and the prediction does not apply.

use super::blind::fixed_period_ns;
use crate::clock::Nanos;
use crate::kind::{Answer, Pacing, Transport};

/// How one client gets its updates, and from how far away. All times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// How updates reach it.
    pub transport: Transport,
    /// What an answer holds.
    pub takes: Takes,
    /// One way, d.
    pub one_way_ns: Nanos,
    /// The blind time, B.
    pub blind_ns: Nanos,
    /// The poll period, T.
    pub period_ns: Nanos,
    /// From where T counts.
    pub pacing: Pacing,
    /// When it polls for the first time, after t0.
    pub phase_ns: Nanos,
    /// How long the server holds a long poll.
    pub hold_ns: Nanos,
}

/// What an answer holds when several updates are new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// All of them.
    All,
    /// The newest; the others are superseded.
    Latest,
    /// The oldest; the others wait for the next answers.
    One,
}

impl From<Answer> for Takes {
    fn from(answer: Answer) -> Takes {
        match answer {
            Answer::All => Takes::All,
            Answer::Latest => Takes::Latest,
        }
    }
}

/// A client between two answers: where its next request stands.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'w> {
    way: &'w Way,
    /// When the next request is at the server.
    there_ns: Nanos,
}

impl<'w> Asking<'w> {
    /// At t0: a long poll is at the server already, a polling client asks at its phase, on the connection that setup made.
    #[must_use]
    pub fn at_start(way: &'w Way) -> Asking<'w> {
        let there_ns = match way.transport {
            Transport::Polling => way.phase_ns + way.one_way_ns,
            _ => 0,
        };
        Asking { way, there_ns }
    }

    /// Behind an answer that was received at `received_ns` after t0.
    #[must_use]
    pub fn behind(way: &'w Way, received_ns: Nanos) -> Asking<'w> {
        let asks_ns = match (way.transport, way.pacing) {
            (Transport::Polling, Pacing::FixedRate) => way.tick(received_ns),
            (Transport::Polling, Pacing::AfterResponse) => received_ns + way.period_ns,
            _ => received_ns,
        };
        Asking { way, there_ns: asks_ns + way.blind_ns.saturating_sub(way.one_way_ns) }
    }

    /// When an update that is due at `planned_ns` is received at the earliest.
    #[must_use]
    pub fn earliest(&self, planned_ns: Nanos) -> Nanos {
        let asks = self.way.transport.asks_each_time();
        if asks { planned_ns.max(self.there_ns) + self.way.one_way_ns } else { planned_ns + self.way.one_way_ns }
    }

    /// When the answer leaves the server that brings an update due at `planned_ns`, the first one that is new.
    #[must_use]
    pub fn answers(&self, planned_ns: Nanos) -> Nanos {
        let Way { transport, blind_ns, hold_ns, .. } = *self.way;
        let (there_ns, planned_ns) = (self.there_ns, planned_ns);
        match transport {
            Transport::Polling if planned_ns > there_ns => {
                let second_ns = self.second();
                let period_ns = self.way.poll_period();
                second_ns + planned_ns.saturating_sub(second_ns).div_ceil(period_ns) * period_ns
            }
            Transport::Polling => there_ns,
            Transport::LongPolling => {
                // answered with nothing at the end of each hold, then blind again
                let idle_ns = planned_ns.saturating_sub(there_ns + hold_ns);
                let turn_ns = (hold_ns + blind_ns).max(1);
                planned_ns.max(there_ns + idle_ns.div_ceil(turn_ns) * turn_ns)
            }
            Transport::Sse | Transport::Websocket | Transport::RawTcp => planned_ns,
        }
    }

    /// When the request behind the next one is at the server, where that brings nothing.
    fn second(&self) -> Nanos {
        Asking::behind(self.way, self.there_ns + self.way.one_way_ns).there_ns
    }
}

impl Way {
    /// The first tick of its grid that is not before `at_ns`.
    fn tick(&self, at_ns: Nanos) -> Nanos {
        let period_ns = self.period_ns.max(1);
        self.phase_ns + at_ns.saturating_sub(self.phase_ns).div_ceil(period_ns) * period_ns
    }

    /// From one poll to the next.
    #[must_use]
    pub fn poll_period(&self) -> Nanos {
        match self.pacing {
            Pacing::FixedRate => fixed_period_ns(self.period_ns, self.blind_ns),
            Pacing::AfterResponse => (self.period_ns + self.blind_ns).max(1),
        }
    }

    /// Whether what it receives does not hang on what it received before: a stream, and polls at a fixed rate that are over
    /// before the next tick.
    #[must_use]
    pub fn is_memoryless(&self) -> bool {
        match self.transport {
            Transport::Polling => self.pacing == Pacing::FixedRate && self.blind_ns < self.period_ns,
            Transport::LongPolling => false,
            Transport::Sse | Transport::Websocket | Transport::RawTcp => true,
        }
    }
}

/// When each update of `plan`, which never decreases, is received by a client that follows it from t0 on, in nanoseconds
/// after t0; `None` where a newer one is sent in its place.
pub fn predict<'a>(plan: &'a [Nanos], way: &'a Way) -> impl Iterator<Item = Option<Nanos>> + 'a {
    let mut asking = Asking::at_start(way);
    let mut answered: Option<Nanos> = None;
    plan.iter().enumerate().map(move |(index, &planned_ns)| {
        let in_it = way.takes != Takes::One && answered.is_some_and(|at_ns| planned_ns <= at_ns);
        let at_ns = answered.filter(|_| in_it).unwrap_or_else(|| asking.answers(planned_ns));
        if !in_it {
            answered = Some(at_ns);
            // without distance its tick is not over yet, and is not had twice
            let ticks = way.transport == Transport::Polling && way.pacing == Pacing::FixedRate;
            let tick_ns = u64::from(ticks && way.blind_ns == 0);
            asking = Asking::behind(way, at_ns + way.one_way_ns + tick_ns);
        }
        let newer = way.takes == Takes::Latest && plan.get(index + 1).is_some_and(|&next_ns| next_ns <= at_ns);
        (!newer || !way.transport.asks_each_time()).then_some(at_ns + way.one_way_ns)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way = Way {
        transport: Transport::LongPolling,
        takes: Takes::All,
        one_way_ns: 10,
        blind_ns: 20,
        period_ns: 100,
        pacing: Pacing::FixedRate,
        phase_ns: 30,
        hold_ns: 1_000_000,
    };

    fn received(plan: &[Nanos], way: Way) -> Vec<Nanos> {
        predict(plan, &way).map(|at| at.unwrap_or(0)).collect()
    }

    #[test]
    fn an_update_behind_another_waits_for_the_round_trip() {
        assert_eq!(received(&[0, 5, 19, 20, 60], WAY), [10, 30, 30, 30, 70]);
        assert_eq!(received(&[0, 5, 19], Way { takes: Takes::Latest, ..WAY }), [10, 0, 30]);
        assert_eq!(received(&[0, 5, 19], Way { takes: Takes::One, ..WAY }), [10, 30, 50]);
        assert_eq!(received(&[0, 5, 19], Way { transport: Transport::Sse, ..WAY }), [10, 15, 29]);
        // at the server from 0 to 20, and from 40 on
        assert_eq!(received(&[21, 59, 75, 81], Way { hold_ns: 20, ..WAY }), [50, 70, 90, 110]);
    }

    #[test]
    fn polls_bring_what_came_before_them() {
        let polling = Way { transport: Transport::Polling, ..WAY };
        assert_eq!(received(&[0, 40, 41, 140, 141], polling), [50, 50, 150, 150, 250]);
        // asks at 30, on setup's connection; then at every second tick
        let skips = Way { blind_ns: 50, period_ns: 30, ..polling };
        assert_eq!(received(&[40, 41, 100, 101], skips), [50, 110, 110, 170]);
        // asks at 30, at 30 + 20 + 100 …
        let after = Way { pacing: Pacing::AfterResponse, ..polling };
        assert_eq!(received(&[41, 160, 161], after), [170, 170, 290]);
    }

    #[test]
    fn what_was_seen_is_a_new_start() {
        let seen = Asking::behind(&WAY, 1000);
        assert_eq!([0, 1010, 1015].map(|planned| seen.earliest(planned)), [1020, 1020, 1025]);
        let polling = Way { transport: Transport::Polling, ..WAY };
        let seen = Asking::behind(&polling, 1000);
        assert_eq!([0, 1041].map(|planned| seen.earliest(planned)), [1050, 1051], "its tick is at 1030");
        assert_eq!([0, 1041].map(|planned| seen.answers(planned) + 10), [1050, 1150]);
    }
}
