//! Who is compared with whom: the candidates of a record and the points of its sweep at which they meet.

use crate::kind::Transport;
use crate::report::aspects;
use crate::report::cells::{Cell, Cells, Estimate};
use crate::report::heads::Heads;
use crate::report::layers::{RowSums, Stack};
use crate::report::link::LOOPBACK;
use crate::report::metric::Metric;
use crate::report::name::Name;
use crate::report::sweep::{Column, Quantity, Sweep};
use crate::trial::Trial;

/// A row that sentences are about; the floor is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'p> {
    pub(crate) trial: &'p Trial,
    pub(crate) name: &'p Name,
    /// `None`: no trial of it was measured.
    pub(crate) cells: Option<&'p Cells>,
    pub(crate) layers: Option<&'p Stack>,
    pub(crate) heads: Option<&'p Heads>,
    pub(crate) sums: &'p RowSums,
}

impl<'p> Candidate<'p> {
    pub(super) fn cell(&self, metric: Metric) -> Option<&'p Cell> {
        self.cells.map(|cells| cells.get(metric))
    }

    pub(super) fn estimate(&self, metric: Metric) -> Option<&'p Estimate> {
        self.cell(metric)?.estimate.as_ref()
    }

    /// Its figure, where it is one and no bound.
    pub(super) fn figure(&self, metric: Metric) -> Option<f64> {
        self.estimate(metric).filter(|estimate| estimate.bounds == 0).map(|estimate| estimate.centre)
    }

    pub(super) fn transport(&self) -> Transport {
        self.trial.transport
    }
}

/// Everything that sentences are made from.
pub(super) struct Scene<'p> {
    /// Without a sweep one point, which has no name.
    pub(super) points: Vec<Point<'p>>,
    /// Whether the points lie on one axis, in the order of its numbers.
    pub(super) along: bool,
    /// Whether the points are carriers: something is `over h2`, not `at` it.
    pub(super) carriers: bool,
    /// Whether the points are round trips, from near to far.
    pub(super) distance: bool,
}

/// Rows that are alike but for their transport.
pub(super) struct Point<'p> {
    /// Its value of the swept parameter as it stands in a sentence.
    pub(super) name: String,
    /// The same as the first of two: what follows the second says what both are.
    first: String,
    pub(super) rows: Vec<Candidate<'p>>,
}

