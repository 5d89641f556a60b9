//! What stands behind a scenario's keys, as people write it: names, times, sizes.

use crate::clock::Nanos;
use crate::human;
use crate::kind::{Carrier, Transport};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::time::Duration;

/// A transport by its name; a wrong one is answered with the right ones.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct NamedTransport(pub(super) Transport);

impl<'de> Deserialize<'de> for NamedTransport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(NamedTransport).map_err(Error::custom)
    }
}

/// A carrier by its name, as above.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct NamedCarrier(pub(super) Carrier);

impl<'de> Deserialize<'de> for NamedCarrier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(NamedCarrier).map_err(Error::custom)
    }
}

/// `"250ms"`, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time(pub(super) Nanos);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => human::duration(&text).map(Time).map_err(Error::custom),
            other => Err(Error::custom(human::duration(&other.to_string()).err().unwrap_or_default())),
        }
    }
}

/// Only the schema writes one: a default.
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(Duration::from_nanos(self.0)))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": human::DURATION })
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

/// `"10Mbit"`, in bits per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bandwidth(pub(super) u64);

impl<'de> Deserialize<'de> for Bandwidth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        human::bandwidth(&text).map(Bandwidth).map_err(Error::custom)
    }
}

/// As [`Time`]'s.
impl Serialize for Bandwidth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&human::bits_per_second(self.0))
    }
}

impl JsonSchema for Bandwidth {
    fn schema_name() -> Cow<'static, str> {
        "Bandwidth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": human::BANDWIDTH })
    }
}

/// As [`Time`]'s.
impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} B", self.0))
    }
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"], "pattern": human::SIZE, "minimum": 0 })
    }
}
