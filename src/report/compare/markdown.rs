//! A comparison as Markdown, to be pasted where GitHub's dialect is read.

use super::model::{Comparison, Pair};
use super::words::{self, DIFFERENCES, Line};
use crate::report::markup::{details, escaped, table};

/// Pairs of rows beyond which the full tables are folded.
const FEW: usize = 6;

/// The comparison as GitHub's Markdown, lines ended by `\n`.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let mut parts = vec![format!("## {}", escaped(&words::title(comparison)))];
    parts.push(sides(comparison));
    parts.push(escaped(&words::basis(comparison)));
    if !comparison.differences.is_empty() {
        let told = comparison.differences.iter().map(|difference| words::told(comparison, difference));
        parts.push(format!("**{DIFFERENCES}:**"));
        parts.push(list(told));
    }
    parts.push(format!("**{}**", escaped(&words::headline(comparison))));
    let every = comparison.pairs.iter().map(|pair| one(comparison, pair, |_| true)).collect::<Vec<_>>().join("\n\n");
    if comparison.pairs.len() <= FEW {
        parts.push(every);
    } else {
        let differs = |pair: &&Pair| pair.figures.iter().any(|figure| figure.verdict().differs());
        let differing = comparison.pairs.iter().filter(differs);
        parts.extend(differing.map(|pair| one(comparison, pair, |line| !line.tone.is_empty())));
        parts.push(details("Every figure", &every));
    }
    parts.push(escaped(&words::legend(comparison)));
    let notes: Vec<String> = comparison.remarks.iter().cloned().chain(words::reasons(comparison)).collect();
    if !notes.is_empty() {
        parts.push(list(notes.into_iter()));
    }
    if !comparison.doubts.is_empty() {
        parts.push("**Doubts**, by the numbers beside the verdicts:".into());
        let told = comparison.doubts.iter().map(|doubt| {
            format!(
                "{}. {}: {} of {}: {}",
                doubt.number,
                escaped(&doubt.side),
                doubt.about,
                escaped(&doubt.rows),
                escaped(&doubt.sentence)
            )
        });
        parts.push(told.collect::<Vec<_>>().join("\n"));
    }
    parts.join("\n\n") + "\n"
}

fn list(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| format!("- {}", escaped(&line))).collect::<Vec<_>>().join("\n")
}

fn sides(comparison: &Comparison) -> String {
    if let Some(taken) = comparison.one_record() {
        return escaped(&words::taken(taken));
    }
    let records = comparison.sides.iter().flat_map(|side| side.taken.iter().map(|taken| (&side.name, taken)));
    list(records.map(|(name, taken)| format!("{name}: {}", words::taken(taken))))
}

fn one(comparison: &Comparison, pair: &Pair, wanted: impl Fn(&Line) -> bool) -> String {
    let [old, new] = comparison.sides.each_ref().map(|side| escaped(&side.name));
    let heads = ["", &old, &new, "ratio", "95 % interval", "p", "would be seen", "verdict"].map(str::to_owned);
    let lines = pair.figures.iter().map(|figure| words::line(comparison, figure)).filter(|line| wanted(line));
    let rows = lines.map(|line| {
        let numbers = line.doubts.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let marks = if numbers.is_empty() { String::new() } else { format!(" <sup>({numbers})</sup>") };
        let verdict = escaped(&line.verdict);
        let verdict = if line.tone.is_empty() { verdict } else { format!("**{verdict}**") };
        vec![
            line.figure.to_owned(),
            escaped(&line.old),
            escaped(&line.new),
            line.ratio,
            line.interval,
            escaped(&line.p),
            line.seen,
            verdict + &marks,
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(heads.to_vec()).chain(rows).collect();
    format!("**{}**\n\n{}", escaped(&pair.label), table(&rows))
}
