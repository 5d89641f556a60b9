//! The report as a table for a terminal.

use super::claim::{self, Sheet};
use super::console::{BOLD, DIM, Output, WIDTH, align, colour, plain_table};
use super::doubts::DoubtLine;
use super::instrument;
use super::measures::{SURE, within};
use super::metric::Metric;
use super::page::{LEGEND, Page};
use super::row::{Note, Row};
use super::tables::{self, Grid};
use super::thresholds;
use super::words::Line;

/// How a terminal is to be written to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour: escape codes of the 256 colours.
    pub color: bool,
    /// Columns of the terminal; `None`: 100.
    pub width: Option<u16>,
}

/// A column of figures.
struct Column {
    header: &'static str,
    metric: Metric,
}

const fn column(header: &'static str, metric: Metric) -> Column {
    Column { header, metric }
}

const COLUMNS: [Column; 9] = [
    column("p50", Metric::P50),
    column("p99", Metric::P99),
    column("max", Metric::Max),
    column("bytes\n/update", Metric::Bytes),
    column("over-\nhead", Metric::Overhead),
    column("requests\n/update", Metric::Requests),
    column("empty\npolls", Metric::Empty),
    column("server CPU\n/update", Metric::Cpu),
    column("idle\nCPU", Metric::Idle),
];
/// Columns in the order in which they make room, the one that is missed least first.
const DROPS: [usize; 8] = [8, 6, 5, 4, 2, 7, 3, 1];

/// The report's headline as text, lines ended by `\n`. Columns of figures make room, and a remark names them; only a word or
/// a label that is wider than the terminal itself goes beyond it.
#[must_use]
pub fn render(page: &Page, style: &Style) -> String {
    let width = usize::from(style.width.unwrap_or(WIDTH)).max(40);
    let mut out = Output { text: String::new(), color: style.color, width };
    out.paragraph(&format!("{}: {}", page.name, page.question), BOLD, 0);
    let mut about = format!("{}, begun {}. {}", page.extent, page.began, page.centre);
    if !page.conditions.is_empty() {
        about = format!("{about} Every trial: {}.", page.conditions.join(", "));
    }
    for sentence in &page.in_step {
        about = format!("{about} {sentence}");
    }
    out.paragraph(&about, DIM, 0);
    if let Some(note) = &page.note {
        out.paragraph(&format!("Note: {note}"), "", 2);
    }
    for resumed in &page.resumed {
        out.paragraph(resumed, "", 2);
    }
    if let Some(status) = &page.status {
        out.paragraph(status, BOLD, 0);
    }
    if page.rows.is_empty() {
        out.text.push('\n');
        out.paragraph("No trial was finished: there is nothing to show.", "", 0);
        thresholds(&mut out, page);
        return out.text;
    }
    let headline = &page.words.verdict.headline;
    if !headline.is_empty() {
        out.text.push('\n');
        out.paragraph(headline, BOLD, 0);
    }
    out.text.push('\n');
    let laid = table(&mut out, page);
    out.text.push('\n');
    remarks(&mut out, page, &laid);
    verdict(&mut out, page);
    claimed(&mut out, page);
    layers(&mut out, page);
    instrument(&mut out, page);
    doubts(&mut out, page);
    thresholds(&mut out, page);
    out.text
}

/// Rows of which a second table is still read.
const FEW: usize = 24;

/// What the bytes are, in a table of its own, as far as there is room, and when a setup is paid back.
fn layers(out: &mut Output, page: &Page) {
    if let Some(grid) = tables::layers(page).filter(|grid| grid.lines.len() <= FEW) {
        out.text.push('\n');
        out.paragraph("What the bytes are", BOLD, 0);
        let fits = |lines: &Vec<String>| lines.iter().all(|line| line.chars().count() <= out.width);
        let wide = [3, 2].map(|padding| lay_out_grid(page, &grid, padding));
        let brief = tables::brief_layers(page).unwrap_or_else(|| grid.clone());
        let brief = [2, 1].map(|padding| lay_out_grid(page, &brief, padding));
        match wide.into_iter().chain(brief).find(fits) {
            Some(lines) => {
                let rows: Vec<&Row> = grid.lines.iter().map(|line| &page.rows[line.row]).collect();
                out.lines(&lines, &rows, page);
                out.paragraph(&tables::layers_legend(page), DIM, 0);
            }
            None => out.paragraph("No room here for the table: the page has it.", DIM, 0),
        }
    }
    theory(out, page);
    if !page.words.payback.sentences.is_empty() {
        out.text.push('\n');
        out.paragraph("When a setup is paid back", BOLD, 0);
        out.paragraph(&page.words.payback.sentences.join(" "), "", 2);
    }
}

