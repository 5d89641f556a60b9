//! Two loads of one trial, the probes' and the others', as the one that the trial has.

use crate::histogram::{Histogram, NotAHistogram};
use crate::totals::{LoadTotals, OracleTotals, Probes, add_known};
use crate::trial::Trial;

/// The totals of all clients, and what the probes among them saw. The process that is told of is the bulk's, for that of
/// three clients is not what could be too busy; where either was stopped, the trial was.
///
/// # Errors
/// When a histogram of theirs is none.
pub(super) fn merge(
    trial: &Trial,
    bulk: LoadTotals,
    probes: LoadTotals,
) -> Result<(LoadTotals, Probes), NotAHistogram> {
    let seen = Probes {
        clients: trial.probes().map(Vec::from).unwrap_or_default(),
        accounting: probes.accounting,
        latency: Histogram::sum(&probes.latency)?.to_text(),
        excess: probes.oracle.as_ref().map(|oracle| oracle.excess.clone()).unwrap_or_default(),
    };
    let mut all = bulk;
    all.accounting += probes.accounting;
    all.phases += probes.phases;
    // of the updates that only one side received the other knows nothing: at least so many
    all.distinct = all.distinct.max(probes.distinct);
    let seconds = all.latency.iter().zip(&probes.latency).map(|(all, probes)| sum(all, probes));
    all.latency = seconds.collect::<Result<_, _>>()?;
    all.twin = sum(&all.twin, &probes.twin)?;
    all.idle_updates += probes.idle_updates;
    all.reconnects += probes.reconnects;
    all.stalled_ns = all.stalled_ns.max(probes.stalled_ns);
    all.retransmitted += probes.retransmitted;
    all.packets_modelled |= probes.packets_modelled;
    add_known(&mut all.tls, probes.tls);
    all.oracle = match (all.oracle, probes.oracle) {
        (Some(all), Some(probes)) => Some(OracleTotals {
            checked: all.checked + probes.checked,
            early: all.early + probes.early,
            sooner: all.sooner + probes.sooner,
            // both predict for all of the trial's clients
            predicted: all.predicted,
            excess: sum(&all.excess, &probes.excess)?,
        }),
        _ => None,
    };
    Ok((all, seen))
}

/// The values of both; nothing of nothing.
fn sum(all: &str, probes: &str) -> Result<String, NotAHistogram> {
    if all.is_empty() && probes.is_empty() {
        return Ok(String::new());
    }
    let mut sum = Histogram::from_text(all)?;
    sum.add(&Histogram::from_text(probes)?);
    Ok(sum.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::Accounting;

    fn histogram(values: &[u64]) -> String {
        let mut histogram = Histogram::default();
        values.iter().for_each(|&value| histogram.record(value));
        histogram.to_text()
    }

    fn load(values: &[u64]) -> LoadTotals {
        let count = values.len() as u64;
        let oracle = OracleTotals { checked: count, excess: histogram(values), ..OracleTotals::default() };
        LoadTotals {
            accounting: Accounting { expected: count, delivered: count, ..Accounting::default() },
            distinct: count,
            latency: vec![histogram(&values[..1]), histogram(&values[1..])],
            twin: histogram(values),
            oracle: Some(oracle),
            stalled_ns: values[0],
            ..LoadTotals::default()
        }
    }

    #[test]
    fn the_trial_has_all_clients_and_the_probes_are_told_apart() {
        let trial: Trial = serde_json::from_str(
            r#"{"transport":"sse","carrier":"h1","clients":60,"feed":{"schedule":{"kind":"periodic","rate":1.0},
            "payload":20,"encoding":"text","seed":1,"retention_ns":1},"polling":{"interval_ns":1,"pacing":"fixed-rate"},
            "answer":"all","hold_ns":1,"windows":{"warmup_ns":1,"steady_ns":1,"drain_ns":1},
            "sockets":{"send_buffer":1,"max_segment":null}}"#,
        )
        .expect("a trial");
        let (all, seen) = merge(&trial, load(&[10, 20, 30]), load(&[40, 50])).expect("histograms");
        assert_eq!(seen.clients, [1, 30, 59]);
        assert_eq!((all.accounting.delivered, seen.accounting.delivered, all.distinct, all.stalled_ns), (5, 2, 3, 40));
        let len = |text: &str| Histogram::from_text(text).expect("it is one").len();
        assert_eq!(
            (all.latency.iter().map(|text| len(text)).sum::<u64>(), len(&all.twin), len(&seen.latency)),
            (5, 5, 2)
        );
        let oracle = all.oracle.expect("both have one");
        assert_eq!((oracle.checked, len(&oracle.excess), oracle.predicted.as_str()), (5, 5, ""));
        assert!(merge(&trial, load(&[1, 2]), LoadTotals::default()).is_err(), "no twin to be read");
    }
}
