//! The packet-level link: server and load in networks of their own, and between them a process that forwards each packet
//! when it is due. What they speak over it is the kernel's TCP at that distance: slow start, delayed acknowledgements,
//! retransmissions, and a lost packet that holds back those behind it.
//!
//! Linux alone has what it takes: root, or leave to make user namespaces, and a TUN device or packet sockets.

#[cfg(target_os = "linux")]
mod netlink;
#[cfg(target_os = "linux")]
mod networks;
#[cfg(target_os = "linux")]
mod pump;
pub mod queue;
#[cfg(target_os = "linux")]
mod raw;

use crate::forwarded::Forwarder;
use std::sync::OnceLock;

/// What forwards packets here, or a sentence that says why nothing does. Both networks are made for it, and gone when it
/// returns; the answer is kept.
///
/// # Errors
/// The sentence.
pub fn available() -> Result<Forwarder, String> {
    static ANSWER: OnceLock<Result<Forwarder, String>> = OnceLock::new();
    ANSWER.get_or_init(|| probe().map_err(|reason| format!("packets cannot be forwarded here: {reason}"))).clone()
}

#[cfg(not(target_os = "linux"))]
fn probe() -> Result<Forwarder, String> {
    Err("that takes Linux's network namespaces".into())
}

#[cfg(target_os = "linux")]
pub use linux::link;
#[cfg(target_os = "linux")]
use linux::probe;

/// The link of one trial, as a process: see [`crate::child`].
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn link() -> Result<(), String> {
    Err("a packet-level link takes Linux's network namespaces".into())
}

#[cfg(target_os = "linux")]
mod linux {
    use super::networks::Networks;
    use super::pump::Pump;
    use super::raw;
    use crate::control::{LinkTask, Order, Report, hear, report};
    use crate::forwarded::Forwarder;
    use crate::system;
    use std::io::{self, Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// In a process that does nothing else: this one has threads, and is to stay where it is.
    #[allow(unsafe_code)] // what is done between fork and exec
    pub(super) fn probe() -> Result<Forwarder, String> {
        let (mut answer, mut said) = io::pipe().map_err(|error| format!("a pipe: {error}"))?;
        let mut command = Command::new("/proc/self/exe");
        let tried = move || {
            let answer = Networks::make(1, None).map(|networks| networks.forwarder);
            let line = serde_json::to_string(&answer).unwrap_or_default();
            said.write_all(line.as_bytes())?;
            // it has said what there was to say: nothing is to be executed
            Err(io::ErrorKind::Interrupted.into())
        };
        // SAFETY: the child has one thread and shares nothing with this process but open files. It allocates, which glibc and
        // musl allow after fork(), and takes no lock that a thread of this process could have held then.
        unsafe { command.pre_exec(tried) };
        let failure = command.spawn().map(drop);
        drop(command); // and with it our end of the pipe
        let mut line = String::new();
        answer.read_to_string(&mut line).map_err(|error| format!("a pipe: {error}"))?;
        serde_json::from_str(&line).unwrap_or_else(|_| Err(format!("a process could not try it: {failure:?}")))
    }

    /// The link of one trial, as a process: it makes the networks, says where they are, and forwards until it is told to
    /// stop. No other thread may have been started: a user namespace would be refused.
    ///
    /// # Errors
    /// A sentence; it has been reported already.
    pub fn link() -> Result<(), String> {
        let result = forward();
        if let Err(reason) = &result {
            report(&Report::Failed { reason: reason.clone() });
        }
        result
    }

    fn forward() -> Result<(), String> {
        let mut orders = io::stdin().lock();
        let LinkTask { link, addresses, seed, forwarder } = match hear(&mut orders)? {
            Some(Order::Link(task)) => task,
            Some(other) => return Err(format!("`link` was expected first, not {other:?}")),
            None => return Ok(()), // the run is gone
        };
        let networks = Networks::make(addresses, forwarder)?;
        // only now: the kernel forgets it where a process gets privileges (prctl(2)), as it does in a namespace of its own
        system::die_with_parent();
        system::no_timer_slack();
        let [server, load] = networks.names();
        // where it may not, it is as late as others let it be, which the record shows
        let first = raw::run_first();
        report(&Report::Linked { forwarder: networks.forwarder, server, load });
        let mut pump = Pump::new(link, seed, first);
        pump.run(&networks, io::stdin().as_fd()).map_err(|error| format!("forwarding packets: {error}"))?;
        match hear(&mut orders)? {
            Some(Order::Stop) => {}
            Some(other) => return Err(format!("`stop` was expected, not {other:?}")),
            None => return Ok(()),
        }
        let forwarded = pump.done(&networks).map_err(|error| format!("what the devices dropped: {error}"))?;
        report(&Report::Forwarded(Box::new(forwarded)));
        Ok(())
    }
}
