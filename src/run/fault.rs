//! Faults: the server's process is stopped on purpose, by a clock outside of it.

#[cfg(target_os = "linux")]
use crate::clock::SECOND;
use crate::clock::{self, Nanos};
use crate::record::Stop;
use crate::trial::Trial;
use nix::sys::signal::{Signal, kill};
#[cfg(target_os = "linux")]
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;
#[cfg(target_os = "linux")]
use std::time::Duration;

/// Stops `serve` when the trial that began at `t0` says so, and lets it go on; gives when that was. Where it is given up
/// in between, the process is killed with its handle, which a stopped one cannot escape either.
///
/// # Errors
/// When the process is not there any more, or does not stop.
pub(super) async fn befall(trial: &Trial, serve: Option<u32>, t0: Nanos) -> Result<Vec<Stop>, String> {
    let steady = t0 + trial.windows.warmup_ns;
    let pid = serve.and_then(|pid| i32::try_from(pid).ok()).map(Pid::from_raw);
    let mut stops = Vec::with_capacity(trial.faults.len());
    for fault in &trial.faults {
        let pid = pid.ok_or("the server ended before it could be stopped")?;
        let signal = |signal| kill(pid, signal).map_err(|error| format!("the server cannot be stopped: {error}"));
        tokio::time::sleep_until(clock::tokio_instant(steady + fault.at_ns)).await;
        signal(Signal::SIGSTOP)?;
        all_stopped(pid).await?;
        let from = clock::now();
        tokio::time::sleep_until(clock::tokio_instant(from + fault.freeze_ns)).await;
        let to = clock::now();
        signal(Signal::SIGCONT)?;
        stops.push(Stop { from_ns: from - t0, to_ns: to - t0 });
    }
    Ok(stops)
}

/// How long a stop may take.
#[cfg(target_os = "linux")]
const STOPPING: Nanos = SECOND;

/// A thread that runs while another takes the signal goes on for a little: the kernel tells when the last has stopped. One that
/// has died instead is for those who talk to it to tell.
#[cfg(target_os = "linux")]
async fn all_stopped(pid: Pid) -> Result<(), String> {
    let end = clock::now() + STOPPING;
    let asks = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    while clock::now() < end {
        let status = waitid(Id::Pid(pid), asks).map_err(|error| format!("the server cannot be waited for: {error}"))?;
        if status != WaitStatus::StillAlive {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    Err(format!("the server did not stop within {} s", STOPPING / SECOND))
}

/// There is nobody to ask: it has stopped a little after the signal.
#[cfg(not(target_os = "linux"))]
async fn all_stopped(_: Pid) -> Result<(), String> {
    Ok(())
}
