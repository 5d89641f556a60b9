//! New ÷ old of each figure of a pair, with its interval, around the line where nothing changed.

use super::model::{Comparison, Figure, Outcome, Pair};
use super::words;
use crate::report::draw::{
    Drawing, Failed, Frame, LABEL_GAP, NARROW, Sheet, count, drawn, fitted, pixels, widest, width_of,
};
use crate::report::palette::{GRID, INK, MUTED, of};
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

/// How it is read.
pub(super) const LEGEND: &str = "A dot is new ÷ old, its line the 95 % interval, with an arrow where that goes on; left of 1 is better. A square \
is exact: it has no interval. Grey: no difference is shown.";

const PITCH: i32 = 26;
/// How far the axis reaches to either side, and where between that and 1 there is a tick.
const REACHES: [(f64, f64); 12] = [
    (1.02, 1.01),
    (1.05, 1.02),
    (1.1, 1.05),
    (1.2, 1.1),
    (1.5, 1.2),
    (2.0, 1.5),
    (3.0, 2.0),
    (5.0, 2.0),
    (10.0, 3.0),
    (100.0, 10.0),
    (1e4, 100.0),
    (1e8, 1e4),
];
/// How much farther than all ratios an interval may stretch the axis, as a power.
const STRETCH: f64 = 1.5;

/// An axis of ratios, logarithmic, with 1 in its middle.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    reach: f64,
    inner: f64,
}

impl Axis {
    /// One axis for all pairs, so that they can be held against each other.
    pub(super) fn over(comparison: &Comparison) -> Axis {
        let far = |ratio: f64| ratio.max(1.0 / ratio);
        let figures = || comparison.figures().map(|(_, figure)| figure);
        let ratios = figures().filter_map(Figure::ratio).map(far).fold(1.0, f64::max);
        let ends = figures().filter_map(interval).map(|(low, high)| far(low).max(far(high))).fold(1.0, f64::max);
        let wanted = ends.min(ratios.powf(STRETCH).max(REACHES[1].0)).max(ratios);
        let (reach, inner) = REACHES.into_iter().find(|(reach, _)| *reach >= wanted).unwrap_or(REACHES[11]);
        Axis { reach, inner }
    }

    fn x(self, frame: Frame, ratio: f64) -> i32 {
        let share = (ratio.ln() / self.reach.ln() + 1.0) / 2.0;
        frame.left + pixels(share.clamp(0.0, 1.0) * frame.width())
    }

    fn holds(self, ratio: f64) -> bool {
        (1.0 / self.reach..=self.reach).contains(&ratio)
    }

    fn ticks(self) -> [(f64, String); 5] {
        let label = |ratio: f64| crate::report::number::tick(ratio);
        [
            (1.0 / self.reach, format!("÷ {}", label(self.reach))),
            (1.0 / self.inner, format!("÷ {}", label(self.inner))),
            (1.0, "1".into()),
            (self.inner, format!("× {}", label(self.inner))),
            (self.reach, format!("× {}", label(self.reach))),
        ]
    }
}

fn interval(figure: &Figure) -> Option<(f64, f64)> {
    match &figure.outcome {
        Outcome::Tested { effect, .. } => effect.interval.map(|interval| (interval.low, interval.high)),
        _ => None,
    }
}

/// Draws a pair's figures; nothing where none has a ratio.
pub(super) fn draw(comparison: &Comparison, pair: &Pair, axis: Axis) -> Option<Result<Drawing, String>> {
    let figures: Vec<(&Figure, f64)> =
        pair.figures.iter().filter_map(|figure| Some((figure, figure.ratio()?))).collect();
    if figures.is_empty() {
        return None;
    }
    let names: Vec<&str> = figures.iter().map(|(figure, _)| words::short(figure.metric)).collect();
    let values: Vec<String> = figures.iter().map(|(_, ratio)| words::ratio(*ratio)).collect();
    let top = 26 + LABEL_GAP / 2;
    let height = top + PITCH * count(figures.len()) + 28;
    let right = NARROW - 22 - widest(values.iter().map(String::as_str));
    let frame = Frame { left: 14 + widest(names.iter().copied()), right, top, bottom: height - 28 };
    Some(drawn(NARROW, height, |sheet| {
        sheet.text(&fitted(&pair.label, NARROW - 8), (4, 12), HPos::Left, of(pair.transports[1]))?;
        grid(sheet, axis, frame)?;
        for (place, ((figure, ratio), value)) in (0..).zip(figures.iter().zip(&values)) {
            let y = frame.top + PITCH * place + PITCH / 2;
            sheet.text(words::short(figure.metric), (frame.left - 10, y), HPos::Right, INK)?;
            let colour = if figure.verdict().differs() { of(pair.transports[1]) } else { MUTED };
            mark(sheet, axis, frame, figure, (*ratio, y), colour)?;
            sheet.text(value, (NARROW - 4, y), HPos::Right, INK)?;
            let line = words::line(comparison, figure);
            let said = format!(
                "{}, {}\n{} → {}\n{}{}",
                pair.label,
                figure.metric.name(),
                line.old,
                line.new,
                line.verdict,
                line.beside()
            );
            sheet.hover_over((frame.left, y - PITCH / 2 + 1), (frame.right, y + PITCH / 2 - 1), &said);
        }
        Ok(())
    }))
}

fn grid(sheet: &Sheet<'_>, axis: Axis, frame: Frame) -> Result<(), Failed> {
    let mut free = i32::MIN;
    for (ratio, label) in axis.ticks() {
        let x = axis.x(frame, ratio);
        let colour = if (ratio - 1.0).abs() < 1e-9 { MUTED } else { GRID };
        sheet.line(&[(x, frame.top), (x, frame.bottom)], colour, 1)?;
        let half = width_of(&label) / 2 + 4;
        if x - half >= free {
            sheet.text(&label, (x, frame.bottom + 14), HPos::Center, MUTED)?;
            free = x + half;
        }
    }
    Ok(())
}

fn mark(
    sheet: &Sheet<'_>,
    axis: Axis,
    frame: Frame,
    figure: &Figure,
    (ratio, y): (f64, i32),
    colour: RGBColor,
) -> Result<(), Failed> {
    if let Some((low, high)) = interval(figure) {
        let (from, to) = (axis.x(frame, low), axis.x(frame, high));
        sheet.line(&[(from, y), (to, y)], colour, 2)?;
        for (end, value, inward) in [(from, low, 5), (to, high, -5)] {
            // an arrow where the interval goes on
            let tip = if axis.holds(value) { 0 } else { inward };
            sheet.line(&[(end + tip, y - 4), (end, y), (end + tip, y + 4)], colour, 1)?;
        }
    }
    let x = axis.x(frame, ratio);
    match figure.outcome {
        Outcome::Tested { .. } => sheet.dot((x, y), 5, colour),
        Outcome::Single => sheet.dot((x, y), 3, colour),
        _ => sheet.bar((x - 4, y - 4), (x + 4, y + 4), colour),
    }
}
