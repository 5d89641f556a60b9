//! Messages for people at a terminal: a line a part, and what is to be said of it below.

use super::message::{Layer, Lesson, Message, Part, Wire};
use super::recording::Recording;
use crate::human;
use crate::totals::Layers;
use crate::wire::dissect::ledger::Way;

/// How a terminal is to be written to.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to colour: escape codes of the 256 colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

const RESET: &str = "\x1b[0m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
/// Where what went over the wire begins.
const MARGIN: usize = 11;
/// Columns of hexadecimal, nine octets of a frame's head in groups among them.
const HEX: usize = 23;

/// A layer's letter, and a colour readable on black and on white.
fn look(layer: Layer) -> (char, &'static str) {
    match layer {
        Layer::Payload => ('P', "\x1b[1m"),
        Layer::Framing => ('F', "\x1b[38;5;32m"),
        Layer::Headers => ('H', "\x1b[38;5;166m"),
        Layer::Control => ('C', "\x1b[38;5;133m"),
        Layer::Tls => ('T', "\x1b[38;5;29m"),
        Layer::Other => ('O', "\x1b[38;5;160m"),
    }
}

/// All of it, lines ended by `\n`.
#[must_use]
pub fn render(recording: &Recording, messages: &[Message], style: Style) -> String {
    let mut out = Output { text: String::new(), color: style.color, width: style.width.max(60) };
    introduce(&mut out, recording);
    for message in messages {
        out.text.push('\n');
        out.message(message);
    }
    out.text.push('\n');
    ledger(&mut out, recording);
    out.text
}

fn introduce(out: &mut Output, recording: &Recording) {
    let Recording { transport, carrier, updates, payload, .. } = recording;
    let title = format!(
        "{transport} over {carrier}: {} of {payload} octets, a real exchange on this machine",
        human::counted(*updates, "update")
    );
    out.paragraph(&title, BOLD, 0);
    out.paragraph("→ from the client to the server   ← from the server to the client", "", 0);
    for layer in Layer::ALL {
        let (letter, code) = look(layer);
        out.styled(&format!("{letter} {}", layer.name()), code);
        out.text.push_str(if layer == Layer::Other { "\n" } else { "   " });
    }
    out.paragraph(
        "Each line: how many octets, their layer, what went over the wire, what it means. Below it, once for each kind \
         of thing: why, and where that is written.",
        DIM,
        0,
    );
}

/// What the dissector of trials made of it.
fn ledger(out: &mut Output, recording: &Recording) {
    let (up, down) = (recording.ledger.up, recording.ledger.down);
    out.paragraph("The ledger, by the dissector that trials have", BOLD, 0);
    out.styled(&format!("  {:<10}{:>10}{:>10}{:>10}\n", "octets", "→ up", "← down", "both"), DIM);
    for layer in Layer::ALL {
        let (up, down) = (of(&up, layer), of(&down, layer));
        if up + down > 0 {
            let (_, code) = look(layer);
            out.styled(&format!("  {:<10}", layer.name()), code);
            out.text += &format!("{up:>10}{down:>10}{:>10}\n", up + down);
        }
    }
    let line = |name: &str, up: u64, down: u64| format!("  {name:<10}{up:>10}{down:>10}{:>10}\n", up + down);
    out.styled(&line("total", up.total(), down.total()), BOLD);
    let [client, server, kernel] = recording.counts;
    if let Some(socket) = client {
        out.text += &line("socket", socket.up, socket.down);
    }
    let same = |counts| counts == client;
    let others = match (same(server), kernel.is_some() && same(kernel)) {
        (true, true) => "As many on the server's socket, and by the kernel's count.",
        (true, false) => "As many on the server's socket.",
        (false, _) => "The server counted others, which is a fault of pushbench's.",
    };
    out.paragraph(others, DIM, 2);
    let paid = up.payload + down.payload;
    let updates = u64::from(recording.updates.max(1));
    out.paragraph(
        &format!(
            "{} octets an update, of which {} are its own. What opens and closes a connection is in it, so that it is \
             less the longer one lasts: `pushbench run` measures that.",
            (up.total() + down.total()) / updates,
            paid / updates
        ),
        "",
        2,
    );
}

/// The octets of a layer.
#[must_use]
pub fn of(layers: &Layers, layer: Layer) -> u64 {
    match layer {
        Layer::Payload => layers.payload,
        Layer::Framing => layers.framing,
        Layer::Headers => layers.headers,
        Layer::Control => layers.control,
        Layer::Tls => layers.tls,
        Layer::Other => layers.other,
    }
}

struct Output {
    text: String,
    color: bool,
    width: usize,
}

