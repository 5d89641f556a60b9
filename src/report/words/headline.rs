//! The point of a record at a glance, for one point: who is good at everything, and what is wrong with the others.

use super::aspect::ASPECTS;
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
        return alike(point, &first.near);
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
    let mut late = vec![opening];
    let mut clauses = Vec::new();
    for row in point.rows.iter().filter(|row| !leaders.iter().any(|leader| leader.transport() == row.transport())) {
        let waits = first.metric == Metric::P50 && !first.is_near(row) && row.estimate(Metric::P50).is_some();
        if waits {
            used.push((row, Metric::P50));
            late.push(format!("{} in {}", name(row), figure(row, Metric::P50)));
        } else {
            clauses.extend(fault(row, &fields, &leaders, &mut used));
        }
    }
    clauses.insert(0, late.join(", "));
    let mut gains: Vec<(&str, Vec<String>)> = Vec::new();
    for field in traded {
        let Some(least) = field.least(&leaders) else { continue };
        used.extend([(field.first, field.metric), (least, field.metric)]);
        let figures = [figure(field.first, field.metric), figure(least, field.metric)].join(" against ");
        let gain = format!("{} ({figures})", less(field.metric));
        match gains.iter_mut().find(|(who, _)| *who == name(field.first)) {
            Some((_, gains)) => gains.push(gain),
            None => gains.push((name(field.first), vec![gain])),
        }
    }
    clauses.extend(gains.iter().map(|(who, gains)| format!("but {who} {}", list(gains))));
    let told = format!("{}{}.", clauses.join("; "), doubts(&used));
    match leaders[..] {
        [a, b] => format!("{told} {}", differ(a, b)),
        _ => told,
    }
}

/// Nobody is far behind anybody in what a headline is about.
fn alike(point: &Point<'_>, near: &[&Candidate<'_>]) -> String {
    let mut all = near.to_vec();
    all.sort_by_key(|row| row.transport());
    if let [a, b] = all[..] {
        let (told, marks) = differences(a, b);
        let but = if told.is_empty() { "beyond noise".into() } else { format!("but {}", list(&told)) };
        return format!("Nothing here tells {} from {} {but}{marks}.", name(a), name(b));
    }
    let fields = compared().filter_map(|metric| Field::of(metric, &point.rows));
    let fields: Vec<Field<'_, '_>> = fields.filter(|field| !field.level).collect();
    if fields.is_empty() {
        return format!("Nothing here tells {} apart beyond noise.", names(&all));
    }
    let used: Vec<(&Candidate<'_>, Metric)> = fields.iter().map(|field| (field.first, field.metric)).collect();
    let least = |far: bool| -> Vec<String> {
        let told = fields.iter().filter(|field| field.far.is_empty() != far);
        told.map(|f| format!("{} (lowest with {}, {})", f.metric.name(), name(f.first), figure(f.first, f.metric)))
            .collect()
    };
    let (far, near) = (least(true), least(false));
    let but = if far.is_empty() { String::new() } else { format!(" but {}", list(&far)) };
    let near = if near.is_empty() { String::new() } else { format!("; what differs by less: {}", list(&near)) };
    format!("Nothing here tells {} apart by a factor of 2{but}{near}{}.", names(&all), doubts(&used))
}

/// What a row that is not late costs more than the leaders do, or else more than whoever costs least.
fn fault<'r, 'p>(
    row: &'r Candidate<'p>,
    fields: &[Field<'r, 'p>],
    leaders: &[&'r Candidate<'p>],
    used: &mut Vec<(&'r Candidate<'p>, Metric)>,
) -> Option<String> {
    let (mut costs, mut others) = (Vec::new(), Vec::new());
    for field in fields.iter().filter(|field| !field.is_near(row) && row.estimate(field.metric).is_some()) {
        let leader = field.least(leaders).filter(|leader| hold(field.metric, leader, row).factor() >= FAR);
        let base = leader.unwrap_or(field.first);
        let ratio = times(hold(field.metric, base, row).factor());
        let told = match field.metric {
            Metric::Bytes => format!("sends {ratio} the bytes"),
            _ => format!("takes {ratio} the server CPU"),
        };
        if leader.is_some() {
            used.extend([(row, field.metric), (base, field.metric)]);
            costs.push(told);
        } else {
            others.push((format!("{told} of {}", name(base)), (base, field.metric)));
        }
    }
    if costs.is_empty() {
        let (told, base) = others.into_iter().next()?;
        used.extend([(row, base.1), base]);
        costs.push(told);
    }
    Some(format!("{} {}", name(row), list(&costs)))
}

/// What two leaders differ by.
fn differ(a: &Candidate<'_>, b: &Candidate<'_>) -> String {
    match differences(a, b) {
        (told, _) if told.is_empty() => format!("Nothing tells {} from {} beyond noise.", name(a), name(b)),
        (told, marks) => format!("What tells {} from {}: {}{marks}.", name(a), name(b), list(&told)),
    }
}

/// Where nobody differs, none of this does: what is judged, and how often one asks.
fn compared() -> impl Iterator<Item = Metric> {
    ASPECTS.into_iter().map(|(_, metric)| metric).chain([Metric::Requests])
}

/// By every figure that is compared, and the doubts about the figures that were held against each other.
fn differences(a: &Candidate<'_>, b: &Candidate<'_>) -> (Vec<String>, String) {
    let (mut told, mut used) = (Vec::new(), Vec::new());
    for metric in compared() {
        used.extend([(a, metric), (b, metric)]);
        if !hold(metric, a, b).is_more() && !hold(metric, b, a).is_more() {
            continue;
        }
        let (Some(a), Some(b)) = (a.figure(metric), b.figure(metric)) else {
            told.push(metric.name().to_owned()); // a bound: how much is not known
            continue;
        };
        let far = shown(metric, (a - b).abs());
        told.push(match metric {
            Metric::P50 | Metric::P99 => format!("{far} of {}", metric.name()),
            Metric::Bytes => format!("{far} an update"),
            Metric::Requests => format!("{far} requests an update"),
            Metric::Memory => format!("{far} of memory a client"),
            Metric::Idle => format!("{far} of a core at rest"),
            _ => format!("{far} of server CPU an update"),
        });
    }
    (told, doubts(&used))
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
