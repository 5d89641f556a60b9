//! A figure of each row: a bar, or, where they range over more than a bar can show, a dot on a logarithmic axis.

use super::contrast::{CONTRAST, asks, estimate, flat};
use crate::report::cells::Estimate;
use crate::report::draw::{
    Drawing, Failed, Frame, LABEL_GAP, NARROW, Sheet, count, drawn, fitted, widest, width_of, wrapped,
};
use crate::report::measures::{measure_of, said, sureness, unit};
use crate::report::metric::Metric;
use crate::report::number::tick;
use crate::report::palette::{GRID, INK, MUTED, PAPER, of};
use crate::report::row::Row;
use crate::report::scale::Scale;
use plotters::style::text_anchor::HPos;

/// How intervals are read.
pub(super) const LEGEND: &str = "A bar, or a large dot on a log scale, is the median of its trials, the small dots; a thin line is its 95 % interval, \
from three trials on, with an arrow where it goes on.";
/// How bounds are read.
pub(super) const BOUNDS: &str = "An outline is a bound: it is less than that, by how much was not measured.";

const NAME: i32 = 150;
const PITCH: i32 = 38;
const BAR: i32 = 20;
/// Between the least and the most beyond which the least would have no bar to be seen.
const RANGE: f64 = 40.0;
/// How far beyond all trials an interval may stretch the axis.
const STRETCH: f64 = 1.25;

struct Bar<'r> {
    row: &'r Row,
    name: String,
    value: &'r str,
    estimate: &'r Estimate,
}

/// Draws a metric of the rows that it means something to.
pub(super) fn draw(rows: &[Row], metric: Metric) -> Result<Drawing, String> {
    let asking = matches!(metric, Metric::Requests | Metric::Empty);
    let rows: Vec<&Row> = rows.iter().filter(|row| row.cells.is_some() && (!asking || asks(row.transport))).collect();
    if !stands_out(&rows, metric) {
        if rows.iter().filter_map(|row| estimate(row, metric)).filter(|found| found.bounds == 0).count() < 2 {
            return Err(too_few(&rows, metric));
        }
        if let Some(reason) = flat(&rows, &[metric]) {
            return Err(reason);
        }
    }
    let bars: Vec<Bar<'_>> = rows.iter().filter_map(|row| bar_of(row, metric)).collect();
    let scale = scale(&bars, metric);
    let left = 16 + widest(bars.iter().map(|bar| bar.name.as_str()));
    let right = 22 + widest(bars.iter().map(|bar| bar.value));
    let heading = measure_of(metric).map_or(metric.name(), |measure| measure.heading);
    let heading = if scale.log { format!("{heading} (log scale)") } else { heading.to_owned() };
    let heading = wrapped(&heading, NARROW - 8, 2);
    let top = 12 + LABEL_GAP * count(heading.len());
    let height = top + PITCH * count(bars.len()) + 28;
    let frame = Frame { left, right: NARROW - right, top, bottom: height - 28 };
    drawn(NARROW, height, |sheet| {
        for (line, heading) in (0..).zip(&heading) {
            sheet.text(heading, (4, 12 + LABEL_GAP * line), HPos::Left, INK)?;
        }
        grid(sheet, &scale, metric, frame)?;
        for (place, bar) in (0..).zip(&bars) {
            bar.draw(sheet, &scale, metric, frame, frame.top + PITCH * place + PITCH / 2)?;
        }
        sheet.line(&[(frame.left, frame.top), (frame.left, frame.bottom)], MUTED, 1)
    })
}

fn bar_of<'r>(row: &'r Row, metric: Metric) -> Option<Bar<'r>> {
    let cell = row.cells.as_ref()?.get(metric);
    Some(Bar { row, name: fitted(&row.label, NAME), value: &cell.text, estimate: cell.estimate.as_ref()? })
}

/// Whether one row has more than every bound of others, which says something although these were not measured.
fn stands_out(rows: &[&Row], metric: Metric) -> bool {
    let found: Vec<&Estimate> = rows.iter().filter_map(|row| estimate(row, metric)).collect();
    let (bounds, exact): (Vec<&Estimate>, Vec<&Estimate>) = found.into_iter().partition(|found| found.bounds > 0);
    let most = bounds.iter().map(|bound| bound.centre).fold(0.0, f64::max);
    !bounds.is_empty() && exact.iter().any(|exact| exact.centre > most * CONTRAST)
}

