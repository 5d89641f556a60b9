//! What the operating system is asked for: CPUs, descriptors, and the machine's description.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::io;

/// The CPUs this process may run on.
#[must_use]
pub fn cpus() -> Vec<usize> {
    let counted = || (0..std::thread::available_parallelism().map_or(1, std::num::NonZero::get)).collect();
    allowed().unwrap_or_else(counted)
}

#[cfg(target_os = "linux")]
fn allowed() -> Option<Vec<usize>> {
    use nix::sched::{CpuSet, sched_getaffinity};
    let set = sched_getaffinity(nix::unistd::Pid::from_raw(0)).ok()?;
    Some((0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect())
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Option<Vec<usize>> {
    None
}

/// Keeps this thread, and all that it starts, on `cpus`; empty: leaves it alone.
///
/// # Errors
/// When the system refuses, or cannot do it at all.
#[cfg(target_os = "linux")]
pub fn pin(cpus: &[usize]) -> io::Result<()> {
    use nix::sched::{CpuSet, sched_setaffinity};
    if cpus.is_empty() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    for &cpu in cpus {
        set.set(cpu)?;
    }
    Ok(sched_setaffinity(nix::unistd::Pid::from_raw(0), &set)?)
}

/// Elsewhere the system decides.
///
/// # Errors
/// Always, unless there is nothing to do.
#[cfg(not(target_os = "linux"))]
pub fn pin(cpus: &[usize]) -> io::Result<()> {
    if cpus.is_empty() { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
}

/// Disjoint CPUs for server and load where there are two; empty halves where there are not, or where the system
/// cannot pin.
#[must_use]
pub fn halves() -> (Vec<usize>, Vec<usize>) {
    let cpus = cpus();
    if cpus.len() < 2 || cfg!(not(target_os = "linux")) {
        return (Vec::new(), Vec::new());
    }
    let (server, load) = cpus.split_at(cpus.len() / 2);
    (server.to_vec(), load.to_vec())
}

/// Where server and load run: the CPUs they stay on (none: any), and their worker threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // two pairs
pub struct Placement {
    pub server_cpus: Vec<usize>,
    pub load_cpus: Vec<usize>,
    pub server_threads: usize,
    pub load_threads: usize,
}

impl Placement {
    /// What was asked for, and the usual for what was not: a half of the CPUs each, kept apart where `apart`; a thread
    /// a CPU.
    #[must_use]
    pub fn new(apart: bool, cpus: [Option<Vec<usize>>; 2], threads: [Option<usize>; 2]) -> Placement {
        let (server_half, load_half) = if apart { halves() } else { Default::default() };
        let [server_cpus, load_cpus] = cpus;
        let server_cpus = server_cpus.unwrap_or(server_half);
        let load_cpus = load_cpus.unwrap_or(load_half);
        let usual = |cpus: &[usize]| if cpus.is_empty() { self::cpus().len().div_ceil(2) } else { cpus.len() };
        let server_threads = threads[0].unwrap_or_else(|| usual(&server_cpus));
        let load_threads = threads[1].unwrap_or_else(|| usual(&load_cpus));
        Placement { server_cpus, load_cpus, server_threads, load_threads }
    }
}

/// Reads a list of CPUs, `0,2-3`, as the kernel writes them; this process must be allowed to run on each.
///
/// # Errors
/// A sentence that says what would be right.
pub fn cpu_list(text: &str) -> Result<Vec<usize>, String> {
    let allowed = cpus();
    let wrong = |reason: &str| format!("`{text}`: {reason}; a list such as `0` or `0,2-3`, of the CPUs {allowed:?}");
    let mut list = Vec::new();
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| wrong("not a number"));
        let (from, to) = (number(from)?, number(to)?);
        if from > to || to - from > 4096 {
            return Err(wrong("no such range"));
        }
        list.extend(from..=to);
    }
    match list.iter().find(|cpu| !allowed.contains(cpu)) {
        Some(cpu) => Err(wrong(&format!("CPU {cpu} is not to be had"))),
        None => Ok(list),
    }
}

/// File descriptors this process may hold: soft and hard limit.
#[must_use]
pub fn descriptor_limits() -> Option<(u64, u64)> {
    getrlimit(Resource::RLIMIT_NOFILE).ok()
}

/// Raises the soft limit on descriptors to the hard one; where that is refused the soft one holds, and says so when it
/// is reached.
pub fn raise_descriptor_limit() {
    if let Some((_, hard)) = descriptor_limits() {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// This process is killed when its parent dies, even while it is stopped.
pub fn die_with_parent() {
    // where it cannot be had, the end of standard input ends a child that runs
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
}

/// This thread is woken when it asked to be, and not up to 50 µs later.
pub fn no_timer_slack() {
    // a refusal costs that lateness, which the record shows
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_timerslack(1);
}

/// The processor's own name.
#[must_use]
pub fn cpu_name() -> Option<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Memory in octets.
#[must_use]
pub fn memory() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 =
        info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// System and kernel version.
#[must_use]
pub fn kernel() -> Option<String> {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok()?;
    Some(format!("Linux {} {}", release.trim(), std::env::consts::ARCH))
}

/// The system's TCP congestion control.
#[must_use]
pub fn congestion() -> Option<String> {
    Some(std::fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control").ok()?.trim().to_owned())
}

/// Load averages over 1, 5 and 15 minutes.
#[must_use]
pub fn load_average() -> Option<[f64; 3]> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_are_listed_as_the_kernel_does() {
        let first = cpus()[0];
        assert_eq!(cpu_list(&first.to_string()), Ok(vec![first]));
        assert_eq!(cpu_list(&format!("{first}-{first}")), Ok(vec![first]));
        for wrong in ["", "x", "1-", "3-1", "99999", "0-99999999"] {
            assert!(cpu_list(wrong).expect_err(wrong).contains("a list such as"), "{wrong}");
        }
    }

    #[test]
    fn a_placement_is_what_was_asked_for_and_else_the_usual() {
        let placement = Placement::new(false, [Some(vec![0]), None], [None, Some(3)]);
        assert_eq!(placement.server_cpus, [0]);
        assert_eq!((placement.server_threads, placement.load_threads), (1, 3));
        assert_eq!(placement.load_cpus, [0usize; 0]);
    }
}
