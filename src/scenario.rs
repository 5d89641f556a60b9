//! Scenarios: a question in prose and the work that answers it, from TOML to checked trials.
//!
//! `file` is the file's shape, `source` knows where everything stands in it, `sweep` what it expands to. A point of the
//! sweep, and the command line, set keys before the file is read as a whole, so that there is one way in.

mod claim;
mod feed;
mod file;
mod headers;
mod link;
pub mod schema;
pub mod shipped;
mod source;
mod sweep;

use crate::claim::Claim;
use crate::clock::{MILLISECOND, Nanos, SECOND};
use crate::human;
use crate::kind::{self, Carrier, Compression, Persistence, Profile, Transport};
use crate::link::{Link, Wanted};
use crate::preset::Preset;
use crate::schedule::Schedule;
use crate::theory;
use crate::trial::{Credentials, Fault, FeedPlan, IDLE_NS, Polling, SETTLE_NS, Sockets, Trial, Windows};
use crate::wire::tls::{Identity, Unusable};
use feed::{Bounds, Shelf};
use file::File;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::Deserialize;
pub use source::Invalid;
use source::Source;
use std::path::Path;
use std::time::Duration;
use sweep::{Point, Sweep};
use toml::{Table, Value};

/// What a trial takes beyond its phases: two processes, connecting, closing.
const AROUND: Nanos = 150 * MILLISECOND;
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
/// Trials a scenario may hold.
const MOST_TRIALS: usize = 10_000;

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
    /// What every block holds, and behind that what only the first one does.
    pub trials: Vec<Trial>,
    /// How many of the last `trials` are made in the first block only.
    pub beside: usize,
    /// What its figures are set beside.
    pub claim: Option<Claim>,
}

/// Values from the command line, in place of the file's.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // named as the flags
pub struct Overrides {
    pub duration_ns: Option<Nanos>,
    pub warmup_ns: Option<Nanos>,
    pub clients: Option<u32>,
    pub rate: Option<f64>,
    pub payload: Option<usize>,
    pub repeats: Option<u32>,
    pub seed: Option<u64>,
    pub transports: Option<Vec<Transport>>,
    pub profile: Option<Profile>,
    pub cookie: Option<usize>,
    pub carriers: Option<Vec<Carrier>>,
    pub clients_per_connection: Option<u32>,
    pub rtt_ns: Option<Nanos>,
    pub preset: Option<Preset>,
    pub link: Option<Wanted>,
    /// Whether this machine forwards packets; asked where a link's level is `auto`.
    pub packets: Option<fn() -> bool>,
}

/// What a preset of the command line stands in place of; what emulates the link is not a preset's affair.
const PRESET: [&str; 7] =
    ["link.preset", "link.rtt", "link.jitter", "link.bandwidth", "link.shared", "link.loss", "link.queue"];

impl Overrides {
    /// The keys they set, their values, and the flags they come from.
    fn keys(&self) -> Vec<(&'static str, Value, &'static str)> {
        let number = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
        let time = |ns: Nanos| Value::String(format!("{ns}ns"));
        let transports = |list: &Vec<Transport>| Value::Array(list.iter().map(|t| t.name().into()).collect());
        let carriers = |list: &Vec<Carrier>| Value::Array(list.iter().map(|c| c.name().into()).collect());
        let keys = [
            ("phases.steady", self.duration_ns.map(time), "--duration"),
            ("phases.warmup", self.warmup_ns.map(time), "--warmup"),
            ("clients", self.clients.map(|n| number(n.into())), "--clients"),
            ("feed.rate", self.rate.map(Value::Float), "--rate"),
            ("feed.payload", self.payload.map(|octets| number(octets as u64)), "--payload"),
            ("repeats", self.repeats.map(|n| number(n.into())), "--repeats"),
            ("seed", self.seed.map(number), "--seed"),
            ("transports", self.transports.as_ref().map(transports), "--transport"),
            ("carriers", self.carriers.as_ref().map(carriers), "--carrier"),
            (
                "clients-per-connection",
                self.clients_per_connection.map(|n| number(n.into())),
                "--clients-per-connection",
            ),
            ("headers.profile", self.profile.map(|profile| profile.name().into()), "--headers"),
            ("headers.cookie", self.cookie.map(|octets| number(octets as u64)), "--cookie"),
            ("link.preset", self.preset.map(|preset| preset.name().into()), "--preset"),
            ("link.rtt", self.rtt_ns.map(time), "--rtt"),
            ("link.level", self.link.map(|wanted| wanted.name().into()), "--link"),
        ];
        keys.into_iter().filter_map(|(key, value, flag)| Some((key, value?, flag))).collect()
    }
}

