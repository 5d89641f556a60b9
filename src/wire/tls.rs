//! TLS 1.3 (RFC 8446), as far as both sides have to agree on it: certificates, ALPN, resumption.
//!
//! Both do what a browser and a public server do: the client offers a post-quantum key share first and both protocols by
//! ALPN (RFC 7301), keeps its tickets, and checks the chain up to a root; the server sends two tickets after a handshake
//! with certificates, and keeps nothing of a session. Early data is not used.

use crate::kind::{Carrier, LOCALHOST};
use crate::totals::{Handshakes, TlsTotals, Ways};
use crate::trial::Credentials;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, HandshakeKind, KeyLog, KeyLogFile, RootCertStore, ServerConfig};
use std::sync::Arc;

/// Sessions that a client keeps tickets of: it knows one server.
const KEPT: usize = 4;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the sentences say it
pub enum Unusable {
    #[error("making a certificate: {0}")]
    Made(#[from] rcgen::Error),
    #[error("{what} {}: {reason}", path.display())]
    File { what: &'static str, path: std::path::PathBuf, reason: String },
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// What a server shows, and what a client trusts.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    root: CertificateDer<'static>,
}

impl Identity {
    /// As `files` say, or else made here.
    ///
    /// # Errors
    /// [`Unusable`]: which file, and why.
    pub fn of(files: Option<&Credentials>) -> Result<Identity, Unusable> {
        files.map_or_else(Identity::made, Identity::read)
    }

    /// A certificate, and one that vouches for it, of the size that public ones have; the root that vouches for that is
    /// not sent.
    fn made() -> Result<Identity, Unusable> {
        let (root_key, middle_key, key) = (
            KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?,
            KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384)?,
            KeyPair::generate()?,
        );
        let root_params = authority("pushbench root");
        let root = root_params.self_signed(&root_key)?;
        let root_issuer = Issuer::new(root_params, root_key);
        let mut middle_params = authority("pushbench intermediate");
        middle_params.custom_extensions = vec![policies(), locations(), comment(MIDDLE_COMMENT)];
        let middle = middle_params.signed_by(&middle_key, &root_issuer)?;
        let middle_issuer = Issuer::new(middle_params, middle_key);
        let mut params = CertificateParams::new(vec![LOCALHOST.into(), "127.0.0.1".into(), "::1".into()])?;
        params.distinguished_name.push(DnType::CommonName, LOCALHOST);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.custom_extensions = vec![policies(), locations(), timestamps(), comment(LEAF_COMMENT)];
        let leaf = params.signed_by(&key, &middle_issuer)?;
        Ok(Identity {
            chain: vec![leaf.der().clone(), middle.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            root: root.der().clone(),
        })
    }

    fn read(files: &Credentials) -> Result<Identity, Unusable> {
        let chain = certificates("the certificate", &files.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| Unusable::File {
            what: "the key",
            path: files.key.clone(),
            reason: error.to_string(),
        })?;
        let root = match &files.root {
            Some(path) => certificates("the root", path)?.swap_remove(0),
            None => chain[chain.len() - 1].clone(),
        };
        Ok(Identity { chain, key, root })
    }

    /// Whether a client that asks for `name` would take it: each certificate vouched for by the next, up to the root.
    ///
    /// # Errors
    /// [`Unusable`]: why not.
    pub fn convinces(&self, name: &str) -> Result<(), Unusable> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
        let (own, others) = self.chain.split_first().ok_or(rustls::Error::NoCertificatesPresented)?;
        verifier.verify_server_cert(own, others, &server_name(name)?, &[], UnixTime::now())?;
        Ok(())
    }

    /// What a client needs to trust it: the root, as DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The same for other tools, in PEM form (RFC 7468).
    #[must_use]
    pub fn root_pem(&self) -> String {
        let text = STANDARD.encode(&self.root);
        let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    }

    /// A server's side. `carrier` says which protocol it speaks; `None`: whichever the client would rather.
    ///
    /// # Errors
    /// [`Unusable`]: the key is not that of the certificate.
    pub fn server(&self, carrier: Option<Carrier>) -> Result<Arc<ServerConfig>, Unusable> {
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13])?.with_no_client_auth();
        let mut config = builder.with_single_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = match carrier {
            Some(carrier) => vec![protocol(carrier).to_vec()],
            None => offered(),
        };
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        Ok(Arc::new(config))
    }
}

fn certificates(what: &'static str, path: &std::path::Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let unusable = |reason: String| Unusable::File { what, path: path.to_owned(), reason };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| unusable(error.to_string()))?;
    if read.is_empty() { Err(unusable("no certificate in PEM form".into())) } else { Ok(read) }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    // a country is printable and nothing else (RFC 5280, appendix A.1)
    let country = DnValue::PrintableString("XX".try_into().expect("two letters"));
    params.distinguished_name.push(DnType::CountryName, country);
    params.distinguished_name.push(DnType::OrganizationName, "pushbench");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    if name.ends_with("root") {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    params
}

/// What public certificates have and these have no use for, in its place and size: the policy (RFC 5280, 4.2.1.4).
fn policies() -> CustomExtension {
    let domain_validated = [0x30, 0x0a, 0x30, 0x08, 0x06, 0x06, 0x67, 0x81, 0x0c, 0x01, 0x02, 0x01];
    CustomExtension::from_oid_content(&[2, 5, 29, 32], domain_validated.to_vec())
}

/// As above: where the issuer's certificate is (RFC 5280, 4.2.2.1).
fn locations() -> CustomExtension {
    let at = b"http://issuer.pushbench.invalid/";
    let mut content = vec![0x30, 14 + 32, 0x30, 12 + 32, 0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2, 0x86, 32];
    content.extend_from_slice(at);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], content)
}

