//! Truths 8 and 9: whichever of the three processes is killed, and whenever, every finished trial stands, and nothing
//! of ours lives on.

#![cfg(target_os = "linux")]

mod processes;

use nix::sys::signal::{Signal, kill};
use processes::{Ended, FAST, Process, finished, recorded_trials, run_folder, scenario, text, threads, until};
use pushbench::clock::{self, MILLISECOND, Nanos, SECOND};
use pushbench::kind::Transport;
use pushbench::record::{EndReason, Outcome, Record};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use std::ops::Range;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const MOMENTS: usize = 100;
const SEED: u64 = 1;
/// How often a moment is tried.
const TRIES: usize = 3;
/// Runs at a time: they mostly wait.
const AT_A_TIME: usize = 8;
const TRIALS: usize = 2;
/// What a run of [`TRIALS`] trials takes at least: the calibration's phases and theirs (the drain is a second and the poll
/// period).
const LIFE: Nanos = 1_200 * MILLISECOND + TRIALS as Nanos * (100 * MILLISECOND + SECOND);
/// The header is being written.
const HEADER: Nanos = 8 * MILLISECOND;
/// Processes start, clients connect.
const BEGINNING: Nanos = 80 * MILLISECOND;
const PATIENCE: Duration = Duration::from_secs(30);

/// [`FAST`] at random moments, those of `seed`.
fn toml(transports: &str, seed: u64) -> String {
    FAST.replace("\"polling\", \"sse\"", transports)
        .replace("[feed]", &format!("seed = {seed}\n[feed]"))
        .replace("\"periodic\"", "\"poisson\"")
        .replace("rate = 100\n", "rate = 200\n")
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// Nanoseconds after the start of the run.
    After(Nanos),
    /// As soon as the first trial was announced as finished.
    Announced,
    /// As soon as the record has its closing line: the reports are being written.
    AtItsEnd,
}

/// A process to be killed, and when.
#[derive(Clone, Copy, Debug)]
struct Moment {
    victim: &'static str,
    when: When,
    transports: [Transport; TRIALS],
    seed: u64,
}

fn moments() -> Vec<Moment> {
    let mut random = Pcg64::seed_from_u64(SEED);
    let moment = |index: usize| {
        let victim = ["run", "serve", "load"][index % 3];
        // many of them early, where most things happen
        let span = match random.next_u64() % 10 {
            0 | 1 => HEADER,
            2 | 3 => BEGINNING,
            _ => LIFE,
        };
        let when = When::After(random.next_u64() % span);
        let when = match MOMENTS - index {
            1..15 if victim == "run" => [When::Announced, When::AtItsEnd][index % 2],
            _ => when,
        };
        let transport = |place: usize| Transport::ALL[place % Transport::ALL.len()];
        Moment { victim, when, transports: [transport(index), transport(index + 2)], seed: random.next_u64() % 1000 }
    };
    (0..MOMENTS).map(moment).collect()
}

#[test]
fn whatever_is_killed_finished_trials_stand_and_nothing_lives_on() {
    let (moments, next) = (moments(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(&moment) = moments.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let struck = (0..TRIES).any(|_| strike(moment));
                    assert!(struck, "{moment:?}: {TRIES} runs were over before");
                }
            });
        }
    });
}

/// Whether it came before the run was over: only a test that did not run for long comes later.
fn strike(moment: Moment) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let transports = moment.transports.map(|transport| format!("{:?}", transport.name())).join(", ");
    let toml = toml(&transports, moment.seed);
    let file = scenario(folder.path(), "crash.toml", &toml);
    let out = folder.path().join("out");
    let mut run = Process::run(&file, &out, &[]);
    match moment.when {
        When::After(ns) => clock::sleep_until(run.started_at() + ns),
        When::Announced => until("a finished trial", PATIENCE, || announced(&run.stderr()).gt(&0).then_some(())),
        When::AtItsEnd => until("the closing line", PATIENCE, || {
            let record = run_folder(&out)?.join(pushbench::record::FILE);
            std::fs::read_to_string(record).ok()?.contains("\n{\"line\":\"end\"").then_some(())
        }),
    }
    if moment.victim == "run" {
        let before = run_folder(&out).map_or(0, |folder| recorded_trials(&folder));
        run.signal(Signal::SIGKILL);
        run.leaves_nothing(Duration::from_secs(2));
        let ended = run.end(PATIENCE);
        if ended.status.success() && !matches!(moment.when, When::AtItsEnd) {
            return false;
        }
        let signal = ended.status.signal();
        assert!(ended.status.success() || signal == Some(Signal::SIGKILL as i32), "{moment:?}: {ended:?}");
        run_was_killed(moment, &out, before, &ended);
    } else {
        // between two trials there is none: then it is the next one's, as soon as it is there
        let mut killed = 0..0;
        let struck = until("a victim", PATIENCE, || {
            killed.start = clock::now();
            let struck = run.child(moment.victim).is_some_and(|victim| kill(victim, Signal::SIGKILL).is_ok());
            killed.end = clock::now();
            (struck || run.is_over()).then_some(struck)
        });
        if !struck {
            return false;
        }
        let ended = run.end(PATIENCE);
        run.leaves_nothing(Duration::from_secs(2));
        child_was_killed(moment, &out, &killed, &ended);
    }
    true
}

