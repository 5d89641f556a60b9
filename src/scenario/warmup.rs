//! How long the feed runs before anything counts: a time, or as long as latency needs to settle.

use crate::clock::Nanos;
use crate::human;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

/// `"500ms"`, or `"auto"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmup {
    /// So long, in nanoseconds.
    Lasts(Nanos),
    /// As pilot trials find.
    Auto,
}

impl FromStr for Warmup {
    type Err = String;

    fn from_str(text: &str) -> Result<Warmup, String> {
        if text == "auto" { Ok(Warmup::Auto) } else { human::duration(text).map(Warmup::Lasts) }
    }
}

/// As it would be typed.
impl std::fmt::Display for Warmup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Warmup::Lasts(ns) => {
                f.write_str(&humantime::format_duration(Duration::from_nanos(*ns)).to_string().replace(' ', ""))
            }
            Warmup::Auto => f.write_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Warmup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Warmup, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map_err(|reason| Error::custom(format!("{reason}, or \"auto\"")))
    }
}

impl JsonSchema for Warmup {
    fn schema_name() -> Cow<'static, str> {
        "Warmup".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": format!("^auto$|{}", human::DURATION) })
    }
}
