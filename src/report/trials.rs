//! Every trial by itself, for the table of all of them.

use super::cells::Cells;
use super::group::Group;
use super::number::time;
use super::row::numbers;
use super::seconds::Seconds;
use super::sweep::Sweep;
use crate::clock::Nanos;
use crate::gap::Gap;
use crate::histogram::Histogram;
use crate::record::Outcome;
use crate::totals::Doubt;
use serde::Serialize;
use std::collections::BTreeMap;

/// One trial.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TrialRow {
    /// The place of its row.
    #[serde(skip)]
    pub(super) row: usize,
    pub(super) block: u32,
    pub(super) order: u32,
    pub(super) transport: &'static str,
    pub(super) point: Vec<String>,
    #[serde(skip)]
    pub(super) numbers: Vec<Option<f64>>,
    pub(super) took: String,
    #[serde(skip)]
    pub(super) took_ns: Nanos,
    pub(super) cells: Option<Cells>,
    pub(super) error: Option<String>,
    pub(super) last_words: String,
    /// Every doubt about it.
    pub(super) doubts: Vec<usize>,
    /// How much later than its probes the other clients received.
    #[serde(skip)]
    pub(super) gap: Option<Gap>,
    /// Whether its packets are modelled; `None` where there are none.
    #[serde(skip)]
    pub(super) modelled: Option<bool>,
    /// Empty where it failed or received nothing.
    #[serde(skip)]
    pub(super) latency: Histogram,
    /// The same second by second; `None` where it failed.
    #[serde(skip)]
    pub(super) seconds: Option<Seconds>,
}

/// All trials in the order in which they were made.
pub(super) fn trial_rows(
    groups: Vec<Group<'_>>,
    sweep: &Sweep,
    doubts: &[Doubt],
    mut seconds: BTreeMap<u32, Seconds>,
) -> Vec<TrialRow> {
    let mut rows = Vec::new();
    for (row, group) in groups.into_iter().enumerate() {
        for member in group.members {
            let carried: Vec<usize> =
                (1..).zip(doubts).filter(|(_, d)| member.doubts.contains(d)).map(|(n, _)| n).collect();
            rows.push(TrialRow {
                row,
                block: member.line.block,
                order: member.line.order,
                transport: group.trial.transport.name(),
                point: sweep.cells(&group.trial),
                numbers: numbers(sweep, &group.trial),
                took: time(nanos(member.line.took_ns)),
                took_ns: member.line.took_ns,
                cells: member.result.as_ref().ok().map(|figures| Cells::of(&[figures])),
                error: member.result.as_ref().err().cloned(),
                last_words: match &member.line.outcome {
                    Outcome::Error(failure) => failure.last_words.clone(),
                    Outcome::Measured(_) => String::new(),
                },
                doubts: carried,
                gap: member.gap,
                modelled: member.result.as_ref().ok().and_then(|trial| trial.used.packets.map(|_| trial.modelled)),
                seconds: member.result.is_ok().then(|| seconds.remove(&member.line.order)).flatten(),
                latency: member.result.map(|figures| figures.latency).unwrap_or_default(),
            });
        }
    }
    rows.sort_by_key(|row| row.order);
    rows
}

fn nanos(ns: Nanos) -> f64 {
    ns as f64
}
