//! Latency by percentile, one line a row, both axes logarithmic: the HDR view.

use super::contrast::{estimate, flat};
use crate::report::draw::{
    At, Drawing, Failed, Frame, LABEL_GAP, NAME_ROOM, Sheet, count, drawn, fitted, widest, wrapped,
};
use crate::report::measures::said;
use crate::report::palette::{MUTED, of};
use crate::report::percentiles::{Axes, NAMED};
use crate::report::row::Row;
use crate::report::scale::Scale;
use plotters::style::text_anchor::HPos;

/// How it is read.
pub(super) fn legend(rows: &[Row]) -> String {
    let ends = "A line ends where fewer than ten deliveries lie beyond it.";
    let repeated = rows.iter().any(|row| row.measured > 1);
    let dots = "A faint dot is one trial's percentile: rows whose dots mingle are not told apart.";
    let naive = "Dashed: counted from when the server sent it, as by a tool without a plan.";
    let stopped = rows.iter().any(|row| !row.naive.is_empty());
    let said = [(true, ends), (repeated, dots), (stopped, naive)].into_iter().filter(|said| said.0);
    said.map(|said| said.1).collect::<Vec<_>>().join(" ")
}

/// What a name may take of the width, as a part of it.
const NAME: i32 = 4;
/// Trials that lie closer together, in pixels, would only blot their line.
const CLOSE: i32 = 8;
pub(super) fn draw(rows: &[Row]) -> Result<Drawing, String> {
    Drawing::for_both(|width| draw_at(rows, width))
}

fn draw_at(rows: &[Row], width: i32) -> Result<Drawing, String> {
    let lines: Vec<&Row> = rows.iter().filter(|row| row.curve.len() > 1).collect();
    if lines.is_empty() {
        return Err("no row has enough deliveries for a line".into());
    }
    if let Some(reason) = flat(&lines, &NAMED.map(|named| named.0)).filter(|_| lines.len() > 1) {
        return Err(reason);
    }
    let names: Vec<String> = lines.iter().map(|row| fitted(&row.label, width / NAME)).collect();
    let right = NAME_ROOM + 6 + widest(names.iter().map(String::as_str));
    let axis = wrapped("percentile of the deliveries (ten times rarer with each nine)", width - right - 76, 2);
    let height = 382.max(102 + LABEL_GAP * count(lines.len())) + LABEL_GAP * count(axis.len());
    let frame = Frame { left: 76, right: width - right, top: 34, bottom: height - 40 - LABEL_GAP * count(axis.len()) };
    drawn(width, height, |sheet| {
        let values: Vec<f64> =
            lines.iter().flat_map(|row| row.curve.iter().chain(&row.naive)).map(|point| point.1.max(1.0)).collect();
        let last = lines.iter().flat_map(|row| &row.curve).map(|point| point.0).fold(0.0, f64::max);
        let axes = Axes { scale: Scale::logarithmic(&values, 1.0), last, frame };
        axes.grid(sheet)?;
        for (row, line) in (0..).zip(&axis) {
            let at = (i32::midpoint(frame.left, frame.right), frame.bottom + 42 + LABEL_GAP * row);
            sheet.text(line, at, HPos::Center, MUTED)?;
        }
        let mut ends = Vec::new();
        for ((row, name), place) in lines.iter().zip(&names).zip(0..) {
            axes.trials(sheet, row, 4 * place - 2 * (count(lines.len()) - 1))?;
            ends.push((axes.line(sheet, row)?, name.as_str(), of(row.transport)));
        }
        sheet.names_behind(&ends, frame)
    })
}

impl Axes {
    /// How far a row's trials lie apart, beside the percentiles that are named.
    fn trials(&self, sheet: &Sheet<'_>, row: &Row, beside: i32) -> Result<(), Failed> {
        for (metric, at) in NAMED {
            // at the end there is room on one side only
            let on = at <= self.last - 0.1;
            let Some(estimate) = estimate(row, metric).filter(|found| on && found.trials.len() > 1) else { continue };
            let dots: Vec<At> = estimate.trials.iter().map(|trial| (self.x(at) + beside, self.y(trial.1))).collect();
            let low = dots.iter().map(|dot| dot.1).max().unwrap_or(0);
            let high = dots.iter().map(|dot| dot.1).min().unwrap_or(0);
            // the line itself says where they are
            if low - high < CLOSE {
                continue;
            }
            sheet.faint(&[(self.x(at) + beside, low), (self.x(at) + beside, high)], of(row.transport), 1)?;
            for dot in dots {
                sheet.faint_dot(dot, of(row.transport))?;
            }
        }
        Ok(())
    }

    /// A row's line; gives its end.
    fn line(&self, sheet: &Sheet<'_>, row: &Row) -> Result<At, Failed> {
        let path = |curve: &[(f64, f64)]| curve.iter().map(|&(at, ns)| (self.x(at), self.y(ns))).collect::<Vec<At>>();
        sheet.dashed(&path(&row.naive), of(row.transport), 1)?;
        let path = path(&row.curve);
        sheet.line(&path, of(row.transport), if row.floor { 1 } else { 2 })?;
        for (metric, at) in NAMED {
            if let Some(estimate) = estimate(row, metric).filter(|_| at <= self.last + 1e-9) {
                sheet.hover((self.x(at), self.y(estimate.centre)), &said(&row.label, metric, estimate));
            }
        }
        Ok(*path.last().unwrap_or(&(self.frame.right, self.frame.bottom)))
    }
}
