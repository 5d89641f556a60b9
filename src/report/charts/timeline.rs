//! One client's first messages, a row a transport: client and server as two lines, each message an arrow at its real time.
//!
//! Setup has a scale of its own, a break parts it from steady. Arrows that would hide each other stand side by side.

use crate::report::draw::{At, Drawing, Failed, Frame, Sheet, WIDE, count, drawn, fitted, pixels, widest, width_of};
use crate::report::follow::{self, Lane, layers};
use crate::report::layers::Part;
use crate::report::measures::time;
use crate::report::number::whole;
use crate::report::page::Page;
use crate::report::palette::{GRID, INK, MUTED, layer, of};
use crate::report::row::Row;
use crate::report::scale::Scale;
use crate::timeline::Message;
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

/// What has to be said of the marks.
pub(super) const READING: &str = "Above is the client, below the server. An arrow stands at its real time (those that \
    would hide each other side by side) and has the colours of its octets, as many of its length as there are: the numbers \
    are payload + framing + heads + control + TLS, as far as there are any. A diamond is an update's planned time; the thick \
    line behind it is how long it waits at the server, the pale one how long a request does. Setup has a scale of its own.";

/// Between client and server.
const FLIGHT: i32 = 46;
/// A line of labels.
const TIER: i32 = 17;
const TIERS: usize = 2;
const GAP: i32 = 18;
/// A line of the legend.
const LEGEND: i32 = 22;
/// Between two arrows, and how far one may be moved for that.
const APART: i32 = 7;
const MOVED: i32 = 28;
/// Setup's share of the width, and the break behind it.
const SETUP: f64 = 0.32;
const BREAK: i32 = 26;

/// An arrow in its place.
struct Arrow<'m> {
    message: &'m Message,
    from: i32,
    to: i32,
}

struct Label {
    text: String,
    at: i32,
    tier: usize,
}

/// Part of the axis: from a pixel to another, so many nanoseconds.
#[derive(Clone, Copy)]
struct Span {
    left: i32,
    right: i32,
    lasts: f64,
}

struct Strip<'r> {
    row: &'r Row,
    lane: &'r Lane,
    /// Setup's and steady's.
    arrows: [Vec<Arrow<'r>>; 2],
    /// Above and below.
    labels: [Vec<Label>; 2],
    top: i32,
}

/// `None` where the record followed nobody.
pub(super) fn draw(page: &Page) -> Option<Result<Drawing, String>> {
    let places = follow::shown(page.rows.iter().map(|row| (row.transport, row.lane.as_ref())));
    let shown: Vec<(&Row, &Lane)> =
        places.iter().filter_map(|&place| Some((&page.rows[place], page.rows[place].lane.as_ref()?))).collect();
    (shown.len() > 1).then(|| Drawing::for_both(|width| draw_at(&shown, width)))
}

fn draw_at(shown: &[(&Row, &Lane)], width: i32) -> Result<Drawing, String> {
    let names: Vec<String> = shown.iter().map(|(row, _)| fitted(&row.label, width / 5)).collect();
    let left = 10 + widest(names.iter().map(String::as_str)).max(width_of("server")) + 10;
    let spans = spans(shown, left, width - 14);
    let mut strips = Vec::new();
    let legend = legend_lines(shown, width);
    let above = LEGEND * count(legend.len());
    let mut top = above + 44;
    for (row, lane) in shown {
        let strip = Strip::new(row, lane, spans, top, width);
        top = strip.bottom() + GAP;
        strips.push(strip);
    }
    let frame = Frame { left, right: width - 14, top: above + 30, bottom: top - GAP / 2 };
    drawn(width, frame.bottom + 46, |sheet| {
        draw_legend(sheet, &legend)?;
        axis(sheet, spans, frame)?;
        planned(sheet, shown, spans[1], frame)?;
        for (strip, name) in strips.iter().zip(&names) {
            strip.draw(sheet, spans, name)?;
        }
        Ok(())
    })
}

/// Setup's part of the axis, which may have no width, and steady's.
fn spans(shown: &[(&Row, &Lane)], left: i32, right: i32) -> [Span; 2] {
    let ends = shown.iter().flat_map(|(_, lane)| &lane.setup).map(|message| message.received_ns);
    let setup = ends.max().map_or(0.0, |end| end as f64 * 1.05);
    let steady = shown.iter().map(|(_, lane)| lane.window).max().unwrap_or(1) as f64;
    let parts = if setup > 0.0 { left + pixels(f64::from(right - left) * SETUP) } else { left };
    let begin = if setup > 0.0 { parts + BREAK } else { left };
    [Span { left, right: parts, lasts: setup }, Span { left: begin, right, lasts: steady }]
}

