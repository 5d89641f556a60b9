//! What arithmetic says a trial will measure, before it is measured.

use crate::clock::Nanos;
use crate::kind::{Pacing, Transport};
use crate::trial::Polling;

/// The largest delivery latency that theory allows for, in nanoseconds: the maximum of the design's table at distance
/// `one_way_ns` (d), connections kept alive (B = 2d) and nothing queueing.
#[must_use]
pub fn largest_latency(transport: Transport, polling: Polling, one_way_ns: Nanos) -> Nanos {
    let blind = 2 * one_way_ns;
    match transport {
        Transport::Polling => {
            let period = match polling.pacing {
                // a tick during a poll in flight is skipped: T′ = T · max(1, ⌈B/T⌉)
                Pacing::FixedRate => polling.interval_ns * blind.div_ceil(polling.interval_ns.max(1)).max(1),
                Pacing::AfterResponse => polling.interval_ns + blind,
            };
            period + one_way_ns
        }
        Transport::LongPolling => one_way_ns + blind,
        Transport::Sse | Transport::Websocket | Transport::RawTcp => one_way_ns,
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
        let ms = |transport, polling, d| largest_latency(transport, polling, d * MILLISECOND) / MILLISECOND;
        assert_eq!(ms(Transport::Polling, fixed(300), 0), 300);
        assert_eq!(ms(Transport::Polling, fixed(300), 20), 320);
        assert_eq!(ms(Transport::Polling, fixed(30), 20), 80); // ⌈40/30⌉ = 2 periods
        assert_eq!(ms(Transport::Polling, after, 20), 360);
        assert_eq!(ms(Transport::LongPolling, fixed(300), 20), 60);
        assert_eq!(ms(Transport::Websocket, fixed(300), 20), 20);
    }
}