impl Output {
    fn styled(&mut self, text: &str, code: &str) {
        if self.color && !code.is_empty() {
            // a line's end stands outside, so that no pager carries the colour on
            let line = text.trim_end_matches('\n');
            self.text.extend([code, line, RESET, &text[line.len()..]]);
        } else {
            self.text.push_str(text);
        }
    }

    fn paragraph(&mut self, text: &str, code: &str, indent: usize) {
        for line in wrap(text, self.width - indent) {
            self.text.push_str(&" ".repeat(indent));
            self.styled(&line, code);
            self.text.push('\n');
        }
    }

    fn message(&mut self, message: &Message) {
        let arrow = if message.way == Way::Up { '→' } else { '←' };
        let octets = format!("{} octets", message.octets());
        let head = format!("{arrow} {:>9}  {}", time(message.at), message.title);
        let head = cut(&head, self.width.saturating_sub(octets.chars().count() + 4));
        let gap = self.width.saturating_sub(head.chars().count() + octets.chars().count() + 2);
        self.styled(&head, BOLD);
        self.text.push(' ');
        self.styled(&"·".repeat(gap), DIM);
        self.text.push(' ');
        self.text += &octets;
        self.text.push('\n');
        message.parts.iter().for_each(|part| self.part(part));
    }

    fn part(&mut self, part: &Part) {
        let (letter, code) = look(part.layer);
        self.text += &format!("{:>7} ", part.octets);
        self.styled(&letter.to_string(), code);
        self.text.push_str("  ");
        match &part.wire {
            Wire::Hex(hex) => {
                let hex = if hex.chars().count() > HEX { cut(hex, HEX) } else { hex.clone() };
                self.styled(&hex, code);
                let used = hex.chars().count();
                self.meaning(&part.meaning, used, MARGIN + HEX + 2);
            }
            Wire::Text(text) => {
                let room = self.width - MARGIN;
                let text = if text.chars().count() > room { shortened(text, room) } else { text.clone() };
                self.styled(&text, code);
                let used = text.chars().count();
                if MARGIN + used + 2 + part.meaning.chars().count() <= self.width {
                    self.meaning(&part.meaning, used, MARGIN + used + 2);
                } else {
                    self.text.push('\n');
                    self.paragraph(&part.meaning, "", MARGIN + 2);
                }
            }
            Wire::Nothing => self.meaning(&part.meaning, 0, MARGIN),
        }
        part.lessons.iter().for_each(|lesson| self.lesson(lesson));
    }

    /// What a part means, in a column of its own, behind `used` columns of what it is.
    fn meaning(&mut self, meaning: &str, used: usize, column: usize) {
        for (index, line) in wrap(meaning, self.width.saturating_sub(column).max(20)).iter().enumerate() {
            let before = if index == 0 { column - MARGIN - used } else { column };
            if index > 0 {
                self.text.push('\n');
            }
            if !line.is_empty() {
                self.text += &" ".repeat(before);
                self.text += line;
            }
        }
        self.text.push('\n');
    }

    fn lesson(&mut self, lesson: &Lesson) {
        let text = format!("{} [{}]", lesson.text, lesson.source);
        for (index, line) in wrap(&text, self.width - MARGIN - 2).iter().enumerate() {
            self.text += &" ".repeat(MARGIN);
            self.styled(&format!("{} {line}", if index == 0 { '╰' } else { ' ' }), DIM);
            self.text.push('\n');
        }
    }
}

/// A time after the beginning: µs to ten of a millisecond's thousandths, ms beyond.
fn time(ns: u64) -> String {
    let us = ns / 1000;
    if us < 1000 { format!("{us} µs") } else { format!("{}.{:03} ms", us / 1000, us % 1000) }
}

/// The first columns of a text that is longer.
fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    kept.trim_end().to_owned() + "…"
}

/// The same, and how a line ends stays to be seen.
fn shortened(text: &str, columns: usize) -> String {
    let end = if text.ends_with("␍␊") { "␍␊" } else { "" };
    let before = text.trim_end_matches("␍␊").trim_end_matches('…');
    let kept: String = before.chars().take(columns.saturating_sub(1 + end.chars().count())).collect();
    format!("{kept}…{end}")
}

/// Breaks `text` at its spaces.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        let last = lines.len() - 1;
        if used > 0 {
            lines[last].push(' ');
            used += 1;
        }
        // what no line can hold is broken
        for c in word.chars() {
            if used >= width {
                lines.push(String::new());
                used = 0;
            }
            let last = lines.len() - 1;
            lines[last].push(c);
            used += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_lines() {
        assert_eq!([time(999_999), time(1_234_567)], ["999 µs", "1.234 ms"]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 4), ["unbr", "eaka", "ble"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(shortened("cookie: aaaaaaaaaaaa␍␊", 12), "cookie: a…␍␊");
    }
}
