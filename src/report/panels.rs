//! The charts of a sweep, drawn: small panels with the swept parameter below, a line a transport, its name at its end.

use super::curves::{Axis, Line, Panel, Point};
use super::draw::{
    Area, CHARACTER, Drawing, Failed, Frame, GRID, INK, MUTED, apart, drawn, is_decade, line, pixels, steps, text,
    transport_colour, width_of,
};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

/// Of a panel that has others beside it, and of one that has a chart's place alone.
const SIZES: [(i32, i32); 2] = [(450, 286), (920, 390)];
/// Lines that a name below the axis may take.
const NAME_LINES: usize = 3;

/// A panel's SVG; one that is `alone` fills the page's width.
pub(super) fn draw(panel: &Panel, axis: &Axis, alone: bool) -> Drawing {
    let (width, height) = SIZES[usize::from(alone)];
    let scale = Scale::over(&panel.values);
    let ticks: Vec<(f64, String)> = scale.ticks.iter().map(|&tick| (tick, (panel.show)(tick))).collect();
    let left = 14 + ticks.iter().map(|(_, label)| width_of(label)).max().unwrap_or(0);
    let right = 38 + panel.lines.iter().map(|line| width_of(line.transport)).max().unwrap_or(0);
    let names = names(axis, width - left - right);
    let below = 16 * i32::try_from(names.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1)).unwrap_or(1);
    let frame = Frame { left, right: width - right, top: 36, bottom: height - 30 - below };
    drawn(width, height, |root| {
        text(root, &title(panel, &scale), (4, 12), HPos::Left, INK)?;
        for (tick, label) in &ticks {
            let y = scale.y(*tick, frame);
            line(root, &[(frame.left, y), (frame.right, y)], GRID, 1)?;
            text(root, label, (frame.left - 8, y), HPos::Right, MUTED)?;
        }
        for (place, lines) in &names {
            let x = x(axis, *place, frame);
            line(root, &[(x, frame.bottom), (x, frame.bottom + 5)], MUTED, 1)?;
            for (row, name) in (0..).zip(lines) {
                text(root, name, (x, frame.bottom + 16 + 16 * row), HPos::Center, MUTED)?;
            }
        }
        line(root, &[(frame.left, frame.bottom), (frame.right, frame.bottom)], MUTED, 1)?;
        let middle = i32::midpoint(frame.left, frame.right);
        text(root, &axis.title, (middle, height - 12), HPos::Center, MUTED)?;
        curves(root, panel, axis, &scale, frame)
    })
}

fn title(panel: &Panel, scale: &Scale) -> String {
    if scale.log { format!("{} (log scale)", panel.heading) } else { panel.heading.clone() }
}

fn curves(root: &Area<'_>, panel: &Panel, axis: &Axis, scale: &Scale, frame: Frame) -> Result<(), Failed> {
    // from the last to the first: where lines coincide, the floor lies below
    let place = |line: i32, point: &Point, value: f64| {
        (x(axis, point.at, frame) + beside(axis, frame, line, panel.lines.len()), scale.y(value, frame))
    };
    names_at_the_ends(root, panel, scale, frame, axis.joined, &place)?;
    for (number, curve) in (0..).zip(&panel.lines).collect::<Vec<(i32, &Line)>>().into_iter().rev() {
        let colour = transport_colour(curve.transport);
        let centres = |points: &[Point]| -> Vec<(i32, i32)> {
            points.iter().filter_map(|point| Some(place(number, point, point.centre?))).collect()
        };
        if curve.level {
            for point in &curve.points {
                let Some(value) = point.centre else { continue };
                let y = scale.y(value, frame);
                line(root, &[(frame.left, y), (frame.right, y)], colour, 1)?;
            }
            continue;
        }
        for point in curve.points.iter().filter(|point| point.trials.len() > 1) {
            for &trial in &point.trials {
                root.draw(&Circle::new(place(number, point, trial), 2, colour.mix(0.45).filled()))?;
            }
        }
        for part in curve.points.split(|point| point.centre.is_none()).map(centres) {
            if axis.joined && part.len() > 1 {
                line(root, &part, colour, if curve.floor { 1 } else { 2 })?;
            }
            for at in part {
                root.draw(&Circle::new(at, if curve.floor { 3 } else { 4 }, colour.filled()))?;
            }
        }
    }
    Ok(())
}

