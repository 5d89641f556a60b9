//! What theory says of the invented record, and how far that was from it.

use pushbench::clock::{MILLISECOND, Nanos};
use pushbench::histogram::Histogram;
use pushbench::kind::Transport;
use pushbench::record::{Outcome, Record};
use pushbench::totals::OracleTotals;

/// Enters the oracle of a loopback: streams and long polls take no time, polls wait for anything up to a period.
pub(crate) fn with_theory(mut record: Record) -> Record {
    for line in &mut record.trials {
        let Outcome::Measured(measured) = &mut line.outcome else { continue };
        let latency = Histogram::sum(&measured.load.latency).expect("as invented");
        let (mut predicted, mut excess) = (Histogram::default(), Histogram::default());
        let sooner = if line.trial.transport == Transport::Polling {
            (0..latency.len()).for_each(|n| predicted.record(n * line.trial.polling.interval_ns / latency.len()));
            (0..latency.len() - 40).for_each(|n| excess.record(MILLISECOND + n % 100 * MILLISECOND / 50));
            40
        } else {
            predicted.record_many(0, latency.len());
            excess.add(&latency);
            0
        };
        let early = Nanos::from(line.block == 3 && line.trial.transport == Transport::RawTcp);
        let [predicted, excess] = [predicted, excess].map(|histogram| histogram.to_text());
        measured.load.oracle = Some(OracleTotals { checked: latency.len(), early, sooner, predicted, excess });
    }
    record
}
