//! The scenario file's shape: what TOML may say. Unknown keys are refused; every value knows its place.

use super::raw::{self, Kind};
use crate::clock::Nanos;
use crate::kind::{Answer, Encoding, Pacing, Transport};
use serde::de::{Deserialize, Deserializer};
use std::ops::Range;
use toml::Spanned;

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
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Value<T> {
    /// The value.
    pub value: T,
    /// Its key, with its table.
    pub key: &'static str,
    span: Range<usize>,
    flag: Option<&'static str>,
}

/// Where a value stands.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct At {
    pub key: &'static str,
    pub span: Range<usize>,
    pub flag: Option<&'static str>,
}

impl<T> Value<T> {
    /// Where it stands, under the name `key`.
    #[must_use]
    pub fn at(&self, key: &'static str) -> At {
        At { key, span: self.span.clone(), flag: self.flag }
    }

    fn new(spanned: Spanned<T>, key: &'static str) -> Value<T> {
        Value { span: spanned.span(), value: spanned.into_inner(), key, flag: None }
    }

    fn default(value: T, key: &'static str) -> Value<T> {
        Value { value, key, span: 0..0, flag: None }
    }

    fn replace(&mut self, value: Option<T>, flag: &'static str) {
        if let Some(value) = value {
            self.value = value;
            self.flag = Some(flag);
        }
    }
}

/// A scenario file.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // named as the keys
pub struct File {
    pub question: String,
    pub transports: Value<Vec<Transport>>,
    pub clients: Value<u32>,
    pub repeats: Value<u32>,
    pub seed: u64,
    pub feed: Feed,
    pub phases: Phases,
    pub polling: Polling,
    pub long_polling: LongPolling,
}

/// `[feed]`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Feed {
    pub(super) schedule: Value<Kind>,
    pub rate: Option<Value<f64>>,
    pub size: Option<Value<u32>>,
    pub gap: Option<Value<Nanos>>,
    pub every: Option<Value<Nanos>>,
    pub payload: Value<usize>,
    pub encoding: Value<Encoding>,
}

/// `[phases]`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Phases {
    pub warmup: Value<Nanos>,
    pub steady: Value<Nanos>,
}

/// `[polling]`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Polling {
    pub interval: Value<Nanos>,
    pub pacing: Pacing,
    pub answer: Answer,
}

/// `[long-polling]`
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct LongPolling {
    pub hold: Value<Nanos>,
    pub answer: Answer,
}

impl File {
    /// Puts the command line's values in place of the file's.
    pub fn apply(&mut self, overrides: &Overrides) {
        let Overrides { duration_ns, warmup_ns, clients, rate, payload, repeats, seed, transports } = overrides.clone();
        self.phases.steady.replace(duration_ns, "--duration");
        self.phases.warmup.replace(warmup_ns, "--warmup");
        self.clients.replace(clients, "--clients");
        self.feed.payload.replace(payload, "--payload");
        self.repeats.replace(repeats, "--repeats");
        self.transports.replace(transports, "--transport");
        self.seed = seed.unwrap_or(self.seed);
        if let Some(rate) = rate {
            let place = self.feed.rate.get_or_insert(Value::default(rate, "feed.rate"));
            place.replace(Some(rate), "--rate");
        }
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<File, D::Error> {
        let raw = raw::File::deserialize(deserializer)?;
        let polling = raw.polling.unwrap_or_default();
        let long_polling = raw.long_polling.unwrap_or_default();
        let optional = |value: Option<Spanned<raw::Time>>, key, default| match value {
            Some(value) => time(value, key),
            None => Value::default(default, key),
        };
        Ok(File {
            question: raw.question,
            transports: match raw.transports {
                Some(transports) => {
                    let value = Value::new(transports, "transports");
                    Value {
                        value: value.value.iter().map(|t| t.0).collect(),
                        key: value.key,
                        span: value.span,
                        flag: None,
                    }
                }
                None => Value::default(Transport::ALL.to_vec(), "transports"),
            },
            clients: Value::new(raw.clients, "clients"),
            repeats: raw.repeats.map_or(Value::default(1, "repeats"), |repeats| Value::new(repeats, "repeats")),
            seed: raw.seed.unwrap_or(1),
            feed: Feed {
                schedule: Value::new(raw.feed.schedule, "feed.schedule"),
                rate: raw.feed.rate.map(|rate| Value::new(rate, "feed.rate")),
                size: raw.feed.size.map(|size| Value::new(size, "feed.size")),
                gap: raw.feed.gap.map(|gap| time(gap, "feed.gap")),
                every: raw.feed.every.map(|every| time(every, "feed.every")),
                payload: {
                    let span = raw.feed.payload.span();
                    Value { value: raw.feed.payload.into_inner().0, key: "feed.payload", span, flag: None }
                },
                encoding: raw
                    .feed
                    .encoding
                    .map_or(Value::default(Encoding::Text, "feed.encoding"), |e| Value::new(e, "feed.encoding")),
            },
            phases: Phases {
                warmup: time(raw.phases.warmup, "phases.warmup"),
                steady: time(raw.phases.steady, "phases.steady"),
            },
            polling: Polling {
                interval: optional(polling.interval, "polling.interval", crate::clock::SECOND),
                pacing: polling.pacing,
                answer: polling.answer,
            },
            long_polling: LongPolling {
                hold: optional(long_polling.hold, "long-polling.hold", 30 * crate::clock::SECOND),
                answer: long_polling.answer,
            },
        })
    }
}

fn time(spanned: Spanned<raw::Time>, key: &'static str) -> Value<Nanos> {
    let span = spanned.span();
    Value { value: spanned.into_inner().0, key, span, flag: None }
}
