//! What arithmetic says a trial will measure, before it is measured.

use crate::clock::Nanos;
use crate::kind::{Pacing, Persistence, Transport};
use crate::trial::Polling;

/// The largest delivery latency that theory allows for, in nanoseconds: the maximum of the design's table at distance
/// `one_way_ns` (d) and nothing queueing. A client is blind (B) for 2d on a connection that is kept, for 4d on a new
/// one: the handshake takes a round trip of its own.
#[must_use]
pub fn largest_latency(transport: Transport, polling: Polling, persistence: Persistence, one_way_ns: Nanos) -> Nanos {
    let blind = blind(persistence, one_way_ns);
    match transport {
        Transport::Polling => period(polling, blind) + one_way_ns,
        Transport::LongPolling => one_way_ns + blind,
        Transport::Sse | Transport::Websocket | Transport::RawTcp => one_way_ns,
    }
}

/// The mean delivery latency by the same table, in nanoseconds: polling waits for half of its period, the others for
/// nothing (long polling as long as few updates fall into the time in which it is blind).
#[must_use]
pub fn mean_latency(transport: Transport, polling: Polling, persistence: Persistence, one_way_ns: Nanos) -> Nanos {
    match transport {
        Transport::Polling => period(polling, blind(persistence, one_way_ns)) / 2 + one_way_ns,
        Transport::LongPolling | Transport::Sse | Transport::Websocket | Transport::RawTcp => one_way_ns,
    }
}

fn blind(persistence: Persistence, one_way_ns: Nanos) -> Nanos {
    match persistence {
        Persistence::KeepAlive => 2 * one_way_ns,
        Persistence::Close => 4 * one_way_ns,
    }
}

/// From one poll to the next.
fn period(polling: Polling, blind: Nanos) -> Nanos {
    match polling.pacing {
        // a tick during a poll in flight is skipped: T′ = T · max(1, ⌈B/T⌉)
        Pacing::FixedRate => polling.interval_ns * blind.div_ceil(polling.interval_ns.max(1)).max(1),
        Pacing::AfterResponse => polling.interval_ns + blind,
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
        assert_eq!(ms(Transport::Polling, fixed(30), 20), 110); // ⌈80/30⌉ = 3 periods
        assert_eq!(ms(Transport::Polling, after, 20), 400);
        assert_eq!(ms(Transport::LongPolling, fixed(300), 20), 100);
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
