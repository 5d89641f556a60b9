//! One connection of a client, both directions, whichever HTTP carries it.

use super::content::Purpose;
use super::exchanges::Exchanges;
use super::ledger::{Ledger, Open};
use super::streams::Streams;
use crate::kind::{Encoding, Transport};

/// Places every octet of a connection.
#[derive(Clone, Debug)]
pub struct Dissector {
    purpose: Purpose,
    carried: Carried,
    /// What is under way; with HTTP/2 each stream has that for itself.
    open: Open,
}

#[derive(Clone, Debug)]
enum Carried {
    Exchanges(Box<Exchanges>),
    Streams(Box<Streams>),
}

impl Dissector {
    /// Before the first octet of a connection over which `transport` brings updates, carried by HTTP/2 or by HTTP/1.1.
    #[must_use]
    pub fn new(transport: Transport, encoding: Encoding, http2: bool) -> Dissector {
        let purpose = Purpose { transport, encoding };
        let carried = if http2 {
            Carried::Streams(Box::new(Streams::new(purpose)))
        } else {
            Carried::Exchanges(Box::new(Exchanges::new(purpose)))
        };
        Dissector { purpose, carried, open: Open::default() }
    }

    /// The same for another connection.
    pub fn begin(&mut self) {
        match &mut self.carried {
            Carried::Exchanges(exchanges) => **exchanges = Exchanges::new(self.purpose),
            Carried::Streams(streams) => streams.begin(),
        }
    }

    /// Places what the client sent.
    #[inline]
    pub fn sent(&mut self, bytes: &[u8], ledger: &mut Ledger) {
        match &mut self.carried {
            Carried::Exchanges(exchanges) => exchanges.sent(bytes, &mut ledger.page(&mut self.open)),
            Carried::Streams(streams) => streams.sent(bytes, ledger),
        }
    }

    /// Places what it received.
    #[inline]
    pub fn received(&mut self, bytes: &[u8], ledger: &mut Ledger) {
        match &mut self.carried {
            Carried::Exchanges(exchanges) => exchanges.received(bytes, &mut ledger.page(&mut self.open)),
            Carried::Streams(streams) => streams.received(bytes, ledger),
        }
    }

    /// The connection has ended: what is not whole is entered as it is.
    pub fn end(&mut self, ledger: &mut Ledger) {
        match &mut self.carried {
            Carried::Exchanges(exchanges) => exchanges.end(&mut ledger.page(&mut self.open)),
            Carried::Streams(streams) => streams.end(ledger),
        }
    }
}
