//! The swept parameters: which aspects differ from row to row, which of them is the axis that the reader asked about,
//! and which only change in step with it.

use super::aspects::{self, Key, file_name};
use super::name::Name;
use super::number::{percent, plain, setting, size, whole};
use crate::human;
use crate::kind::{Pacing, Transport};
use crate::schedule::{Replay, Schedule, Timing};
use crate::trial::Trial;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// What differs among the rows of a record, the axis first.
pub(super) struct Sweep {
    /// What changes by itself: the first is the axis of the curves.
    pub(super) axes: Vec<Column>,
    /// What changes in step with an axis: that one's place, and what changes.
    followers: Vec<(usize, Column)>,
}

/// An aspect that differs, and so has a column of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    key: Key,
    /// `None`: it has no number, only words.
    quantity: Option<Quantity>,
}

/// An aspect that is a number, in the order in which it is preferred as an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quantity {
    /// Of the emulated network.
    Rtt,
    Jitter,
    Bandwidth,
    Loss,
    Rate,
    /// Of a replay: how many times as fast as recorded.
    Speed,
    Payload,
    /// Of polling; whether the period counts from the response.
    Interval(bool),
    Burst,
    Clients,
    /// Clients of an HTTP/2 connection.
    Sharing,
    Hold,
}

impl Sweep {
    /// What differs among these (normalised) trials, within any one transport.
    pub(super) fn of(trials: &[Trial]) -> Sweep {
        let mut keys: Vec<Key> = trials.iter().flat_map(aspects::aspects).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        // a row is always named with its carrier where there are several, even if no transport has two
        let carriers = |key| key == Key::Carrier && trials.iter().any(|trial| trial.carrier != trials[0].carrier);
        let varies = |key| Transport::ALL.iter().any(|&transport| varies(trials, key, transport));
        keys.retain(|&key| varies(key) || carriers(key));
        let mut columns: Vec<Column> =
            keys.into_iter().map(|key| Column { key, quantity: Quantity::of(key, trials) }).collect();
        columns.sort_by_key(|column| (column.quantity.is_none(), column.quantity, column.key));
        let mut sweep = Sweep { axes: Vec::new(), followers: Vec::new() };
        for column in columns {
            match sweep.axes.iter().position(|axis| in_step(trials, *axis, column)) {
                Some(axis) => sweep.followers.push((axis, column)),
                None => sweep.axes.push(column),
            }
        }
        sweep
    }

    /// The columns of a table: every axis, and what goes in step as far as it says what was done, not for how long.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        let told = self.followers.iter().map(|(_, column)| column).filter(|column| column.key < Key::Steady);
        self.axes.iter().chain(told)
    }

    /// What stands in these columns for a (normalised) trial; nothing where it means nothing to the transport.
    pub(super) fn cells(&self, trial: &Trial) -> Vec<String> {
        self.columns().map(|column| column.cell(trial).unwrap_or_default()).collect()
    }

    /// What each of these rows is called: by transport, and by what changes by itself.
    pub(super) fn names(&self, trials: &[Trial]) -> Vec<Name> {
        trials.iter().map(|trial| self.name(trial)).collect()
    }

    fn name(&self, trial: &Trial) -> Name {
        let transport = trial.transport.name();
        let points: Vec<String> = self.axes.iter().filter_map(|axis| axis.phrase(trial)).collect();
        let point = points.join(" · ");
        let label = match &self.axes[..] {
            _ if point.is_empty() => transport.into(),
            [axis] if axis.is_carrier() => format!("{transport} {point}"),
            _ => format!("{transport} · {point}"),
        };
        let label = if aspects::is_floor(trial.transport) { label + " (floor)" } else { label };
        Name { transport, point, label }
    }

    /// The order of two rows of one transport: along the axes.
    pub(super) fn order(&self, a: &Trial, b: &Trial) -> Ordering {
        let along = |axis: &Column| axis.number(a).unwrap_or(0.0).total_cmp(&axis.number(b).unwrap_or(0.0));
        self.axes.iter().map(along).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// What holds for every trial although its aspect differs: what is left of it without its number.
    pub(super) fn constants(&self, trials: &[Trial]) -> Vec<String> {
        let all = self.axes.iter().chain(self.followers.iter().map(|(_, column)| column));
        all.filter_map(|column| column.quantity?.constant(trials.first()?)).collect()
    }

    /// What changes in step with an axis, and how, in a sentence an axis.
    pub(super) fn in_step(&self, trials: &[Trial]) -> Vec<String> {
        let mut sentences = Vec::new();
        for (place, axis) in self.axes.iter().enumerate() {
            let followers = self.followers.iter().filter(|(master, _)| *master == place).map(|(_, column)| column);
            let changes: Vec<String> = followers
                .map(|column| format!("{} ({})", column.title(), column.along(axis, trials).join(" · ")))
                .collect();
            if !changes.is_empty() {
                let points = axis.values(trials).join(" · ");
                sentences.push(format!("With the {} ({points}) change: {}.", axis.title(), changes.join(", ")));
            }
        }
        sentences
    }

    /// How many clients there are at each point of the first axis, where that changes in step with it.
    pub(super) fn clients(&self, trials: &[Trial]) -> Option<Vec<String>> {
        let (_, column) = self.followers.iter().find(|(axis, column)| *axis == 0 && column.key == Key::Clients)?;
        Some(column.along(self.axes.first()?, trials))
    }
}

