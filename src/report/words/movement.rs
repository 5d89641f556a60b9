//! The point of a sweep at a glance: what changes along it, and for whom, and what holds throughout.

use super::headline::{FAR, Field, TOLD, does};
use super::phrase::{capital, doubts, figure, list, range, shown, times};
use super::ranking::{Ranking, hold, name, names};
use super::scene::{Candidate, Point, Scene};
use crate::kind::Transport;
use crate::report::metric::Metric;

/// What all transports' figures change by, for their distance to be the point, not their change.
const TOGETHER: f64 = 1.5;

/// One sentence, or two.
pub(super) fn of(scene: &Scene<'_>) -> String {
    let (turn, movement) = (turn(scene), movement(scene));
    let size = |told: &Option<Told>| told.as_ref().map_or(0.0, |told| told.size);
    let (first, second) = if size(&turn) >= size(&movement) { (turn, None) } else { (movement, turn) };
    let used = first.as_ref().map_or(Vec::new(), |told| told.metrics.clone());
    let second = second.filter(|turn| !turn.metrics.iter().any(|metric| used.contains(metric)));
    let second = second.map(|told| told.sentence).or_else(|| in_return(scene, &used)).or_else(|| {
        let mut others = TOLD.into_iter().filter(|metric| !used.contains(metric));
        others.find_map(|metric| throughout(scene, metric))
    });
    let told: Vec<String> = first.map(|told| told.sentence).into_iter().chain(second).collect();
    if !told.is_empty() {
        return told.join(" ");
    }
    let fields: Vec<Field<'_, '_>> =
        scene.points.iter().flat_map(|p| TOLD.into_iter().filter_map(|metric| Field::of(metric, &p.rows))).collect();
    if fields.is_empty() {
        String::new()
    } else if fields.iter().all(|field| field.far.is_empty()) {
        "At no point is anybody known to be a factor of 2 behind in p50, bytes or server CPU per update.".into()
    } else {
        "Who is far behind depends on the point: nobody is so throughout.".into()
    }
}

/// A sentence, by what it is told, and how much that is.
struct Told {
    size: f64,
    sentence: String,
    metrics: Vec<Metric>,
}

/// Where a transport stands among the others by one figure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Front,
    Behind,
    Back,
}

/// `None` where the figures do not say.
fn standing(metric: Metric, point: &Point<'_>, row: &Candidate<'_>) -> Option<Standing> {
    let ranking = Ranking::of(metric, &point.rows).filter(|ranking| ranking.has_rivals() && !ranking.is_level())?;
    if ranking.is_unknown() {
        return None;
    }
    if ranking.best.iter().any(|best| best.transport() == row.transport()) {
        return Some(Standing::Front);
    }
    let mut others = point.rows.iter().filter(|other| other.transport() != row.transport());
    let all = others.all(|other| other.estimate(metric).is_none() || hold(metric, other, row).is_more());
    Some(if all { Standing::Back } else { Standing::Behind })
}

