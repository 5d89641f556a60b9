//! A record to be shared: without what tells whose it is and where it was made, with all that its numbers depend on.
//!
//! Removed are the note, the scenario's path, every text in the scenario that is neither its question nor a plain value
//! (comments first of all), what the command line named beyond plain values, the load average, when on the host's own
//! clock a trial started (how long it had been up), the name of a replayed file and of its field (what it is stays: size,
//! lines, SHA-256), listed headers (their lengths stay), and what children wrote to standard error. In the reasons of failed trials paths are blotted out. What this version does not know is not kept. Kept are versions, the question,
//! the CPU's name, the kernel, and when run and trials began.

use crate::human;
use crate::kind::Transport;
use crate::record::{Environment, Header, Line, Outcome, Unreadable, lines};
use crate::replay::SAMPLE;
use crate::schedule::{Schedule, Timing};
use crate::threshold::Threshold;
use crate::trial::Trial;
use std::path::Path;

/// Stands where something stood.
const BLOT: &str = "…";
/// Flags whose value says nothing of the host or its user.
const PLAIN_FLAGS: [&str; 24] = [
    "--affinity",
    "--carrier",
    "--clients",
    "--clients-per-connection",
    "--cookie",
    "--duration",
    "--headers",
    "--interval",
    "--link",
    "--load-cpus",
    "--load-threads",
    "--payload",
    "--precision",
    "--preset",
    "--rate",
    "--repeats",
    "--rtt",
    "--seed",
    "--server-cpus",
    "--server-threads",
    "--speed",
    "--threshold",
    "--transport",
    "--warmup",
];
/// Words that a scenario's format knows.
const PLAIN_WORDS: [&str; 38] = [
    "4g",
    "after-response",
    "all",
    "auto",
    "binary",
    "browser",
    "bursts",
    "characters",
    "close",
    "cross-continent",
    "fixed-rate",
    "gzip",
    "h1",
    "h1+tls",
    "h2",
    "h2+tls",
    "heads",
    "json",
    "keep-alive",
    "lan",
    "latest",
    "loopback",
    "minimal",
    "ms",
    "none",
    "ns",
    "packets",
    "periodic",
    "poisson",
    "portable",
    "replay",
    "s",
    "same-region",
    "satellite",
    "sockets",
    "text",
    "us",
    "wire",
];

/// The record in `bytes`, which stands at `path`, to be shared; `known` are scenarios that everybody has.
///
/// # Errors
/// When it is no record.
pub fn redact(path: &Path, bytes: &[u8], known: &[&str]) -> Result<String, Unreadable> {
    let mut text = String::new();
    let lines = lines(path, bytes)?;
    let files: Vec<String> = lines.iter().flat_map(replayed).collect();
    for mut line in lines {
        match &mut line {
            Line::Header(header) => redact_header(header, known),
            Line::Trial(line) => {
                redact_trial(&mut line.trial);
                match &mut line.outcome {
                    Outcome::Measured(measured) => measured.t0 = None,
                    Outcome::Error(failure) => {
                        failure.last_words.clear();
                        failure.reason = without_paths(&failure.reason, &files);
                    }
                }
            }
            Line::Resumed(resumed) => redact_environment(&mut resumed.environment),
            Line::Calibration(calibration) => {
                // they may quote an error
                let doubts = calibration.doubts.iter_mut();
                doubts.for_each(|doubt| doubt.sentence = without_paths(&doubt.sentence, &files));
            }
            Line::Settling(settling) => settling.pilots.iter_mut().for_each(|pilot| {
                redact_trial(&mut pilot.trial);
                pilot.failure = pilot.failure.as_deref().map(|reason| without_paths(reason, &files));
            }),
            Line::End(_) => {}
        }
        text += &serde_json::to_string(&line).expect("it was just read");
        text.push('\n');
    }
    Ok(text)
}

/// The files of the user's that a line's trials read.
fn replayed(line: &Line) -> Vec<String> {
    let trials = match line {
        Line::Header(header) => header.resolved.as_slice(),
        Line::Trial(line) => std::slice::from_ref(&line.trial),
        Line::Calibration(_) | Line::Settling(_) | Line::Resumed(_) | Line::End(_) => &[],
    };
    let file = |trial: &Trial| match &trial.feed.schedule {
        Schedule::Replay(replay) if !replay.file.starts_with(SAMPLE) => Some(replay.file.clone()),
        _ => None,
    };
    let of_tls = |trial: &Trial| {
        let files = trial
            .credentials
            .iter()
            .flat_map(|files| [Some(&files.certificate), Some(&files.key), files.root.as_ref()]);
        files.flatten().map(|path| path.display().to_string()).collect::<Vec<_>>()
    };
    trials.iter().filter_map(file).chain(trials.iter().flat_map(of_tls)).collect()
}

