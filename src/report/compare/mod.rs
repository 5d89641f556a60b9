//! Two sides held against each other: two records, several a side, or two transports of one record.
//!
//! Pure, as all of a report: records in, a document out. [`of`] pairs the rows, holds each figure of a pair against chance
//! and corrects for how many there are; [`terminal`], [`markdown`], [`json`] and [`html`] lay the result out, and
//! [`Comparison::worse_than`] is what a gate asks.

mod differences;
mod doubts;
mod forest;
pub mod html;
pub mod json;
mod judge;
pub mod markdown;
mod matching;
mod model;
mod overlay;
mod regression;
mod remarks;
pub mod terminal;
mod words;

use super::across;
use super::environment;
use super::figures::{self, Figures};
use super::group::{self, Group, Member, Undecodable};
use super::name::Name;
use super::sweep::Sweep;
use crate::kind::Transport;
use crate::record::Record;
use crate::trial::Trial;
use judge::{Trials, Way};
use matching::{Matching, SideRow};
pub use model::{Basis, Comparison, Difference, Verdict};
use model::{OCCASIONS, Pair, Side, Taken, Tried};
pub use regression::{Judged, Worse};

/// A record with the name under which it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Named<'r> {
    /// Its place, to be read.
    pub name: &'r str,
    /// The record.
    pub record: &'r Record,
}

/// Why two sides cannot be compared at all.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Incomparable {
    #[error("{name}: {source}")]
    Undecodable { name: String, source: Undecodable },
    #[error("{name}: it stands on one side twice, and says no more than once")]
    Twice { name: String },
    #[error("{name}: it stands on both sides, where each record is to be an occasion of its own")]
    Both { name: String },
    #[error("{name}: a side needs a record")]
    Nothing { name: &'static str },
    #[error("no row of one has its like in the other: {old} has {old_rows}; {new} has {new_rows}")]
    NothingAlike { old: String, old_rows: String, new: String, new_rows: String },
    #[error("{name}: no trial of {transport} in it; there are {known}")]
    NoTransport { name: String, transport: &'static str, known: String },
    #[error("{transport}: it cannot be compared with itself in one record")]
    SameTransport { transport: &'static str },
}

/// Two sides before they are held against each other.
struct Ready<'g, 'r> {
    sides: [Side; 2],
    records: [Vec<&'r Record>; 2],
    rows: [Vec<SideRow<'g, 'r>>; 2],
    matching: Matching,
    way: Way,
}

/// Holds records against each other: the old ones, and the new ones.
///
/// # Errors
/// [`Incomparable`]: nothing is alike, a side is empty or has a record twice, one of several is on both sides, or a histogram
/// cannot be read.
pub fn of(old: &[Named<'_>], new: &[Named<'_>]) -> Result<Comparison, Incomparable> {
    for (side, name) in [(old, "OLD"), (new, "NEW")] {
        if side.is_empty() {
            return Err(Incomparable::Nothing { name });
        }
        let again = |at: usize| side[..at].iter().any(|other| same_run(other.record, side[at].record));
        if let Some(at) = (0..side.len()).find(|&at| again(at)) {
            return Err(Incomparable::Twice { name: side[at].name.into() });
        }
    }
    // one against itself shows that nothing differs; as one of several it would only hide what does
    let on_both = |named: &&Named<'_>| old.iter().any(|other| same_run(other.record, named.record));
    if let Some(both) = new.iter().find(on_both).filter(|_| old.len().max(new.len()) > 1) {
        return Err(Incomparable::Both { name: both.name.into() });
    }
    let groups = [grouped(old)?, grouped(new)?];
    let rows = groups.each_ref().map(|groups| matching::rows(groups));
    let [before, after] = rows.each_ref().map(|rows| trials(rows));
    let mut ready = Ready {
        sides: [side("OLD", old), side("NEW", new)],
        records: [old, new].map(|side| side.iter().map(|named| named.record).collect()),
        matching: matching::matched(&before, &after),
        rows,
        way: way(old, new),
    };
    ready.sort();
    let names = names(&ready);
    let mut comparison = compared(&ready, &names)?;
    comparison.differences = differences::of_places(&ready.records[0], &ready.records[1]);
    comparison.differences.extend(differences::of_trials(&ready.pairs(), &names));
    comparison.remarks.extend(remarks::occasions(&ready.records[0], &ready.records[1], comparison.basis));
    Ok(comparison)
}

/// Holds two transports of one record against each other, block by block.
///
/// # Errors
/// [`Incomparable`]: the record has no trial of one, or they share no point of its sweep.
pub fn transports(record: Named<'_>, old: Transport, new: Transport) -> Result<Comparison, Incomparable> {
    if old == new {
        return Err(Incomparable::SameTransport { transport: old.name() });
    }
    let groups = grouped(&[record])?;
    let has = |transport| groups[0].iter().any(|group| group.trial.transport == transport);
    if let Some(missing) = [old, new].into_iter().find(|&transport| !has(transport)) {
        let known = Transport::ALL.into_iter().filter(|&transport| has(transport)).map(Transport::name);
        let known = known.collect::<Vec<_>>().join(", ");
        return Err(Incomparable::NoTransport { name: record.name.into(), transport: missing.name(), known });
    }
    let rows = [old, new].map(|transport| {
        matching::rows(&groups).into_iter().filter(|row| row.trial.transport == transport).collect::<Vec<_>>()
    });
    let [before, after] = rows.each_ref().map(|rows| trials(rows));
    let mut ready = Ready {
        sides: [side(old.name(), &[record]), side(new.name(), &[record])],
        records: [vec![record.record], vec![record.record]],
        matching: matching::across(&before, &after),
        rows,
        way: Way::Blocks(vec![(0, 0)]),
    };
    ready.sort();
    let names = names_across(&ready);
    compared(&ready, &names)
}

impl<'g> Ready<'g, '_> {
    /// Puts the pairs in a report's order: by transport, then along the sweep.
    fn sort(&mut self) {
        let trials: Vec<Trial> = self.pairs().iter().flat_map(|(old, new)| [(*old).clone(), (*new).clone()]).collect();
        let sweep = Sweep::of(&trials);
        let rows = &self.rows;
        let order = |side: usize, a: usize, b: usize| {
            let (a, b) = (rows[side][a].trial, rows[side][b].trial);
            a.transport.cmp(&b.transport).then(sweep.order(a, b))
        };
        self.matching.pairs.sort_by(|a, b| order(1, a.1, b.1).then(order(0, a.0, b.0)));
    }

    /// The trials of the pairs.
    fn pairs(&self) -> Vec<(&'g Trial, &'g Trial)> {
        let [old, new] = &self.rows;
        self.matching.pairs.iter().map(|pair| (old[pair.0].trial, new[pair.1].trial)).collect()
    }
}

fn trials<'g>(rows: &[SideRow<'g, '_>]) -> Vec<&'g Trial> {
    rows.iter().map(|row| row.trial).collect()
}

fn grouped<'r>(side: &[Named<'r>]) -> Result<Vec<Vec<Group<'r>>>, Incomparable> {
    let all = |named: &Named<'r>| {
        let unread = |source| Incomparable::Undecodable { name: named.name.into(), source };
        let mut groups = group::all(named.record).map_err(unread)?;
        groups.iter_mut().for_each(across::doubt);
        Ok(groups)
    };
    side.iter().map(all).collect()
}

