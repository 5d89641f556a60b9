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
