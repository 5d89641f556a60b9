//! Cookies of a given size.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// What a site's page is sent with: names, and the length of their values. Beyond these they begin again, numbered.
const PAIRS: [(&str, usize); 6] =
    [("session", 64), ("_ga", 27), ("csrftoken", 64), ("consent", 180), ("theme", 5), ("token", 480)];
/// Cookie octets (RFC 6265, 4.1.1) as base64url has them.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// The shortest value that holds a pair: `a=b`.
pub const MIN_LEN: usize = 3;

/// The value of a `cookie` field of exactly `len` octets, at least [`MIN_LEN`]: `name=value` pairs, always the same.
#[must_use]
pub fn value(len: usize) -> String {
    let mut random = Pcg64::seed_from_u64(0);
    let mut cookie = String::with_capacity(len);
    for (round, (name, octets)) in (1..).flat_map(|round| PAIRS.map(|pair| (round, pair))) {
        if !cookie.is_empty() {
            cookie.push_str("; ");
        }
        let name = if round == 1 { name.to_owned() } else { format!("{name}{round}") };
        // where the name leaves no room for a value, one letter has to do
        let name = if cookie.len() + name.len() + 1 < len { name.as_str() } else { "a" };
        cookie.push_str(name);
        cookie.push('=');
        let room = len.saturating_sub(cookie.len());
        // what is left must hold another pair, or belong to this one
        let octets = if room >= octets + 2 + MIN_LEN { octets } else { room };
        cookie.extend((0..octets).map(|_| char::from(ALPHABET[(random.next_u64() % 64) as usize])));
        if cookie.len() >= len {
            break;
        }
    }
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_have_exactly_their_size() {
        for len in (MIN_LEN..3000).chain([4096, 16 << 10, 60_000]) {
            let cookie = value(len);
            assert_eq!(cookie.len(), len);
            for pair in cookie.split("; ") {
                let (name, value) = pair.split_once('=').expect("a pair");
                assert!(!name.is_empty() && !value.is_empty(), "{len}: {pair}");
                assert!(value.bytes().all(|octet| ALPHABET.contains(&octet)), "{len}: {pair}");
                // a browser keeps no cookie above 4,096 octets
                assert!(pair.len() <= 4096, "{len}: {pair}");
            }
        }
        assert!(value(1024).starts_with("session="));
        assert_eq!(value(1024), value(1024));
    }
}
