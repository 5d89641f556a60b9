//! What updates weigh, and from which rate on another transport is cheaper.

/// What is sent beside the updates, in octets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// A request.
    pub request: f64,
    /// An answer's head and what frames its content.
    pub answer: f64,
    /// An answer that brings nothing, whole.
    pub empty: f64,
    /// An update: its own octets and what frames it.
    pub update: f64,
}

/// Octets per update that is received, with so many `requests` per update, of which the share `empty` brings nothing.
#[must_use]
pub fn bytes_per_update(weights: Weights, requests: f64, empty: f64) -> f64 {
    let each = weights.request + weights.answer * (1.0 - empty) + weights.empty * empty;
    weights.update + requests * each
}

/// The rate, in updates a second, above which polling every `period_s` seconds makes fewer requests than long polling with
/// a blind time of `blind_s`; Poisson. Polling makes 1/T′ a second, long polling λ/(r + e⁻ʳ) with r = λB, so that they are
/// equal where λ(T′ − B) = e^(−λB): one side rises, the other falls. Never (`None`) where T′ ≤ B: long polling then asks
/// once in B at most.
#[must_use]
pub fn fewer_requests_above(period_s: f64, blind_s: f64) -> Option<f64> {
    if period_s <= blind_s {
        return None;
    }
    // at the end of this, λ(T′ − B) is 1, and e^(−λB) at most that
    between(0.0, 1.0 / (period_s - blind_s), |rate| rate * (period_s - blind_s) - (-rate * blind_s).exp())
}

/// The break-even rate between `low` and `high`, in updates a second: where `difference`, what one transport costs more than
/// the other, changes its sign. `None` where it does not.
#[must_use]
pub fn between(low: f64, high: f64, difference: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut low, mut high) = (low, high);
    let below = difference(low);
    if below == 0.0 {
        return Some(low);
    }
    // a sum of rounded numbers may miss the end of the interval by its last digit
    if (below > 0.0) == (difference(high) > 0.0) && difference(high).abs() > 1e-9 * below.abs() {
        return None;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if (difference(middle) > 0.0) == (below > 0.0) { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high))
}

/// The rate, in updates a second, from which polling's updates weigh as much as a stream's, which are `stream` octets each:
/// `requests_per_second` times what a request and its answer weigh, spread over the updates, and `weights.update`. Below
/// it polling is dearer. `None` where a polled update alone is not lighter than a stream's.
#[must_use]
pub fn as_light_as_a_stream(weights: Weights, requests_per_second: f64, stream: f64) -> Option<f64> {
    let saved = stream - weights.update;
    (saved > 0.0).then(|| requests_per_second * (weights.request + weights.answer) / saved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_break_even() {
        // without distance long polling makes a request an update, polling one a period
        assert!((fewer_requests_above(0.3, 0.0).expect("it crosses") - 1.0 / 0.3).abs() < 1e-9);
        let rate = fewer_requests_above(0.3, 0.1).expect("it crosses");
        assert!((rate / (rate * 0.1 + (-rate * 0.1).exp()) - 1.0 / 0.3).abs() < 1e-9, "{rate}");
        assert_eq!(fewer_requests_above(0.1, 0.1), None);
        assert_eq!(between(1.0, 2.0, |_| 1.0), None);
    }

    #[test]
    fn octets_break_even() {
        let weights = Weights { request: 60.0, answer: 140.0, empty: 90.0, update: 101.0 };
        assert_eq!(as_light_as_a_stream(weights, 2.0, 141.0), Some(10.0));
        assert_eq!(as_light_as_a_stream(weights, 2.0, 101.0), None);
        assert!((bytes_per_update(weights, 0.5, 0.2) - (101.0 + 0.5 * (60.0 + 0.8 * 140.0 + 0.2 * 90.0))).abs() < 1e-9);
        assert!((bytes_per_update(weights, 0.0, 0.0) - 101.0).abs() < 1e-9);
    }
}
