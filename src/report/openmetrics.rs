//! The summary as OpenMetrics (<https://openmetrics.io>, version 1.0), for whoever collects metrics by program.
//! `docs/exports.md` describes the families.
//!
//! All of them are gauges. The specification has `summary` for the quantiles of one set of observations, and ours are none:
//! a percentile here is the centre of what each trial's percentile was, it has an interval of its own, and may be missing
//! where its neighbour is not. `info` would suit `pushbench_run_info`, but as a gauge of 1 it is also read where the older
//! text format of Prometheus is expected (node_exporter's textfile collector), which knows no such type. What cannot be
//! printed is absent: NaN would be a number to whoever aggregates.

use super::account::Account;
use super::cells::Estimate;
use super::environment::rfc3339;
use super::metric::{Metric, Unit};
use super::number::spaced;
use super::page::Page;
use super::row::Row;
use crate::totals::Subject;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A label's name and value.
type Label<'p> = (&'static str, &'p str);

/// The text, `# EOF` at its end: it stands alone, and cannot be joined with another one.
#[must_use]
pub fn render(page: &Page) -> String {
    let mut text = Text { page, out: String::new() };
    run(&mut text);
    rows(&mut text);
    for metric in Metric::ALL {
        for part in Part::ALL {
            let found: Vec<(&Row, f64, usize)> = (0..)
                .zip(&page.rows)
                .filter_map(|(place, row)| {
                    let estimate = row.cells.as_ref()?.get(metric).estimate.as_ref()?;
                    Some((row, base(metric.unit(), part.of(estimate)?), place))
                })
                .collect();
            if !found.is_empty() {
                let unit = suffix(metric.unit());
                let name = text.family(&format!("{}{}", metric.key(), part.suffix()), unit, &part.help(metric));
                for (row, value, place) in found {
                    text.sample(&name, row, place, None, value);
                }
            }
        }
    }
    text.out + "# EOF\n"
}

/// What a figure's families are.
#[derive(Clone, Copy)]
enum Part {
    Centre,
    Low,
    High,
    Bound,
}

impl Part {
    const ALL: [Part; 4] = [Part::Centre, Part::Low, Part::High, Part::Bound];

    fn of(self, estimate: &Estimate) -> Option<f64> {
        let interval = estimate.interval.as_ref();
        let bound = estimate.bounds > 0;
        match self {
            Part::Centre => Some(estimate.centre).filter(|_| !bound),
            Part::Low => interval.map(|interval| interval.low),
            Part::High => interval.map(|interval| interval.high),
            Part::Bound => Some(estimate.centre).filter(|_| bound),
        }
        .filter(|value| value.is_finite())
    }

    fn suffix(self) -> &'static str {
        match self {
            Part::Centre => "",
            Part::Low => "_low",
            Part::High => "_high",
            Part::Bound => "_bound",
        }
    }

    fn help(self, metric: Metric) -> String {
        let of_latency = metric.subject() == Some(Subject::Latency) && metric != Metric::Twin;
        let name = if of_latency { format!("delivery latency, {}", metric.name()) } else { metric.name().to_owned() };
        match self {
            Part::Centre => format!("{name}: the median of the trials' values"),
            Part::Low => format!("{name}: the lower end of the median's interval at 95 %"),
            Part::High => format!("{name}: the upper end of the median's interval at 95 %"),
            Part::Bound => format!("{name}: what it is certainly below, where no more can be said"),
        }
    }
}

/// What stands of the whole run.
fn run(text: &mut Text<'_>) {
    let page = text.page;
    let header = &page.header;
    let begun = rfc3339(header.started_unix_ms);
    let name = text.family("run_info", "", "what was run, by which pushbench, where and when");
    let environment = &header.environment;
    let labels = [
        ("scenario", page.name.as_str()),
        ("version", &header.version),
        ("revision", header.revision.as_deref().unwrap_or_default()),
        ("begun", &begun),
        ("cpu", environment.cpu.as_deref().unwrap_or_default()),
        ("kernel", environment.kernel.as_deref().unwrap_or_default()),
        ("optimised", if environment.optimised { "true" } else { "false" }),
    ];
    text.line(&name, &labels, 1.0);
    let scenario = [("scenario", page.name.as_str())];
    let name = text.family("run_begun_timestamp", "seconds", "when the run began, since 1970 UTC");
    text.line(&name, &scenario, header.started_unix_ms as f64 / 1e3);
    let name = text.family("run_finished", "", "1: the run came to its end; 0: trials are missing");
    text.line(&name, &scenario, if page.ended { 1.0 } else { 0.0 });
}

