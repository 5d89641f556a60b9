//! Where a run takes place, as its record tells it.

use super::trial::Places;
use crate::record::Environment;
use crate::system;
use std::time::{SystemTime, UNIX_EPOCH};

/// The git revision this binary was built from; `None` when that was not a checkout.
pub(super) fn revision() -> Option<String> {
    set(env!("PUSHBENCH_REVISION"))
}

/// This machine, and which of its CPUs the children get.
pub(super) fn environment(places: &Places) -> Environment {
    Environment {
        cpu: system::cpu_name(),
        cores: system::cpus().len(),
        memory: system::memory(),
        kernel: system::kernel(),
        descriptors: system::descriptor_limits(),
        congestion: system::congestion(),
        server_cpus: places.server.clone(),
        load_cpus: places.load.clone(),
        rustc: set(env!("PUSHBENCH_RUSTC")),
        optimised: !cfg!(debug_assertions),
        load_average: system::load_average(),
    }
}

fn set(value: &str) -> Option<String> {
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// Milliseconds since 1970 UTC.
pub(super) fn unix_ms(at: SystemTime) -> u64 {
    let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
