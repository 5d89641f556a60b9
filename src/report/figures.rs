//! From measured trials to cells: each figure by its definition, or a dash and the reason.

use super::number::{counted, growth, memory, octets, percent, significant, time};
use crate::clock::{MILLISECOND, Nanos};
use crate::histogram::{Histogram, NotAHistogram};
use crate::record::Measured;
use crate::stats;
use crate::totals::{Accounting, PhaseTotals, Subject, Work};
use crate::trial::Trial;
use serde::Serialize;

/// CPU time a window must have seen before it is divided by anything: below it, the clock's grain and whatever else the
/// process did weigh as much as the work.
const MIN_CPU_NS: Nanos = 50 * MILLISECOND;
/// Clients from which memory per client is printed: with fewer, the allocator's own steps are as large.
const MIN_CLIENTS: u32 = 100;
/// Between two points of a curve, in powers of ten of 1/(1−p).
const CURVE_STEP: f64 = 0.025;

const DASH: &str = "—";

/// One number of the report, as printed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Cell {
    /// The number with its unit, a bound, or a dash.
    pub(super) text: String,
    /// Why it is no plain number.
    pub(super) why: Option<String>,
    /// The doubts about it, by number.
    pub(super) doubts: Vec<usize>,
}

impl Cell {
    fn dash(why: String) -> Cell {
        Cell { text: DASH.into(), why: Some(why), doubts: Vec::new() }
    }

    /// Whether there is no number that could be doubted.
    pub(super) fn is_dash(&self) -> bool {
        self.text == DASH
    }
}

/// All numbers of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cells {
    pub(super) p50: Cell,
    pub(super) p90: Cell,
    pub(super) p99: Cell,
    pub(super) p999: Cell,
    pub(super) max: Cell,
    /// p99 of the naive twin, received − emitted.
    pub(super) twin: Cell,
    /// p99 of emitted − planned.
    pub(super) lateness: Cell,
    pub(super) bytes: Cell,
    pub(super) payload: Cell,
    pub(super) overhead: Cell,
    pub(super) requests: Cell,
    pub(super) empty: Cell,
    pub(super) cpu: Cell,
    pub(super) idle: Cell,
    pub(super) memory: Cell,
}

impl Cells {
    /// The numbers that a doubt about `subject` is about.
    pub(super) fn about(&mut self, subject: Subject) -> Vec<&mut Cell> {
        match subject {
            Subject::Latency => {
                vec![&mut self.p50, &mut self.p90, &mut self.p99, &mut self.p999, &mut self.max, &mut self.twin]
            }
            Subject::Bytes => {
                vec![&mut self.bytes, &mut self.payload, &mut self.overhead, &mut self.requests, &mut self.empty]
            }
            Subject::Work => vec![&mut self.cpu, &mut self.idle, &mut self.memory],
            Subject::Accounting => Vec::new(), // it has a table of its own
        }
    }
}

/// What one trial says, before anything is rounded.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) latency: Histogram,
    twin: Histogram,
    lateness: Histogram,
    distinct: u64,
    pub(super) used: PhaseTotals,
    clients: u32,
    cpu: Work,
    idle: Work,
    /// Octets of memory that the clients added to the server; `None` where it could not be read.
    memory: Option<f64>,
    pub(super) accounting: Accounting,
}

impl Figures {
    /// Reads a measured trial.
    pub(super) fn of(trial: &Trial, measured: &Measured) -> Result<Figures, NotAHistogram> {
        let (load, serve) = (&measured.load, &measured.serve);
        let mut latency = Histogram::default();
        for second in &load.latency {
            latency.add(&decode(second)?);
        }
        let (before, full) = (serve.memory_before.anonymous, serve.memory_full.anonymous);
        Ok(Figures {
            latency,
            twin: decode(&load.twin)?,
            lateness: decode(&load.lateness)?,
            distinct: load.distinct,
            used: load.phases.steady,
            clients: trial.clients,
            cpu: serve.steady,
            idle: serve.idle,
            memory: (before > 0 && full > 0).then_some(full as f64 - before as f64),
            accounting: load.accounting,
        })
    }

    pub(super) fn percentile(&self, histogram: &Histogram, p: f64) -> Result<f64, String> {
        match stats::too_few(p, histogram.len(), self.distinct) {
            Some(reason) => Err(reason),
            None => Ok(histogram.at(p) as f64),
        }
    }

    /// How late the feed emitted half of its updates: the one figure that counts updates, not deliveries.
    fn late_feed(&self) -> Result<f64, String> {
        match stats::too_few(0.5, self.lateness.len(), self.lateness.len()) {
            Some(_) => Err(format!("the feed's lateness needs {} updates", stats::MIN_DISTINCT)),
            None => Ok(self.lateness.at(0.5) as f64),
        }
    }

