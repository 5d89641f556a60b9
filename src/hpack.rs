//! HPACK (RFC 7541), as far as both directions need it: the fields that are known by number, the Huffman code, and an
//! encoder that decides as this sender or that one does. Who reads blocks is `wire/dissect/hpack`.

pub mod encoder;
pub mod fields;
pub mod huffman;
