//! Which trials make a row, and which of them have numbers.

use super::aspects;
use super::figures::Figures;
use crate::histogram::NotAHistogram;
use crate::kind::Transport;
use crate::record::{Outcome, Record, TrialLine};
use crate::totals::Doubt;
use crate::trial::Trial;

/// A record whose figures cannot be computed.
#[derive(Debug, thiserror::Error)]
#[error("trial {order} ({transport}, block {block}): {source}")]
pub struct Undecodable {
    /// The trial's place in the run, from 1.
    pub order: u32,
    /// Its block, from 1.
    pub block: u32,
    /// Its transport.
    pub transport: Transport,
    /// What is wrong with it.
    pub source: NotAHistogram,
}

/// The trials of one row, in the record's order.
pub(super) struct Group<'r> {
    pub(super) trial: Trial,
    pub(super) members: Vec<Member<'r>>,
}

/// A trial as read.
pub(super) struct Member<'r> {
    pub(super) line: &'r TrialLine,
    pub(super) result: Result<Figures, String>,
    /// What speaks against it: what it carries, and what the row's trials together say.
    pub(super) doubts: Vec<Doubt>,
}

/// What a trial carries; nothing if it failed, for it has no numbers.
fn carried(outcome: &Outcome, result: &Result<Figures, String>) -> Vec<Doubt> {
    match (outcome, result) {
        (Outcome::Measured(measured), Ok(_)) => measured.doubts.clone(),
        _ => Vec::new(),
    }
}

/// The record's trials by row, in the order in which the rows are shown.
pub(super) fn all(record: &Record) -> Result<Vec<Group<'_>>, Undecodable> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in &record.trials {
        let trial = aspects::normalised(&line.trial);
        let result = match &line.outcome {
            Outcome::Error(failure) => Err(failure.reason.clone()),
            Outcome::Measured(measured) if !measured.load.accounting.closes() => {
                Err("its accounting does not close".into()) // no number of it can be believed
            }
            Outcome::Measured(measured) => {
                let (order, block, transport) = (line.order, line.block, line.trial.transport);
                Ok(Figures::of(&line.trial, block, measured).map_err(|source| Undecodable {
                    order,
                    block,
                    transport,
                    source,
                })?)
            }
        };
        let doubts = carried(&line.outcome, &result);
        let member = Member { line, result, doubts };
        match groups.iter_mut().find(|group| group.trial == trial) {
            Some(group) => group.members.push(member),
            None => groups.push(Group { trial, members: vec![member] }),
        }
    }
    groups.sort_by_key(|group| aspects::place(&group.trial));
    Ok(groups)
}
