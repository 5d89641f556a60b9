//! Links by name, each with who measured it. None loses anything: what loses has to be asked for.

use crate::clock::MILLISECOND;
use crate::link::Link;
use crate::near;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A link by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Nothing: the host's own loopback.
    #[default]
    Loopback,
    /// 0.5 ms, 1 Gbit/s: a round trip within a datacenter (Dean, LADIS 2009), which TCP echoes between machines of a cloud's
    /// zone confirmed (Jones 2021).
    Lan,
    /// 26 ms: a subscriber's cable line to a server nearby, the average at peak hours (FCC, Measuring Broadband America,
    /// in Grigorik, High Performance Browser Networking, chapter 1).
    SameRegion,
    /// 150 ms: California to the Netherlands and back (Dean, LADIS 2009).
    CrossContinent,
    /// 170 ms, 9 Mbit/s: WebPageTest's connection `4G`.
    #[serde(rename = "4g")]
    FourthGeneration,
    /// 558 ms: by a geostationary satellite, from where it stands at the horizon: twice 279 ms (RFC 2488, 2).
    Satellite,
}

impl Preset {
    /// Every preset, from near to far.
    pub const ALL: [Preset; 6] = [
        Preset::Loopback,
        Preset::Lan,
        Preset::SameRegion,
        Preset::CrossContinent,
        Preset::FourthGeneration,
        Preset::Satellite,
    ];

    /// The name used in scenarios and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Preset::Loopback => "loopback",
            Preset::Lan => "lan",
            Preset::SameRegion => "same-region",
            Preset::CrossContinent => "cross-continent",
            Preset::FourthGeneration => "4g",
            Preset::Satellite => "satellite",
        }
    }

    /// What it stands for.
    #[must_use]
    pub fn link(self) -> Link {
        let (rtt_ns, bandwidth) = match self {
            Preset::Loopback => (0, None),
            Preset::Lan => (MILLISECOND / 2, Some(1_000_000_000)),
            Preset::SameRegion => (26 * MILLISECOND, None),
            Preset::CrossContinent => (150 * MILLISECOND, None),
            Preset::FourthGeneration => (170 * MILLISECOND, Some(9_000_000)),
            Preset::Satellite => (558 * MILLISECOND, None),
        };
        Link { rtt_ns, bandwidth, ..Link::default() }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Preset {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Preset::name);
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == name)
            .ok_or_else(|| format!("no preset `{name}`; there are {}{}", all.join(", "), near::meant(name, all)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_serde_reads() {
        for preset in Preset::ALL {
            assert_eq!(serde_json::to_value(preset).ok(), Some(preset.name().into()));
            assert_eq!(preset.name().parse(), Ok(preset));
        }
        assert!(Preset::ALL[0].link().is_none());
        assert!(Preset::ALL[1..].iter().all(|preset| !preset.link().is_none() && preset.link().loss == 0.0));
        let error = "lann".parse::<Preset>().expect_err("no such preset");
        assert!(error.ends_with("did you mean `lan`?"), "{error}");
    }
}
