//! Many figures, one comparison.

/// The p-values adjusted for how many there are, in the order given: below 5 % is what still stands out where the chance of a
/// single false one among all of them is to be 5 % (Holm, Scandinavian Journal of Statistics 6 (1979) 65–70).
#[must_use]
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &place) in order.iter().enumerate() {
        largest = largest.max(p[place] * (p.len() - rank) as f64).min(1.0);
        adjusted[place] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_steps_down() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (adjusted, wanted) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((adjusted - wanted).abs() < 1e-12, "{adjusted} {wanted}");
        }
        assert_eq!(holm(&[]), [0.0; 0]);
    }
}
