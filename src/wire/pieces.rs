//! What of several slices was written at once.

use std::io::IoSlice;

/// The first `octets` of `slices`, piece by piece.
pub(super) fn written<'a>(slices: &'a [IoSlice<'_>], octets: usize) -> impl Iterator<Item = &'a [u8]> + Clone {
    slices.iter().scan(octets, |left, slice| {
        let taken = slice.len().min(*left);
        *left -= taken;
        Some(&slice[..taken])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_may_end_within_a_slice() {
        let slices = [IoSlice::new(b"head"), IoSlice::new(b"body"), IoSlice::new(b"more")];
        let pieces: Vec<&[u8]> = written(&slices, 6).collect();
        assert_eq!(pieces, [&b"head"[..], b"bo", b""]);
    }
}
