//! Latency by percentile, both sides of a pair in one frame.

use super::model::{Comparison, Pair};
use crate::report::draw::{At, Drawing, Frame, LABEL_GAP, NAME_ROOM, NARROW, count, drawn, fitted, widest, wrapped};
use crate::report::palette::{MUTED, of};
use crate::report::percentiles::{Axes, NAMED};
use crate::report::scale::Scale;
use plotters::style::text_anchor::HPos;

/// How it is read.
pub(super) const LEGEND: &str = "Lower is sooner. Each line is the median of its trials' percentiles, as far as every trial has ten deliveries \
beyond it; whether the lines differ by more than chance is what the figures say.";

/// What a side's name may take of the width.
const NAME: i32 = 110;

/// Draws both curves; `None` where a side has none.
pub(super) fn draw(comparison: &Comparison, pair: &Pair) -> Option<Result<Drawing, String>> {
    if pair.curves.iter().any(|curve| curve.len() < 2) {
        return None;
    }
    let names = comparison.sides.each_ref().map(|side| fitted(&side.name, NAME));
    let right = NAME_ROOM + 6 + widest(names.iter().map(String::as_str));
    let axis = wrapped("percentile of the deliveries (ten times rarer with each nine)", NARROW - right - 76, 2);
    let height = 312 + LABEL_GAP * count(axis.len());
    let frame = Frame { left: 76, right: NARROW - right, top: 56, bottom: height - 40 - LABEL_GAP * count(axis.len()) };
    Some(drawn(NARROW, height, |sheet| {
        let points = || pair.curves.iter().flatten();
        let values: Vec<f64> = points().map(|point| point.1.max(1.0)).collect();
        let last = points().map(|point| point.0).fold(0.0, f64::max);
        let axes = Axes { scale: Scale::logarithmic(&values, 1.0), last, frame };
        axes.grid(sheet)?;
        sheet.text(&fitted(&pair.label, NARROW - 8), (4, 34), HPos::Left, of(pair.transports[1]))?;
        for (row, line) in (0..).zip(&axis) {
            let at = (i32::midpoint(frame.left, frame.right), frame.bottom + 42 + LABEL_GAP * row);
            sheet.text(line, at, HPos::Center, MUTED)?;
        }
        let mut ends = Vec::new();
        for (side, curve) in pair.curves.iter().enumerate() {
            let path: Vec<At> = curve.iter().map(|&(at, ns)| (axes.x(at), axes.y(ns))).collect();
            let colour = of(pair.transports[side]);
            if side == 0 {
                sheet.dashed(&path, colour, 2)?
            } else {
                sheet.line(&path, colour, 2)?
            }
            ends.push((*path.last().unwrap_or(&(frame.right, frame.bottom)), names[side].as_str(), colour));
        }
        for (metric, at) in NAMED.into_iter().filter(|(_, at)| *at <= last + 1e-9) {
            let Some(figure) = pair.figures.iter().find(|figure| figure.metric == metric) else { continue };
            let Some(ns) = figure.new.centre else { continue };
            let said = format!(
                "{}, {}\n{}: {}\n{}: {}",
                pair.label,
                metric.name(),
                names[0],
                figure.old.text,
                names[1],
                figure.new.text
            );
            sheet.hover((axes.x(at), axes.y(ns)), &said);
        }
        sheet.names_behind(&ends, frame)
    }))
}
