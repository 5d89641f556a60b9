//! The scenarios that come with the binary, by name.

/// A scenario in the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What `pushbench run` calls it: the file's name without number and ending.
    pub name: &'static str,
    /// Where it stands in the repository.
    pub path: &'static str,
    /// The file, verbatim.
    pub text: &'static str,
}

macro_rules! shipped {
    ($name:literal, $file:literal) => {
        Shipped {
            name: $name,
            path: concat!("scenarios/", $file, ".toml"),
            text: include_str!(concat!("../../scenarios/", $file, ".toml")),
        }
    };
}

/// The one that `pushbench run` takes when it is given none.
pub const DEFAULT: Shipped = ALL[0];

/// All of them, in the order of their numbers; behind them the studies.
pub const ALL: &[Shipped] = &[
    shipped!("quick", "00-quick"),
    shipped!("header-tax", "10-header-tax"),
    shipped!("carriers", "12-carriers"),
    shipped!("handshake", "14-handshake"),
    shipped!("poll-interval", "20-poll-interval"),
    shipped!("rate", "30-rate"),
    shipped!("fan-out", "40-fan-out"),
    shipped!("payload", "50-payload"),
    shipped!("idle-crowd", "52-idle-crowd"),
    shipped!("bursts", "54-bursts"),
    shipped!("replay", "60-replay"),
    shipped!("ticker-2010", "70-ticker-2010"),
    shipped!("theory", "80-theory"),
    shipped!("freeze", "studies/freeze"),
    shipped!("inversion", "studies/inversion"),
    shipped!("open-data-2020", "studies/open-data-2020"),
    shipped!("push-pull-2007", "studies/push-pull-2007"),
    shipped!("rfc-6202", "studies/rfc-6202"),
    shipped!("wind-sensor-2012", "studies/wind-sensor-2012"),
];

/// The one that is called `name`.
#[must_use]
pub fn named(name: &str) -> Option<Shipped> {
    ALL.iter().copied().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_found_by_its_name() {
        assert_eq!(named("slow"), None);
        assert_eq!(named("quick"), Some(DEFAULT));
    }
}
