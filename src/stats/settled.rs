//! When a series has settled.

/// Values that are averaged before they are judged: what is left of their correlation matters less.
const BATCH: usize = 5;

/// How many of the first of `values`, evenly spaced in time, are still of the beginning: MSER-5 (White, An Effective
/// Truncation Heuristic for Bias Reduction in Simulation Output, Simulation 69 (1997) 323–334).
///
/// Of batches of five the cut is taken that makes the standard error of what is left smallest: each value that is cut off
/// costs precision, and is only worth it if it was far away. A cut in the second half says that too little was seen: `None`;
/// so do fewer than four batches.
#[must_use]
pub fn settled(values: &[f64]) -> Option<usize> {
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if batches.len() < 4 {
        return None;
    }
    let score = |cut: usize| {
        let rest = &batches[cut..];
        let n = rest.len() as f64;
        let mean = rest.iter().sum::<f64>() / n;
        rest.iter().map(|batch| (batch - mean).powi(2)).sum::<f64>() / (n * n)
    };
    // a later cut has to be better, and the last ones are so by chance
    let cut = (0..=batches.len() - 4).map(|cut| (cut, score(cut))).min_by(|a, b| a.1.total_cmp(&b.1))?.0;
    (cut <= batches.len() / 2).then_some(cut * BATCH)
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
        assert_eq!(settled(&series[..19]), None);
    }
}
