//! Who is best by one figure at one point, and by how much.

use super::comparison::Comparison;
use super::phrase::{alike, apart, doubts, figure, list};
use super::scene::Candidate;
use crate::report::metric::Metric;

/// The candidates that have a figure, by what is known of their order.
pub(super) struct Ranking<'r, 'p> {
    pub(super) metric: Metric,
    /// Nobody is clearly better than these; the smallest figure first.
    pub(super) best: Vec<&'r Candidate<'p>>,
    /// The smallest figure of all the others, against the first of the best that is clearly better.
    pub(super) next: Option<(&'r Candidate<'p>, Comparison)>,
    /// Which of the best are clearly better than that, if they are not all.
    pub(super) behind: Vec<&'r Candidate<'p>>,
    /// Candidates without a figure.
    dashes: Vec<&'r Candidate<'p>>,
    /// The first of the best, against each of the others of them.
    ties: Vec<Comparison>,
    worse: usize,
}

impl<'r, 'p> Ranking<'r, 'p> {
    /// `None` when no candidate has a figure.
    pub(super) fn of(metric: Metric, rows: &'r [Candidate<'p>]) -> Option<Ranking<'r, 'p>> {
        let (mut shown, dashes): (Vec<&Candidate<'p>>, Vec<&Candidate<'p>>) =
            rows.iter().partition(|row| row.estimate(metric).is_some());
        let centre = |row: &Candidate<'_>| row.estimate(metric).map_or(f64::INFINITY, |estimate| estimate.centre);
        shown.sort_by(|a, b| centre(a).total_cmp(&centre(b)));
        let beats = |a: &Candidate<'_>, b: &Candidate<'_>| hold(metric, a, b).is_more();
        let unbeaten = |row: &&&'r Candidate<'p>| !shown.iter().any(|other| beats(other, row));
        let mut best: Vec<&Candidate<'p>> = shown.iter().filter(unbeaten).copied().collect();
        if best.is_empty() {
            best.clone_from(&shown); // each is beaten by another: the blocks contradict each other
        }
        let first = best.first()?;
        let others = || shown.iter().filter(|row| !best.iter().any(|known| std::ptr::eq(*known, **row)));
        let next = others().next().copied();
        let better: Vec<&Candidate<'p>> =
            next.iter().flat_map(|next| best.iter().copied().filter(|row| beats(row, next))).collect();
        let next = next.map(|next| (next, hold(metric, better.first().unwrap_or(first), next)));
        let behind = if better.len() < best.len() { better } else { Vec::new() };
        let ties = best[1..].iter().map(|row| hold(metric, first, row)).collect();
        let worse = others().count();
        Some(Ranking { metric, next, behind, ties, worse, dashes, best })
    }

    /// Who is best, each with its number, then who is next and how far behind, and the doubts about these numbers.
    pub(super) fn sentence(&self) -> String {
        let metric = self.metric;
        let named = |row: &Candidate<'_>| format!("{} {}", name(row), figure(row, metric));
        let mut shown = self.best.clone();
        shown.sort_by_key(|row| row.transport());
        let texts: Vec<String> = shown.iter().map(|row| figure(row, metric)).collect();
        let best = match &texts[..] {
            [first, others @ ..] if !others.is_empty() && others.iter().all(|text| text == first) => {
                format!("{} {first}", names(&shown))
            }
            _ => list(&shown.iter().map(|row| named(row)).collect::<Vec<_>>()),
        };
        let mut clauses = vec![match (self.best.len(), self.worse) {
            (1, 0) => format!("{best}, with nothing to hold it against"),
            (1, _) => best,
            (_, 0) => format!("nothing to choose between {best} ({})", alike(&self.ties)),
            _ => format!("{best} ({})", alike(&self.ties)),
        }];
        if let Some((row, comparison)) = self.next {
            let apart = apart(comparison);
            let apart = if apart.is_empty() { apart } else { format!(": {apart}") };
            clauses.push(match &self.behind[..] {
                [] => format!("next {}{apart}", named(row)),
                behind => format!("{} only behind {}{apart}", named(row), names(behind)),
            });
        }
        if !self.dashes.is_empty() {
            let names: Vec<&str> = self.dashes.iter().map(|row| name(row)).collect();
            clauses.push(format!("no figure for {}", list(&names)));
        }
        format!("{}{}.", clauses.join("; "), doubts(&self.used()))
    }

    /// The rows whose figures stand in the sentence.
    pub(super) fn used(&self) -> Vec<(&'r Candidate<'p>, Metric)> {
        let next = self.next.iter().map(|(row, _)| *row);
        self.best.iter().copied().chain(next).map(|row| (row, self.metric)).collect()
    }

    /// The best, in the order in which transports are shown.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut best = self.best.clone();
        best.sort_by_key(|row| row.transport());
        best.iter().map(|row| name(row)).collect()
    }

    /// Whether several are best, and none is worse.
    pub(super) fn is_level(&self) -> bool {
        self.best.len() > 1 && self.worse == 0
    }

    /// Whether several are best only because bounds or dashes say too little of them.
    pub(super) fn is_unknown(&self) -> bool {
        self.ties.contains(&Comparison::Unknown)
    }

    /// Whether there is anybody to be better than.
    pub(super) fn has_rivals(&self) -> bool {
        self.best.len() + self.worse > 1
    }
}

/// The name of a row's transport.
pub(super) fn name(row: &Candidate<'_>) -> &'static str {
    row.transport().name()
}

/// The names of these rows' transports, each once.
pub(super) fn names(rows: &[&Candidate<'_>]) -> String {
    let mut names: Vec<&str> = rows.iter().map(|row| name(row)).collect();
    names.dedup();
    list(&names)
}

/// Two rows held against each other; a dash is unknown.
pub(super) fn hold(metric: Metric, first: &Candidate<'_>, second: &Candidate<'_>) -> Comparison {
    match (first.estimate(metric), second.estimate(metric)) {
        (Some(first), Some(second)) => Comparison::of(metric, first, second),
        _ => Comparison::Unknown,
    }
}
