//! Header profiles: what requests and answers have in their heads beyond what the protocol needs.
//!
//! `browser` is data, `profile/browser.txt`: recorded heads, with the programs' versions and the date. What HTTP on our
//! side cannot do as a browser does: hyper writes every header name in lower case where Chromium mixes cases (of the
//! same length), and puts `date` behind all others. Order, values and lengths of a request are Chromium's. Over HTTP/2
//! a browser sends other fields: `profile/browser-h2.txt`.

pub mod cookie;

use crate::kind::{Carrier, Persistence, Profile, Transport};
use crate::trial::Headers;
use hyper::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};

/// The recording: a section a head.
pub const BROWSER: &str = include_str!("profile/browser.txt");
/// The recording of requests over HTTP/2.
pub const BROWSER_H2: &str = include_str!("profile/browser-h2.txt");
/// The largest head of a request that the server takes, in octets; answers are held to it as well.
pub const LARGEST_HEAD: usize = 64 << 10;
/// What a head may need beyond what a list says: request or status line, host, and the protocol's own fields.
const OWN_HEAD: usize = 1 << 10;
/// Fields of a list; hyper reads heads of up to 100.
const MOST_FIELDS: usize = 80;
/// What only pushbench can say: the connection's and the framing's fields, and its own protocol's.
const RESERVED: [&str; 16] = [
    "connection",
    "content-length",
    "cursor",
    "expect",
    "host",
    "http2-settings",
    "if-none-match",
    "keep-alive",
    "last-event-id",
    "lost",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "date",
];
/// What the rooms say of their answers themselves; a list may say `cache-control` in their place.
const RESERVED_IN_ANSWERS: [&str; 4] = ["cache-control", "content-encoding", "content-type", "etag"];

/// The fields of every request of a client of `transport` over `carrier` to `host`, in their order; the room adds what is
/// the protocol's own, in the place where it stands here already. Over HTTP/2 the host stands behind all others, where
/// it can be taken out again without changing their order.
///
/// # Errors
/// A sentence about the field of a list that is none.
pub fn request(
    headers: &Headers,
    persistence: Persistence,
    transport: Transport,
    carrier: Carrier,
    host: &str,
) -> Result<HeaderMap, String> {
    let mut head = HeaderMap::new();
    if !carrier.is_h2() {
        head.insert(HOST, value(host)?);
    }
    let close = transport.asks_each_time() && persistence == Persistence::Close;
    if transport == Transport::RawTcp {
        return Ok(head);
    }
    if close {
        head.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let cookie = match headers.cookie {
        0 => None,
        octets => Some(cookie::value(octets)),
    };
    match (&headers.request, headers.profile) {
        (Some(list), _) => extend(&mut head, list)?,
        (None, Profile::Minimal) => {}
        (None, Profile::Browser) => {
            for (name, recorded) in requested(transport, carrier) {
                let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
                let value = match (recorded, &cookie) {
                    ("{cookie}", None) => continue,
                    ("{cookie}", Some(cookie)) => value(cookie)?,
                    _ if name == CONNECTION && close => HeaderValue::from_static("close"),
                    (recorded, _) if recorded.contains("{host}") => {
                        let recorded = if carrier.has_tls() { recorded } else { &recorded.replace("https:", "http:") };
                        value(&recorded.replace("{host}", host))?
                    }
                    (recorded, _) => HeaderValue::from_static(recorded),
                };
                head.insert(name, value);
            }
        }
    }
    if let Some(cookie) = cookie {
        head.insert(COOKIE, value(&cookie)?); // in its recorded place, if it has one
    }
    if carrier.is_h2() {
        head.insert(HOST, value(host)?);
    }
    Ok(head)
}

/// Says in the head of a request that its answer may come in gzip, unless it says already what it takes: a browser's
/// own field stays as it is.
pub fn take_gzip(head: &mut HeaderMap) {
    head.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
}

/// Whether the field `Accept-Encoding` lists gzip (RFC 9110, 12.5.3); by a weight of zero it would be refused.
#[must_use]
pub fn accepts_gzip(head: &HeaderMap) -> bool {
    let values = head.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut weights = [None, None];
    for item in values.flat_map(|value| value.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let place = match coding {
            "*" => 1,
            _ if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => 0,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        weights[place] = Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)));
    }
    let [gzip, any] = weights;
    gzip.or(any).is_some_and(|weight: f32| weight > 0.0)
}

/// Whether requests with the fields of this `list`, and `Accept-Encoding: gzip` where it names none, take gzip.
#[must_use]
pub fn takes_gzip(list: &[String]) -> bool {
    let mut head = HeaderMap::new();
    let read = extend(&mut head, list).is_ok();
    take_gzip(&mut head);
    read && accepts_gzip(&head)
}

/// What a server adds to its answers.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// By transport, in the order of [`Transport::ALL`].
    added: [HeaderMap; Transport::ALL.len()],
}