impl Span {
    fn x(self, ns: i64) -> i32 {
        self.beyond(ns).clamp(self.left, self.right)
    }

    /// The same of a time that may lie outside.
    fn beyond(self, ns: i64) -> i32 {
        // where nothing lasts there is no width either
        self.left + pixels(ns as f64 / self.lasts.max(1.0) * f64::from(self.right - self.left))
    }

    /// As many as have a place of their own near their time.
    fn arrows(self, messages: &[Message]) -> Vec<Arrow<'_>> {
        let mut free = i32::MIN;
        let mut arrows = Vec::new();
        for message in messages {
            // one that ends outside would be steeper than it is
            let (from, to) = (self.x(message.sent_ns), self.beyond(message.received_ns));
            let place = from.max(free);
            if place - from <= MOVED && place <= self.right + 6 && to <= self.right + 6 {
                arrows.push(Arrow { message, from: place, to: place + to - from });
                free = place + APART;
            }
        }
        arrows
    }
}

impl<'r> Strip<'r> {
    fn new(row: &'r Row, lane: &'r Lane, spans: [Span; 2], top: i32, width: i32) -> Strip<'r> {
        let arrows = [spans[0].arrows(&lane.setup), spans[1].arrows(&lane.steady)];
        let labels = [true, false].map(|up| {
            let mut labels = Vec::new();
            let mut free = [i32::MIN; TIERS];
            for (span, arrows) in spans.iter().zip(&arrows) {
                let within =
                    (span.left - 6, if span.right > spans[0].right { width - 2 } else { span.right + BREAK - 12 });
                label(arrows.iter().filter(|arrow| arrow.message.up == up), within, width, &mut free, &mut labels);
            }
            labels
        });
        Strip { row, lane, arrows, labels, top }
    }

    fn tiers(&self, side: usize) -> i32 {
        self.labels[side].iter().map(|label| count(label.tier) + 1).max().unwrap_or(0)
    }

    fn client(&self) -> i32 {
        self.top + 4 + TIER * self.tiers(0)
    }

    fn server(&self) -> i32 {
        self.client() + FLIGHT
    }

    fn bottom(&self) -> i32 {
        self.server() + 8 + TIER * self.tiers(1)
    }

    fn draw(&self, sheet: &Sheet<'_>, spans: [Span; 2], name: &str) -> Result<(), Failed> {
        let (client, server) = (self.client(), self.server());
        let colour = of(self.row.transport);
        for y in [client, server] {
            for span in spans.iter().filter(|span| span.right > span.left) {
                sheet.line(&[(span.left, y), (span.right, y)], MUTED, 1)?;
            }
            if spans[0].right > spans[0].left {
                let middle = i32::midpoint(spans[0].right, spans[1].left);
                for x in [middle - 3, middle + 3] {
                    sheet.line(&[(x - 3, y + 5), (x + 3, y - 5)], MUTED, 1)?;
                }
            }
        }
        let edge = spans[0].left - 8;
        sheet.text("client", (edge, client), HPos::Right, MUTED)?;
        sheet.text(name, (edge, i32::midpoint(client, server)), HPos::Right, colour)?;
        sheet.text("server", (edge, server), HPos::Right, MUTED)?;
        self.waits(sheet, spans[1], colour)?;
        for arrow in self.arrows.iter().flatten() {
            arrow.draw(sheet, client, server, &self.row.label)?;
        }
        for (side, labels) in self.labels.iter().enumerate() {
            for label in labels {
                let away = 11 + TIER * count(label.tier);
                let y = if side == 0 { client - away } else { server + away + 1 };
                sheet.text(&label.text, (label.at, y), HPos::Left, INK)?;
            }
        }
        Ok(())
    }

    /// Along the server's line: requests that wait for an answer, updates that wait for a request.
    fn waits(&self, sheet: &Sheet<'_>, span: Span, colour: RGBColor) -> Result<(), Failed> {
        let (y, arrows) = (self.server(), &self.arrows[1]);
        if self.lane.sharing == 1 && arrows.iter().any(|arrow| arrow.message.up) {
            let mut since = Some(span.left); // asked for before
            for arrow in arrows {
                if arrow.message.up {
                    since = Some(arrow.to);
                } else if let Some(since) = since.take().filter(|since| arrow.from - since > APART && self.holds()) {
                    sheet.faint(&[(since, y), (arrow.from, y)], colour, 5)?;
                }
            }
            if let Some(since) = since.filter(|since| span.right - since > APART && self.holds()) {
                sheet.faint(&[(since, y), (span.right, y)], colour, 5)?;
            }
        }
        for (planned, sent) in self.lane.waits() {
            let from = span.x(planned);
            let arrow = arrows.iter().find(|arrow| arrow.message.sent_ns == sent && !arrow.message.up);
            let to = arrow.map_or(span.x(sent), |arrow| arrow.from);
            if to > from {
                sheet.line(&[(from, y), (to, y)], colour, 5)?;
            }
            sheet.hover_over((from - 3, y - 6), (to.max(from + 3), y + 6), &self.waited(planned, sent));
        }
        for at in &self.lane.planned {
            diamond(sheet, (span.x(*at), y), colour)?;
        }
        Ok(())
    }

    /// Whether requests are held: a poll that is answered at once leaves nothing to draw, one before the window is not known.
    fn holds(&self) -> bool {
        self.lane.steady.first().is_some_and(|first| !first.up)
    }

    fn waited(&self, planned: i64, sent: i64) -> String {
        format!(
            "{}: planned {} into steady, sent {} later",
            self.row.label,
            time(planned as f64),
            time((sent - planned) as f64)
        )
    }
}

