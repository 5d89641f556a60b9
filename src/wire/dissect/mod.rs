//! Which layer every octet of a client's connection belongs to: payload, framing, headers, control, other.
//!
//! Fed with the octets that pass the counted stream, in pieces of any size, and in the client only: the server counts,
//! so that transports with many headers are not charged for our instrument. Nothing here allocates, and nothing fails:
//! what cannot be placed is `other`, and so is all that follows it, where no boundary can be found any more.
//!
//! Compressed content (`content-encoding`) is payload as it was sent, all of it: a compressor's header, checksum and flush
//! markers, and the separators and fields that vanish in it, are not told apart. Chunk lines around it are framing. Of a
//! compressed event stream a chunk, which is a write of the server's, is entered when it is whole; the updates in it
//! belong to the phase in which the client took them out, which at a phase's edge can be the next one.
//!
//! [`connection`] is the whole: with HTTP/1.1 [`exchanges`], of which [`http1`] finds heads and chunks; with HTTP/2
//! [`streams`], many at a time, each a [`stream`], of which [`frame`] finds the frames and [`hpack`] reads the fields, with
//! what [`fields`] knows by number and in the code of [`huffman`]. Their [`content`] is the same: [`batch`], [`events`],
//! [`prefixed`] and [`websocket`] take it apart. [`ledger`] is where all of them put what they place, by phase.

pub mod batch;
pub mod connection;
pub mod content;
pub mod events;
pub mod exchanges;
pub mod frame;
pub mod hpack;
pub mod http1;
pub mod ledger;
pub mod prefixed;
pub mod stream;
pub mod streams;
pub mod websocket;
