//! What differs between two sides although it is not what they are compared by: each difference is a doubt about every
//! figure.

use super::model::Difference;
use crate::record::{Environment, Header, Record};
use crate::report::aspects::{self, Name, together};
use crate::report::number::whole;
use crate::trial::Trial;
use serde_json::Value;

/// What differs in machine, build and format.
pub(super) fn of_places(old: &[&Record], new: &[&Record]) -> Vec<Difference> {
    let told = |(what, tell): (&str, Told)| {
        let [old, new] = [old, new].map(|side| each(side, tell));
        (old != new).then(|| Difference { what: what.into(), old: old.join(" / "), new: new.join(" / "), rows: None })
    };
    PLACE.into_iter().filter_map(told).collect()
}

/// Something of a record, in words.
type Told = fn(&Header) -> String;

const PLACE: [(&str, Told); 11] = [
    ("the record's format", |header| header.format.to_string()),
    ("the CPU", |header| known(&header.environment.cpu)),
    ("usable CPUs", |header| header.environment.cores.to_string()),
    ("the CPUs of server and load", |header| {
        let Environment { server_cpus, load_cpus, .. } = &header.environment;
        format!("{} and {}", cpus(server_cpus), cpus(load_cpus))
    }),
    ("memory", |header| {
        header.environment.memory.map_or(known(&None), |octets| format!("{} MiB", whole(octets >> 20)))
    }),
    ("the system", |header| known(&header.environment.kernel)),
    ("congestion control", |header| known(&header.environment.congestion)),
    ("the compiler", |header| known(&header.environment.rustc)),
    ("the build", |header| {
        if header.environment.optimised { "with optimisation".into() } else { "WITHOUT optimisation".into() }
    }),
    ("descriptors", |header| {
        header
            .environment
            .descriptors
            .map_or(known(&None), |(soft, hard)| format!("{} soft, {} hard", whole(soft), whole(hard)))
    }),
    ("redaction", |header| if header.redacted { "redacted".into() } else { "whole".into() }),
];

fn known(value: &Option<String>) -> String {
    value.clone().unwrap_or_else(|| "unknown".into())
}

fn cpus(cpus: &[usize]) -> String {
    match cpus {
        [] => "any".into(),
        some => some.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// What a side's records say, each thing once.
fn each(side: &[&Record], tell: Told) -> Vec<String> {
    let mut found: Vec<String> = side.iter().map(|record| tell(&record.header)).collect();
    found.sort();
    found.dedup();
    found
}

/// What differs in the trials of rows that are compared all the same; `names` are the pairs'.
pub(super) fn of_trials(pairs: &[(&Trial, &Trial)], names: &[Name]) -> Vec<Difference> {
    let mut found: Vec<([String; 3], Vec<usize>)> = Vec::new();
    for (place, (old, new)) in pairs.iter().enumerate() {
        for difference in between(old, new) {
            match found.iter_mut().find(|(known, _)| *known == difference) {
                Some((_, places)) => places.push(place),
                None => found.push((difference, vec![place])),
            }
        }
    }
    let difference = |([what, old, new], places): ([String; 3], Vec<usize>)| {
        let rows = (places.len() < pairs.len()).then(|| together(&places, names));
        Difference { what, old, new, rows }
    };
    found.into_iter().map(difference).collect()
}

/// What, on the old side, on the new side.
fn between(old: &Trial, new: &Trial) -> Vec<[String; 3]> {
    if old == new {
        return Vec::new();
    }
    let (before, after) = (aspects::aspects(old), aspects::aspects(new));
    let differ = before.iter().filter_map(|(key, text)| {
        let other = after.iter().find(|(other, _)| other == key).map(|(_, text)| text)?;
        // the heading says what it is
        let bare = |text: &str| {
            text.strip_prefix(key.title()).map_or(text, |rest| rest.trim_start_matches([' ', '='])).to_owned()
        };
        (other != text).then(|| [key.title().to_owned(), bare(text), bare(other)])
    });
    let differ: Vec<[String; 3]> = differ.collect();
    if differ.is_empty() { by_key(old, new) } else { differ }
}

/// What no column of a report shows, by its key in the record.
fn by_key(old: &Trial, new: &Trial) -> Vec<[String; 3]> {
    let [old, new] = [old, new].map(|trial| serde_json::to_value(trial).unwrap_or_default());
    let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all: Vec<String> = keys(&old).into_iter().chain(keys(&new)).collect();
    all.sort();
    all.dedup();
    let text = |value: &Value, key: &str| value.get(key).map_or("not said".into(), Value::to_string);
    all.into_iter()
        .map(|key| [key.clone(), text(&old, &key), text(&new, &key)])
        .filter(|[_, old, new]| old != new)
        .collect()
}
