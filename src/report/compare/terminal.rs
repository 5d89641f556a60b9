//! A comparison as tables for a terminal.

use super::model::{Comparison, Doubted, Figure, Pair, Side, Verdict};
use super::words::{self, DIFFERENCES, Line};
use crate::report::console::{BOLD, DIM, Output, WIDTH, align_words, colour, plain_table};
use crate::report::terminal::Style;

/// Pairs of rows up to which every figure is shown; of more, what differs.
const FEW: usize = 6;
const WARN: &str = "\x1b[38;5;166m";
const BETTER: &str = "\x1b[38;5;29m";
const WORSE: &str = "\x1b[38;5;160m";
const OTHER: &str = "\x1b[38;5;32m";

/// A column: its heading, and what stands in it.
type Column = (&'static str, fn(&Line) -> String);

const COLUMNS: [Column; 6] = [
    ("old", |line| line.old.clone()),
    ("new", |line| line.new.clone()),
    ("ratio", |line| line.ratio.clone()),
    ("95 % interval", |line| line.interval.clone()),
    ("p", |line| line.p.clone()),
    ("would\nbe seen", |line| line.seen.clone()),
];
/// Columns in the order in which they make room; the verdict stays.
const DROPS: [usize; 5] = [4, 5, 3, 0, 1];

/// The comparison as text, lines ended by `\n`.
#[must_use]
pub fn render(comparison: &Comparison, style: &Style) -> String {
    let width = usize::from(style.width.unwrap_or(WIDTH)).max(40);
    let mut out = Output { text: String::new(), color: style.color, width };
    out.paragraph(&words::title(comparison), BOLD, 0);
    sides(&mut out, comparison);
    out.paragraph(&words::basis(comparison), DIM, 0);
    differences(&mut out, comparison);
    out.text.push('\n');
    out.paragraph(&words::headline(comparison), BOLD, 0);
    out.text.push('\n');
    tables(&mut out, comparison);
    for remark in &comparison.remarks {
        out.paragraph(remark, "", 2);
    }
    for reason in words::reasons(comparison) {
        out.paragraph(&reason, DIM, 2);
    }
    doubts(&mut out, comparison);
    out.text
}

/// Doubts that are told on a screen.
const DOUBTS: usize = 10;

/// The doubts that most trials carry; the page has them all.
fn doubts(out: &mut Output, comparison: &Comparison) {
    if comparison.doubts.is_empty() {
        return;
    }
    out.text.push('\n');
    out.paragraph("Doubts (? marks the figures):", BOLD, 0);
    let mut shown: Vec<&Doubted> = comparison.doubts.iter().collect();
    shown.sort_by_key(|doubt| std::cmp::Reverse(doubt.trials));
    shown.truncate(DOUBTS);
    shown.sort_by_key(|doubt| doubt.number);
    for doubt in shown {
        let told = format!("{}. {}: {} of {}: {}", doubt.number, doubt.side, doubt.about, doubt.rows, doubt.sentence);
        out.paragraph(&told, "", 3);
    }
    if let more @ 1.. = comparison.doubts.len().saturating_sub(DOUBTS) {
        out.paragraph(&format!("And {more} more, which the page has."), DIM, 0);
    }
}

fn sides(out: &mut Output, comparison: &Comparison) {
    if let Some(taken) = comparison.one_record() {
        return out.paragraph(&words::taken(taken), DIM, 2);
    }
    for Side { name, taken } in &comparison.sides {
        for record in taken {
            out.paragraph(&format!("{name}: {}", words::taken(record)), DIM, 5);
        }
    }
}

fn differences(out: &mut Output, comparison: &Comparison) {
    if comparison.differences.is_empty() {
        return;
    }
    out.text.push('\n');
    out.paragraph(&format!("{DIFFERENCES}:"), BOLD, 0);
    for difference in &comparison.differences {
        out.paragraph(&format!("! {}", words::told(comparison, difference)), WARN, 2);
    }
}

/// The tables below one header, as far as there is room.
fn tables(out: &mut Output, comparison: &Comparison) {
    let all = comparison.pairs.len() <= FEW;
    let shown = |pair: &Pair| {
        // two dashes take a line and say nothing; why they are there stands below
        let told = |figure: &&Figure| figure.old.text != figure.new.text || figure.verdict() != Verdict::Unknown;
        let figures = pair.figures.iter().filter(|figure| all || figure.verdict().differs()).filter(told);
        figures.map(|figure| words::line(comparison, figure)).collect::<Vec<Line>>()
    };
    let groups: Vec<(&Pair, Vec<Line>)> = comparison.pairs.iter().map(|pair| (pair, shown(pair))).collect();
    let groups: Vec<(&Pair, Vec<Line>)> = groups.into_iter().filter(|(_, lines)| !lines.is_empty()).collect();
    if !groups.is_empty() {
        let dropped = table(out, comparison, &groups);
        out.text.push('\n');
        out.paragraph(&words::legend(comparison), DIM, 0);
        if !dropped.is_empty() {
            out.paragraph(&format!("No room here for: {}.", dropped.join(", ").replace('\n', " ")), DIM, 0);
        }
    }
    if !all {
        out.paragraph("Of so many rows, only what differs is shown; the page has every figure.", DIM, 0);
    }
}

fn table(out: &mut Output, comparison: &Comparison, groups: &[(&Pair, Vec<Line>)]) -> Vec<&'static str> {
    let mut columns: Vec<usize> = (0..COLUMNS.len()).collect();
    let mut drops = DROPS.iter();
    let mut padding = 2;
    let lines = loop {
        let lines = lay_out(comparison, groups, &columns, padding);
        if lines.iter().all(|line| line.chars().count() <= out.width) {
            break lines;
        }
        if padding > 1 {
            padding -= 1;
        } else if let Some(drop) = drops.next() {
            columns.retain(|column| column != drop);
            padding = 2;
        } else {
            break lines;
        }
    };
    let mut lines = lines.iter();
    let header = lines.len() - groups.iter().map(|group| group.1.len()).sum::<usize>();
    for line in lines.by_ref().take(header) {
        out.styled(line, DIM);
        out.text.push('\n');
    }
    for (place, (pair, figures)) in groups.iter().enumerate() {
        if place > 0 {
            out.text.push('\n');
        }
        out.styled(&pair.label, colour(pair.transports[1]));
        out.text.push('\n');
        for (figure, line) in figures.iter().zip(lines.by_ref()) {
            toned(out, line, figure);
        }
    }
    (0..COLUMNS.len()).filter(|column| !columns.contains(column)).map(|column| COLUMNS[column].0).collect()
}