/// Predicted and measured means, where there is room and distance.
fn theory(out: &mut Output, page: &Page) {
    let fits = |lines: &Vec<String>| lines.iter().all(|line| line.chars().count() <= out.width);
    let Some(grid) = tables::brief_theory(page).filter(|grid| grid.lines.len() <= FEW) else { return };
    let Some(lines) = [3, 2, 1].map(|padding| lay_out_grid(page, &grid, padding)).into_iter().find(fits) else {
        return;
    };
    out.text.push('\n');
    out.paragraph("Predicted and measured", BOLD, 0);
    let rows: Vec<&Row> = grid.lines.iter().map(|line| &page.rows[line.row]).collect();
    out.lines(&lines, &rows, page);
    out.paragraph(&tables::theory_legend(page), DIM, 0);
}

fn lay_out_grid(page: &Page, grid: &Grid, padding: u16) -> Vec<String> {
    let rows = grid.lines.iter().map(|line| {
        (&page.rows[line.row], line.entries.iter().map(|entry| entry.text.clone()).collect::<Vec<String>>())
    });
    lay_out(page, grid.heads.clone(), rows, padding)
}

/// The answer, aspect by aspect.
fn verdict(out: &mut Output, page: &Page) {
    let verdict = &page.words.verdict;
    if verdict.lines.is_empty() {
        return;
    }
    out.text.push('\n');
    out.paragraph("Verdict", BOLD, 0);
    for Line { aspect, sentence, .. } in &verdict.lines {
        out.paragraph(&format!("{aspect}: {sentence}"), "", 2);
    }
    for sentence in &verdict.sentences {
        out.paragraph(sentence, "", 2);
    }
    out.paragraph(&verdict.basis, DIM, 0);
    if let [first, others @ ..] = &page.words.advice.lines[..] {
        let others = others.iter().map(|line| format!("{}: {}", line.tolerance, line.answer));
        let first = format!("where an update may be late by {}: {}", first.tolerance, first.answer);
        let all = std::iter::once(first).chain(others).collect::<Vec<_>>().join("; ");
        // what depends on the point is the page's
        if all.chars().count() <= BRIEF {
            out.paragraph(&format!("Which one to use, {all}."), "", 2);
        }
    }
}

/// Advice that is longer is no line any more.
const BRIEF: usize = 240;

/// The claim that the scenario holds itself against.
fn claimed(out: &mut Output, page: &Page) {
    let Some(claim) = claim::claim(page) else { return };
    out.text.push('\n');
    out.paragraph("The claim, and what was measured", BOLD, 0);
    out.paragraph(&claim.said, "", 2);
    for sheet in [&claim.update, &claim.throughput] {
        out.text.push('\n');
        let lines = [3, 2, 1].map(|padding| lay_out_sheet(sheet, padding));
        match lines.iter().find(|lines| lines.iter().all(|line| line.chars().count() <= out.width)) {
            Some(lines) => lines.iter().for_each(|line| {
                out.text.push_str(line);
                out.text.push('\n');
            }),
            None => out.paragraph("No room here for the table: the page has it.", DIM, 0),
        }
    }
    out.paragraph(&format!("Claimed: {}. {}", claim.source, claim::LEGEND), DIM, 0);
}

fn lay_out_sheet(sheet: &Sheet, padding: u16) -> Vec<String> {
    let mut table = plain_table();
    table.set_header([sheet.first.to_owned()].into_iter().chain(sheet.heads.iter().cloned()));
    for line in &sheet.lines {
        let mark = |doubts: &[usize]| if doubts.is_empty() { "" } else { "?" };
        let figures = line.entries.iter().map(|figure| format!("{}{}", figure.text, mark(&figure.doubts)));
        table.add_row([line.name.clone()].into_iter().chain(figures));
    }
    align(&mut table, padding)
}

/// What stands below the table: what is missing, and why there is a dash.
fn remarks(out: &mut Output, page: &Page, Laid { dropped, sure }: &Laid) {
    out.paragraph(&if *sure { format!("{LEGEND} {SURE}") } else { LEGEND.to_owned() }, DIM, 0);
    if !dropped.is_empty() {
        out.paragraph(&format!("No room here for: {}.", dropped.join(", ")), DIM, 0);
    }
    for Note { rows, sentence } in page.errors().into_iter().chain(page.headline_notes()) {
        out.paragraph(&format!("{rows}: {sentence}"), DIM, 2);
    }
}

/// The run's calibration.
fn instrument(out: &mut Output, page: &Page) {
    out.text.push('\n');
    out.paragraph(instrument::TITLE, BOLD, 0);
    for sentence in &page.instrument.sentences {
        out.paragraph(sentence, "", 2);
    }
}

