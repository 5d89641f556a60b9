//! Scenarios: a question in prose and the work that answers it, from TOML to checked trials.
//!
//! The file's shape is in [`file`], apart from what it becomes here.

use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::kind::{self, Answer, Carrier, Transport};
use crate::schedule::Schedule;
use crate::theory;
use crate::trial::{FeedPlan, Polling, Sockets, Trial, Windows};
use crate::update;
use file::{File, Overrides};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use raw::Kind;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub mod file;
mod raw;
pub mod shipped;

/// The default scenario.
pub const QUICK: &str = include_str!("../scenarios/00-quick.toml");
/// What a trial takes beyond its phases: two processes, connecting, closing.
const AROUND: Nanos = 150 * MILLISECOND;
/// Receipts a trial may log, of 16 octets each: memory for them is taken beforehand.
const MOST_RECEIPTS: u64 = 200_000_000;

/// A checked scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file's name without number and ending.
    pub name: String,
    /// The question it answers.
    pub question: String,
    /// The file, verbatim.
    pub text: String,
    /// How many blocks.
    pub repeats: u32,
    /// Fixes the feed, the phases and the order.
    pub seed: u64,
    /// What every block holds.
    pub trials: Vec<Trial>,
}

/// What is wrong with a scenario, and where.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Invalid {
    /// `file:line: key`, or the flag.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Scenario {
    /// Reads and checks `text`, the contents of the file `path`.
    ///
    /// # Errors
    /// [`Invalid`]: the first thing that is wrong.
    pub fn parse(path: &Path, text: &str, overrides: &Overrides) -> Result<Scenario, Invalid> {
        let source = Source { path, text };
        let mut file: File = toml::from_str(text).map_err(|error| Invalid {
            place: source.place(error.span().unwrap_or_default(), None),
            message: error.message().trim().replace('\n', ": "),
        })?;
        file.apply(overrides);
        source.check(file)
    }

    /// The trials of block `block` (from 1), in the order in which they are made: all with the same feed.
    #[must_use]
    pub fn block(&self, block: u32) -> Vec<Trial> {
        let seed = self.seed.wrapping_add(u64::from(block));
        let mut trials = self.trials.clone();
        for trial in &mut trials {
            trial.feed.seed = seed;
        }
        trials.shuffle(&mut Pcg64::seed_from_u64(seed));
        trials
    }

    /// How many trials all blocks hold.
    #[must_use]
    pub fn planned_trials(&self) -> u32 {
        u32::try_from(self.trials.len()).unwrap_or(u32::MAX).saturating_mul(self.repeats)
    }

    /// How long all of it is planned to take, in nanoseconds.
    #[must_use]
    pub fn planned_ns(&self) -> Nanos {
        let block: Nanos = self.trials.iter().map(planned_trial_ns).sum();
        block.saturating_mul(u64::from(self.repeats))
    }
}

/// How long a trial is planned to take, in nanoseconds.
#[must_use]
pub fn planned_trial_ns(trial: &Trial) -> Nanos {
    trial.windows.total_ns() + AROUND
}

