//! What this process uses: CPU and context switches in a trial's windows, memory at a moment.

use crate::clock::{self, Nanos};
use crate::totals::{Memory, Work};
use crate::trial::Windows;
use nix::sys::resource::{UsageWho, getrusage};
use std::thread::JoinHandle;

/// What the windows of a trial cost this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost<T> {
    /// In steady.
    pub steady: Work,
    /// In the last second of the drain.
    pub idle: Work,
    /// What was looked at between the two.
    pub seen: T,
}

#[derive(Clone, Copy)]
struct Edge {
    at: Nanos,
    cpu_ns: Nanos,
    voluntary: u64,
    involuntary: u64,
}

impl Edge {
    fn now() -> Edge {
        let usage = getrusage(UsageWho::RUSAGE_SELF).ok();
        let count = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0);
        Edge {
            at: clock::now(),
            cpu_ns: clock::process_cpu(),
            voluntary: count(usage.map(|usage| usage.voluntary_context_switches())),
            involuntary: count(usage.map(|usage| usage.involuntary_context_switches())),
        }
    }

    fn since(self, from: Edge) -> Work {
        Work {
            window_ns: self.at - from.at,
            cpu_ns: self.cpu_ns - from.cpu_ns,
            voluntary: self.voluntary - from.voluntary,
            involuntary: self.involuntary - from.involuntary,
        }
    }
}

/// Watches the windows of a trial that starts at `t0`, on a thread of its own that wakes at their edges. `look` is called
/// when nothing is under way any more, before the idle window: it may take its time.
///
/// # Errors
/// When the system gives no thread.
pub fn watch<T: Send + 'static>(
    t0: Nanos,
    windows: Windows,
    look: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<Cost<T>>> {
    std::thread::Builder::new().name("edges".into()).spawn(move || {
        clock::sleep_until(t0 + windows.warmup_ns);
        let from = Edge::now();
        clock::sleep_until(t0 + windows.feed_ns());
        let steady = Edge::now().since(from);
        clock::sleep_until(t0 + windows.idle_ns());
        let seen = look();
        let from = Edge::now();
        clock::sleep_until(t0 + windows.total_ns());
        Cost { steady, idle: Edge::now().since(from), seen }
    })
}

/// This process's memory now, and the host's kernel memory.
#[must_use]
pub fn memory() -> Memory {
    Memory { anonymous: anonymous().unwrap_or(0), kernel_host: kernel_host().unwrap_or(0) }
}

/// Private anonymous memory, exact (the counters in `status` lag by 64 pages a thread).
fn anonymous() -> Option<u64> {
    kib_of(&std::fs::read_to_string("/proc/self/smaps_rollup").ok()?, "Anonymous:")
}

/// Slabs that cannot be reclaimed (sockets, files, epoll items) and TCP's buffers.
fn kernel_host() -> Option<u64> {
    let slabs = kib_of(&std::fs::read_to_string("/proc/meminfo").ok()?, "SUnreclaim:")?;
    let sockstat = std::fs::read_to_string("/proc/net/sockstat").ok()?;
    let tcp = sockstat.lines().find(|line| line.starts_with("TCP:"))?;
    let pages: u64 = tcp.split_whitespace().skip_while(|&word| word != "mem").nth(1)?.parse().ok()?;
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
    Some(slabs + pages * u64::try_from(page).ok()?)
}

fn kib_of(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn work_shows_in_the_window_in_which_it_was_done() {
        let windows = Windows { warmup_ns: 5 * MILLISECOND, steady_ns: 60 * MILLISECOND, drain_ns: 5 * MILLISECOND };
        let t0 = clock::now();
        let before = clock::process_cpu();
        let watch = watch(t0, windows, || ()).expect("a thread");
        while !watch.is_finished() && clock::now() < t0 + 60 * crate::clock::SECOND {}
        let all = clock::process_cpu() - before;
        let cost = watch.join().expect("it does not panic");
        assert!(cost.steady.cpu_ns > 0 && cost.steady.cpu_ns <= all, "{cost:?} of {all}");
        assert!(cost.steady.window_ns > 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_grows_with_what_is_touched() {
        let before = memory();
        let block = std::hint::black_box(vec![1u8; 32 << 20]);
        assert!(memory().anonymous >= before.anonymous + (24 << 20), "{}", block.len());
        assert!(before.kernel_host > 0);
    }
}