impl Scenario {
    /// Reads and checks `text`, the contents of the file `path`.
    ///
    /// # Errors
    /// [`Invalid`]: the first thing that is wrong.
    pub fn parse(path: &Path, text: &str, overrides: &Overrides) -> Result<Scenario, Invalid> {
        let mut source = Source::new(path, text)?;
        source.packets = overrides.packets;
        let mut table: Table = toml::from_str(text).map_err(|error| source.unreadable(&error))?;
        // the file as it stands first: serde knows the line of whatever it does not like
        toml::from_str::<File>(text).map_err(|error| source.unreadable(&error))?;
        let (preset, overrides) = (overrides.preset, overrides.keys());
        if preset.is_some() {
            PRESET.iter().for_each(|key| sweep::unset(&mut table, key));
        }
        for (key, value, flag) in &overrides {
            sweep::set(&mut table, key, value.clone());
            source.blame_flag(key, flag);
        }
        let mut fixed: Vec<_> = overrides.iter().map(|(key, ..)| *key).collect();
        fixed.extend(PRESET.iter().filter(|_| preset.is_some()));
        let sweep = Sweep::take(&source, &mut table, &fixed)?;
        let beside = sweep::beside(&source, &mut table, &fixed)?;
        let whole = read(&source, &table)?;
        let (shelf, mut trials) = (Shelf::default(), Vec::new());
        let transports: Vec<Transport> = whole.transports.iter().map(|named| named.0).collect();
        let carriers: Vec<Carrier> = whole.carriers.iter().map(|named| named.0).collect();
        refuse_twice(&source, "transports", &transports)?;
        refuse_twice(&source, "carriers", &carriers)?;
        source.demand(!carriers.is_empty(), "carriers", || "at least one carrier".into())?;
        let rides = rides(&source, &transports, &carriers)?;
        refuse_idle(&source, &sweep, &rides, &fixed, whole.clients_per_connection)?;
        refuse_uncompressed(&source, &sweep, whole.compression, &transports, &fixed)?;
        let streams = transports.iter().any(|transport| !transport.asks_each_time());
        source.demand(whole.coalesce.0 == 0 || streams || fixed.contains(&"transports"), "coalesce", || {
            "polls gather by themselves: it concerns sse, websocket and raw-tcp".into()
        })?;
        for &(transport, carrier) in &rides {
            // counted before they are made: a few lists combine to more than memory holds
            let all = sweep.count(transport, carrier).saturating_add(trials.len());
            source.demand(all <= MOST_TRIALS, "sweep", || format!("more than {MOST_TRIALS} trials"))?;
            for point in sweep.points(transport, carrier) {
                trials.push(trial_at(&source, &table, &shelf, (transport, carrier), point)?);
            }
        }
        let every_block = trials.len();
        if !beside.is_empty() {
            source.demand(sweep.is_none(), "beside", || {
                "what is swept has no trial of its own beside it: put its value among the swept".into()
            })?;
            let concerned = |&&(transport, carrier): &&(Transport, Carrier)| {
                beside.iter().any(|(key, ..)| sweep::concerns(key, transport, carrier))
            };
            for &ride in rides.iter().filter(concerned) {
                trials.push(trial_at(&source, &table, &shelf, ride, beside.clone())?);
            }
        }
        let beside = trials.len() - every_block;
        // one of them keeps updates for longer where clients fall behind; then all do, so that it tells nobody apart
        let longest = trials.iter().map(|trial| trial.feed.retention_ns).max().unwrap_or_default();
        trials.iter_mut().for_each(|trial| trial.feed.retention_ns = longest);
        source.demand(!trials.is_empty(), "transports", || "at least one transport".into())?;
        source.demand(whole.repeats > 0, "repeats", || "at least one block".into())?;
        let question = whole.question.trim().to_owned();
        source
            .demand(!question.is_empty(), "question", || "the question that this scenario answers, in prose".into())?;
        let (repeats, seed) = (whole.repeats, whole.seed);
        source.demand(!question.chars().any(|c| c.is_control() && !c.is_whitespace()), "question", || {
            "it is shown at a terminal: no control characters".into()
        })?;
        let claim = whole.claim.as_ref().map(|claim| claim::read(claim, &source, &trials, &fixed)).transpose()?;
        Ok(Scenario { name: name_of(path), question, text: text.to_owned(), repeats, seed, trials, beside, claim })
    }

    /// The trials of block `block` (from 1), in the order in which they are made: all with the same feed.
    #[must_use]
    pub fn block(&self, block: u32) -> Vec<Trial> {
        let seed = self.seed.wrapping_add(u64::from(block));
        let mut trials = self.trials.clone();
        trials.truncate(self.trials.len() - if block > 1 { self.beside } else { 0 });
        for trial in &mut trials {
            trial.feed.seed = seed;
        }
        trials.shuffle(&mut Pcg64::seed_from_u64(seed));
        trials
    }

