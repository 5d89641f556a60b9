//! Each block's delivery latency as an interval log of HdrHistogram (`HistogramLogWriter`, Java; format version 1.3): a line
//! for each second of each trial's steady, tagged by transport and point.
//!
//! A file a block, because whoever reads such a log adds up the intervals of a tag: so a tag's sum is one trial, and no
//! percentile is taken of samples of several. The `hdrhistogram` crate has a writer, too, but writes neither version nor
//! legend, and would only encode again what stands encoded in the record.

use super::environment::rfc3339;
use super::name::Name;
use super::number::spaced;
use super::page::Page;
use super::seconds::Seconds;
use super::trials::TrialRow;
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::histogram::Histogram;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A name and the text for each block in which something was measured.
pub(super) fn all(page: &Page) -> Vec<(String, String)> {
    let tags = tags(&page.names);
    let blocks: BTreeSet<u32> = page.trials.iter().map(|trial| trial.block).collect();
    let mut logs = Vec::new();
    for block in blocks {
        let of_block = page.trials.iter().filter(|trial| trial.block == block);
        let mut measured: Vec<(&TrialRow, &Seconds)> =
            of_block.filter_map(|trial| Some((trial, trial.seconds.as_ref()?))).collect();
        // a trial that was made again stands in the order of the first attempt
        measured.sort_by_key(|(_, seconds)| seconds.began_unix_ms);
        if let Some((_, first)) = measured.first() {
            let mut text = head(page, block, first);
            for (trial, seconds) in &measured {
                lines(&mut text, &tags[trial.row], seconds, first.began_unix_ms);
            }
            logs.push((format!("block-{block:02}.hlog"), text));
        }
    }
    logs
}

/// What stands above the intervals: times in them count from `first`, the beginning of the block's first steady.
fn head(page: &Page, block: u32, first: &Seconds) -> String {
    let began = format!("{:.3}", first.began_unix_ms as f64 / 1e3);
    let scenario = page.name.replace(['\r', '\n'], " ");
    let guessed = if first.said {
        ""
    } else {
        "#[Times of day are approximate: the record does not say when its trials began]\n"
    };
    format!(
        "#[pushbench {version}: scenario {scenario}, block {block}; delivery latency, received - planned, in nanoseconds]\n\
         #[Histogram log format version 1.3]\n\
         {guessed}#[BaseTime: {began} (seconds since epoch)]\n\
         #[StartTime: {began} (seconds since epoch), {date}]\n\
         \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
        version = page.header.version,
        date = rfc3339(first.began_unix_ms),
    )
}

/// A line for each second. The largest value is in milliseconds, as HdrHistogram's own writer has it of nanoseconds.
fn lines(text: &mut String, tag: &str, seconds: &Seconds, base_unix_ms: u64) {
    let base = (seconds.began_unix_ms - base_unix_ms) * MILLISECOND;
    let s = |ns: Nanos| ns as f64 / SECOND as f64;
    for (from, to, histogram) in seconds.each() {
        let read = Histogram::from_text(histogram).expect("the trial's figures were made of it");
        let max = read.max() as f64 / MILLISECOND as f64;
        // to write into a string does not fail
        let _ = writeln!(text, "Tag={tag},{:.3},{:.3},{max:.3},{histogram}", s(base + from), s(to - from));
    }
}

/// What each row is called in a log: transport and point, without what a tag may not hold (commas, spaces, line ends) and
/// what a reader in another encoding would not find again. No two are alike.
fn tags(names: &[Name]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let each = names.iter().map(|name| {
        let words = format!("{} {}", name.transport, spaced(&name.point)).replace('µ', "u");
        let plain = words.split([' ', ',', '·']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
        let tag: String = plain.chars().filter(char::is_ascii_graphic).collect();
        let mut candidates = (2..).map(|n| format!("{tag}-{n}"));
        let mut free = tag.clone();
        while !taken.insert(free.clone()) {
            free = candidates.next().unwrap_or_default();
        }
        free
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_hold_nothing_that_ends_them() {
        let name = |transport, point: &str| Name { transport, point: point.into(), label: String::new() };
        let names = [
            name("sse", ""),
            name("polling", "40\u{a0}ms rtt, 1,000 clients"),
            name("polling", "5 µs · “–”"),
            name("polling", "5 µs · “…”"),
        ];
        assert_eq!(tags(&names), ["sse", "polling-40-ms-rtt-1-000-clients", "polling-5-us-", "polling-5-us--2"]);
    }
}
