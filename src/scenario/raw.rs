//! The scenario file as serde reads it: its tables and keys, with the place of every value that is checked later.
#![allow(missing_docs)] // the fields are the keys

use crate::clock::Nanos;
use crate::human;
use crate::kind::{Answer, Encoding, Pacing};
use serde::de::{Deserialize, Deserializer, Error};
use toml::Spanned;

/// `feed.schedule`
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub(super) enum Kind {
    Periodic,
    Poisson,
    Bursts,
}

impl Kind {
    /// As it is written.
    #[must_use]
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Periodic => "periodic",
            Kind::Poisson => "poisson",
            Kind::Bursts => "bursts",
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
/// The whole file.
pub(super) struct File {
    pub(super) question: String,
    pub(super) transports: Option<Spanned<Vec<Transport>>>,
    pub(super) clients: Spanned<u32>,
    pub(super) repeats: Option<Spanned<u32>>,
    pub(super) seed: Option<u64>,
    pub(super) feed: Feed,
    pub(super) phases: Phases,
    pub(super) polling: Option<Polling>,
    pub(super) long_polling: Option<LongPolling>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    pub(super) schedule: Spanned<Kind>,
    pub(super) rate: Option<Spanned<f64>>,
    pub(super) size: Option<Spanned<u32>>,
    pub(super) gap: Option<Spanned<Time>>,
    pub(super) every: Option<Spanned<Time>>,
    pub(super) payload: Spanned<Size>,
    pub(super) encoding: Option<Spanned<Encoding>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phases {
    pub(super) warmup: Spanned<Time>,
    pub(super) steady: Spanned<Time>,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Polling {
    pub(super) interval: Option<Spanned<Time>>,
    pub(super) pacing: Pacing,
    pub(super) answer: Answer,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LongPolling {
    pub(super) hold: Option<Spanned<Time>>,
    pub(super) answer: Answer,
}

pub(super) struct Transport(pub(super) crate::kind::Transport);

impl<'de> Deserialize<'de> for Transport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Transport).map_err(Error::custom)
    }
}

/// `"250ms"`
pub(super) struct Time(pub(super) Nanos);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        human::duration(&text).map(Time).map_err(Error::custom)
    }
}

/// `"4KiB"`, or a number of octets.
pub(super) struct Size(pub(super) usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let text = match &value {
            toml::Value::Integer(octets) => octets.to_string(),
            toml::Value::String(text) => text.clone(),
            other => return Err(Error::custom(format!("{}: a size such as `100 B`", other.type_str()))),
        };
        human::size(&text).map(Size).map_err(Error::custom)
    }
}
