//! Pilot trials, before a run's first block: `warmup = "auto"`.
//!
//! What fails or does not settle here ends nothing: the warm-up is then the longest there may be, and the trials of that
//! kind carry a doubt.

use super::child::Interrupt;
use super::trial::{self, Beside, Setting};
use crate::clock::{self, Nanos};
use crate::human;
use crate::pilot::{self, Pilot, Settling};
use crate::record::EndReason;
use crate::stats;
use crate::totals::{Doubt, Subject};
use crate::trial::Trial;

/// Makes a pilot of each of `trials`.
///
/// # Errors
/// The reason for which the run has to end now.
pub(super) async fn make(
    setting: &Setting<'_>,
    trials: &[Trial],
    interrupt: &mut Interrupt,
) -> Result<Settling, EndReason> {
    let began = clock::now();
    let mut pilots = Vec::new();
    for trial in trials {
        let pilot = one(setting, pilot::of(trial), interrupt).await?;
        setting.progress.piloted(&pilot);
        pilots.push(pilot);
    }
    Ok(Settling { took_ns: clock::now() - began, warmup_ns: pilot::warmup_ns(&pilots), pilots })
}

async fn one(setting: &Setting<'_>, trial: Trial, interrupt: &mut Interrupt) -> Result<Pilot, EndReason> {
    setting.progress.pilots(&trial);
    let bin_ns = pilot::bin_ns(&trial);
    let beside = Beside { bin_ns: Some(bin_ns), ..Beside::default() };
    let (medians_ns, failure) = match trial::attempt(setting, &trial, beside, interrupt).await? {
        Ok((sides, _)) => (sides.bins.unwrap_or_default(), None),
        Err(failure) => (Vec::new(), Some(failure.reason)),
    };
    let settled_ns = settled(&medians_ns, bin_ns);
    Ok(Pilot { trial, bin_ns, medians_ns, settled_ns, failure })
}

/// After how long the medians, one for every `bin_ns`, are no longer of the beginning.
#[allow(clippy::cast_precision_loss)] // seconds
fn settled(medians_ns: &[Option<Nanos>], bin_ns: Nanos) -> Option<Nanos> {
    let known: Vec<(u64, f64)> =
        (0..).zip(medians_ns).filter_map(|(bin, median)| Some((bin, median.as_ref().map(|&ns| ns as f64)?))).collect();
    let values: Vec<f64> = known.iter().map(|(_, median)| *median).collect();
    match stats::settled(&values)? {
        0 => Some(0), // also where nothing came at first
        cut => Some(known[cut].0 * bin_ns),
    }
}

/// What a trial of the kind that `settling` found something about has against it.
pub(super) fn doubt(settling: &Settling, trial: &Trial) -> Option<Doubt> {
    let mut kind = pilot::of(trial);
    let same = |pilot: &&Pilot| {
        kind.feed.seed = pilot.trial.feed.seed; // a block's
        kind.windows.steady_ns = pilot.trial.windows.steady_ns; // an earlier version may have made it shorter
        super::other::through_text(&kind) == super::other::through_text(&pilot.trial)
    };
    let pilot = settling.pilots.iter().find(same).filter(|pilot| pilot.settled_ns.is_none())?;
    let why = pilot.unsettled();
    let sentence = format!("{why}: whether a warm-up of {} is enough is not known", human::precise(settling.warmup_ns));
    Some(Doubt { about: Subject::Latency, sentence })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;
    use crate::scenario::shipped::DEFAULT;
    use crate::scenario::{Overrides, Scenario, Warmup};
    use std::path::Path;

    const BIN: Nanos = 50 * MILLISECOND;

    #[test]
    fn the_beginning_is_found_where_bins_are_empty_too() {
        let median = |bin: u64| Some(if bin < 10 { 9_000_000 } else { 1_000_000 + 1_000 * (bin * 7 % 11) });
        let medians: Vec<_> = (0..80).map(median).collect();
        assert_eq!(settled(&medians, BIN), Some(10 * BIN));
        let every_second: Vec<_> = (0..80).map(|bin| median(bin).filter(|_| bin % 2 == 0)).collect();
        assert_eq!(settled(&every_second, BIN), Some(10 * BIN));
        assert_eq!(settled(&(0..80).map(|bin| Some(bin * bin)).collect::<Vec<_>>(), BIN), None);
        let even = [Some(1_000_000); 78];
        assert_eq!(settled(&[&[None, None], &even[..]].concat(), BIN), Some(0));
        assert_eq!(settled(&[None; 80], BIN), None);
        assert_eq!(settled(&[], BIN), None);
    }

    #[test]
    fn what_did_not_settle_is_doubted_in_trials_of_that_kind_alone() {
        let auto = Overrides { warmup: Some(Warmup::Auto), ..Overrides::default() };
        let scenario = Scenario::parse(Path::new(DEFAULT.path), DEFAULT.text, &auto).expect("it is shipped");
        let pilot = |(index, trial): (u64, &Trial)| Pilot {
            trial: pilot::of(trial),
            bin_ns: BIN,
            medians_ns: vec![Some(1); if index == 3 { 19 } else { 20 }],
            settled_ns: (index != 1 && index != 3).then_some(0),
            failure: None,
        };
        let pilots: Vec<_> = (0..).zip(&scenario.trials).map(pilot).collect();
        let settling = Settling { took_ns: 1, warmup_ns: pilot::warmup_ns(&pilots), pilots };
        let settled = scenario.with_warmup(settling.warmup_ns);
        let mut doubted: Vec<_> = settled.block(2).iter().filter_map(|trial| doubt(&settling, trial)).collect();
        doubted.sort_by(|one, other| one.sentence.cmp(&other.sentence));
        assert_eq!(doubted.len(), 2, "{doubted:?}");
        assert!(doubted[1].sentence.starts_with("latency had not settled in half of the "), "{doubted:?}");
        assert!(
            doubted[0].sentence.starts_with("19 of the 19 parts of its pilot trial had an update, and 20 are needed"),
            "{doubted:?}"
        );
        let of = (0..).zip(&settled.trials).filter(|(_, trial)| doubt(&settling, trial).is_some());
        assert_eq!(of.map(|(index, _)| index).collect::<Vec<_>>(), [1, 3]);
    }
}
