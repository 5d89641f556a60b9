//! What differs between two sides although it is not what they are compared by: each difference is a doubt about every
//! figure.

use super::model::Difference;
use crate::record::{Environment, Header, Record};
use crate::report::aspects::{self, Key};
use crate::report::name::{Name, together};
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

/// What, on the old side, on the new side: what a column of a report shows, and then what none does.
fn between(old: &Trial, new: &Trial) -> Vec<[String; 3]> {
    if old == new {
        return Vec::new();
    }
    let (before, after) = (aspects::aspects(old), aspects::aspects(new));
    let mut keys: Vec<Key> = before.iter().chain(&after).map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    let text = |aspects: &[(Key, String)], key: Key| {
        let text = aspects.iter().find(|(other, _)| *other == key).map_or("none", |(_, text)| text.as_str());
        // the heading says what it is
        text.strip_prefix(key.title()).map_or(text, |rest| rest.trim_start_matches([' ', '='])).to_owned()
    };
    let told = keys.into_iter().map(|key| [key.title().to_owned(), text(&before, key), text(&after, key)]);
    told.filter(|[_, old, new]| old != new).chain(hidden(old, new)).collect()
}

/// What differs and no column of a report shows, by its key in the record.
fn hidden(old: &Trial, new: &Trial) -> Vec<[String; 3]> {
    let shown = aspects::aspects(old);
    let [before, after] = [old, new].map(|trial| serde_json::to_value(trial).unwrap_or_default());
    let told = |path: &[String]| {
        // the old trial with this value of the new one: a report that shows another one then tells of it already
        let mut other = before.clone();
        put(&mut other, path, at(&after, path).cloned());
        let told = serde_json::from_value::<Trial>(other).is_ok_and(|other| aspects::aspects(&other) == shown);
        let text = |trial: &Value| at(trial, path).map_or("not said".into(), Value::to_string);
        told.then(|| [path.join("."), text(&before), text(&after)])
    };
    let differ = keys(&before, &after).into_iter().filter(|key| before.get(key) != after.get(key));
    let paths = differ.flat_map(|key| match (&before[&key], &after[&key]) {
        (old @ Value::Object(_), new @ Value::Object(_)) => {
            let within = keys(old, new).into_iter().filter(|inner| old.get(inner) != new.get(inner));
            within.map(|inner| vec![key.clone(), inner]).collect()
        }
        _ => vec![vec![key]],
    });
    paths.filter_map(|path| told(&path)).collect()
}

fn keys(old: &Value, new: &Value) -> Vec<String> {
    let of = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut all: Vec<String> = of(old).into_iter().chain(of(new)).collect();
    all.sort();
    all.dedup();
    all
}

fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| value.get(key))
}

/// Puts `new` at `path`, whose last key may be new, or takes out what is there.
fn put(value: &mut Value, path: &[String], new: Option<Value>) {
    let Some((last, above)) = path.split_last() else { return };
    let home = above.iter().try_fold(value, |value, key| value.get_mut(key)).and_then(Value::as_object_mut);
    match (home, new) {
        (Some(home), Some(new)) => drop(home.insert(last.clone(), new)),
        (Some(home), None) => drop(home.remove(last)),
        (None, _) => {}
    }
}
