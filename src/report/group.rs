//! Which trials make a row, and which of them have numbers.

use super::aspects;
use super::figures::Figures;
use crate::gap::Gap;
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
    /// What speaks against it: what it carries, what the run's calibration says, and what the row's trials together say;
    /// nothing where it failed, for then it has no numbers.
    pub(super) doubts: Vec<Doubt>,
    /// How much later than its probes the other clients received; `None` where that cannot be told.
    pub(super) gap: Option<Gap>,
}

/// The record's trials by row, in the order in which the rows are shown.
pub(super) fn all(record: &Record) -> Result<Vec<Group<'_>>, Undecodable> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in &record.trials {
        let trial = aspects::normalised(&line.trial);
        let undecodable =
            |source| Undecodable { order: line.order, block: line.block, transport: line.trial.transport, source };
        let gap = match &line.outcome {
            Outcome::Measured(measured) => {
                let of = |probes| Gap::of(line.trial.transport, &measured.load, probes);
                measured.probes.as_ref().map(of)
            }
            Outcome::Error(_) => None,
        };
        let gap = gap.transpose().map_err(undecodable)?.flatten();
        let result = match &line.outcome {
            Outcome::Error(failure) => Err(failure.reason.clone()),
            Outcome::Measured(measured) if !measured.load.accounting.closes() => {
                Err("its accounting does not close".into()) // no number of it can be believed
            }
            Outcome::Measured(measured) => Ok(Figures::of(&line.trial, line.block, measured).map_err(undecodable)?),
        };
        let of_run = record.calibration_of(line.order).into_iter().flat_map(|calibration| &calibration.doubts);
        let doubts = match (&line.outcome, &result) {
            (Outcome::Measured(measured), Ok(_)) => measured.doubts.iter().chain(of_run).cloned().collect(),
            _ => Vec::new(),
        };
        let member = Member { line, result, doubts, gap };
        match groups.iter_mut().find(|group| group.trial == trial) {
            Some(group) => group.members.push(member),
            None => groups.push(Group { trial, members: vec![member] }),
        }
    }
    groups.sort_by_key(|group| aspects::place(&group.trial));
    Ok(groups)
}
