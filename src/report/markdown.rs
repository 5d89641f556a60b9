//! The report as Markdown, to be pasted where GitHub's dialect is read: a pull request, an issue, a page.

use super::claim::{self, Sheet};
use super::instrument;
use super::markup::{details, escaped, fenced, table};
use super::measures::{SURE, within};
use super::metric::Metric;
use super::page::{HEADLINE, LEGEND, Page};
use super::row::{Note, Row};
use super::tables::{self, Grid};
use super::thresholds::{self, Checked};
use super::words::{Answer, Recommended, capital};
use std::iter::once;

/// The page as GitHub's Markdown, lines ended by `\n`.
#[must_use]
pub fn render(page: &Page) -> String {
    let parts = [
        opening(page),
        verdict(page),
        thresholds(page),
        claimed(page),
        headline(page),
        remarks(page),
        shown(page),
        advice(page),
        tutorials(page),
        layers(page),
        instrument(page),
        doubts(page),
        reproduce(page),
        environment(page),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n") + "\n"
}

/// A part is paragraphs, tables and lists.
type Part = Vec<String>;

/// The question and what was done.
fn opening(page: &Page) -> Part {
    let mut part = vec![format!("## {}", escaped(&page.name)), format!("**{}**", escaped(&page.question))];
    let mut about = format!("{}, begun {}. {}", page.extent, page.began, page.centre);
    if !page.conditions.is_empty() {
        about += &format!(" Every trial: {}.", page.conditions.join(", "));
    }
    part.push(once(&about).chain(&page.in_step).map(|sentence| escaped(sentence)).collect::<Vec<_>>().join(" "));
    part.extend(page.note.iter().map(|note| format!("Note: {}", escaped(note))));
    part.extend(page.resumed.iter().map(|resumed| escaped(resumed)));
    part.extend(page.status.iter().map(|status| format!("**{}**", escaped(status))));
    part
}

fn verdict(page: &Page) -> Part {
    let verdict = &page.words.verdict;
    if verdict.lines.is_empty() {
        return Part::new();
    }
    let lines = verdict.lines.iter().map(|line| format!("- **{}**: {}", line.aspect, escaped(&line.sentence)));
    let sentences = verdict.sentences.iter().chain([&verdict.basis]).map(|sentence| escaped(sentence));
    let headline = (!verdict.headline.is_empty()).then(|| format!("**{}**", escaped(&verdict.headline)));
    let rest = ["**Verdict**".into(), lines.collect::<Vec<_>>().join("\n"), sentences.collect::<Vec<_>>().join(" ")];
    headline.into_iter().chain(rest).collect()
}

/// What the figures were held to.
fn thresholds(page: &Page) -> Part {
    if page.thresholds.is_empty() {
        return Part::new();
    }
    let line = |checked: &Checked| {
        let (threshold, sentence) = (escaped(&checked.threshold), escaped(&checked.sentence));
        let said = format!("{} **{threshold}**: {sentence}{}", checked.sign(), marks(&checked.doubts()));
        format!("- {said}")
    };
    let lines = page.thresholds.iter().map(line).collect::<Vec<_>>().join("\n");
    vec![format!("**Thresholds**: {}", thresholds::summary(&page.thresholds)), lines]
}

/// The claim that the scenario holds itself against.
fn claimed(page: &Page) -> Part {
    let Some(claim) = claim::claim(page) else { return Part::new() };
    let source = format!("Claimed: {}. {}", claim.source, claim::LEGEND);
    let title = format!("**The claim, and what was measured.** {}", escaped(&claim.said));
    vec![title, sheet(&claim.update), sheet(&claim.throughput), escaped(&source)]
}

fn sheet(sheet: &Sheet) -> String {
    let heads = sheet.heads.iter().map(|head| head.replace('\n', " "));
    let header: Vec<String> = once(sheet.first.to_owned()).chain(heads).collect();
    let lines = sheet.lines.iter().map(|line| {
        let figures = line.entries.iter().map(|figure| escaped(&figure.text) + &marks(&figure.doubts));
        once(escaped(&line.name)).chain(figures).collect()
    });
    table(&once(header).chain(lines).collect::<Vec<_>>())
}

/// Which transport one should use.
fn advice(page: &Page) -> Part {
    let advice = &page.words.advice;
    if advice.lines.is_empty() {
        return Part::new();
    }
    let line = |line: &Recommended| {
        format!("- late by {} at most: **{}.** {}", line.tolerance, escaped(&line.answer), escaped(&line.because))
    };
    let lines = advice.lines.iter().map(line).collect::<Vec<_>>().join("\n");
    vec!["**Which one should I use?**".into(), lines, escaped(advice.assumes)]
}

/// What tutorials say, held against the record.
fn tutorials(page: &Page) -> Part {
    if page.words.tutorials.is_empty() {
        return Part::new();
    }
    let line = |answer: &Answer| {
        format!("- {} **{}.** {}", escaped(answer.claim), capital(&escaped(&answer.said)), escaped(&answer.sentence))
    };
    vec!["**Claims, measured**".into(), page.words.tutorials.iter().map(line).collect::<Vec<_>>().join("\n")]
}

/// What the report's charts show, and why.
fn shown(page: &Page) -> Part {
    let told = page.words.beside.iter().filter(|beside| !beside.sentences.is_empty());
    let lines: Vec<String> =
        told.map(|beside| format!("- **{}**: {}", beside.about, escaped(&beside.sentences.join(" ")))).collect();
    if lines.is_empty() { Part::new() } else { vec!["**What it shows, and why**".into(), lines.join("\n")] }
}

/// What the bytes are, what TLS did, and when a setup is paid back.
fn layers(page: &Page) -> Part {
    let mut part = Part::new();
    if let Some(layers) = tables::layers(page) {
        part.extend(["**What the bytes are**".into(), grid(page, &layers), escaped(&tables::layers_legend(page))]);
    }
    if let Some(compression) = tables::compression(page) {
        part.extend([
            "**Header compression**".into(),
            grid(page, &compression),
            escaped(&tables::compression_legend()),
        ]);
    }
    if let Some(handshakes) = tables::handshakes(page) {
        part.extend(["**TLS handshakes**".into(), grid(page, &handshakes), escaped(tables::HANDSHAKES)]);
    }
    if let Some(payback) = tables::payback(page) {
        part.push("**When a setup is paid back**".into());
        part.push(escaped(&page.words.payback.sentences.join(" ")));
        part.extend([grid(page, &payback), escaped(tables::PAYBACK)]);
    }
    if let Some(theory) = tables::theory(page) {
        part.extend(["**Predicted and measured**".into(), grid(page, &theory), escaped(&tables::theory_legend(page))]);
    }
    part
}

fn grid(page: &Page, grid: &Grid) -> String {
    let swept = page.columns.iter().map(|title| (*title).to_owned());
    let heads = grid.heads.iter().map(|head| head.replace('\n', " "));
    let header: Vec<String> = once(String::new()).chain(swept).chain(heads).collect();
    let lines = grid.lines.iter().map(|line| {
        let figures = line.entries.iter().map(|entry| escaped(&entry.text) + &marks(&entry.doubts));
        names(&page.rows[line.row]).chain(figures).collect()
    });
    table(&once(header).chain(lines).collect::<Vec<_>>())
}

/// What a row is called: its transport, and its cells of what differs from row to row.
fn names(row: &Row) -> impl Iterator<Item = String> {
    let name = if row.floor { format!("{} (floor)", row.transport) } else { row.transport.to_owned() };
    once(name).chain(row.point.iter().map(|value| escaped(value)))
}

fn headline(page: &Page) -> Part {
    if page.rows.is_empty() {
        return vec!["No trial was finished: there is nothing to show.".into()];
    }
    let swept = page.columns.iter().map(|title| (*title).to_owned());
    let header = once(String::new()).chain(swept).chain(HEADLINE.map(|metric| metric.name().to_owned())).collect();
    let rows = page.rows.iter().map(|row| {
        let figures = HEADLINE.iter().enumerate().map(|(place, &metric)| figure(row, place, metric));
        names(row).chain(figures).collect()
    });
    vec![table(&once(header).chain(rows).collect::<Vec<_>>())]
}

/// A figure with the numbers of its doubts; a row without any says so in its first.
fn figure(row: &Row, place: usize, metric: Metric) -> String {
    match &row.cells {
        Some(cells) => {
            let cell = cells.get(metric);
            let sure = within(metric, cell).map(|sure| format!(" {}", escaped(&sure)));
            escaped(&cell.text) + &sure.unwrap_or_default() + &marks(&cell.doubts)
        }
        None if place == 0 => "error".into(),
        None => String::new(),
    }
}

/// Parentheses, for a bare number above the line would be a power.
fn marks(doubts: &[usize]) -> String {
    let numbers: Vec<String> = doubts.iter().map(usize::to_string).collect();
    if numbers.is_empty() { String::new() } else { format!(" <sup>({})</sup>", numbers.join(", ")) }
}

/// What is missing, and why there is a dash.
fn remarks(page: &Page) -> Part {
    if page.rows.is_empty() {
        return Part::new();
    }
    let note = |Note { rows, sentence }: Note| format!("- {}: {}", escaped(&rows), escaped(&sentence));
    let notes = page.errors().into_iter().chain(page.headline_notes()).map(note).collect::<Vec<_>>().join("\n");
    let cells = || page.rows.iter().filter_map(|row| row.cells.as_ref());
    let sure = cells().any(|cells| HEADLINE.iter().any(|&metric| within(metric, cells.get(metric)).is_some()));
    let legend = escaped(&if sure { format!("{LEGEND} {SURE}") } else { LEGEND.to_owned() });
    if notes.is_empty() { vec![legend] } else { vec![legend, notes] }
}

/// The run's calibration.
fn instrument(page: &Page) -> Part {
    vec![format!("**{}.** {}", instrument::TITLE, escaped(&page.instrument.sentences.join(" ")))]
}

fn doubts(page: &Page) -> Part {
    if page.doubts.is_empty() {
        return Part::new();
    }
    let lines = page.doubts.iter().map(|doubt| {
        format!("{}. {} of {}: {}", doubt.number, doubt.about, escaped(&doubt.whom), escaped(&doubt.sentence))
    });
    // the accounting has no column here, so such a doubt has no mark
    vec!["**Doubts**, by the numbers beside the figures:".into(), lines.collect::<Vec<_>>().join("\n")]
}

fn reproduce(page: &Page) -> Part {
    vec!["**How to reproduce**".into(), fenced("sh", &page.command), details("Scenario", &fenced("toml", &page.text))]
}

fn environment(page: &Page) -> Part {
    let settings = page.settings.iter().map(|setting| format!("- {}", escaped(setting)));
    let place = page.environment.iter().map(|(what, value)| format!("- {}: {}", escaped(what), escaped(value)));
    vec![details("Environment and settings", &place.chain(settings).collect::<Vec<_>>().join("\n"))]
}
