//! The messages of TLS 1.3's handshake (RFC 8446, 4), a line each.

use super::keys;
use super::message::{Lesson, text};

static CLIENT_HELLO: Lesson = Lesson {
    text: "What the client can do, and its half of a key exchange made in advance, so that one round trip does. Most of \
           it is the post-quantum key share, 1,216 octets.",
    source: "RFC 8446, 4.1.2 and 4.2.8",
};
static SERVER_HELLO: Lesson = Lesson {
    text: "The server's choice, and its half of the key exchange. From here on all is encrypted.",
    source: "RFC 8446, 4.1.3",
};
static EXTENSIONS: Lesson = Lesson {
    text: "What else was agreed on, such as the protocol that comes on top (ALPN).",
    source: "RFC 8446, 4.3.1; RFC 7301",
};
static CERTIFICATE: Lesson = Lesson {
    text: "Who the server is, and who vouches for that. The root, which the client has, is not sent.",
    source: "RFC 8446, 4.4.2",
};
static VERIFY: Lesson = Lesson {
    text: "A signature over all of the handshake: the server has the certificate's key.",
    source: "RFC 8446, 4.4.3",
};
static FINISHED: Lesson =
    Lesson { text: "A keyed hash over all of the handshake: nobody has changed anything.", source: "RFC 8446, 4.4.4" };
static TICKET: Lesson = Lesson {
    text: "With a ticket the client resumes the session another time, without certificate and signature. The server keeps \
           nothing: all is in the ticket, encrypted for itself.",
    source: "RFC 8446, 4.6.1",
};

/// Octets before a message: its type, and three of length.
const HEAD: usize = 4;

/// A message of the handshake: its type, what it is, and what is to be said of it.
pub struct Told {
    /// Its number.
    pub kind: u8,
    /// In a line.
    pub line: String,
    /// And its lesson.
    pub lesson: Option<&'static Lesson>,
}

/// The first message of `octets`, and how many of them it has; `None` where it is not whole.
#[must_use]
pub fn read(octets: &[u8]) -> Option<(usize, Told)> {
    let &[kind, a, b, c] = octets.first_chunk::<HEAD>()?;
    let len = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
    let end = HEAD.checked_add(len)?;
    let body = octets.get(HEAD..end)?;
    let (name, rest, lesson) = match kind {
        1 => ("ClientHello", client_hello(body), Some(&CLIENT_HELLO)),
        2 => ("ServerHello", server_hello(body), Some(&SERVER_HELLO)),
        4 => ("NewSessionTicket", None, Some(&TICKET)),
        8 => ("EncryptedExtensions", alpn(body.get(2..).unwrap_or_default()), Some(&EXTENSIONS)),
        11 => ("Certificate", chain(body), Some(&CERTIFICATE)),
        15 => ("CertificateVerify", None, Some(&VERIFY)),
        20 => ("Finished", None, Some(&FINISHED)),
        _ => ("a message of the handshake", None, None),
    };
    let line = format!("{name} ({end}){}", rest.map(|rest| format!(": {rest}")).unwrap_or_default());
    Some((end, Told { kind, line, lesson }))
}

/// The cipher suite that a ServerHello, without its head, chooses.
#[must_use]
pub fn suite(body: &[u8]) -> Option<u16> {
    let session = usize::from(*body.get(34)?);
    body.get(35 + session..)?.first_chunk().map(|octets| u16::from_be_bytes(*octets))
}

/// Takes a vector with a length of `octets` off `rest` (RFC 8446, 3.4).
fn vector<'a>(rest: &mut &'a [u8], octets: usize) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_at_checked(octets)?;
    let length = length.iter().fold(0, |length, &octet| length << 8 | usize::from(octet));
    let (vector, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(vector)
}

/// Extensions by number.
fn extensions(mut rest: &[u8]) -> Vec<(u16, &[u8])> {
    let mut all = Vec::new();
    while let Some((kind, behind)) = rest.split_first_chunk() {
        rest = behind;
        let Some(content) = vector(&mut rest, 2) else { break };
        all.push((u16::from_be_bytes(*kind), content));
    }
    all
}

fn client_hello(body: &[u8]) -> Option<String> {
    let mut rest = body.get(34..)?;
    let _session = vector(&mut rest, 1)?;
    let suites = vector(&mut rest, 2)?.len() / 2;
    let _compression = vector(&mut rest, 1)?;
    let extensions_octets = vector(&mut rest, 2)?;
    let mut told = format!("{suites} cipher suites");
    for (kind, mut content) in extensions(extensions_octets) {
        if kind == 51 {
            let mut shares = vector(&mut content, 2)?;
            while let Some((&[high, low], behind)) = shares.split_first_chunk() {
                shares = behind;
                let Some(share) = vector(&mut shares, 2) else { break };
                told += &format!(", key share {} ({})", group(u16::from_be_bytes([high, low])), share.len());
            }
        }
    }
    alpn(extensions_octets).map_or(Some(told.clone()), |alpn| Some(format!("{told}, {alpn}")))
}

fn server_hello(body: &[u8]) -> Option<String> {
    let mut rest = body.get(34..)?;
    let _session = vector(&mut rest, 1)?;
    let name = keys::suite_name(suite(body)?);
    let mut rest = rest.get(3..)?;
    let share = extensions(vector(&mut rest, 2)?).into_iter().find(|(kind, _)| *kind == 51);
    let share = share.and_then(|(_, content)| {
        let (group_number, mut rest) = content.split_first_chunk()?;
        let share = vector(&mut rest, 2)?;
        Some(format!(", key share {} ({})", group(u16::from_be_bytes(*group_number)), share.len()))
    });
    Some(name + &share.unwrap_or_default())
}

fn alpn(extensions_octets: &[u8]) -> Option<String> {
    let (_, mut content) = extensions(extensions_octets).into_iter().find(|(kind, _)| *kind == 16)?;
    let mut names = vector(&mut content, 2)?;
    let mut told = Vec::new();
    while let Some(name) = vector(&mut names, 1) {
        told.push(text(name));
    }
    Some(format!("ALPN {}", told.join(" ")))
}

fn chain(mut body: &[u8]) -> Option<String> {
    let _context = vector(&mut body, 1)?;
    let mut list = vector(&mut body, 3)?;
    let mut sizes = Vec::new();
    while let Some(certificate) = vector(&mut list, 3) {
        sizes.push(certificate.len().to_string());
        vector(&mut list, 2)?;
    }
    Some(format!("a chain of {}: {} octets", sizes.len(), sizes.join(" and ")))
}

fn group(number: u16) -> String {
    match number {
        0x11ec => "X25519MLKEM768".into(),
        29 => "X25519".into(),
        23 => "P-256".into(),
        24 => "P-384".into(),
        other => format!("{other:#06x}"),
    }
}
