//! Socket options, alike on both sides, and what the kernel says of a connection.

use super::packets::Sample;
use crate::namespace;
use crate::totals::{KernelCounters, SocketReport, Ways};
use crate::trial::Sockets;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Duration;

/// Connections from one loopback source address: beyond some thousands the search for a free port takes seconds.
pub const CLIENTS_PER_SOURCE: u32 = 5_000;

/// The source address for client `index` of a trial: 127.0.1.1, 127.0.1.2, …, a few thousand clients each, where the
/// server is on 127/8 (Linux answers on all of it) and there are more; those of the clients' network where there is one;
/// else the system's choice.
#[must_use]
pub fn source_address(server: SocketAddr, clients: u32, index: u32) -> Option<IpAddr> {
    let spread = cfg!(target_os = "linux") && clients > CLIENTS_PER_SOURCE;
    match server.ip() {
        IpAddr::V4(namespace::SERVER) if spread => {
            Some(namespace::client(u8::try_from(index / CLIENTS_PER_SOURCE).ok()?).into())
        }
        IpAddr::V4(ip) if ip.is_loopback() && spread => {
            let host = u8::try_from(1 + index / CLIENTS_PER_SOURCE).ok()?;
            Some(IpAddr::from([127, 0, 1, host]))
        }
        _ => None,
    }
}

/// How many source addresses so many clients take.
#[must_use]
pub fn sources(clients: u32) -> u8 {
    u8::try_from(clients.div_ceil(CLIENTS_PER_SOURCE)).unwrap_or(u8::MAX).clamp(1, namespace::MOST_ADDRESSES)
}

fn set_common(socket: &Socket, options: Sockets) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(options.send_buffer as usize)?;
    #[cfg(unix)]
    if let Some(segment) = options.max_segment {
        socket.set_tcp_mss(segment)?;
    }
    Ok(())
}

/// A listening socket; accepted connections inherit its options.
///
/// # Errors
/// When the address cannot be had.
pub fn listen(address: SocketAddr, options: Sockets, stalled: Duration) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    set_common(&socket, options)?;
    // the kernel ends a connection whose peer has not taken a byte for this long: a reader that reads nothing
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(stalled))?;
    #[cfg(not(target_os = "linux"))]
    let _ = stalled;
    socket.bind(&address.into())?;
    socket.listen(16_384)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// A socket that is about to connect to `server`, from `source` if that is given. Behind an emulated link that lets `window`
/// octets be under way its buffers are not larger: else they would take what the link does not.
///
/// # Errors
/// When the system gives no socket, or not with these options.
pub fn prepare(
    server: SocketAddr,
    source: Option<IpAddr>,
    options: Sockets,
    window: Option<usize>,
) -> io::Result<tokio::net::TcpSocket> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
    set_common(&socket, options)?;
    if let Some(window) = window {
        socket.set_recv_buffer_size(window)?;
        socket.set_send_buffer_size(window.min(options.send_buffer as usize))?;
    }
    if let Some(source) = source {
        // the port is chosen at connect, when the whole 4-tuple is known: a source has 28,000 per server port
        #[cfg(target_os = "linux")]
        nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::IpBindAddressNoPort, &true)?;
        socket.bind(&SocketAddr::new(source, 0).into())?;
    }
    socket.set_nonblocking(true)?;
    Ok(tokio::net::TcpSocket::from_std_stream(socket.into()))
}

/// The options of a connection as the kernel reports them.
///
/// # Errors
/// When it does not.
pub fn report(stream: &impl AsFd) -> io::Result<SocketReport> {
    let socket = SockRef::from(stream);
    Ok(SocketReport {
        nodelay: socket.tcp_nodelay()?,
        send_buffer: socket.send_buffer_size()?,
        receive_buffer: socket.recv_buffer_size()?,
        max_segment: socket.tcp_mss()?,
        congestion: congestion(&socket).unwrap_or_default(),
    })
}

