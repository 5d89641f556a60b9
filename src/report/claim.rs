//! A claim beside what was measured: what is counted decides what comes out.

use super::layers::Sums;
use super::metric::Metric;
use super::number::{plain, significant, whole};
use super::page::Page;
use super::row::Row;
use crate::claim::{Claim, Counts};
use crate::clock::SECOND;
use crate::kind::Transport;
use crate::totals::Layers;
use schemars::JsonSchema;
use serde::Serialize;

/// How the tables are read.
pub(super) const LEGEND: &str = "Octets an update, both directions, in steady, of the fewest clients that were measured. \
Throughput: of all clients together, on the wire; as claimed, with the claim's octets alone.";

/// What is said of a claim.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Claimed {
    pub(super) source: String,
    /// Whether it holds, by its own count and by all that went over the network.
    pub(super) said: String,
    /// What an update costs.
    pub(super) update: Sheet,
    /// What all clients together cost, in Mbit/s.
    pub(super) throughput: Sheet,
}

/// A table whose lines are not the report's rows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Sheet {
    /// Above the names.
    pub(super) first: &'static str,
    /// Headings; a line feed where one may be broken.
    pub(super) heads: Vec<String>,
    pub(super) lines: Vec<SheetLine>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct SheetLine {
    pub(super) name: String,
    /// Nothing of it was measured.
    pub(super) extrapolated: bool,
    pub(super) entries: Vec<Figure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(super) struct Figure {
    pub(super) text: String,
    /// Before it was rounded.
    pub(super) number: Option<f64>,
    pub(super) doubts: Vec<usize>,
}

impl Figure {
    fn of(value: Option<f64>, show: impl Fn(f64) -> String) -> Figure {
        Figure { text: value.map_or("—".into(), show), number: value, doubts: Vec::new() }
    }
}

/// What is said of the record's claim, if it has one.
pub(super) fn claim(page: &Page) -> Option<Claimed> {
    let claim = page.header.claim.as_ref().filter(|claim| !claim.figures.is_empty())?;
    let rows = |who: Transport| page.rows.iter().filter(move |row| row.trial.transport == who && row.cells.is_some());
    if claim.figures.keys().all(|who| rows(*who).next().is_none()) {
        return None;
    }
    let fewest = claim.figures.keys().flat_map(|who| rows(*who)).map(|row| row.trial.clients).min().unwrap_or(0);
    let at = |clients: u32, counts| {
        let row = |who: &Transport| rows(*who).find(|row| row.trial.clients == clients);
        claim.figures.keys().map(|who| figure(row(who), counts)).collect::<Vec<Figure>>()
    };
    let found = |counts| at(fewest, counts);
    let claimed = || claim.figures.values().map(|figure| Figure::of(Some(f64::from(*figure)), octets)).collect();
    let line =
        |name: String, figures: Vec<Figure>| SheetLine { name, extrapolated: false, entries: with_ratio(figures) };
    let mut lines = vec![line(format!("as claimed: {}", name(claim.counts)), claimed())];
    lines.extend(Counts::ALL.map(|counts| line(name(counts).into(), found(counts))));
    let mut more: Vec<u32> = claim.figures.keys().flat_map(|who| rows(*who)).map(|row| row.trial.clients).collect();
    more.sort_unstable();
    more.dedup();
    let others: Vec<String> = more
        .into_iter()
        .filter_map(|clients| elsewhere(clients, &found(claim.counts), &at(clients, claim.counts)))
        .collect();
    let mut heads: Vec<String> = claim.figures.keys().map(|who| who.name().to_owned()).collect();
    if heads.len() == 2 {
        heads.push("ratio".into());
    }
    Some(Claimed {
        source: claim.source.clone(),
        said: [said(&claimed(), &found(claim.counts), &found(Counts::Wire))]
            .into_iter()
            .chain(others)
            .collect::<Vec<_>>()
            .join(" "),
        update: Sheet { first: "an update, B", heads, lines },
        throughput: throughput(claim, page),
    })
}

fn name(counts: Counts) -> &'static str {
    match counts {
        Counts::Characters => "heads and framing, without line ends",
        Counts::Heads => "heads and framing, true octets",
        Counts::Sockets => "with the payload, all on the sockets",
        Counts::Wire => "with TCP/IP headers, all on the wire",
    }
}

fn said(claimed: &[Figure], found: &[Figure], wire: &[Figure]) -> String {
    let against = |figures: &[Figure]| figures.iter().map(|f| f.text.clone()).collect::<Vec<_>>().join(" : ");
    let (claimed, counted) = (against(claimed), against(found));
    let by_its_count = if found.iter().any(|figure| figure.number.is_none()) {
        "What the claim counts was not measured here.".to_owned()
    } else if claimed == counted {
        format!("By its own count the claim holds: {counted} was measured.")
    } else {
        format!("By its own count {counted} was measured, where {claimed} is claimed.")
    };
    if wire.iter().any(|figure| figure.number.is_none()) {
        return by_its_count;
    }
    format!("{by_its_count} On the wire, with all that an update takes, it is {}.", against(wire))
}

/// What is counted with so many clients, where that is not what it is with the fewest: a request that brings several
/// updates, or none, shares its heads out otherwise.
fn elsewhere(clients: u32, first: &[Figure], here: &[Figure]) -> Option<String> {
    let apart = |(a, b): (&Figure, &Figure)| Some((a.number? - b.number?).abs() >= 0.5);
    let known: Option<Vec<bool>> = first.iter().zip(here).map(apart).collect();
    let texts: Vec<String> = here.iter().map(|figure| figure.text.clone()).collect();
    known?.contains(&true).then(|| {
        format!(
            "With {} clients it counts {}: there a request does not bring one update each time.",
            whole(clients.into()),
            texts.join(" : ")
        )
    })
}

