//! What went over a connection, octet by octet, for whoever wants to look at it. Trials keep nothing of it.

use super::dissect::ledger::Way;
use crate::clock::{self, Nanos};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where octets were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// On the socket, below TLS. Without TLS nothing is seen here: what is above is what was on the socket.
    Below,
    /// By whoever uses the connection.
    Above,
}

/// What one read or write moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When the client had read or written it.
    pub at: Nanos,
    /// Where to.
    pub way: Way,
    /// Where it was seen.
    pub seen: Seen,
    /// What it was.
    pub octets: Vec<u8>,
}

/// Keeps every piece, in the order in which they went.
#[derive(Debug, Default)]
pub struct Recorder {
    pieces: Mutex<Vec<Piece>>,
}

impl Recorder {
    /// Keeps `pieces`, as one.
    pub(super) fn keep<'a>(&self, way: Way, seen: Seen, pieces: impl Iterator<Item = &'a [u8]>) {
        let octets: Vec<u8> = pieces.flatten().copied().collect();
        if !octets.is_empty() {
            self.pieces().push(Piece { at: clock::now(), way, seen, octets });
        }
    }

    /// Gives all that was kept.
    #[must_use]
    pub fn take(&self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces())
    }

    fn pieces(&self) -> MutexGuard<'_, Vec<Piece>> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
