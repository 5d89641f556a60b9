//! What one trial says, before anything is rounded: each figure by its definition, or why there is none.

use super::number::counted;
use crate::clock::{MILLISECOND, Nanos};
use crate::histogram::{Histogram, NotAHistogram};
use crate::kind::Transport;
use crate::record::Measured;
use crate::stats;
use crate::totals::{
    Accounting, Handshakes, Layers, MIN_CPU_NS, OracleTotals, Packets, PhaseTotals, TlsTotals, Ways, Work,
};
use crate::trial::Trial;

/// Clients from which memory per client is printed: with fewer, the allocator's own steps are as large.
const MIN_CLIENTS: u32 = 100;
const NO_LAYERS: &str = "the record does not say in which layer its octets lie";
const NO_PACKETS: &str = "the record does not say how many packets there were";
const NO_TLS: &str = "it is not encrypted";
/// Between two points of a curve, in powers of ten of 1/(1−p).
const CURVE_STEP: f64 = 0.025;

/// What one trial says, before anything is rounded.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    transport: Transport,
    pub(super) block: u32,
    pub(super) latency: Histogram,
    /// The median of each second of steady, in nanoseconds; nothing where one of them has too few deliveries for that.
    pub(super) seconds: Vec<f64>,
    pub(super) twin: Histogram,
    lateness: Histogram,
    distinct: u64,
    pub(super) used: PhaseTotals,
    /// What was used before the feed began.
    pub(super) setup: PhaseTotals,
    /// Whether the packets follow from what was written and read, because the system counts none.
    pub(super) modelled: bool,
    pub(super) tls: Option<TlsTotals>,
    /// Updates received in all phases.
    pub(super) received: u64,
    clients: u32,
    cpu: Work,
    idle: Work,
    /// Octets of memory that the clients added to the server; `None` where it could not be read.
    memory: Option<f64>,
    pub(super) accounting: Accounting,
    /// `None` where the record does not say it.
    pub(super) oracle: Option<Oracle>,
}

/// The deliveries against theory.
#[derive(Clone, Debug)]
pub(super) struct Oracle {
    /// The latencies that are predicted; empty where none are.
    pub(super) predicted: Histogram,
    /// How much later than expected they were received; empty as above.
    pub(super) excess: Histogram,
    /// How many were received before that was possible.
    pub(super) early: u64,
}

impl Oracle {
    fn of(totals: &OracleTotals) -> Result<Oracle, NotAHistogram> {
        let (predicted, excess) = (decode(&totals.predicted)?, decode(&totals.excess)?);
        Ok(Oracle { predicted, excess, early: totals.early })
    }
}

impl Figures {
    /// Reads a measured trial of `block`.
    pub(super) fn of(trial: &Trial, block: u32, measured: &Measured) -> Result<Figures, NotAHistogram> {
        let (load, serve) = (&measured.load, &measured.serve);
        let mut latency = Histogram::default();
        let mut seconds: Option<Vec<f64>> = Some(Vec::new());
        for second in &load.latency {
            let second = decode(second)?;
            let median =
                stats::too_few(0.5, second.len(), stats::MIN_DISTINCT).is_none().then(|| second.at(0.5) as f64);
            seconds = seconds.zip(median).map(|(mut seconds, median)| {
                seconds.push(median);
                seconds
            });
            latency.add(&second);
        }
        let (before, full) = (serve.memory_before.anonymous, serve.memory_full.anonymous);
        Ok(Figures {
            transport: trial.transport,
            block,
            latency,
            seconds: seconds.unwrap_or_default(),
            twin: decode(&load.twin)?,
            lateness: decode(&load.lateness)?,
            distinct: load.distinct,
            used: load.phases.steady,
            setup: load.phases.setup,
            modelled: load.packets_modelled,
            tls: load.tls,
            received: load.phases.all().iter().map(|phase| phase.updates).sum(),
            clients: trial.clients,
            cpu: serve.steady,
            idle: serve.idle,
            memory: (before > 0 && full > 0).then_some(full as f64 - before as f64),
            accounting: load.accounting,
            oracle: load.oracle.as_ref().map(Oracle::of).transpose()?,
        })
    }

    pub(super) fn percentile(&self, histogram: &Histogram, p: f64) -> Result<f64, String> {
        match stats::too_few(p, histogram.len(), self.distinct) {
            Some(reason) => Err(reason),
            None => Ok(histogram.at(p) as f64),
        }
    }

    /// How late the feed emitted half of its updates: the one figure that counts updates, not deliveries.
    pub(super) fn late_feed(&self) -> Result<f64, String> {
        match stats::too_few(0.5, self.lateness.len(), self.lateness.len()) {
            Some(_) => Err(format!("the feed's lateness needs {} updates", stats::MIN_DISTINCT)),
            None => Ok(self.lateness.at(0.5) as f64),
        }
    }