    /// How many trials all blocks hold.
    #[must_use]
    pub fn planned_trials(&self) -> u32 {
        let count = |trials: usize| u32::try_from(trials).unwrap_or(u32::MAX);
        let every_block = count(self.trials.len() - self.beside).saturating_mul(self.repeats);
        every_block.saturating_add(count(self.beside))
    }

    /// How long all of it is planned to take, in nanoseconds.
    #[must_use]
    pub fn planned_ns(&self) -> Nanos {
        let of = |trials: &[Trial]| trials.iter().map(planned_trial_ns).fold(0, Nanos::saturating_add);
        let (every_block, beside) = self.trials.split_at(self.trials.len() - self.beside);
        of(every_block).saturating_mul(u64::from(self.repeats)).saturating_add(of(beside))
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

fn read(source: &Source<'_>, table: &Table) -> Result<File, Invalid> {
    File::deserialize(Value::Table(table.clone())).map_err(|error| source.unreadable(&error))
}

fn refuse_twice<T: PartialEq + std::fmt::Display>(source: &Source<'_>, key: &str, list: &[T]) -> Result<(), Invalid> {
    for (index, item) in list.iter().enumerate() {
        source.demand(!list[..index].contains(item), key, || {
            format!("`{item}` stands there twice: a trial is repeated by `repeats`")
        })?;
    }
    Ok(())
}

/// Which transport rides on which carriers. What does not combine is left out where a transport has another carrier of
/// the list, and refused where it has none.
fn rides(
    source: &Source<'_>,
    transports: &[Transport],
    carriers: &[Carrier],
) -> Result<Vec<(Transport, Carrier)>, Invalid> {
    let mut rides = Vec::new();
    for &transport in transports {
        let can = |carrier: &&Carrier| kind::rides(transport, **carrier).is_ok();
        let before = rides.len();
        rides.extend(carriers.iter().filter(can).map(|&carrier| (transport, carrier)));
        if let Some(Err(reason)) =
            carriers.first().filter(|_| rides.len() == before).map(|&carrier| kind::rides(transport, carrier))
        {
            return Err(
                source.invalid("carriers", format!("{reason}: leave {transport} out of `transports`, or add `h1`"))
            );
        }
    }
    Ok(rides)
}

/// Refuses what would change nothing because no trial asks for it: values of a sweep, and flags for heads. With
/// `--transport` or `--carrier` the file is not to blame for what is left of it.
fn refuse_idle(
    source: &Source<'_>,
    sweep: &Sweep,
    rides: &[(Transport, Carrier)],
    fixed: &[&str],
    clients_per_connection: u32,
) -> Result<(), Invalid> {
    if rides.is_empty() {
        return Ok(());
    }
    let idle = sweep.idle(rides).filter(|key| *key != "compression");
    if let Some(key) = idle.filter(|_| !fixed.contains(&"transports") && !fixed.contains(&"carriers")) {
        return Err(source.invalid(&format!("sweep.{key}"), "nothing in this scenario depends on it"));
    }
    let shares = rides.iter().any(|(_, carrier)| carrier.is_h2());
    source.demand(clients_per_connection <= 1 || shares, "clients-per-connection", || {
        "a connection of HTTP/1.1 carries one answer at a time: only on `h2` and `h2+tls` can clients share one".into()
    })?;
    let heads = fixed.iter().find(|key| key.starts_with("headers."));
    match heads.filter(|_| rides.iter().all(|&(transport, _)| transport == Transport::RawTcp)) {
        Some(key) => Err(source.invalid(key, "raw-tcp, the floor, keeps minimal heads without a cookie")),
        None => Ok(()),
    }
}

/// As [`refuse_idle`], of the compression that no transport has.
fn refuse_uncompressed(
    source: &Source<'_>,
    sweep: &Sweep,
    compression: Compression,
    transports: &[Transport],
    fixed: &[&str],
) -> Result<(), Invalid> {
    let key = match sweep.sweeps("compression") {
        true => "sweep.compression",
        false if compression == Compression::Gzip => "compression",
        false => return Ok(()),
    };
    match kind::compress(transports) {
        Err(reason) if !fixed.contains(&"transports") => Err(source.invalid(key, reason)),
        _ => Ok(()),
    }
}

fn trial_at(
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
        let (warmup_ns, steady_ns) = (file.phases.warmup.0, file.phases.steady.0);
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
        self.with_time_to_catch_up(trial)
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

#[cfg(test)]
mod tests;
