//! Judging a trial: do both sides agree, does the accounting close, and what throws doubt on its numbers.

use super::theory;
use crate::calibration::KnownDelay;
use crate::clock::{MILLISECOND, Nanos};
use crate::forwarded::Forwarded;
use crate::gap::Gap;
use crate::histogram::Histogram;
use crate::kind::Transport;
use crate::record::{Agreement, Failure, Measured, Outcome, Stop};
use crate::timeline::Message;
use crate::totals::{Connection, DUPLICATE, Doubt, LoadTotals, Probes, ServeTotals, Subject, Work};
use crate::trial::Trial;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

/// Poll periods that steady must hold.
const MIN_PERIODS: u64 = 5;
/// The load not running for longer than this shows in its latencies.
pub(super) const LONGEST_STALL: Nanos = 20 * MILLISECOND;
/// A process that uses more than this of its CPUs' time is saturated: what waits then is a queue.
const SATURATED: f64 = 0.9;

/// A packet-level link that sends on one packet of 100 later than this is not at the distance that it says.
const LATEST_PACKET: Nanos = MILLISECOND;

/// Both sides of a trial that went through.
pub(super) struct Sides {
    pub(super) t0: Nanos,
    /// The same moment, in milliseconds since 1970 UTC.
    pub(super) t0_unix_ms: u64,
    /// Worker threads of the server and of the load.
    pub(super) workers: (usize, usize),
    pub(super) load: LoadTotals,
    pub(super) load_connections: Vec<Connection>,
    pub(super) serve: ServeTotals,
    pub(super) serve_connections: Vec<Connection>,
    pub(super) timeline: Vec<Message>,
    pub(super) stops: Vec<Stop>,
    pub(super) forwarded: Option<Forwarded>,
    /// What the probes among the clients saw.
    pub(super) probes: Option<Probes>,
    /// Of a calibration's trial.
    pub(super) delay: Option<KnownDelay>,
    /// Of a pilot: the median latency of each part of steady.
    pub(super) bins: Option<Vec<Option<Nanos>>>,
}

pub(super) fn judge(trial: &Trial, mut sides: Sides, last_words: String) -> Outcome {
    let agreement = agree(&sides.load_connections, &sides.serve_connections);
    let reason = contradiction(&sides.load, agreement).or_else(|| misplaced(&sides.load, &sides.load_connections));
    if let Some(reason) = reason {
        return Outcome::Error(Failure { reason, last_words });
    }
    enter_duplicates(&mut sides.load, &sides.serve_connections);
    let doubts = doubts(trial, &sides, agreement);
    Outcome::Measured(Box::new(Measured {
        t0: Some(sides.t0),
        t0_unix_ms: Some(sides.t0_unix_ms),
        load: sides.load,
        serve: sides.serve,
        agreement,
        doubts,
        timeline: sides.timeline,
        stops: sides.stops,
        forwarded: sides.forwarded,
        probes: sides.probes,
    }))
}

/// What makes every number of a trial meaningless.
fn contradiction(load: &LoadTotals, agreement: Agreement) -> Option<String> {
    let accounting = load.accounting;
    if accounting.foreign > 0 {
        return Some(format!("{} messages were no update of the plan", accounting.foreign));
    }
    if !accounting.closes() {
        return Some(format!("the accounting does not close: {accounting:?}"));
    }
    let recorded = Histogram::sum(&load.latency).ok().map(|latency| latency.len());
    let twin =
        if load.twin.is_empty() { Some(0) } else { Histogram::from_text(&load.twin).ok().map(|twin| twin.len()) };
    if (recorded, twin) != (Some(accounting.delivered), Some(accounting.delivered)) {
        return Some(format!(
            "{} deliveries, but {recorded:?} latencies and {twin:?} in the twin were recorded",
            accounting.delivered
        ));
    }
    if agreement.equal < agreement.whole {
        let differ = agreement.whole - agreement.equal;
        return Some(format!("client and server count different bytes on {differ} of {} connections", agreement.whole));
    }
    None
}