/// The scenario's name: the file's, without the number in front and the ending.
#[must_use]
pub fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-');
    if name.is_empty() { stem.into_owned() } else { name.to_owned() }
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, span: Range<usize>, key: Option<&str>) -> String {
        let line = 1 + self.text.as_bytes().iter().take(span.start).filter(|&&byte| byte == b'\n').count();
        let key = key.map(|key| format!(": {key}")).unwrap_or_default();
        format!("{}:{line}{key}", PathBuf::from(self.path).display())
    }

    fn check(&self, file: File) -> Result<Scenario, Invalid> {
        let trials = file.transports.value.iter().map(|&transport| self.trial(&file, transport));
        let trials = trials.collect::<Result<Vec<_>, _>>()?;
        self.demand(!trials.is_empty(), &file.transports, || "at least one transport".into())?;
        self.demand(file.repeats.value > 0, &file.repeats, || "at least one block".into())?;
        Ok(Scenario {
            name: name_of(self.path),
            question: file.question.trim().to_owned(),
            text: self.text.to_owned(),
            repeats: file.repeats.value,
            seed: file.seed,
            trials,
        })
    }

    fn trial(&self, file: &File, transport: Transport) -> Result<Trial, Invalid> {
        let answer = match transport {
            Transport::Polling => file.polling.answer,
            Transport::LongPolling => file.long_polling.answer,
            _ => Answer::All,
        };
        let feed = self.feed(file)?;
        kind::combine(transport, answer, feed.encoding)
            .map_err(|message| self.invalid(&file.feed.encoding.at("feed.encoding"), message))?;
        self.demand(file.clients.value > 0, &file.clients, || "at least one client".into())?;
        let interval = &file.polling.interval;
        self.demand(interval.value >= MILLISECOND, interval, || "a poll period is at least 1ms".into())?;
        let polling = Polling { interval_ns: interval.value, pacing: file.polling.pacing };
        let steady = &file.phases.steady;
        self.demand(steady.value >= 100 * MILLISECOND, steady, || "steady lasts at least 100ms".into())?;
        let hours = |ns: Nanos| ns <= 24 * 3600 * SECOND;
        self.demand(hours(steady.value), steady, || "steady lasts at most 24h".into())?;
        self.demand(hours(file.phases.warmup.value), &file.phases.warmup, || "warm-up lasts at most 24h".into())?;
        self.demand(hours(interval.value), interval, || "a poll period is at most 24h".into())?;
        let drain_ns = theory::largest_latency(transport, polling, 0) + SECOND;
        let windows = Windows { warmup_ns: file.phases.warmup.value, steady_ns: steady.value, drain_ns };
        self.size(file, &feed, windows)?;
        Ok(Trial {
            transport,
            carrier: Carrier::H1,
            clients: file.clients.value,
            feed,
            polling,
            answer,
            hold_ns: file.long_polling.hold.value,
            windows,
            sockets: Sockets::default(),
        })
    }

    fn feed(&self, file: &File) -> Result<FeedPlan, Invalid> {
        let payload = &file.feed.payload;
        let fits = (update::MIN_LEN..=update::MAX_LEN).contains(&payload.value);
        self.demand(fits, payload, || {
            format!("{} B: an update is {} B to {} MiB", payload.value, update::MIN_LEN, update::MAX_LEN >> 20)
        })?;
        let hold = &file.long_polling.hold;
        self.demand((MILLISECOND..=120 * SECOND).contains(&hold.value), hold, || {
            "a poll is held for 1ms to 120s".into()
        })?;
        Ok(FeedPlan {
            schedule: self.schedule(file)?,
            payload: payload.value,
            encoding: file.feed.encoding.value,
            seed: file.seed,
            retention_ns: 5 * SECOND,
        })
    }

    fn schedule(&self, file: &File) -> Result<Schedule, Invalid> {
        let feed = &file.feed;
        let kind = feed.schedule.value;
        let wanted = |missing: &str| {
            self.invalid(&feed.schedule.at("feed.schedule"), format!("`{}` needs `{missing}`", kind.name()))
        };
        if kind == Kind::Bursts {
            let size = feed.size.as_ref().ok_or_else(|| wanted("size"))?;
            let gap = feed.gap.as_ref().ok_or_else(|| wanted("gap"))?;
            let every = feed.every.as_ref().ok_or_else(|| wanted("every"))?;
            if let Some(rate) = &feed.rate {
                return Err(self.invalid(&rate.at("feed.rate"), "bursts have `size` and `every`, no rate"));
            }
            self.demand(size.value > 0, size, || "at least one update a burst".into())?;
            let length = gap.value.checked_mul(u64::from(size.value.saturating_sub(1)));
            self.demand(length.is_some_and(|length| length < every.value), every, || {
                "a burst must end before the next begins: every > (size − 1) · gap".into()
            })?;
            return Ok(Schedule::Bursts { size: size.value, gap_ns: gap.value, every_ns: every.value });
        }
        for (set, name) in [(feed.size.is_some(), "size"), (feed.gap.is_some(), "gap"), (feed.every.is_some(), "every")]
        {
            if set {
                let message = format!("`{}` has a `rate`; `{name}` belongs to bursts", kind.name());
                return Err(self.invalid(&feed.schedule.at("feed.schedule"), message));
            }
        }
        let rate = feed.rate.as_ref().ok_or_else(|| wanted("rate"))?;
        let sane = rate.value.is_finite() && (1e-4..=1e6).contains(&rate.value);
        self.demand(sane, rate, || format!("{}: updates per second, 0.0001 to 1,000,000", rate.value))?;
        Ok(match kind {
            Kind::Poisson => Schedule::Poisson { rate: rate.value },
            _ => Schedule::Periodic { rate: rate.value },
        })
    }

    /// Refuses what would not fit into memory, before anything starts.
    fn size(&self, file: &File, feed: &FeedPlan, windows: Windows) -> Result<(), Invalid> {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a rough bound
        let updates = (feed.schedule.rate() * (windows.feed_ns() as f64 / SECOND as f64)) as u64;
        let receipts = updates.saturating_mul(u64::from(file.clients.value));
        self.demand(receipts <= MOST_RECEIPTS, &file.clients, || {
            format!(
                "{} clients × {updates} updates are {receipts} deliveries a trial; {MOST_RECEIPTS} fit: \
                 fewer clients, a lower rate or a shorter steady",
                file.clients.value
            )
        })
    }

    fn demand<T>(&self, holds: bool, value: &file::Value<T>, message: impl Fn() -> String) -> Result<(), Invalid> {
        if holds { Ok(()) } else { Err(self.invalid(&value.at(value.key), message())) }
    }

    fn invalid(&self, at: &file::At, message: impl Into<String>) -> Invalid {
        let place = match &at.flag {
            Some(flag) => (*flag).to_owned(),
            None => self.place(at.span.clone(), Some(at.key)),
        };
        Invalid { place, message: message.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Scenario, Invalid> {
        Scenario::parse(Path::new("scenarios/07-mine.toml"), text, &Overrides::default())
    }

    fn changed(from: &str, to: &str) -> String {
        assert!(QUICK.contains(from), "{from}");
        parse(&QUICK.replacen(from, to, 1)).expect_err(to).to_string()
    }

    #[test]
    fn the_default_fits_into_a_minute_and_half_of_it_is_steady() {
        let quick = Scenario::parse(Path::new("00-quick.toml"), QUICK, &Overrides::default()).expect("it is ours");
        assert_eq!((quick.name.as_str(), quick.trials.len()), ("quick", 5));
        let steady: Nanos = quick.trials.iter().map(|trial| trial.windows.steady_ns).sum::<Nanos>() * 3;
        assert!(quick.planned_ns() <= 60 * SECOND, "{}", quick.planned_ns());
        assert!(2 * steady >= quick.planned_ns());
    }

    #[test]
    fn a_block_is_every_trial_once_with_one_feed_in_an_order_of_its_own() {
        let quick = parse(QUICK).expect("it is ours");
        assert_eq!(quick.name, "mine");
        let names = |block| quick.block(block).iter().map(|trial| trial.transport).collect::<Vec<_>>();
        assert_eq!(names(1), names(1));
        assert!((2..9).any(|block| names(block) != names(1)));
        for block in 1..4 {
            let trials = quick.block(block);
            assert!(trials.iter().all(|trial| trial.feed.seed == trials[0].feed.seed));
            let mut sorted = names(block);
            sorted.sort();
            assert_eq!(sorted, Transport::ALL);
        }
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        let line = |needle: &str| 1 + QUICK[..QUICK.find(needle).expect("there")].matches('\n').count();
        for (from, to, key, says) in [
            ("clients = 200", "clients = 0", "clients = 200", "clients: at least one client"),
            ("clients = 200", "clinets = 100", "clients = 200", "unknown field `clinets`"),
            ("rate = 25 ", "rate = 0 ", "rate = 25", "feed.rate: 0: updates per second"),
            ("payload = \"100 B\"", "payload = 19", "payload", "feed.payload: 19 B: an update is 20 B"),
            ("payload = \"100 B\"", "payload = \"big\"", "payload", "`big`: a size such as `100 B` or `4KiB`"),
            ("\"2100ms\"", "\"2100\"", "steady", "`2100`: a duration with its unit such as `250ms`"),
            ("\"poisson\"", "\"bursts\"", "schedule", "feed.schedule: `bursts` needs `size`"),
            ("\"sse\"", "\"sses\"", "transports", "no transport `sses`"),
            ("hold = \"30s\"", "hold = \"3m\"", "hold = \"30s\"", "long-polling.hold: a poll is held for 1ms to 120s"),
            ("clients = 200", "clients = 4000000000", "clients = 200", "deliveries a trial"),
        ] {
            let error = changed(from, to);
            assert!(error.starts_with(&format!("scenarios/07-mine.toml:{}: ", line(key))), "{to}: {error}");
            assert!(error.contains(says), "{to}: {error}");
        }
    }

    #[test]
    fn the_command_line_overrides_and_is_blamed() {
        let overrides = Overrides { clients: Some(0), ..Overrides::default() };
        let error = Scenario::parse(Path::new("x.toml"), QUICK, &overrides).expect_err("no clients").to_string();
        assert_eq!(error, "--clients: at least one client");
        let overrides = Overrides {
            rate: Some(7.0),
            transports: Some(vec![Transport::Sse]),
            duration_ns: Some(5 * SECOND),
            ..Overrides::default()
        };
        let scenario = Scenario::parse(Path::new("x.toml"), QUICK, &overrides).expect("valid");
        assert_eq!(scenario.trials.len(), 1);
        assert_eq!(scenario.trials[0].feed.schedule, Schedule::Poisson { rate: 7.0 });
        assert_eq!(scenario.trials[0].windows.steady_ns, 5 * SECOND);
    }
}
