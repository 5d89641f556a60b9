//! What stands in a line of a record.

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

/// The version of the format that this code writes; it reads this and every earlier one.
///
/// 1 had no calibration.
pub const FORMAT: u32 = 2;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// The first one.
    Header(Box<Header>),
    /// What the run found out about itself, before its first trial and before those of each time that it was gone on with.
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