fn ratio(figures: &[Figure]) -> Option<f64> {
    let [one, other] = figures else { return None };
    Some(one.number? / other.number.filter(|&octets| octets > 0.0)?)
}

fn with_ratio(mut figures: Vec<Figure>) -> Vec<Figure> {
    if figures.len() == 2 {
        let ratio = ratio(&figures);
        figures.push(Figure::of(ratio, |ratio| format!("{} : 1", significant(ratio))));
    }
    figures
}

fn figure(row: Option<&Row>, counts: Counts) -> Figure {
    let mut figure = Figure::of(row.and_then(|row| an_update(&row.sums.steady, counts)), octets);
    if let Some(cells) = row.and_then(|row| row.cells.as_ref()) {
        figure.doubts.clone_from(&cells.get(Metric::Bytes).doubts);
    }
    figure
}

fn an_update(sums: &Sums, counts: Counts) -> Option<f64> {
    let layers = sums.layers.filter(|_| sums.updates > 0)?;
    let both = |of: fn(&Layers) -> u64| of(&layers.up) + of(&layers.down);
    let heads = both(|layers| layers.headers + layers.framing);
    let all = match counts {
        Counts::Characters => {
            let lines = sums.head_lines?;
            // a line ends with CR and LF
            heads.saturating_sub(2 * (lines.up + lines.down))
        }
        Counts::Heads => heads,
        Counts::Sockets => both(Layers::total),
        Counts::Wire => {
            let packets = sums.packets?;
            both(Layers::total) + packets.up.headers + packets.down.headers
        }
    };
    Some(all as f64 / sums.updates as f64)
}

/// To a tenth of an octet, where there is anything behind the point.
fn octets(octets: f64) -> String {
    let tenths = (octets * 10.0).round() / 10.0;
    plain(tenths)
}

/// What all clients together cost.
fn throughput(claim: &Claim, page: &Page) -> Sheet {
    let rows = |who: Transport| page.rows.iter().filter(move |row| row.trial.transport == who && row.cells.is_some());
    let mut clients: Vec<u32> = claim.figures.keys().flat_map(|who| rows(*who).map(|row| row.trial.clients)).collect();
    clients.sort_unstable();
    clients.dedup();
    let most = clients.last().copied().unwrap_or(0);
    let line = |clients: u32, from: u32, name: String| {
        let pairs = claim.figures.iter().flat_map(|(who, figure)| {
            let row = rows(*who).find(|row| row.trial.clients == from);
            let claimed = row.map(|row| row.trial.feed.schedule.rate() * f64::from(*figure));
            [claimed, row.and_then(a_client)]
                .map(|octets| Figure::of(octets.map(|octets| octets * 8.0 * f64::from(clients) / 1e6), significant))
        });
        SheetLine { name, extrapolated: clients > from, entries: pairs.collect() }
    };
    let mut lines: Vec<SheetLine> =
        clients.iter().map(|&clients| line(clients, clients, whole(clients.into()))).collect();
    let beyond = claim.extrapolate.iter().filter(|&&clients| clients > most);
    lines.extend(beyond.map(|&clients| {
        let name = format!("{}, extrapolated from {}", whole(clients.into()), whole(most.into()));
        line(clients, most, name)
    }));
    let heads = claim.figures.keys().flat_map(|who| [format!("{who}\nas claimed"), format!("{who}\non the wire")]);
    Sheet { first: "clients, Mbit/s", heads: heads.collect(), lines }
}

/// Octets a second, on the wire.
fn a_client(row: &Row) -> Option<f64> {
    let sums = &row.sums.steady;
    let octets = an_update(sums, Counts::Wire)? * sums.updates as f64;
    let seconds = row.trial.windows.steady_ns as f64 / SECOND as f64 * row.measured as f64;
    (seconds > 0.0).then(|| octets / seconds / f64::from(row.trial.clients.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::{Packets, Ways};

    #[test]
    fn each_count_has_more_than_the_one_before() {
        let layers = |payload, headers| Layers { payload, headers, ..Layers::default() };
        let packets = Packets { count: 1, headers: 52 };
        let sums = Sums {
            updates: 2,
            layers: Some(Ways { up: layers(0, 2 * 716), down: layers(2 * 20, 2 * 193) }),
            head_lines: Some(Ways { up: 2 * 12, down: 2 * 7 }),
            packets: Some(Ways { up: packets, down: packets }),
        };
        assert_eq!(Counts::ALL.map(|counts| an_update(&sums, counts)), [871.0, 909.0, 929.0, 981.0].map(Some));
        let early = Sums { head_lines: None, packets: None, ..sums.clone() };
        assert_eq!(Counts::ALL.map(|counts| an_update(&early, counts)), [None, Some(909.0), Some(929.0), None]);
        assert_eq!(an_update(&Sums { updates: 0, ..sums }, Counts::Heads), None);
    }

    #[test]
    fn a_claim_holds_or_does_not() {
        let figures = |all: &[f64]| all.iter().map(|&one| Figure::of(Some(one), octets)).collect::<Vec<_>>();
        let said = |found: &[f64]| super::said(&figures(&[871.0, 2.0]), &figures(found), &figures(&[1033.0, 74.04]));
        assert_eq!(
            said(&[871.0, 2.0]),
            "By its own count the claim holds: 871 : 2 was measured. On the wire, with all that an update takes, it is \
             1,033 : 74."
        );
        assert!(said(&[872.0, 2.0]).starts_with("By its own count 872 : 2 was measured, where 871 : 2 is claimed."));
    }
}
