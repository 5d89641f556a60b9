//! Which row of one side belongs to which of the other: the same transport and carrier at the same point of the sweep.

use crate::kind::Transport;
use crate::report::aspects::{self, Key};
use crate::report::group::Group;
use crate::trial::Trial;

/// A row of a side: its trials, by the record that they stand in.
pub(super) struct SideRow<'g, 'r> {
    pub(super) trial: &'g Trial,
    pub(super) parts: Vec<(usize, &'g Group<'r>)>,
}

/// The rows of a side, which may have several records.
pub(super) fn rows<'g, 'r>(records: &'g [Vec<Group<'r>>]) -> Vec<SideRow<'g, 'r>> {
    let mut rows: Vec<SideRow<'g, 'r>> = Vec::new();
    for (record, groups) in records.iter().enumerate() {
        for group in groups {
            match rows.iter_mut().find(|row| *row.trial == group.trial) {
                Some(row) => row.parts.push((record, group)),
                None => rows.push(SideRow { trial: &group.trial, parts: vec![(record, group)] }),
            }
        }
    }
    rows
}

/// Rows in pairs, by their places on each side, and those without a partner.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Matching {
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) only_old: Vec<usize>,
    pub(super) only_new: Vec<usize>,
}

/// Pairs rows of two sides: those that are alike in everything, then those that stand at the same point of the sweep
/// although something else differs, which is told. Where several could be meant, none is.
pub(super) fn matched(old: &[&Trial], new: &[&Trial]) -> Matching {
    let varying = varying(&[old, new]);
    let point = |trial: &Trial| (trial.transport, trial.carrier as u8, values(trial, &varying));
    let mut matching = Matching::default();
    let taken = |matching: &Matching, place: usize| matching.pairs.iter().any(|pair| pair.0 == place);
    for (place, trial) in new.iter().enumerate() {
        if let Some(alike) = old.iter().position(|other| other == trial) {
            matching.pairs.push((alike, place));
        }
    }
    for (place, trial) in new.iter().enumerate() {
        if matching.pairs.iter().any(|pair| pair.1 == place) {
            continue;
        }
        let here = point(trial);
        let twins = new.iter().filter(|other| point(other) == here).count();
        let mut free = (0..old.len()).filter(|&other| !taken(&matching, other) && point(old[other]) == here);
        match (free.next(), free.next(), twins) {
            (Some(other), None, 1) => matching.pairs.push((other, place)),
            _ => matching.only_new.push(place),
        }
    }
    matching.only_old = (0..old.len()).filter(|&place| !taken(&matching, place)).collect();
    matching.pairs.sort_by_key(|pair| pair.1);
    matching
}

/// Pairs rows of two transports of one record: those between which nothing that means something to both differs.
pub(super) fn across(old: &[&Trial], new: &[&Trial]) -> Matching {
    let varying = varying(&[old, new]);
    let agree = |a: &Trial, b: &Trial| {
        let (a_values, b_values) = (values(a, &varying), values(b, &varying));
        let alike = a_values.iter().zip(&b_values).all(|(a, b)| a.is_none() || b.is_none() || a == b);
        alike && a.carrier == b.carrier
    };
    let mut matching = Matching::default();
    for (place, trial) in new.iter().enumerate() {
        matching.pairs.extend((0..old.len()).filter(|&other| agree(old[other], trial)).map(|other| (other, place)));
    }
    matching.only_old = (0..old.len()).filter(|place| !matching.pairs.iter().any(|pair| pair.0 == *place)).collect();
    matching.only_new = (0..new.len()).filter(|place| !matching.pairs.iter().any(|pair| pair.1 == *place)).collect();
    matching
}

/// What differs between rows of one transport on any one side: what tells the points of its sweep apart.
fn varying(sides: &[&[&Trial]]) -> Vec<Key> {
    let mut keys = Vec::new();
    for side in sides {
        for transport in Transport::ALL {
            let mut known: Vec<(Key, String)> =
                side.iter().filter(|t| t.transport == transport).flat_map(|t| aspects::aspects(t)).collect();
            known.sort();
            known.dedup();
            keys.extend(known.windows(2).filter(|pair| pair[0].0 == pair[1].0).map(|pair| pair[0].0));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn values(trial: &Trial, keys: &[Key]) -> Vec<Option<String>> {
    let mut aspects = aspects::aspects(trial);
    let mut value = |key: &Key| aspects.iter().position(|(other, _)| other == key).map(|at| aspects.swap_remove(at).1);
    keys.iter().map(&mut value).collect()
}