#[cfg(target_os = "linux")]
fn congestion(socket: &SockRef<'_>) -> io::Result<String> {
    let name = socket.tcp_congestion()?;
    Ok(String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned())
}

#[cfg(not(target_os = "linux"))]
fn congestion(_: &SockRef<'_>) -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The kernel's counters of a connection of which both directions have ended; `None` where the system has none.
///
/// `tcpi_bytes_received` counts the other side's FIN, `tcpi_bytes_acked` ours, and the SYN of the end that connected
/// (`connected`): they are taken off, so that what is left are octets of the stream.
#[cfg(target_os = "linux")]
#[must_use]
pub fn kernel_counters(stream: &impl AsFd, connected: bool) -> Option<KernelCounters> {
    let info = tcp_info(stream)?;
    Some(KernelCounters {
        acknowledged: info.tcpi_bytes_acked.checked_sub(1 + u64::from(connected))?,
        received: info.tcpi_bytes_received.checked_sub(1)?,
        segments_out: info.tcpi_segs_out,
        segments_in: info.tcpi_segs_in,
        bytes_sent: info.tcpi_bytes_sent,
        duplicates: info.tcpi_dsack_dups,
        retransmitted: info.tcpi_total_retrans,
    })
}

/// As above: this system keeps none that we can read.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn kernel_counters(_: &impl AsFd, _: bool) -> Option<KernelCounters> {
    None
}

/// The segments of a connection so far, from the side that opened it, and what headers they have; `None` where the system
/// does not say.
#[cfg(target_os = "linux")]
#[must_use]
pub(super) fn sample(stream: &tokio::net::TcpStream) -> Option<Sample> {
    let ipv6 = stream.peer_addr().is_ok_and(|address| address.is_ipv6());
    // as the kernel's headers have them: TCPI_OPT_TIMESTAMPS, _SACK, _WSCALE
    const OPTIONS: [u8; 3] = [1, 2, 4];
    let info = tcp_info(stream)?;
    let segments = Ways { up: info.tcpi_segs_out.into(), down: info.tcpi_segs_in.into() };
    let [timestamps, sack, scaling] = OPTIONS.map(|option| info.tcpi_options & option != 0);
    let duplicates = info.tcpi_dsack_dups.into();
    Some(Sample { duplicates, ..Sample::new(segments, ipv6, timestamps, sack, scaling) })
}

/// As above.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub(super) fn sample(_: &tokio::net::TcpStream) -> Option<Sample> {
    None
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // getsockopt(TCP_INFO) is wrapped by no crate
fn tcp_info(stream: &impl AsFd) -> Option<libc::tcp_info> {
    use std::os::fd::AsRawFd;
    // SAFETY: tcp_info is plain integers, for which zeroes are values.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).ok()?;
    // SAFETY: the descriptor is open for as long as `stream` is borrowed, and `info` has `length` octets.
    let code = unsafe {
        libc::getsockopt(
            stream.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            std::ptr::from_mut(&mut info).cast(),
            &raw mut length,
        )
    };
    (code == 0).then_some(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_spread_when_clients_are_many() {
        let server = "127.0.0.1:80".parse().expect("an address");
        assert_eq!(source_address(server, 5_000, 4_999), None);
        assert_eq!(source_address(server, 12_000, 4_999), Some([127, 0, 1, 1].into()));
        assert_eq!(source_address(server, 12_000, 11_999), Some([127, 0, 1, 3].into()));
        let linked = SocketAddr::from((namespace::SERVER, 80));
        assert_eq!(source_address(linked, 5_000, 4_999), None);
        assert_eq!(source_address(linked, 12_000, 11_999), Some([10, 77, 0, 4].into()));
        assert_eq!([1, 5_000, 5_001, 12_000, u32::MAX].map(sources), [1, 1, 2, 3, 253]);
        assert_eq!(source_address("192.0.2.1:80".parse().expect("an address"), 12_000, 1), None);
    }
}
