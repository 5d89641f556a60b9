//! How a run against another build ends: both records held against each other, block by block.

use super::compare;
use super::failure::Failure;
use super::output::Output;
use super::regression::{self, Accepted};
use crate::record::{self, Record};
use crate::report::compare::Named;
use crate::report::junit::Gated;
use std::path::Path;

/// Shows the comparison of the records in the folders `new` and `old`, writes its page beside the new one, and says what a
/// gate finds, if there is one.
pub(super) fn conclude(
    new: &Path,
    old: &Path,
    output: &Output,
    accepted: Option<Accepted>,
) -> Result<Option<Gated>, Failure> {
    let places = [old, new].map(|folder| folder.join(record::FILE));
    let read = |place: &Path| Record::read(place).map_err(|unreadable| Failure::Failed(unreadable.to_string()));
    let (before, after) = (read(&places[0])?, read(&places[1])?);
    if before.trials.is_empty() || after.trials.is_empty() {
        return Ok(accepted.map(|_| Gated::Unmade("no trial was finished by both builds".into())));
    }
    let names = places.each_ref().map(|place| place.display().to_string());
    let sides = (Named { name: &names[0], record: &before }, Named { name: &names[1], record: &after });
    let comparison = compare::conclude(sides, &places[1], "--against", output)?;
    Ok(accepted.map(|accepted| match regression::shown(&comparison, accepted) {
        Err(reason) => Gated::Untellable(reason),
        Ok(gate) => {
            gate.warn(output.quiet);
            gate.worse.map_or(Gated::Kept, Gated::Worse)
        }
    }))
}
