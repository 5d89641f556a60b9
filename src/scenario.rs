//! Scenarios: a question in prose and the work that answers it, from TOML to checked trials.
//!
//! `file` is the file's shape, `source` knows where everything stands in it, `sweep` what it expands to. A point of the
//! sweep, and the command line, set keys before the file is read as a whole, so that there is one way in: `resolve`, which
//! makes a trial of it.

mod claim;
mod feed;
mod file;
mod headers;
mod link;
pub mod repeats;
mod resolve;
pub mod schema;
pub mod shipped;
mod source;
mod sweep;
mod thresholds;
mod value;
pub mod warmup;

use crate::claim::Claim;
use crate::clock::{MILLISECOND, Nanos};
use crate::human::in_percent;
use crate::kind::{self, Carrier, Compression, Profile, Transport};
use crate::link::Wanted;
use crate::pilot;
use crate::preset::Preset;
use crate::threshold::Threshold;
use crate::trial::Trial;
use feed::Shelf;
use file::File;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
pub use repeats::Repeats;
use resolve::{read, trial_at};
pub use source::Invalid;
use source::Source;
use std::path::Path;
use sweep::Sweep;
use toml::{Table, Value};
pub use warmup::Warmup;

/// What a trial takes beyond its phases: two processes, connecting, closing.
const AROUND: Nanos = 150 * MILLISECOND;
/// What a run takes before its first trial: the null row and the known delay, with their processes.
pub const CALIBRATION: Nanos = 1_650 * MILLISECOND;
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
    /// How many blocks; with `precision` the most that are made.
    pub repeats: u32,
    /// How narrow intervals have to be for no more blocks to be made: half their width, as a share of the figure. `None`: it
    /// does not matter.
    pub precision: Option<f64>,
    /// Fixes the feed, the phases and the order.
    pub seed: u64,
    /// What every block holds, and behind that what only the first one does.
    pub trials: Vec<Trial>,
    /// Whether pilot trials say how long the warm-up is; that of `trials` then is the longest it may be.
    pub settles: bool,
    /// How many of the last `trials` are made in the first block only.
    pub beside: usize,
    /// What its figures are set beside.
    pub claim: Option<Claim>,
    /// What its figures are held to.
    pub thresholds: Vec<Threshold>,
}

