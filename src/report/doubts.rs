//! Doubts: each different one once, with the trials that carry it, and its number beside the numbers it is about.

use super::cells::Cells;
use super::group::Group;
use super::name::{Name, together};
use super::number::counted;
use crate::totals::{Doubt, Subject};
use schemars::JsonSchema;
use serde::Serialize;

/// A doubt and the trials that carry it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct DoubtLine {
    pub(super) number: usize,
    pub(super) about: &'static str,
    #[serde(skip)]
    pub(super) subject: Subject,
    /// Whom it concerns: `sse, websocket (4 of 6 trials)`.
    pub(super) whom: String,
    pub(super) sentence: String,
}

/// Every different doubt of the record, by what it is about.
pub(super) fn collect(groups: &[Group<'_>]) -> Vec<Doubt> {
    let mut all: Vec<&Doubt> =
        groups.iter().flat_map(|group| &group.members).flat_map(|member| &member.doubts).collect();
    all.sort();
    all.dedup();
    all.into_iter().cloned().collect()
}

/// What the page says of a doubt; `names` are the groups' rows.
pub(super) fn line(number: usize, doubt: &Doubt, groups: &[Group<'_>], names: &[Name]) -> DoubtLine {
    let (mut whom, mut carry, mut all) = (Vec::new(), 0, 0);
    for (index, group) in groups.iter().enumerate() {
        let count = group.members.iter().filter(|member| member.doubts.contains(doubt)).count();
        if count > 0 {
            whom.push(index);
            carry += count;
            all += group.members.iter().filter(|member| member.result.is_ok()).count();
        }
    }
    DoubtLine {
        number,
        about: match doubt.about {
            Subject::Latency => "latency",
            Subject::Bytes => "bytes",
            Subject::Work => "CPU and memory",
            Subject::Accounting => "accounting",
        },
        subject: doubt.about,
        whom: format!("{} ({carry} of {})", together(&whom, names), counted(all as u64, "trial")),
        sentence: doubt.sentence.clone(),
    }
}

/// Sets the numbers of the doubts that are `carried` beside the numbers they are about; returns those of the accounting.
pub(super) fn mark(mut cells: Option<&mut Cells>, carried: &[&Doubt], doubts: &[Doubt]) -> Vec<usize> {
    let mut accounting = Vec::new();
    for (number, doubt) in (1..).zip(doubts).filter(|(_, doubt)| carried.contains(doubt)) {
        if doubt.about == Subject::Accounting {
            accounting.push(number);
        }
        if let Some(cells) = cells.as_mut() {
            cells.mark(doubt.about, number);
        }
    }
    accounting
}
