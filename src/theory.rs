//! What arithmetic says a trial will measure, before it is measured. Pure: from values to values.
//!
//! [`table`] has the formulas and when they hold, [`oracle`] predicts each delivery, [`blind`] and [`serial`] say what
//! distance and bandwidth cost, [`cost`] what updates weigh. `docs/theory.md` tells it in one piece.

pub mod blind;
pub mod cost;
pub mod oracle;
pub mod serial;
pub mod table;

use crate::clock::Nanos;
use crate::kind::{Carrier, Pacing, Persistence, Transport};
use crate::trial::Polling;

/// The largest delivery latency that theory allows for, in nanoseconds, whatever feed and carrier: the maximum of the
/// table at distance `one_way_ns` (d) and nothing queueing, where a new connection has TLS.
#[must_use]
pub fn largest_latency(transport: Transport, polling: Polling, persistence: Persistence, one_way_ns: Nanos) -> Nanos {
    let blind = blind::blind_ns(persistence, Carrier::H1Tls, one_way_ns);
    match transport {
        Transport::Polling => period(polling, blind) + one_way_ns,
        Transport::LongPolling => one_way_ns + blind,
        Transport::Sse | Transport::Websocket | Transport::RawTcp => one_way_ns,
    }
}

/// The mean delivery latency where updates are rare, in nanoseconds: polling waits for half of its period, the others for
/// nothing, long polling because few updates fall into the time in which it is blind.
#[must_use]
pub fn mean_latency(transport: Transport, polling: Polling, persistence: Persistence, one_way_ns: Nanos) -> Nanos {
    match transport {
        Transport::Polling => period(polling, blind::blind_ns(persistence, Carrier::H1, one_way_ns)) / 2 + one_way_ns,
        Transport::LongPolling | Transport::Sse | Transport::Websocket | Transport::RawTcp => one_way_ns,
    }
}

/// From one poll to the next.
fn period(polling: Polling, blind_ns: Nanos) -> Nanos {
    match polling.pacing {
        Pacing::FixedRate => blind::fixed_period_ns(polling.interval_ns, blind_ns),
        Pacing::AfterResponse => polling.interval_ns + blind_ns,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn the_maxima_of_the_table() {
        let fixed = |ms| Polling { interval_ns: ms * MILLISECOND, pacing: Pacing::FixedRate };
        let after = Polling { interval_ns: 300 * MILLISECOND, pacing: Pacing::AfterResponse };
        let ms = |transport, polling, d| {
            largest_latency(transport, polling, Persistence::KeepAlive, d * MILLISECOND) / MILLISECOND
        };
        assert_eq!(ms(Transport::Polling, fixed(300), 0), 300);
        assert_eq!(ms(Transport::Polling, fixed(300), 20), 320);
        assert_eq!(ms(Transport::Polling, fixed(30), 20), 80); // ⌈40/30⌉ = 2 periods
        assert_eq!(ms(Transport::Polling, after, 20), 360);
        assert_eq!(ms(Transport::LongPolling, fixed(300), 20), 60);
        assert_eq!(ms(Transport::Websocket, fixed(300), 20), 20);
        let ms = |transport, polling, d| {
            largest_latency(transport, polling, Persistence::Close, d * MILLISECOND) / MILLISECOND
        };
        assert_eq!(ms(Transport::Polling, fixed(30), 20), 140); // ⌈120/30⌉ = 4 periods
        assert_eq!(ms(Transport::Polling, after, 20), 440);
        assert_eq!(ms(Transport::LongPolling, fixed(300), 20), 140);
        assert_eq!(ms(Transport::Sse, fixed(300), 20), 20);
        let mean = |transport, polling, d| {
            mean_latency(transport, polling, Persistence::KeepAlive, d * MILLISECOND) / MILLISECOND
        };
        assert_eq!(mean(Transport::Polling, fixed(300), 0), 150);
        assert_eq!(mean(Transport::Polling, fixed(30), 20), 50);
        assert_eq!(mean(Transport::Polling, after, 20), 190);
        assert_eq!(mean(Transport::Websocket, fixed(300), 20), 20);
    }
}
