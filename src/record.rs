//! The record: what a run leaves on disk. Everything a report needs, nothing rendered.
//!
//! One file, `record.ndjson`, a JSON object a line, told apart by the key `line`:
//!
//! ```text
//! {"line":"header","format":2,"scenario":{…},"environment":{…},…}
//! {"line":"calibration","null":{…},"delay":{…},…}
//! {"line":"settling","warmup_ns":600000000,"pilots":[{…},…],…}
//! {"line":"trial","block":1,"order":1,"trial":{…},"outcome":{"measured":{…}}}
//! {"line":"trial","block":1,"order":2,"trial":{…},"outcome":{"error":{…}}}
//! {"line":"end","reason":"interrupted","trials":2}
//! {"line":"resumed","trials":2,"retried":1,"environment":{…},…}
//! {"line":"trial","block":1,"order":2,"trial":{…},"outcome":{"measured":{…}}}
//! {"line":"end","reason":"finished","trials":15}
//! ```
//!
//! It is only ever appended to, and every line is on the disk before the next trial starts. A last line without its
//! end is what a crash leaves: it is ignored, and cut off when the run is resumed. A trial that is made again stands in
//! place of the one before. Keys that this version does not know are passed over.

use crate::calibration::Calibration;
use crate::claim::Claim;
use crate::clock::Nanos;
use crate::forwarded::Forwarded;
use crate::pilot::Settling;
use crate::timeline::Message;
use crate::totals::{Doubt, LoadTotals, Probes, ServeTotals};
use crate::trial::Trial;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The version of the format that this code writes; it reads this and every earlier one.
///
/// 1 had no calibration.
pub const FORMAT: u32 = 2;
/// The record's name in a run's folder.
pub const FILE: &str = "record.ndjson";

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// The first one.
    Header(Box<Header>),
    /// What the run found out about itself, before its first trial.
    Calibration(Box<Calibration>),
    /// What pilot trials found, before its first block.
    Settling(Box<Settling>),
    /// A finished trial.
    Trial(Box<TrialLine>),
    /// The run goes on.
    Resumed(Box<Resumed>),
    /// The run ends.
    End(End),
}

/// What was to be done, with what, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The format's version.
    #[schemars(extend("minimum" = 1, "maximum" = FORMAT))]
    pub format: u32,
    /// pushbench's version.
    pub version: String,
    /// The git revision it was built from; `None` when it was not built in a checkout.
    pub revision: Option<String>,
    /// When the run began, in milliseconds since 1970 UTC.
    pub started_unix_ms: u64,
    /// The scenario.
    pub scenario: ScenarioText,
    /// What the scenario holds itself against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What its figures are held to, as it was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<String>,
    /// What somebody wanted to remember of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether what tells whose it is was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
    /// Whose trials were made in turn with this record's, block by block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<Paired>,
    /// How many blocks were planned; with `precision` at the most.
    pub blocks: u32,
    /// How narrow intervals have to be for no more blocks to be made: half their width, as a share of the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// How many trials were planned, over all blocks.
    pub trials: u32,
    /// How long the whole run was planned to take, in nanoseconds.
    pub planned_ns: Nanos,
    /// The scenario resolved: the trials of each block, which differ in their feed's seed and their order alone.
    /// Where pilot trials say how long their warm-up is, it stands here as the longest it may be.
    #[serde(default)]
    pub resolved: Vec<Trial>,
    /// Where it ran.
    pub environment: Environment,
}

/// Two records whose trials were interleaved, block by block: what one met, the other met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Paired {
    /// The same in both records, and in no other.
    pub run: String,
    /// Which of the two this is.
    pub side: Side,
}

/// A side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// What the other is held against.
    Old,
    /// What is in question.
    New,
}

/// The scenario as the user gave it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioText {
    /// Its name: the file's, without number and ending.
    pub name: String,
    /// The question it answers.
    pub question: String,
    /// The file, verbatim.
    pub text: String,
    /// The shipped scenario's name or the file's path, as it was given; `None`: the default.
    #[serde(default)]
    pub path: Option<String>,
    /// What the command line overrode, as it was typed.
    pub overrides: Vec<String>,
}

