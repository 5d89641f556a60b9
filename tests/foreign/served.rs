//! A `pushbench serve` of its own for each test.

use crate::PATIENCE;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// The running server. [`Served::stop`] ends it as a person would; a test that fails before kills it.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    lines: Receiver<String>,
    exit: Receiver<ExitStatus>,
    pid: Option<Pid>,
}

impl Served {
    /// Fifty updates a second, as trials send them.
    pub(crate) fn start() -> Served {
        Served::with(&["--rate", "50", "--format", "text"])
    }

    pub(crate) fn with(options: &[&str]) -> Served {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pushbench"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (line, lines) = channel();
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
        let (ended, exit) = channel();
        std::thread::spawn(move || child.wait().map(|status| ended.send(status)));
        let mut served = Served { address: SocketAddr::from(([0; 4], 0)), lines, exit, pid: Some(pid) };
        let first = served.line();
        let address = first.strip_prefix("serving on http://").and_then(|rest| rest.split(',').next());
        served.address =
            address.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no address in `{first}`"));
        served
    }

    /// The next line of its standard output.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("serve prints one more line")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks it to end; it goes on until its connections are closed.
    pub(crate) fn terminate(&self) {
        kill(self.pid.expect("it runs until it is waited for"), Signal::SIGTERM).expect("it can be signalled");
    }

    /// Asks it to end, and expects that it does, well.
    pub(crate) fn stop(self) {
        self.terminate();
        self.ended();
    }

    pub(crate) fn ended(mut self) {
        let status = self.exit.recv_timeout(PATIENCE).expect("it ends after SIGTERM");
        self.pid = None;
        assert!(status.success(), "serve ended with {status}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(pid) = self.pid.take() {
            let _ = kill(pid, Signal::SIGKILL); // it may have ended by itself
            let _ = self.exit.recv_timeout(Duration::from_secs(5));
        }
    }
}

/// Says why a client was not tried; a failure where nothing may be skipped.
pub(crate) fn skipped(reason: &str) {
    assert!(std::env::var_os("PUSHBENCH_NO_SKIP").is_none_or(|value| value != "1"), "{reason}");
    // not `eprintln!`, which libtest keeps to itself
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// The number of a text update, which has to be one.
pub(crate) fn number(update: &[u8]) -> u64 {
    let digits = update.get(..16).filter(|_| update.len() == 100 && update[16] == b' ');
    let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| digits.parse().ok());
    number.unwrap_or_else(|| panic!("no update: {:?}", String::from_utf8_lossy(update)))
}

/// That numbers follow each other without a gap.
pub(crate) fn assert_consecutive(numbers: &[u64]) {
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "a gap in {numbers:?}");
}
