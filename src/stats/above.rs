//! Whether a side lies above another where there is no ratio to tell by: a value that is 0 has none, and no logarithm.

use super::agreed::agreed;
use super::around::ORDERED;
use super::centre::mean_and_error;
use super::student::{self, welch};
use super::{ranks, signs};

/// The two-sided p that `new` is above `old`, by differences instead of ratios, and otherwise as [`paired`](super::paired()) has
/// it where the values belong together place by place, else as [`unpaired`](super::unpaired()). 1 where the new side is not
/// above; `None`: a side has no values, or the pairs are not whole.
#[must_use]
pub fn above(old: &[f64], new: &[f64], together: bool) -> Option<f64> {
    let fewer = old.len().min(new.len());
    if fewer == 0 || together && old.len() != new.len() {
        return None;
    }
    let pairs: Vec<f64> = old.iter().zip(new).map(|(old, new)| new - old).collect();
    let (by_order, (moved, error, freedom)) = if together {
        let (mean, error) = mean_and_error(&pairs);
        (signs::test(&pairs), (mean, error, fewer as f64 - 1.0))
    } else {
        (ranks::test(old, new), welch(old, new))
    };
    Some(match () {
        () if fewer == 1 || moved <= 0.0 => 1.0,
        // without a spread only the number of trials says anything
        () if error == 0.0 => by_order,
        () if fewer < ORDERED => student::beyond(moved / error, freedom),
        () => agreed(by_order, student::beyond(moved / error, freedom)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_no_obstacle() {
        let (old, new) = ([0.0, 1e-5, 0.0, 0.0, 0.0, 0.0], [0.5, 0.51, 0.49, 0.5, 0.52, 0.48]);
        for together in [true, false] {
            for n in [3, 6] {
                let p = |old: &[f64], new: &[f64]| above(&old[..n], &new[..n], together).expect("values");
                assert!(p(&old, &new) < 1e-3, "{together} {n}: {}", p(&old, &new));
                assert!((p(&new, &old) - 1.0).abs() < 1e-12, "what is below is not above");
                assert!(p(&old, &[0.0, 0.0, 1e-5, 0.0, 0.0, 0.0]) > 0.05);
            }
        }
        assert_eq!(above(&[0.0], &[1.0], true), Some(1.0));
        assert_eq!((above(&[], &[1.0], false), above(&[0.0, 0.0], &[1.0], true)), (None, None));
    }
}
