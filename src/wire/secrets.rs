//! The secrets of a TLS connection, for whoever has to read what was recorded of it.

use rustls::{KeyLog, KeyLogFile};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// One secret (RFC 8446, 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it is, as the key log's format calls it.
    pub label: String,
    /// The connection's number that the client made up.
    pub random: Vec<u8>,
    /// The secret.
    pub octets: Vec<u8>,
}

/// Collects secrets, and writes them where `SSLKEYLOGFILE` says as well.
#[derive(Debug)]
pub struct Collected {
    secrets: Mutex<Vec<Secret>>,
    file: KeyLogFile,
}

impl Default for Collected {
    fn default() -> Self {
        Collected { secrets: Mutex::default(), file: KeyLogFile::new() }
    }
}

impl Collected {
    /// All secrets so far.
    #[must_use]
    pub fn take(&self) -> Vec<Secret> {
        std::mem::take(&mut self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeyLog for Collected {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        self.file.log(label, client_random, secret);
        let secret = Secret { label: label.to_owned(), random: client_random.to_vec(), octets: secret.to_vec() };
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).push(secret);
    }
}

/// Writes them as a key log (draft-ietf-tls-keylogfile), a line each.
#[must_use]
pub fn key_log(secrets: &[Secret]) -> String {
    let hex = |octets: &[u8]| {
        octets.iter().fold(String::new(), |mut hex, octet| {
            let _ = write!(hex, "{octet:02x}"); // a string takes it
            hex
        })
    };
    secrets.iter().map(|s| format!("{} {} {}\n", s.label, hex(&s.random), hex(&s.octets))).collect()
}
