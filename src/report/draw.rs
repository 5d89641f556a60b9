//! What the charts are drawn with: SVG by plotters, in which every text is placed by hand, and areas to point at.
//!
//! plotters is built without fonts and only guesses a text's width, so nothing here depends on it.

use super::font;
use super::palette::{self, Colour, MUTED};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::cell::RefCell;

/// A text's height.
pub(super) const TEXT: f64 = 13.0;
/// Between the base lines of two labels that must not touch.
pub(super) const LABEL_GAP: i32 = 18;
/// Drawings that have a page's width for themselves, and two of which have room beside each other.
pub(super) const WIDE: i32 = 920;
pub(super) const NARROW: i32 = 450;
/// How far around a mark it can be pointed at.
const REACH: i32 = 12;

pub(super) type Failed = DrawingAreaErrorKind<std::io::Error>;
pub(super) type At = (i32, i32);

/// A finished chart, in colours that stand for others until somebody says where it will be seen.
#[derive(Clone, Debug)]
pub(super) struct Drawing {
    pub(super) width: i32,
    pub(super) height: i32,
    svg: String,
    /// The same for a page that has no room for it.
    narrow: Option<Box<Drawing>>,
}

impl Drawing {
    /// Drawn twice, as wide as a page and as narrow as a telephone, where it could only be read by pushing it aside.
    pub(super) fn for_both(draw: impl Fn(i32) -> Result<Drawing, String>) -> Result<Drawing, String> {
        Ok(Drawing { narrow: Some(Box::new(draw(NARROW)?)), ..draw(WIDE)? })
    }

    pub(super) fn narrow(&self) -> Option<&Drawing> {
        self.narrow.as_deref()
    }

    /// For a page that has the colours as CSS variables.
    pub(super) fn inline(&self) -> String {
        palette::painted(self.svg.clone(), |attribute, colour| format!("style=\"{attribute}:var(--{})\"", colour.name))
    }

    /// For itself: light colours, which a style sheet may exchange.
    pub(super) fn standalone(&self) -> String {
        palette::painted(self.svg.clone(), |attribute, Colour { light, .. }| format!("{attribute}=\"{light}\""))
    }
}

/// Where a chart's data are drawn, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
}

impl Frame {
    pub(super) fn width(self) -> f64 {
        f64::from(self.right - self.left)
    }
}

/// What a chart is drawn on.
pub(super) struct Sheet<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    marks: RefCell<String>,
}

/// What plotters writes although SVG takes it for granted: a fifth of a large chart (SVG 2, 13.3 and 13.5).
const DEFAULTS: [&str; 3] = [" opacity=\"1\"", " stroke=\"none\"", " stroke-width=\"1\""];