/// Where the layers are not the bytes: of a phase, of a connection, of the trial.
fn misplaced(load: &LoadTotals, connections: &[Connection]) -> Option<String> {
    let (mut phases, mut sockets) = ([0, 0], [0, 0]);
    for phase in load.phases.all() {
        let layers = phase.layers?;
        let (placed, moved) = ([layers.up.total(), layers.down.total()], [phase.up, phase.down]);
        if placed != moved {
            return Some(format!("a phase's layers are {placed:?} B, and {moved:?} B went up and down in it"));
        }
        phases = [phases[0] + moved[0], phases[1] + moved[1]];
    }
    for connection in connections {
        let moved = [connection.sent, connection.received];
        if let Some(placed) = connection.placed.filter(|placed| *placed != moved) {
            return Some(format!(
                "on a connection {placed:?} B were placed in a layer, and {moved:?} B went up and down"
            ));
        }
        sockets = [sockets[0] + moved[0], sockets[1] + moved[1]];
    }
    (phases != sockets).then(|| format!("the phases have {phases:?} B, the connections {sockets:?} B, up and down"))
}

/// Enters the options by which the clients said that segments came twice: the server's kernel alone counts them. It does
/// not say when, so that they are spread over the phases as the clients' packets are.
fn enter_duplicates(load: &mut LoadTotals, serve: &[Connection]) {
    let duplicates: u64 = serve.iter().filter_map(|side| side.kernel).map(|kernel| u64::from(kernel.duplicates)).sum();
    let mut packets: Vec<_> = load.phases.all_mut().into_iter().filter_map(|phase| phase.packets.as_mut()).collect();
    let all: u64 = packets.iter().map(|packets| packets.up.count).sum();
    let (mut passed, mut entered) = (0, 0);
    for packets in &mut packets {
        passed += packets.up.count;
        let share = (duplicates * passed).checked_div(all).unwrap_or(0);
        packets.up.headers += (share - entered) * DUPLICATE;
        entered = share;
    }
}

/// Holds both sides' counts against each other. Connections of one address were made one after the other, on both sides
/// in the same order.
pub(super) fn agree(load: &[Connection], serve: &[Connection]) -> Agreement {
    let in_time = |connections: &'_ [Connection]| {
        let mut sorted = connections.to_vec();
        sorted.sort_by_key(|connection| connection.opened);
        sorted
    };
    let mut served: HashMap<SocketAddr, VecDeque<Connection>> = HashMap::new();
    for connection in in_time(serve) {
        served.entry(connection.client).or_default().push_back(connection);
    }
    let mut agreement = Agreement::default();
    for ours in in_time(load) {
        let Some(theirs) = served.get_mut(&ours.client).and_then(VecDeque::pop_front) else {
            agreement.cut += 1; // what of it arrived is not known
            continue;
        };
        if ours.eof && theirs.eof {
            agreement.whole += 1;
            agreement.equal += u64::from(ours.sent == theirs.received && ours.received == theirs.sent);
        } else {
            agreement.cut += 1;
            agreement.undelivered +=
                ours.sent.saturating_sub(theirs.received) + theirs.sent.saturating_sub(ours.received);
        }
    }
    // a client can be in the middle of connecting when the trial ends: nobody has sent anything then
    let used = |theirs: &Connection| !theirs.eof || theirs.sent + theirs.received > 0;
    agreement.cut += served.into_values().flatten().filter(used).count() as u64;
    agreement
}