    pub(super) fn max(&self) -> Result<f64, String> {
        if self.latency.is_empty() { Err("no update was delivered".into()) } else { Ok(self.latency.max() as f64) }
    }

    pub(super) fn per_update(&self, amount: u64) -> Result<f64, String> {
        match self.used.updates {
            0 => Err("no update was received in steady".into()),
            updates => Ok(amount as f64 / updates as f64),
        }
    }

    pub(super) fn bytes(&self) -> Result<f64, String> {
        self.per_update(self.used.up + self.used.down)
    }

    pub(super) fn payload(&self) -> Result<f64, String> {
        self.per_update(self.used.payload)
    }

    /// Octets of steady by layer.
    pub(super) fn layers(&self) -> Result<Ways<Layers>, String> {
        self.used.layers.ok_or_else(|| NO_LAYERS.into())
    }

    pub(super) fn per_update_of(&self, octets: impl Fn(&Ways<Layers>) -> u64) -> Result<f64, String> {
        self.per_update(octets(&self.layers()?))
    }

    pub(super) fn packets(&self) -> Result<Ways<Packets>, String> {
        self.used.packets.ok_or_else(|| NO_PACKETS.into())
    }

    /// Octets on the sockets and those of the packets' headers.
    pub(super) fn wire(&self) -> Result<f64, String> {
        self.per_update(on_the_wire(&self.used)?)
    }

    /// What a client costs before the feed begins, on the wire.
    pub(super) fn setup(&self) -> Result<f64, String> {
        Ok(on_the_wire(&self.setup)? as f64 / f64::from(self.clients.max(1)))
    }

    pub(super) fn tls(&self) -> Result<TlsTotals, String> {
        self.tls.ok_or_else(|| NO_TLS.into())
    }

    /// How long a handshake of this kind took, in nanoseconds.
    pub(super) fn handshake(&self, kind: impl Fn(&TlsTotals) -> Handshakes) -> Result<f64, String> {
        match kind(&self.tls()?) {
            Handshakes { count: 0, .. } => Err("there was no such handshake".into()),
            Handshakes { count, took_ns, .. } => Ok(took_ns as f64 / count as f64),
        }
    }

    pub(super) fn overhead(&self) -> Result<f64, String> {
        let (bytes, payload) = (self.bytes()?, self.payload()?);
        if payload > 0.0 { Ok((bytes - payload) / payload) } else { Err("no payload was counted".into()) }
    }

    pub(super) fn empty(&self) -> Result<f64, String> {
        match (self.transport.asks_each_time(), self.used.requests) {
            (false, _) => Err("it does not ask for updates, so no poll can be empty".into()),
            (true, 0) => Err("no request was answered in steady".into()),
            (true, requests) => Ok(self.used.empty as f64 / requests as f64),
        }
    }

    /// Updates that never came, as a share of those expected.
    pub(super) fn lost(&self) -> Result<f64, String> {
        match self.accounting.expected {
            0 => Err("no update was planned in steady".into()),
            expected => Ok(self.accounting.lost() as f64 / expected as f64),
        }
    }

    pub(super) fn cpu(&self) -> Result<Bound, String> {
        Ok(Bound::of(self.cpu.cpu_ns, self.per_update(1)?))
    }

    pub(super) fn idle(&self) -> Result<Bound, String> {
        match self.idle.window_ns {
            0 => Err("the idle window was not measured".into()),
            window => Ok(idle(self.idle.cpu_ns, window)),
        }
    }

    pub(super) fn memory(&self) -> Result<f64, String> {
        if self.clients < MIN_CLIENTS {
            let clients = counted(self.clients.into(), "client");
            return Err(format!("memory per client needs {MIN_CLIENTS} clients, this has {clients}"));
        }
        match self.memory {
            None => Err("the server's memory could not be read".into()),
            Some(octets) if octets < 0.0 => Err("the server held less memory with clients than without".into()),
            Some(octets) => Ok(octets / f64::from(self.clients)),
        }
    }
}

fn on_the_wire(phase: &PhaseTotals) -> Result<u64, String> {
    let packets = phase.packets.ok_or(NO_PACKETS)?;
    Ok(phase.up + phase.down + packets.up.headers + packets.down.headers)
}

/// A text from the record; an empty one is a histogram that nobody wrote into.
fn decode(text: &str) -> Result<Histogram, NotAHistogram> {
    if text.is_empty() { Ok(Histogram::default()) } else { Histogram::from_text(text) }
}