impl Answers {
    /// What `headers` says of answers.
    ///
    /// # Errors
    /// As [`request`].
    pub fn new(headers: &Headers) -> Result<Answers, String> {
        let mut answers = Answers::default();
        for (transport, added) in Transport::ALL.into_iter().zip(&mut answers.added) {
            match (&headers.response, headers.profile) {
                _ if transport == Transport::RawTcp => {}
                (Some(list), _) => extend(added, list)?,
                (None, Profile::Minimal) => {}
                (None, Profile::Browser) => {
                    for (name, recorded) in section(&format!("response {transport}")) {
                        let name = HeaderName::try_from(name).map_err(|error| error.to_string())?;
                        // an upgrade's `connection` is the room's
                        if name == CONNECTION && recorded == "keep-alive" || !ours(&name) {
                            added.insert(name, HeaderValue::from_static(recorded));
                        }
                    }
                }
            }
        }
        Ok(answers)
    }

    /// Adds to `head`, of an answer by `transport`; `last`: the connection ends with it.
    pub fn add(&self, transport: Transport, last: bool, head: &mut HeaderMap) {
        let place = Transport::ALL.iter().position(|&other| other == transport).unwrap_or_default();
        if self.added[place].contains_key(CACHE_CONTROL) {
            head.remove(CACHE_CONTROL);
        }
        for (name, value) in &self.added[place] {
            // that it is the last one hyper says itself
            if !(last && name == CONNECTION) {
                head.append(name, value.clone());
            }
        }
    }
}

/// Checks the list `headers.request` or, of `answers`, `headers.response`.
///
/// # Errors
/// The place of the field that cannot be, where it is one, and why, as a sentence for the user.
pub fn check(list: &[String], answers: bool, cookie: usize) -> Result<(), (Option<usize>, String)> {
    for (index, text) in list.iter().enumerate() {
        let (name, _) = field(text).map_err(|reason| (Some(index), reason))?;
        if ours(&name) && name != CACHE_CONTROL && (answers || !RESERVED_IN_ANSWERS.contains(&name.as_str())) {
            let instead = match name == CONNECTION {
                true => "; `connection = \"close\"` stands under [polling] and [long-polling]",
                false => "",
            };
            let reason =
                format!("`{name}` belongs to the connection, its framing or pushbench's own protocol{instead}");
            return Err((Some(index), reason));
        }
        if name == COOKIE && cookie > 0 {
            return Err((Some(index), "`headers.cookie` sends a cookie already: one of the two".into()));
        }
    }
    if list.len() > MOST_FIELDS {
        return Err((None, format!("{} fields; a head takes {MOST_FIELDS}", list.len())));
    }
    // `name: value` and its line end
    let octets = OWN_HEAD + cookie + list.iter().map(|field| field.len() + 4).sum::<usize>();
    if octets > LARGEST_HEAD {
        return Err((None, format!("a head of {octets} B with the cookie; the server takes {LARGEST_HEAD} B")));
    }
    Ok(())
}

/// The largest cookie that fits beside the fields of a profile, in octets.
pub const LARGEST_COOKIE: usize = LARGEST_HEAD - 2 * OWN_HEAD;

/// Whether pushbench, or hyper for it, says that itself.
fn ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    RESERVED.contains(&name) || RESERVED_IN_ANSWERS.contains(&name) || name.starts_with("sec-websocket-")
}

fn extend(head: &mut HeaderMap, list: &[String]) -> Result<(), String> {
    for text in list {
        let (name, value) = field(text)?;
        head.append(name, value);
    }
    Ok(())
}

/// Reads `name: value` (RFC 9110, 5.1 and 5.5).
fn field(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let wrong = |what: &str| format!("`{}`: {what}", text.escape_debug());
    let (name, value) = text.split_once(':').ok_or_else(|| wrong("a header is `name: value`"))?;
    let name = HeaderName::try_from(name)
        .map_err(|_| wrong("a header's name has letters, digits and !#$%&'*+-.^_`|~, and a colon right behind it"))?;
    let wrong_value = || wrong("a header's value has visible ASCII, spaces and tabs, and no line end");
    // octets above ASCII are obsolete (obs-text)
    let value = Some(value.trim_matches([' ', '\t'])).filter(|value| value.is_ascii()).ok_or_else(wrong_value)?;
    Ok((name, HeaderValue::from_str(value).map_err(|_| wrong_value())?))
}

fn value(text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text).map_err(|_| format!("`{}` cannot stand in a head", text.escape_debug()))
}

/// The fields of a head in the recording, names as they were sent; none where there is no such head.
pub fn section(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    section_of(BROWSER, name.to_owned()).skip(1).filter_map(|line| line.split_once(": "))
}

fn section_of(recording: &'static str, name: String) -> impl Iterator<Item = &'static str> {
    let lines = recording.lines().skip_while(move |line| line.strip_prefix("== ") != Some(&name)).skip(1);
    lines.take_while(|line| !line.is_empty())
}

/// The fields of a recorded request, without what HTTP/2 has in pseudo-fields.
fn requested(transport: Transport, carrier: Carrier) -> Vec<(&'static str, &'static str)> {
    let name = format!("request {transport}");
    if !carrier.is_h2() {
        return section(&name).collect();
    }
    let lines = section_of(BROWSER_H2, name).filter(|line| !line.starts_with(':'));
    lines.filter_map(|line| line.split_once(": ")).collect()
}

#[cfg(test)]
mod tests;
