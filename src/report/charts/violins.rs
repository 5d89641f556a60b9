//! How each row's deliveries spread over the latency: a violin a row.

use super::contrast::{estimate, flat};
use crate::report::draw::{At, Drawing, Failed, Frame, Sheet, WIDE, count, drawn, fitted, pixels, widest, width_of};
use crate::report::measures::{said, time};
use crate::report::metric::Metric;
use crate::report::palette::{GRID, INK, MUTED, PAPER, of};
use crate::report::row::Row;
use crate::report::scale::Scale;
use plotters::style::text_anchor::HPos;

/// How it is read.
pub(super) const LEGEND: &str = "A shape is thick where many deliveries lie, each trial weighing alike and each shape as thick as \
there is room; its thin line goes from the soonest to the latest. A dot is a trial's p50, a tick its p99; the numbers are \
the medians of these.";

/// What a name may take of the width, as a part of it.
const NAME: i32 = 3;
const PITCH: i32 = 52;
/// Half of the thickest.
const HALF: f64 = 19.0;

pub(super) fn draw(rows: &[Row]) -> Result<Drawing, String> {
    Drawing::for_both(|width| draw_at(rows, width))
}

fn draw_at(rows: &[Row], width: i32) -> Result<Drawing, String> {
    let rows: Vec<&Row> = rows.iter().filter(|row| !row.spread.shares.is_empty()).collect();
    if rows.len() < 2 {
        return Err("there are no two rows to compare".into());
    }
    if let Some(reason) = flat(&rows, &[Metric::P50, Metric::P99]) {
        return Err(reason);
    }
    let names: Vec<String> = rows.iter().map(|row| fitted(&row.label, width / NAME)).collect();
    // where there is no room for numbers, the tables have them
    let values: Vec<String> = rows.iter().filter(|_| width == WIDE).map(|row| value(row)).collect();
    let left = 16 + widest(names.iter().map(String::as_str));
    let right = 24 + widest(values.iter().map(String::as_str));
    let height = 8 + PITCH * count(rows.len()) + 52;
    let frame = Frame { left, right: width - right, top: 8, bottom: height - 52 };
    let ends: Vec<f64> = rows.iter().flat_map(|row| row.spread.shares.iter().map(|share| share.0)).collect();
    let scale = Scale::logarithmic(&ends, 1.0);
    drawn(width, height, |sheet| {
        grid(sheet, &scale, frame)?;
        for ((row, name), place) in rows.iter().zip(&names).zip(0..) {
            let middle = frame.top + PITCH / 2 + PITCH * place;
            sheet.text(name, (frame.left - 10, middle), HPos::Right, of(row.transport))?;
            violin(sheet, row, &scale, frame, middle)?;
        }
        for (value, place) in values.iter().zip(0..) {
            let middle = frame.top + PITCH / 2 + PITCH * place;
            sheet.text(value, (frame.right + 16, middle), HPos::Left, INK)?;
        }
        Ok(())
    })
}

fn grid(sheet: &Sheet<'_>, scale: &Scale, frame: Frame) -> Result<(), Failed> {
    let mut free = i32::MIN;
    for &tick in &scale.ticks {
        let (x, label) = (scale.between(frame.left, frame.right, tick), time(tick));
        sheet.line(&[(x, frame.top), (x, frame.bottom)], GRID, 1)?;
        let half = width_of(&label) / 2 + 4;
        if x - half >= free {
            sheet.text(&label, (x, frame.bottom + 14), HPos::Center, MUTED)?;
            free = x + half;
        }
    }
    let middle = i32::midpoint(frame.left, frame.right);
    sheet.text("delivery latency (log scale)", (middle, frame.bottom + 38), HPos::Center, MUTED)
}

fn violin(sheet: &Sheet<'_>, row: &Row, scale: &Scale, frame: Frame, middle: i32) -> Result<(), Failed> {
    let colour = of(row.transport);
    let shares = &row.spread.shares;
    let x = |ns: f64| scale.between(frame.left, frame.right, ns);
    let (first, last) = (x(shares[0].0), x(shares[shares.len() - 1].0));
    let most = shares.iter().map(|share| share.1).fold(f64::MIN_POSITIVE, f64::max);
    let half = |share: f64| pixels(share / most * HALF);
    let upper = shares.iter().map(|&(ns, share)| (x(ns), middle - half(share)));
    let lower = shares.iter().rev().map(|&(ns, share)| (x(ns), middle + half(share)));
    let outline: Vec<At> = upper.chain(lower).collect();
    sheet.shape(&outline, colour)?;
    sheet.line(&[(first, middle), (last.max(first + 1), middle)], colour, 1)?;
    let around = |at: &[i32], metric: Metric, said: &str| {
        // p99 of one row may stand beside its p50: each has what lies on its side
        let (from, to) = (at.iter().min().copied().unwrap_or(0), at.iter().max().copied().unwrap_or(0));
        let (before, behind) = if metric == Metric::P50 { (14, 5) } else { (5, 14) };
        sheet.hover_over((from - before, middle - PITCH / 2 + 2), (to + behind, middle + PITCH / 2 - 2), said);
    };
    for metric in [Metric::P99, Metric::P50] {
        let Some(estimate) = estimate(row, metric) else { continue };
        let places: Vec<i32> = estimate.trials.iter().map(|trial| x(trial.1.max(1.0))).collect();
        for &at in &places {
            if metric == Metric::P50 {
                sheet.dot((at, middle), 4, PAPER)?;
                sheet.dot((at, middle), 3, colour)?;
            } else {
                sheet.line(&[(at, middle - 8), (at, middle + 8)], colour, 2)?;
            }
        }
        around(&places, metric, &said(&row.label, metric, estimate));
    }
    Ok(())
}

fn value(row: &Row) -> String {
    let of =
        |metric: Metric| estimate(row, metric).map(|found| format!("{} {}", metric.name(), metric.show(found.centre)));
    [of(Metric::P50), of(Metric::P99)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