/// Draws a chart of this size, or says why that failed: a fault of pushbench, whatever the record.
pub(super) fn drawn(
    width: i32,
    height: i32,
    draw: impl FnOnce(&Sheet<'_>) -> Result<(), Failed>,
) -> Result<Drawing, String> {
    let mut svg = String::new();
    let marks = {
        let area = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        let sheet = Sheet { area, marks: RefCell::default() };
        let done = draw(&sheet).and_then(|()| sheet.area.present());
        done.map_err(|error| format!("it could not be drawn: {error}"))?;
        sheet.marks.into_inner()
    };
    // plotters centres by half an ex, which is another length in every font and program
    let svg = svg.replace("dy=\"0.5ex\"", &format!("dy=\"{:.2}\"", font::CAPITAL * TEXT / 2.0));
    let family = format!("font-family=\"{}\"", font::FAMILY);
    let svg = svg.replace(&family, &format!("font-family=\"{}, sans-serif\"", font::FAMILY));
    let svg = DEFAULTS.iter().fold(svg, |svg, default| svg.replace(default, ""));
    let hover = format!("<g class=\"hover\" fill=\"none\" pointer-events=\"all\">\n{marks}</g>\n</svg>");
    let svg = if marks.is_empty() { svg } else { svg.trim_end().trim_end_matches("</svg>").to_owned() + &hover };
    Ok(Drawing { width, height, svg, narrow: None })
}

impl Sheet<'_> {
    pub(super) fn line(&self, path: &[At], colour: RGBColor, width: u32) -> Result<(), Failed> {
        self.area.draw(&PathElement::new(path.to_vec(), colour.stroke_width(width)))
    }

    /// A line of dashes, each as long as the gaps between them.
    pub(super) fn dashed(&self, path: &[At], colour: RGBColor, width: u32) -> Result<(), Failed> {
        dashes(path).iter().try_for_each(|dash| self.line(dash, colour, width))
    }

    /// A line that stays behind what stands before it.
    pub(super) fn faint(&self, path: &[At], colour: RGBColor, width: u32) -> Result<(), Failed> {
        self.area.draw(&PathElement::new(path.to_vec(), colour.mix(0.5).stroke_width(width)))
    }

    pub(super) fn bar(&self, from: At, to: At, colour: RGBColor) -> Result<(), Failed> {
        self.area.draw(&Rectangle::new([from, to], colour.filled()))
    }

    /// Only the outline of a bar: it is less than that.
    pub(super) fn outline(&self, from: At, to: At, colour: RGBColor) -> Result<(), Failed> {
        self.area.draw(&Rectangle::new([from, to], colour.stroke_width(1)))
    }

    pub(super) fn shape(&self, outline: &[At], colour: RGBColor) -> Result<(), Failed> {
        self.area.draw(&Polygon::new(outline.to_vec(), colour.mix(0.4).filled()))
    }

    pub(super) fn dot(&self, at: At, radius: i32, colour: RGBColor) -> Result<(), Failed> {
        self.area.draw(&Circle::new(at, radius, colour.filled()))
    }

    /// A dot of one trial among several.
    pub(super) fn faint_dot(&self, at: At, colour: RGBColor) -> Result<(), Failed> {
        self.area.draw(&Circle::new(at, 2, colour.mix(0.45).filled()))
    }

    pub(super) fn text(&self, text: &str, at: At, side: HPos, colour: RGBColor) -> Result<(), Failed> {
        // plotters divides a font's size by 1.24 when it writes it
        let style = TextStyle::from((font::FAMILY, TEXT * 1.24)).color(&colour).pos(Pos::new(side, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), at, style))
    }

    /// Lets a mark be pointed at: `said` is what it says then.
    pub(super) fn hover(&self, at: At, said: &str) {
        self.hover_over((at.0 - REACH, at.1 - REACH), (at.0 + REACH, at.1 + REACH), said);
    }

    /// As [`Sheet::hover`], for all of an area.
    pub(super) fn hover_over(&self, from: At, to: At, said: &str) {
        let (x, y, width, height) = (from.0, from.1, (to.0 - from.0).max(1), (to.1 - from.1).max(1));
        let said = escaped(said);
        *self.marks.borrow_mut() +=
            &format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{said}</title></rect>\n");
    }

    /// Names behind the ends of lines, none upon another, each led to by a thin line.
    pub(super) fn names_behind(&self, ends: &[(At, &str, RGBColor)], frame: Frame) -> Result<(), Failed> {
        let heights: Vec<i32> = ends.iter().map(|(end, ..)| end.1).collect();
        for ((end, name, colour), place) in ends.iter().zip(apart(&heights, frame.top, frame.bottom)) {
            let label = frame.right + NAME_ROOM;
            // faint where a darker one could be taken for more of the curve
            self.line(&[(end.0 + 5, end.1), (frame.right, end.1)], palette::GRID, 1)?;
            self.line(
                &[(frame.right + 2, end.1), (frame.right + 8, end.1), (label - 6, place), (label - 3, place)],
                MUTED,
                1,
            )?;
            self.text(name, (label, place), HPos::Left, *colour)?;
        }
        Ok(())
    }
}

/// How long a dash is, and a gap.
const DASH: f64 = 6.0;

