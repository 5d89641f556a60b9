//! The one font of all charts, embedded: what is computed with its widths is what is seen.
//!
//! `assets/pushbench-sans.otf` has no kerning, so a text is as wide as the sum of its characters, whoever sets it.
//! `docs/font/make.py` makes it; its licence lies beside it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use std::sync::LazyLock;

/// The font as a file.
pub(super) const FILE: &[u8] = include_bytes!("../../assets/pushbench-sans.otf");
/// Its name.
pub(super) const FAMILY: &str = "pushbench sans";
/// How high a capital is, in ems; what a text is centred by.
pub(super) const CAPITAL: f64 = 0.727;

/// How wide each character up to U+2FFF is, in ems; 0 where the font has none.
static ADVANCES: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let font = FontRef::new(FILE).expect("the embedded font");
    let metrics = GlyphMetrics::new(&font, Size::new(1.0), LocationRef::default());
    let glyphs = font.charmap();
    let advance = |character: u32| glyphs.map(character).and_then(|glyph| metrics.advance_width(glyph));
    (0..0x3000).map(|character| advance(character).map_or(0.0, f64::from)).collect()
});

/// How wide `text` is at a `size`; a character that the font has not got may come from any other, up to an em wide.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let advance = |character: char| ADVANCES.get(character as usize).copied().filter(|&ems| ems > 0.0).unwrap_or(1.0);
    text.chars().map(advance).sum::<f64>() * size
}

/// The CSS rule that brings the font along.
pub(super) fn face() -> String {
    static FACE: LazyLock<String> = LazyLock::new(|| {
        let file = STANDARD.encode(FILE);
        format!("@font-face{{font-family:\"{FAMILY}\";src:url(data:font/otf;base64,{file}) format(\"opentype\")}}")
    });
    FACE.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_reports_say() {
        let said = "AZaz09 \u{a0}−–—·÷×≥≤<>µ→%✓✗+,.()é";
        assert_eq!(said.chars().filter(|&c| ADVANCES[c as usize] <= 0.0).collect::<String>(), "");
        let digits: Vec<f64> = "0123456789".chars().map(|digit| ADVANCES[digit as usize]).collect();
        assert!(digits.iter().all(|width| (width - digits[0]).abs() < 1e-9), "{digits:?}");
        assert!((width("0000", 10.0) - 4.0 * digits[0] * 10.0).abs() < 1e-6);
        assert!((width("水", 13.0) - 13.0).abs() < 1e-9);
        assert!(FILE.len() < 60 << 10);
    }
}