/// Why there are no two figures: what takes them from the rows, where that is one reason.
fn too_few(rows: &[&Row], metric: Metric) -> String {
    let whys: Vec<&str> = rows.iter().filter_map(|row| row.cells.as_ref()?.get(metric).why.as_deref()).collect();
    match (whys.first(), rows.len()) {
        (_, 0 | 1) => "there are no two rows to compare".to_owned(),
        (Some(first), count) if whys.len() == count && whys.iter().all(|why| why == first) => (*first).to_owned(),
        _ => "no two rows have more than a bound".to_owned(),
    }
}

fn scale(bars: &[Bar<'_>], metric: Metric) -> Scale {
    let trials = || bars.iter().flat_map(|bar| bar.estimate.trials.iter().map(|trial| trial.1));
    let most = trials().fold(0.0, f64::max);
    let least = bars.iter().map(|bar| bar.estimate.centre).fold(f64::INFINITY, f64::min);
    let ends = bars.iter().filter_map(|bar| sureness(bar.estimate)).map(|interval| interval.high.min(most * STRETCH));
    let mut values: Vec<f64> = trials().chain(ends).collect();
    if least > 0.0 && most / least > RANGE {
        Scale::logarithmic(&values, unit(metric))
    } else {
        values.push(0.0);
        Scale::even(&values, unit(metric))
    }
}

fn grid(sheet: &Sheet<'_>, scale: &Scale, metric: Metric, frame: Frame) -> Result<(), Failed> {
    let mut free = i32::MIN;
    let show = measure_of(metric).map_or(tick as fn(f64) -> String, |measure| measure.show);
    for &tick in &scale.ticks {
        let (x, label) = (scale.between(frame.left, frame.right, tick), show(tick));
        sheet.line(&[(x, frame.top), (x, frame.bottom)], GRID, 1)?;
        let half = width_of(&label) / 2 + 5;
        if x - half >= free {
            sheet.text(&label, (x, frame.bottom + 14), HPos::Center, MUTED)?;
            free = x + half;
        }
    }
    Ok(())
}

impl Bar<'_> {
    fn draw(&self, sheet: &Sheet<'_>, scale: &Scale, metric: Metric, frame: Frame, y: i32) -> Result<(), Failed> {
        let (colour, estimate) = (of(self.row.transport), self.estimate);
        let x = |value: f64| scale.between(frame.left, frame.right, value);
        let end = x(estimate.centre);
        let (from, to) = ((frame.left + 1, y - BAR / 2), (end.max(frame.left + 2), y + BAR / 2));
        sheet.text(&self.name, (frame.left - 10, y), HPos::Right, colour)?;
        if estimate.bounds > 0 {
            sheet.outline(from, to, colour)?;
        } else if scale.log {
            sheet.line(&[(frame.left, y), (end, y)], GRID, 2)?;
        } else {
            sheet.bar(from, to, colour)?;
        }
        let mut last = to.0;
        if estimate.trials.len() > 1 && estimate.bounds == 0 {
            last = last.max(self.trials(sheet, scale, frame, y)?);
        }
        if scale.log && estimate.bounds == 0 {
            sheet.dot((end, y), 5, colour)?;
        }
        let value = (to.0 + 10, y);
        // a line of the grid through a number makes another number of it
        sheet.bar((value.0 - 4, y - 8), (value.0 + width_of(self.value) + 4, y + 8), PAPER)?;
        sheet.text(self.value, value, HPos::Left, INK)?;
        let said = said(&self.row.label, metric, estimate);
        sheet.hover_over((frame.left, y - PITCH / 2 + 1), (last + 8, y + PITCH / 2 - 1), &said);
        Ok(())
    }

    /// The interval above the lower edge of the bar, the trials below it; gives where they end.
    fn trials(&self, sheet: &Sheet<'_>, scale: &Scale, frame: Frame, y: i32) -> Result<i32, Failed> {
        let x = |value: f64| scale.between(frame.left, frame.right, value);
        let below = y + BAR / 2 + 4;
        let mut last = 0;
        if let Some(interval) = sureness(self.estimate) {
            let (low, high) = (x(interval.low), x(interval.high));
            sheet.line(&[(low, below), (high, below)], MUTED, 1)?;
            for (end, value, inward) in [(low, interval.low, 4), (high, interval.high, -4)] {
                // an arrow where the interval goes on
                let tip = if scale.holds(value) { 0 } else { inward };
                sheet.line(&[(end + tip, below - 3), (end, below), (end + tip, below + 3)], MUTED, 1)?;
            }
            last = high;
        }
        for &(_, trial) in &self.estimate.trials {
            sheet.faint_dot((x(trial), below), INK)?;
            last = last.max(x(trial));
        }
        Ok(last)
    }
}
