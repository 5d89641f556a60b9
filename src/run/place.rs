//! Where a run takes place, as its record tells it.

use super::trial::Places;
use crate::control::Hello;
use crate::forwarder;
use crate::link::Level;
use crate::record::Environment;
use crate::scenario::Scenario;
use crate::system;

/// This machine, which of its CPUs the children of `build` get, and what built that.
pub(super) fn environment(places: &Places, build: &Hello) -> Environment {
    Environment {
        cpu: system::cpu_name(),
        cores: system::cpus().len(),
        memory: system::memory(),
        kernel: system::kernel(),
        descriptors: system::descriptor_limits(),
        congestion: system::congestion(),
        server_cpus: places.0.server_cpus.clone(),
        load_cpus: places.0.load_cpus.clone(),
        rustc: build.rustc.clone(),
        optimised: build.optimised,
        load_average: system::load_average(),
    }
}

/// Whether packets can be forwarded here, where a trial asks for it.
pub(super) fn link_to_be_had(scenario: &Scenario) -> Result<(), String> {
    if scenario.trials.iter().all(|trial| trial.link.level == Level::Portable) {
        return Ok(());
    }
    forwarder::available().map(drop).map_err(|reason| {
        format!(
            "{reason}; `--link portable` takes no privileges, but has neither packets that are lost nor TCP's own pace"
        )
    })
}

/// What a child needs beside a descriptor a client: standard streams, runtimes, the listener.
const OWN_DESCRIPTORS: u64 = 64;

/// Whether both children can hold the scenario's clients: they raise their soft limit themselves; the hard one is the
/// system's.
pub(super) fn descriptors_suffice(scenario: &Scenario) -> Result<(), String> {
    let most = scenario.trials.iter().map(|trial| u64::from(trial.clients)).max().unwrap_or(0);
    match system::descriptor_limits() {
        Some((_, hard)) if most + OWN_DESCRIPTORS > hard => Err(format!(
            "{most} clients need {} file descriptors a process, and the hard limit here is {hard}: at most {} clients \
             are possible. Root raises it with `ulimit -Hn {}` in the shell that starts pushbench; for good, \
             /etc/security/limits.conf (nofile) or systemd's LimitNOFILE",
            most + OWN_DESCRIPTORS,
            hard.saturating_sub(OWN_DESCRIPTORS),
            most + OWN_DESCRIPTORS,
        )),
        _ => Ok(()),
    }
}
