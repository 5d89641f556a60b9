//! What the forwarder asks of the kernel that no crate wraps: a TUN device, packet sockets, what a device does by itself.

#![allow(unsafe_code)] // each call says why it is sound

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

/// What the kernel is asked for in a socket's buffer, in octets; it gives what it allows for.
const BUFFER: libc::c_int = 32 << 20;

/// A device's name, as requests have it: with a zero behind it.
fn request(name: &str) -> io::Result<libc::ifreq> {
    // SAFETY: ifreq is integers, pointers and arrays of them, for which zeroes are values.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    for (to, octet) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = libc::c_char::from_ne_bytes([octet]);
    }
    Ok(request)
}

fn checked(code: libc::c_int) -> io::Result<libc::c_int> {
    if code < 0 { Err(io::Error::last_os_error()) } else { Ok(code) }
}

/// Makes a TUN device in this thread's network: each read gives a packet that went into it, each write is one that comes
/// out of it. It lives as long as the file.
pub(super) fn tun(name: &str) -> io::Result<OwnedFd> {
    let file: File = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open("/dev/net/tun")?;
    let mut request = request(name)?;
    request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_TUN | libc::IFF_NO_PI).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open, and TUNSETIFF takes an ifreq.
    checked(unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF, &raw mut request) })?;
    Ok(file.into())
}

/// A packet socket on the device `index`: each read gives an IPv4 packet that came out of it, with its Ethernet header; what
/// is written goes into it.
pub(super) fn packet_socket(index: u32) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the call takes no pointers; what it gives is a descriptor of ours alone.
    let socket = unsafe { OwnedFd::from_raw_fd(checked(libc::socket(libc::AF_PACKET, kind, 0))?) };
    // the second is bounded by the system's limit, the first asks for the privilege not to be
    for option in [libc::SO_RCVBUFFORCE, libc::SO_RCVBUF] {
        if set_option(&socket, option, BUFFER).is_ok() {
            break;
        }
    }
    // SAFETY: sockaddr_ll is integers and an array of them, for which zeroes are values.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::c_ushort::try_from(libc::AF_PACKET).map_err(io::Error::other)?;
    // this protocol alone, and so nothing of what goes out
    address.sll_protocol = u16::try_from(libc::ETH_P_IP).map_err(io::Error::other)?.to_be();
    address.sll_ifindex = libc::c_int::try_from(index).map_err(io::Error::other)?;
    let length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open, and `address` has `length` octets.
    checked(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
    Ok(socket)
}

fn set_option(socket: &OwnedFd, option: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let length = libc::socklen_t::try_from(size_of::<libc::c_int>()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open, and `value` has `length` octets.
    let code =
        unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, (&raw const value).cast(), length) };
    checked(code).map(drop)
}

/// Packets that a packet socket had no room for.
pub(super) fn overrun(socket: &OwnedFd) -> io::Result<u64> {
    /// As the kernel has it (linux/if_packet.h).
    #[repr(C)]
    #[derive(Default)]
    struct Statistics {
        packets: libc::c_uint,
        drops: libc::c_uint,
    }
    const PACKET_STATISTICS: libc::c_int = 6;
    let mut statistics = Statistics::default();
    let mut length = libc::socklen_t::try_from(size_of::<Statistics>()).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open, and `statistics` has `length` octets.
    checked(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            PACKET_STATISTICS,
            (&raw mut statistics).cast(),
            &raw mut length,
        )
    })?;
    Ok(statistics.drops.into())
}

/// This process runs before all that share the CPUs in the usual way, server and load among them. Gives whether the system
/// allows it, which takes root (sched(7)).
pub(super) fn run_first() -> bool {
    // SAFETY: sched_param is integers, for which zeroes are values.
    let mut priority: libc::sched_param = unsafe { std::mem::zeroed() };
    priority.sched_priority = 1;
    // SAFETY: the call reads `priority`, which outlives it.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const priority) == 0 }
}

/// Packets leave the device `name` as they would a wire: no larger than its MTU, with their checksums.
pub(super) fn no_offloads(name: &str) -> io::Result<()> {
    /// As the kernel has it (linux/ethtool.h).
    #[repr(C)]
    struct Value {
        command: u32,
        data: u32,
    }
    // ETHTOOL_STXCSUM, _SSG, _STSO, _SGSO, _SGRO: checksums last, for what needs them has to be off before
    const COMMANDS: [u32; 5] = [0x1f, 0x24, 0x2c, 0x19, 0x17];
    // SAFETY: the call takes no pointers; what it gives is a descriptor of ours alone.
    let socket = unsafe {
        OwnedFd::from_raw_fd(checked(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0))?)
    };
    for command in COMMANDS {
        let mut value = Value { command, data: 0 };
        let mut request = request(name)?;
        request.ifr_ifru.ifru_data = (&raw mut value).cast();
        // SAFETY: the descriptor is open; the request points to a value that outlives the call, as the command wants it.
        checked(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL, &raw mut request) })?;
    }
    Ok(())
}
