//! Invented layers, packets and handshakes: with the shapes that carriers give them, and sums that agree to the octet.

use super::timeline::timeline;
use super::{BLOCKS, CLIENTS, line, record};
use pushbench::clock::MILLISECOND;
use pushbench::kind::{Carrier, Transport};
use pushbench::record::{End, EndReason, Outcome, Record};
use pushbench::totals::{Handshakes, Layers, LoadTotals, Packets, PhaseTotals, TlsTotals, Ways};

/// A record of TLS: its header, the inner type, and the tag.
const RECORD: u64 = 22;
/// The head of an HTTP/2 frame.
const FRAME: u64 = 9;
/// TCP and IP with timestamps, and those of a SYN.
const HEADERS: u64 = 52;
const SYN: u64 = 60;
const FULL: [u64; 2] = [420, 1320];
const RESUMED: [u64; 2] = [610, 250];

/// What an exchange or an update has of each layer: octets up a request, down a request, down an update.
pub(super) struct Shape {
    pub(super) up: Layers,
    pub(super) answer: Layers,
    pub(super) update: Layers,
}

pub(super) fn shape(transport: Transport, carrier: Carrier) -> Shape {
    let heads = |headers| Layers { headers, ..Layers::default() };
    let update = |framing| Layers { payload: 100, framing, ..Layers::default() };
    let (up, answer, framing) = match (transport, carrier.is_h2()) {
        (Transport::Polling, false) => (heads(64), heads(118), 2),
        (Transport::LongPolling, false) => (heads(67), heads(118), 1),
        (Transport::Polling | Transport::LongPolling, true) => (heads(19), heads(34), 1),
        (Transport::Sse, false) => (heads(0), heads(0), 22),
        (Transport::Sse, true) => (heads(0), heads(0), 15 + FRAME),
        (Transport::Websocket, false) => (heads(0), heads(0), 2),
        (Transport::Websocket, true) => (heads(0), heads(0), 2 + FRAME),
        (Transport::RawTcp, _) => (heads(0), heads(0), 4),
    };
    let mut shape = Shape { up, answer, update: update(framing) };
    if carrier.is_h2() && transport.asks_each_time() {
        shape.up.framing += FRAME;
        shape.answer.framing += 2 * FRAME;
        shape.answer.control += 13;
    }
    if carrier.has_tls() {
        match transport.asks_each_time() {
            true => (shape.up.tls, shape.answer.tls) = (RECORD, RECORD),
            false => shape.update.tls = RECORD,
        }
    }
    shape
}

pub(super) fn times(layers: Layers, n: u64) -> Layers {
    Layers {
        payload: layers.payload * n,
        framing: layers.framing * n,
        headers: layers.headers * n,
        control: layers.control * n,
        tls: layers.tls * n,
        other: layers.other * n,
    }
}

fn sum(mut first: Layers, second: Layers) -> Layers {
    first += second;
    first
}

fn packets(up: u64, down: u64) -> Ways<Packets> {
    let packets = |count| Packets { count, headers: count * HEADERS };
    Ways { up: packets(up), down: packets(down) }
}

/// Sets layers and packets, and with them the octets, from what is counted.
pub(crate) fn steady(used: &mut PhaseTotals, transport: Transport, carrier: Carrier) {
    let Shape { up, answer, update } = shape(transport, carrier);
    let down = sum(times(answer, used.requests), times(update, used.updates));
    let up = times(up, used.requests);
    (used.up, used.down) = (up.total(), down.total());
    used.layers = Some(Ways { up, down });
    // an acknowledgement a segment; a request carries that of the answer before it
    let (sent, received) =
        if transport.asks_each_time() { (used.requests * 2, used.requests) } else { (used.updates, used.updates) };
    used.packets = Some(packets(sent, received));
}

/// Moves what the octets down were changed by into their layers.
pub(crate) fn refit(used: &mut PhaseTotals) {
    let (up, down, payload) = (used.up, used.down, used.payload);
    let Some(layers) = &mut used.layers else { return };
    for (all, layers) in [(up, &mut layers.up), (down, &mut layers.down)] {
        let others = layers.framing + layers.control + layers.tls + layers.other;
        layers.payload = if layers.payload > 0 { payload } else { 0 };
        layers.headers = all - layers.payload - others;
    }
}

