//! What an update costs by layer, of a row: what is drawn as a stacked bar and stands in a table.

use super::figures::Figures;
use crate::totals::{Layers, Packets, PhaseTotals, TlsTotals, Ways, add_known};
use schemars::JsonSchema;
use serde::Serialize;

/// A part of what an update costs, in the order in which they are shown: from the payload outwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Payload,
    Framing,
    AnswerHeads,
    RequestHeads,
    Control,
    Tls,
    Other,
    /// Not among the socket's octets, so it stands apart.
    TcpIp,
}

impl Part {
    pub(super) const ALL: [Part; 8] = [
        Part::Payload,
        Part::Framing,
        Part::AnswerHeads,
        Part::RequestHeads,
        Part::Control,
        Part::Tls,
        Part::Other,
        Part::TcpIp,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Payload => "payload",
            Part::Framing => "framing",
            Part::AnswerHeads => "answer heads",
            Part::RequestHeads => "request heads",
            Part::Control => "control",
            Part::Tls => "TLS",
            Part::Other => "other",
            Part::TcpIp => "TCP/IP headers",
        }
    }
}

/// Octets per update by part, of the trial in the middle by its bytes per update; of two trials in the middle, their
/// mean. So the parts add up to the row's bytes per update, which medians of each would not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stack {
    up: [f64; 6],
    down: [f64; 6],
    /// Octets of the packets' headers, and how many packets.
    packets: Option<[Ways<f64>; 2]>,
    /// Whether the packets follow from what was written and read, because the system counts none.
    pub(super) modelled: bool,
}

impl Stack {
    /// `None` where a trial has no layers, or received nothing.
    pub(super) fn of(trials: &[&Figures]) -> Option<Stack> {
        let mut known: Vec<(f64, Stack)> = Vec::new();
        for trial in trials {
            known.push((trial.bytes().ok()?, Stack::one(trial)?));
        }
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        let middle = known.len() / 2;
        match known.len() {
            0 => None,
            n if n % 2 == 1 => Some(known.swap_remove(middle).1),
            _ => Some(known[middle - 1].1.between(&known[middle].1)),
        }
    }

    fn one(trial: &Figures) -> Option<Stack> {
        let layers = trial.layers().ok()?;
        let each = |octets: u64| trial.per_update(octets).unwrap_or(0.0);
        let ways = |ways: Ways<u64>| Ways { up: each(ways.up), down: each(ways.down) };
        let packets = trial.packets().ok().map(|Ways { up, down }| {
            [Ways { up: up.headers, down: down.headers }, Ways { up: up.count, down: down.count }].map(ways)
        });
        Some(Stack {
            up: listed(&layers.up).map(each),
            down: listed(&layers.down).map(each),
            packets,
            modelled: trial.modelled,
        })
    }

    fn between(&self, other: &Stack) -> Stack {
        let mean = |a: [f64; 6], b: [f64; 6]| std::array::from_fn(|place| f64::midpoint(a[place], b[place]));
        let ways =
            |a: Ways<f64>, b: Ways<f64>| Ways { up: f64::midpoint(a.up, b.up), down: f64::midpoint(a.down, b.down) };
        let packets = self.packets.zip(other.packets).map(|(a, b)| [ways(a[0], b[0]), ways(a[1], b[1])]);
        let modelled = self.modelled || other.modelled;
        Stack { up: mean(self.up, other.up), down: mean(self.down, other.down), packets, modelled }
    }

    /// What a part has of an update's octets.
    pub(super) fn part(&self, part: Part) -> f64 {
        let both = |place: usize| self.up[place] + self.down[place];
        match part {
            Part::Payload => both(0),
            Part::Framing => both(1),
            Part::AnswerHeads => self.down[2],
            Part::RequestHeads => self.up[2],
            Part::Control => both(3),
            Part::Tls => both(4),
            Part::Other => both(5),
            Part::TcpIp => self.packets.map_or(0.0, |[headers, _]| headers.up + headers.down),
        }
    }

    /// What TLS adds, by direction.
    pub(super) fn tls(&self) -> Ways<f64> {
        Ways { up: self.up[4], down: self.down[4] }
    }

