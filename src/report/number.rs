//! Numbers as people read them: three significant digits, thousands grouped, one unit.

use crate::human;

/// Three significant digits, grouped, without a trailing unit: `0.0123`, `1.96`, `312`, `12,300`.
pub(super) fn significant(x: f64) -> String {
    let (rounded, exponent) = round(x);
    let decimals = usize::try_from(2 - exponent).unwrap_or(0);
    group(&format!("{rounded:.decimals$}"))
}

/// A whole number, grouped, every digit kept.
pub(super) fn whole(n: u64) -> String {
    group(&n.to_string())
}

/// `1 client`, `2 clients`.
pub(super) fn counted(n: u64, thing: &str) -> String {
    format!("{} {}", whole(n), human::plural(n, thing))
}

/// A span of `ns` nanoseconds in the largest unit that leaves at least 1 before the point.
pub(super) fn time(ns: f64) -> String {
    let rounded = round(ns).0; // first, or 999.7 µs would read "1,000 µs"
    let (scale, unit) = match rounded {
        r if r >= 1e9 => (1e9, "s"),
        r if r >= 1e6 => (1e6, "ms"),
        r if r >= 1e3 => (1e3, "µs"),
        _ => (1.0, "ns"),
    };
    format!("{} {unit}", significant(ns / scale))
}

/// A duration from a scenario: as [`time`], without the zeroes that say nothing there (`300 ms`, `1.5 s`), in
/// one piece: it stands in running text.
pub(super) fn setting(ns: u64) -> String {
    let (scale, unit) = match ns {
        0 => return "0\u{a0}s".into(),
        ns if ns % 1_000_000 == 0 && ns >= 1_000_000_000 => (1_000_000_000, "s"),
        ns if ns % 1_000 == 0 && ns >= 1_000_000 => (1_000_000, "ms"),
        ns if ns >= 1_000 => (1_000, "µs"),
        _ => (1, "ns"),
    };
    format!("{}\u{a0}{unit}", plain(ns as f64 / f64::from(scale)))
}

/// A number from a scenario: every digit it has, grouped.
pub(super) fn plain(x: f64) -> String {
    group(&x.to_string())
}

/// A round number at an axis, without the zeroes that say nothing there: `0.2`, `5,000`.
pub(super) fn tick(x: f64) -> String {
    plain(round(x).0)
}

/// A size from a scenario: `100 B`, `64 KiB`, in one piece.
pub(super) fn size(octets: u64) -> String {
    match octets {
        0..1024 => format!("{octets}\u{a0}B"),
        _ if octets.is_multiple_of(1 << 20) => format!("{}\u{a0}MiB", whole(octets >> 20)),
        _ if octets.is_multiple_of(1024) => format!("{}\u{a0}KiB", whole(octets >> 10)),
        _ => format!("{}\u{a0}B", whole(octets)),
    }
}

/// Octets, in `B` as long as that can be read at a glance.
pub(super) fn octets(x: f64) -> String {
    if round(x).0 < 1e5 { format!("{} B", significant(x)) } else { format!("{} kB", significant(x / 1e3)) }
}

/// Octets of memory, in KiB.
pub(super) fn memory(x: f64) -> String {
    format!("{} KiB", significant(x / 1024.0))
}

/// A share as percent.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// A growth as percent, with its sign.
pub(super) fn growth(share: f64) -> String {
    if share < 0.0 { percent(share) } else { format!("+{}", percent(share)) }
}

/// `text` with plain spaces in place of those that do not break: what programs compare.
pub(super) fn spaced(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// `x` to three significant digits, and its power of ten.
fn round(x: f64) -> (f64, i32) {
    let text = format!("{x:.2e}");
    let exponent = text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0);
    // a zero has no digits to keep
    if x == 0.0 { (0.0, 2) } else { (text.parse().unwrap_or(x), exponent) }
}

/// Commas between the thousands before the point.
fn group(digits: &str) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.char_indices() {
        let left = whole.len() - index;
        if left % 3 == 0 && grouped.ends_with(|c: char| c.is_ascii_digit()) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_by_table() {
        for (x, text) in [
            (0.0, "0"),
            (0.012_345, "0.0123"),
            (1.0, "1.00"),
            (9.996, "10.0"),
            (99.96, "100"),
            (312.4, "312"),
            (999.7, "1,000"),
            (12_345.0, "12,300"),
            (-1234.0, "-1,230"),
            (1_234_567.0, "1,230,000"),
        ] {
            assert_eq!(significant(x), text, "{x}");
        }
        assert_eq!([0, 999, 1000, 1_234_567].map(whole), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn units_change_after_rounding() {
        let cases = [0.0, 14.0, 999.6, 141_234.0, 999_700.0, 2.5e6, 1.514e8, 9.999e8, 1.2e9, 7.2e12];
        let texts =
            ["0 ns", "14.0 ns", "1.00 µs", "141 µs", "1.00 ms", "2.50 ms", "151 ms", "1.00 s", "1.20 s", "7,200 s"];
        assert_eq!(cases.map(time), texts);
        assert_eq!([102.0, 1234.0, 99_990.0, 1.5e6].map(octets), ["102 B", "1,230 B", "100 kB", "1,500 kB"]);
        assert_eq!(
            [0, 250, 1_500, 300_000_000, 1_500_000_000].map(|ns| setting(ns).replace('\u{a0}', " ")),
            ["0 s", "250 ns", "1.5 µs", "300 ms", "1.5 s"]
        );
        assert_eq!([0.0, 0.0196, 3.12, 41.234].map(growth), ["+0 %", "+1.96 %", "+312 %", "+4,120 %"]);
        assert_eq!(growth(-0.25), "-25.0 %");
        assert_eq!([0.000_5, 0.3, 20.0, 5e6].map(tick), ["0.0005", "0.3", "20", "5,000,000"]);
        assert_eq!(
            [20, 1024, 1500, 65_536, 1 << 21].map(|octets| size(octets).replace('\u{a0}', " ")),
            ["20 B", "1 KiB", "1,500 B", "64 KiB", "2 MiB"]
        );
    }
}
