//! The charts of a sweep, drawn: small panels with the swept parameter below, a line a transport, its name at its end.

use super::curves::{Axis, Line, Panel, Point};
use super::draw::{
    At, Drawing, Failed, Frame, LABEL_GAP, NAME_ROOM, NARROW, Sheet, count, drawn, pixels, widest, width_of, wrapped,
};
use super::measures::{said, sureness, unit};
use super::palette::{GRID, INK, MUTED, of};
use super::scale::Scale;
use crate::stats::Interval;
use plotters::style::text_anchor::HPos;

/// How high a panel is that has others beside it, and one that has a chart's place alone.
const HEIGHTS: [i32; 2] = [286, 390];
/// Between two names below the axis: closer, they read as one.
const APART: i32 = 10;
/// Lines that a name below the axis may take, and a heading.
const NAME_LINES: usize = 4;
const HEADING_LINES: usize = 2;

/// A panel as drawn; one that is `alone` fills the page's width.
pub(super) fn draw(panel: &Panel, axis: &Axis, alone: bool) -> Result<Drawing, String> {
    if alone { Drawing::for_both(|width| draw_at(panel, axis, width)) } else { draw_at(panel, axis, NARROW) }
}

fn draw_at(panel: &Panel, axis: &Axis, width: i32) -> Result<Drawing, String> {
    let height = HEIGHTS[usize::from(width > NARROW)];
    let scale = Scale::over(&panel.values, unit(panel.metric));
    let ticks: Vec<(f64, String)> = scale.ticks.iter().map(|&tick| (tick, (panel.show)(tick))).collect();
    let left = 14 + widest(ticks.iter().map(|(_, label)| label.as_str()));
    let right = NAME_ROOM + 6 + widest(panel.lines.iter().map(|line| line.transport));
    let names = names(axis, width - left - right);
    let below = 16 * count(names.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1));
    let heading = wrapped(&title(panel, &scale), width - 8, HEADING_LINES);
    let title = wrapped(&axis.title, width - 8, HEADING_LINES);
    let (above, under) = (LABEL_GAP * (count(heading.len()) - 1), LABEL_GAP * (count(title.len()) - 1));
    let height = height + above + under;
    let frame = Frame { left, right: width - right, top: 36 + above, bottom: height - 32 - below - under };
    drawn(width, height, |sheet| {
        for (row, heading) in (0..).zip(&heading) {
            sheet.text(heading, (4, 12 + LABEL_GAP * row), HPos::Left, INK)?;
        }
        for (tick, label) in &ticks {
            let y = scale.between(frame.bottom, frame.top, *tick);
            sheet.line(&[(frame.left, y), (frame.right, y)], GRID, 1)?;
            sheet.text(label, (frame.left - 8, y), HPos::Right, MUTED)?;
        }
        for (place, lines) in &names {
            let x = x(axis, *place, frame);
            sheet.line(&[(x, frame.bottom), (x, frame.bottom + 5)], MUTED, 1)?;
            for (row, name) in (0..).zip(lines) {
                let half = width_of(name) / 2 + 2;
                sheet.text(name, (x.max(half).min(width - half), frame.bottom + 18 + 16 * row), HPos::Center, MUTED)?;
            }
        }
        sheet.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], MUTED, 1)?;
        for (row, title) in (0..).zip(&title) {
            let half = width_of(title) / 2 + 4;
            let middle = i32::midpoint(frame.left, frame.right).clamp(half.min(width / 2), width - half.min(width / 2));
            sheet.text(title, (middle, height - 12 - under + LABEL_GAP * row), HPos::Center, MUTED)?;
        }
        Curves { panel, axis, scale: &scale, frame }.draw(sheet)
    })
}

fn title(panel: &Panel, scale: &Scale) -> String {
    if scale.log { format!("{} (log scale)", panel.heading) } else { panel.heading.clone() }
}

/// What is drawn within the axes.
struct Curves<'p> {
    panel: &'p Panel,
    axis: &'p Axis,
    scale: &'p Scale,
    frame: Frame,
}