    /// Octets on the sockets, by direction.
    pub(super) fn sockets(&self) -> Ways<f64> {
        Ways { up: self.up.iter().sum(), down: self.down.iter().sum() }
    }

    /// Octets on the sockets, both directions.
    pub(super) fn total(&self) -> f64 {
        let Ways { up, down } = self.sockets();
        up + down
    }

    /// With the packets' headers.
    pub(super) fn wire(&self) -> Option<f64> {
        self.packets.map(|_| self.total() + self.part(Part::TcpIp))
    }

    /// Packets an update, both directions.
    pub(super) fn packets(&self) -> Option<f64> {
        self.packets.map(|[_, count]| count.up + count.down)
    }
}

fn listed(layers: &Layers) -> [u64; 6] {
    [layers.payload, layers.framing, layers.headers, layers.control, layers.tls, layers.other]
}

/// Octets of a phase by direction and layer, over a row's trials, for whoever reads by program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(super) struct Sums {
    pub(super) updates: u64,
    pub(super) layers: Option<Ways<Layers>>,
    pub(super) head_lines: Option<Ways<u64>>,
    pub(super) packets: Option<Ways<Packets>>,
}

impl Sums {
    pub(super) fn of<'f>(phases: impl Iterator<Item = &'f PhaseTotals>) -> Sums {
        let mut all = PhaseTotals::default();
        phases.for_each(|phase| all += *phase);
        Sums { updates: all.updates, layers: all.layers, head_lines: all.head_lines, packets: all.packets }
    }
}

/// Sums over a row's measured trials.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSums {
    pub(super) setup: Sums,
    pub(super) steady: Sums,
    /// `None` where nothing is encrypted.
    pub(super) tls: Option<TlsTotals>,
    /// Updates received in all phases.
    pub(super) received: u64,
    /// Whether packets are modelled; `None` where there are none.
    pub(super) modelled: Option<bool>,
}

impl RowSums {
    pub(super) fn of(trials: &[&Figures]) -> RowSums {
        let mut tls = None;
        trials.iter().for_each(|trial| add_known(&mut tls, trial.tls));
        let packets = trials.iter().filter(|trial| trial.used.packets.is_some());
        RowSums {
            setup: Sums::of(trials.iter().map(|trial| &trial.setup)),
            steady: Sums::of(trials.iter().map(|trial| &trial.used)),
            tls,
            received: trials.iter().map(|trial| trial.received).sum(),
            modelled: packets.map(|trial| trial.modelled).reduce(|a, b| a || b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;

    /// A trial of one update with so many octets of heads.
    fn trial(heads: u64) -> Figures {
        let mut trial = figures(100, 60);
        let down = Layers { payload: 100, headers: heads, ..Layers::default() };
        let packet = Packets { count: 1, headers: 52 };
        (trial.used.up, trial.used.down) = (50, 100 + heads);
        trial.used.layers = Some(Ways { up: Layers { headers: 50, ..Layers::default() }, down });
        trial.used.packets = Some(Ways { up: packet, down: packet });
        trial
    }

    #[test]
    fn the_parts_add_up_to_the_rows_bytes() {
        let trials = [trial(10), trial(40), trial(20), trial(90)];
        let three: Vec<&Figures> = trials[..3].iter().collect();
        let stack = Stack::of(&three).expect("layers");
        assert_eq!((stack.part(Part::AnswerHeads), stack.total(), stack.wire()), (20.0, 170.0, Some(274.0)));
        let stack = Stack::of(&trials.iter().collect::<Vec<_>>()).expect("layers");
        assert_eq!((stack.part(Part::AnswerHeads), stack.part(Part::RequestHeads), stack.total()), (30.0, 50.0, 180.0));
        let sockets: f64 = Part::ALL.iter().filter(|part| **part != Part::TcpIp).map(|part| stack.part(*part)).sum();
        assert_eq!((sockets, stack.packets()), (180.0, Some(2.0)));
        // one trial that says nothing takes it from the row
        assert_eq!(Stack::of(&[&trials[0], &figures(100, 60)]), None);
        assert_eq!(Stack::of(&[]), None);
    }
}
