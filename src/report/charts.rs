//! The charts as inline SVG, drawn by plotters with colours that stand for CSS variables.
//!
//! plotters is built without fonts and guesses a text's width, so nothing here depends on it: every text is placed by
//! hand, with room for the widest common sans-serif.

use super::number::{octets, setting};
use super::page::Row;
use crate::clock::Nanos;
use crate::kind::Transport;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A chart's SVG, or why there is none.
pub(super) type Drawing = Result<String, String>;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Failed = DrawingAreaErrorKind<std::io::Error>;

const WIDTH: i32 = 920;
/// A text's height, and an upper bound of a character's mean width at that height.
const TEXT: f64 = 13.0;
const CHARACTER: i32 = 8;
/// Between the base lines of two labels that must not touch.
const LABEL_GAP: i32 = 18;

// Colours that occur nowhere else, each replaced by a CSS variable once the chart is drawn.
const INK: RGBColor = RGBColor(1, 0, 0);
const MUTED: RGBColor = RGBColor(1, 0, 1);
const GRID: RGBColor = RGBColor(1, 0, 2);
const PAYLOAD: RGBColor = RGBColor(1, 0, 3);
const VARIABLES: [(RGBColor, &str); 4] = [(INK, "ink"), (MUTED, "muted"), (GRID, "grid"), (PAYLOAD, "payload")];

fn transport_colour(transport: &str) -> RGBColor {
    let place = Transport::ALL.iter().position(|t| t.name() == transport);
    RGBColor(1, 1, place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX))
}

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
    drawn(height, |root| {
        draw_latency(root, &lines, Frame { left: 76, right: WIDTH - right, top: 34, bottom: height - 56 })
    })
}

/// Bytes per update, a bar a row, payload and everything else.
pub(super) fn bytes(rows: &[Row]) -> Drawing {
    let bars: Vec<(&Row, f64, f64)> =
        rows.iter().filter_map(|row| row.split.map(|(payload, rest)| (row, payload, rest))).collect();
    if bars.len() < 2 {
        return Err("There are no two rows that received updates: nothing to compare.".into());
    }
    let left = 16 + bars.iter().map(|(row, ..)| width_of(&row.label)).max().unwrap_or(0);
    let height = 52 + BAR_PITCH * i32::try_from(bars.len()).unwrap_or(0);
    // a bar's value stands behind it, also behind the longest one
    drawn(height, |root| draw_bytes(root, &bars, Frame { left, right: WIDTH - 250, top: 44, bottom: height - 8 }))
}

/// Where a chart's data are drawn, in pixels.
#[derive(Clone, Copy)]
struct Frame {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

fn drawn(height: i32, draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>) -> Drawing {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        draw(&root).and_then(|()| root.present()).map_err(|error| format!("The chart could not be drawn: {error}"))?;
    }
    Ok(with_variables(svg))
}

/// Puts CSS variables in place of the colours that stand for them, so that light and dark are the page's matter.
fn with_variables(mut svg: String) -> String {
    let transports = Transport::ALL.map(|t| (transport_colour(t.name()), t.name()));
    for (colour, name) in VARIABLES.into_iter().chain(transports) {
        let hex = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
        for attribute in ["fill", "stroke"] {
            let style = format!("style=\"{attribute}:var(--{name})\"");
            svg = svg.replace(&format!("{attribute}=\"{hex}\""), &style);
        }
    }
    svg
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

/// Whether no line can be told from another.
fn coincide(lines: &[&Row]) -> bool {
    let first = &lines[0].curve;
    lines.iter().all(|row| {
        row.curve.len() == first.len() && row.curve.iter().zip(first).all(|(a, b)| (a.1 - b.1).abs() <= 0.01 * b.1)
    })
}

/// 1, 2 and 5 times the powers of ten, from the last at or below `least` to the first at or above `most`.
fn steps(least: f64, most: f64) -> Vec<f64> {
    let all = (0..14).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let mut steps: Vec<f64> = all.collect();
    let first = steps.iter().rposition(|&step| step <= least).unwrap_or(0);
    let last = steps.iter().position(|&step| step >= most).unwrap_or(steps.len() - 1);
    // one value alone still needs two ends
    steps.truncate(last.max(first + 1) + 1);
    steps.split_off(first.min(steps.len() - 2))
}

fn is_decade(tick: f64) -> bool {
    let power = tick.log10();
    (power - power.round()).abs() < 1e-9
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

/// Places for labels that want to stand at `wanted`: in their order, [`LABEL_GAP`] apart, within `top` and `bottom`
/// where there is room.
fn apart(wanted: &[i32], top: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut places = wanted.to_vec();
    let mut free = top;
    for &index in &order {
        places[index] = places[index].max(free);
        free = places[index] + LABEL_GAP;
    }
    let mut limit = bottom;
    for &index in order.iter().rev() {
        places[index] = places[index].min(limit);
        limit = places[index] - LABEL_GAP;
    }
    places
}

fn width_of(label: &str) -> i32 {
    i32::try_from(label.chars().count()).unwrap_or(0) * CHARACTER
}

#[allow(clippy::cast_possible_truncation)] // saturates, and a chart has a few hundred
fn pixels(length: f64) -> i32 {
    length.round() as i32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ticks are whole and positive
fn nanos(tick: f64) -> Nanos {
    tick as Nanos
}

fn line(root: &Area<'_>, path: &[(i32, i32)], colour: RGBColor, width: u32) -> Result<(), Failed> {
    root.draw(&PathElement::new(path.to_vec(), colour.stroke_width(width)))
}

fn text(root: &Area<'_>, text: &str, at: (i32, i32), side: HPos, colour: RGBColor) -> Result<(), Failed> {
    // plotters divides a font's size by 1.24 when it writes it
    let style = TextStyle::from(("sans-serif", TEXT * 1.24)).color(&colour).pos(Pos::new(side, VPos::Center));
    root.draw(&Text::new(text.to_owned(), at, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_apart_and_inside() {
        assert_eq!(apart(&[50, 200], 0, 300), [50, 200]);
        assert_eq!(apart(&[200, 199, 201], 0, 300), [217, 199, 235]);
        assert_eq!(apart(&[300, 300], 0, 300), [282, 300]);
        let crowd = apart(&[0; 10], 0, 300);
        assert!(crowd.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_GAP), "{crowd:?}");
    }

    #[test]
    fn ticks_enclose_the_data() {
        assert_eq!(steps(150.0, 900.0), [100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(steps(100.0, 100.0), [100.0, 200.0]);
        assert_eq!(steps(1.0, 1.0), [1.0, 2.0]);
        assert_eq!(steps(9e13, 9e20).len(), 2);
        let labels: Vec<String> = nines(3.2).into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["0 %", "50 %", "90 %", "99 %", "99.9 %"]);
    }
}
