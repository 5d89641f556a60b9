//! How many blocks a run has: a number, or as many as its figures need.

use crate::human;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::str::FromStr;

/// Blocks that a run with `repeats = "auto"` makes at the least: from six on an interval assumes nothing.
pub const LEAST: u32 = 6;
/// And at the most: the width of an interval goes with the root of their number.
pub const MOST: u32 = 30;
/// Half an interval's width ÷ its figure, where `precision` is not given.
pub(super) const USUAL: f64 = 0.05;

/// `3`, or `"auto"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// So many blocks.
    Count(u32),
    /// Until intervals are narrow enough.
    Auto,
}

impl FromStr for Repeats {
    type Err = String;

    fn from_str(text: &str) -> Result<Repeats, String> {
        if text == "auto" { Ok(Repeats::Auto) } else { human::count(text).map(Repeats::Count) }
    }
}

impl std::fmt::Display for Repeats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Repeats::Count(count) => count.fmt(f),
            Repeats::Auto => f.write_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Repeats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Repeats, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) if text == "auto" => Ok(Repeats::Auto),
            toml::Value::Integer(count) => u32::try_from(count)
                .map(Repeats::Count)
                .map_err(|_| Error::custom(format!("{count}: a whole number, at most 4,294,967,295, or \"auto\""))),
            other => Err(Error::custom(format!("{other}: a whole number without quotes, or \"auto\""))),
        }
    }
}

/// Only the schema writes one: the default.
impl Serialize for Repeats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Repeats::Count(count) => serializer.serialize_u32(*count),
            Repeats::Auto => serializer.serialize_str("auto"),
        }
    }
}

impl JsonSchema for Repeats {
    fn schema_name() -> Cow<'static, str> {
        "Repeats".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["integer", "string"], "minimum": 1, "maximum": u32::MAX, "pattern": "^auto$" })
    }
}

/// `"5%"`: half an interval's width, as a share of its figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Precision(pub(super) f64);

impl<'de> Deserialize<'de> for Precision {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Precision, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => human::percent(&text).map(Precision).map_err(Error::custom),
            other => Err(Error::custom(human::percent(&other.to_string()).err().unwrap_or_default())),
        }
    }
}

impl JsonSchema for Precision {
    fn schema_name() -> Cow<'static, str> {
        "Precision".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": human::PERCENT })
    }
}
