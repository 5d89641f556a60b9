//! The scenario file's shape, as serde reads it. Unknown keys are refused; what is left out has its usual value.

#![allow(missing_docs)] // the fields are the keys

use crate::clock::{Nanos, SECOND};
use crate::human;
use crate::kind::{Answer, Encoding, Pacing, Persistence, Profile, Transport};
use crate::schedule::Unit;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) question: String,
    #[serde(default = "every_transport")]
    pub(super) transports: Vec<NamedTransport>,
    #[serde(default = "one")]
    pub(super) clients: u32,
    #[serde(default = "one")]
    pub(super) repeats: u32,
    #[serde(default = "first_seed")]
    pub(super) seed: u64,
    pub(super) feed: Feed,
    pub(super) phases: Phases,
    #[serde(default)]
    pub(super) polling: Polling,
    #[serde(default)]
    pub(super) long_polling: LongPolling,
    #[serde(default)]
    pub(super) headers: Headers,
    /// Read by whoever expands it.
    #[serde(rename = "sweep")]
    pub(super) _sweep: Option<toml::Table>,
}

/// `[feed]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Feed {
    pub(super) schedule: Kind,
    pub(super) rate: Option<f64>,
    pub(super) size: Option<u32>,
    pub(super) gap: Option<Time>,
    pub(super) every: Option<Time>,
    pub(super) file: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) timestamp_unit: Option<Unit>,
    pub(super) speed: Option<f64>,
    pub(super) repeat: Option<bool>,
    pub(super) payload: Option<Size>,
    #[serde(default)]
    pub(super) encoding: Encoding,
}

/// `feed.schedule`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Periodic,
    Poisson,
    Bursts,
    Replay,
}

/// `[phases]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Phases {
    pub(super) warmup: Time,
    pub(super) steady: Time,
}

/// `[polling]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Polling {
    pub(super) interval: Time,
    pub(super) pacing: Pacing,
    pub(super) answer: Answer,
    pub(super) connection: Persistence,
}

impl Default for Polling {
    fn default() -> Self {
        Polling {
            interval: Time(SECOND),
            pacing: Pacing::default(),
            answer: Answer::default(),
            connection: Persistence::default(),
        }
    }
}

/// `[long-polling]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct LongPolling {
    pub(super) hold: Time,
    pub(super) answer: Answer,
    pub(super) connection: Persistence,
}

impl Default for LongPolling {
    fn default() -> Self {
        LongPolling { hold: Time(30 * SECOND), answer: Answer::default(), connection: Persistence::default() }
    }
}

/// `[headers]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Headers {
    pub(super) profile: Profile,
    pub(super) cookie: Size,
    pub(super) request: Option<Vec<String>>,
    pub(super) response: Option<Vec<String>>,
}

impl Default for Headers {
    fn default() -> Self {
        Headers { profile: Profile::default(), cookie: Size(0), request: None, response: None }
    }
}

fn every_transport() -> Vec<NamedTransport> {
    Transport::ALL.map(NamedTransport).into()
}

fn one() -> u32 {
    1
}

fn first_seed() -> u64 {
    1
}

/// A transport by its name; a wrong one is answered with the right ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedTransport(pub(super) Transport);

impl<'de> Deserialize<'de> for NamedTransport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(NamedTransport).map_err(Error::custom)
    }
}

/// `"250ms"`, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time(pub(super) Nanos);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => human::duration(&text).map(Time).map_err(Error::custom),
            other => Err(Error::custom(human::duration(&other.to_string()).err().unwrap_or_default())),
        }
    }
}

/// `"4KiB"`, or a number of octets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size(pub(super) usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        human::size(&text).map(Size).map_err(Error::custom)
    }
}
