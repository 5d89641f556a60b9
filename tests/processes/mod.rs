//! The binary as a process: started, watched from outside, and never left behind.

#![allow(dead_code)] // each test uses its part

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pushbench::clock::{self, Nanos};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Stands in the environment of a run and of all that it starts: finds them when their parent is gone, too.
const MARK: &str = "PUSHBENCH_TEST_MARK";
/// Between two looks.
const LOOK: Duration = Duration::from_millis(1);

/// A trial of this takes little more than a second.
pub(crate) const FAST: &str = r#"
question = "What does it say?"
transports = ["polling", "sse"]
clients = 2
[feed]
schedule = "periodic"
rate = 100
payload = "100 B"
[phases]
warmup = "0s"
steady = "100ms"
[polling]
interval = "10ms"
"#;

/// The binary, without colours.
pub(crate) fn pushbench() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushbench"));
    command.env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Starts the binary and waits for its end.
pub(crate) fn finished(args: &[&str]) -> Output {
    pushbench().args(args).output().expect("the binary was built")
}

/// Text that the binary wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it writes UTF-8")
}

/// Looks until `probe` finds something.
///
/// # Panics
/// When it has found nothing for `patience`.
pub(crate) fn until<T>(what: &str, patience: Duration, mut probe: impl FnMut() -> Option<T>) -> T {
    let end = clock::now() + nanos(patience);
    loop {
        // the clock first: one look is made after the deadline, however long this process did not run
        let over = clock::now() >= end;
        if let Some(found) = probe() {
            return found;
        }
        assert!(!over, "{what}: not within {patience:?}");
        std::thread::sleep(LOOK);
    }
}

pub(crate) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).expect("less than 584 years")
}

/// A process under test, with all that it starts. What still lives when this is dropped is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    mark: String,
    started_at: Nanos,
    stdout: Arc<Mutex<String>>,
    stderr: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// What a process left.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Process {
    /// Starts `command` in a process group of its own, as a shell does.
    pub(crate) fn start(mut command: Command) -> Process {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mark = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.env(MARK, &mark).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started_at = clock::now();
        let mut child = command.spawn().expect("the binary was built");
        let (stdout, stderr) = (Arc::default(), Arc::default());
        let readers = vec![
            collect(child.stdout.take().expect("it is piped"), &stdout),
            collect(child.stderr.take().expect("it is piped"), &stderr),
        ];
        Process { child, mark, started_at, stdout, stderr, readers }
    }

    /// Starts `pushbench run` with results under `out`.
    pub(crate) fn run(scenario: &Path, out: &Path, flags: &[&str]) -> Process {
        let mut command = pushbench();
        command.arg("run").arg(scenario).arg("--out").arg(out).args(["--affinity", "none"]).args(flags);
        Process::start(command)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }

    /// When it was started, on the clock of the host.
    pub(crate) fn started_at(&self) -> Nanos {
        self.started_at
    }

    /// What it has written to standard output so far, in whole lines.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.lock().expect("the reader does not panic").clone()
    }

    /// What it has written to standard error so far, in whole lines.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().expect("the reader does not panic").clone()
    }

    /// Its child that was started as `verb`, if there is one now.
    pub(crate) fn child(&self, verb: &str) -> Option<Pid> {
        self.children_as(verb).next()
    }

    /// All of them.
    pub(crate) fn children(&self, verb: &str) -> Vec<Pid> {
        self.children_as(verb).collect()
    }

    fn children_as(&self, verb: &str) -> impl Iterator<Item = Pid> {
        pids().filter(move |&pid| {
            let argument = || Some(read(pid, "cmdline")?.split('\0').nth(1)? == verb);
            parent(pid) == Some(self.pid()) && argument() == Some(true)
        })
    }

    /// It and all that it started, as far as they live.
    pub(crate) fn living(&self) -> Vec<Pid> {
        let mark = format!("{MARK}={}", self.mark);
        // of a process that is dead and not yet waited for, the environment is empty
        pids().filter(|&pid| read(pid, "environ").is_some_and(|all| all.split('\0').any(|one| one == mark))).collect()
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().expect("it is ours").is_some()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("it has not been waited for");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it still runs after `patience`.
    pub(crate) fn end(&mut self, patience: Duration) -> Ended {
        let status = until("the end of the process", patience, || self.child.try_wait().expect("it is ours"));
        for reader in self.readers.drain(..) {
            reader.join().expect("the reader does not panic");
        }
        Ended { status, stdout: self.stdout(), stderr: self.stderr() }
    }

    /// Checks that nothing that it started lives `patience` from now, itself included.
    pub(crate) fn leaves_nothing(&self, patience: Duration) {
        until("the end of everything it started", patience, || self.living().is_empty().then_some(()));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // only after a failed test is there anything to do
        for pid in self.living() {
            let _ = kill(pid, Signal::SIGKILL);
        }
        let _ = self.child.wait();
    }
}

fn collect(from: impl Read + Send + 'static, into: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let into = Arc::clone(into);
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = String::new();
        while from.read_line(&mut line).expect("it writes UTF-8") > 0 {
            into.lock().expect("it is only read").push_str(&line);
            line.clear();
        }
    })
}

fn pids() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").expect("Linux has one").filter_map(Result::ok);
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).map(Pid::from_raw)
}

/// A file of a process; `None` when that is gone.
fn read(pid: Pid, file: &str) -> Option<String> {
    let bytes = std::fs::read(format!("/proc/{pid}/{file}")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn parent(pid: Pid) -> Option<Pid> {
    // pid (name) state parent …, and a name may hold anything
    let stat = read(pid, "stat")?;
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
    Some(Pid::from_raw(parent))
}

/// The names of a process's threads, and whether each is stopped.
pub(crate) fn threads(pid: Pid) -> Vec<(String, bool)> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let thread = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("stat")).ok()?;
        let (front, back) = stat.rsplit_once(')')?;
        Some((front.split_once('(')?.1.to_owned(), back.trim_start().starts_with('T')))
    };
    tasks.filter_map(thread).collect()
}

/// Writes a scenario into `folder`.
pub(crate) fn scenario(folder: &Path, name: &str, toml: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, toml).expect("the folder is ours");
    path
}

/// The folder of the only run under `out`; `None` when none has made one.
pub(crate) fn run_folder(out: &Path) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(out).ok()?.map(|entry| entry.expect("the folder is ours").path());
    let only = entries.next();
    assert_eq!(entries.next(), None, "a second run's folder");
    only
}

/// How many whole lines of trials the record in `folder` holds.
pub(crate) fn recorded_trials(folder: &Path) -> usize {
    let bytes = std::fs::read(folder.join(pushbench::record::FILE)).unwrap_or_default();
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    text(&bytes[..whole]).lines().filter(|line| line.starts_with(r#"{"line":"trial""#)).count()
}

/// Whether the only run under `out` has its calibration behind it: a child that there is from now on is a trial's.
pub(crate) fn calibrated(out: &Path) -> bool {
    let record = run_folder(out).map(|folder| folder.join(pushbench::record::FILE));
    record.and_then(|file| std::fs::read_to_string(file).ok()).is_some_and(|text| {
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.contains("\n{\"line\":\"calibration\"")
    })
}