/// A share of a window that was to be so many hundredths of a second, and is cut a little longer or shorter: what only says
/// that it is below something says the same of every trial.
fn idle(cpu_ns: Nanos, window_ns: Nanos) -> Bound {
    const CUT_TO: Nanos = 10 * MILLISECOND;
    let planned = ((window_ns + CUT_TO / 2) / CUT_TO * CUT_TO).max(CUT_TO);
    let (share, least) = (cpu_ns as f64 / window_ns as f64, MIN_CPU_NS as f64 / planned as f64);
    match Bound::of(cpu_ns, 1.0 / window_ns as f64) {
        Bound::Below(_) if share < least => Bound::Below(least),
        other => other,
    }
}

/// CPU time divided by something: a number, or what it is certainly below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bound {
    Exact(f64),
    Below(f64),
}

impl Bound {
    fn of(cpu_ns: Nanos, factor: f64) -> Bound {
        if cpu_ns >= MIN_CPU_NS {
            Bound::Exact(cpu_ns as f64 * factor)
        } else {
            Bound::Below(MIN_CPU_NS as f64 * factor)
        }
    }
}

/// A curve of `latency`: points (log10 of 1/(1−p), nanoseconds), as far as every trial can print the percentile.
pub(super) fn curve(trials: &[&Figures], latency: impl Fn(&Figures) -> &Histogram) -> Vec<(f64, f64)> {
    let fewest = trials.iter().map(|t| t.latency.len()).min().unwrap_or(0);
    let end = (fewest as f64 / 10.0).log10(); // where ten deliveries lie beyond
    let steps = (0u32..).map(|step| f64::from(step) * CURVE_STEP).take_while(|&x| x < end);
    let quantile = |x: f64| 1.0 - 10f64.powf(-x);
    let printed = |x: &f64| {
        trials.iter().all(|t| stats::too_few(quantile(*x), t.latency.len(), t.distinct).is_none()) && !trials.is_empty()
    };
    let places: Vec<f64> =
        steps.chain([end]).filter(|x| (0.0..f64::INFINITY).contains(x)).take_while(printed).collect();
    let quantiles: Vec<f64> = places.iter().map(|&x| quantile(x)).collect();
    let values: Vec<Vec<Nanos>> = trials.iter().map(|trial| latency(trial).at_each(&quantiles)).collect();
    let centre = |place: usize| {
        stats::centre(&values.iter().map(|trial| trial[place] as f64).collect::<Vec<f64>>()).unwrap_or(0.0)
    };
    places.iter().enumerate().map(|(place, &x)| (x, centre(place))).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};

    pub(crate) fn figures(deliveries: u64, cpu_ms: u64) -> Figures {
        let mut latency = Histogram::default();
        (1..=deliveries).for_each(|n| latency.record(n * 1_000));
        Figures {
            transport: Transport::Polling,
            block: 1,
            seconds: Vec::new(),
            latency,
            twin: Histogram::default(),
            lateness: Histogram::default(),
            distinct: 30,
            used: PhaseTotals {
                up: 50,
                down: 250,
                payload: 100,
                updates: 1,
                requests: 4,
                empty: 3,
                skipped: 0,
                layers: None,
                head_lines: None,
                packets: None,
            },
            setup: PhaseTotals::default(),
            modelled: false,
            tls: None,
            received: 1,
            clients: 100,
            cpu: Work { window_ns: SECOND, cpu_ns: cpu_ms * MILLISECOND, ..Work::default() },
            idle: Work { window_ns: SECOND, cpu_ns: 0, ..Work::default() },
            memory: Some(409_600.0),
            accounting: Accounting::default(),
            oracle: None,
        }
    }

    #[test]
    fn a_curve_ends_where_ten_deliveries_lie_beyond() {
        let (short, long) = (figures(1000, 0), figures(100_000, 0));
        let curve = curve(&[&short, &long], |trial| &trial.latency);
        let (first, last) = (curve[0], curve[curve.len() - 1]);
        assert!(first.0.abs() < 1e-9 && (last.0 - 2.0).abs() < 1e-9, "{first:?} {last:?}");
        assert!((last.1 / ((990_000.0 + 99_000_000.0) / 2.0) - 1.0).abs() < 0.001, "{last:?}");
        assert!(super::curve(&[&figures(9, 0), &long], |trial| &trial.latency).is_empty());
        assert!(super::curve(&[], |trial| &trial.latency).is_empty());
    }

    #[test]
    fn memory_needs_a_hundred_clients() {
        let few = Figures { clients: 99, ..figures(10, 0) };
        assert_eq!(few.memory(), Err("memory per client needs 100 clients, this has 99 clients".into()));
        let shrunk = Figures { memory: Some(-1.0), ..figures(10, 0) };
        assert!(shrunk.memory().is_err());
    }
}
