//! `[feed]`: what is published, and when. A file that it replays is read and checked here.

use super::file::{Feed, Kind, RATE, SPEED};
use super::source::{Invalid, Source};
use crate::clock::Nanos;
use crate::kind::Encoding;
use crate::replay::{self, Lines, SAMPLE};
use crate::schedule::{Schedule, Timing};
use crate::update;
use std::cell::RefCell;
use std::rc::Rc;

/// How long a feed lasts and what it may hold, where that has to be counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Warm-up and steady, in nanoseconds.
    pub(super) feed_ns: Nanos,
    /// How long an update is kept, in nanoseconds of the plan.
    pub(super) retention_ns: Nanos,
    /// Updates that are counted, at most.
    pub(super) counted: u64,
    /// Octets that may be kept, the frames made of them included.
    pub(super) ring: u64,
}

/// The feed's schedule, and its (largest) update's size.
pub(super) fn read(
    feed: &Feed,
    source: &Source<'_>,
    shelf: &Shelf,
    bounds: Bounds,
) -> Result<(Schedule, usize), Invalid> {
    if feed.schedule == Kind::Replay { shelf.replay(feed, source, bounds) } else { computed(feed, source) }
}

fn computed(feed: &Feed, source: &Source<'_>) -> Result<(Schedule, usize), Invalid> {
    refuse(
        source,
        "replay",
        &[
            ("feed.file", feed.file.is_some()),
            ("feed.timestamp", feed.timestamp.is_some()),
            ("feed.timestamp-unit", feed.timestamp_unit.is_some()),
            ("feed.speed", feed.speed.is_some()),
            ("feed.repeat", feed.repeat.is_some()),
        ],
    )?;
    let missing = |key: &str| source.invalid(key, "this schedule needs it");
    let payload = feed.payload.ok_or_else(|| missing("feed.payload"))?.0;
    source.demand((update::MIN_LEN..=update::MAX_LEN).contains(&payload), "feed.payload", || {
        format!("{payload} B: an update is {} B to {} MiB", update::MIN_LEN, update::MAX_LEN >> 20)
    })?;
    if feed.schedule == Kind::Bursts {
        let size = feed.size.ok_or_else(|| missing("feed.size"))?;
        let gap_ns = feed.gap.ok_or_else(|| missing("feed.gap"))?.0;
        let every_ns = feed.every.ok_or_else(|| missing("feed.every"))?.0;
        source.demand(feed.rate.is_none(), "feed.rate", || "bursts have `size` and `every`, no rate".into())?;
        source.demand(size > 0, "feed.size", || "at least one update a burst".into())?;
        let length = gap_ns.checked_mul(u64::from(size.saturating_sub(1)));
        source.demand(length.is_some_and(|length| length < every_ns), "feed.every", || {
            "a burst must end before the next begins: every > (size − 1) · gap".into()
        })?;
        return Ok((Schedule::Bursts { size, gap_ns, every_ns }, payload));
    }
    refuse_bursts(feed, source)?;
    let rate = feed.rate.ok_or_else(|| missing("feed.rate"))?;
    demand_rate(rate, source)?;
    let poisson = feed.schedule == Kind::Poisson;
    Ok((if poisson { Schedule::Poisson { rate } } else { Schedule::Periodic { rate } }, payload))
}

fn demand_rate(rate: f64, source: &Source<'_>) -> Result<(), Invalid> {
    source.demand(RATE.contains(&rate), "feed.rate", || format!("{rate}: updates per second, 0.0001 to 1,000,000"))
}

fn refuse_bursts(feed: &Feed, source: &Source<'_>) -> Result<(), Invalid> {
    refuse(
        source,
        "bursts",
        &[("feed.size", feed.size.is_some()), ("feed.gap", feed.gap.is_some()), ("feed.every", feed.every.is_some())],
    )
}

/// Refuses the keys that belong to another schedule.
fn refuse(source: &Source<'_>, owner: &str, keys: &[(&str, bool)]) -> Result<(), Invalid> {
    keys.iter().try_for_each(|(key, set)| source.demand(!set, key, || format!("belongs to `schedule = \"{owner}\"`")))
}

/// The files that a scenario replays, each read once however many trials replay it.
#[derive(Default)]
pub(super) struct Shelf {
    read: RefCell<Vec<(String, Timing, Rc<Lines>)>>,
}

