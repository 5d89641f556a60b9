//! The point of a record at a glance, for one point: who is good at everything, and what is wrong with the others.

use super::phrase::{doubts, figure, list, range, shown, times};
use super::ranking::{Ranking, hold, name, names};
use super::scene::{Candidate, Point};
use crate::report::metric::Metric;

/// What a headline is about: what the client waits for, and what both ends pay.
pub(super) const TOLD: [Metric; 3] = [Metric::P50, Metric::Bytes, Metric::Cpu];
/// What differs by less is not the point of a record, however sure it is.
pub(super) const FAR: f64 = 2.0;

/// The candidates at a point by one figure, as a reader in a hurry has them.
pub(super) struct Field<'r, 'p> {
    pub(super) metric: Metric,
    /// The smallest figure.
    first: &'r Candidate<'p>,
    /// Who is not known to be far behind the first, itself among them.
    pub(super) near: Vec<&'r Candidate<'p>>,
    /// Who is.
    pub(super) far: Vec<&'r Candidate<'p>>,
    /// Whether nobody is known to be behind another.
    level: bool,
}

impl<'r, 'p> Field<'r, 'p> {
    /// `None` where there are no two figures, or where they are only bounds.
    pub(super) fn of(metric: Metric, rows: &'r [Candidate<'p>]) -> Option<Field<'r, 'p>> {
        let ranking = Ranking::of(metric, rows).filter(Ranking::has_rivals)?;
        let level = ranking.is_level();
        if level && ranking.is_unknown() {
            return None;
        }
        let first = *ranking.best.first()?;
        let known = rows.iter().filter(|row| row.estimate(metric).is_some());
        let (far, near) = known.partition(|row| hold(metric, first, row).factor() >= FAR);
        Some(Field { metric, first, near, far, level })
    }

    fn is_near(&self, row: &Candidate<'_>) -> bool {
        self.near.iter().any(|near| near.transport() == row.transport())
    }

    /// The least of these by this figure.
    fn least<'c>(&self, rows: &[&'c Candidate<'p>]) -> Option<&'c Candidate<'p>> {
        let known = rows.iter().filter_map(|row| Some((*row, row.estimate(self.metric)?.centre)));
        known.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(row, _)| row)
    }
}

