//! Connections, and every byte on them. The one place that has sockets.
//!
//! [`dissect`] says which layer each octet belongs to; [`socket`] sets options and reads the kernel's counters; [`counted`] is the stream that counts below everything
//! else; [`stream`] is what is left of a connection after an upgrade; [`link`] is what makes a socket's other end far away; [`exchange`] is the client's carrier: rooms send
//! requests and open streams through it and never see a socket.

pub mod counted;
pub mod dissect;
pub mod exchange;
mod line;
pub mod link;
pub mod local;
pub mod packets;
mod pieces;
pub mod raw;
pub mod recorder;
pub mod secrets;
pub mod socket;
pub mod stream;
pub mod tap;
pub mod tls;
pub mod trace;
