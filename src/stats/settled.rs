//! When a series has settled.

use super::centre::centre;
use super::drift::drift;

/// Values that are averaged before they are judged: what is left of their correlation matters less.
const BATCH: usize = 5;
/// Fewer values say nothing.
pub const FEWEST: usize = 4 * BATCH;
/// Cuts are as good as the best where the error is larger by no more than chance makes it; of them the earliest is taken.
const AS_GOOD: f64 = 1.2;
/// So ordered is what has not settled, …
const MOVING: f64 = 0.001;
/// … and so much do its halves differ, as a share.
const MOVED: f64 = 0.1;

/// How many of the first of `values`, evenly spaced in time, are still of the beginning: after MSER-5 (White, An Effective
/// Truncation Heuristic for Bias Reduction in Simulation Output, Simulation 69 (1997) 323–334).
///
/// Of batches of five the cut is taken that makes the standard error of what is left smallest: each value that is cut off
/// costs precision, and is only worth it if it was far away. It is looked for in the first half, as few batches are alike by
/// chance: of 80 even values, one series in five has its smallest error behind that. `None`: what is left behind the cut
/// still rises or falls (Mann and Kendall's test), or there are fewer than [`FEWEST`].
#[must_use]
pub fn settled(values: &[f64]) -> Option<usize> {
    if values.len() < FEWEST {
        return None;
    }
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    let score = |cut: usize| {
        let rest = &batches[cut..];
        let n = rest.len() as f64;
        let mean = rest.iter().sum::<f64>() / n;
        rest.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>() / (n * n)
    };
    let scores: Vec<f64> = (0..=batches.len() / 2).map(score).collect();
    let best = scores.iter().copied().min_by(f64::total_cmp)?;
    let cut = BATCH * scores.iter().position(|&score| score <= AS_GOOD * best)?;
    (!moves(&values[cut..])).then_some(cut)
}

fn moves(rest: &[f64]) -> bool {
    let (early, late) = rest.split_at(rest.len() / 2);
    let (Some(early), Some(late)) = (centre(early), centre(late)) else { return false };
    let ordered = drift(rest).is_some_and(|drift| drift.p < MOVING);
    ordered && (late - early).abs() > MOVED * early.min(late)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_cut_off() {
        let even = |i: usize| 10.0 + (i * 7 % 11) as f64 / 10.0;
        let series: Vec<f64> = (0..100).map(|i| if i < 20 { 50.0 - i as f64 } else { even(i) }).collect();
        assert_eq!(settled(&series), Some(20));
        assert!(settled(&(0..100).map(even).collect::<Vec<_>>()).is_some_and(|cut| cut <= 25));
        let rising: Vec<f64> = (0..100).map(|i| (i * i) as f64).collect();
        assert_eq!(settled(&rising), None); // never settles
        let late: Vec<f64> = (0..100).map(|i| if i < 65 { 50.0 } else { 0.0 } + even(i)).collect();
        assert_eq!(settled(&late), None); // in the second half
        assert_eq!(settled(&[7.0; 30]), Some(0));
        assert_eq!(settled(&series[..19]), None);
    }
}