/// A line whose verdict is coloured where a difference is shown.
fn toned(out: &mut Output, line: &str, figure: &Line) {
    let code = match figure.tone {
        "better" => BETTER,
        "worse" => WORSE,
        "occasions" => OTHER,
        _ => "",
    };
    let at = line.rfind(&figure.verdict).unwrap_or(line.len());
    let (before, verdict) = line.split_at(at);
    out.text.push_str(before);
    out.styled(verdict, code);
    out.text.push('\n');
}

fn lay_out(comparison: &Comparison, groups: &[(&Pair, Vec<Line>)], columns: &[usize], padding: u16) -> Vec<String> {
    let [old, new] = comparison.sides.each_ref().map(|side| side.name.clone());
    let head = |column: &usize| match COLUMNS[*column].0 {
        "old" => old.clone(),
        "new" => new.clone(),
        other => other.to_owned(),
    };
    let mut table = plain_table();
    table.set_header(std::iter::once(String::new()).chain(columns.iter().map(head)).chain(["verdict".to_owned()]));
    for line in groups.iter().flat_map(|group| &group.1) {
        let cells = columns.iter().map(|&column| COLUMNS[column].1(line));
        let verdict = format!("{}{}", line.verdict, if line.doubts.is_empty() { "" } else { "?" });
        table.add_row(std::iter::once(format!(" {}", line.figure)).chain(cells).chain([verdict]));
    }
    align_words(&mut table, padding, columns.len() + 2)
}