fn redact_trial(trial: &mut Trial) {
    if let Some(files) = &mut trial.credentials {
        (files.certificate, files.key, files.name) = (BLOT.into(), BLOT.into(), BLOT.into());
        files.root = files.root.take().map(|_| BLOT.into());
    }
    if let Schedule::Replay(replay) = &mut trial.feed.schedule
        && !replay.file.starts_with(SAMPLE)
    {
        replay.file = BLOT.to_owned();
        if let Timing::Timestamp { field, .. } = &mut replay.timing {
            *field = BLOT.to_owned();
        }
    }
    let lists = [&mut trial.headers.request, &mut trial.headers.response];
    lists.into_iter().flatten().flatten().for_each(|field| *field = blank(field));
}

/// A header of the same length, which is what figures depend on: its name, too, may say whose it is.
fn blank(field: &str) -> String {
    let (name, value) = field.split_once(':').unwrap_or((field, ""));
    format!("{}:{}", "x".repeat(name.len()), "x".repeat(value.len()))
}

fn redact_header(header: &mut Header, known: &[&str]) {
    header.redacted = true;
    header.note = None;
    header.resolved.iter_mut().for_each(redact_trial);
    redact_environment(&mut header.environment);
    header.thresholds.retain(|threshold| is_plain(threshold));
    let scenario = &mut header.scenario;
    if !known.contains(&scenario.text.as_str()) {
        scenario.text = plain_scenario(&scenario.text);
        scenario.path = scenario.path.as_ref().map(|_| BLOT.to_owned());
        header.claim.iter_mut().for_each(|claim| claim.source = BLOT.to_owned());
    } else if scenario.path.as_ref().is_some_and(|path| path.contains(['/', '\\'])) {
        scenario.path = Some(scenario.name.clone());
    }
    for flag in &mut scenario.overrides {
        let name = flag.split(' ').next().unwrap_or_default().to_owned();
        if !PLAIN_FLAGS.contains(&name.as_str()) {
            *flag = format!("{name} {BLOT}");
        }
    }
}

fn redact_environment(environment: &mut Environment) {
    environment.load_average = None;
}

/// The scenario without its comments and without texts that could be anything.
fn plain_scenario(text: &str) -> String {
    let Ok(mut table) = text.parse::<toml::Table>() else { return BLOT.to_owned() };
    let question = table.remove("question");
    table.iter_mut().for_each(|(_, value)| blot(value));
    let mut whole = toml::Table::from_iter(question.map(|question| ("question".to_owned(), question)));
    whole.extend(table);
    toml::to_string(&whole).unwrap_or_else(|_| BLOT.to_owned())
}

fn blot(value: &mut toml::Value) {
    match value {
        toml::Value::String(text) if !is_plain(text) => *text = BLOT.to_owned(),
        toml::Value::Array(values) => values.iter_mut().for_each(blot),
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| blot(value)),
        _ => {}
    }
}

fn is_plain(text: &str) -> bool {
    let known = PLAIN_WORDS.contains(&text) || text.parse::<Transport>().is_ok() || text.starts_with(SAMPLE);
    let known = known || text.parse::<Threshold>().is_ok();
    known || human::duration(text).is_ok() || human::size(text).is_ok() || human::bandwidth(text).is_ok()
}

/// A name is known from its trial; a path that nothing tells of is a word with a slash and a letter.
fn without_paths(reason: &str, files: &[String]) -> String {
    let reason = files.iter().fold(reason.to_owned(), |reason, file| reason.replace(file, BLOT));
    let path = |word: &str| word.contains(['/', '\\']) && word.contains(char::is_alphabetic);
    reason.split(' ').map(|word| if path(word) { BLOT } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_values_stay_in_a_scenario() {
        let text = "# for ACME\nquestion = \"Why?\"\nclients = 5 # ours\ntransports = [\"sse\"]\n[feed]\nschedule = \
                    \"poisson\"\npayload = \"4KiB\"\nfile = \"/home/jo/feed.ndjson\"\n[headers]\nsse = [[\"cookie\", \
                    \"secret\"]]\n";
        let plain = plain_scenario(text);
        for kept in ["question = \"Why?\"", "clients = 5", "\"sse\"", "\"poisson\"", "\"4KiB\""] {
            assert!(plain.contains(kept), "{kept}: {plain}");
        }
        for gone in ["ACME", "ours", "jo", "secret", "cookie"] {
            assert!(!plain.contains(gone), "{gone}: {plain}");
        }
        assert_eq!(plain_scenario("no = = toml"), BLOT);
    }

    #[test]
    fn a_listed_header_keeps_its_length_alone() {
        assert_eq!(blank("x-acme-key: 12 34"), "xxxxxxxxxx:xxxxxx");
    }

    #[test]
    fn reasons_name_no_path() {
        let reason = "load: writing its deliveries to /home/jo/x.csv: No space; `/tmp/y` 3/4; my feed.ndjson: gone";
        let plain = without_paths(reason, &["my feed.ndjson".into()]);
        assert_eq!(plain, "load: writing its deliveries to … No space; … 3/4; …: gone");
    }
}
