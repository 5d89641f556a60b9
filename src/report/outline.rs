//! What trials are, in the report's words, before they are made.

use super::aspects;
use super::sweep::Sweep;
use crate::trial::Trial;

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What holds for every trial that it means something to.
    pub conditions: Vec<String>,
    /// A label for each kind of trial, as the report's rows will have it, and how many of them there are.
    pub rows: Vec<(String, usize)>,
}

impl Outline {
    /// Tells the trials of a block.
    #[must_use]
    pub fn new(trials: &[Trial]) -> Outline {
        let mut kinds: Vec<Trial> = trials.iter().map(aspects::normalised).collect();
        let (mut conditions, settings) = aspects::shared(&kinds);
        conditions.extend(settings);
        let all = kinds.clone();
        kinds.sort_by_key(aspects::place);
        kinds.dedup();
        let count = |kind: &Trial| all.iter().filter(|other| *other == kind).count();
        let sweep = Sweep::of(&kinds);
        conditions.splice(0..0, sweep.constants(&kinds));
        let names = sweep.names(&kinds).into_iter().map(|name| name.label);
        let rows = names.zip(kinds.iter().map(count)).collect();
        Outline { conditions, rows }
    }
}
