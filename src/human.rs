//! Durations and sizes as people write them.

use crate::clock::{Nanos, SECOND};
use bytesize::ByteSize;
use std::time::Duration;

/// What [`duration`] reads, as a regular expression that Rust's and ECMA-262's engines take alike. It cannot see what is
/// too long to be counted, or shorter than a nanosecond.
pub const DURATION: &str = concat!(
    r"^(0|\s*([0-9][0-9\s]*(\.\s*[0-9][0-9\s]*)?",
    "(nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w",
    r"|months?|M|years?|yrs?|y)\s*)+)$"
);

/// What [`size`] reads, as above. It cannot see what is too large to be counted.
pub const SIZE: &str = r"^(\+?[0-9]+|([0-9]+\.?[0-9]*|\.[0-9]+)\s*([kKmMgGtTpPeE]([iI]?[bB]?)|[bB]))$";

/// What [`bandwidth`] reads, as above. It cannot see what is less than a bit.
pub const BANDWIDTH: &str = r"^[0-9]+(\.[0-9]+)?\s*[kKmMgG]?bit(/s)?$";

/// Reads `250ms`, `1s`, `1m 30s`.
///
/// # Errors
/// A sentence that says what would be right.
pub fn duration(text: &str) -> Result<Nanos, String> {
    let wrong = || format!("`{text}`: a duration with its unit such as `250ms`, `1s` or `2m`");
    let duration = humantime::parse_duration(text).map_err(|_| wrong())?;
    Nanos::try_from(duration.as_nanos()).map_err(|_| wrong())
}

/// Writes a span in whole seconds, the last one begun: `1m 12s`.
#[must_use]
pub fn seconds(ns: Nanos) -> String {
    humantime::format_duration(Duration::from_secs(ns.div_ceil(SECOND))).to_string()
}

/// Writes a span as it was read: `152days 4h`, where a month was meant as a minute.
#[must_use]
pub fn span(ns: Nanos) -> String {
    humantime::format_duration(Duration::from_nanos(ns)).to_string()
}

/// Writes a span to the millisecond: `2.500 s`.
#[must_use]
pub fn precise(ns: Nanos) -> String {
    let ms = ns.saturating_add(500_000) / 1_000_000;
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

/// Reads `200`.
///
/// # Errors
/// A sentence that says what would be right.
pub fn count<N: TryFrom<u64>>(text: &str) -> Result<N, String> {
    let number = text.parse().ok().and_then(|number: u64| N::try_from(number).ok());
    number.ok_or_else(|| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { "it is too large".into() } else { "a whole number in digits, such as `200`".into() }
    })
}

/// Reads `25`, `0.5`: so many a second.
///
/// # Errors
/// A sentence that says what would be right.
pub fn rate(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "updates per second: a number without a unit, such as `25` or `0.5`".into())
}

/// What [`percent`] reads, for a schema.
pub const PERCENT: &str = r"^(0*[1-9][0-9]?|0*[0-9]{1,2}\.[0-9]*[1-9][0-9]*|0*[1-9][0-9]?\.[0-9]*) ?%$";

/// Reads `5%`, `0.5 %`: more than nothing and less than the whole, as a share of it.
///
/// # Errors
/// A sentence that says what would be right.
pub fn percent(text: &str) -> Result<f64, String> {
    let plain = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number = text.strip_suffix('%').map(str::trim_end).filter(plain).and_then(|digits| digits.parse::<f64>().ok());
    let share = number.map(|percent| percent / 100.0).filter(|share| 0.0 < *share && *share < 1.0);
    share.ok_or_else(|| format!("`{text}`: a percentage below 100 with its sign, such as `5%`"))
}

/// A share in percent, as [`percent`] reads it, but for the sign: `7`, `0.5`.
#[must_use]
pub fn in_percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4 // 7 % is not 0.07 × 100
}

