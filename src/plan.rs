//! A feed's plan made ready: when each update is due, and its bytes. Publisher and meter follow the same one.

use crate::clock::Nanos;
use crate::replay::{self, Lines};
use crate::schedule::Schedule;
use crate::trial::FeedPlan;
use crate::update;
use bytes::Bytes;

/// The updates of a feed, by number, from 1.
#[derive(Debug)]
pub struct PlannedUpdates {
    feed: FeedPlan,
    /// The replayed file's, and whether it is repeated.
    lines: Option<(Lines, bool)>,
}

impl PlannedUpdates {
    /// Makes ready what `feed` plans; reads the file that it replays, if it does.
    ///
    /// # Errors
    /// [`replay::Invalid`]: the file cannot be read, or is another one than was planned with.
    pub fn of(feed: &FeedPlan) -> Result<PlannedUpdates, replay::Invalid> {
        let lines = match &feed.schedule {
            Schedule::Replay(replay) => Some((Lines::of(replay)?, replay.repeat)),
            Schedule::Periodic { .. } | Schedule::Poisson { .. } | Schedule::Bursts { .. } => None,
        };
        Ok(PlannedUpdates { feed: feed.clone(), lines })
    }

    /// When updates 1, 2, 3… are due, in nanoseconds after t0, never decreasing; ends only where a file does.
    pub fn due(&self) -> impl Iterator<Item = Nanos> + '_ {
        let recorded = self.lines.iter().flat_map(|(lines, repeat)| lines.due(*repeat));
        // one of the two is empty
        self.feed.schedule.planned(self.feed.seed).into_iter().flatten().chain(recorded)
    }

    /// The bytes of update `number`.
    #[must_use]
    pub fn encode(&self, number: u64) -> Bytes {
        match &self.lines {
            Some((lines, _)) => update::from_line(number, lines.of_update(number)),
            None => update::encode(number, self.feed.payload, self.feed.encoding),
        }
    }

    /// How many octets update `number` has, as text or binary.
    #[must_use]
    pub fn len_of(&self, number: u64) -> usize {
        match &self.lines {
            Some((lines, _)) => update::line_len(lines.of_update(number).len()),
            None => self.feed.payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};
    use crate::kind::Encoding;
    use crate::schedule::{Timing, Unit};

    fn lengths_hold(updates: &PlannedUpdates) {
        for number in (1..=50).chain([5000, 1_000_000]) {
            let bytes = updates.encode(number);
            assert_eq!(bytes.len(), updates.len_of(number));
            assert_eq!(update::number(&bytes), Some(number));
        }
    }

    #[test]
    fn a_computed_feed() {
        let schedule = Schedule::Periodic { rate: 100.0 };
        let plan = FeedPlan { schedule, payload: 40, encoding: Encoding::Binary, seed: 1, retention_ns: SECOND };
        let updates = PlannedUpdates::of(&plan).expect("computed");
        assert!(updates.due().take(3).eq([10, 20, 30].map(|ms| ms * MILLISECOND)));
        lengths_hold(&updates);
    }

    #[test]
    fn a_replayed_feed() {
        let timing = Timing::Timestamp { field: "ts".into(), unit: Some(Unit::Milliseconds), speed: 2.0 };
        let lines = Lines::read("sample:ticker", &timing).expect("it is ours");
        let (replay, payload) = lines.describe(false, 30 * SECOND, u64::MAX).expect("it lasts 75 s, twice as fast");
        let (updates, lines) = (replay.updates, replay.lines);
        assert!(updates < lines);
        let schedule = Schedule::Replay(replay);
        let plan = FeedPlan { schedule, payload, encoding: Encoding::Text, seed: 1, retention_ns: SECOND };
        let planned = PlannedUpdates::of(&plan).expect("it is ours");
        let due: Vec<Nanos> = planned.due().collect();
        assert!(due.is_sorted() && due[0] == 0);
        assert_eq!(due.len() as u64, lines);
        assert_eq!(due.iter().filter(|&&at| at < 30 * SECOND).count() as u64, updates);
        assert_eq!((1..=updates).map(|number| planned.len_of(number)).max(), Some(payload));
        lengths_hold(&planned);
    }
}
