//! Bytes per update, a bar a row, of all its layers: from the payload outwards, and apart from them, because no socket
//! counts it, what TCP and IP put in front.

use super::contrast::flat;
use crate::report::draw::{Drawing, Failed, Frame, Sheet, WIDE, count, drawn, fitted, pixels, widest, width_of};
use crate::report::layers::{Part, Stack};
use crate::report::metric::Metric;
use crate::report::number::octets;
use crate::report::palette::{INK, MUTED, layer, of};
use crate::report::row::Row;
use plotters::style::text_anchor::HPos;

/// More bars than one can hold against each other.
const MOST: usize = 40;
/// What a name may take of the width, as a part of it.
const NAME: i32 = 4;
const PITCH: i32 = 24;
const BAR: i32 = 16;
/// Between the rows of two transports.
const GROUP: i32 = 10;
/// Between the sockets' octets and the packets' headers.
const APART: i32 = 4;
/// A legend's line.
const LINE: i32 = 22;

/// What has to be said of the bars.
pub(super) fn legend(rows: &[Row]) -> String {
    let told: Vec<bool> = rows.iter().filter_map(|row| row.sums.modelled).collect();
    match (told.is_empty(), told.iter().any(|modelled| *modelled)) {
        (true, _) => String::new(),
        (_, false) => {
            "The outline behind a bar is the TCP/IP headers of its packets, as the kernel counted them.".into()
        }
        (_, true) => {
            "The outline behind a bar is the TCP/IP headers of its packets: modelled, for this system counts none."
                .into()
        }
    }
}

/// A row's bar.
struct Bar<'r> {
    row: &'r Row,
    stack: &'r Stack,
    /// The transport, on the first of its bars.
    name: String,
    /// What else tells the row from the others.
    point: String,
    value: String,
    top: i32,
}

pub(super) fn draw(rows: &[Row]) -> Result<Drawing, String> {
    Drawing::for_both(|width| draw_at(rows, width))
}

fn draw_at(rows: &[Row], width: i32) -> Result<Drawing, String> {
    if rows.iter().any(|row| row.cells.is_some() && row.layers.is_none()) {
        return Err("the record does not say in which layer its octets lie".into());
    }
    let top = 16 + LINE * count(legend_lines(rows, width).len());
    let bars = bars(rows, width, top);
    if bars.len() < 2 || bars.len() > MOST {
        return Err("there are not two rows to compare, or too many".into());
    }
    if let Some(reason) = flat(&bars.iter().map(|bar| bar.row).collect::<Vec<_>>(), &[Metric::Bytes, Metric::Wire]) {
        return Err(reason);
    }
    let points = widest(bars.iter().map(|bar| bar.point.as_str()));
    let names = widest(bars.iter().map(|bar| bar.name.as_str()));
    let left = 16 + names + if points > 0 { points + 14 } else { 0 };
    let right = 16 + widest(bars.iter().map(|bar| bar.value.as_str()));
    let height = bars.last().map_or(top, |bar| bar.top + PITCH + 4);
    let frame = Frame { left, right: width - right, top, bottom: height - 6 };
    let most = bars.iter().map(|bar| bar.stack.wire().unwrap_or(bar.stack.total())).fold(1.0, f64::max);
    let room = frame.width() - f64::from(APART);
    drawn(width, height, |sheet| {
        draw_legend(sheet, rows, width)?;
        for bar in &bars {
            let middle = bar.top + BAR / 2;
            sheet.text(&bar.name, (names + 6, middle), HPos::Right, of(bar.row.transport))?;
            sheet.text(&bar.point, (frame.left - 8, middle), HPos::Right, MUTED)?;
            let end = bar.draw(sheet, frame.left, room / most)?;
            sheet.text(&bar.value, (end + 8, middle), HPos::Left, INK)?;
        }
        sheet.line(&[(frame.left, frame.top - 6), (frame.left, frame.bottom)], MUTED, 1)
    })
}

fn bars(rows: &[Row], width: i32, mut top: i32) -> Vec<Bar<'_>> {
    let mut bars: Vec<Bar<'_>> = Vec::new();
    for row in rows {
        let Some(stack) = &row.layers else { continue };
        let begins = bars.last().is_none_or(|bar| bar.row.transport != row.transport);
        // rows that are told apart by more than their transport stand together
        top += if begins && !bars.is_empty() && !row.point.is_empty() { GROUP } else { 0 };
        let floor = if row.floor && width == WIDE { " (floor)" } else { "" };
        let name = if begins { fitted(&format!("{}{floor}", row.transport), width / NAME) } else { String::new() };
        let point: Vec<&str> = row.point.iter().map(String::as_str).filter(|cell| !cell.is_empty()).collect();
        let point = fitted(&point.join(" · "), width / NAME);
        bars.push(Bar { row, stack, name, point, value: value(stack, width), top });
        top += PITCH;
    }
    bars
}

