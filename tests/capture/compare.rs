//! What the record says of a trial, held against what its packets say.

use pushbench::totals::{Layers, LoadTotals, Packets, Ways};
use std::fmt::Write;

/// How far the octets of TCP's and IP's headers may be from those captured: of the options that only some packets have, the
/// kernel counts those by which segments are said to have come twice.
const HEADERS_WITHIN: f64 = 0.005;

/// What one of them says of a trial, over the whole life of its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Octets on the socket.
    pub(crate) octets: Ways<u64>,
    pub(crate) layers: Ways<Layers>,
    pub(crate) packets: Ways<Packets>,
}

impl Account {
    /// The record's: the sum of the phases.
    pub(crate) fn of(load: &LoadTotals) -> Account {
        let mut account = Account::default();
        for phase in load.phases.all() {
            account.octets += Ways { up: phase.up, down: phase.down };
            account.layers += phase.layers.expect("the client dissects");
            account.packets += phase.packets.expect("the client counts packets");
        }
        account
    }

    fn rows(&self) -> Vec<(String, u64)> {
        let way = |way, octets, layers: Layers| {
            let Layers { payload, framing, headers, control, tls, other } = layers;
            let layers = [("payload", payload), ("framing", framing), ("headers", headers), ("control", control)];
            let all = [("socket", octets)].into_iter().chain(layers).chain([("tls", tls), ("other", other)]);
            all.map(move |(name, octets)| (format!("{way} {name}"), octets))
        };
        way("up", self.octets.up, self.layers.up).chain(way("down", self.octets.down, self.layers.down)).collect()
    }
}

/// The deviation of the record's packet headers from the captured ones, up and down, as a share.
#[allow(clippy::cast_precision_loss)] // a share
pub(crate) fn deviation(record: &Account, captured: &Account) -> [f64; 2] {
    let share = |ours: Packets, theirs: Packets| ours.headers as f64 / theirs.headers as f64 - 1.0;
    [share(record.packets.up, captured.packets.up), share(record.packets.down, captured.packets.down)]
}

/// What was compared, in a line.
pub(crate) fn summary(name: &str, record: &Account, captured: &Account) -> String {
    let Account { octets, packets, .. } = captured;
    let [up, down] = deviation(record, captured).map(|share| share * 100.0);
    format!(
        "{name}: {} B up, {} B down; in {} and {} packets with {} and {} B of TCP/IP: the record's are {up:+.3} % and \
         {down:+.3} % from them",
        octets.up, octets.down, packets.up.count, packets.down.count, packets.up.headers, packets.down.headers
    )
}

/// A table of all layers with what differs marked; `None` when nothing does.
pub(crate) fn difference(record: &Account, captured: &Account) -> Option<String> {
    let mut table = format!("{:<14} {:>12} {:>12}\n", "octets", "record", "tshark");
    let mut differs = false;
    for ((name, ours), (_, theirs)) in record.rows().into_iter().zip(captured.rows()) {
        let mark = if ours == theirs { "" } else { "  <- differ" };
        differs |= ours != theirs;
        let _ = writeln!(table, "{name:<14} {ours:>12} {theirs:>12}{mark}");
    }
    let deviations = deviation(record, captured);
    let (ours, theirs) = (record.packets, captured.packets);
    for (way, ours, theirs, deviation) in
        [("up", ours.up, theirs.up, deviations[0]), ("down", ours.down, theirs.down, deviations[1])]
    {
        let far = deviation.is_nan() || deviation.abs() > HEADERS_WITHIN;
        differs |= far;
        let mark = if far { "  <- differ" } else { "" };
        let name = format!("{way} tcp/ip");
        let percent = deviation * 100.0;
        let _ = writeln!(table, "{name:<14} {:>12} {:>12}{mark} {percent:+.3} %", ours.headers, theirs.headers);
    }
    differs.then_some(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        let layers = Layers { payload: 2000, framing: 40, headers: 300, ..Layers::default() };
        let packets = Packets { count: 400, headers: 20_800 };
        Account {
            octets: Ways { up: 100, down: layers.total() },
            layers: Ways { up: Layers { headers: 100, ..Layers::default() }, down: layers },
            packets: Ways { up: packets, down: packets },
        }
    }

    #[test]
    fn one_frame_less_shows_in_its_own_layers() {
        let mut less = account();
        less.layers.down.payload -= 100;
        less.layers.down.framing -= 2;
        less.octets.down -= 102;
        let table = difference(&account(), &less).expect("they differ");
        let marked: Vec<_> = table.lines().filter(|line| line.contains("differ")).collect();
        assert_eq!(marked.len(), 3, "{table}");
        assert!(marked[1].starts_with("down payload") && marked[2].starts_with("down framing"), "{table}");
        assert_eq!(difference(&account(), &account()), None);
    }

    #[test]
    fn an_octet_in_the_wrong_layer_shows_although_the_sum_is_right() {
        let mut moved = account();
        moved.layers.down.framing -= 1;
        moved.layers.down.control += 1;
        assert!(difference(&account(), &moved).is_some());
    }

    #[test]
    fn packets_are_held_to_half_a_percent() {
        let with = |headers| {
            let packets = Packets { count: 400, headers };
            Account { packets: Ways { up: packets, ..account().packets }, ..account() }
        };
        assert_eq!(difference(&account(), &with(20_852)), None, "one packet of 401");
        assert!(difference(&account(), &with(20_956)).is_some(), "three");
    }
}
