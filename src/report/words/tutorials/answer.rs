//! What a claim comes to: the comparisons that it makes, each of which the record bears out or not.

use crate::report::words::comparison::Comparison;
use crate::report::words::phrase::list;
use crate::report::words::scene::Scene;
use schemars::JsonSchema;
use serde::Serialize;

/// A claim beside what the record says of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Answer {
    /// The claim, as tutorials have it.
    pub(crate) claim: &'static str,
    pub(crate) verdict: Verdict,
    /// The verdict in words, with its condition: `holds only against polling`.
    pub(crate) said: String,
    /// The figures that it hangs on.
    pub(crate) sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Holds,
    OnlyWhen,
    DoesNotHold,
    NotMeasured,
}

/// One comparison of those that a claim makes.
#[derive(Clone, Debug)]
pub(super) struct Case {
    /// The place of the point.
    pub(super) at: usize,
    /// What is compared, in two parts, so that several can be listed: `against`, `polling`.
    pub(super) of: (&'static str, &'static str),
    /// What the claim calls the larger one, against what it calls the smaller one.
    pub(super) found: Found,
}

/// What a comparison says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It differs beyond noise, as the claim has it.
    Borne,
    /// No difference shows.
    Alike,
    /// It differs beyond noise, and the other way round.
    Opposite,
}

impl Found {
    /// `comparison` holds what should be larger against what should be smaller; `None`: it says nothing.
    pub(super) fn of(comparison: Comparison, back: Comparison) -> Option<Found> {
        match comparison {
            _ if comparison.is_more() => Some(Found::Borne),
            _ if back.is_more() => Some(Found::Opposite),
            Comparison::Unknown => None,
            _ => Some(Found::Alike),
        }
    }

    pub(super) fn is(borne: bool) -> Found {
        if borne { Found::Borne } else { Found::Opposite }
    }
}

impl Answer {
    /// What these comparisons make of a claim.
    pub(super) fn of(scene: &Scene<'_>, claim: &'static str, cases: &[Case], sentence: String) -> Answer {
        let borne = cases.iter().filter(|case| case.found == Found::Borne).count();
        let (verdict, said) = match borne {
            _ if cases.is_empty() => return Answer::unmeasured(claim, sentence),
            0 => (Verdict::DoesNotHold, "does not hold".into()),
            all if all == cases.len() => (Verdict::Holds, "holds".into()),
            _ => (Verdict::OnlyWhen, format!("holds only {}", wherever(scene, cases, Found::Borne))),
        };
        Answer { claim, verdict, said, sentence }
    }

    /// Of a claim that one exception is enough to refute.
    pub(super) fn without_exception(mut self) -> Answer {
        if self.verdict == Verdict::OnlyWhen {
            (self.verdict, self.said) = (Verdict::DoesNotHold, "does not hold".into());
        }
        self
    }

    /// The record has nothing to hold it against; `why`.
    pub(super) fn unmeasured(claim: &'static str, why: String) -> Answer {
        Answer { claim, verdict: Verdict::NotMeasured, said: "not measured here".into(), sentence: why }
    }
}

/// Where something was found: against whom, at which points.
pub(super) fn wherever(scene: &Scene<'_>, cases: &[Case], found: Found) -> String {
    let mut kinds: Vec<(&'static str, &'static str)> = Vec::new();
    for case in cases.iter().filter(|case| case.found == found) {
        if !kinds.contains(&case.of) {
            kinds.push(case.of);
        }
    }
    // those that are found at the same points are named together
    let mut parts: Vec<(String, &'static str, Vec<&'static str>)> = Vec::new();
    for of in kinds {
        let known: Vec<usize> = cases.iter().filter(|case| case.of == of).map(|case| case.at).collect();
        let here = |case: &&Case| case.of == of && case.found == found;
        let points: Vec<usize> = cases.iter().filter(here).map(|case| case.at).collect();
        let place = if points.len() == known.len() { String::new() } else { places(scene, &points, known.len()) };
        match parts.iter_mut().find(|(other, preposition, _)| *other == place && *preposition == of.0) {
            Some((_, _, names)) => names.push(of.1),
            None => parts.push((place, of.0, vec![of.1])),
        }
    }
    let told = |(place, preposition, names): &(String, &str, Vec<&str>)| {
        [(*preposition).to_owned(), list(names), place.clone()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    parts.iter().map(told).collect::<Vec<_>>().join(", and ")
}

/// Points that are more than this are counted, not named.
const NAMED: usize = 3;

/// Some of the points at which something is known.
fn places(scene: &Scene<'_>, points: &[usize], known: usize) -> String {
    match points {
        [first, .., last] | [first @ last] if scene.along && last - first + 1 == points.len() => {
            scene.range(*first, *last)
        }
        points if points.len() <= NAMED => {
            scene.at(&list(&points.iter().map(|&point| scene.point(point)).collect::<Vec<_>>()))
        }
        points => scene.some(points.len(), known),
    }
}
