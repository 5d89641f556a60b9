//! The charts of a record without a sweep: latency by percentile, and bytes per update.

use super::draw::{
    Area, Drawing, Failed, Frame, GRID, INK, LABEL_GAP, MUTED, PAYLOAD, apart, drawn, is_decade, line, nanos, pixels,
    steps, text, transport_colour, width_of,
};
use super::metric::Metric;
use super::number::{octets, setting};
use super::page::Row;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

const WIDTH: i32 = 920;

/// Latency by percentile, one line a row, both axes logarithmic: the HDR view.
pub(super) fn latency(rows: &[Row]) -> Drawing {
    let lines: Vec<&Row> = rows.iter().filter(|row| row.curve.len() > 1).collect();
    if lines.is_empty() {
        return Err("No row has enough deliveries for a line.".into());
    }
    if lines.len() > 1 && coincide(&lines) {
        return Err("All lines coincide within 1 %: the table says all there is.".into());
    }
    let right = 44 + lines.iter().map(|row| width_of(&row.label)).max().unwrap_or(0);
    let height = 400.max(120 + LABEL_GAP * i32::try_from(lines.len()).unwrap_or(0));
    drawn(WIDTH, height, |root| {
        draw_latency(root, &lines, Frame { left: 76, right: WIDTH - right, top: 34, bottom: height - 56 })
    })
}

/// Bytes per update, a bar a row, payload and everything else.
pub(super) fn bytes(rows: &[Row]) -> Drawing {
    let bars: Vec<(&Row, f64, f64)> =
        rows.iter().filter_map(|row| split(row).map(|(payload, rest)| (row, payload, rest))).collect();
    if bars.len() < 2 {
        return Err("There are no two rows that received updates: nothing to compare.".into());
    }
    let left = 16 + bars.iter().map(|(row, ..)| width_of(&row.label)).max().unwrap_or(0);
    let height = 52 + BAR_PITCH * i32::try_from(bars.len()).unwrap_or(0);
    // a bar's value stands behind it, also behind the longest one
    drawn(WIDTH, height, |root| {
        draw_bytes(root, &bars, Frame { left, right: WIDTH - 250, top: 44, bottom: height - 8 })
    })
}

fn draw_latency(root: &Area<'_>, lines: &[&Row], frame: Frame) -> Result<(), Failed> {
    let points = || lines.iter().flat_map(|row| &row.curve);
    let last = points().map(|point| point.0).fold(0.0, f64::max);
    let least = points().map(|point| point.1.max(1.0)).fold(f64::INFINITY, f64::min);
    let most = points().map(|point| point.1.max(1.0)).fold(1.0, f64::max);
    let ticks = steps(least, most);
    let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
    let x = |at: f64| frame.left + pixels(at / last * f64::from(frame.right - frame.left));
    let y = |ns: f64| {
        frame.bottom - pixels((ns.max(1.0) / low).log10() / (high / low).log10() * f64::from(frame.bottom - frame.top))
    };
    let spread = (high / low).log10();
    for &tick in &ticks {
        let decade = is_decade(tick);
        if decade || spread < 2.6 {
            line(root, &[(frame.left, y(tick)), (frame.right, y(tick))], GRID, 1)?;
            text(root, &setting(nanos(tick)), (frame.left - 8, y(tick)), HPos::Right, MUTED)?;
        }
    }
    for (at, label) in nines(last) {
        line(root, &[(x(at), frame.top), (x(at), frame.bottom)], GRID, 1)?;
        text(root, &label, (x(at), frame.bottom + 16), HPos::Center, MUTED)?;
    }
    text(root, "delivery latency (log scale)", (4, 12), HPos::Left, MUTED)?;
    let axis = "percentile of the deliveries (ten times rarer with each nine)";
    text(root, axis, (i32::midpoint(frame.left, frame.right), frame.bottom + 40), HPos::Center, MUTED)?;

    let mut ends = Vec::new();
    for row in lines {
        let path: Vec<(i32, i32)> = row.curve.iter().map(|&(at, ns)| (x(at), y(ns))).collect();
        ends.push(*path.last().unwrap_or(&(frame.right, frame.bottom)));
        let width = if row.floor { 1 } else { 2 };
        line(root, &path, transport_colour(row.transport), width)?;
    }
    let heights: Vec<i32> = ends.iter().map(|end| end.1).collect();
    for ((row, end), place) in lines.iter().zip(&ends).zip(apart(&heights, frame.top, frame.bottom)) {
        let label = frame.right + 34;
        line(root, &[(end.0 + 3, end.1), (frame.right + 8, end.1), (label - 6, place), (label - 3, place)], MUTED, 1)?;
        text(root, &row.label, (label, place), HPos::Left, transport_colour(row.transport))?;
    }
    Ok(())
}

