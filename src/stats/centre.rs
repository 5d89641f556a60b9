//! The figure of several trials, and the mean of a few.

/// The centre of the trials' figures: their median. Never a percentile of merged samples.
#[must_use]
pub fn centre(figures: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The mean of at least two values and its standard error.
#[must_use]
pub fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_is_the_median() {
        assert_eq!(centre(&[]), None);
        assert_eq!(centre(&[3.0]), Some(3.0));
        assert_eq!(centre(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(centre(&[4.0, 1.0, 2.0, 9.0]), Some(3.0));
    }
}
