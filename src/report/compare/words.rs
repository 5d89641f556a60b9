//! A comparison in words and short texts: what terminal, Markdown, page and gate all say alike.

use super::model::{Basis, COMPARED, Comparison, Difference, Figure, LEVEL, OCCASIONS, Outcome, Pair, Taken, Verdict};
use crate::report::metric::{Metric, Unit};
use crate::report::name::together;
use crate::report::number::{counted, percent, significant, spaced, whole};
use crate::report::words::capital;

/// A figure as a line of a table.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Line {
    pub(super) figure: &'static str,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) ratio: String,
    pub(super) interval: String,
    pub(super) p: String,
    pub(super) verdict: String,
    /// How small a difference would have been seen, where none is shown.
    pub(super) seen: String,
    pub(super) doubts: Vec<usize>,
    /// `better`, `worse`, or nothing where no difference is shown.
    pub(super) tone: &'static str,
}

impl Line {
    /// What stands behind a verdict in running text.
    pub(super) fn beside(&self) -> String {
        match (self.ratio.is_empty(), self.interval.is_empty(), self.p.is_empty()) {
            (true, ..) => String::new(),
            (_, true, _) => format!(" ({} ×)", self.ratio),
            (_, _, true) => format!(" ({} ×, {})", self.ratio, self.interval),
            _ => format!(" ({} ×, {}, p {})", self.ratio, self.interval, equals(&self.p)),
        }
    }
}

fn equals(p: &str) -> String {
    if p.starts_with('<') { p.to_owned() } else { format!("= {p}") }
}

/// What a line of a table says of a figure.
pub(super) fn line(comparison: &Comparison, figure: &Figure) -> Line {
    let (interval, p) = match &figure.outcome {
        Outcome::Tested { effect, adjusted, .. } => (
            effect.interval.map(|at| format!("{} to {}", ratio(at.low), ratio(at.high))).unwrap_or_default(),
            chance(*adjusted),
        ),
        _ => (String::new(), String::new()),
    };
    Line {
        figure: short(figure.metric),
        old: figure.old.text.clone(),
        new: figure.new.text.clone(),
        ratio: figure.ratio().map(ratio).unwrap_or_default(),
        interval,
        p,
        verdict: verdict(comparison, figure),
        seen: seen(figure),
        doubts: figure.doubts.clone(),
        tone: tone(figure),
    }
}

fn tone(figure: &Figure) -> &'static str {
    match figure.verdict() {
        verdict if !verdict.differs() => "",
        Verdict::Occasions => "occasions",
        _ if figure.is_more() => "worse",
        _ => "better",
    }
}

/// What a figure is called where there is little room.
pub(super) fn short(metric: Metric) -> &'static str {
    match metric {
        Metric::Bytes => "bytes/update",
        Metric::Wire => "on the wire",
        Metric::Requests => "requests/update",
        Metric::Cpu => "CPU/update",
        Metric::Memory => "memory/client",
        other => other.name(),
    }
}

/// A ratio, near 1 with the digits that tell it from 1.
pub(super) fn ratio(ratio: f64) -> String {
    if (0.5..2.0).contains(&ratio) { format!("{ratio:.3}") } else { significant(ratio) }
}

fn chance(p: f64) -> String {
    match p {
        p if p < 0.001 => "< 0.001".into(),
        p if p < 0.1 => format!("{p:.3}"),
        p => format!("{p:.2}"),
    }
}

/// A p as it is printed, without what was rounded off.
pub(super) fn printed(p: f64) -> Option<f64> {
    chance(p).trim_start_matches("< ").parse().ok()
}

fn seen(figure: &Figure) -> String {
    match &figure.outcome {
        Outcome::Tested { detectable: Some(ratio), .. } if figure.verdict() == Verdict::NotShown => difference(*ratio),
        _ => String::new(),
    }
}

/// The ratio from which on it is told as a factor.
pub(super) const FACTOR: f64 = 2.0;

/// How far a ratio above 1 is from it.
fn difference(ratio: f64) -> String {
    if ratio < FACTOR { percent(ratio - 1.0) } else { format!("{} ×", significant(ratio)) }
}