const BAR_PITCH: i32 = 34;
const BAR: i32 = 20;

fn draw_bytes(root: &Area<'_>, bars: &[(&Row, f64, f64)], frame: Frame) -> Result<(), Failed> {
    let most = bars.iter().map(|(_, payload, rest)| payload + rest.max(0.0)).fold(1.0, f64::max);
    let x = |octets: f64| frame.left + pixels(octets / most * f64::from(frame.right - frame.left));
    legend(root, bars, frame.left)?;
    for (index, (row, payload, rest)) in (0..).zip(bars) {
        let top = frame.top + index * BAR_PITCH;
        let middle = top + BAR / 2;
        text(root, &row.label, (frame.left - 10, middle), HPos::Right, transport_colour(row.transport))?;
        // a pixel of the background parts the layers
        let (end, total) = (x(*payload), x(payload + rest.max(0.0)));
        root.draw(&Rectangle::new([(frame.left, top), (end, top + BAR)], PAYLOAD.filled()))?;
        if total > end {
            root.draw(&Rectangle::new(
                [(end + 1, top), (total.max(end + 2), top + BAR)],
                transport_colour(row.transport).filled(),
            ))?;
        }
        let value = format!("{} = {} + {}", octets(payload + rest), octets(*payload), octets(*rest));
        text(root, &value, (total.max(end + 2) + 10, middle), HPos::Left, INK)?;
    }
    line(root, &[(frame.left, frame.top - 8), (frame.left, frame.bottom)], MUTED, 1)
}

/// Payload is grey in every bar; everything else has the transport's colour.
fn legend(root: &Area<'_>, bars: &[(&Row, f64, f64)], left: i32) -> Result<(), Failed> {
    root.draw(&Rectangle::new([(left, 6), (left + 14, 20)], PAYLOAD.filled()))?;
    text(root, "payload", (left + 20, 13), HPos::Left, MUTED)?;
    let mut at = left + 100;
    let mut shown: Vec<&str> = Vec::new();
    for (row, ..) in bars {
        if !shown.contains(&row.transport) {
            shown.push(row.transport);
            root.draw(&Rectangle::new([(at, 6), (at + 7, 20)], transport_colour(row.transport).filled()))?;
            at += 8;
        }
    }
    text(root, "everything else: headers, framing, control", (at + 6, 13), HPos::Left, MUTED)
}

/// Payload and everything else per update, in octets; `None` where nothing was received.
fn split(row: &Row) -> Option<(f64, f64)> {
    let of = |metric| Some(row.cells.as_ref()?.get(metric).estimate.as_ref()?.centre);
    let (payload, bytes) = (of(Metric::Payload)?, of(Metric::Bytes)?);
    Some((payload, bytes - payload))
}

/// Whether no line can be told from another.
fn coincide(lines: &[&Row]) -> bool {
    let first = &lines[0].curve;
    lines.iter().all(|row| {
        row.curve.len() == first.len() && row.curve.iter().zip(first).all(|(a, b)| (a.1 - b.1).abs() <= 0.01 * b.1)
    })
}

/// The percentiles that get a tick: 0 %, 50 %, 90 %, 99 %, 99.9 %… up to `last`, as log10 of 1/(1−p).
fn nines(last: f64) -> Vec<(f64, String)> {
    let mut ticks = vec![(0.0, "0 %".to_owned()), (2f64.log10(), "50 %".to_owned())];
    for nines in 1..12usize {
        let label = match nines {
            1 => "90 %".to_owned(),
            2 => "99 %".to_owned(),
            _ => format!("99.{} %", "9".repeat(nines - 2)),
        };
        ticks.push((f64::from(u8::try_from(nines).unwrap_or(0)), label));
    }
    ticks.retain(|tick| tick.0 <= last + 1e-9);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_get_a_tick_as_far_as_they_go() {
        let labels: Vec<String> = nines(3.2).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["0 %", "50 %", "90 %", "99 %", "99.9 %"]);
    }
}
