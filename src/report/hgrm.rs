//! A trial's latency as HdrHistogram writes its percentiles (`AbstractHistogram.outputPercentileDistribution`, Java), in
//! milliseconds: what HdrHistogram's own plotters read.

use super::page::Page;
use crate::clock::{MILLISECOND, Nanos};
use crate::histogram::Histogram;
use std::f64::consts::LN_2;
use std::fmt::Write;

/// Lines for each halving of the way to 100 %: HdrHistogram's own default.
const TICKS: f64 = 5.0;
/// How many values HdrHistogram tells apart in a bucket at 3 digits: the first power of two that holds 2 · 10³.
const SUB_BUCKETS: u32 = 2048;

/// A name and the text for each trial with a latency, by trial.
pub(super) fn all(page: &Page) -> impl Iterator<Item = (String, String)> {
    page.trials.iter().filter(|trial| !trial.latency.is_empty()).map(|trial| {
        // names stand in the order of the trials, up to 9999 of them
        let name = format!("{:04}-{}-block-{}.hgrm", trial.order, trial.transport, trial.block);
        (name, text(&trial.latency))
    })
}

/// A line.
struct Step {
    percent: f64,
    value: Nanos,
    /// How many values are at most this one.
    count: u64,
}

/// The lines, as Java's `PercentileIterator` finds them. That of the hdrhistogram crate counts to 1 instead of 100, where
/// other sums are rounded: its lines are one value off now and then.
fn steps(latency: &Histogram) -> Vec<Step> {
    let (mut steps, mut percent, mut count) = (Vec::new(), 0.0, 0);
    let all = latency.len();
    for (value, times) in latency.values() {
        count += times;
        while 100.0 * count as f64 / all as f64 >= percent {
            steps.push(Step { percent, value, count });
            if count == all {
                steps.push(Step { percent: 100.0, value, count });
                return steps;
            }
            let halvings = ((100.0 / (100.0 - percent)).ln() / LN_2).floor();
            percent += 100.0 / (TICKS * 2f64.powf(halvings + 1.0));
        }
    }
    steps
}

fn text(latency: &Histogram) -> String {
    let ms = |ns: f64| ns / MILLISECOND as f64;
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    // to write into a string does not fail
    for Step { percent, value, count } in steps(latency) {
        let _ = write!(text, "{:12.3} {:.12} {count:10}", ms(value as f64), percent / 100.0);
        if percent < 100.0 {
            let _ = write!(text, " {:14.2}", 1.0 / (1.0 - percent / 100.0));
        }
        text.push('\n');
    }
    let (mean, deviation, max) = (ms(latency.mean()), ms(latency.stdev()), ms(latency.max() as f64));
    let _ = writeln!(text, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]");
    let _ = writeln!(text, "#[Max     = {max:12.3}, Total count    = {:12}]", latency.len());
    let _ = writeln!(text, "#[Buckets = {:12}, SubBuckets     = {SUB_BUCKETS:12}]", latency.buckets());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_another_implementation() {
        let mut latency = Histogram::default();
        (1..=20u64).for_each(|n| latency.record(n.pow(3) * 1_000));
        // hdr_percentiles_print of HdrHistogram_c, of the same values: milliseconds, percentile, count
        let theirs = [
            (0.001, 0.000000, 1),
            (0.008, 0.100000, 2),
            (0.064, 0.200000, 4),
            (0.216, 0.300000, 6),
            (0.512, 0.400000, 8),
            (1.000, 0.500000, 10),
            (1.331, 0.550000, 11),
            (1.729, 0.600000, 12),
            (2.198, 0.650000, 13),
            (2.744, 0.700000, 14),
            (3.375, 0.750000, 15),
            (4.098, 0.775000, 16),
            (4.098, 0.800000, 16),
            (4.915, 0.825000, 17),
            (4.915, 0.850000, 17),
            (5.833, 0.875000, 18),
            (5.833, 0.887500, 18),
            (5.833, 0.900000, 18),
            (6.861, 0.912500, 19),
            (6.861, 0.925000, 19),
            (6.861, 0.937500, 19),
            (6.861, 0.943750, 19),
            (6.861, 0.950000, 19),
            (8.004, 0.956250, 20),
            (8.004, 1.000000, 20),
        ];
        let text = text(&latency);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("       Value     Percentile TotalCount 1/(1-Percentile)"));
        assert_eq!(lines.next(), Some(""));
        for (value, percentile, count) in theirs {
            let line = lines.next().expect("as many lines");
            let ours: Vec<f64> = line.split_whitespace().map(|word| word.parse().expect("a number")).collect();
            assert!((ours[0] - value).abs() < 1e-9 && (ours[1] - percentile).abs() < 1e-6, "{line}");
            assert!((ours[2] - f64::from(count)).abs() < 1e-9, "{line}");
            assert_eq!(ours.len(), if percentile < 1.0 { 4 } else { 3 }, "{line}");
        }
        assert_eq!(lines.next(), Some("#[Mean    =        2.205, StdDeviation   =        2.442]"));
        assert_eq!(lines.next(), Some("#[Max     =        8.004, Total count    =           20]"));
        assert_eq!(lines.next(), Some("#[Buckets =           13, SubBuckets     =         2048]"));
        assert_eq!(lines.next(), None);
    }
}
