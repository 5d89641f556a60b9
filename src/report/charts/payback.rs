//! When a setup is paid back: what a client has cost on the wire after so many updates, a line a row, from its setup on.

use super::contrast::estimate;
use crate::report::draw::{
    At, Drawing, Failed, Frame, LABEL_GAP, NAME_ROOM, NARROW, Sheet, count, drawn, fitted, widest, wrapped,
};
use crate::report::metric::Metric;
use crate::report::number::{octets, tick, whole};
use crate::report::page::Page;
use crate::report::palette::{GRID, INK, MUTED, PAPER, of};
use crate::report::row::Row;
use crate::report::scale::Scale;
use crate::report::words::After;
use plotters::style::text_anchor::HPos;

const HEADING: &str = "what a client has cost on the wire, after so many updates";
/// What a name may take of the width, as a part of it.
const NAME: i32 = 4;
/// How far beyond the last crossing the lines go.
const BEYOND: f64 = 1.5;
/// Fewer updates are no axis.
const LEAST: f64 = 4.0;

/// Two rows' lines cross here.
struct Crossing {
    updates: f64,
    octets: f64,
    transport: &'static str,
    said: String,
}

/// `None` where no setup is paid back: lines that never cross say less than the table.
pub(super) fn draw(page: &Page) -> Option<Result<Drawing, String>> {
    let crossings = crossings(page);
    (!crossings.is_empty()).then(|| draw_at(page, &crossings))
}

fn crossings(page: &Page) -> Vec<Crossing> {
    let table = &page.words.payback.table;
    let row = |label: &str| page.rows.iter().find(|row| row.label == label);
    let mut crossings = Vec::new();
    for payer in &table.payers {
        for (after, other) in payer.after.iter().zip(&table.against) {
            let Some(After::Updates(updates)) = after else { continue };
            let other = page.rows.iter().find(|row| row.transport == other.name()).and_then(cost);
            let Some((who, (others, theirs))) = row(&payer.label).zip(other) else { continue };
            let Some((setup, update)) = cost(who) else { continue };
            let at = (setup - others) / (theirs - update).max(f64::MIN_POSITIVE);
            let plural = if *updates == 1 { "" } else { "s" };
            crossings.push(Crossing {
                updates: at,
                octets: setup + at * update,
                transport: who.transport,
                said: format!("{}: its setup is paid back after {} update{plural}", who.label, whole(*updates)),
            });
        }
    }
    crossings
}

/// What a row's client costs before the first update, and with each.
fn cost(row: &Row) -> Option<(f64, f64)> {
    Some((estimate(row, Metric::Setup)?.centre, estimate(row, Metric::Wire)?.centre))
}

fn draw_at(page: &Page, crossings: &[Crossing]) -> Result<Drawing, String> {
    let rows: Vec<(&Row, (f64, f64))> =
        page.rows.iter().filter(|row| !row.floor).filter_map(|row| Some((row, cost(row)?))).collect();
    let names: Vec<String> = rows.iter().map(|(row, _)| fitted(&row.label, NARROW / NAME)).collect();
    let last = crossings.iter().map(|crossing| crossing.updates * BEYOND).fold(LEAST, f64::max);
    let across = Scale::even(&[last], 1.0);
    let most = across.ticks.last().copied().unwrap_or(last);
    let up = Scale::even(&rows.iter().map(|(_, (setup, update))| setup + most * update).collect::<Vec<_>>(), 1.0);
    let ticks: Vec<String> = up.ticks.iter().map(|tick| shown(*tick)).collect();
    let heading = wrapped(HEADING, NARROW - 8, 2);
    let left = 14 + widest(ticks.iter().map(String::as_str));
    let right = NAME_ROOM + 6 + widest(names.iter().map(String::as_str));
    let (top, height) = (22 + LABEL_GAP * count(heading.len()), 300);
    let frame = Frame { left, right: NARROW - right, top, bottom: height - 48 };
    let at = |updates: f64, octets: f64| -> At {
        (across.between(frame.left, frame.right, updates), up.between(frame.bottom, frame.top, octets))
    };
    drawn(NARROW, height, |sheet| {
        for (line, heading) in (0..).zip(&heading) {
            sheet.text(heading, (4, 12 + LABEL_GAP * line), HPos::Left, INK)?;
        }
        for (tick, label) in up.ticks.iter().zip(&ticks) {
            let y = at(0.0, *tick).1;
            sheet.line(&[(frame.left, y), (frame.right, y)], GRID, 1)?;
            sheet.text(label, (frame.left - 8, y), HPos::Right, MUTED)?;
        }
        below(sheet, &across, frame)?;
        let mut ends = Vec::new();
        for ((row, (setup, update)), name) in rows.iter().zip(&names) {
            let end = at(most, setup + most * update);
            sheet.line(&[at(0.0, *setup), end], of(row.transport), 2)?;
            let each = octets(*update);
            sheet.hover(at(0.0, *setup), &format!("{}: {} first, then {each} an update", row.label, octets(*setup)));
            ends.push((end, name.as_str(), of(row.transport)));
        }
        for crossing in crossings {
            let place = at(crossing.updates, crossing.octets);
            sheet.dot(place, 5, PAPER)?;
            sheet.dot(place, 4, of(crossing.transport))?;
            sheet.hover(place, &crossing.said);
        }
        sheet.names_behind(&ends, frame)
    })
}

fn below(sheet: &Sheet<'_>, across: &Scale, frame: Frame) -> Result<(), Failed> {
    sheet.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], MUTED, 1)?;
    for &updates in &across.ticks {
        let x = across.between(frame.left, frame.right, updates);
        sheet.line(&[(x, frame.bottom), (x, frame.bottom + 5)], MUTED, 1)?;
        sheet.text(&tick(updates), (x, frame.bottom + 16), HPos::Center, MUTED)?;
    }
    let middle = i32::midpoint(frame.left, frame.right);
    sheet.text("updates to a client", (middle, frame.bottom + 36), HPos::Center, MUTED)
}

/// Octets at a tick.
fn shown(x: f64) -> String {
    if x < 1e4 { format!("{} B", tick(x)) } else { format!("{} kB", tick(x / 1e3)) }
}