/// Where a run took place. What could not be read is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// The processor's own name.
    pub cpu: Option<String>,
    /// Logical CPUs that the run could use.
    pub cores: usize,
    /// Memory in octets.
    pub memory: Option<u64>,
    /// System and kernel version.
    pub kernel: Option<String>,
    /// File descriptors a process may hold: soft and hard limit.
    pub descriptors: Option<(u64, u64)>,
    /// The system's TCP congestion control.
    pub congestion: Option<String>,
    /// CPUs that the server was pinned to; empty: not pinned.
    pub server_cpus: Vec<usize>,
    /// CPUs that the load was pinned to; empty: not pinned.
    pub load_cpus: Vec<usize>,
    /// The compiler that built this binary.
    pub rustc: Option<String>,
    /// Whether this binary was built with optimisation.
    pub optimised: bool,
    /// The system's load averages over 1, 5 and 15 minutes when the run began.
    pub load_average: Option<[f64; 3]>,
}

/// A finished trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrialLine {
    /// The block it belongs to, from 1.
    pub block: u32,
    /// Its place in the run, from 1.
    pub order: u32,
    /// How long it took from the first child's start to the last one's end, in nanoseconds.
    pub took_ns: Nanos,
    /// What was asked for.
    pub trial: Trial,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was measured.
    Measured(Box<Measured>),
    /// It failed: no number may be read from it.
    Error(Failure),
}

/// A measured trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// When the trial started, in nanoseconds of the host's `CLOCK_MONOTONIC`; records of early versions do not say.
    pub t0: Option<Nanos>,
    /// The same moment in milliseconds since 1970 UTC; records of early versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub t0_unix_ms: Option<u64>,
    /// The load's side.
    pub load: LoadTotals,
    /// The server's side.
    pub serve: ServeTotals,
    /// Both sides' counts held against each other.
    pub agreement: Agreement,
    /// Reasons not to believe a number.
    pub doubts: Vec<Doubt>,
    /// What the packet-level link did, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Forwarded>,
    /// What the first client sent and received in setup and at steady's beginning; only in the first block, and nothing where
    /// it made a connection a request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Message>,
    /// Of the load, the clients that had a process of their own; `None` where none had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<Probes>,
    /// When the server was stopped on purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
}

/// The server did not run from one moment to another, in nanoseconds after t0, by the run's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)] // it says it
pub struct Stop {
    pub from_ns: Nanos,
    pub to_ns: Nanos,
}

/// Client's and server's byte counts, connection by connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agreement {
    /// Connections that both sides knew and read to the end.
    pub whole: u64,
    /// Of these, how many agreed to the octet in both directions.
    pub equal: u64,
    /// Connections that were cut, or known to one side only.
    pub cut: u64,
    /// Octets that one side sent and the other never received, on cut connections that both sides knew.
    pub undelivered: u64,
}

/// A failed trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Why.
    pub reason: String,
    /// What the children last wrote to standard error.
    pub last_words: String,
}

/// Somebody went on with a run that had not come to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Resumed {
    /// When, in milliseconds since 1970 UTC.
    pub unix_ms: u64,
    /// The version of pushbench that went on.
    pub version: String,
    /// The git revision it was built from.
    pub revision: Option<String>,
    /// How many trials stood in the record.
    pub trials: u32,
    /// Of these, how many had failed and were to be made again.
    pub retried: u32,
    /// Where it went on.
    pub environment: Environment,
}

impl Resumed {
    /// What is not as it was when the run began: trials before and after may not compare.
    #[must_use]
    pub fn differences(&self, header: &Header) -> Vec<String> {
        let name = |value: &Option<String>| value.clone().unwrap_or_else(|| "an unknown one".into());
        let pushbench = |version: &str, revision: &Option<String>| match revision {
            Some(revision) => format!("{version} (git {revision})"),
            None => version.to_owned(),
        };
        let built = |optimised| if optimised { "with optimisation" } else { "without optimisation" }.to_owned();
        let (then, now) = (&header.environment, &self.environment);
        let cpus =
            |place: &Environment| format!("{:?} and {:?} of {}", place.server_cpus, place.load_cpus, place.cores);
        let sides = [
            ("pushbench", pushbench(&header.version, &header.revision), pushbench(&self.version, &self.revision)),
            ("the build", built(then.optimised), built(now.optimised)),
            ("the CPU", name(&then.cpu), name(&now.cpu)),
            ("the CPUs of server and load", cpus(then), cpus(now)),
            ("the kernel", name(&then.kernel), name(&now.kernel)),
        ];
        let differ = sides.into_iter().filter(|(_, then, now)| then != now);
        differ.map(|(what, then, now)| format!("{what} was {then} and is {now}")).collect()
    }
}

