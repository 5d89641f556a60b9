//! What a load has when its last connection is closed: logs and counts, out of which its totals are made.

use super::worker::Share;
use crate::calibration::KnownDelay;
use crate::clock::Nanos;
use crate::histogram::Histogram;
use crate::measure::meter::{Plan, Receipt, lateness, naive_twin};
use crate::measure::{known_delay, oracle, settling};
use crate::timeline::Followed;
use crate::totals::{Connection, LoadTotals, retransmitted};
use crate::trial::Trial;
use std::io;
use std::sync::Arc;

/// A load that has closed its last connection. What is missing is when the feed emitted.
#[derive(Debug)]
pub struct Finished {
    pub(super) trial: Trial,
    pub(super) t0: Nanos,
    pub(super) plan: Arc<Plan>,
    pub(super) shares: Vec<Share>,
    pub(super) totals: LoadTotals,
}

impl Finished {
    /// What the first client's first messages were; `None` where it had several connections one after the other.
    #[must_use]
    pub fn followed(&self) -> Option<Followed> {
        self.shares.iter().find_map(|share| share.followed.clone())
    }

    /// What was received of a delay of `injected_ns`, for which the server held half of the updates.
    #[must_use]
    pub fn known_delay(&self, injected_ns: Nanos) -> KnownDelay {
        let logs: Vec<_> = self.shares.iter().map(|share| share.receipts.clone()).collect();
        known_delay::find(&self.trial, &self.plan, self.t0, &logs, injected_ns)
    }

    /// The median latency of the updates planned in each part of steady, which lasts `bin_ns`, in nanoseconds; `None` where
    /// none of them was received.
    #[must_use]
    pub fn medians(&self, bin_ns: Nanos) -> Vec<Option<Nanos>> {
        let logs: Vec<_> = self.shares.iter().map(|share| share.receipts.clone()).collect();
        settling::medians(&self.plan, self.t0, &logs, bin_ns)
    }

    /// Writes a line for every update planned in steady that a client received, in the order of receipt of each worker:
    /// `row`, and then client and update, both from 1, and when that was planned, emitted and received, in nanoseconds
    /// after t0. `emitted` as for [`Finished::totals`].
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn export(&self, emitted: &[Nanos], row: &str, out: &mut impl io::Write) -> io::Result<()> {
        let (t0, plan) = (self.t0, &self.plan);
        for &Receipt { place, client, at } in self.shares.iter().flat_map(|share| &share.receipts) {
            let number = plan.steady.start + u64::from(place);
            let emitted = usize::try_from(number - 1).ok().and_then(|index| emitted.get(index));
            let planned = plan.planned(number).unwrap_or_default(); // or it would not have been logged
            let [emitted, received] = [emitted.copied().unwrap_or_default(), at].map(|at| at.saturating_sub(t0));
            writeln!(out, "{row}{},{number},{planned},{emitted},{received}", u64::from(client) + 1)?;
        }
        out.flush()
    }

    /// The totals and every connection; `emitted` says when the feed emitted each update, by number, from 1.
    #[must_use]
    pub fn totals(self, emitted: &[Nanos]) -> (LoadTotals, Vec<Connection>) {
        let Finished { trial, t0, plan, shares, mut totals } = self;
        let mut seconds: Vec<Histogram> = Vec::new();
        let (mut logs, mut connections) = (Vec::new(), Vec::new());
        for share in shares {
            if seconds.is_empty() {
                seconds = share.seconds;
            } else {
                seconds.iter_mut().zip(&share.seconds).for_each(|(sum, second)| sum.add(second));
            }
            logs.push(share.receipts);
            connections.extend(share.connections);
        }
        let (twin, distinct) = naive_twin(&plan, &logs, emitted);
        totals.latency = seconds.iter().map(Histogram::to_text).collect();
        totals.twin = twin.to_text();
        totals.lateness = lateness(&plan, t0, emitted).to_text();
        totals.distinct = distinct;
        totals.oracle = Some(oracle::check(&trial, &plan, t0, &logs));
        totals.retransmitted = retransmitted(&connections);
        (totals, connections)
    }
}
