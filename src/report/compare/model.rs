//! What a comparison says, before anything is worded: two sides, their rows in pairs, and what came of each figure.

use crate::report::metric::Metric;
use crate::report::name::Name;
use crate::stats::Effect;

/// The figures that are compared of each pair of rows, in the order in which they are told.
pub(super) const COMPARED: [Metric; 12] = [
    Metric::P50,
    Metric::P90,
    Metric::P99,
    Metric::P999,
    Metric::Max,
    Metric::Bytes,
    Metric::Wire,
    Metric::Requests,
    Metric::Cpu,
    Metric::Idle,
    Metric::Memory,
    Metric::Lost,
];

/// Up to which p, corrected for all figures of a comparison, a difference counts as shown.
pub(super) const LEVEL: f64 = 0.05;

/// Records a side, taken on as many occasions, from which on the occasions' own spread is known well enough to see past it.
pub(super) const OCCASIONS: usize = 3;

/// Two sides held against each other, figure by figure.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What the others are held against, and what is held against it.
    pub(super) sides: [Side; 2],
    pub(super) scenario: String,
    pub(super) question: String,
    pub(super) basis: Basis,
    /// What is not alike beside what is in question: doubts about every figure.
    pub(super) differences: Vec<Difference>,
    /// What could not be compared at all, and what else one should know.
    pub(super) remarks: Vec<String>,
    /// The rows that only the old side has, by name.
    pub gone: Option<String>,
    pub(super) pairs: Vec<Pair>,
    /// What the pairs are called.
    pub(super) names: Vec<Name>,
    /// Reasons not to believe a figure of one side.
    pub(super) doubts: Vec<Doubted>,
}

/// One side.
#[derive(Clone, Debug)]
pub(super) struct Side {
    /// `OLD` and `NEW`, or two transports.
    pub(super) name: String,
    pub(super) taken: Vec<Taken>,
}

/// A record of a side.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    /// As whoever asked named it.
    pub(super) place: String,
    pub(super) scenario: String,
    pub(super) began: String,
    pub(super) pushbench: String,
    pub(super) trials: usize,
    pub(super) note: Option<String>,
}

/// How the two sides were observed, which decides how much can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Both were measured in turn within the same blocks: what one met, the other met.
    Blocks,
    /// Several records a side, each taken on an occasion of its own, and each one observation.
    Records,
    /// A record or two a side, taken on different occasions: the machine's state at each is in every figure.
    Occasions,
}

/// Something that differs between the sides, although it is not what they are to be compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is: `the CPU`, `clients`.
    pub what: String,
    /// On the old side.
    pub old: String,
    /// On the new side.
    pub new: String,
    /// The rows that it concerns; `None`: all.
    pub rows: Option<String>,
}

/// A row of each side: the same transport and carrier at the same point of the sweep, or two transports at one.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) label: String,
    pub(super) transports: [&'static str; 2],
    /// Each side's trials.
    pub(super) tried: [Tried; 2],
    pub(super) figures: Vec<Figure>,
    /// Latency by percentile, each side's: points (log10 of 1/(1−p), nanoseconds).
    pub(super) curves: [Vec<(f64, f64)>; 2],
}

/// How many trials of a side's row were made, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tried {
    pub(super) all: usize,
    pub(super) failed: usize,
}

/// One figure of a pair of rows.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) metric: Metric,
    pub(super) old: Value,
    pub(super) new: Value,
    pub(super) outcome: Outcome,
    pub(super) observed: Observed,
    /// Where the old side has bounds and the new one numbers, the old ones at the most: what only a gate asks.
    pub(super) at_most: Option<Observed>,
    /// The doubts about it, by number.
    pub(super) doubts: Vec<usize>,
}

/// A side's figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    /// With its unit; a bound, or a dash.
    pub(super) text: String,
    /// In its unit; `None` behind a dash or a bound.
    pub(super) centre: Option<f64>,
    /// The number in the text, a bound's, too.
    pub(super) sort: Option<f64>,
}

/// What the figure was each time that it was observed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Observed {
    pub(super) old: Vec<f64>,
    pub(super) new: Vec<f64>,
    /// Whether the two lists belong together, place by place.
    pub(super) paired: bool,
    /// Whether it can be said which side is better, not only that the occasions differ.
    pub(super) attributed: bool,
}

/// What came of a figure.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The same number in every trial of both sides.
    Equal,
    /// The same number in every trial of a side, and so much more on the new one; less where it is below 0.
    Exactly { more: f64 },
    /// Nothing at all on one side, something in every trial of the other: the new one, if `more`.
    Nothing { more: bool },
    /// Held against chance.
    Tested {
        effect: Effect,
        /// The effect's p by Holm's correction over the whole comparison.
        adjusted: f64,
        /// The least ratio above 1 that would have been seen.
        detectable: Option<f64>,
        /// Whether it is a latency too close to the other one to mean anything.
        trifling: bool,
    },
    /// One observation of a side: chance has no measure.
    Single,
    /// There is no number to compare, and why.
    Unknown(String),
}

