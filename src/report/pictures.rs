//! Each chart as a picture for itself: an SVG that needs nothing else, and a PNG drawn from it.

use super::charts::{self, Chart};
use super::draw::{Drawing, wrapped_at};
use super::font;
use super::page::Page;
use super::palette::{COLOURS, Colour, named};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::Arc;

/// Pixels of a PNG to one of the SVG's.
const SCALE: u8 = 2;
const MARGIN: i32 = 20;
const TITLE: f64 = 18.0;
const LEGEND: f64 = 13.0;
/// Between the base lines of a legend's lines.
const LINE: i32 = 19;
/// Between two drawings.
const GAP: i32 = 24;

/// A chart, for a slide or a pull request.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows, as part of a file's name: `latency`, `bytes`.
    pub name: &'static str,
    /// Light or dark, as whoever looks at it prefers; it brings its font along.
    pub svg: String,
}

/// A picture that could not be drawn: a fault of pushbench, whatever the record.
#[derive(Debug, thiserror::Error)]
#[error("the picture of {name}: {reason}")]
pub struct Undrawn {
    name: &'static str,
    reason: String,
}

/// Every chart of a page. The same page gives the same bytes.
#[must_use]
pub fn all(page: &Page) -> Vec<Picture> {
    let charts = charts::all(page).list;
    let drawn = charts.iter().filter(|chart| !chart.drawings.is_empty());
    drawn.map(|chart| Picture { name: chart.id, svg: standalone(chart) }).collect()
}

impl Picture {
    /// The same in light as a PNG, with twice as many pixels each way.
    ///
    /// # Errors
    /// [`Undrawn`] when the SVG is none, which a test rules out.
    pub fn png(&self) -> Result<Vec<u8>, Undrawn> {
        let mut fonts = fontdb::Database::new();
        // no fonts of the system: they differ from machine to machine
        fonts.load_font_data(font::FILE.to_vec());
        let options = Options { font_family: font::FAMILY.into(), fontdb: Arc::new(fonts), ..Options::default() };
        png(&self.svg, &options).map_err(|reason| Undrawn { name: self.name, reason })
    }
}

fn png(svg: &str, options: &Options<'_>) -> Result<Vec<u8>, String> {
    let tree = Tree::from_str(svg, options).map_err(|error| error.to_string())?;
    let size = tree.size().to_int_size().scale_by(SCALE.into()).ok_or("it has no size")?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("it has no size")?;
    resvg::render(&tree, Transform::from_scale(SCALE.into(), SCALE.into()), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}

/// Title and legend, and below them the drawings, as many in a row as there is room for.
fn standalone(chart: &Chart) -> String {
    let inner = chart.drawings.iter().map(|drawing| drawing.width).max().unwrap_or(0);
    let across = if chart.drawings.len() > 1 { 2 } else { 1 };
    let inner = inner * across + GAP * (across - 1);
    let title = wrapped_at(chart.title, inner, 2, TITLE);
    let legend = format!("{} {}", chart.legend, chart.reading);
    let legend = wrapped_at(legend.trim(), inner, 12, LEGEND);
    let mut body = String::new();
    let mut y = MARGIN;
    for (lines, size, pitch, colour) in [(&title, TITLE, 24, "ink"), (&legend, LEGEND, LINE, "muted")] {
        for line in lines {
            y += pitch;
            body += &text(line, y - pitch / 4, size, named(colour));
        }
    }
    y += GAP / 2;
    for row in chart.drawings.chunks(usize::try_from(across).unwrap_or(1)) {
        let mut x = MARGIN;
        for drawing in row {
            body += &placed(drawing, x, y);
            x += drawing.width + GAP;
        }
        y += row.iter().map(|drawing| drawing.height).max().unwrap_or(0) + GAP;
    }
    // why points are missing belongs to a picture that nothing else stands beside
    for line in chart.gaps.iter().flat_map(|gap| wrapped_at(gap, inner, 3, LEGEND)) {
        body += &text(&line, y, LEGEND, named("muted"));
        y += LINE;
    }
    let (width, height) = (inner + 2 * MARGIN, y - GAP + MARGIN);
    let paper = named("paper").light;
    let (face, dark) = (font::face(), dark());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <style>{face}\n@media (prefers-color-scheme:dark){{{dark}}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{paper}\"/>\n{body}</svg>\n"
    )
}

/// A drawing as an SVG within another.
fn placed(drawing: &Drawing, x: i32, y: i32) -> String {
    drawing.standalone().replacen("<svg ", &format!("<svg x=\"{x}\" y=\"{y}\" "), 1) + "\n"
}

fn text(line: &str, y: i32, size: f64, colour: &Colour) -> String {
    let line = line.replace('&', "&amp;").replace('<', "&lt;");
    let (family, light) = (font::FAMILY, colour.light);
    format!(
        "<text x=\"{MARGIN}\" y=\"{y}\" font-family=\"{family}, sans-serif\" font-size=\"{size}\" fill=\"{light}\">{line}</text>\n"
    )
}

/// Rules that exchange every light colour for its dark one.
fn dark() -> String {
    let rule =
        |attribute: &str, colour: &Colour| format!("[{attribute}=\"{}\"]{{{attribute}:{}}}", colour.light, colour.dark);
    COLOURS.iter().flat_map(|colour| ["fill", "stroke"].map(|attribute| rule(attribute, colour))).collect()
}