/// A transport that goes from the back to the front, or the other way round, by its own change.
fn turn(scene: &Scene<'_>) -> Option<Told> {
    if !scene.along {
        return None;
    }
    let mut best: Option<Told> = None;
    for transport in Transport::ALL {
        let turns = [Metric::Bytes, Metric::Cpu, Metric::P50].map(|metric| Turn::of(scene, metric, transport));
        let turns: Vec<Turn<'_, '_>> = turns.into_iter().flatten().collect();
        let size = turns.iter().map(|turn| turn.factor).product();
        if !turns.is_empty() && best.as_ref().is_none_or(|best| size > best.size) {
            let used: Vec<(&Candidate<'_>, Metric)> =
                turns.iter().flat_map(|turn| [(turn.from.0, turn.metric), (turn.to.0, turn.metric)]).collect();
            let sentence = format!("{transport} goes {}{}.", turned(&turns), doubts(&used));
            best = Some(Told { size, sentence, metrics: turns.iter().map(|turn| turn.metric).collect() });
        }
    }
    best
}

struct Turn<'r, 'p> {
    metric: Metric,
    way: (Standing, Standing),
    factor: f64,
    /// The rows, and where they stand.
    from: (&'r Candidate<'p>, String),
    to: (&'r Candidate<'p>, String),
}

impl<'r, 'p> Turn<'r, 'p> {
    fn of(scene: &'r Scene<'p>, metric: Metric, transport: Transport) -> Option<Turn<'r, 'p>> {
        let mut known = Vec::new();
        for (at, point) in scene.points.iter().enumerate() {
            let Some(row) = point.row(transport) else { continue };
            if let Some(standing) = standing(metric, point, row) {
                known.push((at, standing, row));
            }
        }
        let [first, .., last] = known[..] else { return None };
        // who was only behind and is level now is no news: a difference came to be too small to see
        if first.1 != Standing::Back && last.1 != Standing::Back {
            return None;
        }
        let is_front = |known: &(usize, Standing, &Candidate<'_>)| known.1 == Standing::Front;
        // exactly one change of place: what comes and goes is noise, or no matter for one sentence
        if known.windows(2).filter(|pair| is_front(&pair[0]) != is_front(&pair[1])).count() != 1 {
            return None;
        }
        let factor = hold(metric, first.2, last.2).factor().max(hold(metric, last.2, first.2).factor());
        let at = |(at, _, row): (usize, Standing, &'r Candidate<'p>)| (row, scene.point(at).to_owned());
        (factor >= FAR).then(|| Turn { metric, way: (first.1, last.1), factor, from: at(first), to: at(last) })
    }
}

/// `from the back to the front in bytes per update (900 B at 1/s, 105 B at 100/s) and …`.
fn turned(turns: &[Turn<'_, '_>]) -> String {
    let mut ways: Vec<((Standing, Standing), Vec<String>)> = Vec::new();
    for Turn { metric, way, from, to, .. } in turns {
        let (before, behind) = (figure(from.0, *metric), figure(to.0, *metric));
        let text = format!("in {} ({before} at {}, {behind} at {})", metric.name(), from.1, to.1);
        match ways.iter_mut().find(|known| known.0 == *way) {
            Some((_, texts)) => texts.push(text),
            None => ways.push((*way, vec![text])),
        }
    }
    let place = |standing| match standing {
        Standing::Front => "the front",
        Standing::Behind => "behind",
        Standing::Back => "the back",
    };
    let told: Vec<String> = ways
        .iter()
        .map(|((from, to), texts)| format!("from {} to {} {}", place(*from), place(*to), list(texts)))
        .collect();
    list(&told)
}

/// How one transport's figure changes between two points; 1: no change shows.
struct Change<'r, 'p> {
    from: &'r Candidate<'p>,
    to: &'r Candidate<'p>,
    ratio: f64,
}

/// The figure whose changes are most unlike each other.
fn movement(scene: &Scene<'_>) -> Option<Told> {
    let mut best: Option<Told> = None;
    for metric in TOLD {
        let Some((from, to)) = ends(scene, metric) else { continue };
        let changes = changes(scene, metric, from, to);
        let least = changes.iter().map(|change| change.ratio).fold(f64::INFINITY, f64::min);
        let most = changes.iter().map(|change| change.ratio).fold(0.0, f64::max);
        let size = most / least;
        if changes.len() < 2 || size < FAR || best.as_ref().is_some_and(|best| size <= best.size) {
            continue;
        }
        let together = least > TOGETHER || most < 1.0 / TOGETHER;
        let over = capital(&scene.span(from, to));
        let sentence = if together { gap(scene, metric, from, to) } else { Some(moved(&over, metric, &changes)) };
        if let Some(sentence) = sentence {
            best = Some(Told { size, sentence, metrics: vec![metric] });
        }
    }
    best
}

/// What changes the other way for whom it was told of: a trade.
#[allow(clippy::float_cmp)] // as below
fn in_return(scene: &Scene<'_>, told: &[Metric]) -> Option<String> {
    let [first] = told else { return None };
    let (from, to) = ends(scene, *first)?;
    let moves = changes(scene, *first, from, to);
    TOLD.into_iter().filter(|metric| metric != first).find_map(|metric| {
        let mut others = changes(scene, metric, from, to);
        let opposite = |a: &Change<'_, '_>| {
            let traded = |b: &Change<'_, '_>| {
                b.from.transport() == a.from.transport()
                    && (a.ratio >= FAR && b.ratio <= 1.0 / FAR || a.ratio <= 1.0 / FAR && b.ratio >= FAR)
            };
            others.iter().any(traded)
        };
        let traded = moves.iter().any(opposite);
        others.retain(|change| change.ratio != 1.0);
        traded.then(|| moved("In return", metric, &others))
    })
}

/// The points that are held against each other: the ends of an axis; without one, where the figure that changes most is
/// least and where it is most.
fn ends(scene: &Scene<'_>, metric: Metric) -> Option<(usize, usize)> {
    let has = |at: &usize| scene.points[*at].rows.iter().any(|row| row.figure(metric).is_some());
    let known: Vec<usize> = (0..scene.points.len()).filter(has).collect();
    let [first, .., last] = known[..] else { return None };
    if scene.along {
        return Some((first, last));
    }
    let mut widest: Option<(f64, usize, usize)> = None;
    for transport in Transport::ALL {
        let value = |at: usize| -> Option<(usize, f64)> {
            let row = scene.points[at].row(transport)?;
            Some((at, row.figure(metric)?))
        };
        let values = || known.iter().filter_map(|&at| value(at));
        let (Some(least), Some(most)) =
            (values().min_by(|a, b| a.1.total_cmp(&b.1)), values().max_by(|a, b| a.1.total_cmp(&b.1)))
        else {
            continue;
        };
        if least.1 > 0.0 && widest.is_none_or(|widest| most.1 / least.1 > widest.0) {
            widest = Some((most.1 / least.1, least.0, most.0));
        }
    }
    widest.map(|(_, from, to)| (from, to))
}

fn changes<'r, 'p>(scene: &'r Scene<'p>, metric: Metric, from: usize, to: usize) -> Vec<Change<'r, 'p>> {
    let mut changes = Vec::new();
    for transport in Transport::ALL {
        let (Some(from), Some(to)) = (scene.points[from].row(transport), scene.points[to].row(transport)) else {
            continue;
        };
        if from.figure(metric).is_none() || to.figure(metric).is_none() {
            continue; // a bound has no ratio
        }
        let (up, down) = (hold(metric, from, to), hold(metric, to, from));
        let ratio = if up.is_more() {
            up.factor()
        } else if down.is_more() {
            1.0 / down.factor()
        } else {
            1.0
        };
        changes.push(Change { from, to, ratio });
    }
    changes
}

/// Some change, others do not, or the other way.
#[allow(clippy::float_cmp)] // 1 is no result of arithmetic: it says that no change shows
fn moved(over: &str, metric: Metric, changes: &[Change<'_, '_>]) -> String {
    let s = if metric == Metric::Bytes { "" } else { "s" };
    let each = |verb: &str, is: &dyn Fn(f64) -> Option<f64>| {
        let told = changes.iter().filter_map(|change| Some((name(change.from), is(change.ratio)?)));
        let told: Vec<String> = told.map(|(who, factor)| format!("{} with {who}", times(factor))).collect();
        (!told.is_empty()).then(|| format!("{verb}{s} {}", list(&told)))
    };
    let grow = each("grow", &|ratio| (ratio > 1.0).then_some(ratio));
    let fall = each("fall", &|ratio| (ratio < 1.0).then_some(1.0 / ratio));
    let moved: Vec<String> = grow.into_iter().chain(fall).collect();
    let still: Vec<&Candidate<'_>> = changes.iter().filter(|c| c.ratio == 1.0).map(|c| c.from).collect();
    let still = if still.is_empty() { String::new() } else { format!("; no change shows with {}", names(&still)) };
    let used: Vec<(&Candidate<'_>, Metric)> = changes.iter().flat_map(|c| [(c.from, metric), (c.to, metric)]).collect();
    let what = if metric == Metric::P50 { "latency (p50)" } else { metric.name() };
    format!("{over}, {what} {}{still}{}.", moved.join(" and "), doubts(&used))
}

/// All change alike: how far they are apart is what changes.
fn gap(scene: &Scene<'_>, metric: Metric, from: usize, to: usize) -> Option<String> {
    let apart = |at: usize| {
        let mut rows: Vec<&Candidate<'_>> =
            scene.points[at].rows.iter().filter(|row| row.figure(metric).is_some()).collect();
        rows.sort_by(|a, b| a.figure(metric).unwrap_or(0.0).total_cmp(&b.figure(metric).unwrap_or(0.0)));
        let (least, most) = (*rows.first()?, *rows.last()?);
        Some((least, most, most.figure(metric)? / least.figure(metric)?))
    };
    let (before, behind) = (apart(from)?, apart(to)?);
    let wide = if before.2 > behind.2 { before } else { behind };
    if !hold(metric, wide.0, wide.1).is_more() {
        return None;
    }
    let used = [(before.0, metric), (before.1, metric), (behind.0, metric), (behind.1, metric)];
    let told = |at: usize, (least, most, ratio): (&Candidate<'_>, &Candidate<'_>, f64)| {
        if hold(metric, least, most).is_more() {
            format!("{} at {} ({} against {})", times(ratio), scene.point(at), name(most), name(least))
        } else {
            format!("nothing that shows at {}", scene.point(at))
        }
    };
    let verb = if before.2 > behind.2 { "shrinks" } else { "grows" };
    let (first, last) = (told(from, before), told(to, behind));
    Some(format!("The gap in {} {verb} from {first} to {last}{}.", metric.name(), doubts(&used)))
}

/// Who is never far behind by a figure, and who always is.
fn throughout(scene: &Scene<'_>, metric: Metric) -> Option<String> {
    let fields: Vec<Field<'_, '_>> = scene.points.iter().filter_map(|point| Field::of(metric, &point.rows)).collect();
    let of = |transport| -> Option<Vec<&Candidate<'_>>> {
        let rows = fields.iter().flat_map(|field| field.near.iter().chain(&field.far));
        let rows: Vec<&Candidate<'_>> = rows.filter(|row| row.transport() == transport).copied().collect();
        (!rows.is_empty() && rows.iter().all(|row| row.figure(metric).is_some())).then_some(rows)
    };
    let always = |among: &dyn Fn(&Field<'_, '_>, Transport) -> bool| -> Vec<Vec<&Candidate<'_>>> {
        let all = Transport::ALL.into_iter().filter(|&t| fields.iter().all(|field| among(field, t)));
        all.filter_map(of).collect()
    };
    let near = always(&|field, t| field.near.iter().any(|row| row.transport() == t)).concat();
    let far = always(&|field, t| field.far.iter().any(|row| row.transport() == t));
    if near.is_empty() || far.is_empty() {
        return None;
    }
    let figures = |rows: &[&Candidate<'_>]| {
        let values: Vec<f64> = rows.iter().filter_map(|row| row.figure(metric)).collect();
        range(&values, |value| shown(metric, value))
    };
    let into = if metric == Metric::P50 { "in " } else { "" };
    let far_told: Vec<String> = far.iter().map(|rows| format!("{} {into}{}", name(rows[0]), figures(rows))).collect();
    let used: Vec<(&Candidate<'_>, Metric)> =
        near.iter().chain(far.iter().flatten()).map(|row| (*row, metric)).collect();
    let when = if fields.len() == scene.points.len() { "Throughout" } else { "Wherever that was measured" };
    Some(format!(
        "{when}, {} {}, {}{}.",
        names(&near),
        does(metric, &near, &figures(&near)),
        far_told.join(", "),
        doubts(&used)
    ))
}
