//! Latency histograms: HDR with 3 significant digits, in nanoseconds, and their lossless text form.

use crate::clock::Nanos;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

/// A histogram of nanoseconds. Grows with its largest value.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram(hdrhistogram::Histogram<u64>);

/// A text that is no histogram.
#[derive(Debug, thiserror::Error)]
#[error("not a histogram in HDR V2, deflated, base64: {0}")]
pub struct NotAHistogram(String);

impl Default for Histogram {
    fn default() -> Self {
        let mut histogram = hdrhistogram::Histogram::new(3).expect("3 digits are allowed");
        histogram.auto(true);
        Histogram(histogram)
    }
}

impl Histogram {
    /// Counts one value; 0 stands in the lowest bucket.
    pub fn record(&mut self, value: Nanos) {
        self.0.record(value).expect("a growing histogram takes every value");
    }

    /// Counts one value so many times.
    pub fn record_many(&mut self, value: Nanos, times: u64) {
        self.0.record_n(value, times).expect("a growing histogram takes every value");
    }

    /// Adds all values of another.
    pub fn add(&mut self, other: &Histogram) {
        self.0.add(&other.0).expect("a growing histogram takes every value");
    }

    /// What is left without the values of `other`, all of which are among these.
    ///
    /// # Errors
    /// [`NotAHistogram`] when they are not.
    pub fn without(mut self, other: &Histogram) -> Result<Histogram, NotAHistogram> {
        self.0.subtract(&other.0).map_err(|error| NotAHistogram(error.to_string()))?;
        Ok(self)
    }

    /// The sum of histograms in their text form, such as a trial's of its seconds.
    ///
    /// # Errors
    /// [`NotAHistogram`] for the first text that is none.
    pub fn sum(texts: &[String]) -> Result<Histogram, NotAHistogram> {
        let mut sum = Histogram::default();
        for text in texts {
            sum.add(&Histogram::from_text(text)?);
        }
        Ok(sum)
    }

    /// How many values were counted.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value at quantile `q` (0 to 1), 0 where there is none.
    #[must_use]
    pub fn at(&self, q: f64) -> Nanos {
        self.0.value_at_quantile(q)
    }

    /// The values at many quantiles, from small to large, in one pass: as [`Histogram::at`], which passes over all counts
    /// for each.
    #[must_use]
    pub fn at_each(&self, quantiles: &[f64]) -> Vec<Nanos> {
        let all = self.len() as f64;
        let mut found = Vec::with_capacity(quantiles.len());
        let (mut counted, mut open) = (0, quantiles.iter().peekable());
        for step in self.0.iter_recorded() {
            counted += step.count_at_value();
            let value = step.value_iterated_to();
            while let Some(&q) = open.next_if(|&&q| (q * all).ceil().max(1.0) <= counted as f64) {
                let lowest = q <= 0.0;
                found.push(if lowest { self.0.lowest_equivalent(value) } else { self.0.highest_equivalent(value) });
            }
        }
        found.resize(quantiles.len(), self.max());
        found
    }

    /// The largest value, to 3 digits.
    #[must_use]
    pub fn max(&self) -> Nanos {
        self.0.max()
    }

    /// The mean, 0 where there is none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0.mean()
    }

    /// The standard deviation, 0 where there is no value.
    #[must_use]
    pub fn stdev(&self) -> f64 {
        self.0.stdev()
    }

    /// How many times its range doubles, which is as far as its largest value needs.
    #[must_use]
    pub fn buckets(&self) -> u8 {
        self.0.buckets()
    }

    /// Every value that was counted, to 3 digits, with how often: from small to large.
    pub fn values(&self) -> impl Iterator<Item = (Nanos, u64)> + '_ {
        self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_since_last_iteration()))
    }

    /// How many values are at most `value`, to 3 digits.
    #[must_use]
    pub fn up_to(&self, value: Nanos) -> u64 {
        if self.is_empty() { 0 } else { self.0.count_between(0, value) }
    }

    /// Every value that was counted, to 3 digits, and how often; the least first.
    pub fn counts(&self) -> impl Iterator<Item = (Nanos, u64)> {
        self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// HDR V2, deflated, in base64: every count is kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut bytes = Vec::new();
        V2DeflateSerializer::new().serialize(&self.0, &mut bytes).expect("writing to memory");
        STANDARD.encode(bytes)
    }

    /// Reads what [`Histogram::to_text`] wrote.
    ///
    /// # Errors
    /// [`NotAHistogram`] when it did not.
    pub fn from_text(text: &str) -> Result<Histogram, NotAHistogram> {
        let bytes = STANDARD.decode(text).map_err(|error| NotAHistogram(error.to_string()))?;
        let mut histogram: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut &bytes[..]).map_err(|error| NotAHistogram(error.to_string()))?;
        histogram.auto(true);
        Ok(Histogram(histogram))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_loses_nothing() {
        let mut histogram = Histogram::default();
        for value in [0, 1, 999, 123_456, 60_000_000_000] {
            histogram.record(value);
        }
        let back = Histogram::from_text(&histogram.to_text()).expect("what was written");
        assert_eq!(back, histogram);
        assert_eq!(Histogram::from_text(&Histogram::default().to_text()).expect("empty"), Histogram::default());
        assert!(Histogram::from_text("AAAA").is_err());
        assert!(Histogram::from_text("no base64!").is_err());
    }

    #[test]
    fn many_quantiles_are_each_as_alone() {
        let mut histogram = Histogram::default();
        let quantiles: Vec<f64> = (0..=1000).map(|n| f64::from(n) / 1000.0).collect();
        assert_eq!(histogram.at_each(&quantiles), vec![0; quantiles.len()]);
        for n in 0..777u64 {
            histogram.record(n * n * 7919 % 50_000_017);
        }
        let alone: Vec<u64> = quantiles.iter().map(|&q| histogram.at(q)).collect();
        assert_eq!(histogram.at_each(&quantiles), alone);
    }

    #[test]
    fn a_sum_holds_both() {
        let (mut one, mut two) = (Histogram::default(), Histogram::default());
        one.record(10);
        two.record(5_000_000_000);
        one.add(&two);
        assert_eq!((one.len(), one.at(0.5), one.up_to(100)), (2, 10, 1));
        assert!(one.max() >= 5_000_000_000);
        let left = one.clone().without(&two).expect("it is in it");
        assert_eq!((left.len(), left.at(1.0)), (1, 10));
        assert!(Histogram::default().without(&two).is_err());
        one.record(10);
        assert_eq!(one.counts().map(|(_, count)| count).collect::<Vec<_>>(), [2, 1]);
    }
}