/// A doubt about figures of one side.
#[derive(Clone, Debug)]
pub(super) struct Doubted {
    pub(super) number: usize,
    pub(super) side: String,
    pub(super) about: &'static str,
    /// How many trials of a side carry it.
    pub(super) trials: usize,
    pub(super) rows: String,
    pub(super) sentence: String,
}

/// The verdict on a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A latency, shown to be lower.
    Faster,
    /// A latency, shown to be higher.
    Slower,
    /// Another figure, shown to be less.
    Less,
    /// Another figure, shown to be more.
    More,
    /// More than chance within each occasion, and it may be the occasions'.
    Occasions,
    /// The same number in every trial of both sides.
    Equal,
    /// A number that never changes within a side, and is less on the new one.
    ExactlyLess,
    /// A number that never changes within a side, and is more on the new one.
    ExactlyMore,
    /// A latency that is shown to be another one, by so little that it means nothing.
    Trifling,
    /// Chance alone might have done it.
    NotShown,
    /// One side has no number.
    Unknown,
}

impl Verdict {
    /// As it stands in JSON.
    pub(super) fn key(self) -> &'static str {
        match self {
            Verdict::Faster => "faster",
            Verdict::Slower => "slower",
            Verdict::Less => "less",
            Verdict::More => "more",
            Verdict::Occasions => "differs-between-occasions",
            Verdict::Equal => "exactly-equal",
            Verdict::ExactlyLess => "exactly-less",
            Verdict::ExactlyMore => "exactly-more",
            Verdict::Trifling => "trifling",
            Verdict::NotShown => "no-difference-shown",
            Verdict::Unknown => "cannot-be-compared",
        }
    }

    /// Whether a difference is shown.
    pub(super) fn differs(self) -> bool {
        !matches!(self, Verdict::Equal | Verdict::Trifling | Verdict::NotShown | Verdict::Unknown)
    }
}

impl Figure {
    pub(super) fn verdict(&self) -> Verdict {
        match &self.outcome {
            Outcome::Equal => Verdict::Equal,
            Outcome::Exactly { more } if *more > 0.0 => Verdict::ExactlyMore,
            Outcome::Exactly { .. } => Verdict::ExactlyLess,
            Outcome::Nothing { .. } if !self.observed.attributed => Verdict::Occasions,
            Outcome::Nothing { more } => self.metric.towards(*more),
            Outcome::Tested { adjusted, .. } if *adjusted > LEVEL => Verdict::NotShown,
            Outcome::Tested { trifling: true, .. } => Verdict::Trifling,
            Outcome::Tested { .. } if !self.observed.attributed => Verdict::Occasions,
            Outcome::Tested { effect, .. } => self.metric.towards(effect.ratio > 1.0),
            Outcome::Single => Verdict::NotShown,
            Outcome::Unknown(_) => Verdict::Unknown,
        }
    }

    /// New ÷ old; `None` where there is no such number.
    pub(super) fn ratio(&self) -> Option<f64> {
        match &self.outcome {
            Outcome::Tested { effect, .. } => Some(effect.ratio),
            Outcome::Equal | Outcome::Exactly { .. } | Outcome::Single => {
                let (old, new) = (self.old.centre?, self.new.centre?);
                (old > 0.0 && new > 0.0).then(|| new / old)
            }
            Outcome::Nothing { .. } | Outcome::Unknown(_) => None,
        }
    }

    /// Whether the new side is above the old one, where a difference is shown.
    pub(super) fn is_more(&self) -> bool {
        match &self.outcome {
            Outcome::Nothing { more } => *more,
            Outcome::Exactly { more } => *more > 0.0,
            _ => self.ratio().is_some_and(|ratio| ratio > 1.0),
        }
    }
}

impl Metric {
    /// What it is for a figure of this kind to be more, or less.
    fn towards(self, more: bool) -> Verdict {
        match (self.is_latency(), more) {
            (true, false) => Verdict::Faster,
            (true, true) => Verdict::Slower,
            (false, false) => Verdict::Less,
            (false, true) => Verdict::More,
        }
    }
}

impl Comparison {
    /// How the two sides were observed.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// What differs between the sides beside what is in question.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The record that both sides are in, where they are two transports of one.
    pub(super) fn one_record(&self) -> Option<&Taken> {
        let [old, new] = &self.sides;
        let transports = self.pairs.iter().any(|pair| pair.transports[0] != pair.transports[1]);
        new.taken.first().filter(|_| transports && old.taken.len() == 1)
    }

    /// All figures, with the row of each.
    pub(super) fn figures(&self) -> impl Iterator<Item = (&Pair, &Figure)> {
        self.pairs.iter().flat_map(|pair| pair.figures.iter().map(move |figure| (pair, figure)))
    }

    /// How many figures share Holm's correction.
    pub(super) fn family(&self) -> usize {
        self.figures().filter(|(_, figure)| matches!(figure.outcome, Outcome::Tested { .. })).count()
    }
}