/// What stands of every row, whatever was measured.
fn rows(text: &mut Text<'_>) {
    let page = text.page;
    let each = || (0..).zip(&page.rows);
    let name = text.family("trials", "", "trials that were made, by what came of them");
    for (place, row) in each() {
        for (status, count) in [("measured", row.measured), ("failed", row.tried - row.measured)] {
            text.sample(&name, row, place, Some(("status", status)), count as f64);
        }
    }
    let name = text.family(
        "updates",
        "",
        "updates planned in steady times clients, over the measured trials, by what became of them",
    );
    for (place, row) in each() {
        let Some(Account { sums, .. }) = &row.account else { continue };
        for (fate, count) in [("delivered", sums.delivered), ("superseded", sums.superseded), ("lost", sums.lost())] {
            text.sample(&name, row, place, Some(("fate", fate)), count as f64);
        }
    }
    let name = text.family("doubts", "", "reasons not to believe a row's figures, by what they are about");
    for (place, row) in each() {
        for (about, subject) in SUBJECTS {
            text.sample(&name, row, place, Some(("about", about)), doubts(row, subject) as f64);
        }
    }
}

const SUBJECTS: [(&str, Subject); 4] = [
    ("latency", Subject::Latency),
    ("bytes", Subject::Bytes),
    ("work", Subject::Work),
    ("accounting", Subject::Accounting),
];

/// How many doubts about `subject` stand beside figures of `row`.
fn doubts(row: &Row, subject: Subject) -> usize {
    let figures = Metric::ALL.into_iter().filter(|metric| metric.subject() == Some(subject));
    let beside = row.cells.iter().flat_map(|cells| figures.clone().flat_map(|metric| &cells.get(metric).doubts));
    let accounting = row.doubts.iter().filter(|_| subject == Subject::Accounting);
    beside.chain(accounting).collect::<BTreeSet<_>>().len()
}

/// The unit as it ends a name; nothing for a number of things.
fn suffix(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds => "seconds",
        Unit::Octets => "bytes",
        Unit::Ratio => "ratio",
        Unit::Count => "",
    }
}

/// `value` in OpenMetrics' base units.
fn base(unit: Unit, value: f64) -> f64 {
    if unit == Unit::Nanoseconds { value / 1e9 } else { value }
}

struct Text<'p> {
    page: &'p Page,
    out: String,
}

impl<'p> Text<'p> {
    /// Begins a family; gives its name, which ends in its unit.
    fn family(&mut self, key: &str, unit: &str, help: &str) -> String {
        let mut name = format!("pushbench_{key}");
        if !unit.is_empty() && !name.ends_with(&format!("_{unit}")) {
            name = format!("{name}_{unit}");
        }
        // to write into a string does not fail
        let _ = writeln!(self.out, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(self.out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.out, "# HELP {name} {}", escaped(help));
        name
    }

    /// A number of `row`, which stands at `place`.
    fn sample(&mut self, name: &str, row: &'p Row, place: usize, more: Option<Label<'p>>, value: f64) {
        let (carrier, point) = (row.trial.carrier.to_string(), spaced(&self.page.names[place].point));
        let mut labels = vec![
            ("scenario", self.page.name.as_str()),
            ("transport", row.transport),
            ("carrier", &carrier),
            ("point", &point),
        ];
        labels.extend(more);
        self.line(name, &labels, value);
    }

    /// A number. A label without a value is as good as none, and left out.
    fn line(&mut self, name: &str, labels: &[Label<'_>], value: f64) {
        let there = labels.iter().filter(|(_, value)| !value.is_empty());
        let labels: Vec<String> = there.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let _ = writeln!(self.out, "{name}{{{}}} {value}", labels.join(","));
    }
}

/// `text` where it would end a label's value or a line.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}
