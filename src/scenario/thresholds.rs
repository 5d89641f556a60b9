//! `thresholds`: what the figures have to keep to, in the scenario and on the command line.

use super::file::Held;
use super::source::{Invalid, Source};
use crate::threshold::Threshold;
use crate::trial::Trial;

/// The flag that names others.
const FLAG: &str = "--threshold";
/// Keys whose flags take trials out of the scenario: what only those were held to is left out.
const NARROWING: [&str; 8] = [
    "transports",
    "carriers",
    "clients",
    "feed.rate",
    "feed.payload",
    "link.preset",
    "link.rtt",
    "clients-per-connection",
];

/// Those of the file, then those of the command line, each once, held to the `trials` that they are about.
pub(super) fn read(
    source: &Source<'_>,
    file: &[Held],
    flags: &[Threshold],
    trials: &[Trial],
    fixed: &[&str],
) -> Result<Vec<Threshold>, Invalid> {
    let mut thresholds: Vec<Threshold> = Vec::new();
    for (index, Held(text)) in file.iter().enumerate() {
        let invalid = |reason: String| source.invalid(&format!("thresholds[{index}]"), reason);
        let threshold: Threshold = text.parse().map_err(invalid)?;
        match threshold.about_none(trials.iter()) {
            None => keep(&mut thresholds, &threshold),
            Some(_) if NARROWING.iter().any(|key| fixed.contains(key)) => {}
            Some(reason) => return Err(invalid(reason)),
        }
    }
    for threshold in flags {
        match threshold.about_none(trials.iter()) {
            None => keep(&mut thresholds, threshold),
            Some(message) => return Err(Invalid { place: FLAG.into(), message }),
        }
    }
    Ok(thresholds)
}

fn keep(thresholds: &mut Vec<Threshold>, threshold: &Threshold) {
    if !thresholds.contains(threshold) {
        thresholds.push(threshold.clone());
    }
}