/// Whether two records are of one run: the same begin, and the same side where it was interleaved with another.
fn same_run(a: &Record, b: &Record) -> bool {
    (a.header.started_unix_ms, &a.header.paired) == (b.header.started_unix_ms, &b.header.paired)
}

/// By what the sides may be held against each other: in their blocks, where each new record has its old one.
fn way(old: &[Named<'_>], new: &[Named<'_>]) -> Way {
    let partner = |(place, named): (usize, &Named<'_>)| {
        let here = named.record.header.paired.as_ref()?;
        let of = |other: &Named<'_>| {
            let there = other.record.header.paired.as_ref();
            there.is_some_and(|there| there.run == here.run && there.side != here.side)
        };
        Some((old.iter().position(of)?, place))
    };
    let pairs: Option<Vec<(usize, usize)>> = new.iter().enumerate().map(partner).collect();
    match pairs {
        Some(pairs) if pairs.len() == old.len() => Way::Blocks(pairs),
        _ if old.len().min(new.len()) >= OCCASIONS => Way::Records,
        _ => Way::Trials,
    }
}

fn side(name: &str, records: &[Named<'_>]) -> Side {
    let taken = |named: &Named<'_>| {
        let header = &named.record.header;
        let revision = header.revision.as_ref().map_or(String::new(), |revision| format!(" (git {revision})"));
        Taken {
            place: named.name.into(),
            scenario: header.scenario.name.clone(),
            began: environment::began(header),
            pushbench: format!("{}{revision}", header.version),
            trials: named.record.trials.len(),
            note: header.note.clone(),
        }
    };
    Side { name: name.into(), taken: records.iter().map(taken).collect() }
}

/// What the pairs of two records' rows are called.
fn names(ready: &Ready<'_, '_>) -> Vec<Name> {
    let trials: Vec<Trial> = ready.pairs().iter().map(|pair| pair.1.clone()).collect();
    Sweep::of(&trials).names(&trials)
}

