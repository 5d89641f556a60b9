//! The update: its encoded bytes are the payload, the same on every transport.
//!
//! ```text
//! 0000000000000017 abcdefghijklmnopqrstuvwxyz…
//! └─ 16 digits ──┘ └─ filler up to the size, or a replayed line
//! ```
//!
//! In a batch, text updates are separated by `\n` (which does not end the last); binary ones each follow their length
//! as 4 octets, most significant first.

use crate::kind::Encoding;
use bytes::{BufMut, Bytes, BytesMut};

/// Octets of the number in front of every update.
pub const NUMBER_LEN: usize = 16;
/// The smallest update: the number, the space and three octets of filler.
pub const MIN_LEN: usize = 20;
/// The largest update.
pub const MAX_LEN: usize = 16 << 20;
/// What is before the number of a JSON update.
const JSON_HEAD: &str = "{\"number\":";

/// The bytes of update `number`, `size` octets in all (never under [`MIN_LEN`]).
///
/// JSON is for people and is as long as it is: `size` then counts the text inside.
#[must_use]
pub fn encode(number: u64, size: usize, encoding: Encoding) -> Bytes {
    let size = size.max(MIN_LEN);
    let mut bytes = BytesMut::with_capacity(size + 64);
    if encoding == Encoding::Json {
        bytes.put_slice(format!("{JSON_HEAD}{number},\"text\":\"").as_bytes());
    }
    bytes.put_slice(format!("{number:0NUMBER_LEN$} ").as_bytes());
    let filler = size - NUMBER_LEN - 1;
    match encoding {
        Encoding::Text | Encoding::Json => bytes.extend((b'a'..=b'z').cycle().take(filler)),
        Encoding::Binary => bytes.extend((0..=u8::MAX).cycle().take(filler)),
    }
    if encoding == Encoding::Json {
        bytes.put_slice(b"\"}");
    }
    bytes.freeze()
}

/// The bytes of update `number` that brings a replayed `line`, [`line_len`] octets in all.
#[must_use]
pub fn from_line(number: u64, line: &str) -> Bytes {
    format!("{number:0NUMBER_LEN$} {line}").into()
}

/// How many octets an update has that brings a replayed line of `octets`: its number, a space, the line.
#[must_use]
pub fn line_len(octets: usize) -> usize {
    NUMBER_LEN + 1 + octets
}

/// The number at the head of an update's bytes; `None` where there is none.
#[must_use]
pub fn number(payload: &[u8]) -> Option<u64> {
    if let Some(json) = payload.strip_prefix(JSON_HEAD.as_bytes()) {
        let end = json.iter().position(|&byte| byte == b',')?;
        return std::str::from_utf8(&json[..end]).ok()?.parse().ok();
    }
    let digits = payload.get(..NUMBER_LEN)?;
    if payload.get(NUMBER_LEN) != Some(&b' ') {
        return None;
    }
    digits.iter().try_fold(0u64, |n, digit| digit.is_ascii_digit().then(|| n * 10 + u64::from(digit - b'0')))
}

/// Puts `updates` into one batch.
#[must_use]
pub fn join<'a>(updates: impl Iterator<Item = &'a [u8]> + Clone, encoding: Encoding) -> Bytes {
    let prefix = if encoding == Encoding::Binary { 4 } else { 1 };
    let mut batch = BytesMut::with_capacity(updates.clone().map(|u| u.len() + prefix).sum());
    for (index, update) in updates.enumerate() {
        if encoding == Encoding::Binary {
            put_length(&mut batch, update.len());
        } else if index > 0 {
            batch.put_u8(b'\n');
        }
        batch.put_slice(update);
    }
    batch.freeze()
}

/// Puts the 4 octets of a length prefix.
pub fn put_length(buffer: &mut BytesMut, len: usize) {
    buffer.put_u32(u32::try_from(len).expect("updates are at most MAX_LEN"));
}

/// The updates of a batch, in order. A length prefix that overruns the batch yields the rest as it is: the caller,
/// which looks for the number, will not find an update there.
pub fn split(batch: &[u8], encoding: Encoding) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(batch).filter(|batch| !batch.is_empty());
    std::iter::from_fn(move || {
        let batch = rest?;
        let (update, after) = match encoding {
            Encoding::Text | Encoding::Json => match batch.iter().position(|&byte| byte == b'\n') {
                Some(end) => (&batch[..end], Some(&batch[end + 1..])),
                None => (batch, None),
            },
            Encoding::Binary => {
                let (update, after) = split_prefixed(batch).unwrap_or((batch, &[]));
                (update, Some(after).filter(|after| !after.is_empty()))
            }
        };
        rest = after;
        Some(update)
    })
}

/// The first length-prefixed update of `bytes` and what follows it; `None` while it is not all there.
#[must_use]
pub fn split_prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_everything() {
        for encoding in [Encoding::Text, Encoding::Binary] {
            for size in [20, 21, 100, 4096] {
                let update = encode(17, size, encoding);
                assert_eq!(update.len(), size);
                assert_eq!(number(&update), Some(17));
            }
        }
        assert_eq!(&encode(17, 20, Encoding::Text)[..], b"0000000000000017 abc");
        assert!(!encode(1, 5000, Encoding::Text).iter().any(|byte| matches!(byte, b'\n' | b'\r')));
        let json = encode(17, 20, Encoding::Json);
        assert_eq!(number(&json), Some(17));
        let json: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(json["number"], 17);
    }

    #[test]
    fn a_replayed_line_stands_behind_its_number() {
        let update = from_line(17, "{\"price\":\"1 €\"}");
        assert_eq!(&update[..], "0000000000000017 {\"price\":\"1 €\"}".as_bytes());
        assert_eq!(update.len(), line_len("{\"price\":\"1 €\"}".len()));
        assert_eq!(number(&update), Some(17));
    }

    #[test]
    fn what_is_no_update_has_no_number() {
        for bytes in [
            &b""[..],
            b"0000000000000017",
            b"000000000000001x abc",
            b"0000000000000017-abc",
            b"{\"number\":17",
            b"{\"number\":x,",
        ] {
            assert_eq!(number(bytes), None);
        }
    }

    #[test]
    fn a_batch_is_split_as_it_was_joined() {
        for encoding in [Encoding::Text, Encoding::Binary] {
            for count in [0, 1, 2, 7] {
                let updates: Vec<_> =
                    (1..=count).map(|n| encode(n, 20 + usize::try_from(n).expect("small"), encoding)).collect();
                let batch = join(updates.iter().map(|u| &u[..]), encoding);
                assert!(split(&batch, encoding).eq(updates.iter().map(|u| &u[..])));
            }
        }
        let text = join([&b"a"[..], b"b"].into_iter(), Encoding::Text);
        assert_eq!(&text[..], b"a\nb");
    }

    #[test]
    fn an_overrunning_prefix_is_not_an_update() {
        let parts: Vec<_> = split(b"\0\0\0\xff0000000000000017 abc", Encoding::Binary).collect();
        assert_eq!(parts.len(), 1);
        assert_eq!(number(parts[0]), None);
    }
}
