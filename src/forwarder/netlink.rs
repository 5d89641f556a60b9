//! Devices and addresses of the network that this thread is in, by the kernel's own messages (rtnetlink(7)).

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{InfoData, InfoKind, InfoVeth, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};

/// An Ethernet's.
const MTU: u32 = 1500;
/// What a device keeps for a forwarder that is not running just now, in packets: an update to so many clients at once.
const QUEUE: u32 = 16_384;
/// What all our addresses have in common, in bits.
const PREFIX: u8 = 24;
/// Both ends of what is forwarded have this one: a device that resolves no addresses writes its own, and so names the other
/// (RFC 7042, 2.1: administered locally).
const ETHERNET: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];
/// The forwarder's ends.
const OUTSIDE: [u8; 6] = [0x02, 0, 0, 0, 0, 0x02];

/// A way to the kernel, for the network in which it was made.
pub(super) struct Netlink(Socket);

impl Netlink {
    /// # Errors
    /// When the kernel gives none.
    pub(super) fn open() -> io::Result<Netlink> {
        let socket = Socket::new(NETLINK_ROUTE)?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(Netlink(socket))
    }

    /// Makes a pair of virtual Ethernet devices: `outside` here, `inside` in the network `there`.
    pub(super) fn pair(&self, outside: &str, inside: &str, there: BorrowedFd<'_>) -> io::Result<()> {
        let mut peer = LinkMessage::default();
        peer.attributes.extend([
            LinkAttribute::IfName(inside.into()),
            LinkAttribute::Address(ETHERNET.into()),
            LinkAttribute::NetNsFd(there.as_raw_fd()),
        ]);
        let mut link = LinkMessage::default();
        let veth = InfoData::Veth(InfoVeth::Peer(peer));
        link.attributes.extend([
            LinkAttribute::IfName(outside.into()),
            LinkAttribute::Address(OUTSIDE.into()),
            LinkAttribute::LinkInfo(vec![LinkInfo::Kind(InfoKind::Veth), LinkInfo::Data(veth)]),
        ]);
        self.ask(RouteNetlinkMessage::NewLink(link), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// The device `index` is there for packets of an Ethernet's size, and asks nobody for addresses.
    pub(super) fn up(&self, index: u32) -> io::Result<()> {
        let flags = LinkFlags::Up | LinkFlags::Noarp;
        self.set(index, flags, vec![LinkAttribute::Mtu(MTU), LinkAttribute::TxQueueLen(QUEUE)])
    }

    /// The loopback device is there. It is the first of every network.
    pub(super) fn loopback_up(&self) -> io::Result<()> {
        self.set(1, LinkFlags::Up, Vec::new())
    }

    fn set(&self, index: u32, flags: LinkFlags, attributes: Vec<LinkAttribute>) -> io::Result<()> {
        let mut link = LinkMessage::default();
        link.header.index = index;
        (link.header.flags, link.header.change_mask) = (flags, flags);
        link.attributes = attributes;
        self.ask(RouteNetlinkMessage::SetLink(link), 0)
    }

    /// The device `index` has this address, too; all with its first 24 bits are behind it.
    pub(super) fn address(&self, index: u32, address: Ipv4Addr) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = AddressFamily::Inet;
        message.header.prefix_len = PREFIX;
        message.header.index = index;
        message.attributes = vec![AddressAttribute::Local(address.into()), AddressAttribute::Address(address.into())];
        self.ask(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Sends `message` and waits for what the kernel says to it.
    fn ask(&self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut request = NetlinkMessage::new(NetlinkHeader::default(), NetlinkPayload::from(message));
        request.header.flags = NLM_F_REQUEST | NLM_F_ACK | flags;
        request.finalize();
        let mut octets = vec![0; request.buffer_len()];
        request.serialize(&mut octets);
        self.0.send(&octets, 0)?;
        let (answer, _) = self.0.recv_from_full()?;
        match NetlinkMessage::<RouteNetlinkMessage>::deserialize(&answer).map_err(io::Error::other)?.payload {
            NetlinkPayload::Error(said) if said.code.is_some() => Err(said.to_io()),
            NetlinkPayload::Error(_) => Ok(()),
            other => Err(io::Error::other(format!("the kernel answers {other:?}"))),
        }
    }
}
