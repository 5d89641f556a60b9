//! What a run finds out about itself before its first trial, as plain values: what its instrument takes where nothing is
//! measured, and whether it finds a delay that it knows.

use crate::clock::Nanos;
use crate::kind::Transport;
use crate::totals::{Accounting, Doubt, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A run's calibration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Calibration {
    /// How long it took, in nanoseconds.
    pub took_ns: Nanos,
    /// The harness over a pipe in memory; `None`: it failed, and a doubt says why.
    pub null: Option<NullRow>,
    /// The delay that was known; `None` as above.
    pub delay: Option<KnownDelay>,
    /// What it throws doubt on, in every trial that was made behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
}

/// The instrument's own floor: publisher, hub, pipe, sink and meter in one process, on one thread for all clients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NullRow {
    /// How many clients.
    pub clients: u32,
    /// Updates a second.
    pub rate: f64,
    /// An update's size in octets.
    pub payload: usize,
    /// What became of the updates.
    pub accounting: Accounting,
    /// Updates of which at least one client received one.
    pub distinct: u64,
    /// Received − planned, in nanoseconds: HDR V2, deflated, base64.
    pub latency: String,
    /// What the process used in steady, all of the harness in it.
    pub steady: Work,
    /// The longest time for which the system did not run it, in nanoseconds.
    #[serde(default)]
    pub stalled_ns: Nanos,
}

/// A short trial in which the server holds half of the updates for a time that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownDelay {
    /// How the updates went.
    pub transport: Transport,
    /// To how many clients.
    pub clients: u32,
    /// How much longer the server held half of them, in nanoseconds.
    pub injected_ns: Nanos,
    /// How much later they came, in nanoseconds: the median, over pairs of updates that are two apart ([`is_compared`]), of the difference between the
    /// clients' median latencies.
    pub found_ns: f64,
    /// How far this may be from what was injected, in nanoseconds; derived from how much the pairs differ.
    pub tolerance_ns: f64,
    /// Pairs of a held update and the one two before it, which was not held.
    pub pairs: u64,
    /// Held updates of which a client received one earlier than planned + injected: none can.
    pub early: u64,
    /// How often it had been looked for before, on a machine too restless to tell.
    #[serde(default, skip_serializing_if = "is_none")]
    pub restless: u32,
    /// Received − planned of those held, in nanoseconds: HDR V2, deflated, base64.
    pub held: String,
    /// The same of the others.
    pub free: String,
}

/// Whether update `number` is one that is held: two, and then two not, so that what disturbs one disturbs its neighbours.
#[must_use]
pub fn is_held(number: u64) -> bool {
    matches!(number % 4, 3 | 0)
}

/// Whether update `number` is compared with [`APART`] before it: the second of two that are held, with the second of two that
/// are not. Both follow their like, and so after the same time; what follows a longer idle time comes later by itself.
#[must_use]
pub fn is_compared(number: u64) -> bool {
    number.is_multiple_of(4)
}

/// How many numbers the updates of a pair are apart.
pub const APART: usize = 2;

/// Where the tolerance is a larger share of the delay, the machine was too restless to find it.
const RESTLESS: f64 = 0.5;

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_none(count: &u32) -> bool {
    *count == 0
}

impl KnownDelay {
    /// Whether nothing can be told of it: the pairs differ too much.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // milliseconds
    pub fn is_restless(&self) -> bool {
        !self.tolerance_ns.is_finite() || self.tolerance_ns > self.injected_ns as f64 * RESTLESS
    }

    /// Why the instrument is not to be believed; `None` where it found what it had to.
    #[must_use]
    pub fn mistake(&self) -> Option<String> {
        #[allow(clippy::cast_precision_loss)] // milliseconds
        let injected = self.injected_ns as f64;
        let ms = |ns: f64| format!("{:.2} ms", ns / 1e6);
        let (held, found, may) = (ms(injected), ms(self.found_ns), ms(self.tolerance_ns));
        if self.early > 0 {
            Some(format!(
                "the calibration received {} of the updates that were held earlier than {held} after their plan",
                self.early
            ))
        } else if self.is_restless() {
            let times = self.restless + 1;
            Some(format!(
                "the calibration could not tell a known delay of {held} in {times} tries: the machine was too restless (± {may})"
            ))
        } else if (self.found_ns - injected).abs() > self.tolerance_ns {
            Some(format!("the calibration found a known delay of {held} as {found}, which is beyond ± {may}"))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(found_ns: f64, tolerance_ns: f64, early: u64) -> Option<String> {
        let (held, free) = (String::new(), String::new());
        let (transport, clients, injected_ns, pairs) = (Transport::Websocket, 10, 2_000_000, 40);
        let restless = 2;
        KnownDelay { transport, clients, injected_ns, found_ns, tolerance_ns, pairs, early, restless, held, free }
            .mistake()
    }

    #[test]
    fn a_delay_is_found_within_its_tolerance_or_throws_doubt() {
        assert_eq!(found(2_050_000.0, 100_000.0, 0), None);
        assert_eq!(found(1_950_000.0, 100_000.0, 0), None);
        let said = |mistake: Option<String>| mistake.unwrap_or_default();
        assert!(said(found(2_150_000.0, 100_000.0, 0)).contains("2.00 ms as 2.15 ms, which is beyond ± 0.10 ms"));
        assert!(said(found(0.0, 100_000.0, 0)).contains("as 0.00 ms"));
        assert!(said(found(2_000_000.0, 1_100_000.0, 0)).contains("too restless"));
        assert!(said(found(f64::NAN, f64::INFINITY, 0)).contains("too restless"));
        assert!(
            said(found(2_000_000.0, 100_000.0, 1))
                .contains("received 1 of the updates that were held earlier than 2.00 ms")
        );
    }
}