/// A certificate timestamp of version 1 with nothing in it that means anything (RFC 6962, 3.2): a log's name, a time, no
/// extensions, a signature by ECDSA with SHA-256 (RFC 5246, 4.7).
const TIMESTAMP: usize = 1 + 32 + 8 + 2;
const SIGNATURE: [u8; 4] = [4, 3, 0, 71];

/// As above, in the leaf: two certificate timestamps (RFC 6962, 3.3). Nobody who uses the certificate asks for them; but
/// whoever captures packets reads the certificate, and on from there only if all of it can be read.
fn timestamps() -> CustomExtension {
    let one = [&[0; TIMESTAMP][..], &SIGNATURE, &[0; SIGNATURE[3] as usize]].concat();
    let length = |octets: usize| u16::try_from(octets).expect("it is short").to_be_bytes();
    let one = [&length(one.len())[..], &one].concat();
    let all = [&length(2 * one.len())[..], &one, &one].concat();
    let mut content = vec![0x04, 0x81, u8::try_from(all.len()).expect("it is short")];
    content.extend(all);
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], content)
}

/// Of the leaf's comment: where revocations are published, and the like.
const LEAF_COMMENT: u16 = 140;
/// Of the intermediate's: the signature of a root with an RSA key, which public ones have, is longer than ours.
const MIDDLE_COMMENT: u16 = 431;

/// Octets that nobody reads, where public certificates have some: as a comment (Netscape's extension).
fn comment(octets: u16) -> CustomExtension {
    // from 128 octets on, the length of a length stands before it
    let mut content = match octets.to_be_bytes() {
        [0, low] => vec![0x16, 0x81, low],
        [high, low] => vec![0x16, 0x82, high, low],
    };
    content.resize(content.len() + usize::from(octets), b' ');
    CustomExtension::from_oid_content(&[2, 16, 840, 1, 113_730, 1, 13], content)
}

fn protocol(carrier: Carrier) -> &'static [u8] {
    if carrier.is_h2() { b"h2" } else { b"http/1.1" }
}

fn offered() -> Vec<Vec<u8>> {
    [Carrier::H2Tls, Carrier::H1Tls].map(|carrier| protocol(carrier).to_vec()).into()
}

fn server_name(name: &str) -> Result<ServerName<'static>, rustls::Error> {
    ServerName::try_from(name.to_owned()).map_err(|_| rustls::Error::General(format!("`{name}` is no server's name")))
}

/// A client's side.
#[derive(Clone, Debug)]
pub struct Trust {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Trust {
    /// Trusts what `root` vouches for, in DER, if it is called `name`.
    ///
    /// # Errors
    /// [`Unusable`]: it is no certificate, or the name is none.
    pub fn new(root: &[u8], name: &str) -> Result<Trust, Unusable> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(root.to_vec()))?;
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(&[&rustls::version::TLS13])?;
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = offered();
        // SSLKEYLOGFILE, as in browsers: whoever captures packets can read them
        config.key_log = Arc::new(KeyLogFile::new());
        let name = server_name(name)?;
        Ok(Trust { config: Arc::new(config), name })
    }

    /// The same for another client: tickets are its own.
    #[must_use]
    pub fn of_another(&self) -> Trust {
        let mut config = (*self.config).clone();
        config.resumption = Resumption::in_memory_sessions(KEPT);
        Trust { config: Arc::new(config), name: self.name.clone() }
    }

    /// The same, and `log` learns the secrets.
    #[must_use]
    pub fn telling(&self, log: Arc<dyn KeyLog>) -> Trust {
        let mut config = (*self.config).clone();
        config.key_log = log;
        Trust { config: Arc::new(config), name: self.name.clone() }
    }

    /// What shakes hands.
    #[must_use]
    pub fn connector(&self) -> (tokio_rustls::TlsConnector, ServerName<'static>) {
        (Arc::clone(&self.config).into(), self.name.clone())
    }
}

/// Whether the handshake that was done agreed on what `carrier` speaks.
#[must_use]
pub fn speaks(alpn: Option<&[u8]>, carrier: Carrier) -> bool {
    alpn == Some(protocol(carrier))
}

/// Enters a handshake.
pub fn enter(totals: &mut TlsTotals, kind: Option<HandshakeKind>, octets: [u64; 2], took_ns: u64) {
    let kinds = if kind == Some(HandshakeKind::Resumed) { &mut totals.resumed } else { &mut totals.full };
    *kinds += Handshakes { count: 1, octets: Ways { up: octets[0], down: octets[1] }, took_ns };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_as_long_as_public_ones_are() {
        let identity = Identity::made().expect("made");
        let sizes: Vec<usize> = identity.chain.iter().map(|certificate| certificate.len()).collect();
        // Let's Encrypt's chains for an elliptic key: some 1,000 octets, and 1,100 for what vouches for them
        assert!((900..=1_150).contains(&sizes[0]) && (950..=1_200).contains(&sizes[1]), "{sizes:?}");
        identity.server(None).expect("a server's side");
        Trust::new(identity.root(), LOCALHOST).expect("a client's side");
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let files = Credentials {
            certificate: "/nowhere/chain.pem".into(),
            key: "/nowhere/key.pem".into(),
            root: None,
            name: LOCALHOST.into(),
        };
        let error = Identity::of(Some(&files)).expect_err("no file").to_string();
        assert!(error.starts_with("the certificate /nowhere/chain.pem: "), "{error}");
    }
}
