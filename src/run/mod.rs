//! The run: blocks of trials, each with its two children, into a record.

mod child;
mod judge;
mod progress;
mod trial;

use crate::record::{self, EndReason, Environment, Header, Outcome, ScenarioText, TrialLine, Writer};
use crate::scenario::Scenario;
use crate::{clock, system};
pub use child::Interrupt;
use progress::Progress;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use trial::Places;

/// How a run is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder under which the run makes its own.
    pub results: PathBuf,
    /// The scenario's name or file as it was given; `None`: the default.
    pub path: Option<String>,
    /// What the command line overrode, as it was typed.
    pub overrides: Vec<String>,
    /// Whether server and load stay on disjoint CPUs.
    pub affinity: bool,
    /// Whether to say nothing on the way.
    pub quiet: bool,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The run's folder.
    pub folder: PathBuf,
    /// Whether somebody stopped it.
    pub interrupted: bool,
    /// Trials that failed.
    pub failed: u32,
}

/// Why a run came to nothing, or did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Results cannot stand where they were told to.
    #[error("{0}")]
    Place(io::Error),
    /// The system's limits do not allow for as many clients.
    #[error("{0}")]
    Limit(String),
    /// The system gives no more: the disk is full, most likely.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl Failed {
    fn to_make_folder(error: io::Error) -> Failed {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Failed::System(error),
            _ => Failed::Place(error),
        }
    }
}

/// Makes every trial of `scenario` and leaves a record.
///
/// # Errors
/// When the record cannot be written; what stood there before stands.
pub fn run(scenario: &Scenario, options: &Options) -> Result<Ran, Failed> {
    descriptors_suffice(scenario)?;
    let places = Places::new(options.affinity);
    let started = SystemTime::now();
    let folder = make_folder(&options.results, started, &scenario.name).map_err(Failed::to_make_folder)?;
    let header = header(scenario, options, &places, started);
    let mut writer = Writer::create(&folder, header)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let progress = Progress::new(scenario, options.quiet);
    runtime.block_on(async {
        let mut interrupt = Interrupt::listen()?;
        let (mut order, mut failed) = (0, 0);
        for block in 1..=scenario.repeats {
            for trial in scenario.block(block) {
                order += 1;
                progress.begin(order, &trial);
                let began = clock::now();
                let Some(outcome) = trial::make(&trial, &places, &mut interrupt).await else {
                    writer.end(EndReason::Interrupted)?;
                    return Ok(Ran { folder, interrupted: true, failed });
                };
                let line = TrialLine { block, order, took_ns: clock::now() - began, trial, outcome };
                failed += u32::from(matches!(line.outcome, Outcome::Error(_)));
                // finished is what is on the disk
                writer.trial(line.clone())?;
                progress.finished(&line);
            }
        }
        writer.end(EndReason::Finished)?;
        Ok(Ran { folder, interrupted: false, failed })
    })
}

/// What a child needs beside a descriptor a client: standard streams, runtimes, the listener.
const OWN_DESCRIPTORS: u64 = 64;

/// Both children raise their soft limit themselves; the hard one is the system's.
fn descriptors_suffice(scenario: &Scenario) -> Result<(), Failed> {
    let most = scenario.trials.iter().map(|trial| u64::from(trial.clients)).max().unwrap_or(0);
    match system::descriptor_limits() {
        Some((_, hard)) if most + OWN_DESCRIPTORS > hard => Err(Failed::Limit(format!(
            "{most} clients need {} file descriptors a process, and the hard limit here is {hard}: at most {} clients \
             are possible. Root raises it with `ulimit -Hn {}` in the shell that starts pushbench; for good, \
             /etc/security/limits.conf (nofile) or systemd's LimitNOFILE",
            most + OWN_DESCRIPTORS,
            hard.saturating_sub(OWN_DESCRIPTORS),
            most + OWN_DESCRIPTORS,
        ))),
        _ => Ok(()),
    }
}

/// Makes the run's own folder: `<when>-<scenario>`, with a number behind it where that is taken.
fn make_folder(results: &Path, when: SystemTime, scenario: &str) -> io::Result<PathBuf> {
    let explain = |path: &Path, error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    std::fs::create_dir_all(results).map_err(|error| explain(results, error))?;
    let when = humantime::format_rfc3339_seconds(when).to_string().replace([':', 'Z'], "");
    for copy in 1..=1000 {
        let suffix = if copy == 1 { String::new() } else { format!("-{copy}") };
        let folder = results.join(format!("{when}-{scenario}{suffix}"));
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder.clone()).map_err(|error| explain(&folder, error)),
        }
    }
    Err(io::Error::other(format!("{}: too many runs in one second", results.display())))
}

/// The newest run's folder under `results`; its name begins with when it was made.
///
/// # Errors
/// When there is none.
pub fn latest(results: &Path) -> io::Result<PathBuf> {
    let entries = std::fs::read_dir(results)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", results.display())))?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path());
    let began = |folder: &PathBuf| std::fs::metadata(folder.join(record::FILE)).and_then(|file| file.modified()).ok();
    let newest = folders.filter_map(|folder| Some((began(&folder)?, folder))).max();
    newest
        .map(|(_, folder)| folder)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{}: no run here", results.display())))
}

fn header(scenario: &Scenario, options: &Options, places: &Places, started: SystemTime) -> Header {
    let set = |value: &'static str| Some(value.to_owned()).filter(|value| !value.is_empty());
    let since_epoch = started.duration_since(UNIX_EPOCH).unwrap_or_default();
    Header {
        format: record::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: set(env!("PUSHBENCH_REVISION")),
        started_unix_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        scenario: ScenarioText {
            name: scenario.name.clone(),
            question: scenario.question.clone(),
            text: scenario.text.clone(),
            path: options.path.clone(),
            overrides: options.overrides.clone(),
        },
        blocks: scenario.repeats,
        trials: scenario.planned_trials(),
        planned_ns: scenario.planned_ns(),
        resolved: scenario.trials.clone(),
        environment: Environment {
            cpu: system::cpu_name(),
            cores: system::cpus().len(),
            memory: system::memory(),
            kernel: system::kernel(),
            descriptors: system::descriptor_limits(),
            congestion: system::congestion(),
            server_cpus: places.server.clone(),
            load_cpus: places.load.clone(),
            rustc: set(env!("PUSHBENCH_RUSTC")),
            optimised: !cfg!(debug_assertions),
            load_average: system::load_average(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_run_gets_anothers_folder() {
        let results = tempfile::tempdir().expect("a folder");
        let make = || make_folder(results.path(), UNIX_EPOCH, "quick").expect("made");
        assert!(make().ends_with("1970-01-01T000000-quick"));
        assert!(make().ends_with("1970-01-01T000000-quick-2"));
        assert!(latest(results.path()).expect_err("no record yet").to_string().contains("no run here"));
    }
}