impl Shelf {
    /// As [`read`].
    fn replay(&self, feed: &Feed, source: &Source<'_>, bounds: Bounds) -> Result<(Schedule, usize), Invalid> {
        refuse_bursts(feed, source)?;
        source.demand(feed.payload.is_none(), "feed.payload", || {
            "a replayed update is as long as its line: leave it out".into()
        })?;
        source.demand(feed.encoding == Encoding::Text, "feed.encoding", || {
            "a replayed line is text and sent as it stands: only \"text\"".into()
        })?;
        let file = feed.file.as_ref().filter(|file| !file.is_empty());
        let file = file.ok_or_else(|| source.invalid("feed.file", "a replay needs the file, one update a line"))?;
        let file = if file.starts_with(SAMPLE) {
            file.clone()
        } else {
            let path = source.folder().join(file);
            path.to_str().ok_or_else(|| source.invalid("feed.file", "its path is no UTF-8"))?.to_owned()
        };
        let timing = timing(feed, source)?;
        let lines = self.lines(file, timing).map_err(|fault| unread(&fault, source))?;
        let repeat = feed.repeat.unwrap_or(false);
        let described = lines.describe(repeat, bounds.feed_ns, bounds.counted);
        let (replay, longest) = described.map_err(|fault| source.invalid_among(&LASTS, fault.to_string()))?;
        let kept = lines.kept(&replay, bounds.retention_ns).saturating_mul(2);
        if kept > bounds.ring {
            let message = format!(
                "{} MiB of updates are kept for those who resume, with their frames; {} MiB are allowed: a lower \
                 `speed` or `rate`",
                kept >> 20,
                bounds.ring >> 20
            );
            return Err(source.invalid_among(&["feed.file", "feed.speed", "feed.rate"], message));
        }
        Ok((Schedule::Replay(replay), longest))
    }

    fn lines(&self, file: String, timing: Timing) -> Result<Rc<Lines>, replay::Invalid> {
        let mut read = self.read.borrow_mut();
        if let Some((.., lines)) = read.iter().find(|known| known.0 == file && known.1 == timing) {
            return Ok(Rc::clone(lines));
        }
        let lines = Rc::new(Lines::read(&file, &timing)?);
        read.push((file, timing, Rc::clone(&lines)));
        Ok(lines)
    }
}

/// What decides whether a file lasts as long as the feed.
const LASTS: [&str; 6] = ["feed.file", "feed.speed", "feed.rate", "phases.steady", "phases.warmup", "feed.repeat"];

/// A file that does not suit the keys that say how to read it is its own fault as much as theirs.
fn unread(fault: &replay::Invalid, source: &Source<'_>) -> Invalid {
    let key = format!("feed.{}", fault.key);
    let among = [&*key, "feed.file", "feed.timestamp", "feed.timestamp-unit"];
    let among = if fault.key == "file" { &among[..1] } else { &among };
    source.invalid_among(among, fault.to_string())
}

fn timing(feed: &Feed, source: &Source<'_>) -> Result<Timing, Invalid> {
    match (&feed.timestamp, feed.rate) {
        (Some(_), Some(_)) => {
            Err(source
                .invalid("feed.rate", "either `timestamp`, which says when each line is due, or `rate`, not both"))
        }
        (None, None) => Err(source.invalid(
            "feed.timestamp",
            "when are the lines due? give `timestamp`, the name of a field, or `rate`, lines per second",
        )),
        (None, Some(rate)) => {
            source.demand(feed.timestamp_unit.is_none(), "feed.timestamp-unit", || "belongs to `timestamp`".into())?;
            source.demand(feed.speed.is_none(), "feed.speed", || {
                "belongs to `timestamp`; evenly spaced lines go faster with a higher `rate`".into()
            })?;
            demand_rate(rate, source)?;
            Ok(Timing::Rate { rate })
        }
        (Some(field), None) => {
            let speed = feed.speed.unwrap_or(1.0);
            source.demand(!field.is_empty(), "feed.timestamp", || "the name of a field".into())?;
            source.demand(SPEED.contains(&speed), "feed.speed", || {
                format!("{speed}: how many times as fast as recorded, 0.000001 to 1,000,000")
            })?;
            Ok(Timing::Timestamp { field: field.clone(), unit: feed.timestamp_unit, speed })
        }
    }
}
