//! What the charts are drawn with: inline SVG by plotters, with colours that stand for CSS variables.
//!
//! plotters is built without fonts and guesses a text's width, so nothing here depends on it: every text is placed by
//! hand, with room for the widest common sans-serif.

use crate::clock::Nanos;
use crate::kind::Transport;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A chart's SVG, or why there is none.
pub(super) type Drawing = Result<String, String>;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Failed = DrawingAreaErrorKind<std::io::Error>;

/// A text's height, and an upper bound of a character's mean width at that height.
const TEXT: f64 = 13.0;
pub(super) const CHARACTER: i32 = 8;
/// Between the base lines of two labels that must not touch.
pub(super) const LABEL_GAP: i32 = 18;

// Colours that occur nowhere else, each replaced by a CSS variable once the chart is drawn.
pub(super) const INK: RGBColor = RGBColor(1, 0, 0);
pub(super) const MUTED: RGBColor = RGBColor(1, 0, 1);
pub(super) const GRID: RGBColor = RGBColor(1, 0, 2);
pub(super) const PAYLOAD: RGBColor = RGBColor(1, 0, 3);
const VARIABLES: [(RGBColor, &str); 4] = [(INK, "ink"), (MUTED, "muted"), (GRID, "grid"), (PAYLOAD, "payload")];

pub(super) fn transport_colour(transport: &str) -> RGBColor {
    let place = Transport::ALL.iter().position(|t| t.name() == transport);
    RGBColor(1, 1, place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX))
}

/// Where a chart's data are drawn, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) top: i32,
    pub(super) bottom: i32,
}

pub(super) fn drawn(width: i32, height: i32, draw: impl FnOnce(&Area<'_>) -> Result<(), Failed>) -> Drawing {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        draw(&root).and_then(|()| root.present()).map_err(|error| format!("The chart could not be drawn: {error}"))?;
    }
    Ok(with_variables(svg))
}

/// Puts CSS variables in place of the colours that stand for them, so that light and dark are the page's matter.
fn with_variables(mut svg: String) -> String {
    let transports = Transport::ALL.map(|t| (transport_colour(t.name()), t.name()));
    for (colour, name) in VARIABLES.into_iter().chain(transports) {
        let hex = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
        for attribute in ["fill", "stroke"] {
            let style = format!("style=\"{attribute}:var(--{name})\"");
            svg = svg.replace(&format!("{attribute}=\"{hex}\""), &style);
        }
    }
    svg
}

/// 1, 2 and 5 times the powers of ten, from the last at or below `least` to the first at or above `most`.
pub(super) fn steps(least: f64, most: f64) -> Vec<f64> {
    let all = (-6..14).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let mut steps: Vec<f64> = all.collect();
    let first = steps.iter().rposition(|&step| step <= least).unwrap_or(0);
    let last = steps.iter().position(|&step| step >= most).unwrap_or(steps.len() - 1);
    // one value alone still needs two ends
    steps.truncate(last.max(first + 1) + 1);
    steps.split_off(first.min(steps.len() - 2))
}

pub(super) fn is_decade(tick: f64) -> bool {
    let power = tick.log10();
    (power - power.round()).abs() < 1e-9
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
    i32::try_from(label.chars().count()).unwrap_or(0) * CHARACTER
}

#[allow(clippy::cast_possible_truncation)] // saturates, and a chart has a few hundred
pub(super) fn pixels(length: f64) -> i32 {
    length.round() as i32
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // ticks are whole and positive
pub(super) fn nanos(tick: f64) -> Nanos {
    tick as Nanos
}

pub(super) fn line(root: &Area<'_>, path: &[(i32, i32)], colour: RGBColor, width: u32) -> Result<(), Failed> {
    root.draw(&PathElement::new(path.to_vec(), colour.stroke_width(width)))
}

pub(super) fn text(root: &Area<'_>, text: &str, at: (i32, i32), side: HPos, colour: RGBColor) -> Result<(), Failed> {
    // plotters divides a font's size by 1.24 when it writes it
    let style = TextStyle::from(("sans-serif", TEXT * 1.24)).color(&colour).pos(Pos::new(side, VPos::Center));
    root.draw(&Text::new(text.to_owned(), at, style))
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
    fn ticks_enclose_the_data() {
        assert_eq!(steps(150.0, 900.0), [100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(steps(100.0, 100.0), [100.0, 200.0]);
        assert_eq!(steps(1.0, 1.0), [1.0, 2.0]);
        assert_eq!(steps(9e13, 9e20).len(), 2);
    }
}