/// The dashes of a path, bent where it bends.
fn dashes(path: &[At]) -> Vec<Vec<At>> {
    let mut dashes: Vec<Vec<At>> = Vec::new();
    let mut gone = 0.0;
    for pair in path.windows(2) {
        let [from, to] = [pair[0], pair[1]].map(|(x, y)| (f64::from(x), f64::from(y)));
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |share: f64| (pixels(from.0 + (to.0 - from.0) * share), pixels(from.1 + (to.1 - from.1) * share));
        let mut done = 0.0;
        while done < length {
            let drawn = (gone / DASH).floor() % 2.0 < 1.0;
            let step = (DASH - gone % DASH).max(1e-3).min(length - done);
            if drawn {
                let (begin, end) = (at(done / length), at((done + step) / length));
                match dashes.last_mut().filter(|dash| gone % DASH > 1e-3 && dash.last() == Some(&begin)) {
                    Some(dash) => dash.push(end),
                    None => dashes.push(vec![begin, end]),
                }
            }
            (gone, done) = (gone + step, done + step);
        }
    }
    dashes
}

/// Between the end of a chart's data and the names behind it.
pub(super) const NAME_ROOM: i32 = 32;

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Places for labels that want to stand at `wanted`: in their order, [`LABEL_GAP`] apart, within `top` and `bottom`
/// where there is room.
pub(super) fn apart(wanted: &[i32], top: i32, bottom: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&index| wanted[index]);
    let mut places = wanted.to_vec();
    let mut free = top;
    for &index in &order {
        places[index] = places[index].max(free);
        free = places[index] + LABEL_GAP;
    }
    let mut limit = bottom;
    for &index in order.iter().rev() {
        places[index] = places[index].min(limit);
        limit = places[index] - LABEL_GAP;
    }
    places
}

pub(super) fn width_of(label: &str) -> i32 {
    pixels(font::width(label, TEXT).ceil())
}

/// The width of the widest.
pub(super) fn widest<'s>(labels: impl IntoIterator<Item = &'s str>) -> i32 {
    labels.into_iter().map(width_of).max().unwrap_or(0)
}

/// `label`, cut where it would be wider than `room`.
pub(super) fn fitted(label: &str, room: i32) -> String {
    cut(label, room, TEXT)
}

/// A text in lines that are at most `room` wide, at most `most` of them; the last is cut where there is no more room.
pub(super) fn wrapped(text: &str, room: i32, most: usize) -> Vec<String> {
    wrapped_at(text, room, most, TEXT)
}

/// As [`wrapped`], for a text of another size.
pub(super) fn wrapped_at(text: &str, room: i32, most: usize, size: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let full = lines.len() == most;
        let fits = |line: &str| font::width(&format!("{line} {word}"), size) <= f64::from(room);
        match lines.last_mut() {
            Some(line) if full || fits(line) => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| cut(line, room, size)).collect()
}

fn cut(label: &str, room: i32, size: f64) -> String {
    let fits = |text: &str| font::width(text, size) <= f64::from(room);
    if fits(label) {
        return label.to_owned();
    }
    let ends = label.char_indices().map(|(end, _)| format!("{}…", label[..end].trim_end()));
    ends.take_while(|text| fits(text)).last().unwrap_or_default()
}

#[allow(clippy::cast_possible_truncation)] // saturates, and a chart has a few hundred
pub(super) fn pixels(length: f64) -> i32 {
    length.round() as i32
}

/// So many of something, where a chart has room for a few hundred.
pub(super) fn count(things: usize) -> i32 {
    i32::try_from(things).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_apart_and_inside() {
        assert_eq!(apart(&[50, 200], 0, 300), [50, 200]);
        assert_eq!(apart(&[200, 199, 201], 0, 300), [217, 199, 235]);
        assert_eq!(apart(&[300, 300], 0, 300), [282, 300]);
        let crowd = apart(&[0; 10], 0, 300);
        assert!(crowd.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_GAP), "{crowd:?}");
    }

    #[test]
    fn texts_keep_to_their_room() {
        assert_eq!(wrapped("browser and a cookie of 4 KiB", 80, 3), ["browser and", "a cookie of 4", "KiB"]);
        assert_eq!(fitted("polling", 100), "polling");
        let cut = fitted("a label that nobody would give to anything", 100);
        assert!(cut.ends_with('…') && width_of(&cut) <= 100, "{cut}");
        assert!(wrapped("one two three four five six", 40, 2).iter().all(|line| width_of(line) <= 40));
    }
}
