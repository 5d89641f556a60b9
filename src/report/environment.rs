//! Where a record was made and how to make it again, in words.

use super::number::{counted, plain, whole};
use crate::record::{Header, Resumed};
use std::time::{Duration, UNIX_EPOCH};

/// The last millisecond that the calendar's four digits of a year can tell.
const LAST_MS: u64 = 253_402_300_799_999;

/// When the run began: `2026-11-21 01:31:00 UTC`.
pub(super) fn began(header: &Header) -> String {
    calendar(header.started_unix_ms)
}

/// That somebody went on with the run, when, and what was not as before.
pub(super) fn resumed(resumed: &Resumed, header: &Header) -> String {
    let (at, all) = (calendar(resumed.unix_ms), counted(header.trials.into(), "trial"));
    let again = match resumed.retried {
        0 => String::new(),
        n => format!(", {} that had failed to be made again", whole(n.into())),
    };
    let differences = resumed.differences(header);
    let doubt = match differences.as_slice() {
        [] => String::new(),
        some => format!("; {}: trials before and after may not compare", some.join(", ")),
    };
    format!("Resumed {at} with {} of {all}{again}{doubt}.", whole(resumed.trials.into()))
}

fn calendar(unix_ms: u64) -> String {
    rfc3339(unix_ms).replace('T', " ").replace('Z', " UTC")
}

/// A moment as programs read it: `2026-11-21T01:31:00Z`.
pub(super) fn rfc3339(unix_ms: u64) -> String {
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(unix_ms.min(LAST_MS)));
    at.map_or_else(String::new, |at| humantime::format_rfc3339_seconds(at).to_string())
}

/// The command that makes such a record again, from where the scenario's file is.
pub(super) fn command(header: &Header) -> String {
    let scenario = &header.scenario;
    let mut words = vec!["pushbench".to_owned(), "run".to_owned()];
    words.extend(scenario.path.clone());
    words.extend(scenario.overrides.iter().map(|flag| typed(flag)));
    words.join(" ")
}

/// A flag as a shell takes it: a threshold's sign would send the output elsewhere.
fn typed(flag: &str) -> String {
    match flag.split_once(' ') {
        Some((name, value)) if value.contains(['<', '>', '[', '*', ' ']) => {
            format!("{name} '{}'", value.replace('\'', "'\\''"))
        }
        _ => flag.to_owned(),
    }
}

/// What is known of the place, a line each; a dash where nothing is.
pub(super) fn lines(header: &Header) -> Vec<(&'static str, String)> {
    let place = &header.environment;
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".into());
    let version = match &header.revision {
        Some(revision) => format!("{} (git {revision})", header.version),
        None => format!("{} (not built in a checkout)", header.version),
    };
    let build =
        if place.optimised { "with optimisation" } else { "WITHOUT optimisation: its figures are not pushbench's" };
    vec![
        ("pushbench", version),
        ("built", format!("{}, {build}", known(&place.rustc))),
        (
            "record",
            format!(
                "format {}, begun {}{}",
                header.format,
                began(header),
                if header.redacted { ", redacted" } else { "" }
            ),
        ),
        ("CPU", known(&place.cpu)),
        ("usable CPUs", format!("{} (logical)", place.cores)),
        ("server on", pinned(&place.server_cpus)),
        ("load on", pinned(&place.load_cpus)),
        (
            "load average",
            place
                .load_average
                .map_or("—".into(), |loads| loads.map(plain).join(", ") + " over 1, 5, 15 minutes before"),
        ),
        ("memory", place.memory.map_or("—".into(), |octets| format!("{} MiB", whole(octets >> 20)))),
        ("system", known(&place.kernel)),
        (
            "descriptors",
            place
                .descriptors
                .map_or("—".into(), |(soft, hard)| format!("{} soft, {} hard", whole(soft), whole(hard))),
        ),
        ("congestion control", known(&place.congestion)),
    ]
}

fn pinned(cpus: &[usize]) -> String {
    if cpus.is_empty() {
        return "any CPU (not pinned)".into();
    }
    let list: Vec<String> = cpus.iter().map(usize::to_string).collect();
    format!("CPU {}", list.join(", "))
}
