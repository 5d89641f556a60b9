//! A range that holds the truth with 95 % confidence.

/// Where a figure lies, with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it, its ends included.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The interval of what `grows` makes of each value; `grows` must keep their order.
    #[must_use]
    pub fn map(&self, grows: impl Fn(f64) -> f64) -> Interval {
        Interval { low: grows(self.low), high: grows(self.high) }
    }
}
