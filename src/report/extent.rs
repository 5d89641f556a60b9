//! How much of a run stands behind its figures, and whether it came to its end.

use super::group::Group;
use super::number::counted;
use crate::human::in_percent;
use crate::record::{End, EndReason, Record};
use crate::stats;

/// What a figure over several trials is.
pub(super) fn centre_of(groups: &[Group<'_>]) -> String {
    let counts: Vec<usize> =
        groups.iter().map(|group| group.members.iter().filter(|m| m.result.is_ok()).count()).collect();
    let (centre, most) = match counts.iter().max() {
        None | Some(0) => return String::new(),
        Some(1) => ("Each figure is one trial's.".into(), 1),
        Some(&n) if counts.iter().all(|count| *count == n) => {
            (format!("Each figure is the median of {n} trials' figures."), n)
        }
        Some(&n) => ("Each figure is the median of its trials' figures.".into(), n),
    };
    if most < stats::TELLING { centre + " Drift and outliers: too few trials to tell." } else { centre }
}

/// How much was measured, and why no more.
pub(super) fn extent(record: &Record, measured: u64) -> String {
    let extent = format!("{} measured in {}", counted(measured, "trial"), counted(blocks(record), "block"));
    match (record.header.precision, &record.end) {
        (Some(wanted), Some(End { reason: EndReason::Precise, .. })) => {
            format!("{extent}, enough for intervals within ±{} %", in_percent(wanted))
        }
        _ => extent,
    }
}

/// How many blocks were begun.
fn blocks(record: &Record) -> u64 {
    let mut blocks: Vec<u32> = record.trials.iter().map(|line| line.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    blocks.len() as u64
}

/// Whether every block that was begun is whole.
pub(super) fn ended(record: &Record) -> bool {
    let reason = record.end.as_ref().map(|end| end.reason);
    matches!(reason, Some(EndReason::Finished | EndReason::Precise | EndReason::Imprecise))
}

/// That a run did not come to its end.
pub(super) fn status(record: &Record) -> Option<String> {
    let made = format!("{} of {}", record.trials.len(), counted(record.header.trials.into(), "trial"));
    match record.end {
        Some(End { reason: EndReason::Finished | EndReason::Precise, .. }) => None,
        Some(End { reason: EndReason::Imprecise, .. }) => {
            let wanted = in_percent(record.header.precision.unwrap_or_default());
            Some(format!(
                "not as precise as asked for: not all intervals of p50, bytes and server CPU are within ±{wanted} %"
            ))
        }
        Some(End { reason: EndReason::Interrupted, .. }) => Some(format!("interrupted: {made}")),
        Some(End { reason: EndReason::TimeLimit, .. }) => Some(format!("stopped at its time limit: {made}")),
        None => Some(format!("unfinished: {made}")),
    }
}