fn doubts(trial: &Trial, sides: &Sides, agreement: Agreement) -> Vec<Doubt> {
    let (load, serve) = (&sides.load, &sides.serve);
    let mut doubts = Vec::new();
    let mut doubt = |about: Subject, sentence: String| doubts.push(Doubt { about, sentence });
    let accounting = load.accounting;
    if accounting.lost() > 0 {
        doubt(
            Subject::Accounting,
            format!(
                "{} of {} updates were lost: {} no longer kept, {} cut off, {} not there in time",
                accounting.lost(),
                accounting.expected,
                accounting.lost_retention,
                accounting.lost_cut_off,
                accounting.lost_deadline
            ),
        );
    }
    if accounting.duplicates + accounting.reordered > 0 {
        let (twice, late) = (accounting.duplicates, accounting.reordered);
        doubt(Subject::Accounting, format!("{twice} updates came twice, {late} out of order"));
    }
    if agreement.cut > 0 {
        let (cut, undelivered) = (agreement.cut, agreement.undelivered);
        doubt(Subject::Bytes, format!("{cut} connections were cut; {undelivered} B on them were never received"));
    }
    if load.reconnects > 0 {
        doubt(Subject::Latency, format!("connections broke and were opened again {} times", load.reconnects));
    }
    if serve.cut_off + serve.refused > 0 {
        let (cut, refused) = (serve.cut_off, serve.refused);
        doubt(Subject::Accounting, format!("the server cut off {cut} slow readers and refused {refused} connections"));
    }
    if load.stalled_ns > LONGEST_STALL {
        let ms = load.stalled_ns / MILLISECOND;
        doubt(Subject::Latency, format!("the load did not run for {ms} ms: what it received then, it received late"));
    }
    for (name, work, workers) in [("server", serve.steady, sides.workers.0), ("load", load.steady, sides.workers.1)] {
        if let Some(share) = share(work, workers).filter(|&share| share > SATURATED) {
            let percent = (share * 100.0).round();
            doubt(
                Subject::Latency,
                format!("the {name}'s workers were busy for {percent} % of the time: latencies are those of a queue"),
            );
        }
    }
    if load.idle_updates > 0 {
        let late = load.idle_updates;
        doubt(Subject::Work, format!("{late} updates arrived in the idle window: idle CPU is not that of idleness"));
    }
    if let Some(early) = theory::too_early(load) {
        doubt(Subject::Latency, early);
    }
    // what is known to be late already needs no second doubt, and what was stopped on purpose is what the trial shows
    let explained = load.stalled_ns > LONGEST_STALL || is_busy(sides) || load.reconnects > 0;
    let late = || late_feed(load).or_else(|| theory::too_late(load, trial.clients).filter(|_| !explained));
    if let Some(late) = sides.stops.is_empty().then(late).flatten() {
        doubt(Subject::Latency, late);
    }
    if let Some(queue) = sides.probes.as_ref().and_then(|probes| own_queue(trial, load, probes)) {
        doubt(Subject::Latency, queue);
    }
    if let Some(late) = sides.forwarded.and_then(late_link) {
        doubt(Subject::Latency, late);
    }
    if trial.transport == Transport::Polling {
        let (steady, period) = (trial.windows.steady_ns, trial.polling.interval_ns);
        if steady % period != 0 || steady / period < MIN_PERIODS {
            doubt(
                Subject::Latency,
                format!(
                    "steady is {} ms, which is not at least {MIN_PERIODS} whole poll periods of {} ms",
                    steady / MILLISECOND,
                    period / MILLISECOND
                ),
            );
        }
    }
    if cfg!(debug_assertions) {
        doubt(Subject::Latency, "built without optimisation: use `cargo run --release`".into());
        doubt(Subject::Work, "built without optimisation: use `cargo run --release`".into());
    }
    if serve.socket.iter().chain(&load.socket).any(|socket| !socket.nodelay) {
        doubt(Subject::Latency, "a socket had no TCP_NODELAY: small writes may have waited for ACKs".into());
    }
    doubts
}

/// Whether one of the two sides was saturated.
fn is_busy(sides: &Sides) -> bool {
    let of = [share(sides.serve.steady, sides.workers.0), share(sides.load.steady, sides.workers.1)];
    of.into_iter().flatten().any(|share| share > SATURATED)
}

/// The share of their time in which a process's workers were busy, other threads counted with them.
#[allow(clippy::cast_precision_loss)] // a share
fn share(work: Work, workers: usize) -> Option<f64> {
    (work.window_ns > 0).then(|| work.cpu_ns as f64 / work.window_ns as f64 / workers.max(1) as f64)
}

/// The feed's own lateness is in every latency; where it is most of it, the transport is not what was measured.
fn late_feed(load: &LoadTotals) -> Option<String> {
    let lateness = Histogram::from_text(&load.lateness).ok()?;
    let latency = Histogram::sum(&load.latency).ok()?;
    let late = lateness.at(0.5);
    (late > MILLISECOND / 4 && late * 2 > latency.at(0.5))
        .then(|| format!("the feed emitted {} µs late (median): most of the latency is the feed's own", late / 1000))
}

/// The load's own queue; its histograms were read when they were merged.
fn own_queue(trial: &Trial, load: &LoadTotals, probes: &Probes) -> Option<String> {
    Gap::of(trial.transport, load, probes).ok().flatten()?.doubt(trial.transport)
}

