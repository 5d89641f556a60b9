//! Bandwidth: what octets take to be sent, one after the other.

use crate::clock::{Nanos, SECOND};

/// The stream's octets in a full segment: 1,500 less the heads of IPv4 and TCP and the timestamps' 12 (RFC 7323, 3.2).
pub const SEGMENT: u64 = 1448;
/// The heads of a segment: IPv4, TCP, timestamps.
pub const HEADS: u64 = 20 + 20 + 12;

/// What `octets` of a stream are on the wire, with the heads of their segments, when they are sent in one go.
#[must_use]
pub fn on_the_wire(octets: u64) -> u64 {
    octets + octets.div_ceil(SEGMENT) * HEADS
}

/// How long `octets` on the wire take at `bandwidth` bits a second, in nanoseconds, rounded up; `None`: without limit.
/// It comes on top of d: the last bit leaves so much later than the first.
#[must_use]
pub fn sending_ns(octets: u64, bandwidth: Option<u64>) -> Nanos {
    let Some(bandwidth) = bandwidth else { return 0 };
    let bits = u128::from(octets) * 8 * u128::from(SECOND);
    Nanos::try_from(bits.div_ceil(u128::from(bandwidth.max(1)))).unwrap_or(Nanos::MAX)
}

/// What one update to `clients` behind one bottleneck takes on average, in nanoseconds: the copies are sent one after the
/// other, so that the i-th is there after i of them, and the mean is (n + 1)/2 of one.
#[must_use]
pub fn fan_out_ns(octets: u64, bandwidth: Option<u64>, clients: u32) -> f64 {
    sending_ns(octets, bandwidth) as f64 * (f64::from(clients.max(1)) + 1.0) / 2.0
}

/// The share of a bottleneck that a feed of `rate` updates a second uses; from 1 on its queue grows without end.
#[must_use]
pub fn utilisation(octets: u64, bandwidth: Option<u64>, rate: f64) -> f64 {
    sending_ns(octets, bandwidth) as f64 * rate / SECOND as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn octets_take_their_bits_time() {
        assert_eq!(sending_ns(1_000_000, None), 0);
        assert_eq!(sending_ns(1500, Some(12_000_000)), MILLISECOND);
        assert_eq!(sending_ns(1, Some(3)), 2_666_666_667, "rounded up");
        assert_eq!(sending_ns(u64::MAX, Some(1)), Nanos::MAX);
        assert_eq!([on_the_wire(0), on_the_wire(1448), on_the_wire(1449)], [0, 1500, 1553]);
    }

    #[test]
    fn copies_wait_for_each_other() {
        assert!((fan_out_ns(1500, Some(12_000_000), 3) - 2e6).abs() < 1e-6);
        assert!((utilisation(1500, Some(12_000_000), 500.0) - 0.5).abs() < 1e-12);
    }
}
