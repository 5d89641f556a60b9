//! The tables of what lies below a row's bytes, laid out alike in a page, in Markdown and in a terminal: layers, TLS
//! handshakes, and when a setup is paid back; and of what theory says of its latency.

use super::expected::Expected;
use super::heads::CAPTURED;
use super::layers::{Part, RowSums, Stack};
use super::metric::Metric;
use super::name::together;
use super::number::{significant, time, whole};
use super::page::Page;
use super::row::Row;
use super::words::After;
use crate::theory::table::{Holds, Prediction};
use crate::totals::{Handshakes, Ways};
use serde::Serialize;

/// A table below whose first columns, which name a row, others stand.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Grid {
    /// Headings; a line feed where one may be broken.
    pub(super) heads: Vec<String>,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// The place of the row that it belongs to.
    pub(super) row: usize,
    pub(super) entries: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) text: String,
    /// What it is sorted by.
    pub(super) number: Option<f64>,
    pub(super) doubts: Vec<usize>,
}

impl Entry {
    fn of(number: f64) -> Entry {
        Entry { text: significant(number), number: Some(number), doubts: Vec::new() }
    }

    fn span(ns: Option<f64>) -> Entry {
        Entry { text: ns.map_or("—".into(), time), number: ns, doubts: Vec::new() }
    }

    fn ratio(of: f64, to: Option<f64>) -> Entry {
        to.filter(|to| *to > 0.0).map_or_else(|| Entry::text("—"), |to| Entry::of(of / to))
    }

    fn text(text: impl Into<String>) -> Entry {
        Entry { text: text.into(), number: None, doubts: Vec::new() }
    }
}

/// A column of octets or packets an update.
type Column = (&'static str, fn(&Stack) -> Option<f64>);

/// Beside these everything stands that is more than nothing in any row.
const LAYERS: [Column; 9] = [
    ("payload", |stack| Some(stack.part(Part::Payload))),
    ("framing", |stack| Some(stack.part(Part::Framing))),
    ("answer\nheads", |stack| Some(stack.part(Part::AnswerHeads))),
    ("request\nheads", |stack| Some(stack.part(Part::RequestHeads))),
    ("control", |stack| Some(stack.part(Part::Control))),
    ("TLS\nup", |stack| Some(stack.tls().up)),
    ("TLS\ndown", |stack| Some(stack.tls().down)),
    ("other", |stack| Some(stack.part(Part::Other))),
    ("on the\nsockets", |stack| Some(stack.total())),
];
const SUMS: [Column; 3] = [
    ("TCP/IP\nheaders", |stack| stack.packets().map(|_| stack.part(Part::TcpIp))),
    ("on the\nwire", Stack::wire),
    ("packets", Stack::packets),
];

/// How the layers' table is read.
pub(super) fn layers_legend(page: &Page) -> String {
    let packets: Vec<bool> = page.rows.iter().filter_map(|row| row.sums.modelled).collect();
    let how = match (packets.iter().any(|modelled| *modelled), packets.iter().all(|modelled| *modelled)) {
        _ if packets.is_empty() => "",
        (false, _) => " TCP/IP headers and packets: measured by the kernel, and not among the sockets' octets.",
        (true, true) => " TCP/IP headers and packets: modelled, and not among the sockets' octets.",
        (true, false) => " TCP/IP headers and packets: of some trials measured, of others modelled.",
    };
    format!("Octets an update, both directions unless it says otherwise, of the trial in the middle by its bytes.{how}")
}

/// As [`layers`], for where there is little room: without what can be added up from the rest.
pub(super) fn brief_layers(page: &Page) -> Option<Grid> {
    let mut columns: Vec<Column> = LAYERS.into_iter().filter(|column| !column.0.starts_with("TLS")).collect();
    columns.insert(columns.len() - 2, ("TLS", |stack| Some(stack.part(Part::Tls))));
    columns.extend(SUMS.into_iter().filter(|column| column.0 != "on the\nwire"));
    grid(page, &columns)
}

/// What an update's bytes are; `None` where no row says it.
pub(super) fn layers(page: &Page) -> Option<Grid> {
    grid(page, &[&LAYERS[..], &SUMS].concat())
}

fn grid(page: &Page, columns: &[Column]) -> Option<Grid> {
    let known: Vec<(usize, &Row, &Stack)> =
        page.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row, row.layers.as_ref()?))).collect();
    if known.is_empty() {
        return None;
    }
    let told = |column: &&Column| known.iter().any(|(.., stack)| column.1(stack).is_some_and(|octets| octets > 0.0));
    let columns: Vec<&Column> = columns.iter().filter(told).collect();
    let lines = known.iter().map(|(place, row, stack)| {
        let doubts = || row.cells.as_ref().map_or(Vec::new(), |cells| cells.get(Metric::Bytes).doubts.clone());
        let entries = columns.iter().map(|column| match column.1(stack) {
            Some(octets) if column.0 == "on the\nsockets" => Entry { doubts: doubts(), ..Entry::of(octets) },
            Some(octets) => Entry::of(octets),
            None => Entry::text("—"),
        });
        Line { row: *place, entries: entries.collect() }
    });
    Some(Grid { heads: columns.iter().map(|column| column.0.to_owned()).collect(), lines: lines.collect() })
}