impl Column {
    /// What stands in it at each value of an axis that it is in step with.
    fn along(&self, axis: &Column, trials: &[Trial]) -> Vec<String> {
        let at = |point: &String| {
            let trial = trials.iter().find(|t| axis.cell(t).as_ref() == Some(point) && self.has(t));
            trial.and_then(|trial| self.cell(trial)).unwrap_or_default()
        };
        axis.values(trials).iter().map(at).collect()
    }

    /// Its heading.
    pub(super) fn title(&self) -> &'static str {
        match self.quantity {
            Some(Quantity::Rate) => "rate",
            Some(Quantity::Speed) => "speed",
            Some(Quantity::Interval(false)) => "poll every",
            Some(Quantity::Interval(true)) => "poll after",
            Some(Quantity::Burst) => "burst",
            _ => self.key.title(),
        }
    }

    /// What an axis of it is called.
    pub(super) fn axis(&self) -> &'static str {
        match self.quantity {
            Some(Quantity::Rtt) => "round trip",
            Some(Quantity::Jitter) => "jitter, at most",
            Some(Quantity::Loss) => "packets lost",
            Some(Quantity::Rate) => "updates per second",
            Some(Quantity::Speed) => "times as fast as recorded",
            Some(Quantity::Payload) => "size of an update",
            Some(Quantity::Interval(false)) => "polling: a poll every",
            Some(Quantity::Interval(true)) => "polling: a poll, after the response",
            Some(Quantity::Burst) => "updates in a burst",
            Some(Quantity::Hold) => "a long poll is held for",
            Some(Quantity::Sharing) => "clients a connection",
            _ => self.title(),
        }
    }

    /// Whether it has a number to put on an axis.
    pub(super) fn quantity(&self) -> Option<Quantity> {
        self.quantity
    }

    /// Whether it is what the transports ride on.
    pub(super) fn is_carrier(&self) -> bool {
        self.key == Key::Carrier
    }

    fn has(&self, trial: &Trial) -> bool {
        value(trial, self.key).is_some()
    }

    /// Its number; `None` also where it means nothing to the transport.
    pub(super) fn number(&self, trial: &Trial) -> Option<f64> {
        self.quantity.filter(|_| self.has(trial)).and_then(|quantity| quantity.number(trial))
    }

    /// Its value as it stands in its column, below its title.
    pub(super) fn cell(&self, trial: &Trial) -> Option<String> {
        let text = value(trial, self.key)?;
        if self.is_carrier() {
            return Some(trial.carrier.name().to_owned()); // `over` is a sentence's
        }
        if self.key == Key::Rtt && trial.link.is_none() {
            return Some(text);
        }
        let number = self.number(trial).zip(self.quantity).map(|(x, quantity)| quantity.show(x));
        let bare = text.strip_prefix(self.key.title()).map(|rest| rest.trim_start_matches([' ', '=']).to_owned());
        Some(number.or(bare).unwrap_or(text))
    }

    /// Its value as it stands by itself, in a sentence.
    pub(super) fn phrase(&self, trial: &Trial) -> Option<String> {
        let text = value(trial, self.key)?;
        let Some((x, quantity)) = self.number(trial).zip(self.quantity) else { return Some(text) };
        Some(match quantity {
            Quantity::Rate | Quantity::Speed => quantity.show(x),
            Quantity::Payload => format!("updates of {}", quantity.show(x)),
            Quantity::Burst => format!("bursts of {}", quantity.show(x)),
            Quantity::Interval(_) | Quantity::Clients | Quantity::Sharing | Quantity::Hold => text,
            Quantity::Rtt | Quantity::Jitter | Quantity::Bandwidth | Quantity::Loss => text,
        })
    }

    /// Its different values among these trials as they stand in its column: numbers from small to large, words as
    /// they come.
    pub(super) fn values(&self, trials: &[Trial]) -> Vec<String> {
        let mut found: Vec<(f64, String)> = Vec::new();
        for trial in trials {
            if let Some(cell) = self.cell(trial).filter(|cell| !found.iter().any(|(_, known)| known == cell)) {
                found.push((self.number(trial).unwrap_or(0.0), cell));
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found.into_iter().map(|(_, cell)| cell).collect()
    }
}

impl Quantity {
    /// The number that tells these trials' values of `key` apart; `None` where they differ otherwise.
    fn of(key: Key, trials: &[Trial]) -> Option<Quantity> {
        let all = |test: &dyn Fn(&Trial, &Trial) -> bool| trials.windows(2).all(|pair| test(&pair[0], &pair[1]));
        match key {
            Key::Clients => Some(Quantity::Clients),
            Key::Sharing => Some(Quantity::Sharing),
            Key::Rtt => Some(Quantity::Rtt),
            Key::Jitter => Some(Quantity::Jitter),
            Key::Loss => Some(Quantity::Loss),
            Key::Bandwidth => {
                all(&|a, b| a.link.shared == b.link.shared && a.link.bandwidth.is_some() && b.link.bandwidth.is_some())
                    .then_some(Quantity::Bandwidth)
            }
            // a replayed file's payload is its lines', whatever it says of the others
            Key::Payload => trials.iter().all(|t| kind(t) != Kind::Replay).then_some(Quantity::Payload),
            Key::Hold => Some(Quantity::Hold),
            Key::Polling => {
                let mut pacings = trials.iter().filter(|t| t.transport == Transport::Polling).map(|t| t.polling.pacing);
                let first = pacings.next()?;
                pacings.all(|pacing| pacing == first).then_some(Quantity::Interval(first == Pacing::AfterResponse))
            }
            Key::Schedule => match &trials.first()?.feed.schedule {
                Schedule::Bursts { .. } => all(&|a, b| burst_shape(a) == burst_shape(b)).then_some(Quantity::Burst),
                Schedule::Replay(first) => replay_quantity(first, trials),
                Schedule::Periodic { .. } | Schedule::Poisson { .. } => {
                    all(&|a, b| kind(a) == kind(b)).then_some(Quantity::Rate)
                }
            },
            _ => None,
        }
    }

    fn number(self, trial: &Trial) -> Option<f64> {
        match (self, &trial.feed.schedule) {
            (Quantity::Burst, Schedule::Bursts { size, .. }) => Some(f64::from(*size)),
            (Quantity::Burst, _) => None,
            (Quantity::Rate | Quantity::Speed, Schedule::Replay(replay)) => match replay.timing {
                Timing::Rate { rate } => Some(rate),
                Timing::Timestamp { speed, .. } => Some(speed),
            },
            (Quantity::Rate, schedule) => Some(schedule.rate()),
            (Quantity::Speed, _) => None,
            (Quantity::Payload, _) => Some(trial.feed.payload as f64),
            (Quantity::Interval(_), _) => Some(trial.polling.interval_ns as f64),
            (Quantity::Clients, _) => Some(f64::from(trial.clients)),
            (Quantity::Sharing, _) => Some(f64::from(trial.clients_per_connection)),
            (Quantity::Hold, _) => Some(trial.hold_ns as f64),
            (Quantity::Rtt, _) => Some(trial.link.rtt_ns as f64),
            (Quantity::Jitter, _) => Some(trial.link.jitter_ns as f64),
            (Quantity::Bandwidth, _) => trial.link.bandwidth.map(|bits| bits as f64),
            (Quantity::Loss, _) => Some(trial.link.loss),
        }
    }

    /// A value with its unit.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // they came from whole, positive numbers
    pub(super) fn show(self, x: f64) -> String {
        match self {
            Quantity::Rate => format!("{}/s", plain(x)),
            Quantity::Speed => format!("{}\u{a0}×", plain(x)),
            Quantity::Payload => size(x as u64),
            Quantity::Rtt | Quantity::Jitter | Quantity::Interval(_) | Quantity::Hold => setting(x as u64),
            Quantity::Bandwidth => human::bits_per_second(x as u64).replace(' ', "\u{a0}"),
            Quantity::Loss => percent(x),
            Quantity::Burst | Quantity::Clients | Quantity::Sharing => whole(x as u64),
        }
    }

    /// What all trials share of the aspect.
    fn constant(self, trial: &Trial) -> Option<String> {
        match (self, &trial.feed.schedule) {
            (Quantity::Rate, Schedule::Periodic { .. }) => Some("evenly spaced updates".into()),
            (Quantity::Rate, Schedule::Poisson { .. }) => Some("updates at random (Poisson)".into()),
            (Quantity::Rate | Quantity::Speed, Schedule::Replay(replay)) => {
                Some(format!("{} replayed", file_name(replay)))
            }
            (Quantity::Burst, Schedule::Bursts { gap_ns, every_ns, .. }) => {
                let gap = if *gap_ns == 0 { "at once".into() } else { format!("{} apart", setting(*gap_ns)) };
                Some(format!("bursts {gap} every {}", setting(*every_ns)))
            }
            _ => None,
        }
    }
}

/// The number that tells these replays apart: of one file, timed in one way, at more than one speed or rate.
fn replay_quantity(first: &Replay, trials: &[Trial]) -> Option<Quantity> {
    let quantity = match first.timing {
        Timing::Rate { .. } => Quantity::Rate,
        Timing::Timestamp { .. } => Quantity::Speed,
    };
    let way = |replay: &Replay| (replay.sha256.clone(), std::mem::discriminant(&replay.timing));
    let alike = trials.iter().all(|t| matches!(&t.feed.schedule, Schedule::Replay(other) if way(other) == way(first)));
    let pace = |trial: &Trial| quantity.number(trial).map(f64::to_bits);
    (alike && trials.windows(2).any(|pair| pace(&pair[0]) != pace(&pair[1]))).then_some(quantity)
}

/// The size apart, what a burst is like; `None` of other schedules.
fn burst_shape(trial: &Trial) -> Option<(u64, u64)> {
    match trial.feed.schedule {
        Schedule::Bursts { gap_ns, every_ns, .. } => Some((gap_ns, every_ns)),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Periodic,
    Poisson,
    Bursts,
    Replay,
}

fn kind(trial: &Trial) -> Kind {
    match trial.feed.schedule {
        Schedule::Periodic { .. } => Kind::Periodic,
        Schedule::Poisson { .. } => Kind::Poisson,
        Schedule::Bursts { .. } => Kind::Bursts,
        Schedule::Replay(_) => Kind::Replay,
    }
}

fn value(trial: &Trial, key: Key) -> Option<String> {
    aspects::aspects(trial).into_iter().find(|(other, _)| *other == key).map(|(_, text)| text)
}

fn varies(trials: &[Trial], key: Key, transport: Transport) -> bool {
    let own = trials.iter().filter(|t| t.transport == transport);
    // over HTTP/1 it means nothing, and that is what the carrier says
    let mut seen = own.map(|t| value(t, key)).filter(|value| key != Key::Sharing || value.is_some());
    let first = seen.next();
    seen.any(|value| Some(value) != first)
}

/// Whether `follower` has one value wherever `axis` has one, for each transport.
fn in_step(trials: &[Trial], axis: Column, follower: Column) -> bool {
    let mut known: BTreeMap<(Transport, Option<String>), Option<String>> = BTreeMap::new();
    trials.iter().all(|trial| {
        let found = value(trial, follower.key);
        known.entry((trial.transport, value(trial, axis.key))).or_insert_with(|| found.clone()) == &found
    })
}

#[cfg(test)]
mod tests;
