//! HPACK's Huffman code (RFC 7541, 5.2 and appendix B).
//!
//! It is canonical: codes of one length follow each other in the order of their symbols, shorter ones come first. So the
//! lengths say it all, and tables are made of them when this is compiled.

/// The symbol that ends a string; it never stands in one, but its first bits fill up the last octet.
const END: usize = 256;
/// Bits of the longest code.
const LONGEST: usize = 30;

/// Bits of each octet's code, and of the end's.
#[rustfmt::skip]
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5,
    5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6,
    6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22,
    23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22,
    21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20,
    22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19,
    21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22,
    22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
];

/// What the lengths make.
struct Code {
    /// By a code's first eight bits, where it has no more: the symbol and the code's length, which is 0 elsewhere.
    short: [(u8, u8); 256],
    /// All symbols, by code.
    symbols: [u16; 257],
    /// By length: how many codes are shorter.
    before: [u32; LONGEST + 1],
    /// By length: the first code, and the first that is longer; both moved up to the left end of 32 bits.
    first: [u64; LONGEST + 1],
    end: [u64; LONGEST + 1],
    /// By symbol: its code, moved up to the left end of 32 bits.
    codes: [u32; 257],
}

static CODE: Code = Code::new();

impl Code {
    #[allow(clippy::cast_possible_truncation)] // symbols below 256 are octets, codes have 30 bits; `try_from` is not for constants
    const fn new() -> Code {
        let mut code = Code {
            short: [(0, 0); 256],
            symbols: [0; 257],
            before: [0; LONGEST + 1],
            first: [0; LONGEST + 1],
            end: [0; LONGEST + 1],
            codes: [0; 257],
        };
        let (mut length, mut next, mut count) = (1, 0_u64, 0);
        while length <= LONGEST {
            let step = 1_u64 << (32 - length);
            code.before[length] = count as u32;
            code.first[length] = next;
            let mut symbol = 0;
            while symbol < LENGTHS.len() {
                if LENGTHS[symbol] as usize == length {
                    code.symbols[count] = symbol as u16;
                    code.codes[symbol] = next as u32;
                    count += 1;
                    let mut at = next >> 24;
                    next += step;
                    while length <= 8 && at < next >> 24 {
                        code.short[at as usize] = (symbol as u8, length as u8);
                        at += 1;
                    }
                }
                symbol += 1;
            }
            code.end[length] = next;
            length += 1;
        }
        code
    }

    /// The symbol whose code these bits begin with, and the code's length. Every 32 bits begin with one.
    fn symbol(&self, bits: u32) -> (usize, usize) {
        let (symbol, length) = self.short[(bits >> 24) as usize];
        if length > 0 {
            return (usize::from(symbol), usize::from(length));
        }
        let bits = u64::from(bits);
        let length = (9..LONGEST).find(|&length| bits < self.end[length]).unwrap_or(LONGEST);
        let at = u64::from(self.before[length]) + ((bits - self.first[length]) >> (32 - length));
        let symbol = usize::try_from(at).ok().and_then(|at| self.symbols.get(at));
        (symbol.map_or(END, |&symbol| usize::from(symbol)), length)
    }
}

/// How many octets `text` takes in this code.
#[must_use]
pub fn encoded_len(text: &[u8]) -> usize {
    text.iter().map(|&octet| usize::from(LENGTHS[usize::from(octet)])).sum::<usize>().div_ceil(8)
}

/// Adds the code of `text` to `encoded`.
pub fn encode(text: &[u8], encoded: &mut Vec<u8>) {
    let (mut bits, mut have) = (0_u64, 0_u32); // at the left end
    for &octet in text {
        bits |= u64::from(CODE.codes[usize::from(octet)]) << 32 >> have;
        have += u32::from(LENGTHS[usize::from(octet)]);
        while have >= 8 {
            encoded.push(bits.to_be_bytes()[0]);
            bits <<= 8;
            have -= 8;
        }
    }
    if have > 0 {
        // ones fill up the last octet
        encoded.push((bits | u64::MAX >> have).to_be_bytes()[0]);
    }
}

/// Adds what `encoded` stands for to `text`. Whether it was such a string.
#[must_use]
pub fn decode(encoded: &[u8], text: &mut Vec<u8>) -> bool {
    let mut rest = encoded.iter();
    let (mut bits, mut have) = (0_u64, 0_usize); // at the left end
    loop {
        while have < 56 {
            let Some(&octet) = rest.next() else { break };
            bits |= u64::from(octet) << (56 - have);
            have += 8;
        }
        if have == 0 {
            return true;
        }
        // behind the last bit stand those that may fill up an octet
        let filled = bits | (u64::MAX >> have);
        let (symbol, length) = CODE.symbol(u32::try_from(filled >> 32).unwrap_or(u32::MAX));
        if length > have {
            return have < 8 && filled == u64::MAX;
        }
        let Ok(octet) = u8::try_from(symbol) else { return false };
        text.push(octet);
        bits <<= length;
        have -= length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        super::encode(text, &mut encoded);
        assert_eq!(encoded.len(), encoded_len(text));
        encoded
    }

    #[test]
    fn codes_are_those_of_appendix_b() {
        // '0', 'a', ' ', '!', 0, 249, 22: some of each end
        for (octet, code) in
            [(b'0', 0x0), (b'a', 0x3), (b' ', 0x14), (b'!', 0x3f8), (0, 0x1ff8), (249, 0x0fff_fffe), (22, 0x3fff_fffe)]
        {
            let length = LENGTHS[usize::from(octet)];
            assert_eq!(CODE.symbol(code << (32 - length)), (usize::from(octet), usize::from(length)));
        }
        assert_eq!(CODE.symbol(0x3fff_ffff << 2), (END, LONGEST));
        assert_eq!(CODE.end[LONGEST], 1 << 32, "no bits are left over");
    }

    #[test]
    fn every_octet_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        for text in [&all[..], b"", b"a", b"www.example.com", &[0xff; 9]] {
            let mut decoded = Vec::new();
            assert!(decode(&encode(text), &mut decoded));
            assert_eq!(decoded, text);
        }
    }

    #[test]
    fn what_is_no_such_string_is_refused() {
        for bad in [&[0xff][..], &[0xff; 4], b"\x1f\xff", b"\x18", b"\x00"] {
            assert!(!decode(bad, &mut Vec::new()), "{bad:x?}");
        }
        // 'a' and three bits that fill up; 'a' with others than ones; an octet of nothing else
        assert!(decode(b"\x1f", &mut Vec::new()));
        assert!(!decode(b"\x1e", &mut Vec::new()));
        assert!(!decode(b"\x1f\xff", &mut Vec::new()));
    }
}
