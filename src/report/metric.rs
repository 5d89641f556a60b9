//! How each figure is taken from a trial, and how it is printed.

use super::figures::{Bound, Figures};
use super::number::{growth, memory, octets, percent, significant, time};
pub(super) use crate::metric::{Metric, Unit};
use crate::totals::Subject;

impl Metric {
    /// What a doubt has to be about to be one about this figure; `None`: it stands, whatever is doubted.
    pub(super) fn subject(self) -> Option<Subject> {
        match self {
            Metric::P50 | Metric::P90 | Metric::P99 | Metric::P999 | Metric::Max | Metric::Twin => {
                Some(Subject::Latency)
            }
            Metric::Lateness => None, // it is what such a doubt would be derived from
            Metric::Cpu | Metric::Idle | Metric::Memory => Some(Subject::Work),
            Metric::FullTime | Metric::ResumedTime => None, // mostly before the first update is due
            Metric::Lost => Some(Subject::Accounting),
            _ => Some(Subject::Bytes),
        }
    }

    /// Takes it from a trial, in its [`Unit`], or says why there is none.
    pub(super) fn of(self, trial: &Figures) -> Result<Bound, String> {
        let percentile = |p| trial.percentile(&trial.latency, p);
        let value = match self {
            Metric::P50 => percentile(0.5),
            Metric::P90 => percentile(0.9),
            Metric::P99 => percentile(0.99),
            Metric::P999 => percentile(0.999),
            Metric::Max => trial.max(),
            Metric::Twin => trial.percentile(&trial.twin, 0.99),
            Metric::Lateness => trial.late_feed(),
            Metric::Bytes => trial.bytes(),
            Metric::Payload => trial.payload(),
            Metric::Overhead => trial.overhead(),
            Metric::Requests => trial.per_update(trial.used.requests),
            Metric::Empty => trial.empty(),
            Metric::Cpu => return trial.cpu(),
            Metric::Idle => return trial.idle(),
            Metric::Memory => trial.memory(),
            Metric::Lost => trial.lost(),
            _ => self.of_layers(trial),
        };
        value.map(Bound::Exact)
    }

    /// Takes what hangs on layers, packets and TLS from a trial.
    fn of_layers(self, trial: &Figures) -> Result<f64, String> {
        match self {
            Metric::FramingUp => trial.per_update_of(|l| l.up.framing),
            Metric::FramingDown => trial.per_update_of(|l| l.down.framing),
            Metric::HeadersUp => trial.per_update_of(|l| l.up.headers),
            Metric::HeadersDown => trial.per_update_of(|l| l.down.headers),
            Metric::ControlUp => trial.per_update_of(|l| l.up.control),
            Metric::ControlDown => trial.per_update_of(|l| l.down.control),
            Metric::TlsUp => trial.per_update_of(|l| l.up.tls),
            Metric::TlsDown => trial.per_update_of(|l| l.down.tls),
            Metric::OtherUp => trial.per_update_of(|l| l.up.other),
            Metric::OtherDown => trial.per_update_of(|l| l.down.other),
            Metric::TcpIpUp => trial.per_update(trial.packets()?.up.headers),
            Metric::TcpIpDown => trial.per_update(trial.packets()?.down.headers),
            Metric::PacketsUp => trial.per_update(trial.packets()?.up.count),
            Metric::PacketsDown => trial.per_update(trial.packets()?.down.count),
            Metric::Wire => trial.wire(),
            Metric::Setup => trial.setup(),
            Metric::Full => trial.tls().map(|tls| tls.full.count as f64),
            Metric::FullTime => trial.handshake(|tls| tls.full),
            Metric::Resumed => trial.tls().map(|tls| tls.resumed.count as f64),
            Metric::ResumedTime => trial.handshake(|tls| tls.resumed),
            _ => Err("it does not hang on layers".into()),
        }
    }

    /// Whether packets are among what it counts, which not every system can count.
    pub(super) fn has_packets(self) -> bool {
        matches!(
            self,
            Metric::TcpIpUp
                | Metric::TcpIpDown
                | Metric::PacketsUp
                | Metric::PacketsDown
                | Metric::Wire
                | Metric::Setup
        )
    }

    /// As it is printed, with its unit.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Metric::Overhead => growth(value),
            Metric::Memory => memory(value),
            _ => match self.unit() {
                Unit::Nanoseconds => time(value),
                Unit::Octets => octets(value),
                Unit::Ratio => percent(value),
                Unit::Count => significant(value),
            },
        }
    }
}