impl<'p> Scene<'p> {
    pub(super) fn of(rows: &[Candidate<'p>], sweep: &Sweep) -> Scene<'p> {
        let rows: Vec<Candidate<'p>> = rows.iter().filter(|row| !aspects::is_floor(row.transport())).copied().collect();
        let cells = |row: &Candidate<'p>| sweep.axes.iter().map(|axis| axis.cell(row.trial)).collect::<Vec<_>>();
        let cells: Vec<Vec<Option<String>>> = rows.iter().map(cells).collect();
        let mut found: Vec<(&Trial, &Vec<Option<String>>)> = Vec::new();
        for (row, point) in rows.iter().zip(&cells) {
            if !found.iter().any(|(_, known)| fits(point, known)) {
                found.retain(|(_, known)| !fits(known, point)); // what it leaves open stands at a fuller one
                found.push((row.trial, point));
            }
        }
        found.sort_by(|a, b| sweep.order(a.0, b.0));
        let single = sweep.axes.len() == 1;
        let points = found.iter().map(|(trial, point)| {
            let name = match &sweep.axes[..] {
                [axis] => value(axis, trial).unwrap_or_default(),
                axes => axes.iter().filter_map(|axis| axis.phrase(trial)).collect::<Vec<_>>().join(" · "),
            };
            let rows = rows.iter().zip(&cells).filter(|(_, cells)| fits(cells, point)).map(|(row, _)| *row).collect();
            let first = match &sweep.axes[..] {
                [axis] if is_noun(axis) => axis.cell(trial).unwrap_or_default(),
                _ => name.clone(),
            };
            Point { name, first, rows }
        });
        let along = single && sweep.axes[0].quantity().is_some();
        let carriers = single && sweep.axes[0].is_carrier();
        let distance = single && sweep.axes[0].quantity() == Some(Quantity::Rtt);
        Scene { points: points.collect(), along, carriers, distance }
    }

    /// All rows, each once, by transport: in the order in which the transports are shown, then along the axis.
    pub(super) fn by_transport(&self) -> Vec<Vec<Candidate<'p>>> {
        let mut all: Vec<Vec<Candidate<'p>>> = Vec::new();
        for transport in Transport::ALL {
            let mut rows: Vec<Candidate<'p>> = Vec::new();
            for row in self.points.iter().flat_map(|point| &point.rows).filter(|row| row.transport() == transport) {
                if !rows.iter().any(|known| known.name.label == row.name.label) {
                    rows.push(*row);
                }
            }
            if !rows.is_empty() {
                all.push(rows);
            }
        }
        all
    }

    /// The points from `first` to `last` as a sentence has them: `from 1 to 100 clients`.
    pub(super) fn range(&self, first: usize, last: usize) -> String {
        if first == 0 && last + 1 == self.points.len() && self.points.len() > 1 {
            self.everywhere()
        } else if first == last {
            self.at(self.point(first))
        } else if first == 0 {
            format!("up to {}", self.point(last))
        } else if last + 1 == self.points.len() {
            format!("from {} on", self.point(first))
        } else {
            self.span(first, last)
        }
    }

    /// From a point to another one, whatever lies between.
    pub(super) fn span(&self, from: usize, to: usize) -> String {
        format!("from {} to {}", self.points[from].first, self.points[to].name)
    }

    /// Where something is so: at a point, or at several.
    pub(super) fn at(&self, points: &str) -> String {
        let preposition = match self.carriers {
            true => "over",
            false if points == LOOPBACK => "on",
            false => "at",
        };
        format!("{preposition} {points}")
    }

    pub(super) fn everywhere(&self) -> String {
        self.at(&format!("every {}", self.noun()))
    }

    pub(super) fn anywhere(&self) -> String {
        self.at(&format!("any {}", self.noun()))
    }

    /// At some of the points at which something is known.
    pub(super) fn some(&self, some: usize, all: usize) -> String {
        self.at(&format!("{some} of {all} {}s", self.noun()))
    }

    pub(super) fn noun(&self) -> &'static str {
        if self.carriers { "carrier" } else { "point" }
    }

    /// A point as a sentence has it.
    pub(super) fn point(&self, at: usize) -> &str {
        &self.points[at].name
    }

    pub(super) fn is_sweep(&self) -> bool {
        self.points.len() > 1
    }
}

impl<'p> Point<'p> {
    /// The row of a transport; `None`: it has none here.
    pub(super) fn row(&self, transport: Transport) -> Option<&Candidate<'p>> {
        self.rows.iter().find(|row| row.transport() == transport)
    }
}

/// Whether a row with these cells stands at this point: a cell that means nothing to it fits any.
fn fits(row: &[Option<String>], point: &[Option<String>]) -> bool {
    row.iter().zip(point).all(|(row, point)| row.is_none() || row == point)
}

/// An axis's value in a sentence.
fn value(axis: &Column, trial: &Trial) -> Option<String> {
    match axis.quantity() {
        None if axis.is_carrier() => axis.cell(trial),
        Some(Quantity::Payload) => axis.cell(trial).map(|size| format!("{size} of payload")),
        Some(Quantity::Interval(_)) => axis.phrase(trial).map(|poll| format!("a {poll}")),
        _ => axis.phrase(trial),
    }
}

/// Whether a value is a number before a word that need not be said twice.
fn is_noun(axis: &Column) -> bool {
    matches!(axis.quantity(), Some(Quantity::Payload | Quantity::Clients))
}
