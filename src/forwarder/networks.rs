//! Two networks that know nothing but each other, and what joins them.
//!
//! ```text
//! tun:     server's network [link0] ── file ── forwarder ── file ── [link0] load's network
//! packet:  server's network [link0] ═ veth ═ [s] ── socket ── forwarder ── socket ── [l] ═ veth ═ [link0] load's network
//! ```
//!
//! They are namespaces of the process that makes them, without names: when it and whoever is in them have ended, the kernel
//! takes them and their devices away. Root needs nothing more; anybody else makes a user namespace of their own first, and
//! may do all of this in it.

use super::netlink::Netlink;
use super::raw;
use crate::forwarded::Forwarder;
use crate::namespace::{self, Namespace};
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getgid, getpid, getuid};
use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

/// The device that leads to the other network, in each.
const DEVICE: &str = "link0";
/// What the forwarder has of the two pairs.
const OUTSIDE: [&str; 2] = ["s", "l"];
/// Octets before the packet in a frame of Ethernet.
const ETHERNET: usize = 14;

/// The two networks, the server's first.
pub(super) struct Networks {
    pub(super) forwarder: Forwarder,
    /// What gives the packets that leave each network, and takes those that enter it.
    pub(super) ends: [OwnedFd; 2],
    /// Octets before a packet there.
    pub(super) header: usize,
    user: bool,
    namespaces: [File; 2],
}