impl Arrow<'_> {
    fn draw(&self, sheet: &Sheet<'_>, client: i32, server: i32, who: &str) -> Result<(), Failed> {
        let Message { up, layers: octets, .. } = self.message;
        let (begin, end) =
            if *up { ((self.from, client), (self.to, server)) } else { ((self.from, server), (self.to, client)) };
        let total = octets.total().max(1) as f64;
        let place = |share: f64| -> At {
            (begin.0 + pixels(share * f64::from(end.0 - begin.0)), begin.1 + pixels(share * f64::from(end.1 - begin.1)))
        };
        let (mut sum, mut last) = (0.0, MUTED);
        for (name, _, part) in layers(octets, *up) {
            let next = sum + part as f64 / total;
            last = layer(name);
            sheet.line(&[place(sum), place(next)], last, 4)?;
            sum = next;
        }
        let back = if *up { -8 } else { 8 };
        for side in [-4, 4] {
            sheet.line(&[(end.0 + side, end.1 + back), end], last, 2)?;
        }
        let (low, high) = (begin.0.min(end.0) - 3, begin.0.max(end.0) + 3);
        sheet.hover_over((low, client), (high, server), &format!("{who}: {}", self.said()));
        Ok(())
    }

    fn said(&self) -> String {
        let Message { up, what, sent_ns, received_ns, layers: octets } = self.message;
        let parts = layers(octets, *up);
        let parts: Vec<String> = parts.iter().map(|(_, name, octets)| format!("{name} {}", whole(*octets))).collect();
        let (at, flight) = (time(*sent_ns as f64), time((received_ns - sent_ns) as f64));
        format!("{what}, {} B: {}; sent at {at}, received {flight} later", whole(octets.total()), parts.join(", "))
    }

    /// What it is, with its octets by layer where there is room.
    fn label(&self, width: i32) -> String {
        let Message { up, what, layers: octets, .. } = self.message;
        let parts: Vec<String> = layers(octets, *up).iter().map(|(.., octets)| octets.to_string()).collect();
        let first = what.split(", ").next().unwrap_or_default();
        let what = if what.len() > 12 && first.len() < what.len() { format!("{first}…") } else { what.clone() };
        if width < WIDE || parts.len() > 4 {
            return format!("{what} {}", octets.total());
        }
        format!("{what} {} B", parts.join("+"))
    }
}

/// Places the labels that have room, the same one again only where nothing else wants to stand.
fn label<'m>(
    arrows: impl Iterator<Item = &'m Arrow<'m>>,
    within: (i32, i32),
    width: i32,
    free: &mut [i32; TIERS],
    labels: &mut Vec<Label>,
) {
    let mut known: Vec<String> = Vec::new();
    for arrow in arrows {
        let text = arrow.label(width);
        let wide = width_of(&text);
        if wide > within.1 - within.0 {
            continue;
        }
        let again = known.contains(&text);
        let room = if again { 1 } else { TIERS };
        let want = (arrow.from - wide / 2).clamp(within.0, within.1 - wide);
        // a label may stand a little beside its arrow
        let place = |free: i32| Some(want.max(free)).filter(|at| at - want <= wide / 3 && at + wide <= within.1);
        let found = (0..room).find_map(|tier| Some((tier, place(free[tier])?)));
        if let Some((tier, at)) = found {
            free[tier] = at + wide + if again { 40 } else { 10 };
            labels.push(Label { text: text.clone(), at, tier });
            known.push(text);
        }
    }
}

