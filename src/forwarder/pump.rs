//! The forwarder at work: one thread that takes packets from each network and puts them into the other when they are due.

use super::networks::Networks;
use super::queue::{Flow, Line};
use crate::clock::{self, Nanos, SECOND};
use crate::forwarded::Forwarded;
use crate::histogram::Histogram;
use crate::link::Link;
use crate::totals::Ways;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use nix::unistd::{read, write};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// Packets that are taken from one network before it is looked at what is due.
const BATCH: usize = 64;
/// More than a packet has, with the header of an Ethernet frame.
const BUFFER: usize = 2048;
/// Buffers that are kept for later packets.
const SPARE: usize = 16_384;
const TCP: u8 = 6;

/// Forwards packets.
#[derive(Debug)]
pub(super) struct Pump {
    /// To the server, to the clients.
    lines: [Line; 2],
    spare: Vec<Vec<u8>>,
    late: Histogram,
    refused: u64,
    first: bool,
    /// CPU time that making the networks took.
    before_ns: Nanos,
}

impl Pump {
    /// Over `link`; `seed` decides what is lost, `first` says whether this process runs before all others.
    pub(super) fn new(link: Link, seed: u64, first: bool) -> Pump {
        // the directions' losses are independent of each other
        let lines = [Line::new(link, seed), Line::new(link, !seed)];
        Pump {
            lines,
            spare: Vec::new(),
            late: Histogram::default(),
            refused: 0,
            first,
            before_ns: clock::process_cpu(),
        }
    }

    /// Forwards until there is something to be read from `orders`, or that has ended.
    ///
    /// # Errors
    /// When a device is gone, or the system does not wait.
    pub(super) fn run(&mut self, networks: &Networks, orders: BorrowedFd<'_>) -> io::Result<()> {
        // clients' packets come from the load's network and go to the server's
        let [server, load] = &networks.ends;
        let ways = [(load.as_fd(), server.as_fd()), (server.as_fd(), load.as_fd())];
        loop {
            let mut files = [orders, ways[0].0, ways[1].0].map(|file| PollFd::new(file, PollFlags::POLLIN));
            match ppoll(&mut files, self.patience(), None) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
            let [ordered, has_up, has_down] = files.map(|file| file.any().unwrap_or(true));
            if ordered {
                return Ok(());
            }
            for (line, (from, _)) in ways.into_iter().enumerate() {
                if [has_up, has_down][line] {
                    self.take(line, from, networks.header)?;
                }
            }
            for (line, (_, to)) in ways.into_iter().enumerate() {
                self.give(line, to, networks.header)?;
            }
        }
    }

    /// How long nothing is due; `None`: nothing is under way.
    fn patience(&self) -> Option<TimeSpec> {
        let next = self.lines.iter().filter_map(Line::next).min()?;
        Some(timespec(next.saturating_sub(clock::now())))
    }

    fn take(&mut self, line: usize, from: BorrowedFd<'_>, header: usize) -> io::Result<()> {
        for _ in 0..BATCH {
            let mut packet = self.spare.pop().unwrap_or_default();
            packet.resize(BUFFER, 0);
            match read(from, &mut packet) {
                Ok(octets) => packet.truncate(octets),
                Err(errno) => {
                    self.keep(packet);
                    return match errno {
                        Errno::EAGAIN | Errno::EINTR => Ok(()),
                        errno => Err(errno.into()),
                    };
                }
            }
            let contents = packet.get(header..).unwrap_or_default();
            // whatever else there is (a device may announce itself by IPv6) has nobody to go to
            let Some(flow) = flow(contents, line == 0) else {
                self.keep(packet);
                continue;
            };
            let octets = contents.len();
            if let Some(dropped) = self.lines[line].push(clock::now(), flow, octets, packet) {
                self.keep(dropped);
            }
        }
        Ok(())
    }

    fn give(&mut self, line: usize, to: BorrowedFd<'_>, header: usize) -> io::Result<()> {
        loop {
            let now = clock::now();
            let Some((due, packet)) = self.lines[line].due(now) else { return Ok(()) };
            match write(to, &packet) {
                Ok(octets) => {
                    self.lines[line].went(octets - header);
                    self.late.record(now - due);
                }
                // the other network takes no more just now: a packet is lost there, as on any wire
                Err(Errno::EAGAIN | Errno::ENOBUFS | Errno::EINTR) => self.refused += 1,
                Err(errno) => return Err(errno.into()),
            }
            self.keep(packet);
        }
    }

    fn keep(&mut self, packet: Vec<u8>) {
        if self.spare.len() < SPARE {
            self.spare.push(packet);
        }
    }

    /// What it has done.
    ///
    /// # Errors
    /// When the system does not say how many packets it had no room for.
    pub(super) fn done(&self, networks: &Networks) -> io::Result<Forwarded> {
        let [up, down] = self.lines.each_ref().map(Line::fates);
        Ok(Forwarded {
            forwarder: networks.forwarder,
            first: self.first,
            packets: Ways { up, down },
            overrun: networks.overrun()? + self.refused,
            late_p50_ns: self.late.at(0.5),
            late_p99_ns: self.late.at(0.99),
            late_max_ns: self.late.max(),
            cpu_ns: clock::process_cpu() - self.before_ns,
        })
    }
}

fn timespec(ns: Nanos) -> TimeSpec {
    TimeSpec::from_duration(std::time::Duration::new(ns / SECOND, u32::try_from(ns % SECOND).unwrap_or(0)))
}

/// Whose `packet` is: the client's address and port, which is 0 where the packet is not TCP's. `None` where it is not of
/// IPv4 (RFC 791, 3.1; RFC 9293, 3.1).
fn flow(packet: &[u8], from_client: bool) -> Option<Flow> {
    let version = packet.first()? >> 4;
    let transport = usize::from(packet[0] & 15) * 4;
    let (address, port) = if from_client { (12, transport) } else { (16, transport + 2) };
    let address: [u8; 4] = packet.get(address..)?.first_chunk().copied()?;
    let port = packet.get(port..).and_then(<[u8]>::first_chunk::<2>).filter(|_| packet[9] == TCP);
    let [a, b, c, d] = address;
    let [high, low] = port.copied().unwrap_or_default();
    (version == 4).then(|| Flow::from_be_bytes([0, 0, a, b, c, d, high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_of_a_connection_are_the_clients() {
        let mut up = vec![0x45, 0, 0, 24, 0, 0, 0, 0, 64, TCP, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1];
        let mut down = up.clone();
        (down[15], down[19]) = (1, 2);
        up.extend([0xab, 0xcd, 0x1f, 0x90]);
        down.extend([0x1f, 0x90, 0xab, 0xcd]);
        let client = Some(Flow::from_be_bytes([0, 0, 10, 77, 0, 2, 0xab, 0xcd]));
        assert_eq!((flow(&up, true), flow(&down, false)), (client, client));
        up[9] = 1;
        assert_eq!(flow(&up, true), client.map(|client| client & !0xffff), "ICMP has no ports");
        up[0] = 0x65;
        assert_eq!(flow(&up, true), None);
        assert_eq!(flow(&[], true), None);
        assert_eq!(flow(&[0x45], true), None);
    }
}