/// One sentence, or two; nothing where there is nobody to compare.
pub(super) fn of(point: &Point<'_>) -> String {
    let fields: Vec<Field<'_, '_>> = TOLD.into_iter().filter_map(|metric| Field::of(metric, &point.rows)).collect();
    let Some(first) = fields.first() else { return String::new() };
    if fields.iter().all(|field| field.far.is_empty()) {
        return alike(&fields);
    }
    let mut leaders = first.near.clone();
    let mut traded: Vec<&Field<'_, '_>> = Vec::new();
    for field in &fields[1..] {
        let both: Vec<&Candidate<'_>> = leaders.iter().copied().filter(|row| field.is_near(row)).collect();
        if both.is_empty() { traded.push(field) } else { leaders = both }
    }
    leaders.sort_by_key(|row| row.transport());
    let mut used: Vec<(&Candidate<'_>, Metric)> = leaders.iter().map(|row| (*row, first.metric)).collect();
    let figures: Vec<f64> = leaders.iter().filter_map(|row| row.figure(first.metric)).collect();
    let middle = if first.metric == Metric::P50 { " (p50)" } else { "" };
    let opening =
        format!("{} {}{middle}", names(&leaders), does(first.metric, &leaders, &shown_range(first, &figures)));
    let mut clauses = vec![opening];
    for row in &point.rows {
        if !leaders.iter().any(|leader| leader.transport() == row.transport()) {
            clauses.extend(fault(row, &fields, &leaders, &mut used));
        }
    }
    for field in traded {
        let Some(least) = field.least(&leaders) else { continue };
        used.extend([(field.first, field.metric), (least, field.metric)]);
        let (who, what) = (name(field.first), less(field.metric));
        let against = (figure(field.first, field.metric), figure(least, field.metric));
        clauses.push(format!("but {who} {what}: {} against {}", against.0, against.1));
    }
    let told = format!("{}{}.", clauses.join("; "), doubts(&used));
    match leaders[..] {
        [a, b] => format!("{told} {}", differ(a, b, &fields)),
        _ => told,
    }
}

/// Nobody is far behind anybody.
fn alike(fields: &[Field<'_, '_>]) -> String {
    let mut all = fields[0].near.clone();
    all.sort_by_key(|row| row.transport());
    let between = match all[..] {
        [a, b] => format!("tells {} from {}", name(a), name(b)),
        _ => format!("tells {} apart", names(&all)),
    };
    if fields.iter().all(|field| field.level) {
        return format!("Nothing here {between} beyond noise.");
    }
    if let [a, b] = all[..] {
        let used: Vec<(&Candidate<'_>, Metric)> = fields.iter().flat_map(|f| [(a, f.metric), (b, f.metric)]).collect();
        return format!("Nothing here {between} but {}{}.", list(&differences(a, b, fields)), doubts(&used));
    }
    let told = fields.iter().filter(|field| !field.level);
    let (mut least, mut used) = (Vec::new(), Vec::new());
    for field in told {
        least.push(format!(
            "lowest {}, {} ({})",
            field.metric.name(),
            name(field.first),
            figure(field.first, field.metric)
        ));
        used.push((field.first, field.metric));
    }
    format!("Nothing here {between} by a factor of 2; {}{}.", least.join("; "), doubts(&used))
}

/// What is wrong with a row that is no leader: that it is late, or else what it costs.
fn fault<'r, 'p>(
    row: &'r Candidate<'p>,
    fields: &[Field<'r, 'p>],
    leaders: &[&'r Candidate<'p>],
    used: &mut Vec<(&'r Candidate<'p>, Metric)>,
) -> Option<String> {
    let mut costs = Vec::new();
    for field in fields.iter().filter(|field| !field.is_near(row) && row.estimate(field.metric).is_some()) {
        used.push((row, field.metric));
        if field.metric == Metric::P50 {
            return Some(format!("{} in {}", name(row), figure(row, Metric::P50)));
        }
        // held against the leaders, and against who is better still only where that is not far
        let leader = field.least(leaders).filter(|leader| hold(field.metric, leader, row).factor() >= FAR);
        let base = leader.unwrap_or(field.first);
        used.push((base, field.metric));
        let whose = if leader.is_some() { String::new() } else { format!(" of {}", name(base)) };
        let ratio = times(hold(field.metric, base, row).factor());
        costs.push(match field.metric {
            Metric::Bytes => format!("sends {ratio} the bytes{whose}"),
            _ => format!("takes {ratio} the server CPU{whose}"),
        });
    }
    (!costs.is_empty()).then(|| format!("{} {}", name(row), list(&costs)))
}

/// What two leaders differ by.
fn differ(a: &Candidate<'_>, b: &Candidate<'_>, fields: &[Field<'_, '_>]) -> String {
    let told = differences(a, b, fields);
    let used: Vec<(&Candidate<'_>, Metric)> = fields.iter().flat_map(|f| [(a, f.metric), (b, f.metric)]).collect();
    if told.is_empty() {
        return format!("Nothing here tells {} from {} beyond noise.", name(a), name(b));
    }
    format!("All that tells {} from {}: {}{}.", name(a), name(b), list(&told), doubts(&used))
}

fn differences(a: &Candidate<'_>, b: &Candidate<'_>, fields: &[Field<'_, '_>]) -> Vec<String> {
    let mut told = Vec::new();
    for metric in fields.iter().map(|field| field.metric) {
        let differs = hold(metric, a, b).is_more() || hold(metric, b, a).is_more();
        let (Some(a), Some(b)) = (a.figure(metric), b.figure(metric)) else { continue };
        if differs {
            let far = shown(metric, (a - b).abs());
            told.push(match metric {
                Metric::P50 => format!("{far} of p50"),
                Metric::Bytes => format!("{far} an update"),
                _ => format!("{far} of server CPU"),
            });
        }
    }
    told
}

fn shown_range(field: &Field<'_, '_>, figures: &[f64]) -> String {
    range(figures, |value| shown(field.metric, value))
}

/// What these do, by a figure of theirs.
pub(super) fn does(metric: Metric, who: &[&Candidate<'_>], figures: &str) -> String {
    let s = if who.iter().all(|row| row.transport() == who[0].transport()) { "s" } else { "" };
    match metric {
        Metric::P50 => format!("bring{s} an update in {figures}"),
        Metric::Bytes => format!("send{s} {figures} an update"),
        _ => format!("take{s} {figures} of server CPU an update"),
    }
}

fn less(metric: Metric) -> &'static str {
    match metric {
        Metric::P50 => "is faster",
        Metric::Bytes => "sends fewer bytes",
        _ => "takes less server CPU",
    }
}