/// How many trials the user has seen finished.
fn announced(stderr: &str) -> usize {
    stderr.lines().filter(|line| line.starts_with("[ ")).count()
}

/// What the user has seen finished, and what was in the record before, stands in it.
fn run_was_killed(moment: Moment, out: &Path, before: usize, ended: &Ended) {
    let Some(folder) = run_folder(out) else {
        assert!(matches!(moment.when, When::After(ns) if ns < LIFE), "{moment:?}: no folder");
        return;
    };
    let record = folder.join(pushbench::record::FILE);
    let report = finished(&["report", path(&folder)]);
    let (stdout, stderr) = (text(&report.stdout), text(&report.stderr));
    if !std::fs::read(&record).is_ok_and(|bytes| bytes.contains(&b'\n')) {
        assert_eq!(report.status.code(), Some(2), "{moment:?}: {stderr}");
        assert!(stderr.lines().count() == 1 && stderr.contains(path(&record)), "{moment:?}: {stderr}");
        return;
    }
    assert_eq!(report.status.code(), Some(0), "{moment:?}: {stderr}");
    let record = Record::read(&record).expect("it was just rendered");
    let announced = announced(&ended.stderr);
    let stand = record.trials.len();
    assert!(stand >= before.max(announced), "{moment:?}: {stand} of {before}, announced {announced}");
    assert!(record.trials.iter().all(|line| matches!(line.outcome, Outcome::Measured(_))), "{moment:?}");
    match record.end {
        Some(end) => assert_eq!((end.reason, stand), (EndReason::Finished, TRIALS), "{moment:?}"),
        None => assert!(stdout.contains(&format!("unfinished: {stand} of {TRIALS} trials")), "{moment:?}: {stdout}"),
    }
}

/// Its trial failed and says by what; the other one was measured. It was killed at some time in `killed`.
fn child_was_killed(moment: Moment, out: &Path, killed: &Range<Nanos>, ended: &Ended) {
    let folder = run_folder(out).expect("the run went on");
    let record = Record::read(&folder.join(pushbench::record::FILE)).expect("the run went on");
    assert_eq!(record.trials.len(), TRIALS, "{moment:?}");
    assert_eq!(record.end.map(|end| end.reason), Some(EndReason::Finished), "{moment:?}");
    let (mut failed, mut measured) = (Vec::new(), Vec::new());
    for line in &record.trials {
        match &line.outcome {
            Outcome::Error(failure) => failed.push(failure),
            Outcome::Measured(trial) => measured.push(trial.t0.expect("it says") + line.trial.windows.total_ns()),
        }
    }
    let calibration = record.calibration.expect("it is made or said to have failed");
    if failed.is_empty() {
        // it was the calibration's, or had done its work before: all that was left was to say so, or to be waited for
        let life = 100 * MILLISECOND + SECOND;
        let before = measured.iter().min().is_some_and(|&done| killed.start + life < done);
        let doubted = calibration.doubts.iter().any(|doubt| doubt.sentence.contains("signal: 9 (SIGKILL)"));
        measured.sort_unstable();
        // until the next one's processes are there, or for ever
        let next = measured[1..].iter().map(|done| done - life).chain([Nanos::MAX]);
        let done =
            measured.iter().zip(next).any(|(&done, next)| done <= killed.end && killed.start < next.max(done + 1));
        assert!(done || before || doubted, "{moment:?}: {calibration:?}, {ended:?}");
        assert_eq!(doubted, ended.stdout.contains("signal: 9 (SIGKILL)"), "{moment:?}: {ended:?}");
        assert_eq!(ended.status.code(), Some(0), "{moment:?}: {ended:?}");
    } else {
        assert_eq!(ended.status.code(), Some(1), "{moment:?}: {ended:?}");
        assert!(ended.stderr.ends_with("pushbench: 1 of 2 trials failed\n"), "{moment:?}: {}", ended.stderr);
        let reason = format!("{} ended early (signal: 9 (SIGKILL))", moment.victim);
        assert!(failed.len() == 1 && failed[0].reason.contains(&reason), "{moment:?}: {failed:?}");
        assert!(ended.stdout.contains(&failed[0].reason.chars().take(20).collect::<String>()), "{moment:?}: {ended:?}");
    }
    let report = finished(&["report", path(&folder)]);
    assert_eq!(report.status.code(), Some(0), "{moment:?}: {}", text(&report.stderr));
    // what the run printed is what can be rendered again
    assert_eq!(text(&report.stdout), ended.stdout, "{moment:?}");
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a temporary folder's name is text")
}

#[test]
fn a_stopped_child_dies_with_its_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let toml = toml("\"sse\"", 1);
    let file = scenario(folder.path(), "crash.toml", &toml);
    for victim in ["serve", "load"] {
        let mut run = Process::run(&file, &folder.path().join("out"), &["-q"]);
        let child = until("a child", PATIENCE, || run.child(victim));
        kill(child, Signal::SIGSTOP).expect("it has not been waited for");
        let stopped = || {
            let threads = threads(child);
            (!threads.is_empty() && threads.iter().all(|&(_, stopped)| stopped)).then_some(())
        };
        until("every thread's stop", PATIENCE, stopped);
        run.signal(Signal::SIGKILL);
        run.leaves_nothing(Duration::from_secs(2));
        run.end(PATIENCE);
    }
}