/// A link that was late or lost packets of itself is not the one that was asked for.
fn late_link(forwarded: Forwarded) -> Option<String> {
    let Forwarded { overrun, late_p99_ns, late_max_ns, .. } = forwarded;
    (overrun > 0 || late_p99_ns > LATEST_PACKET).then(|| {
        format!(
            "the link did not keep up: packets were up to {} µs late (99 of 100 up to {}), and {overrun} were lost for that",
            late_max_ns / 1000,
            late_p99_ns / 1000
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::{KernelCounters, Layers, Packets, Ways};

    fn connection(port: u16, sent: u64, received: u64, eof: bool) -> Connection {
        Connection { client: ([127, 0, 0, 1], port).into(), opened: 0, sent, received, placed: None, eof, kernel: None }
    }

    #[test]
    fn connections_of_one_address_are_paired_in_the_order_of_time() {
        let at = |opened, sent, received| Connection { opened, ..connection(1, sent, received, true) };
        let load = [at(30, 3, 30), at(10, 1, 10), at(20, 2, 20)];
        let serve = [at(11, 10, 1), at(21, 20, 2), at(31, 30, 3)];
        assert_eq!(agree(&load, &serve), Agreement { whole: 3, equal: 3, cut: 0, undelivered: 0 });
    }

    #[test]
    fn both_sides_are_held_against_each_other() {
        let load = [connection(1, 10, 20, true), connection(2, 10, 15, false), connection(3, 5, 5, true)];
        let unused = connection(5, 0, 0, true);
        let serve = [connection(1, 20, 10, true), connection(2, 20, 10, true), connection(4, 7, 0, false), unused];
        let agreement = agree(&load, &serve);
        assert_eq!(agreement, Agreement { whole: 1, equal: 1, cut: 3, undelivered: 5 });
        let unequal = agree(&[connection(1, 10, 21, true)], &[connection(1, 20, 10, true)]);
        assert_eq!((unequal.whole, unequal.equal), (1, 0));
        assert!(contradiction(&LoadTotals::default(), unequal).is_some());
    }

    #[test]
    fn layers_that_are_not_the_bytes_are_no_number() {
        let mut load = LoadTotals::default();
        assert_eq!(misplaced(&load, &[connection(1, 3, 5, true)]), None, "nothing was dissected");
        for phase in load.phases.all_mut() {
            phase.layers = Some(Ways::default());
        }
        (load.phases.steady.up, load.phases.steady.down) = (3, 5);
        let layers = |payload| Layers { payload, ..Layers::default() };
        load.phases.steady.layers = Some(Ways { up: layers(3), down: layers(5) });
        let placed = |up, down| [Connection { placed: Some([up, down]), ..connection(1, 3, 5, true) }];
        let says = |load: &LoadTotals, connections: &[Connection]| misplaced(load, connections).unwrap_or_default();
        assert_eq!(misplaced(&load, &placed(3, 5)), None);
        assert!(says(&load, &placed(3, 4)).contains("on a connection [3, 4] B were placed"));
        assert!(says(&load, &[]).contains("the phases have [3, 5] B, the connections [0, 0] B"));
        load.phases.steady.layers = Some(Ways { up: layers(3), down: layers(6) });
        assert!(says(&load, &placed(3, 5)).contains("a phase's layers are [3, 6] B"));
    }

    #[test]
    fn what_the_clients_got_twice_is_spread_over_the_phases() {
        let mut load = LoadTotals::default();
        let said = |duplicates| {
            let kernel = KernelCounters { duplicates, ..KernelCounters::default() };
            Connection { kernel: Some(kernel), ..connection(1, 3, 5, true) }
        };
        enter_duplicates(&mut load, &[said(7)]);
        assert_eq!(load, LoadTotals::default(), "no packets were counted");
        for (phase, count) in load.phases.all_mut().into_iter().zip([1, 0, 5, 4, 0]) {
            phase.packets = Some(Ways { up: Packets { count, headers: 0 }, ..Ways::default() });
        }
        enter_duplicates(&mut load, &[said(7), connection(2, 3, 5, false), said(4)]);
        let entered = load.phases.all().map(|phase| phase.packets.expect("as above").up.headers / DUPLICATE);
        assert_eq!(entered, [1, 0, 5, 5, 0]);
    }

    #[test]
    fn a_foreign_message_or_an_open_account_is_no_number() {
        let mut load = LoadTotals::default();
        assert_eq!(contradiction(&load, Agreement::default()), None);
        load.accounting.expected = 1;
        assert!(contradiction(&load, Agreement::default()).is_some());
        load.accounting.delivered = 1;
        assert!(contradiction(&load, Agreement::default()).is_some_and(|reason| reason.contains("were recorded")));
        load.accounting.foreign = 1;
        assert!(contradiction(&load, Agreement::default()).is_some());
    }
}
