//! When a polling client asks.

use crate::clock::{self, Nanos};
use crate::kind::Pacing;
use crate::trial::Polling;
use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};
use tokio::sync::watch;

/// Where t0 is announced to every client at once; `None` until then.
pub type Start = watch::Receiver<Option<Nanos>>;

/// Gives one client its turns. The first one is `phase_ns` after t0.
#[derive(Clone, Debug)]
pub struct Pacer {
    polling: Polling,
    phase_ns: Nanos,
    start: Start,
    next: Option<Nanos>,
}

impl Pacer {
    /// A pacer for a client whose phase is `phase_ns` (below the period).
    #[must_use]
    pub fn new(polling: Polling, phase_ns: Nanos, start: Start) -> Pacer {
        Pacer { polling, phase_ns, start, next: None }
    }

    /// Waits for the next turn; gives how many turns passed while the client was not waiting, and are skipped.
    pub async fn turn(&mut self) -> u64 {
        let period = self.polling.interval_ns.max(1);
        let (at, skipped) = match (self.next, self.polling.pacing) {
            (None, _) => (self.first().await, 0),
            (Some(next), Pacing::FixedRate) => {
                let skipped = clock::now().saturating_sub(next).div_ceil(period);
                (next + skipped * period, skipped)
            }
            (Some(_), Pacing::AfterResponse) => (clock::now() + period, 0),
        };
        tokio::time::sleep_until(clock::tokio_instant(at)).await;
        self.next = Some(at + period);
        skipped
    }

    async fn first(&mut self) -> Nanos {
        match self.start.wait_for(Option::is_some).await {
            Ok(start) => start.unwrap_or_default() + self.phase_ns,
            // whoever would say when is gone, and with it the trial
            Err(_) => std::future::pending().await,
        }
    }
}

/// Stratified phases: client i of n asks at a random moment of the i-th n-th of the period, so that n clients spread
/// evenly over it and none is in step with the feed.
pub fn stratified_phases(clients: u32, period_ns: Nanos, seed: u64) -> impl Iterator<Item = Nanos> {
    let mut random = Pcg64::seed_from_u64(seed);
    let clients = u64::from(clients.max(1));
    (0..clients).map(move |client| {
        let (from, to) = (client * period_ns / clients, (client + 1) * period_ns / clients);
        from + random.next_u64() % (to - from).max(1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn phases_are_one_to_a_stratum() {
        let phases: Vec<_> = stratified_phases(7, 300 * MILLISECOND, 3).collect();
        for (client, phase) in (0u64..).zip(&phases) {
            let stratum = client * 300 * MILLISECOND / 7..(client + 1) * 300 * MILLISECOND / 7;
            assert!(stratum.contains(phase), "{phases:?}");
        }
        assert_eq!(phases, stratified_phases(7, 300 * MILLISECOND, 3).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_fixed_rate_stays_on_its_grid_and_counts_what_it_skipped() {
        let polling = Polling { interval_ns: 10 * MILLISECOND, pacing: Pacing::FixedRate };
        let t0 = clock::now();
        let (_announce, start) = watch::channel(Some(t0));
        let mut pacer = Pacer::new(polling, 3 * MILLISECOND, start);
        assert_eq!(pacer.turn().await, 0);
        assert!(clock::now() >= t0 + 3 * MILLISECOND);
        // a poll that is in flight over the turns at 13, 23 and 33 ms
        clock::sleep_until(t0 + 34 * MILLISECOND);
        let skipped = pacer.turn().await;
        assert!(skipped >= 3);
        assert!(clock::now() >= t0 + (13 + 10 * skipped) * MILLISECOND);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn after_a_response_the_whole_period_passes() {
        let polling = Polling { interval_ns: 5 * MILLISECOND, pacing: Pacing::AfterResponse };
        let (_announce, start) = watch::channel(Some(clock::now()));
        let mut pacer = Pacer::new(polling, 0, start);
        pacer.turn().await;
        let response_at = clock::now();
        assert_eq!(pacer.turn().await, 0);
        assert!(clock::now() >= response_at + 5 * MILLISECOND);
    }
}