/// What all clients need before the feed begins: a connection, and of streams their opening.
pub(crate) fn setup(transport: Transport, carrier: Carrier, clients: u32) -> PhaseTotals {
    let clients = u64::from(clients);
    let heads = |headers| Layers { headers, ..Layers::default() };
    let (mut up, mut down) = match transport {
        Transport::Polling | Transport::LongPolling => (heads(0), heads(0)),
        Transport::Sse => (heads(71), heads(146)),
        Transport::Websocket => (heads(171), heads(129)),
        Transport::RawTcp => (Layers { control: 12, ..Layers::default() }, heads(0)),
    };
    if carrier.is_h2() {
        (up.headers, down.headers) = (up.headers * 2 / 5, down.headers * 2 / 5);
        (up.control, down.control) = (24 + 33 + FRAME, 33 + FRAME);
    }
    if carrier.has_tls() {
        (up.tls, down.tls) = (FULL[0], FULL[1]);
    }
    let (up, down) = (times(up, clients), times(down, clients));
    let more = u64::from(up.total() > 0);
    let tls = 2 * u64::from(carrier.has_tls());
    let mut packets = packets(clients * (1 + more + tls), clients * (more + tls));
    for way in [&mut packets.up, &mut packets.down] {
        way.count += clients;
        way.headers += clients * SYN;
    }
    PhaseTotals {
        up: up.total(),
        down: down.total(),
        requests: clients * more,
        layers: Some(Ways { up, down }),
        packets: Some(packets),
        ..PhaseTotals::default()
    }
}

fn tls(load: &LoadTotals, transport: Transport) -> TlsTotals {
    let clients = u64::from(CLIENTS);
    let handshakes = |count: u64, octets: [u64; 2], each: u64| Handshakes {
        count,
        octets: Ways { up: count * octets[0], down: count * octets[1] },
        took_ns: count * each,
    };
    let used = load.phases.steady;
    let records = if transport.asks_each_time() { used.requests } else { used.updates };
    TlsTotals {
        full: handshakes(clients, FULL, 1_900_000),
        resumed: handshakes(if transport == Transport::Polling { clients / 4 } else { 0 }, RESUMED, 610_000),
        records: Ways { up: used.requests + 2 * clients, down: records + 4 * clients },
    }
}

/// Four transports on four carriers, and the floor on two, at one point.
pub(crate) fn carriers() -> Record {
    let mut record = record();
    record.trials.clear();
    for block in 1..=BLOCKS {
        for transport in Transport::ALL {
            for carrier in Carrier::ALL.into_iter().filter(|c| transport != Transport::RawTcp || !c.is_h2()) {
                let mut line = line(block, u32::try_from(record.trials.len()).expect("few") + 1, transport);
                line.trial.carrier = carrier;
                if let Outcome::Measured(measured) = &mut line.outcome {
                    measured.timeline = if block == 1 { timeline(transport, carrier, 20) } else { Vec::new() };
                    let load = &mut measured.load;
                    steady(&mut load.phases.steady, transport, carrier);
                    load.phases.setup = setup(transport, carrier, CLIENTS);
                    load.tls = carrier.has_tls().then(|| tls(load, transport));
                    let dearer = 100 + 25 * u64::from(carrier.has_tls()) + 35 * u64::from(carrier.is_h2());
                    measured.serve.steady.cpu_ns = measured.serve.steady.cpu_ns * dearer / 100;
                    measured.serve.idle.cpu_ns = 2 * MILLISECOND;
                    load.latency.truncate(1);
                }
                record.trials.push(line);
            }
        }
    }
    let count = u32::try_from(record.trials.len()).expect("few");
    record.header.scenario.name = "carriers".into();
    record.header.scenario.question = "What do TLS and HTTP/2 make of an update's bytes?".into();
    record.header.trials = count;
    record.end = Some(End { reason: EndReason::Finished, trials: count });
    record
}