/// What the figures were held to: last, where whoever looks for the outcome looks.
fn thresholds(out: &mut Output, page: &Page) {
    if page.thresholds.is_empty() {
        return;
    }
    out.text.push('\n');
    out.paragraph(&format!("Thresholds: {}", thresholds::summary(&page.thresholds)), BOLD, 0);
    for checked in &page.thresholds {
        let mark = if checked.doubts().is_empty() { "" } else { "?" };
        let line = format!("{} {}: {}{mark}", checked.sign(), checked.threshold, checked.sentence);
        out.paragraph(&line, if checked.met { "" } else { BOLD }, 2);
    }
}

fn doubts(out: &mut Output, page: &Page) {
    if !page.doubts.is_empty() {
        out.text.push('\n');
        out.paragraph("Doubts (? marks the figures):", BOLD, 0);
    }
    for DoubtLine { number, about, whom, sentence, .. } in &page.doubts {
        out.paragraph(&format!("{number}. {about} of {whom}: {sentence}"), "", 3);
    }
}

/// How the table came to stand in the width there is.
struct Laid {
    /// The names of the columns that had to go.
    dropped: Vec<&'static str>,
    /// Whether a figure says how sure it is.
    sure: bool,
}

fn table(out: &mut Output, page: &Page) -> Laid {
    let mut columns: Vec<usize> = (0..COLUMNS.len()).collect();
    let mut drops = DROPS.iter();
    let rows = &page.rows;
    // how sure the figures are is the first thing that makes room
    let (mut sure, mut padding) = (true, 2);
    let lines = loop {
        let headers = columns.iter().map(|&column| COLUMNS[column].header.to_owned()).collect();
        let figures = rows
            .iter()
            .map(|row| (row, columns.iter().map(|&column| figure(row, column, sure)).collect::<Vec<String>>()));
        let lines = lay_out(page, headers, figures, padding);
        if lines.iter().all(|line| line.chars().count() <= out.width) {
            break lines;
        }
        if sure {
            sure = false;
        } else if padding > 1 {
            padding -= 1;
        } else if let Some(drop) = drops.next() {
            columns.retain(|column| column != drop);
            padding = 2;
        } else {
            break lines;
        }
    };
    out.lines(&lines, &rows.iter().collect::<Vec<_>>(), page);
    let dropped = (0..COLUMNS.len()).filter(|index| !columns.contains(index));
    Laid {
        dropped: dropped.map(|index| COLUMNS[index].metric.name()).collect(),
        sure: lines.iter().any(|line| line.contains('±')),
    }
}

/// A line a row, below the header's.
fn lay_out<'r>(
    page: &Page,
    headers: Vec<String>,
    rows: impl Iterator<Item = (&'r Row, Vec<String>)>,
    padding: u16,
) -> Vec<String> {
    let mut table = plain_table();
    let swept = page.columns.iter().map(|title| title.replacen(' ', "\n", 1));
    table.set_header([String::new()].into_iter().chain(swept).chain(headers));
    for (row, figures) in rows {
        table.add_row([name(row, page)].into_iter().chain(row.point.iter().cloned()).chain(figures));
    }
    align(&mut table, padding)
}

/// A row's first cell: over a sweep, a transport's name stands before the first of its rows only.
fn name(row: &Row, page: &Page) -> String {
    match (page.columns.is_empty() || row.begins, row.floor) {
        (false, _) => String::new(),
        (true, false) => row.transport.into(),
        (true, true) => format!("{} (floor)", row.transport),
    }
}

/// A figure as it stands in the table, with how `sure` it is; a row without any says so in its first column.
fn figure(row: &Row, column: usize, sure: bool) -> String {
    match &row.cells {
        Some(cells) => {
            let metric = COLUMNS[column].metric;
            let cell = cells.get(metric);
            let sure = if sure { within(metric, cell) } else { None };
            let mark = if cell.doubts.is_empty() { "" } else { "?" };
            format!("{}{mark}{}", cell.text, sure.map(|sure| format!(" {sure}")).unwrap_or_default())
        }
        None if column == 0 => "error".into(),
        None => String::new(),
    }
}

impl Output {
    /// Appends a table: below its header a line a row, which begins with its name.
    fn lines(&mut self, lines: &[String], rows: &[&Row], page: &Page) {
        let first = lines.len() - rows.len();
        for (index, line) in lines.iter().enumerate() {
            match index.checked_sub(first) {
                Some(row) => {
                    let (name, rest) = line.split_at(name(rows[row], page).len());
                    self.styled(name, colour(rows[row].transport));
                    self.text.push_str(rest);
                }
                None => self.styled(line, DIM),
            }
            self.text.push('\n');
        }
    }
}
