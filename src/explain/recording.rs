//! An exchange that took place, as it was recorded.

use crate::clock::Nanos;
use crate::kind::{Carrier, Encoding, Transport};
use crate::totals::{Layers, Ways};
use crate::wire::recorder::Piece;
use crate::wire::secrets::Secret;
use std::net::SocketAddr;
use std::time::SystemTime;

/// All there is to say of it.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What brought the updates.
    pub transport: Transport,
    /// What that rode on.
    pub carrier: Carrier,
    /// How updates were encoded.
    pub encoding: Encoding,
    /// How many there were.
    pub updates: u32,
    /// Of how many octets each.
    pub payload: usize,
    /// When it began, as pieces say it.
    pub began: Nanos,
    /// The same for people.
    pub date: SystemTime,
    /// The client's end and the server's.
    pub ends: [SocketAddr; 2],
    /// What went over the connection.
    pub pieces: Vec<Piece>,
    /// What opens TLS.
    pub secrets: Vec<Secret>,
    /// What the dissector of trials placed.
    pub ledger: Ways<Layers>,
    /// Octets on the socket, up and down: as the client counted them, the server, and the client's kernel where it does.
    pub counts: [Option<Ways<u64>>; 3],
}
