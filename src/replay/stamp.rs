//! The timestamp in a replayed line.

use crate::schedule::Unit;
use serde_json::Value;
use std::time::UNIX_EPOCH;

/// The time that stands in `field` of the JSON object `line`, in nanoseconds: since 1970 UTC where it is text, since
/// whatever the numbers count from otherwise.
///
/// # Errors
/// The key of `[feed]` that does not fit the line, and a sentence about the line.
pub(super) fn read(line: &str, field: &str, unit: Option<Unit>) -> Result<i128, (&'static str, String)> {
    let about_field = |message| ("timestamp", message);
    let object: Value = serde_json::from_str(line)
        .map_err(|error| about_field(format!("no JSON (column {}), so it has no `{field}`", error.column())))?;
    let value = find(&object, field).ok_or_else(|| about_field(format!("no field `{field}`")))?;
    match (unit, value) {
        (Some(unit), Value::Number(_)) => number(&value.to_string(), unit),
        // 64-bit numbers are often written as text, because JavaScript cannot hold them
        (Some(unit), Value::String(text)) => number(text, unit),
        (None, Value::String(text)) => rfc3339(text),
        (None, Value::Number(number)) => {
            let message =
                format!("`{field}` is the number {number}: say what it counts, \"s\", \"ms\", \"us\" or \"ns\"");
            return Err(("timestamp-unit", message));
        }
        _ => None,
    }
    .ok_or_else(|| {
        let right = match unit {
            Some(_) => "a number, as `timestamp-unit` says",
            None => "a time such as \"2026-03-02T09:30:00.125Z\", from 1970 on",
        };
        about_field(format!("`{field}` is {}, not {right}", shortened(&value.to_string())))
    })
}

/// The value at a path whose parts are joined by dots; a field whose own name has dots comes first.
fn find<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    object.get(path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        find(object.get(first)?, rest)
    })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // bounded just before; units are small
fn number(text: &str, unit: Unit) -> Option<i128> {
    let nanos = unit.nanos();
    match text.parse::<i64>() {
        Ok(whole) => Some(i128::from(whole) * i128::from(nanos)),
        // a fraction; seconds since 1970 are then good to a quarter of a microsecond
        Err(_) => {
            let nanos = text.parse::<f64>().ok()? * nanos as f64;
            (nanos.abs() < 1e30).then(|| nanos.round() as i128)
        }
    }
}

/// RFC 3339, with a blank for the `T` as it allows, and as UTC where the zone is left out.
fn rfc3339(text: &str) -> Option<i128> {
    let text = text.to_ascii_uppercase();
    let (local, offset) = match text.strip_suffix('Z') {
        Some(local) => (local, 0),
        None => match text.get(10..)?.rfind(['+', '-']) {
            Some(sign) => (&text[..10 + sign], offset_minutes(&text[10 + sign..])?),
            None => (text.as_str(), 0),
        },
    };
    let since = humantime::parse_rfc3339_weak(local).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(i128::try_from(since.as_nanos()).ok()? - i128::from(offset) * 60_000_000_000)
}

/// The minutes of `+05:30`.
fn offset_minutes(text: &str) -> Option<i32> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two = |digits: &str| digits.parse::<u8>().ok().filter(|_| digits.len() == 2).map(i32::from);
    let (hours, minutes) = (two(hours).filter(|&hours| hours < 24)?, two(minutes).filter(|&minutes| minutes < 60)?);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    Some(sign * (60 * hours + minutes))
}

/// What can be said of a value in a sentence.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_by_table() {
        let base = 1_772_443_800_i128 * 1_000_000_000; // 2026-03-02T09:30:00Z
        for (line, field, unit, nanos) in [
            (r#"{"ts":1772443800125}"#, "ts", Some(Unit::Milliseconds), base + 125_000_000),
            (r#"{"ts":"1772443800125"}"#, "ts", Some(Unit::Milliseconds), base + 125_000_000),
            (r#"{"ts":1772443800.5}"#, "ts", Some(Unit::Seconds), base + 500_000_000),
            (r#"{"ts":-3}"#, "ts", Some(Unit::Microseconds), -3000),
            (r#"{"ts":7,"x":1}"#, "ts", Some(Unit::Nanoseconds), 7),
            (r#"{"a":{"b":{"t":7}}}"#, "a.b.t", Some(Unit::Nanoseconds), 7),
            (r#"{"a.b":7,"a":{"b":8}}"#, "a.b", Some(Unit::Nanoseconds), 7),
            (r#"{"ts":"2026-03-02T09:30:00Z"}"#, "ts", None, base),
            (r#"{"ts":"2026-03-02t09:30:00.125z"}"#, "ts", None, base + 125_000_000),
            (r#"{"ts":"2026-03-02 11:30:00.000000001+02:00"}"#, "ts", None, base + 1),
            (r#"{"ts":"2026-03-02T04:00:00-05:30"}"#, "ts", None, base),
            (r#"{"ts":"2026-03-02T09:30:00"}"#, "ts", None, base),
        ] {
            assert_eq!(read(line, field, unit), Ok(nanos), "{line}");
        }
    }

    #[test]
    fn what_is_no_time_is_told() {
        for (line, unit, key, says) in [
            ("ping", None, "timestamp", "no JSON (column 1), so it has no `a.ts`"),
            ("[1]", None, "timestamp", "no field `a.ts`"),
            (r#"{"a":{"x":1}}"#, None, "timestamp", "no field `a.ts`"),
            (r#"{"a":7}"#, None, "timestamp", "no field `a.ts`"),
            (r#"{"a":{"ts":17}}"#, None, "timestamp-unit", "`a.ts` is the number 17: say what it counts"),
            (r#"{"a":{"ts":null}}"#, None, "timestamp", "`a.ts` is null, not a time such as"),
            (r#"{"a":{"ts":"soon"}}"#, None, "timestamp", "`a.ts` is \"soon\", not a time such as"),
            (r#"{"a":{"ts":"2026-03-02T09:30:00+2"}}"#, None, "timestamp", "not a time such as"),
            (r#"{"a":{"ts":"2026-03-02T09:30:00+€:00"}}"#, None, "timestamp", "not a time such as"),
            (r#"{"a":{"ts":"1969-03-02T09:30:00Z"}}"#, None, "timestamp", "not a time such as"),
            (r#"{"a":{"ts":"€€€€€€€€€€"}}"#, None, "timestamp", "not a time such as"),
            (r#"{"a":{"ts":"soon"}}"#, Some(Unit::Seconds), "timestamp", "not a number, as `timestamp-unit` says"),
            (r#"{"a":{"ts":"inf"}}"#, Some(Unit::Seconds), "timestamp", "not a number"),
            (r#"{"a":{"ts":1e300}}"#, Some(Unit::Seconds), "timestamp", "not a number"),
        ] {
            let (about, message) = read(line, "a.ts", unit).expect_err(line);
            assert_eq!(about, key, "{line}");
            assert!(message.contains(says), "{line}: {message}");
        }
        let long = format!(r#"{{"a":{{"ts":"{}"}}}}"#, "€".repeat(100));
        let (_, message) = read(&long, "a.ts", None).expect_err("no time");
        assert!(message.chars().count() < 150, "{message}");
    }
}
