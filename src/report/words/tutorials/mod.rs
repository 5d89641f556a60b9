//! What tutorials say of WebSocket and of polling, each answered from this record alone: the comparisons that a claim makes
//! are those of the verdict, and no claim knows its answer.

mod answer;
mod costs;
mod figures;
mod heads;
mod latency;

pub(crate) use answer::Answer;

use super::scene::Scene;

/// The claims, in the order in which a reader meets them; none where nothing was measured.
pub(super) fn of(scene: &Scene<'_>) -> Vec<Answer> {
    if scene.points.iter().all(|point| point.rows.iter().all(|row| row.cells.is_none())) {
        return Vec::new();
    }
    vec![
        latency::lower(scene),
        latency::always(scene),
        heads::once(scene),
        heads::prefix(scene),
        costs::overhead(scene),
        costs::polling(scene),
        costs::connection(scene),
    ]
}
