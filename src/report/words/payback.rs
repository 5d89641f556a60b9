//! When a setup is paid back: what a connection costs before the first update, against what each update then saves.

use super::phrase::{doubts, list, range, shown};
use super::ranking::{hold, name};
use super::scene::{Candidate, Scene};
use crate::kind::Transport;
use crate::report::metric::Metric;
use crate::report::number::whole;
use schemars::JsonSchema;
use serde::Serialize;

/// After how many updates a client has cost no more than it would have by another transport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum After {
    /// So many.
    Updates(u64),
    /// The setup is not dearer, and every update costs less.
    AtOnce,
    /// An update is not known to cost less.
    Never,
    /// There are no figures for it.
    Unknown,
}

/// One row, held against all transports at its point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payer {
    pub(crate) label: String,
    /// In the order of [`Payback::against`]; `None`: itself, or nobody.
    pub(crate) after: Vec<Option<After>>,
}

/// Every row against every other one of its point.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Payback {
    pub(crate) against: Vec<Transport>,
    pub(crate) payers: Vec<Payer>,
}

/// What is told of it.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Told {
    pub(crate) sentences: Vec<String>,
    #[serde(skip)]
    pub(crate) table: Payback,
}

pub(super) fn payback(scene: &Scene<'_>) -> Told {
    let table = table(scene);
    if table.payers.is_empty() {
        return Told::default();
    }
    let rows = scene.by_transport();
    let used: Vec<(&Candidate<'_>, Metric)> =
        rows.iter().flatten().flat_map(|row| [(row, Metric::Setup), (row, Metric::Wire)]).collect();
    let setups: Vec<String> = rows
        .iter()
        .filter_map(|rows| {
            let found: Vec<f64> = rows.iter().filter_map(|row| row.figure(Metric::Setup)).collect();
            let told = || format!("{} {}", name(&rows[0]), range(&found, |octets| shown(Metric::Setup, octets)));
            (!found.is_empty()).then(told)
        })
        .collect();
    let mut sentences =
        vec![format!("Before the first update, a client costs on the wire: {}{}.", list(&setups), doubts(&used))];
    sentences.extend(table.against.iter().filter_map(|&who| sentence(scene, &table, who)));
    Told { sentences, table }
}

/// Which of the others a transport's setup is paid back against, and when.
fn sentence(scene: &Scene<'_>, table: &Payback, who: Transport) -> Option<String> {
    let (mut paid, mut never): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for &other in table.against.iter().filter(|other| **other != who) {
        let pairs: Vec<(&Candidate<'_>, &Candidate<'_>)> =
            scene.points.iter().filter_map(|point| Some((point.row(who)?, point.row(other)?))).collect();
        // at once is no payback: there is nothing to pay
        let found: Vec<After> = pairs
            .iter()
            .filter(|(who, other)| hold(Metric::Setup, other, who).is_more())
            .map(|(who, other)| after(who, other))
            .filter(|after| matches!(after, After::Updates(_) | After::Never))
            .collect();
        let updates: Vec<f64> = found
            .iter()
            .filter_map(|after| if let After::Updates(updates) = after { Some(*updates as f64) } else { None })
            .collect();
        if found.is_empty() {
            continue;
        }
        if updates.is_empty() {
            never.push(other.name());
            continue;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // they were whole numbers
        let count = range(&updates, |updates| whole(updates as u64));
        let one = count == "1";
        let part = match updates.len() == found.len() {
            true => String::new(),
            false => format!(" ({}, else never)", scene.some(updates.len(), found.len())),
        };
        paid.push(format!("against {other} after {count} update{}{part}", if one { "" } else { "s" }));
    }
    let who = who.name();
    match (paid.is_empty(), never.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("{who}'s dearer setup is paid back {}.", list(&paid))),
        (true, false) => Some(format!("{who}'s dearer setup is never paid back against {}.", list(&never))),
        (false, false) => {
            Some(format!("{who}'s dearer setup is paid back {}; never against {}.", list(&paid), list(&never)))
        }
    }
}

fn table(scene: &Scene<'_>) -> Payback {
    let has = |row: &Candidate<'_>| row.figure(Metric::Setup).is_some() && row.figure(Metric::Wire).is_some();
    let against: Vec<Transport> =
        Transport::ALL.into_iter().filter(|&who| scene.points.iter().any(|p| p.row(who).is_some_and(has))).collect();
    let mut payers: Vec<Payer> = Vec::new();
    if against.len() < 2 {
        return Payback::default();
    }
    for point in &scene.points {
        for who in point.rows.iter().filter(|row| has(row)) {
            let held = |other: Transport| {
                point.row(other).filter(|row| row.transport() != who.transport() && has(row)).map(|row| after(who, row))
            };
            // what a sweep leaves untouched stands at each point, and differs there only by whom it is held against
            if !payers.iter().any(|known| known.label == who.name.label) {
                payers.push(Payer {
                    label: who.name.label.clone(),
                    after: against.iter().map(|&other| held(other)).collect(),
                });
            }
        }
    }
    Payback { against, payers }
}

/// When `who` has paid its setup back against `other`.
fn after(who: &Candidate<'_>, other: &Candidate<'_>) -> After {
    let figures = |row: &Candidate<'_>| row.figure(Metric::Setup).zip(row.figure(Metric::Wire));
    let Some(((setup, update), (others, theirs))) = figures(who).zip(figures(other)) else { return After::Unknown };
    if !hold(Metric::Wire, who, other).is_more() {
        return After::Never;
    }
    if !hold(Metric::Setup, other, who).is_more() {
        return After::AtOnce;
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // positive, and saturates
    let updates = ((setup - others) / (theirs - update)).ceil() as u64;
    After::Updates(updates.max(1))
}