/// The closing line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct End {
    /// Why the run ended.
    pub reason: EndReason,
    /// How many trials stand in the record.
    pub trials: u32,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// All trials were made.
    Finished,
    /// Somebody stopped it.
    Interrupted,
    /// It took longer than it was allowed to.
    TimeLimit,
    /// All intervals that were asked for are as narrow as they were to be (`repeats = "auto"`).
    Precise,
    /// They are not, and there is no time for, or no allowance of, another block.
    Imprecise,
}

/// A record as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The first line.
    pub header: Header,
    /// What the run found out about itself; `None` in a record of format 1, and where the run was stopped before.
    pub calibration: Option<Calibration>,
    /// What pilot trials found; `None` where the warm-up is as the scenario says. The header's `resolved` is then as it was found.
    pub settling: Option<Settling>,
    /// The finished trials, in the order in which they were made.
    pub trials: Vec<TrialLine>,
    /// When it was gone on with.
    pub resumed: Vec<Resumed>,
    /// The closing line; `None` when the run was killed or still goes on.
    pub end: Option<End>,
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Unreadable {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: empty: the run was stopped before its header was written", path.display())]
    Empty { path: PathBuf },
    #[error("{}: line 1: not a pushbench record: {reason}", path.display())]
    Foreign { path: PathBuf, reason: String },
    #[error("{}: line 1: format {found}, this pushbench reads up to {FORMAT}: use the version that wrote it, or a newer one", path.display())]
    Newer { path: PathBuf, found: u32 },
    #[error("{}: a run is still writing it", path.display())]
    Busy { path: PathBuf },
    #[error("{}: line {line}: {reason}", path.display())]
    Damaged { path: PathBuf, line: usize, reason: String },
}

impl Record {
    /// Reads the record at `path`, a `record.ndjson`.
    ///
    /// # Errors
    /// [`Unreadable`], with the place.
    pub fn read(path: &Path) -> Result<Record, Unreadable> {
        let bytes = std::fs::read(path).map_err(|source| Unreadable::Io { path: path.into(), source })?;
        Self::parse(path, &bytes)
    }

    /// Reads the bytes of the record at `path`.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Record, Unreadable> {
        let mut lines = lines(path, bytes)?.into_iter();
        let Some(Line::Header(header)) = lines.next() else { return Err(no_header(path, bytes)) };
        let header = *header;
        let mut record =
            Record { header, calibration: None, settling: None, trials: Vec::new(), resumed: Vec::new(), end: None };
        for line in lines {
            match line {
                Line::Header(_) => {} // there is one
                Line::Calibration(calibration) => record.calibration = Some(*calibration),
                Line::Settling(settling) => {
                    let resolved = record.header.resolved.iter_mut();
                    resolved.for_each(|trial| trial.windows.warmup_ns = settling.warmup_ns);
                    record.settling = Some(*settling);
                }
                Line::Trial(trial) => {
                    record.trials.retain(|before| before.order != trial.order);
                    record.trials.push(*trial);
                }
                Line::Resumed(resumed) => {
                    record.end = None;
                    record.resumed.push(*resumed);
                }
                Line::End(end) => record.end = Some(end),
            }
        }
        Ok(record)
    }
}

/// The lines of the record at `path`: a header, and no other one behind it.
///
/// # Errors
/// As [`Record::read`].
pub fn lines(path: &Path, bytes: &[u8]) -> Result<Vec<Line>, Unreadable> {
    // what follows the last line end was torn by a crash
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(&bytes[..0], |end| &bytes[..end]);
    let mut texts = whole.split(|&byte| byte == b'\n').enumerate();
    let first = texts.next().map(|(_, line)| line).filter(|line| !line.is_empty());
    let mut lines = vec![Line::Header(Box::new(read_header(path, first.ok_or_else(|| no_header(path, bytes))?)?))];
    for (index, text) in texts {
        let damaged = |reason: String| Unreadable::Damaged { path: path.into(), line: index + 1, reason };
        match serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))? {
            Line::Header(_) => return Err(damaged("a second header".into())),
            line => lines.push(line),
        }
    }
    Ok(lines)
}