/// Values from the command line, in place of the file's.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)] // named as the flags
pub struct Overrides {
    pub duration_ns: Option<Nanos>,
    pub warmup: Option<Warmup>,
    pub clients: Option<u32>,
    pub rate: Option<f64>,
    pub payload: Option<usize>,
    pub repeats: Option<Repeats>,
    pub precision: Option<f64>,
    pub seed: Option<u64>,
    pub transports: Option<Vec<Transport>>,
    pub profile: Option<Profile>,
    pub cookie: Option<usize>,
    pub carriers: Option<Vec<Carrier>>,
    pub clients_per_connection: Option<u32>,
    pub rtt_ns: Option<Nanos>,
    pub preset: Option<Preset>,
    pub link: Option<Wanted>,
    /// Beside the file's own.
    pub thresholds: Vec<Threshold>,
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
        let repeats = |repeats: Repeats| match repeats {
            Repeats::Count(count) => number(count.into()),
            Repeats::Auto => Value::String("auto".into()),
        };
        let time = |ns: Nanos| Value::String(format!("{ns}ns"));
        let transports = |list: &Vec<Transport>| Value::Array(list.iter().map(|t| t.name().into()).collect());
        let carriers = |list: &Vec<Carrier>| Value::Array(list.iter().map(|c| c.name().into()).collect());
        let keys = [
            ("phases.steady", self.duration_ns.map(time), "--duration"),
            ("phases.warmup", self.warmup.map(|warmup| Value::String(warmup.to_string())), "--warmup"),
            ("clients", self.clients.map(|n| number(n.into())), "--clients"),
            ("feed.rate", self.rate.map(Value::Float), "--rate"),
            ("feed.payload", self.payload.map(|octets| number(octets as u64)), "--payload"),
            ("repeats", self.repeats.map(repeats), "--repeats"),
            ("precision", self.precision.map(|share| Value::String(format!("{}%", in_percent(share)))), "--precision"),
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
        if let (Some(Repeats::Count(_)), None) = (overrides.repeats, overrides.precision) {
            sweep::unset(&mut table, "precision"); // what is counted needs none
        }
        let (preset, held, overrides) = (overrides.preset, &overrides.thresholds, overrides.keys());
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
                refuse_found(&source, &point, whole.phases.warmup)?;
                trials.push(trial_at(&source, &table, &shelf, (transport, carrier), point)?);
            }
        }
        let every_block = trials.len();
        if !beside.is_empty() {
            refuse_found(&source, &beside, whole.phases.warmup)?;
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
        let settles = whole.phases.warmup == Warmup::Auto;
        if settles {
            let warmup_ns = pilot::longest_ns(trials.iter());
            trials.iter_mut().for_each(|trial| trial.windows.warmup_ns = warmup_ns);
        }
        source.demand(!trials.is_empty(), "transports", || "at least one transport".into())?;
        let (repeats, precision) = match whole.repeats {
            Repeats::Count(count) => (count, None),
            Repeats::Auto => (repeats::MOST, Some(whole.precision.map_or(repeats::USUAL, |precision| precision.0))),
        };
        source.demand(whole.precision.is_none() || precision.is_some(), "precision", || {
            "it says when there are blocks enough: it takes `repeats = \"auto\"`".into()
        })?;
        source.demand(repeats > 0, "repeats", || "at least one block".into())?;
        let question = whole.question.trim().to_owned();
        source
            .demand(!question.is_empty(), "question", || "the question that this scenario answers, in prose".into())?;
        let seed = whole.seed;
        source.demand(!question.chars().any(|c| c.is_control() && !c.is_whitespace()), "question", || {
            "it is shown at a terminal: no control characters".into()
        })?;
        let claim = whole.claim.as_ref().map(|claim| claim::read(claim, &source, &trials, &fixed)).transpose()?;
        let thresholds = thresholds::read(&source, &whole.thresholds, held, &trials, &fixed)?;
        let (name, text) = (name_of(path), text.to_owned());
        Ok(Scenario { name, question, text, repeats, precision, seed, trials, settles, beside, claim, thresholds })
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

    /// The same, whose trials have this warm-up, as pilot trials found it.
    #[must_use]
    pub fn with_warmup(&self, warmup_ns: Nanos) -> Scenario {
        let mut scenario = Scenario { settles: false, ..self.clone() };
        scenario.trials.iter_mut().for_each(|trial| trial.windows.warmup_ns = warmup_ns);
        scenario
    }

    /// How long its pilot trials are planned to take, in nanoseconds; 0: it needs none.
    #[must_use]
    pub fn pilots_ns(&self) -> Nanos {
        let planned = |trial: &Trial| planned_trial_ns(&pilot::of(trial));
        if self.settles { self.trials.iter().map(planned).fold(0, Nanos::saturating_add) } else { 0 }
    }

    /// How many trials all blocks hold.
    #[must_use]
    pub fn planned_trials(&self) -> u32 {
        let count = |trials: usize| u32::try_from(trials).unwrap_or(u32::MAX);
        let every_block = count(self.trials.len() - self.beside).saturating_mul(self.repeats);
        every_block.saturating_add(count(self.beside))
    }

    /// How long all of it is planned to take, calibration and pilots before it included, in nanoseconds; with `precision`, if
    /// all blocks are needed, and where pilots say how long the warm-up is, with the longest.
    #[must_use]
    pub fn planned_ns(&self) -> Nanos {
        self.blocks_ns(self.repeats)
    }

    /// How long it takes at the least, in nanoseconds.
    #[must_use]
    pub fn least_ns(&self) -> Nanos {
        self.blocks_ns(if self.precision.is_some() { repeats::LEAST } else { self.repeats })
    }

    fn blocks_ns(&self, blocks: u32) -> Nanos {
        let of = |trials: &[Trial]| trials.iter().map(planned_trial_ns).fold(0, Nanos::saturating_add);
        let (every_block, beside) = self.trials.split_at(self.trials.len() - self.beside);
        let trials = of(every_block).saturating_mul(u64::from(blocks)).saturating_add(of(beside));
        trials.saturating_add(CALIBRATION).saturating_add(self.pilots_ns())
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

fn refuse_twice<T: PartialEq + std::fmt::Display>(source: &Source<'_>, key: &str, list: &[T]) -> Result<(), Invalid> {
    for (index, item) in list.iter().enumerate() {
        source.demand(!list[..index].contains(item), key, || {
            format!("`{item}` stands there twice: a trial is repeated by `repeats`")
        })?;
    }
    Ok(())
}

/// Refuses a point that has a warm-up of its own where it is found, or that is to be found for it alone.
fn refuse_found(source: &Source<'_>, point: &sweep::Point, warmup: Warmup) -> Result<(), Invalid> {
    for (_, value, at) in point.iter().filter(|(key, ..)| key == "phases.warmup") {
        source.demand(warmup != Warmup::Auto && value.as_str() != Some("auto"), at, || {
            "with \"auto\" all trials have one warm-up, which pilot trials find: it stands in `[phases]` alone".into()
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

#[cfg(test)]
mod tests;