fn diamond(sheet: &Sheet<'_>, (x, y): At, colour: RGBColor) -> Result<(), Failed> {
    (-5i32..=5).try_for_each(|row| {
        let half = 5 - row.abs();
        sheet.line(&[(x - half, y + row), (x + half, y + row)], colour, 1)
    })
}

/// The layers that any arrow has, in lines that are no wider than the chart.
fn legend_lines(shown: &[(&Row, &Lane)], width: i32) -> Vec<Vec<(&'static str, &'static str, i32)>> {
    let messages = || shown.iter().flat_map(|(_, lane)| lane.setup.iter().chain(&lane.steady));
    let used: Vec<_> = messages().flat_map(|message| layers(&message.layers, message.up)).collect();
    let mut lines: Vec<Vec<_>> = vec![Vec::new()];
    let mut at = 4;
    for part in Part::ALL {
        let Some((colour, name, _)) = used.iter().find(|(_, name, _)| *name == part.name()) else { continue };
        let needs = 20 + width_of(name);
        if at + needs > width && at > 4 {
            lines.push(Vec::new());
            at = 4;
        }
        lines.last_mut().into_iter().for_each(|line| line.push((*colour, *name, at)));
        at += needs + 18;
    }
    lines
}

fn draw_legend(sheet: &Sheet<'_>, lines: &[Vec<(&'static str, &'static str, i32)>]) -> Result<(), Failed> {
    for (row, line) in (0..).zip(lines) {
        let top = 4 + LEGEND * row;
        for (colour, name, at) in line {
            sheet.bar((*at, top), (at + 13, top + 14), layer(colour))?;
            sheet.text(name, (at + 19, top + 7), HPos::Left, MUTED)?;
        }
    }
    Ok(())
}

/// When updates were planned, over all rows.
fn planned(sheet: &Sheet<'_>, shown: &[(&Row, &Lane)], span: Span, frame: Frame) -> Result<(), Failed> {
    let Some((_, lane)) = shown.iter().max_by_key(|(_, lane)| lane.planned.len()) else { return Ok(()) };
    let mut free = i32::MIN;
    for (number, at) in (1..).zip(&lane.planned) {
        let x = span.x(*at);
        sheet.line(&[(x, frame.top - 8), (x, frame.bottom)], GRID, 1)?;
        let text = if number == 1 { "update 1 planned".to_owned() } else { format!("{number}") };
        let wide = width_of(&text);
        let left = (x - wide / 2).clamp(span.left, frame.right + 12 - wide);
        if left > free {
            sheet.text(&text, (left, frame.top - 16), HPos::Left, MUTED)?;
            free = left + wide + 8;
        }
    }
    Ok(())
}

/// Both parts' times.
fn axis(sheet: &Sheet<'_>, spans: [Span; 2], frame: Frame) -> Result<(), Failed> {
    let y = frame.bottom;
    for (span, name) in spans.into_iter().zip(["setup", "steady"]).filter(|(span, _)| span.right > span.left) {
        sheet.line(&[(span.left, y), (span.right, y)], MUTED, 1)?;
        let mut free = i32::MIN;
        let step = Scale::even(&[span.lasts / 2.0], 1.0).ticks.get(1).copied().unwrap_or(span.lasts);
        for tick in (0..12).map(|number| f64::from(number) * step).take_while(|tick| *tick <= span.lasts) {
            let (x, text) = (span.left + pixels(tick / span.lasts * f64::from(span.right - span.left)), time(tick));
            let wide = width_of(&text);
            let left = (x - wide / 2).clamp(span.left - 6, span.right + 10 - wide);
            if left >= free {
                sheet.line(&[(x, y), (x, y + 5)], MUTED, 1)?;
                sheet.text(&text, (left, y + 16), HPos::Left, MUTED)?;
                free = left + wide + 8;
            }
        }
        sheet.text(name, (i32::midpoint(span.left, span.right), y + 35), HPos::Center, MUTED)?;
    }
    Ok(())
}
