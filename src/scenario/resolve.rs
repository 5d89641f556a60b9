//! One point of a scenario, made a trial: read as a whole, checked, and given its drain.

use super::feed::{self, Bounds, Shelf};
use super::file::{self, File};
use super::headers;
use super::link;
use super::source::{Invalid, Source};
use super::sweep::{self, Point};
use super::warmup::Warmup;
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::human;
use crate::kind::{self, Carrier, Compression, Persistence, Transport};
use crate::link::Link;
use crate::pilot;
use crate::schedule::Schedule;
use crate::theory;
use crate::trial::{Credentials, Fault, FeedPlan, IDLE_NS, Polling, SETTLE_NS, Sockets, Trial, Windows};
use crate::wire::tls::{Identity, Unusable};
use serde::Deserialize;
use std::time::Duration;
use toml::{Table, Value};

/// Receipts a trial may log, of 16 octets each: memory for them is taken beforehand.
const MOST_RECEIPTS: u64 = 200_000_000;
/// Connections a trial may make, one after the other: both sides keep the counts of each.
const MOST_CONNECTIONS: u64 = 1_000_000;
/// Octets the server may keep of the feed.
const LARGEST_RING: u64 = 2 << 30;
/// What clients that are answered with one update at a time may need after the feed's end.
const LONGEST_CATCH_UP: Nanos = 60 * SECOND;
/// How long a stream may gather updates.
const MOST_GATHERED: Nanos = 10 * SECOND;

/// The file, keys put into it among its own.
pub(super) fn read(source: &Source<'_>, table: &Table) -> Result<File, Invalid> {
    File::deserialize(Value::Table(table.clone())).map_err(|error| source.unreadable(&error))
}

/// The trial of `ride` at `point`.
pub(super) fn trial_at(
    source: &Source<'_>,
    table: &Table,
    shelf: &Shelf,
    ride: (Transport, Carrier),
    point: Point,
) -> Result<Trial, Invalid> {
    let (mut source, mut table) = (source.clone(), table.clone());
    for (key, value, place) in point {
        let known = sweep::set(&mut table, &key, value);
        // a key at a time: what serde then does not like is this one
        if !known || File::deserialize(Value::Table(table.clone())).is_err() {
            let error = File::deserialize(Value::Table(table)).err().map(|error| error.message().to_owned());
            return Err(source.invalid(&place, error.unwrap_or_else(|| "is no key of a scenario".into())));
        }
        source.blame_key(&key, place);
    }
    Checked { file: read(&source, &table)?, source: &source, shelf }.trial(ride)
}

/// A file that is read and now checked.
struct Checked<'a> {
    file: File,
    source: &'a Source<'a>,
    shelf: &'a Shelf,
}