fn verdict(comparison: &Comparison, figure: &Figure) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    match (&figure.outcome, figure.verdict()) {
        (Outcome::Nothing { more: true }, _) => format!("more: none in {old}"),
        (Outcome::Nothing { more: false }, _) => format!("less: none in {new}"),
        (Outcome::Exactly { more }, _) => {
            format!("exactly {} {}", exact(figure.metric, more.abs()), if *more > 0.0 { "more" } else { "less" })
        }
        (Outcome::Single, _) => "one trial shows nothing".into(),
        (_, Verdict::Faster) => "faster".into(),
        (_, Verdict::Slower) => "slower".into(),
        (_, Verdict::Less) => "less".into(),
        (_, Verdict::More) => "more".into(),
        (_, Verdict::Occasions) => "differs between occasions".into(),
        (_, Verdict::Equal) => "exactly equal".into(),
        (_, Verdict::Trifling) => "less than 10 µs apart".into(),
        (_, Verdict::Unknown) => "cannot be compared".into(),
        (_, Verdict::NotShown | Verdict::ExactlyLess | Verdict::ExactlyMore) => "no difference shown".into(),
    }
}

/// An exact quantity with every digit that it has.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and small
fn exact(metric: Metric, value: f64) -> String {
    let is_whole = value.fract() == 0.0 && value < 1e15;
    match metric.unit() {
        Unit::Octets if is_whole => format!("{} B", whole(value as u64)),
        Unit::Count if is_whole => whole(value as u64),
        _ => metric.show(value),
    }
}

/// What is compared, as a title.
pub(super) fn title(comparison: &Comparison) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    format!("{}: {new} against {old}", comparison.scenario)
}

/// How many groups of figures may stand in the headline.
const TOLD: usize = 4;

/// The answer in a sentence.
pub(super) fn headline(comparison: &Comparison) -> String {
    let told = |figure: &Figure| figure.verdict() != Verdict::Unknown && figure.outcome != Outcome::Single;
    let all = comparison.figures().filter(|(_, figure)| told(figure)).count();
    let figures = counted(all as u64, "figure");
    if all == 0 {
        return "No figure can be compared.".into();
    }
    let changes = changes(comparison);
    if changes.is_empty() {
        return format!("No difference is shown in any of {figures}.");
    }
    let count = |changes: &[Change<'_>]| changes.iter().map(|change| change.figures.len() as u64).sum::<u64>();
    let told: Vec<String> = changes.iter().take(TOLD).map(|change| change.told(comparison)).collect();
    let more = match count(&changes[told.len()..]) {
        0 => String::new(),
        more => format!("; and {} more", whole(more)),
    };
    let verb = if count(&changes) == 1 { "differs" } else { "differ" };
    let between = if comparison.basis == Basis::Occasions { " between occasions" } else { "" };
    spaced(&format!("{} of {figures} {verb}{between}: {}{more}.", whole(count(&changes)), told.join("; ")))
}

/// Figures of one pair that changed alike.
struct Change<'c> {
    pair: &'c Pair,
    verdict: String,
    figures: Vec<&'c Figure>,
}

/// What differs, what changed most first.
fn changes(comparison: &Comparison) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    for (pair, figure) in comparison.figures().filter(|(_, figure)| figure.verdict().differs()) {
        let verdict = verdict(comparison, figure);
        let same = |change: &&mut Change<'_>| change.pair.label == pair.label && change.verdict == verdict;
        match changes.iter_mut().find(same) {
            Some(change) => change.figures.push(figure),
            None => changes.push(Change { pair, verdict, figures: vec![figure] }),
        }
    }
    let far = |figure: &&Figure| figure.ratio().map_or(f64::INFINITY, |ratio| ratio.ln().abs());
    let farthest = |change: &Change<'_>| change.figures.iter().map(far).fold(0.0, f64::max);
    changes.sort_by(|a, b| farthest(b).total_cmp(&farthest(a)));
    changes
}

impl Change<'_> {
    /// `websocket p50, p99 slower (1.493 to 1.502 ×)`.
    fn told(&self, comparison: &Comparison) -> String {
        let names: Vec<&str> = self.figures.iter().map(|figure| short(figure.metric)).collect();
        let ratios = || self.figures.iter().filter_map(|figure| figure.ratio());
        let (least, most) = (ratios().fold(f64::INFINITY, f64::min), ratios().fold(0.0, f64::max));
        let ratio = match (ratio(least), ratio(most)) {
            _ if most == 0.0 => String::new(),
            (least, most) if least == most => format!(" ({least} ×)"),
            (least, most) => format!(" ({least} to {most} ×)"),
        };
        // that is said of all of them
        let occasions = comparison.basis == Basis::Occasions && self.figures[0].verdict() == Verdict::Occasions;
        let verdict = if occasions { String::new() } else { format!(" {}", self.verdict) };
        format!("{} {}{verdict}{ratio}", self.pair.label, names.join(", "))
    }
}

