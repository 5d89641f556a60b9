//! Writing to a terminal: lines of a width, escape codes where they are wanted, tables without borders.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table};

pub(super) const WIDTH: u16 = 100;
const RESET: &str = "\x1b[0m";
pub(super) const BOLD: &str = "\x1b[1m";
pub(super) const DIM: &str = "\x1b[2m";

pub(super) struct Output {
    pub(super) text: String,
    pub(super) color: bool,
    pub(super) width: usize,
}

impl Output {
    /// Appends `text`, with an escape code before it where colour is asked for.
    pub(super) fn styled(&mut self, text: &str, code: &str) {
        if self.color && !code.is_empty() {
            self.text.extend([code, text, RESET]);
        } else {
            self.text.push_str(text);
        }
    }

    /// Appends `text` in lines of at most the width, the second and later ones indented.
    pub(super) fn paragraph(&mut self, text: &str, code: &str, indent: usize) {
        for line in wrap(text, self.width, indent) {
            self.styled(&line, code);
            self.text.push('\n');
        }
    }
}

pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING.header_separator(LineStyle::none().fill('─')));
    table.set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Names to the left, figures to the right.
pub(super) fn align(table: &mut Table, padding: u16) -> Vec<String> {
    align_before(table, padding, usize::MAX)
}

/// As [`align`], with words to the left in the last of its `columns`.
pub(super) fn align_words(table: &mut Table, padding: u16, columns: usize) -> Vec<String> {
    align_before(table, padding, columns - 1)
}

fn align_before(table: &mut Table, padding: u16, words: usize) -> Vec<String> {
    for (index, column) in table.column_iter_mut().enumerate() {
        if index == 0 {
            column.set_padding((0, 0));
        } else {
            column.set_padding((padding, 0));
            column.set_cell_alignment(if index < words { CellAlignment::Right } else { CellAlignment::Left });
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// One colour a transport, readable on black and on white.
pub(super) fn colour(transport: &str) -> &'static str {
    match transport {
        "polling" => "\x1b[38;5;166m",
        "long-polling" => "\x1b[38;5;133m",
        "sse" => "\x1b[38;5;29m",
        "websocket" => "\x1b[38;5;32m",
        _ => "\x1b[38;5;245m",
    }
}

/// Breaks `text` at its spaces. What could move the cursor becomes a space: a reason may quote anybody's bytes.
fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in clean.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(" ".repeat(indent));
            used = indent;
        } else if used > 0 {
            used += 1;
        }
        let last = lines.len() - 1;
        if used > 0 && !lines[last].ends_with(' ') {
            lines[last].push(' ');
        }
        lines[last].push_str(word);
        used += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_keep_the_cursor() {
        assert_eq!(wrap("one two three", 7, 2), ["one two", "  three"]);
        assert_eq!(wrap("a\x1b[2Jb\nc", 80, 0), ["a [2Jb c"]);
        assert_eq!(wrap("unbreakable", 4, 0), ["unbreakable"]);
        assert_eq!(wrap("", 10, 0), [""]);
    }
}
