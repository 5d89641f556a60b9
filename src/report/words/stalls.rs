//! What a lost packet does to those behind it: a stream's slowest deliveries, where the link loses packets.

use super::phrase::{doubts, range, shown};
use super::ranking::names;
use super::scene::{Candidate, Scene};
use crate::link::Level;
use crate::report::link;
use crate::report::metric::Metric;
use crate::report::number::setting;

/// A stream's next update has the same way as the one before, so that nothing but a loss holds it back for a round trip.
pub(super) fn stalls(scene: &Scene<'_>) -> Vec<String> {
    let rows = scene.by_transport().concat();
    let streams = |row: &&Candidate<'_>| row.trial.link.level == Level::Packets && !row.transport().asks_each_time();
    let (lossy, lossless): (Vec<&Candidate<'_>>, Vec<&Candidate<'_>>) =
        rows.iter().filter(streams).partition(|row: &&Candidate<'_>| row.trial.link.loss > 0.0);
    let held = lossy.into_iter().filter(|row| {
        // the loss is known a round trip later at the earliest, and then it has its way before it again
        let link = row.trial.link;
        row.figure(Metric::Max).is_some_and(|max| max >= (link.rtt_ns + link.one_way_ns()) as f64)
    });
    let held: Vec<&Candidate<'_>> = held.collect();
    let [first, ..] = held[..] else { return Vec::new() };
    let slowest = |rows: &[&Candidate<'_>]| {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.figure(Metric::Max)).collect();
        range(&values, |value| shown(Metric::Max, value))
    };
    let used: Vec<_> = held.iter().chain(&lossless).map(|row| (*row, Metric::Max)).collect();
    let beside = match lossless[..] {
        [] => String::new(),
        _ => format!("; where none is lost, {}", slowest(&lossless)),
    };
    let all_one = held.iter().all(|row| row.trial.link == first.trial.link);
    let at = if all_one {
        let link = first.trial.link;
        format!("With {} at {} rtt", link::loss(&link), setting(link.rtt_ns))
    } else {
        "Where packets are lost".into()
    };
    vec![format!(
        "{at}, TCP holds back whatever arrives behind a lost packet of its connection until that was sent again, which is a \
         round trip later at the earliest: the slowest delivery of {} took {}{beside}{}.",
        names(&held),
        slowest(&held),
        doubts(&used),
    )]
}