impl Curves<'_> {
    fn draw(&self, sheet: &Sheet<'_>) -> Result<(), Failed> {
        self.names_at_the_ends(sheet)?;
        let lines = || (0..).zip(&self.panel.lines);
        for (number, curve) in lines().filter(|(_, curve)| !curve.level) {
            self.spread(sheet, number, curve)?;
        }
        // below what was measured: where they are one, that is what is to be seen
        for (_, curve) in lines() {
            self.predicted(sheet, curve)?;
        }
        // from the last to the first: where lines coincide, the floor lies below
        for (number, curve) in lines().collect::<Vec<(i32, &Line)>>().into_iter().rev() {
            self.curve(sheet, number, curve)?;
        }
        Ok(())
    }

    fn place(&self, line: i32, point: &Point, value: f64) -> At {
        (
            x(self.axis, point.at, self.frame) + beside(self.axis, self.frame, line, self.panel.lines.len()),
            self.y(value),
        )
    }

    fn y(&self, value: f64) -> i32 {
        self.scale.between(self.frame.bottom, self.frame.top, value)
    }

    /// How far a line's points are sure: their intervals and their trials.
    fn spread(&self, sheet: &Sheet<'_>, number: i32, curve: &Line) -> Result<(), Failed> {
        for point in &curve.points {
            let Some(estimate) = point.estimate.as_ref().filter(|estimate| estimate.trials.len() > 1) else { continue };
            // cut at the frame it would look like a short one
            let whole = |interval: &Interval| [interval.low, interval.high].iter().all(|&end| self.scale.holds(end));
            if let Some(interval) = sureness(estimate).filter(whole) {
                let ends = [interval.low, interval.high].map(|end| self.place(number, point, end));
                sheet.faint(&ends, of(curve.transport), 1)?;
                for end in ends {
                    sheet.faint(&[(end.0 - 3, end.1), (end.0 + 3, end.1)], of(curve.transport), 1)?;
                }
            }
            for &(_, trial) in &estimate.trials {
                sheet.faint_dot(self.place(number, point, trial), of(curve.transport))?;
            }
        }
        Ok(())
    }

    /// What theory says, as far as it says it without a gap.
    fn predicted(&self, sheet: &Sheet<'_>, curve: &Line) -> Result<(), Failed> {
        let at = |&(place, value): &(f64, f64)| (between(self.axis, place, self.frame), self.y(value));
        let path: Vec<At> = curve.predicted.iter().map(at).collect();
        sheet.dashed(&path, of(curve.transport), 1)
    }

    fn curve(&self, sheet: &Sheet<'_>, number: i32, curve: &Line) -> Result<(), Failed> {
        let (colour, frame) = (of(curve.transport), self.frame);
        let measured: Vec<&Point> = curve.points.iter().filter(|point| point.estimate.is_some()).collect();
        // where a point between two is missing, nothing is known of the way from one to the other
        for part in measured.chunk_by(|a, b| a.at + 1 == b.at) {
            let found: Vec<At> =
                part.iter().filter_map(|point| Some(self.place(number, point, point.centre()?))).collect();
            if curve.level {
                for &(_, y) in &found {
                    sheet.line(&[(frame.left, y), (frame.right, y)], colour, 1)?;
                }
            } else if self.axis.joined && found.len() > 1 {
                sheet.line(&found, colour, if curve.floor { 1 } else { 2 })?;
            }
            for (&at, point) in found.iter().zip(part) {
                let Some(estimate) = &point.estimate else { continue };
                if curve.level {
                    let said = said(curve.transport, self.panel.metric, estimate);
                    sheet.hover_over((frame.left, at.1 - 6), (frame.right, at.1 + 6), &said);
                } else {
                    sheet.dot(at, if curve.floor { 3 } else { 4 }, colour)?;
                    let whom = format!("{}, {}", curve.transport, self.axis.points[point.at].1);
                    sheet.hover(at, &said(&whom, self.panel.metric, estimate));
                }
            }
        }
        Ok(())
    }

    /// Each line's name behind its end, none upon another.
    fn names_at_the_ends(&self, sheet: &Sheet<'_>) -> Result<(), Failed> {
        let mut ends = Vec::new();
        for (number, curve) in (0..).zip(&self.panel.lines) {
            if let Some((point, value)) = curve.points.iter().rev().find_map(|point| Some((point, point.centre()?))) {
                // a dot among others has its colour and its height to be found by; a line to it would cross them
                let edge = (self.frame.right, self.y(value));
                let end = if curve.level || !self.axis.joined { edge } else { self.place(number, point, value) };
                ends.push((end, curve.transport, of(curve.transport)));
            }
        }
        sheet.names_behind(&ends, self.frame)
    }
}

