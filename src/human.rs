//! Durations and sizes as people write them.

use crate::clock::{Nanos, SECOND};
use bytesize::ByteSize;
use std::time::Duration;

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

/// Writes a span to the millisecond: `2.500 s`.
#[must_use]
pub fn precise(ns: Nanos) -> String {
    let ms = ns.saturating_add(500_000) / 1_000_000;
    format!("{}.{:03} s", ms / 1000, ms % 1000)
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
        for wrong in ["", "5", "ms", "-1s", "5 parsecs", "99999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "B", "-1", "4 KB B"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
