//! The blind time B: how long a client that asks has no request at the server, from an answer to the next request.

use crate::clock::Nanos;
use crate::kind::{Carrier, Persistence};

/// B at distance `one_way_ns` (d), in nanoseconds. On a connection that is kept the answer and the next request travel once
/// each: 2d. A new connection adds TCP's round trip (RFC 9293, 3.5): 4d; TLS 1.3 one more, with a ticket as without one, for
/// there is no early data here (RFC 8446, 2): 6d.
#[must_use]
pub fn blind_ns(persistence: Persistence, carrier: Carrier, one_way_ns: Nanos) -> Nanos {
    match (persistence, carrier.has_tls()) {
        (Persistence::KeepAlive, _) => 2 * one_way_ns,
        (Persistence::Close, false) => 4 * one_way_ns,
        (Persistence::Close, true) => 6 * one_way_ns,
    }
}

/// T′: from one poll at a fixed rate to the next, in nanoseconds. A tick during a poll in flight is skipped, so that polls
/// are as many ticks apart as one takes, and at least one.
#[must_use]
pub fn fixed_period_ns(interval_ns: Nanos, blind_ns: Nanos) -> Nanos {
    let interval_ns = interval_ns.max(1);
    interval_ns * blind_ns.div_ceil(interval_ns).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_trip_of_a_new_connection_counts() {
        let blind = |persistence, carrier| blind_ns(persistence, carrier, 10);
        assert_eq!(blind(Persistence::KeepAlive, Carrier::H2Tls), 20);
        assert_eq!(blind(Persistence::Close, Carrier::H1), 40);
        assert_eq!(blind(Persistence::Close, Carrier::H1Tls), 60);
    }

    #[test]
    fn a_poll_that_takes_longer_than_a_period_skips_ticks() {
        assert_eq!([0, 1, 30, 31, 60, 61].map(|blind| fixed_period_ns(30, blind)), [30, 30, 30, 60, 60, 90]);
    }
}