/// How far beside its point a line's dot stands: in a slot, the transports stand side by side.
fn beside(axis: &Axis, frame: Frame, line: i32, lines: usize) -> i32 {
    if axis.joined {
        return 0;
    }
    let step = (slot(axis, frame.right - frame.left) * 0.6 / lines.max(1) as f64).min(24.0);
    pixels(step * (f64::from(line) - (lines.max(1) - 1) as f64 / 2.0))
}

fn x(axis: &Axis, point: usize, frame: Frame) -> i32 {
    let place = axis.points.get(point).map_or(0.0, |point| point.0);
    // words stand in the middle of a slot of their own
    let inset = if axis.joined { 10.0 } else { slot(axis, frame.right - frame.left) / 2.0 };
    frame.left + pixels(inset + place * (f64::from(frame.right - frame.left) - 2.0 * inset))
}

/// Where something stands that lies between two points: so many, and a part of the way to the next.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // not negative, and few
fn between(axis: &Axis, place: f64, frame: Frame) -> i32 {
    let (first, part) = (place.floor() as usize, place.fract());
    let [from, to] = [first, first + 1].map(|point| f64::from(x(axis, point.min(axis.points.len() - 1), frame)));
    pixels(from + (to - from) * part)
}

fn slot(axis: &Axis, width: i32) -> f64 {
    f64::from(width) / axis.points.len().max(1) as f64
}

/// The points that have room for their name below the axis, the ends first, and the name in lines.
fn names(axis: &Axis, width: i32) -> Vec<(usize, Vec<String>)> {
    let frame = Frame { left: 0, right: width, top: 0, bottom: 0 };
    let shown = axis.shown();
    let mut named: Vec<(usize, Vec<String>)> = Vec::new();
    let inner = shown.get(1..shown.len().saturating_sub(1)).unwrap_or_default();
    for &point in shown.first().into_iter().chain(shown.last()).chain(inner) {
        let name = &axis.points[point].1;
        let room = if axis.joined { width } else { pixels(slot(axis, width)) };
        let mut lines = wrapped(name, room - 6, NAME_LINES);
        lines.extend(axis.clients.iter().filter_map(|clients| clients.get(point).cloned()));
        let half = |lines: &[String]| widest(lines.iter().map(String::as_str)) / 2;
        let clear = |(other, theirs): &(usize, Vec<String>)| {
            (x(axis, point, frame) - x(axis, *other, frame)).abs() >= half(&lines) + half(theirs) + APART
        };
        if !axis.joined && !named.iter().any(|(other, _)| *other == point) || named.iter().all(clear) {
            named.push((point, lines));
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_the_axis_leave_each_other_room() {
        let point = |place: f64, name: &str| (place, name.to_owned());
        let axis = Axis {
            title: String::new(),
            points: vec![point(0.0, "20 B"), point(0.4, "1 KiB"), point(0.95, "48 KiB"), point(1.0, "64 KiB")],
            clients: None,
            joined: true,
        };
        let shown: Vec<usize> = names(&axis, 300).into_iter().map(|(point, _)| point).collect();
        assert_eq!(shown, [0, 3, 1]);
    }
}
