//! A child of the run: spawned, told, heard, and killed with the run.

use crate::control::{Order, Report};
use crate::namespace::Namespace;
use crate::record::EndReason;
use nix::sys::signal::{Signal as Kill, killpg};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child as Process, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Lines of a child's standard error that are kept as its last words.
const LAST_WORDS: usize = 20;
/// The others can see a process's sockets and pipes closed this long before it can be waited for.
const DYING: Duration = Duration::from_millis(500);

/// A year: longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// What a child is a process of.
#[derive(Clone, Debug)]
pub(super) enum Program {
    /// This binary.
    Own,
    /// Another one, as it was when it was asked what it is.
    Other { path: PathBuf, stamp: Stamp },
}

/// Tells one file from another that took its place.
type Stamp = (u64, u64, u64, i64, i64);

fn stamp(path: &Path) -> io::Result<Stamp> {
    let file = std::fs::metadata(path)?;
    Ok((file.dev(), file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
}

impl Program {
    /// The executable at `path`.
    pub(super) fn other(path: &Path) -> io::Result<Program> {
        // not what a shell would find by its name, and the same from wherever a child is
        let path = path.canonicalize()?;
        if path.is_dir() {
            return Err(io::Error::other("a folder, no executable"));
        }
        let stamp = stamp(&path)?;
        Ok(Program::Other { path, stamp })
    }

    /// What is to be executed.
    pub(super) fn executable(&self) -> io::Result<PathBuf> {
        match self {
            // the file may have been replaced since we started; the link still names what we are
            Program::Own if cfg!(target_os = "linux") => Ok("/proc/self/exe".into()),
            Program::Own => std::env::current_exe(),
            Program::Other { path, stamp: then } if stamp(path)? == *then => Ok(path.clone()),
            Program::Other { path, .. } => {
                Err(io::Error::other(format!("{} is not the file any more that the run began with", path.display())))
            }
        }
    }
}

/// One child.
pub(super) struct Child {
    name: &'static str,
    process: Process,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    errors: JoinHandle<VecDeque<String>>,
}

impl Child {
    /// Starts `program` as `name`, in a process group of its own: a terminal's Ctrl-C is the run's to handle. In
    /// `namespace` where there is one.
    pub(super) fn spawn(program: &Program, name: &'static str, namespace: Option<&Namespace>) -> io::Result<Child> {
        Child::spawn_as(program, name, name, namespace)
    }

    /// Starts it as `verb`, and calls it `name`.
    pub(super) fn spawn_as(
        program: &Program,
        name: &'static str,
        verb: &'static str,
        namespace: Option<&Namespace>,
    ) -> io::Result<Child> {
        let mut process = Command::new(program.executable()?)
            .args([verb, "--child"])
            .args(namespace.map(flags).unwrap_or_default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let missing = || io::Error::other("a child without its pipes");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(process.stdout.take().ok_or_else(missing)?).lines();
        let errors = tokio::spawn(last_words(process.stderr.take().ok_or_else(missing)?));
        Ok(Child { name, process, input, output, errors })
    }

    /// Its process; `None` when it has ended and somebody knows.
    pub(super) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Sends an order.
    pub(super) async fn tell(&mut self, order: &Order) -> Result<(), String> {
        let mut line = serde_json::to_vec(order).map_err(|error| error.to_string())?;
        line.push(b'\n');
        self.input.write_all(&line).await.map_err(|error| format!("{} does not listen: {error}", self.name))
    }

    /// Waits for the next report; a child's failure and its end are errors. Can be given up and called again.
    pub(super) async fn hear(&mut self) -> Result<Report, String> {
        match self.output.next_line().await {
            Ok(Some(line)) => match serde_json::from_str(&line) {
                Ok(Report::Failed { reason }) => Err(format!("{}: {reason}", self.name)),
                Ok(report) => Ok(report),
                Err(error) => Err(format!("{} says what is no report: {error}", self.name)),
            },
            Ok(None) => Err(match self.process.wait().await {
                Ok(status) => format!("{} ended early ({status})", self.name),
                Err(error) => format!("{} ended early ({error})", self.name),
            }),
            Err(error) => Err(format!("{} cannot be heard: {error}", self.name)),
        }
    }

    /// Says so if it was killed: whatever else went wrong with the trial then went wrong because of it.
    pub(super) async fn killed(&mut self) -> Option<String> {
        let status = tokio::time::timeout(DYING, self.process.wait()).await.ok()?.ok()?;
        status.signal().map(|_| format!("{} ended early ({status})", self.name))
    }

    /// Kills it, if it still lives, and gives what it last wrote to standard error.
    pub(super) async fn end(mut self) -> String {
        kill_group(self.process.id());
        let _ = self.process.kill().await; // it may have ended by itself
        // what it started in a group of its own may hold its standard error
        let words = tokio::time::timeout(DYING, self.errors).await;
        let words = words.ok().and_then(Result::ok).unwrap_or_default();
        words.into_iter().map(|line| format!("{}: {line}\n", self.name)).collect()
    }
}

/// Kills a process with what it started, where it has not been waited for: another build may be a script around one.
pub(super) fn kill_group(leader: Option<u32>) {
    if let Some(leader) = leader.and_then(|pid| i32::try_from(pid).ok()) {
        let _ = killpg(Pid::from_raw(leader), Kill::SIGKILL); // they may have ended by themselves
    }
}

/// How a child is told where to be before it hears anything.
fn flags(namespace: &Namespace) -> Vec<OsString> {
    let user = namespace.user.iter().flat_map(|path| ["--user".into(), path.into()]);
    user.chain(["--net".into(), namespace.net.clone().into()]).collect()
}

async fn last_words(errors: ChildStderr) -> VecDeque<String> {
    let mut lines = BufReader::new(errors).lines();
    let mut last = VecDeque::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if last.len() == LAST_WORDS {
            last.pop_front();
        }
        last.push_back(line);
    }
    last
}

/// What ends a run early: SIGINT and SIGTERM, and its time limit.
#[derive(Debug)]
pub(super) struct Interrupt {
    int: Signal,
    term: Signal,
    limit: Instant,
}

impl Interrupt {
    /// From now on these signals do not kill this process, and the time counts.
    ///
    /// # Errors
    /// When the system refuses. Must be called inside a runtime.
    pub(super) fn listen(time_limit: Duration) -> io::Result<Interrupt> {
        // a limit that no clock can tell is none
        let limit = Instant::now().checked_add(time_limit).unwrap_or_else(|| Instant::now() + FOR_EVER);
        Ok(Interrupt { int: signal(SignalKind::interrupt())?, term: signal(SignalKind::terminate())?, limit })
    }

    /// Waits for one, and says which.
    pub(super) async fn came(&mut self) -> EndReason {
        tokio::select! {
            _ = self.int.recv() => EndReason::Interrupted,
            _ = self.term.recv() => EndReason::Interrupted,
            () = tokio::time::sleep_until(self.limit) => EndReason::TimeLimit,
        }
    }
}
