//! Doubts that no trial has by itself: what a row's trials together say against it.

use super::figures::Bound;
use super::group::{Group, Member};
use super::metric::Metric;
use crate::stats;
use crate::totals::{Doubt, Subject};

/// The figures that are followed over the run: one for each subject that a doubt can be about.
const FOLLOWED: [Metric; 3] = [Metric::P50, Metric::Bytes, Metric::Cpu];
/// As ordered as that, a row's figure drifts. One even row in a hundred is so by chance.
const ORDERED: f64 = 0.01;
/// A change that nobody would see is none, however sure it is.
const VISIBLE: f64 = 0.01;

/// So ordered are the seconds of a steady that had not settled; there are many trials, and one in a thousand is so by chance.
const MOVING: f64 = 0.001;
/// And so much do its halves differ, as a share.
const MOVED: f64 = 0.1;

/// Adds to each trial that its latency still rose or fell in steady, and to the trials of a row that a figure of theirs drifts, and to those that are far from the others that they are.
/// Nothing is said of fewer than [`stats::TELLING`] trials, and no trial is left out.
pub(super) fn doubt(group: &mut Group<'_>) {
    for member in &mut group.members {
        let Ok(figures) = &member.result else { continue };
        if let Some(sentence) = moving(&figures.seconds) {
            member.doubts.push(Doubt { about: Subject::Latency, sentence });
        }
    }
    let measured: Vec<usize> = (0..group.members.len()).filter(|&at| group.members[at].result.is_ok()).collect();
    for metric in FOLLOWED {
        let values: Option<Vec<f64>> = measured.iter().map(|&at| exact(metric, &group.members[at])).collect();
        let Some(values) = values else { continue };
        let Some(subject) = metric.subject() else { continue };
        if let Some(sentence) = drift(metric, &values) {
            for &at in &measured {
                group.members[at].doubts.push(Doubt { about: subject, sentence: sentence.clone() });
            }
        }
        for (place, sentence) in outliers(metric, &values) {
            let member = &mut group.members[measured[place]];
            let sentence = format!("in block {} {sentence}", member.line.block);
            member.doubts.push(Doubt { about: subject, sentence });
        }
    }
}

fn exact(metric: Metric, member: &Member<'_>) -> Option<f64> {
    match metric.of(member.result.as_ref().ok()?) {
        Ok(Bound::Exact(value)) => Some(value),
        Ok(Bound::Below(_)) | Err(_) => None,
    }
}

/// That a trial's p50 rises or falls from second to second of steady: the warm-up was too short, or it never settles.
fn moving(seconds: &[f64]) -> Option<String> {
    let drift = stats::drift(seconds).filter(|drift| drift.p < MOVING)?;
    let (early, late) = seconds.split_at(seconds.len() / 2);
    let (from, to) = (stats::centre(early)?, stats::centre(late)?);
    let way = if drift.tau > 0.0 { "rises" } else { "falls" };
    ((to - from).abs() > MOVED * from.min(to)).then(|| {
        let (from, to) = (Metric::P50.show(from), Metric::P50.show(to));
        format!("steady is not steady: p50 {way} from {from} in its first half to {to} in its second")
    })
}

/// That the values, in the order in which the trials were made, rise or fall.
fn drift(metric: Metric, in_order: &[f64]) -> Option<String> {
    let drift = stats::drift(in_order).filter(|drift| drift.p < ORDERED)?;
    let (early, late) = in_order.split_at(in_order.len() / 2);
    let (from, to) = (stats::centre(early)?, stats::centre(late)?);
    let way = if drift.tau > 0.0 { "rose" } else { "fell" };
    ((to - from).abs() > VISIBLE * from.abs()).then(|| {
        let (name, from, to) = (metric.name(), metric.show(from), metric.show(to));
        format!("{name} {way} over the run, from {from} in its first half to {to} in its second")
    })
}

/// Which of the values are far from all others, and that they are.
fn outliers(metric: Metric, values: &[f64]) -> Vec<(usize, String)> {
    let Some(centre) = stats::centre(values) else { return Vec::new() };
    // what is late can be very late, and never very early: twice is as far as half
    let scale = |value: f64| if values.iter().all(|value| *value > 0.0) { value.ln() } else { value };
    let far = stats::outliers(&values.iter().copied().map(scale).collect::<Vec<_>>());
    let visible = far.into_iter().filter(|&place| (values[place] - centre).abs() > VISIBLE * centre.abs());
    let told = |place: usize| {
        let (value, centre) = (metric.show(values[place]), metric.show(centre));
        format!(
            "a {} of {value} is far from the row's other trials, of which the middle one has {centre}",
            metric.name()
        )
    };
    visible.map(|place| (place, told(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_becomes_slower_is_told() {
        let rising: Vec<f64> = (0..9).map(|i| 1e6 + 2e4 * f64::from(i)).collect();
        assert_eq!(
            drift(Metric::P50, &rising).as_deref(),
            Some("p50 rose over the run, from 1.03 ms in its first half to 1.12 ms in its second")
        );
        assert_eq!(drift(Metric::P50, &rising[..7]), None); // too few to tell
        let slightly: Vec<f64> = (0..9).map(|i| 1e6 + f64::from(i)).collect();
        assert_eq!(drift(Metric::P50, &slightly), None);
    }

    #[test]
    fn a_trial_that_has_not_settled_is_told() {
        let falling: Vec<f64> = (0..9).map(|i| 2e6 - 1e5 * f64::from(i)).collect();
        assert_eq!(
            moving(&falling).as_deref(),
            Some("steady is not steady: p50 falls from 1.85 ms in its first half to 1.40 ms in its second")
        );
        assert_eq!(moving(&falling[..7]), None); // too few to tell
        let hardly: Vec<f64> = falling.iter().map(|value| 1e7 + value / 10.0).collect();
        assert_eq!(moving(&hardly), None);
    }

    #[test]
    fn the_far_trial_is_told() {
        let mut values: Vec<f64> = [3, 1, 4, 1, 5, 9, 2, 6].map(|i| 1e6 + 1e4 * f64::from(i)).into();
        assert_eq!(outliers(Metric::P50, &values), []);
        values[2] = 8e6;
        let told = outliers(Metric::P50, &values);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, 2);
        assert_eq!(
            told[0].1,
            "a p50 of 8.00 ms is far from the row's other trials, of which the middle one has 1.04 ms"
        );
    }
}