/// Each line's name behind its end, none upon another.
fn names_at_the_ends(
    root: &Area<'_>,
    panel: &Panel,
    scale: &Scale,
    frame: Frame,
    joined: bool,
    place: &dyn Fn(i32, &Point, f64) -> (i32, i32),
) -> Result<(), Failed> {
    let mut ends: Vec<(&Line, (i32, i32))> = Vec::new();
    for (number, curve) in (0..).zip(&panel.lines) {
        if let Some((point, value)) = curve.points.iter().rev().find_map(|point| Some((point, point.centre?))) {
            // a dot among others has its colour and its height to be found by; a line to it would cross them
            let edge = (frame.right, scale.y(value, frame));
            ends.push((curve, if curve.level || !joined { edge } else { place(number, point, value) }));
        }
    }
    let heights: Vec<i32> = ends.iter().map(|(_, end)| end.1).collect();
    for ((curve, end), place) in ends.iter().zip(apart(&heights, frame.top, frame.bottom)) {
        let label = frame.right + 32;
        // faint where a darker one could be taken for more of the curve
        line(root, &[(end.0 + 5, end.1), (frame.right, end.1)], GRID, 1)?;
        line(
            root,
            &[(frame.right + 2, end.1), (frame.right + 8, end.1), (label - 6, place), (label - 3, place)],
            MUTED,
            1,
        )?;
        text(root, curve.transport, (label, place), HPos::Left, transport_colour(curve.transport))?;
    }
    Ok(())
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

fn slot(axis: &Axis, width: i32) -> f64 {
    f64::from(width) / axis.points.len().max(1) as f64
}

/// The points that have room for their name below the axis, the ends first, and the name in lines.
fn names(axis: &Axis, width: i32) -> Vec<(usize, Vec<String>)> {
    let frame = Frame { left: 0, right: width, top: 0, bottom: 0 };
    let last = axis.points.len().saturating_sub(1);
    let mut named: Vec<(usize, Vec<String>)> = Vec::new();
    for point in [0, last].into_iter().chain(1..last.max(1)) {
        let name = &axis.points[point].1;
        let room = if axis.joined { width } else { pixels(slot(axis, width)) };
        let lines = wrapped(name, usize::try_from(room / CHARACTER).unwrap_or(1));
        let half = |lines: &[String]| lines.iter().map(|line| width_of(line)).max().unwrap_or(0) / 2;
        let clear = |(other, theirs): &(usize, Vec<String>)| {
            (x(axis, point, frame) - x(axis, *other, frame)).abs() >= half(&lines) + half(theirs) + 4
        };
        if !axis.joined && !named.iter().any(|(other, _)| *other == point) || named.iter().all(clear) {
            named.push((point, lines));
        }
    }
    named
}

/// A name in lines of at most `room` characters where its words allow it.
fn wrapped(name: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in name.split(' ') {
        let full = lines.len() == NAME_LINES;
        match lines.last_mut() {
            Some(line) if full || line.chars().count() + 1 + word.chars().count() <= room => {
                *line = format!("{line} {word}");
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A vertical axis.
struct Scale {
    ticks: Vec<f64>,
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// Logarithmic where the values span more than a decade, else from 0.
    fn over(values: &[f64]) -> Scale {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(0.0, f64::max);
        let log = least > 0.0 && most / least > 10.0;
        let ticks = if log { steps(least, most) } else { even(most) };
        let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
        let crowded = log && (high / low).log10() > 2.6;
        let ticks = ticks.into_iter().filter(|&tick| !crowded || is_decade(tick)).collect();
        Scale { ticks, low, high, log }
    }

    fn y(&self, value: f64, frame: Frame) -> i32 {
        let share = if self.log {
            (value / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        frame.bottom - pixels(share * f64::from(frame.bottom - frame.top))
    }
}

/// Even ticks from 0 to the first at or above `most`.
fn even(most: f64) -> Vec<f64> {
    if most <= 0.0 {
        return vec![0.0, 1.0];
    }
    let rough = most / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|&step| step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let count = (0..).take_while(|&n| f64::from(n) * step < most * 0.999).count();
    (0..=u32::try_from(count).unwrap_or(4)).map(|n| f64::from(n) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_hold_their_values() {
        let ticks = |values: &[f64]| Scale::over(values).ticks;
        assert_eq!(ticks(&[0.0, 0.63]).len(), 5);
        assert_eq!(ticks(&[150.0, 900.0]), [0.0, 500.0, 1000.0]);
        assert_eq!(ticks(&[0.11, 2.4]), [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]);
        assert_eq!(ticks(&[3.0, 40_000.0]), [10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!(ticks(&[]), [0.0, 1.0]);
    }

    #[test]
    fn names_below_the_axis_leave_each_other_room() {
        let point = |place: f64, name: &str| (place, name.to_owned());
        let axis = Axis {
            title: String::new(),
            points: vec![point(0.0, "20 B"), point(0.4, "1 KiB"), point(0.95, "48 KiB"), point(1.0, "64 KiB")],
            joined: true,
        };
        let shown: Vec<usize> = names(&axis, 300).into_iter().map(|(point, _)| point).collect();
        assert_eq!(shown, [0, 3, 1]);
        assert_eq!(wrapped("browser and a cookie of 4 KiB", 9), ["browser", "and a", "cookie of 4 KiB"]);
    }
}
