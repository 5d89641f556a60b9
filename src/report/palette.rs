//! The colours of the charts, light and dark: each stands for a CSS variable of the page.

use crate::kind::Transport;
use plotters::style::RGBColor;

/// What a CSS variable stands for.
pub(super) struct Colour {
    pub(super) name: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

const fn colour(name: &'static str, light: &'static str, dark: &'static str) -> Colour {
    Colour { name, light, dark }
}

/// What charts are drawn in; the page has the same values, which a test holds together.
pub(super) const COLOURS: [Colour; 16] = [
    colour("polling", "#b84a00", "#f5672f"),
    colour("long-polling", "#6b1f86", "#bb80b3"),
    colour("sse", "#06553c", "#36e08f"),
    colour("websocket", "#1a6fd4", "#6a93ff"),
    colour("raw-tcp", "#6b6e73", "#d9dfe7"),
    colour("ink", "#16191d", "#e8ebef"),
    colour("muted", "#5a616b", "#a2aab5"),
    colour("grid", "#dfe3e8", "#2d333c"),
    colour("payload", "#c3c9d1", "#4b535f"),
    colour("paper", "#ffffff", "#14171c"),
    colour("framing", "#3fa0f0", "#66b7f6"),
    colour("answer-heads", "#f2c05e", "#dbbc7c"),
    colour("request-heads", "#b0470c", "#ee6c1b"),
    colour("control", "#800f80", "#88249a"),
    colour("tls", "#176648", "#207e44"),
    colour("other", "#16191e", "#e8ebee"),
];

pub(super) const INK: RGBColor = key(5);
pub(super) const MUTED: RGBColor = key(6);
pub(super) const GRID: RGBColor = key(7);
pub(super) const PAYLOAD: RGBColor = key(8);
pub(super) const PAPER: RGBColor = key(9);

/// What stands for a colour while a chart is drawn: it occurs nowhere else.
const fn key(place: u8) -> RGBColor {
    RGBColor(1, 0, place)
}

/// A colour by its CSS variable.
pub(super) fn named(name: &str) -> &'static Colour {
    COLOURS.iter().find(|colour| colour.name == name).unwrap_or(&COLOURS[5])
}

/// The colour of a transport.
pub(super) fn of(transport: &str) -> RGBColor {
    let place = Transport::ALL.iter().position(|t| t.name() == transport);
    key(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX))
}

/// A colour by its CSS variable, as it is drawn.
pub(super) fn layer(name: &str) -> RGBColor {
    let place = COLOURS.iter().position(|colour| colour.name == name);
    key(place.and_then(|place| u8::try_from(place).ok()).unwrap_or(u8::MAX))
}

/// Puts what `paint` makes of an attribute's name and a colour in place of each colour that stands for another.
pub(super) fn painted(mut svg: String, paint: impl Fn(&str, &Colour) -> String) -> String {
    for (place, colour) in (0u8..).zip(&COLOURS) {
        for attribute in ["fill", "stroke"] {
            let RGBColor(red, green, blue) = key(place);
            svg = svg.replace(&format!("{attribute}=\"#{red:02X}{green:02X}{blue:02X}\""), &paint(attribute, colour));
        }
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_has_its_own() {
        for (transport, colour) in Transport::ALL.iter().zip(&COLOURS) {
            assert_eq!(transport.name(), colour.name);
        }
    }
}