impl Networks {
    /// Makes them, with `addresses` addresses for the clients, joined by `forwarder` or the first that can. This process
    /// must have one thread; it is in another network afterwards.
    ///
    /// # Errors
    /// A sentence with the reason of each that was tried.
    pub(super) fn make(addresses: u8, forwarder: Option<Forwarder>) -> Result<Networks, String> {
        let user = leave()?;
        let mut reasons = Vec::new();
        for candidate in
            [Forwarder::Tun, Forwarder::Packet].into_iter().filter(|one| forwarder.is_none_or(|only| only == *one))
        {
            let made = match candidate {
                Forwarder::Tun => Networks::with_tun(addresses, user),
                Forwarder::Packet => Networks::with_packet_sockets(addresses, user),
            };
            match made {
                Ok(networks) => return Ok(networks),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        Err(reasons.join("; "))
    }

    fn with_tun(addresses: u8, user: bool) -> io::Result<Networks> {
        let end = |addresses: &mut dyn Iterator<Item = Ipv4Addr>| {
            let namespace = another()?;
            let tun = raw::tun(DEVICE).map_err(|error| said("/dev/net/tun", &error))?;
            settle(addresses)?;
            Ok::<_, io::Error>((tun, namespace))
        };
        let (server, load) = (end(&mut std::iter::once(namespace::SERVER))?, end(&mut clients(addresses))?);
        let (ends, namespaces) = ([server.0, load.0], [server.1, load.1]);
        Ok(Networks { forwarder: Forwarder::Tun, ends, header: 0, user, namespaces })
    }

    fn with_packet_sockets(addresses: u8, user: bool) -> io::Result<Networks> {
        let (own, server, load) = (another()?, another()?, another()?);
        setns(&own, CloneFlags::CLONE_NEWNET)?;
        let netlink = Netlink::open()?;
        let mut ends = Vec::new();
        for (outside, inside) in OUTSIDE.into_iter().zip([&server, &load]) {
            netlink.pair(outside, DEVICE, inside.as_fd()).map_err(|error| said("a pair of veth devices", &error))?;
            let index = if_nametoindex(outside)?;
            netlink.up(index)?;
            ends.push(raw::packet_socket(index).map_err(|error| said("a packet socket", &error))?);
        }
        let all: [&mut dyn Iterator<Item = Ipv4Addr>; 2] =
            [&mut std::iter::once(namespace::SERVER), &mut clients(addresses)];
        for (inside, addresses) in [&server, &load].into_iter().zip(all) {
            setns(inside, CloneFlags::CLONE_NEWNET)?;
            raw::no_offloads(DEVICE).map_err(|error| said("turning offloads off", &error))?;
            settle(addresses)?;
        }
        let ends = ends.try_into().map_err(|_| io::ErrorKind::Other)?;
        Ok(Networks { forwarder: Forwarder::Packet, ends, header: ETHERNET, user, namespaces: [server, load] })
    }

    /// How another process finds them, as long as this one lives: the server's, the load's.
    pub(super) fn names(&self) -> [Namespace; 2] {
        let own = getpid();
        let user = self.user.then(|| format!("/proc/{own}/ns/user").into());
        let name =
            |file: &File| Namespace { user: user.clone(), net: format!("/proc/{own}/fd/{}", file.as_raw_fd()).into() };
        [name(&self.namespaces[0]), name(&self.namespaces[1])]
    }

    /// Packets that the kernel had no room for between a network and the forwarder.
    pub(super) fn overrun(&self) -> io::Result<u64> {
        match self.forwarder {
            Forwarder::Packet => self.ends.iter().map(raw::overrun).sum(),
            Forwarder::Tun => {
                let of = |namespace: &File| {
                    setns(namespace, CloneFlags::CLONE_NEWNET)?;
                    sent_to_nowhere(&std::fs::read_to_string("/proc/thread-self/net/dev")?)
                        .ok_or_else(|| io::Error::other(format!("/proc/net/dev does not tell of {DEVICE}")))
                };
                self.namespaces.iter().map(of).sum()
            }
        }
    }
}

fn clients(addresses: u8) -> impl Iterator<Item = Ipv4Addr> {
    (0..addresses.clamp(1, namespace::MOST_ADDRESSES)).map(namespace::client)
}

/// Of `/proc/net/dev`, what the device should have sent and did not: the fourth number of the second half.
fn sent_to_nowhere(table: &str) -> Option<u64> {
    let line = table.lines().find_map(|line| line.trim_start().strip_prefix(DEVICE)?.strip_prefix(':'))?;
    line.split_whitespace().nth(11)?.parse().ok()
}

/// Leaves the network of the host. Gives whether that took a user namespace.
fn leave() -> Result<bool, String> {
    match unshare(CloneFlags::CLONE_NEWNET) {
        Ok(()) => return Ok(false),
        Err(Errno::EPERM) => {}
        Err(errno) => return Err(format!("a network namespace: {}", io::Error::from(errno))),
    }
    let (user, group) = (getuid(), getgid());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET)
        .map_err(|errno| format!("a user namespace: {}", io::Error::from(errno)))?;
    // who they are inside is who they are outside; groups first, without which the last is refused (user_namespaces(7))
    let maps = [
        ("setgroups", "deny".into()),
        ("uid_map", format!("{user} {user} 1")),
        ("gid_map", format!("{group} {group} 1")),
    ];
    for (file, text) in maps {
        std::fs::write(format!("/proc/self/{file}"), text).map_err(|error| format!("/proc/self/{file}: {error}"))?;
    }
    Ok(true)
}

/// This thread is in another network from now on, which has nothing yet.
fn another() -> io::Result<File> {
    unshare(CloneFlags::CLONE_NEWNET)?;
    // nobody is to be told that there is a new network, and no connection is to know of an earlier one
    for (key, value) in [("ipv6/conf/default/disable_ipv6", "1"), ("ipv4/tcp_no_metrics_save", "1")] {
        match std::fs::write(format!("/proc/sys/net/{key}"), value) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(said(key, &error)),
            Err(_) | Ok(()) => {} // a kernel without IPv6 has no key for it
        }
    }
    File::open("/proc/thread-self/ns/net")
}

/// Brings up what is in this network.
fn settle(addresses: &mut dyn Iterator<Item = Ipv4Addr>) -> io::Result<()> {
    let netlink = Netlink::open()?;
    netlink.loopback_up()?;
    let index = if_nametoindex(DEVICE)?;
    netlink.up(index).map_err(|error| said(DEVICE, &error))?;
    for address in addresses {
        netlink.address(index, address).map_err(|error| said("an address", &error))?;
    }
    Ok(())
}

fn said(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_dropped_is_read_from_the_kernels_table() {
        let table = "Inter-|   Receive |  Transmit\n face |bytes packets errs drop\n    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n \
                     link0:     10      20 30 40 50 60 70 80       90 100 110 120 130 140 150 160\n";
        assert_eq!(sent_to_nowhere(table), Some(120));
        assert_eq!(sent_to_nowhere("link01: 1"), None);
    }
}