impl Checked<'_> {
    fn trial(&self, (transport, carrier): (Transport, Carrier)) -> Result<Trial, Invalid> {
        let Checked { file, source, .. } = self;
        let (answer, persistence, conditional) = match transport {
            Transport::Polling => (file.polling.answer, file.polling.connection, file.polling.conditional),
            Transport::LongPolling => {
                (file.long_polling.answer, file.long_polling.connection, file.long_polling.conditional)
            }
            Transport::Sse | Transport::Websocket | Transport::RawTcp => Default::default(),
        };
        let compression = if transport.has_content() { file.compression } else { Compression::None };
        kind::combine(transport, answer, file.feed.encoding)
            .map_err(|reason| source.invalid("feed.encoding", reason))?;
        kind::persists(carrier, persistence)
            .map_err(|reason| source.invalid(&format!("{transport}.connection"), reason))?;
        source.demand(file.clients > 0, "clients", || "at least one client".into())?;
        let sharing = file.clients_per_connection;
        source.demand((1..=file::MOST_SHARING).contains(&sharing), "clients-per-connection", || {
            format!("1 to {} clients share a connection", file::MOST_SHARING)
        })?;
        let polling = Polling { interval_ns: file.polling.interval.0, pacing: file.polling.pacing };
        let steady_ns = file.phases.steady.0;
        let warmup_ns = match file.phases.warmup {
            Warmup::Lasts(ns) => ns,
            Warmup::Auto => 0, // that of all is found
        };
        let coalesce_ns = if transport.asks_each_time() { 0 } else { file.coalesce.0 };
        let day = 24 * 3600 * SECOND;
        source.demand((MILLISECOND..=day).contains(&polling.interval_ns), "polling.interval", || {
            "a poll period is 1ms to 24h".into()
        })?;
        source.demand((100 * MILLISECOND..=day).contains(&steady_ns), "phases.steady", || {
            format!("steady lasts 100ms to 24h, not {}", human::span(steady_ns))
        })?;
        source.demand(coalesce_ns <= MOST_GATHERED, "coalesce", || {
            format!("updates are gathered for {} at most", human::span(MOST_GATHERED))
        })?;
        source.demand(warmup_ns <= day, "phases.warmup", || {
            format!("warm-up lasts at most 24h, not {}", human::span(warmup_ns))
        })?;
        let feed = self.feed(warmup_ns + steady_ns)?;
        self.publishes_in_steady(&feed, steady_ns)?;
        let link = link::read(&file.link, source)?;
        let d_ns = self.one_way_at_most(&link, &feed)?;
        // a new connection's handshake of TLS 1.3 is a round trip more (design: B = 6d)
        let largest_ns = theory::largest_latency(transport, polling, persistence, d_ns);
        let drain_ns = largest_ns + coalesce_ns + SETTLE_NS + IDLE_NS;
        let windows = Windows { warmup_ns, steady_ns, drain_ns };
        let updates = self.fits_into_memory(&feed, windows)?;
        if persistence == Persistence::Close {
            let answers = match transport {
                Transport::Polling => windows.total_ns() / polling.interval_ns,
                _ => updates,
            };
            self.connections_fit(transport, answers)?;
        }
        let trial = Trial {
            transport,
            carrier,
            clients: file.clients,
            feed,
            polling,
            answer,
            hold_ns: file.long_polling.hold.0,
            persistence,
            conditional,
            compression,
            coalesce_ns,
            headers: headers::read(&file.headers, source, transport, compression)?,
            clients_per_connection: if carrier.is_h2() { sharing.min(file.clients) } else { 1 },
            credentials: if carrier.has_tls() { self.credentials()? } else { None },
            link,
            windows,
            faults: self.faults(steady_ns)?,
            sockets: Sockets::default(),
        };
        if file.phases.warmup == Warmup::Auto {
            self.can_settle(&trial)?;
        }
        self.with_time_to_catch_up(trial)
    }

    /// Refuses a trial whose latency cannot settle, whose plan hangs on the warm-up, or whose pilot would not fit into memory.
    fn can_settle(&self, trial: &Trial) -> Result<(), Invalid> {
        let replays = matches!(trial.feed.schedule, Schedule::Replay(_));
        self.source.demand(!replays, "phases.warmup", || {
            "which lines of a replayed file count hangs on the warm-up: a time in place of \"auto\"".into()
        })?;
        let behind = theory::table::mean(trial).growth_ns.is_some();
        self.source.demand(!behind, "phases.warmup", || {
            "with one update an answer the clients fall behind with every update, and nothing settles: a time in place of \
             \"auto\", or another `answer`"
                .into()
        })?;
        let pilot = pilot::of(trial);
        let updates = self.fits_into_memory(&pilot.feed, pilot.windows)?;
        if pilot.persistence == Persistence::Close {
            let answers = match pilot.transport {
                Transport::Polling => pilot.windows.total_ns() / pilot.polling.interval_ns,
                _ => updates,
            };
            self.connections_fit(pilot.transport, answers)?;
        }
        Ok(())
    }

    /// Where clients fall behind with every update, all of it is kept for them, and the drain lasts until they are there.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
    fn with_time_to_catch_up(&self, mut trial: Trial) -> Result<Trial, Invalid> {
        let Some(growth_ns) = theory::table::mean(&trial).growth_ns else { return Ok(trial) };
        let updates = trial.feed.schedule.rate() * Duration::from_nanos(trial.windows.feed_ns()).as_secs_f64();
        let behind_ns = (growth_ns * updates) as Nanos;
        let key = format!("{}.answer", trial.transport);
        self.source.demand(behind_ns <= LONGEST_CATCH_UP, &key, || {
            format!("with one update an answer the clients fall {} behind: fewer updates", human::span(behind_ns))
        })?;
        trial.windows.drain_ns += behind_ns;
        trial.feed.retention_ns = trial.feed.retention_ns.max(behind_ns + SECOND);
        Ok(trial)
    }

    /// When the server is stopped: within steady, one after the other.
    fn faults(&self, steady_ns: Nanos) -> Result<Vec<Fault>, Invalid> {
        let mut free = 0;
        let faults = self.file.fault.iter().enumerate().map(|(index, fault)| {
            let (at_ns, freeze_ns) = (fault.at.0, fault.freeze.0);
            let key = format!("fault[{index}].at");
            self.source.demand(freeze_ns >= MILLISECOND, &format!("fault[{index}].freeze"), || {
                "the server is stopped for 1ms at least".into()
            })?;
            self.source.demand(at_ns >= free, &key, || "faults stand in order of time, and do not overlap".into())?;
            free = at_ns.saturating_add(freeze_ns);
            self.source.demand(free <= steady_ns, &key, || {
                format!("it ends {} after steady's beginning, steady {}", human::span(free), human::span(steady_ns))
            })?;
            Ok(Fault { at_ns, freeze_ns })
        });
        faults.collect()
    }

    /// The certificate's files, from where `run` is started; whether they can be used is tried.
    fn credentials(&self) -> Result<Option<Credentials>, Invalid> {
        let Some(tls) = &self.file.tls else { return Ok(None) };
        let beside = |file: &String| self.source.folder().join(file);
        let credentials = Credentials {
            certificate: beside(&tls.certificate),
            key: beside(&tls.key),
            root: tls.root.as_ref().map(beside),
            name: tls.name.clone(),
        };
        let unusable = |error: Unusable| self.source.invalid("tls", error.to_string());
        let identity = Identity::of(Some(&credentials)).map_err(unusable)?;
        identity.server(None).and_then(|_| identity.convinces(&tls.name)).map_err(unusable)?;
        Ok(Some(credentials))
    }

    fn feed(&self, feed_ns: Nanos) -> Result<FeedPlan, Invalid> {
        let Checked { file, source, shelf } = self;
        let hold_ns = file.long_polling.hold.0;
        source.demand((MILLISECOND..=120 * SECOND).contains(&hold_ns), "long-polling.hold", || {
            "a poll is held for 1ms to 120s".into()
        })?;
        let retention_ns = 5 * SECOND;
        // one more than fit into memory: then they do not
        let bounds = Bounds { feed_ns, retention_ns, counted: MOST_RECEIPTS + 1, ring: LARGEST_RING };
        let (schedule, payload) = feed::read(&file.feed, source, shelf, bounds)?;
        Ok(FeedPlan { schedule, payload, encoding: file.feed.encoding, seed: file.seed, retention_ns })
    }

    /// How long an update is on its way at most, with those that are due at the same moment.
    fn one_way_at_most(&self, link: &Link, feed: &FeedPlan) -> Result<Nanos, Invalid> {
        let updates = if let Schedule::Bursts { size, .. } = feed.schedule { u64::from(size) } else { 1 };
        let octets = updates.saturating_mul(feed.payload as u64);
        let d_ns = link.slowest_ns(octets, self.file.clients.into());
        self.source.demand(d_ns <= 60 * SECOND, "link.bandwidth", || {
            let (took, one) = (human::seconds(d_ns), if updates > 1 { "a burst" } else { "an update" });
            format!("{one} takes {took} over this link, more than 1m: a higher bandwidth or fewer clients")
        })?;
        Ok(d_ns)
    }

    /// Refuses a feed that is not expected to publish anything while it counts.
    fn publishes_in_steady(&self, feed: &FeedPlan, steady_ns: Nanos) -> Result<(), Invalid> {
        #[allow(clippy::cast_precision_loss)] // a rough bound
        let updates = feed.schedule.rate() * (steady_ns as f64 / SECOND as f64);
        // a product such as 0.1 · 10 may fall short of the whole number that it stands for
        if updates > 1.0 - 1e-9 {
            return Ok(());
        }
        let first = match feed.schedule {
            Schedule::Periodic { .. } | Schedule::Poisson { .. } => "feed.rate",
            Schedule::Bursts { .. } => "feed.every",
            Schedule::Replay(_) => "phases.steady",
        };
        let steady = human::span(steady_ns);
        Err(self.source.invalid_among(
            &[first, "phases.steady"],
            format!("{updates:.3} updates are due in a steady of {steady}: a higher rate or a longer steady"),
        ))
    }

    /// Refuses what would not fit into memory, before anything starts; gives the number of updates.
    fn fits_into_memory(&self, feed: &FeedPlan, windows: Windows) -> Result<u64, Invalid> {
        let clients = u64::from(self.file.clients);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a rough bound
        let mut updates = (feed.schedule.rate() * (windows.feed_ns() as f64 / SECOND as f64)) as u64;
        if let Schedule::Replay(replay) = &feed.schedule {
            updates = replay.updates;
        }
        let receipts = updates.saturating_mul(clients);
        // the ring, and the frames made of it; a burst is encoded whole before it is due
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // as above
        let kept = (feed.schedule.rate() * (feed.retention_ns as f64 / SECOND as f64)) as u64;
        let burst = if let Schedule::Bursts { size, .. } = feed.schedule { u64::from(size) } else { 1 };
        let ring = match feed.schedule {
            Schedule::Replay(_) => 0, // checked with its lines
            _ => kept.max(burst).saturating_mul(2 * feed.payload as u64),
        };
        self.source.demand(ring <= LARGEST_RING, "feed.payload", || {
            format!(
                "{} updates of {} B are kept for those who resume, {} MiB with their frames; {} MiB are allowed: \
                 a lower rate or a smaller payload",
                kept.max(burst),
                feed.payload,
                ring >> 20,
                LARGEST_RING >> 20
            )
        })?;
        self.source.demand(receipts <= MOST_RECEIPTS, "clients", || {
            format!(
                "{clients} clients × {updates} updates are {receipts} deliveries a trial; {MOST_RECEIPTS} fit: \
                 fewer clients, a lower rate or a shorter steady"
            )
        })?;
        Ok(updates)
    }

    /// Refuses more connections in a trial than both sides can keep the counts of.
    fn connections_fit(&self, transport: Transport, answers: u64) -> Result<(), Invalid> {
        let connections = answers.saturating_mul(u64::from(self.file.clients));
        self.source.demand(connections <= MOST_CONNECTIONS, &format!("{transport}.connection"), || {
            format!(
                "{connections} connections a trial, of which each is checked on both sides; {MOST_CONNECTIONS} fit: \
                 fewer clients, fewer answers or `keep-alive`"
            )
        })
    }
}