fn no_header(path: &Path, bytes: &[u8]) -> Unreadable {
    const BEGINNING: &[u8] = b"{\"line\":\"header\"";
    if bytes.starts_with(BEGINNING) || BEGINNING.starts_with(bytes) {
        Unreadable::Empty { path: path.into() }
    } else {
        Unreadable::Foreign { path: path.into(), reason: "its first line is not a header".into() }
    }
}

fn read_header(path: &Path, line: &[u8]) -> Result<Header, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let foreign = |error: serde_json::Error| Unreadable::Foreign { path: path.into(), reason: error.to_string() };
    let Version { format } = serde_json::from_slice(line).map_err(foreign)?;
    if format > FORMAT {
        return Err(Unreadable::Newer { path: path.into(), found: format });
    }
    match serde_json::from_slice(line).map_err(foreign)? {
        Line::Header(header) => Ok(*header),
        Line::Calibration(_) | Line::Settling(_) | Line::Trial(_) | Line::Resumed(_) | Line::End(_) => {
            Err(Unreadable::Foreign { path: path.into(), reason: "its first line is not a header".into() })
        }
    }
}

/// Appends to a record.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    /// The places of the trials that stand in it.
    orders: BTreeSet<u32>,
    /// Where a torn last line begins.
    torn_at: Option<u64>,
}

impl Writer {
    /// Begins a record in `folder`, which must not have one.
    ///
    /// # Errors
    /// When the file exists or the header cannot be brought to the disk; with the file's name, as all of a writer's.
    pub fn create(folder: &Path, header: Header) -> io::Result<Writer> {
        let path = folder.join(FILE);
        let created = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = created.map_err(|error| named(&path, &error))?;
        // where there are no locks, nobody is kept from resuming it while it is written
        let _ = file.try_lock();
        let mut writer = Writer { file, path, orders: BTreeSet::new(), torn_at: None };
        writer.append(&Line::Header(Box::new(header)))?;
        // the file's name, too
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| named(folder, &error))?;
        Ok(writer)
    }

    /// Reads the record at `path` to go on with it. It is not changed yet.
    ///
    /// # Errors
    /// As [`Record::read`], and when another process writes it.
    pub fn reopen(path: &Path) -> Result<(Record, Writer), Unreadable> {
        let unreadable = |source| Unreadable::Io { path: path.into(), source };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(unreadable)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Unreadable::Busy { path: path.into() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        let record = Record::parse(path, &bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let torn_at = (whole < bytes.len()).then_some(whole as u64);
        let orders = record.trials.iter().map(|line| line.order).collect();
        Ok((record, Writer { file, path: path.into(), orders, torn_at }))
    }

    /// Goes on: cuts a torn last line off, and says so.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn resumed(&mut self, resumed: Resumed) -> io::Result<()> {
        if let Some(at) = self.torn_at.take() {
            self.file.set_len(at).map_err(|error| named(&self.path, &error))?;
        }
        self.append(&Line::Resumed(Box::new(resumed)))
    }

    /// Brings what the run found out about itself to the disk.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn calibration(&mut self, calibration: Calibration) -> io::Result<()> {
        self.append(&Line::Calibration(Box::new(calibration)))
    }

    /// Brings what pilot trials found to the disk.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn settling(&mut self, settling: Settling) -> io::Result<()> {
        self.append(&Line::Settling(Box::new(settling)))
    }

    /// Brings a finished trial to the disk.
    ///
    /// # Errors
    /// When the disk does not take it; what stood there before stands.
    pub fn trial(&mut self, trial: TrialLine) -> io::Result<()> {
        let order = trial.order;
        self.append(&Line::Trial(Box::new(trial)))?;
        self.orders.insert(order);
        Ok(())
    }

    /// Writes the closing line.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn end(mut self, reason: EndReason) -> io::Result<()> {
        let trials = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        self.append(&Line::End(End { reason, trials }))
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| named(&self.path, &error))
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