/// What stands behind a bar: what the sockets saw, and what TCP and IP add.
fn value(stack: &Stack, width: i32) -> String {
    let total = octets(stack.total());
    match (stack.wire(), width < WIDE) {
        (None, _) => total,
        (Some(_), true) => format!("{total} + {}", octets(stack.part(Part::TcpIp))),
        (Some(_), false) => format!("{total} + {} TCP/IP", octets(stack.part(Part::TcpIp))),
    }
}

impl Bar<'_> {
    /// From `left` on, so many pixels an octet; gives its end.
    fn draw(&self, sheet: &Sheet<'_>, left: i32, pixel: f64) -> Result<i32, Failed> {
        let (top, bottom) = (self.top, self.top + BAR);
        let (mut sum, mut end) = (0.0, left);
        for part in Part::ALL.into_iter().filter(|part| *part != Part::TcpIp) {
            let octets = self.stack.part(part);
            if octets <= 0.0 {
                continue;
            }
            sum += octets;
            // what there is can be seen; a pixel of the background parts the layers
            let next = (left + pixels(sum * pixel)).max(end + 2);
            sheet.bar((end + i32::from(end > left), top), (next, bottom), colour(part))?;
            end = next;
        }
        if let Some(wire) = self.stack.wire() {
            let begin = end + APART;
            end = (left + APART + pixels(wire * pixel)).max(begin + 2);
            sheet.outline((begin, top + 3), (end, bottom - 3), MUTED)?;
        }
        sheet.hover_over((left, top - 3), (end + 4, bottom + 3), &said(self.row, self.stack));
        Ok(end)
    }
}

fn said(row: &Row, stack: &Stack) -> String {
    let parts = Part::ALL.into_iter().filter(|part| *part != Part::TcpIp && stack.part(*part) > 0.0);
    let parts: Vec<String> = parts.map(|part| format!("{} {}", part.name(), octets(stack.part(part)))).collect();
    let how = if stack.modelled { "modelled" } else { "measured" };
    let wire = match stack.wire() {
        Some(wire) => {
            let headers = octets(stack.part(Part::TcpIp));
            format!("; with {headers} of TCP/IP headers ({how}) {} on the wire", octets(wire))
        }
        None => String::new(),
    };
    format!("{}: {} an update: {}{wire}", row.label, octets(stack.total()), parts.join(", "))
}

fn colour(part: Part) -> plotters::style::RGBColor {
    layer(match part {
        Part::Payload => "payload",
        Part::Framing => "framing",
        Part::AnswerHeads => "answer-heads",
        Part::RequestHeads => "request-heads",
        Part::Control => "control",
        Part::Tls => "tls",
        Part::Other => "other",
        Part::TcpIp => "muted",
    })
}

/// The parts that any row has, in lines that are no wider than the chart.
fn legend_lines(rows: &[Row], width: i32) -> Vec<Vec<(Part, String, i32)>> {
    let mut lines: Vec<Vec<(Part, String, i32)>> = vec![Vec::new()];
    let mut at = 4;
    for part in Part::ALL {
        if !rows.iter().filter_map(|row| row.layers.as_ref()).any(|stack| stack.part(part) > 0.0) {
            continue;
        }
        let modelled = rows.iter().any(|row| row.sums.modelled == Some(true));
        let how = if modelled { "modelled" } else { "measured" };
        let name = if part == Part::TcpIp { format!("{} ({how})", part.name()) } else { part.name().to_owned() };
        let needs = 20 + width_of(&name);
        if at + needs > width && at > 4 {
            lines.push(Vec::new());
            at = 4;
        }
        if let Some(line) = lines.last_mut() {
            line.push((part, name, at));
        }
        at += needs + 18;
    }
    lines
}

fn draw_legend(sheet: &Sheet<'_>, rows: &[Row], width: i32) -> Result<(), Failed> {
    for (line, top) in legend_lines(rows, width).iter().zip((4..).step_by(usize::try_from(LINE).unwrap_or(1))) {
        for (part, name, at) in line {
            match part {
                Part::TcpIp => sheet.outline((*at, top + 3), (at + 13, top + 11), MUTED)?,
                _ => sheet.bar((*at, top), (at + 13, top + 14), colour(*part))?,
            }
            sheet.text(name, (at + 19, top + 7), HPos::Left, MUTED)?;
        }
    }
    Ok(())
}