/// What TLS did, where anything was encrypted.
pub(super) fn handshakes(page: &Page) -> Option<Grid> {
    let known: Vec<_> =
        page.rows.iter().enumerate().filter_map(|(place, row)| Some((place, &row.sums, row.sums.tls?))).collect();
    if known.is_empty() {
        return None;
    }
    let resumed = known.iter().any(|(.., tls)| tls.resumed.count > 0);
    let kinds = if resumed { &["full", "resumed"][..] } else { &["full"] };
    let mut heads: Vec<String> = Vec::new();
    for kind in kinds {
        heads.extend(["\ncount", "\nB up", "\nB down", "\ntime"].map(|rest| format!("{kind}{rest}")));
    }
    heads.extend(["records\nup", "records\ndown"].map(str::to_owned));
    let lines = known.iter().map(|(place, sums, tls)| {
        let both = [tls.full, tls.resumed];
        let kinds = both.iter().take(kinds.len()).flat_map(handshake);
        Line { row: *place, entries: kinds.chain(records(sums, tls.records)).collect() }
    });
    Some(Grid { heads, lines: lines.collect() })
}

/// How many, and what each cost.
fn handshake(of: &Handshakes) -> Vec<Entry> {
    let count = Entry { text: whole(of.count), number: Some(of.count as f64), doubts: Vec::new() };
    if of.count == 0 {
        return vec![count, Entry::text("—"), Entry::text("—"), Entry::text("—")];
    }
    let each = |all: u64| all as f64 / of.count as f64;
    let took = each(of.took_ns);
    let took = Entry { text: time(took), number: Some(took), doubts: Vec::new() };
    vec![count, Entry::of(each(of.octets.up)), Entry::of(each(of.octets.down)), took]
}

fn records(sums: &RowSums, records: Ways<u64>) -> [Entry; 2] {
    [records.up, records.down].map(|count| match sums.received {
        0 => Entry::text("—"),
        updates => Entry::of(count as f64 / updates as f64),
    })
}

/// How the table of header compression is read.
pub(super) fn compression_legend() -> String {
    format!(
        "Octets of a poll's request head over HTTP/2, its HPACK block (RFC 7541): measured in steady, as hyper sends it, and \
         modelled, as Chromium would send the same fields; the model gives every octet of a capture ({CAPTURED}). hyper \
         sends a cookie, a tag and the path each time; Chromium the path alone, as long as the rest fits into the server's \
         table of 4,096 octets. Octets an update: both directions, with these requests; the answers' heads are hyper's."
    )
}

/// What HPACK makes of the requests of polls, in hyper's hands and in Chromium's.
pub(super) fn compression(page: &Page) -> Option<Grid> {
    let known = page.rows.iter().enumerate().filter_map(|(row, known)| Some((row, known.heads?)));
    let lines: Vec<Line> = known
        .map(|(row, heads)| {
            let columns =
                [heads.hyper, heads.chromium, heads.chromium_first, heads.bytes, heads.chromium_bytes].map(Entry::of);
            Line { row, entries: columns.into() }
        })
        .collect();
    let heads = [
        "head as\nhyper",
        "head as\nChromium",
        "Chromium's\nfirst head",
        "B an update\nas hyper",
        "B an update\nas Chromium",
    ];
    (!lines.is_empty()).then(|| Grid { heads: heads.map(str::to_owned).into(), lines })
}

