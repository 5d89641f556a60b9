//! What one should know of a comparison beside its figures: what was left out, and what its records are.

use super::matching::{Matching, SideRow};
use super::model::{Basis, Side};
use crate::record::Record;
use crate::report::environment;
use crate::report::extent;
use crate::report::name::together;
use crate::report::number::{counted, spaced, whole};
use crate::report::sweep::Sweep;
use crate::trial::Trial;

/// What was left out, failed, or broke off.
pub(super) fn all(
    rows: [&[SideRow<'_, '_>]; 2],
    records: &[Vec<&Record>; 2],
    sides: &[Side; 2],
    matching: &Matching,
) -> Vec<String> {
    let mut remarks = Vec::new();
    // two transports of one record are told of once
    let both = if records[0].len() == 1 && std::ptr::eq(records[0][0], records[1][0]) { 1 } else { 2 };
    for (side, alone) in [&matching.only_old, &matching.only_new].into_iter().enumerate() {
        if !alone.is_empty() {
            remarks.push(format!("Only in {}, and not compared: {}.", sides[side].name, self::rows(alone, rows[side])));
        }
        remarks.extend(failures(rows[side]).map(|told| format!("{}: {told}.", sides[side].name)));
    }
    for (side, records) in records.iter().enumerate().take(both) {
        for (record, taken) in records.iter().zip(&sides[side].taken) {
            let place = &taken.place;
            remarks.extend(extent::status(record).map(|told| format!("{place}: {told}.")));
            let resumed = record.resumed.iter().map(|resumed| environment::resumed(resumed, &record.header));
            remarks.extend(resumed.map(|told| format!("{place}: {told}")));
        }
    }
    remarks.iter().map(|remark| spaced(remark)).collect()
}

/// A side's rows at these places, by name.
pub(super) fn rows(places: &[usize], rows: &[SideRow<'_, '_>]) -> String {
    let trials: Vec<Trial> = rows.iter().map(|row| row.trial.clone()).collect();
    let names = Sweep::of(&trials).names(&trials);
    // a row alone is not every row of anything
    spaced(&if places.len() == names.len() {
        names.iter().map(|name| name.label.as_str()).collect::<Vec<_>>().join(", ")
    } else {
        together(places, &names)
    })
}

fn failures(rows: &[SideRow<'_, '_>]) -> Option<String> {
    let members = || rows.iter().flat_map(|row| &row.parts).flat_map(|(_, group)| &group.members);
    let failed = members().filter(|member| member.result.is_err()).count();
    (failed > 0).then(|| format!("{} of {} failed", whole(failed as u64), counted(members().count() as u64, "trial")))
}

/// What the order of the records may hide.
pub(super) fn occasions(old: &[&Record], new: &[&Record], basis: Basis) -> Option<String> {
    if old == new {
        return Some("OLD and NEW are the same: whatever differs here would be chance.".into());
    }
    let begun = |side: &[&Record]| side.iter().map(|record| record.header.started_unix_ms).collect::<Vec<_>>();
    let (old, new) = (begun(old), begun(new));
    let apart = |early: &[u64], late: &[u64]| early.iter().max() < late.iter().min();
    (basis == Basis::Records && (apart(&old, &new) || apart(&new, &old))).then(|| {
        "All records of one side are older than all of the other: what changed on the machine in between is in every \
         difference. Taken in turn they would not have it."
            .into()
    })
}
