//! The axes of latency by percentile, both logarithmic: the HDR view.

use super::draw::{Failed, Frame, Sheet, pixels, width_of};
use super::measures::time;
use super::metric::Metric;
use super::palette::{GRID, MUTED};
use super::scale::Scale;
use plotters::style::text_anchor::HPos;

/// The percentiles that a line says when it is pointed at, with their place as log10 of 1/(1−p).
pub(super) const NAMED: [(Metric, f64); 4] =
    [(Metric::P50, std::f64::consts::LOG10_2), (Metric::P90, 1.0), (Metric::P99, 2.0), (Metric::P999, 3.0)];

pub(super) struct Axes {
    pub(super) scale: Scale,
    /// The rarest percentile, as log10 of 1/(1−p).
    pub(super) last: f64,
    pub(super) frame: Frame,
}

impl Axes {
    pub(super) fn x(&self, at: f64) -> i32 {
        self.frame.left + pixels(at / self.last * self.frame.width())
    }

    pub(super) fn y(&self, ns: f64) -> i32 {
        self.scale.between(self.frame.bottom, self.frame.top, ns.max(1.0))
    }

    pub(super) fn grid(&self, sheet: &Sheet<'_>) -> Result<(), Failed> {
        let frame = self.frame;
        for &tick in &self.scale.ticks {
            sheet.line(&[(frame.left, self.y(tick)), (frame.right, self.y(tick))], GRID, 1)?;
            sheet.text(&time(tick), (frame.left - 8, self.y(tick)), HPos::Right, MUTED)?;
        }
        let mut free = i32::MIN;
        for (at, label) in nines(self.last) {
            let (x, half) = (self.x(at), width_of(&label) / 2 + 4);
            sheet.line(&[(x, frame.top), (x, frame.bottom)], GRID, 1)?;
            if x - half >= free {
                sheet.text(&label, (x, frame.bottom + 20), HPos::Center, MUTED)?;
                free = x + half;
            }
        }
        sheet.text("delivery latency (log scale)", (4, 12), HPos::Left, MUTED)
    }
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
