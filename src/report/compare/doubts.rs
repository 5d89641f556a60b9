//! The doubts that the trials of either side carry, beside the figures that they are about.

use super::matching::{Matching, SideRow};
use super::model::{Doubted, Outcome, Pair, Side};
use crate::report::group::Member;
use crate::report::name::{Name, together};
use crate::report::number::counted;
use crate::totals::{Doubt, Subject};

/// A doubt with the pairs that it concerns, by their places.
pub(super) struct Carried {
    pub(super) told: Doubted,
    subject: Subject,
    pairs: Vec<usize>,
}

/// Every different doubt of each side about rows that are compared.
pub(super) fn collect(
    rows: [&[SideRow<'_, '_>]; 2],
    matching: &Matching,
    names: &[Name],
    sides: &[Side; 2],
) -> Vec<Carried> {
    let mut all: Vec<Carried> = Vec::new();
    for (side, rows) in rows.into_iter().enumerate() {
        let of = |pair: &(usize, usize)| if side == 0 { pair.0 } else { pair.1 };
        let members = |pair| rows[of(pair)].parts.iter().flat_map(|(_, group)| &group.members);
        let mut doubts: Vec<&Doubt> =
            matching.pairs.iter().flat_map(members).flat_map(|member| &member.doubts).collect();
        doubts.sort();
        doubts.dedup();
        for doubt in doubts {
            let carries = |member: &&Member<'_>| member.doubts.contains(doubt);
            let pairs: Vec<usize> =
                (0..names.len()).filter(|&place| members(&matching.pairs[place]).any(|m| carries(&m))).collect();
            let trials = || pairs.iter().flat_map(|&place| members(&matching.pairs[place]));
            let (carry, made) = (trials().filter(carries).count(), trials().count());
            let whom = format!("{} ({carry} of {})", together(&pairs, names), counted(made as u64, "trial"));
            let known = |other: &&mut Carried| {
                (&other.told.sentence, &other.told.rows, other.subject) == (&doubt.sentence, &whom, doubt.about)
            };
            if let Some(both) = all.iter_mut().find(known) {
                both.told.side = format!("{} and {}", sides[0].name, sides[1].name);
                continue;
            }
            let told = Doubted {
                number: all.len() + 1,
                side: sides[side].name.clone(),
                about: about(doubt.about),
                trials: carry,
                rows: whom,
                sentence: doubt.sentence.clone(),
            };
            all.push(Carried { told, subject: doubt.about, pairs });
        }
    }
    all
}

fn about(subject: Subject) -> &'static str {
    match subject {
        Subject::Latency => "latency",
        Subject::Bytes => "bytes",
        Subject::Work => "CPU and memory",
        Subject::Accounting => "accounting",
    }
}

/// Sets the doubts' numbers beside the figures.
pub(super) fn mark(pairs: &mut [Pair], doubts: &[Carried]) {
    for doubt in doubts {
        for &place in &doubt.pairs {
            let figures = pairs[place].figures.iter_mut();
            let about = figures
                .filter(|figure| figure.metric.subject() == Some(doubt.subject))
                .filter(|figure| !matches!(figure.outcome, Outcome::Unknown(_)));
            about.for_each(|figure| figure.doubts.push(doubt.told.number));
        }
    }
}
