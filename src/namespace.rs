//! A network of a process's own: where it is, who is who in it, and how a process gets in.

use serde::{Deserialize, Serialize};
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;

/// The server in its network. Of a private range (RFC 1918, 3), and as many characters as `127.0.0.1`, so that requests have
/// as many octets as without a link.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);

/// How many addresses the clients can have in theirs: those of the server's /24 without its own, the first and the last.
pub const MOST_ADDRESSES: u8 = 253;

/// The clients' address number `index`, from 0.
#[must_use]
pub fn client(index: u8) -> Ipv4Addr {
    let [a, b, c, server] = SERVER.octets();
    Ipv4Addr::new(a, b, c, (server + 1).saturating_add(index.min(MOST_ADDRESSES - 1)))
}

/// A network namespace of Linux, as files that stand for it while some process is in it or holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// The user namespace that owns it, to be entered first; `None` for root, who needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<PathBuf>,
    /// The network itself.
    pub net: PathBuf,
}

impl Namespace {
    /// This process is in it from now on. It must not have any other thread yet: the kernel lets only a process of one
    /// thread into another user namespace (setns(2)).
    ///
    /// # Errors
    /// When the kernel refuses, or the namespace is gone.
    #[cfg(target_os = "linux")]
    pub fn enter(&self) -> io::Result<()> {
        use nix::sched::{CloneFlags, setns};
        let files = [(self.user.as_ref(), CloneFlags::CLONE_NEWUSER), (Some(&self.net), CloneFlags::CLONE_NEWNET)];
        for (path, kind) in files {
            let Some(path) = path else { continue };
            let within = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
            let file = std::fs::File::open(path).map_err(within)?;
            setns(file, kind).map_err(|errno| within(errno.into()))?;
        }
        Ok(())
    }

    /// Elsewhere there are none.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(target_os = "linux"))]
    pub fn enter(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_in_the_servers_range() {
        assert_eq!(client(0), Ipv4Addr::new(10, 77, 0, 2));
        assert_eq!(client(MOST_ADDRESSES - 1), Ipv4Addr::new(10, 77, 0, 254));
        assert_eq!(client(u8::MAX), client(MOST_ADDRESSES - 1));
        assert_eq!(SERVER.to_string().len(), "127.0.0.1".len());
    }
}