/// Reads `100 B`, `4KiB`, `1MB`, `100`.
///
/// # Errors
/// A sentence that says what would be right.
pub fn size(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}`: a size such as `100 B` or `4KiB`");
    let size: ByteSize = text.parse().map_err(|_| wrong())?;
    usize::try_from(size.as_u64()).map_err(|_| wrong())
}

/// Reads `10Mbit`, `500 kbit/s`, in bits per second: k, M and G are powers of 1,000, as everywhere on a line.
///
/// # Errors
/// A sentence that says what would be right.
pub fn bandwidth(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}`: bits per second with their unit, such as `500kbit`, `10Mbit` or `1Gbit`");
    let number = text.strip_suffix("/s").unwrap_or(text).strip_suffix("bit").ok_or_else(wrong)?;
    let digits = number.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
    let scale = match number[digits.len()..].trim_start() {
        "" => 1e0,
        "k" | "K" => 1e3,
        "m" | "M" => 1e6,
        "g" | "G" => 1e9,
        _ => return Err(wrong()),
    };
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bits = digits.parse::<f64>().ok().filter(|_| plain && digits.starts_with(|c: char| c.is_ascii_digit()));
    let bits = bits.map(|bits| (bits * scale).round()).filter(|bits| (1.0..1e15).contains(bits));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the range above
    bits.map(|bits| bits as u64).ok_or_else(wrong)
}

/// Writes a bandwidth as it was read: `10 Mbit/s`.
#[must_use]
pub fn bits_per_second(bits: u64) -> String {
    let (scale, unit) = match bits {
        1_000_000_000.. => (1e9, "Gbit/s"),
        1_000_000.. => (1e6, "Mbit/s"),
        1_000.. => (1e3, "kbit/s"),
        _ => (1e0, "bit/s"),
    };
    #[allow(clippy::cast_precision_loss)] // below 10^15
    let number = bits as f64 / scale;
    format!("{number} {unit}")
}

/// What `n` of a thing are called.
#[must_use]
pub fn plural(n: u64, thing: &str) -> String {
    format!("{thing}{}", if n == 1 { "" } else { "s" })
}

/// `1 trial`, `2 trials`.
#[must_use]
pub fn counted(n: u32, thing: &str) -> String {
    format!("{n} {}", plural(n.into(), thing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_write_them() {
        assert_eq!(duration("250ms"), Ok(250_000_000));
        assert_eq!(duration("1m 30s"), Ok(90_000_000_000));
        assert_eq!((seconds(72_000_000_000), seconds(1)), ("1m 12s".into(), "1s".into()));
        assert_eq!((precise(2_500_400_000), precise(0)), ("2.500 s".into(), "0.000 s".into()));
        assert_eq!(size("4KiB"), Ok(4096));
        assert_eq!(size("100"), Ok(100));
        assert_eq!((count("200"), rate("0.5")), (Ok(200_u32), Ok(0.5)));
        assert_eq!(count::<u32>("4294967296"), Err("it is too large".into()));
        for wrong in ["", "1e6", "-5", "1_000", "10.5"] {
            assert!(count::<u64>(wrong).is_err_and(|error| error.contains("digits")), "{wrong}");
        }
        assert!(rate("5/s").is_err());
        for (text, bits) in [("10Mbit", 10_000_000), ("1.5 Mbit/s", 1_500_000), ("500kbit", 500_000), ("9600bit", 9600)]
        {
            assert_eq!(bandwidth(text), Ok(bits), "{text}");
            assert_eq!(bandwidth(&bits_per_second(bits)), Ok(bits), "{text}");
        }
        assert_eq!((bandwidth("1Gbit"), bits_per_second(2_500_000)), (Ok(1_000_000_000), "2.5 Mbit/s".into()));
        for wrong in ["", "10", "bit", "10M", "10MB", "-1Mbit", "0bit", "1e3kbit", "10 Tbit", "1 M bit", "nanbit"] {
            assert!(bandwidth(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "5", "ms", "-1s", "5 parsecs", "99999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "B", "-1", "4 KB B"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