    fn max(&self) -> Result<f64, String> {
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

    fn payload(&self) -> Result<f64, String> {
        self.per_update(self.used.payload)
    }

    pub(super) fn overhead(&self) -> Result<f64, String> {
        let (bytes, payload) = (self.bytes()?, self.payload()?);
        if payload > 0.0 { Ok((bytes - payload) / payload) } else { Err("no payload was counted".into()) }
    }

    pub(super) fn empty(&self, asks: bool) -> Result<f64, String> {
        match (asks, self.used.requests) {
            (false, _) => Err("it does not ask for updates, so no poll can be empty".into()),
            (true, 0) => Err("no request was answered in steady".into()),
            (true, requests) => Ok(self.used.empty as f64 / requests as f64),
        }
    }

    pub(super) fn cpu(&self) -> Result<Bound, String> {
        Ok(Bound::of(self.cpu.cpu_ns, self.per_update(1)?))
    }

    fn idle(&self) -> Result<Bound, String> {
        match self.idle.window_ns {
            0 => Err("the idle window was not measured".into()),
            window => Ok(Bound::of(self.idle.cpu_ns, 1.0 / window as f64)),
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

/// A text from the record; an empty one is a histogram that nobody wrote into.
fn decode(text: &str) -> Result<Histogram, NotAHistogram> {
    if text.is_empty() { Ok(Histogram::default()) } else { Histogram::from_text(text) }
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

/// The row that these trials make: each figure is the centre of the trials' figures.
///
/// `asks`: the transport's clients ask for each answer.
pub(super) fn cells(trials: &[&Figures], asks: bool) -> Cells {
    let percentile = |p| centre(trials, |t| t.percentile(&t.latency, p), time);
    Cells {
        p50: percentile(0.5),
        p90: percentile(0.9),
        p99: percentile(0.99),
        p999: percentile(0.999),
        max: centre(trials, Figures::max, time),
        twin: centre(trials, |t| t.percentile(&t.twin, 0.99), time),
        lateness: centre(trials, |t| t.late_feed(), time),
        bytes: centre(trials, Figures::bytes, octets),
        payload: centre(trials, Figures::payload, octets),
        overhead: centre(trials, Figures::overhead, growth),
        requests: centre(trials, |t| t.per_update(t.used.requests), significant),
        empty: centre(trials, |t| t.empty(asks), percent),
        cpu: bounded(trials, "server CPU per update", Figures::cpu, time),
        idle: bounded(trials, "idle CPU", Figures::idle, percent),
        memory: centre(trials, Figures::memory, memory),
    }
}

/// Payload and everything else per update, in octets: the centres of the trials'; `None` where nothing was received.
pub(super) fn split(trials: &[&Figures]) -> Option<(f64, f64)> {
    let all = |get: fn(&Figures) -> Result<f64, String>| -> Option<f64> {
        let values: Result<Vec<f64>, String> = trials.iter().map(|t| get(t)).collect();
        stats::centre(&values.ok()?)
    };
    let (payload, bytes) = (all(Figures::payload)?, all(Figures::bytes)?);
    Some((payload, bytes - payload))
}

/// The latency curve: points (log10 of 1/(1−p), nanoseconds), as far as every trial can print the percentile.
pub(super) fn curve(trials: &[&Figures]) -> Vec<(f64, f64)> {
    let fewest = trials.iter().map(|t| t.latency.len()).min().unwrap_or(0);
    let end = (fewest as f64 / 10.0).log10(); // where ten deliveries lie beyond
    let steps = (0u32..).map(|step| f64::from(step) * CURVE_STEP).take_while(|&x| x < end);
    let point = |x: f64| {
        let p = 1.0 - 10f64.powf(-x);
        let values: Result<Vec<f64>, String> = trials.iter().map(|t| t.percentile(&t.latency, p)).collect();
        Some((x, stats::centre(&values.ok()?)?))
    };
    steps.chain([end]).filter(|x| (0.0..f64::INFINITY).contains(x)).map_while(point).collect()
}

fn centre(trials: &[&Figures], get: impl Fn(&Figures) -> Result<f64, String>, show: fn(f64) -> String) -> Cell {
    match every(trials, get) {
        Err(why) => Cell::dash(why),
        Ok(values) => match stats::centre(&values) {
            Some(value) => Cell { text: show(value), ..Cell::default() },
            None => Cell::dash("no trial was measured".into()),
        },
    }
}

fn bounded(
    trials: &[&Figures],
    name: &str,
    get: fn(&Figures) -> Result<Bound, String>,
    show: fn(f64) -> String,
) -> Cell {
    let bounds = match every(trials, get) {
        Err(why) => return Cell::dash(why),
        Ok(bounds) => bounds,
    };
    let below = bounds.iter().filter(|bound| matches!(bound, Bound::Below(_))).count();
    let values: Vec<f64> = bounds.iter().map(|&(Bound::Exact(value) | Bound::Below(value))| value).collect();
    let Some(value) = stats::centre(&values) else { return Cell::dash("no trial was measured".into()) };
    // the median of upper bounds is an upper bound of the median
    let sign = match below {
        0 => return Cell { text: show(value), ..Cell::default() },
        n if n == bounds.len() => "<",
        _ => "≤",
    };
    let why =
        format!("{name} is only a bound: the window saw less than 50 ms of CPU time{}", of_trials(below, bounds.len()));
    let value = show(value).replace(".00 ", " "); // a bound has no precision to show
    Cell { text: format!("{sign} {value}"), why: Some(why), ..Cell::default() }
}

/// All trials' values, or why the row has none: a single trial without one is enough.
pub(super) fn every<T>(trials: &[&Figures], get: impl Fn(&Figures) -> Result<T, String>) -> Result<Vec<T>, String> {
    let (mut values, mut reasons) = (Vec::new(), Vec::new());
    for trial in trials {
        match get(trial) {
            Ok(value) => values.push(value),
            Err(reason) => reasons.push(reason),
        }
    }
    let Some(first) = reasons.first() else { return Ok(values) };
    let alike = reasons.iter().all(|reason| reason == first);
    Err(if alike {
        format!("{first}{}", of_trials(reasons.len(), trials.len()))
    } else {
        format!("{first} (so or alike in {} of {} trials)", reasons.len(), trials.len())
    })
}

fn of_trials(some: usize, all: usize) -> String {
    if some == all { String::new() } else { format!(" ({some} of {all} trials)") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SECOND;

    fn figures(deliveries: u64, cpu_ms: u64) -> Figures {
        let mut latency = Histogram::default();
        (1..=deliveries).for_each(|n| latency.record(n * 1_000));
        Figures {
            latency,
            twin: Histogram::default(),
            lateness: Histogram::default(),
            distinct: 30,
            used: PhaseTotals { up: 50, down: 250, payload: 100, updates: 1, requests: 4, empty: 3, skipped: 0 },
            clients: 100,
            cpu: Work { window_ns: SECOND, cpu_ns: cpu_ms * MILLISECOND, ..Work::default() },
            idle: Work { window_ns: SECOND, cpu_ns: 0, ..Work::default() },
            memory: Some(409_600.0),
            accounting: Accounting::default(),
        }
    }

    #[test]
    fn figures_are_the_centre_of_the_trials() {
        let (a, b, c) = (figures(1000, 60), figures(2000, 70), figures(3000, 900));
        let cells = cells(&[&a, &b, &c], true);
        let texts = [&cells.p50, &cells.p99, &cells.max, &cells.bytes, &cells.overhead, &cells.requests, &cells.empty];
        let texts = texts.map(|cell| cell.text.as_str());
        assert_eq!(texts, ["1.00 ms", "1.98 ms", "2.00 ms", "300 B", "+200 %", "4.00", "75.0 %"]);
        assert_eq!([&cells.cpu, &cells.memory].map(|cell| cell.text.as_str()), ["70.0 ms", "4.00 KiB"]);
        assert_eq!(split(&[&a, &b, &c]), Some((100.0, 200.0)));
    }

    #[test]
    fn one_trial_without_a_percentile_takes_it_from_the_row() {
        let (few, many) = (figures(999, 60), figures(10_000, 60));
        let cell = cells(&[&few, &many], false).p99;
        assert_eq!(cell.text, DASH);
        assert_eq!(cell.why.as_deref(), Some("p99 needs 1000 deliveries, there are 999 (1 of 2 trials)"));
        let other = figures(998, 60);
        let why = cells(&[&few, &other, &many], false).p99.why;
        assert_eq!(why.as_deref(), Some("p99 needs 1000 deliveries, there are 999 (so or alike in 2 of 3 trials)"));
    }

    #[test]
    fn little_cpu_time_gives_a_bound() {
        let (idle, busy) = (figures(10, 49), figures(10, 80));
        let cpu = |trials: &[&Figures]| cells(trials, false).cpu.text;
        assert_eq!(cpu(&[&idle, &idle]), "< 50.0 ms");
        assert_eq!(cpu(&[&idle, &busy, &busy]), "≤ 80.0 ms");
        assert_eq!(cpu(&[&busy]), "80.0 ms");
        assert_eq!(cells(&[&idle], false).idle.text, "< 5 %");
    }

    #[test]
    fn a_curve_ends_where_ten_deliveries_lie_beyond() {
        let (short, long) = (figures(1000, 0), figures(100_000, 0));
        let curve = curve(&[&short, &long]);
        let (first, last) = (curve[0], curve[curve.len() - 1]);
        assert!(first.0.abs() < 1e-9 && (last.0 - 2.0).abs() < 1e-9, "{first:?} {last:?}");
        assert!((last.1 / ((990_000.0 + 99_000_000.0) / 2.0) - 1.0).abs() < 0.001, "{last:?}");
        assert!(super::curve(&[&figures(9, 0), &long]).is_empty());
        assert!(super::curve(&[]).is_empty());
    }

    #[test]
    fn memory_needs_a_hundred_clients() {
        let few = Figures { clients: 99, ..figures(10, 0) };
        let cell = cells(&[&few], false).memory;
        assert_eq!(cell.why.as_deref(), Some("memory per client needs 100 clients, this has 99 clients"));
        let shrunk = Figures { memory: Some(-1.0), ..figures(10, 0) };
        assert_eq!(cells(&[&shrunk], false).memory.text, DASH);
    }
}