/// What the pairs of two transports' rows are called: by where on the sweep they are.
fn names_across(ready: &Ready<'_, '_>) -> Vec<Name> {
    let both =
        |pairs: &[(&Trial, &Trial)], side: fn(&(&Trial, &Trial)) -> Trial| pairs.iter().map(side).collect::<Vec<_>>();
    let pairs = ready.pairs();
    let (old, new) = (both(&pairs, |pair| pair.0.clone()), both(&pairs, |pair| pair.1.clone()));
    let sweep = Sweep::of(&[old.clone(), new.clone()].concat());
    let name = |(old, new): (Name, Name)| {
        // what means nothing to one of them stands in the other's name
        let mut parts: Vec<&str> =
            new.point.split(" · ").chain(old.point.split(" · ")).filter(|p| !p.is_empty()).collect();
        let mut seen = Vec::new();
        parts.retain(|part| {
            !seen.contains(part) && {
                seen.push(*part);
                true
            }
        });
        let point = parts.join(" · ");
        let label = if point.is_empty() { new.transport.to_owned() } else { point.clone() };
        Name { transport: new.transport, point, label }
    };
    sweep.names(&old).into_iter().zip(sweep.names(&new)).map(name).collect()
}

fn compared(ready: &Ready<'_, '_>, names: &[Name]) -> Result<Comparison, Incomparable> {
    if ready.matching.pairs.is_empty() {
        let [old, new] = &ready.rows;
        let told = |rows: &[SideRow<'_, '_>]| match rows.len() {
            0 => "no finished trial".into(),
            all => remarks::rows(&(0..all).collect::<Vec<_>>(), rows),
        };
        let [old_name, new_name] = ready.sides.each_ref().map(|side| side.name.clone());
        let (old_rows, new_rows) = (told(old), told(new));
        return Err(Incomparable::NothingAlike { old: old_name, old_rows, new: new_name, new_rows });
    }
    let mut pairs: Vec<Pair> =
        ready.matching.pairs.iter().zip(names).map(|(&at, name)| pair(ready, at, name)).collect();
    judge::correct(&mut pairs);
    let doubts = doubts::collect(ready.rows.each_ref().map(|rows| &rows[..]), &ready.matching, names, &ready.sides);
    doubts::mark(&mut pairs, &doubts);
    let header = &ready.records[1][0].header;
    Ok(Comparison {
        sides: ready.sides.clone(),
        scenario: header.scenario.name.clone(),
        question: header.scenario.question.clone(),
        basis: match ready.way {
            Way::Blocks(_) => Basis::Blocks,
            Way::Records => Basis::Records,
            Way::Trials => Basis::Occasions,
        },
        differences: Vec::new(),
        remarks: remarks::all(
            ready.rows.each_ref().map(|rows| &rows[..]),
            &ready.records,
            &ready.sides,
            &ready.matching,
        ),
        gone: match &ready.matching.only_old[..] {
            [] => None,
            // of two transports of one record neither was there before the other
            _ if std::ptr::eq(ready.records[0][0], ready.records[1][0]) => None,
            alone => Some(remarks::rows(alone, &ready.rows[0])),
        },
        pairs,
        names: names.to_vec(),
        doubts: doubts.into_iter().map(|doubt| doubt.told).collect(),
    })
}

fn pair(ready: &Ready<'_, '_>, (old, new): (usize, usize), name: &Name) -> Pair {
    let rows = [&ready.rows[0][old], &ready.rows[1][new]];
    let [before, after] = [0, 1].map(|side| Trials {
        records: rows[side].parts.iter().map(|(record, group)| (*record, measured(group))).collect(),
        side: &ready.sides[side].name,
        failure: rows[side].parts.iter().find_map(|(_, group)| failure(group)),
    });
    Pair {
        label: name.label.clone(),
        transports: rows.map(|row| row.trial.transport.name()),
        tried: rows.map(|row| {
            let members = || row.parts.iter().flat_map(|(_, group)| &group.members);
            Tried { all: members().count(), failed: members().filter(|member| member.result.is_err()).count() }
        }),
        figures: judge::figures(&before, &after, &ready.way),
        curves: [&before, &after].map(|side| figures::curve(&side.all(), |trial| &trial.latency)),
    }
}

fn measured<'g>(group: &'g Group<'_>) -> Vec<&'g Figures> {
    group.members.iter().filter_map(|member| member.result.as_ref().ok()).collect()
}

/// Why a row has no number at all.
fn failure(group: &Group<'_>) -> Option<String> {
    let reason = group.members.iter().find_map(|member: &Member<'_>| member.result.as_ref().err())?;
    Some(format!("no trial of it was measured: {reason}"))
}
