//! Opens the records of TLS 1.3 with the secrets that their own connection told (RFC 8446, 5.2 and 7.3).

use rustls::ContentType;
use rustls::ProtocolVersion;
use rustls::Tls13CipherSuite;
use rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES;
use rustls::crypto::cipher::{AeadKey, InboundOpaqueMessage, Iv, MessageDecrypter};
use rustls::crypto::tls13::{HkdfExpander, OkmBlock};

/// The longest secret: a SHA-512's.
const LONGEST_SECRET: usize = 64;
/// The one length of key that is read here: AES-256's, and ChaCha20's.
const KEY: usize = 32;

/// What opens the records of one direction, from one secret on.
pub struct Key {
    decrypter: Box<dyn MessageDecrypter>,
    records: u64,
}

impl Key {
    /// Of the cipher suite that the server chose; `None` where such records cannot be opened here.
    #[must_use]
    pub fn new(suite: u16, secret: &[u8]) -> Option<Key> {
        let suite = suite_of(suite)?;
        if suite.aead_alg.key_len() != KEY || secret.len() > LONGEST_SECRET {
            return None;
        }
        let expander = suite.hkdf_provider.expander_for_okm(&OkmBlock::new(secret));
        let (mut key, mut iv) = ([0; KEY], [0; 12]);
        expand(&*expander, b"tls13 key", &mut key)?;
        expand(&*expander, b"tls13 iv", &mut iv)?;
        let decrypter = suite.aead_alg.decrypter(AeadKey::from(key), Iv::from(iv));
        Some(Key { decrypter, records: 0 })
    }

    /// Opens the next record, given without its header: its inner type, and what it holds.
    pub fn open(&mut self, sealed: &[u8]) -> Option<(u8, Vec<u8>)> {
        let mut octets = sealed.to_vec();
        let record = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, &mut octets);
        let plain = self.decrypter.decrypt(record, self.records).ok()?;
        self.records += 1;
        Some((plain.typ.into(), plain.payload.to_vec()))
    }
}

fn suite_of(number: u16) -> Option<&'static Tls13CipherSuite> {
    ALL_CIPHER_SUITES.iter().find(|suite| u16::from(suite.suite()) == number)?.tls13()
}

/// What a cipher suite is called.
#[must_use]
pub fn suite_name(number: u16) -> String {
    suite_of(number).map_or_else(|| format!("{number:#06x}"), |suite| format!("{:?}", suite.common.suite))
}

/// HKDF-Expand-Label without a context (RFC 8446, 7.1).
fn expand(expander: &dyn HkdfExpander, label: &[u8], out: &mut [u8]) -> Option<()> {
    let length = u16::try_from(out.len()).ok()?.to_be_bytes();
    let label_length = [u8::try_from(label.len()).ok()?];
    expander.expand_slice(&[&length, &label_length, label, &[0]], out).ok()
}
