//! Bytes per update, a bar a row: payload and everything else.

use super::contrast::{estimate, flat};
use crate::report::draw::{Drawing, Failed, Frame, Sheet, WIDE, count, drawn, fitted, pixels, widest, width_of};
use crate::report::metric::Metric;
use crate::report::number::octets;
use crate::report::palette::{INK, MUTED, PAYLOAD, of};
use crate::report::row::Row;
use plotters::style::text_anchor::HPos;

/// What a name may take of the width, as a part of it.
const NAME: i32 = 3;
const PITCH: i32 = 34;
const BAR: i32 = 20;

/// A row's bar: payload, and everything else.
struct Bar<'r> {
    row: &'r Row,
    name: String,
    payload: f64,
    rest: f64,
}

impl Bar<'_> {
    fn of(row: &Row, width: i32) -> Option<Bar<'_>> {
        let (payload, bytes) = (estimate(row, Metric::Payload)?.centre, estimate(row, Metric::Bytes)?.centre);
        Some(Bar { row, name: fitted(&row.label, width / NAME), payload, rest: bytes - payload })
    }

    fn value(&self, width: i32) -> String {
        let (payload, rest) = (self.payload, self.rest);
        if rest < 0.0 && width >= WIDE {
            return format!("{} for {}", octets(payload + rest), octets(payload)); // compressed
        }
        if width < WIDE {
            return octets(payload + rest);
        }
        format!("{} = {} + {}", octets(payload + rest), octets(payload), octets(rest))
    }
}

pub(super) fn draw(rows: &[Row]) -> Result<Drawing, String> {
    Drawing::for_both(|width| draw_at(rows, width))
}

fn draw_at(rows: &[Row], width: i32) -> Result<Drawing, String> {
    let bars: Vec<Bar<'_>> = rows.iter().filter_map(|row| Bar::of(row, width)).collect();
    if bars.len() < 2 {
        return Err("no two rows received updates".into());
    }
    if let Some(reason) = flat(&bars.iter().map(|bar| bar.row).collect::<Vec<_>>(), &[Metric::Bytes]) {
        return Err(reason);
    }
    let values: Vec<String> = bars.iter().map(|bar| bar.value(width)).collect();
    let left = 16 + widest(bars.iter().map(|bar| bar.name.as_str()));
    let right = 20 + widest(values.iter().map(String::as_str));
    let height = 52 + PITCH * count(bars.len());
    let frame = Frame { left, right: width - right, top: 44, bottom: height - 8 };
    let most = bars.iter().map(|bar| bar.payload + bar.rest.max(0.0)).fold(1.0, f64::max);
    let x = |octets: f64| frame.left + pixels(octets / most * frame.width());
    drawn(width, height, |sheet| {
        legend(sheet, &bars, if width < WIDE { 4 } else { frame.left })?;
        for ((bar, value), place) in bars.iter().zip(&values).zip(0..) {
            let top = frame.top + place * PITCH;
            let middle = top + BAR / 2;
            let colour = of(bar.row.transport);
            sheet.text(&bar.name, (frame.left - 10, middle), HPos::Right, colour)?;
            // a pixel of the background parts the layers
            let (end, total) = (x(bar.payload + bar.rest.min(0.0)), x(bar.payload + bar.rest));
            sheet.bar((frame.left, top), (end, top + BAR), PAYLOAD)?;
            if total > end {
                sheet.bar((end + 1, top), (total.max(end + 2), top + BAR), colour)?;
            }
            // behind the bar, also behind the longest one
            sheet.text(value, (total.max(end + 2) + 10, middle), HPos::Left, INK)?;
            let (all, payload, rest) = (octets(bar.payload + bar.rest), octets(bar.payload), octets(bar.rest));
            let said = match bar.rest < 0.0 {
                true => format!("{}: {all} per update, for {payload} of payload", bar.row.label),
                false => {
                    format!("{}: {all} per update, {payload} of it payload, {rest} everything else", bar.row.label)
                }
            };
            sheet.hover_over((frame.left, top - 6), (total.max(end + 2) + 6, top + BAR + 6), &said);
        }
        sheet.line(&[(frame.left, frame.top - 8), (frame.left, frame.bottom)], MUTED, 1)
    })
}

/// Payload is grey in every bar; everything else has the transport's colour.
fn legend(sheet: &Sheet<'_>, bars: &[Bar<'_>], left: i32) -> Result<(), Failed> {
    sheet.bar((left, 6), (left + 14, 20), PAYLOAD)?;
    sheet.text("payload", (left + 20, 13), HPos::Left, MUTED)?;
    let mut at = left + 20 + width_of("payload") + 24;
    let mut shown: Vec<&str> = Vec::new();
    for bar in bars {
        if !shown.contains(&bar.row.transport) {
            shown.push(bar.row.transport);
            sheet.bar((at, 6), (at + 7, 20), of(bar.row.transport))?;
            at += 8;
        }
    }
    sheet.text("everything else: headers, framing, control", (at + 6, 13), HPos::Left, MUTED)
}