/// What each client costs before the first update, and after how many updates that is paid back; `None` where nobody
/// can be held against anybody.
pub(super) fn payback(page: &Page) -> Option<Grid> {
    let table = &page.words.payback.table;
    let mut lines = Vec::new();
    for payer in &table.payers {
        let Some(place) = page.rows.iter().position(|row| row.label == payer.label) else { continue };
        let Some(cells) = &page.rows[place].cells else { continue };
        let cell = |metric| {
            let cell = cells.get(metric);
            let number = cell.estimate.as_ref().map(|estimate| estimate.centre);
            Entry { text: number.map_or("—".into(), significant), number, doubts: cell.doubts.clone() }
        };
        let after = payer.after.iter().map(|after| match after {
            Some(After::Updates(updates)) => {
                Entry { text: whole(*updates), number: Some(*updates as f64), doubts: Vec::new() }
            }
            Some(After::AtOnce) => Entry { number: Some(0.0), ..Entry::text("at once") },
            Some(After::Never) => Entry { number: Some(NEVER), ..Entry::text("never") },
            Some(After::Unknown) | None => Entry::text("—"),
        });
        let entries = [cell(Metric::Setup), cell(Metric::Wire)].into_iter().chain(after).collect();
        lines.push(Line { row: place, entries });
    }
    let against = table.against.iter().map(|other| format!("against\n{other}"));
    lines.sort_by_key(|line| line.row);
    let heads = ["setup,\nB a client", "B an update\non the wire"].map(str::to_owned).into_iter().chain(against);
    (!lines.is_empty()).then(|| Grid { heads: heads.collect(), lines })
}

/// A column of what theory says.
type Told = (&'static str, fn(&Expected) -> Entry);

const EXPECTED: [Told; 8] = [
    ("case", |row| Entry::text(row.prediction.case)),
    ("mean by\nthe table", |row| Entry::span(row.formula())),
    ("mean by\nthe oracle", |row| Entry::span(row.oracle)),
    (MEASURED, |row| Entry::span(Some(row.measured))),
    ("measured ÷\nthe table", |row| Entry::ratio(row.measured, row.formula())),
    ("measured ÷\nthe oracle", |row| Entry::ratio(row.measured, row.oracle)),
    ("later,\np50", |row| Entry::span(row.later.map(|later| later[0]))),
    ("later,\np99", |row| Entry::span(row.later.map(|later| later[1]))),
];
const MEASURED: &str = "mean\nmeasured";

/// Means as theory has them and as they were measured; `None` where no trial was held against it.
pub(super) fn theory(page: &Page) -> Option<Grid> {
    expected(page, &EXPECTED)
}

/// As [`theory`], for where there is little room: no case, no ratios. `None` where nothing is expected to take time, too.
pub(super) fn brief_theory(page: &Page) -> Option<Grid> {
    let far = page.rows.iter().any(|row| row.expected.is_some() && row.trial.link.one_way_ns() > 0);
    let brief = |column: &&Told| column.0 != "case" && !column.0.starts_with("measured ÷");
    expected(page, &EXPECTED.iter().filter(brief).copied().collect::<Vec<_>>()).filter(|_| far)
}

fn expected(page: &Page, columns: &[Told]) -> Option<Grid> {
    let known = page.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row, row.expected.as_ref()?)));
    let lines: Vec<Line> = known
        .map(|(place, row, expected)| {
            let doubts = row.cells.as_ref().map_or(Vec::new(), |cells| cells.get(Metric::P50).doubts.clone());
            let entries = columns.iter().map(|(head, told)| match *head {
                MEASURED => Entry { doubts: doubts.clone(), ..told(expected) },
                _ => told(expected),
            });
            Line { row: place, entries: entries.collect() }
        })
        .collect();
    let heads = columns.iter().map(|column| column.0.to_owned()).collect();
    (!lines.is_empty()).then_some(Grid { heads, lines })
}

/// How the table of theory is read, and on what its rows hang.
pub(super) fn theory_legend(page: &Page) -> String {
    let mut conditions: Vec<(String, Vec<usize>)> = Vec::new();
    for (place, row) in page.rows.iter().enumerate() {
        let Some(Expected { prediction: Prediction { holds, .. }, .. }) = &row.expected else { continue };
        let sentence = match holds {
            Holds::Always => continue,
            Holds::While(condition) => format!("holds while {condition}"),
            Holds::Not(reason) => format!("does not hold: {reason}"),
        };
        match conditions.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, places)) => places.push(place),
            None => conditions.push((sentence, vec![place])),
        }
    }
    let told = conditions.iter().map(|(sentence, places)| format!(" {}: {sentence}.", together(places, &page.names)));
    format!("{THEORY}{}", told.collect::<String>())
}

const THEORY: &str = "Nothing but distance takes time in theory. The table has formulas for long times, the oracle predicts each delivery of the \
same updates and clients. Later: by how much each delivery came later than expected from what its client had received before.";

/// By what a column of counts is sorted where the count never comes.
const NEVER: f64 = 1e15;

/// How the break-even's table is read.
pub(super) const PAYBACK: &str = "Octets on the wire, TCP/IP included. After so many updates to a client it has cost no more than by the other \
transport: at once where its setup is not dearer, never where an update is not known to cost less.";

/// How the handshakes' table is read.
pub(super) const HANDSHAKES: &str = "Over all measured trials; octets and time are each handshake's, up to where the client could send a request. Records: an update, \
those of all phases.";
