//! What a request for updates may ask for: `?since=SEQ&timeout=30s&answer=all`.

use crate::clock::{Nanos, SECOND};
use crate::kind::{Answer, Compression, Encoding};
use crate::profile;
use crate::trial::HOLD_NS;
use hyper::header::{CONNECTION, HeaderMap, HeaderName, UPGRADE};
use std::time::Duration;

/// How long the server holds a long poll, unless asked otherwise.
pub const HOLD: Nanos = HOLD_NS;
/// The longest a client can ask for (RFC 6202, 5.5: beyond some minutes something in between gives up).
pub const LONGEST_HOLD: Nanos = 120 * SECOND;

/// What a request asks for, checked.
#[derive(Debug)]
pub struct Ask {
    /// Go on behind this update; `None`: start at the next.
    pub since: Option<u64>,
    /// How long a long poll may be held, in nanoseconds.
    pub hold_ns: Nanos,
    /// What an answer holds when several updates are new.
    pub answer: Answer,
    /// How the feed's updates are encoded.
    pub encoding: Encoding,
    /// How the server codes them for a client that takes it.
    pub compression: Compression,
    /// A reader that takes no byte for this long is cut off.
    pub stalled: Duration,
    /// A stream on which nothing was sent for this long gets a sign of life.
    pub silent: Duration,
    /// The largest message taken from a client, in octets.
    pub largest_message: usize,
    /// It asks by extended CONNECT for a WebSocket (RFC 8441, 4).
    pub tunnel: bool,
    /// The request's headers.
    pub headers: HeaderMap,
}

impl Ask {
    /// Reads a request's query into `self`.
    ///
    /// # Errors
    /// A sentence for the client.
    pub fn with_query(mut self, query: Option<&str>) -> Result<Ask, String> {
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match key {
                "since" => {
                    let since =
                        value.parse().map_err(|_| format!("`since={value}`: the number of an update is asked for"))?;
                    self.since = Some(since);
                }
                "timeout" => self.hold_ns = timeout(value)?,
                "answer" => {
                    self.answer = match value {
                        "all" => Answer::All,
                        "latest" => Answer::Latest,
                        "one" => Answer::One,
                        _ => return Err(format!("`answer={value}`: `all`, `latest` or `one`")),
                    }
                }
                _ => return Err(format!("`{key}` means nothing here; `since`, `timeout` and `answer` do")),
            }
        }
        Ok(self)
    }

    /// Whether the answer comes in gzip: the server is to, and the client takes it.
    #[must_use]
    pub fn in_gzip(&self) -> bool {
        self.compression == Compression::Gzip && profile::accepts_gzip(&self.headers)
    }
}

/// Whether a request with these headers asks to go on as `protocol` (RFC 9110, 7.8: `Upgrade` counts only where
/// `Connection` names it; both are lists, without regard to case).
#[must_use]
pub fn upgrades_to(headers: &HeaderMap, protocol: &str) -> bool {
    let lists = |name: HeaderName, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(token))
    };
    lists(CONNECTION, "upgrade") && lists(UPGRADE, protocol)
}

/// Seconds, or a duration with its unit.
fn timeout(value: &str) -> Result<Nanos, String> {
    let seconds = value.parse().map(Duration::from_secs);
    let duration = seconds.or_else(|_| humantime::parse_duration(value));
    let nanos = duration.ok().and_then(|duration| Nanos::try_from(duration.as_nanos()).ok());
    nanos.filter(|&nanos| nanos <= LONGEST_HOLD).ok_or_else(|| {
        format!("`timeout={value}`: seconds, or a duration such as `500ms`; {} s at most", LONGEST_HOLD / SECOND)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Ask, String> {
        let ask = Ask {
            since: None,
            hold_ns: HOLD,
            answer: Answer::All,
            encoding: Encoding::Text,
            compression: Compression::None,
            stalled: Duration::from_secs(1),
            silent: Duration::from_secs(1),
            largest_message: 1,
            tunnel: false,
            headers: HeaderMap::new(),
        };
        ask.with_query(Some(query))
    }

    #[test]
    fn a_query_is_read() {
        let full = ask("since=17&timeout=500ms&answer=latest").expect("valid");
        assert_eq!((full.since, full.hold_ns, full.answer), (Some(17), SECOND / 2, Answer::Latest));
        assert_eq!(ask("timeout=120").expect("valid").hold_ns, LONGEST_HOLD);
        assert_eq!(ask("").expect("valid").since, None);
    }

    #[test]
    fn nonsense_is_refused_in_words() {
        for (query, says) in [
            ("since=x", "the number of an update"),
            ("since=-1", "the number of an update"),
            ("timeout=121", "120 s at most"),
            ("timeout=soon", "500ms"),
            ("answer=some", "`all`, `latest` or `one`"),
            ("sinse=1", "`since`, `timeout` and `answer` do"),
        ] {
            let error = ask(query).expect_err(query);
            assert!(error.contains(says), "{query}: {error}");
        }
    }
}
