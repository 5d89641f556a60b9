//! Invented trials: what chance does to figures between which there is no difference, or a known one.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// How figures scatter from trial to trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Logarithms are normal.
    Lognormal,
    /// Logarithms are Student's t with three degrees of freedom, and one trial in ten is late by Pareto's law: a neighbour
    /// on the machine.
    Heavy,
    /// As lognormal, while the machine becomes slower by a third over the run, and wanders as much from block to block as
    /// trials differ within one.
    Drift,
}

pub(crate) struct Draw(Pcg64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Draw {
        Draw(Pcg64::seed_from_u64(seed))
    }

    /// Evenly from (0, 1).
    fn share(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    /// A trial's figure, at `centre` before chance.
    fn figure(&mut self, shape: Shape, centre: f64) -> f64 {
        /// What trials differ by.
        const SPREAD: f64 = 0.1;
        match shape {
            Shape::Lognormal | Shape::Drift => centre * (SPREAD * self.normal()).exp(),
            Shape::Heavy => {
                let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
                let t = self.normal() / (squares / 3.0).sqrt();
                let late = if self.share() < 0.1 { self.share().powf(-1.0 / 1.5) } else { 1.0 };
                centre * late * (SPREAD * t).exp()
            }
        }
    }

    /// Two sides of `n` blocks, the second `ratio` times the first but for chance.
    pub(crate) fn blocks(&mut self, shape: Shape, n: usize, ratio: f64) -> (Vec<f64>, Vec<f64>) {
        let mut wander = 0.0;
        let mut level = |draw: &mut Draw, block: usize| match shape {
            Shape::Drift => {
                wander += 0.1 * draw.normal();
                (wander + 0.3 * block as f64 / n as f64).exp()
            }
            _ => 1.0,
        };
        let levels: Vec<f64> = (0..n).map(|block| level(self, block)).collect();
        levels.into_iter().map(|level| (self.figure(shape, level), self.figure(shape, level * ratio))).unzip()
    }
}