/// How the two sides were observed, and how much can be said for it.
pub(super) fn basis(comparison: &Comparison) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    let count = |side: usize| counted(comparison.sides[side].taken.len() as u64, "record");
    match comparison.basis {
        Basis::Blocks => {
            format!("{old} and {new} were measured in turn, in the same blocks: they are compared block by block.")
        }
        Basis::Records => format!(
            "{} of {old}, {} of {new}, each taken on an occasion of its own: each is one observation, the median of its trials.",
            capital(&count(0)),
            count(1)
        ),
        Basis::Occasions => format!(
            "{old} and {new} were taken on different occasions. What the machine was doing at each is in every figure, so that \
             the most that can be shown is that a figure differs between occasions, not that {new} is the reason. Interleaved \
             runs (`run --against`) or {OCCASIONS} records a side can show that."
        ),
    }
}

/// How the columns are read.
pub(super) fn legend(comparison: &Comparison) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    let by = match comparison.basis {
        Basis::Blocks => "the middle one of the blocks' ratios",
        Basis::Records => "found from record to record",
        Basis::Occasions => "found from trial to trial",
    };
    let ratio = format!(
        "ratio: {new} ÷ {old}, {by}, which need not be that of the medians beside it; with its 95 % interval by itself."
    );
    let family = comparison.family();
    if family == 0 {
        return ratio;
    }
    let corrected = match family {
        1 => String::new(),
        n => format!(", corrected (Holm) for {} figures together", whole(n as u64)),
    };
    format!(
        "{ratio} p: how likely such a difference is by chance{corrected}; up to {LEVEL} a difference is shown. Where none \
         is, 'would be seen' says how small a one these trials would have shown four times out of five."
    )
}

/// Why figures cannot be compared, each reason once: `p99, p99.9 of sse, websocket: …`.
pub(super) fn reasons(comparison: &Comparison) -> Vec<String> {
    // by figure: a reason, and the rows that have it
    let mut found: Vec<(&'static str, String, Vec<usize>)> = Vec::new();
    for (place, pair) in comparison.pairs.iter().enumerate() {
        for figure in &pair.figures {
            let Outcome::Unknown(why) = &figure.outcome else { continue };
            // a reason often begins with the figure's own name, and is the same for its neighbours
            let why = why.replacen(&format!("{} ", figure.metric.name()), "", 1);
            let name = short(figure.metric);
            match found.iter_mut().find(|(known, reason, _)| *known == name && *reason == why) {
                Some((.., rows)) => rows.push(place),
                None => found.push((name, why, vec![place])),
            }
        }
    }
    let mut told: Vec<(Vec<&str>, String, Vec<usize>)> = Vec::new();
    for (name, why, rows) in found {
        match told.iter_mut().find(|(_, reason, others)| *reason == why && *others == rows) {
            Some((names, ..)) => names.push(name),
            None => told.push((vec![name], why, rows)),
        }
    }
    let sentence = |(names, why, rows): (Vec<&str>, String, Vec<usize>)| {
        let names = if names.len() == COMPARED.len() { "all figures".into() } else { names.join(", ") };
        spaced(&format!("{names} of {}: {why}", together(&rows, &comparison.names)))
    };
    told.into_iter().map(sentence).collect()
}

/// A difference of circumstances, in a line.
pub(super) fn told(comparison: &Comparison, difference: &Difference) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.as_str());
    let Difference { what, old: before, new: after, rows } = difference;
    let rows = rows.as_ref().map_or(String::new(), |rows| format!(" ({rows})"));
    spaced(&format!("{what}{rows}: {before} in {old}, {after} in {new}"))
}

/// What stands above the differences.
pub(super) const DIFFERENCES: &str = "Not alike beside what is compared: every difference below may come from this";

/// A record, in a line.
pub(super) fn taken(taken: &Taken) -> String {
    let Taken { place, scenario, began, pushbench, trials, note } = taken;
    let note = note.as_ref().map_or(String::new(), |note| format!("; {note}"));
    let trials = counted(*trials as u64, "trial");
    format!("{place} ({scenario}, begun {began}, pushbench {pushbench}, {trials}{note})")
}
