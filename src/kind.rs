//! Plain values that say what kind of trial it is: transport, carrier, pacing, answer, encoding; and which combine.

use crate::near;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How updates reach a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A request every poll period; the answer is what is new, or nothing.
    Polling,
    /// A request that the server holds until something is new (RFC 6202).
    LongPolling,
    /// One response that never ends (WHATWG HTML, server-sent events).
    Sse,
    /// Frames on an upgraded connection (RFC 6455).
    Websocket,
    /// Length-prefixed updates on the bare socket: the floor.
    RawTcp,
}

impl Transport {
    /// Every transport, in the order in which they are shown.
    pub const ALL: [Transport; 5] =
        [Transport::Polling, Transport::LongPolling, Transport::Sse, Transport::Websocket, Transport::RawTcp];

    /// The name used in scenarios, URLs, records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Transport::Polling => "polling",
            Transport::LongPolling => "long-polling",
            Transport::Sse => "sse",
            Transport::Websocket => "websocket",
            Transport::RawTcp => "raw-tcp",
        }
    }

    /// Where the server answers for it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Transport::Polling => "/polling",
            Transport::LongPolling => "/long-polling",
            Transport::Sse => "/sse",
            Transport::Websocket => "/websocket",
            Transport::RawTcp => "/raw-tcp",
        }
    }

    /// Whether a client asks for each answer, so that [`Answer`] means something.
    #[must_use]
    pub fn asks_each_time(self) -> bool {
        matches!(self, Transport::Polling | Transport::LongPolling)
    }

    /// Whether its updates are content that HTTP can code, so that [`Compression`] means something.
    #[must_use]
    pub fn has_content(self) -> bool {
        matches!(self, Transport::Polling | Transport::LongPolling | Transport::Sse)
    }
}

/// What people call them, and no letter or two away from the name.
const COMMON: [(&str, Transport); 3] =
    [("ws", Transport::Websocket), ("eventsource", Transport::Sse), ("server-sent-events", Transport::Sse)];

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Transport {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Transport::name);
        Self::ALL.into_iter().find(|t| t.name() == name).ok_or_else(|| {
            let common = COMMON.iter().find(|(common, _)| common.eq_ignore_ascii_case(name));
            let meant = near::meant(common.map_or(name, |(_, transport)| transport.name()), all);
            format!("no transport `{name}`; there are {}{meant}", all.join(", "))
        })
    }
}

/// What a transport rides on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Carrier {
    /// HTTP/1.1 on TCP (RFC 9112).
    #[default]
    #[serde(rename = "h1")]
    H1,
    /// HTTP/1.1 on TLS (RFC 8446).
    #[serde(rename = "h1+tls")]
    H1Tls,
    /// HTTP/2 on TCP, known beforehand (RFC 9113, 3.3).
    #[serde(rename = "h2")]
    H2,
    /// HTTP/2 on TLS.
    #[serde(rename = "h2+tls")]
    H2Tls,
}

impl Carrier {
    /// Every carrier, in the order in which they are shown.
    pub const ALL: [Carrier; 4] = [Carrier::H1, Carrier::H1Tls, Carrier::H2, Carrier::H2Tls];

    /// The name used in scenarios, on the command line, in records and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Carrier::H1 => "h1",
            Carrier::H1Tls => "h1+tls",
            Carrier::H2 => "h2",
            Carrier::H2Tls => "h2+tls",
        }
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn has_tls(self) -> bool {
        matches!(self, Carrier::H1Tls | Carrier::H2Tls)
    }

    /// Whether requests are streams of one HTTP/2 connection.
    #[must_use]
    pub fn is_h2(self) -> bool {
        matches!(self, Carrier::H2 | Carrier::H2Tls)
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Carrier {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = Self::ALL.map(Carrier::name);
        // what people call them
        let common = match name.to_ascii_lowercase().as_str() {
            "http/1.1" | "http1" | "http" | "plain" => "h1",
            "https" | "tls" | "h1s" | "h1-tls" => "h1+tls",
            "h2c" | "http/2" | "http2" => "h2",
            "h2s" | "h2-tls" => "h2+tls",
            _ => name,
        };
        Self::ALL
            .into_iter()
            .find(|carrier| carrier.name() == name)
            .ok_or_else(|| format!("no carrier `{name}`; there are {}{}", all.join(", "), near::meant(common, all)))
    }
}

/// When a polling client asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pacing {
    /// Every poll period, on a grid fixed before the trial; a tick that falls into a poll in flight is skipped and counted.
    #[default]
    FixedRate,
    /// A poll period after each response.
    AfterResponse,
}

/// What an answer holds when several updates are new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All of them, in one batch.
    #[default]
    All,
    /// The newest one; the others are superseded.
    Latest,
    /// The oldest one; each of the others needs an answer of its own.
    One,
}

impl Answer {
    /// The name used in scenarios and in requests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Answer::All => "all",
            Answer::Latest => "latest",
            Answer::One => "one",
        }
    }
}

/// Whether a connection outlives the answer to a poll (RFC 9112, 9.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Persistence {
    /// The next request goes on it, too.
    #[default]
    KeepAlive,
    /// `Connection: close`: every request has a connection of its own.
    Close,
}

/// How updates are coded on their way, where they are HTTP's content (RFC 9110, 8.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// As they are.
    #[default]
    None,
    /// In gzip: an answer where that makes it smaller, an event stream always.
    Gzip,
}

impl Compression {
    /// Whether updates go as they are.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Compression::None
    }
}

/// Whether [`Compression`] changes anything for one of `transports`.
///
/// # Errors
/// The reason why not, as a sentence for the user.
pub fn compress(transports: &[Transport]) -> Result<(), String> {
    if transports.is_empty() || transports.iter().any(|transport| transport.has_content()) {
        return Ok(());
    }
    Err(match transports {
        [Transport::RawTcp] => "raw-tcp, the floor, is not compressed".into(),
        _ => "websocket is not compressed: that takes permessage-deflate (RFC 7692), which tokio-tungstenite does not have"
            .into(),
    })
}

/// What requests and answers have in their heads beyond what the protocol needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Nothing.
    #[default]
    Minimal,
    /// As a recorded Chromium sends and a recorded nginx answers.
    Browser,
}

impl Profile {
    /// The name used in scenarios, on the command line and in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Profile::Minimal => "minimal",
            Profile::Browser => "browser",
        }
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let all = [Profile::Minimal, Profile::Browser];
        all.into_iter().find(|profile| profile.name() == name).ok_or_else(|| {
            let names = all.map(Profile::name);
            format!("no header profile `{name}`; there are {}{}", names.join(" and "), near::meant(name, names))
        })
    }
}

/// How an update's bytes are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Printable ASCII without CR or LF.
    #[default]
    Text,
    /// Every byte value occurs.
    Binary,
    /// A JSON object a line: for people at a terminal, never in a trial.
    #[schemars(skip)] // no scenario may say it
    Json,
}

/// The name of a server that nobody gave another one.
pub const LOCALHOST: &str = "localhost";

/// Whether a transport can ride on a carrier.
///
/// # Errors
/// The reason why not, as a sentence for the user.
pub fn rides(transport: Transport, carrier: Carrier) -> Result<(), String> {
    if transport == Transport::RawTcp && carrier.is_h2() {
        return Err(format!(
            "raw-tcp is the bare socket: there are no streams on it, so that it does not ride on {carrier}"
        ));
    }
    Ok(())
}

/// Whether a carrier's connections can be kept or closed so.
///
/// # Errors
/// As above.
pub fn persists(carrier: Carrier, persistence: Persistence) -> Result<(), String> {
    if carrier.is_h2() && persistence == Persistence::Close {
        return Err(format!(
            "`connection = \"close\"` is HTTP/1.1's own: on {carrier} a connection carries many requests (RFC 9113, 8.2.2)"
        ));
    }
    Ok(())
}

/// Whether these combine in a trial.
///
/// # Errors
/// The reason why not, as a sentence for the user.
pub fn combine(transport: Transport, answer: Answer, encoding: Encoding) -> Result<(), String> {
    if encoding == Encoding::Json {
        return Err("`json` is for people: a trial sends `text` or `binary`".into());
    }
    if answer != Answer::All && !transport.asks_each_time() {
        let answer = answer.name();
        return Err(format!(
            "`answer = \"{answer}\"` needs a client that asks: {transport} is sent every update as it comes"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for transport in Transport::ALL {
            assert_eq!(transport.name().parse(), Ok(transport));
            assert_eq!(serde_json::to_value(transport).expect("a string"), transport.name());
            assert_eq!(transport.path(), format!("/{transport}"));
        }
        for carrier in Carrier::ALL {
            assert_eq!(carrier.name().parse(), Ok(carrier));
            assert_eq!(serde_json::to_value(carrier).expect("a string"), carrier.name());
        }
        let error = "https".parse::<Carrier>().expect_err("no such carrier");
        assert!(error.contains("did you mean") && error.contains("h1+tls"), "{error}");
        let error = "websockets".parse::<Transport>().expect_err("no such transport");
        assert!(error.contains("`websockets`") && error.contains("long-polling"), "{error}");
    }

    #[test]
    fn compression_needs_content() {
        assert_eq!(compress(&Transport::ALL), Ok(()));
        let reason = |transports: &[Transport]| compress(transports).expect_err("no content");
        assert!(reason(&[Transport::RawTcp]).contains("the floor"));
        assert!(reason(&[Transport::Websocket, Transport::RawTcp]).contains("permessage-deflate"));
    }

    #[test]
    fn what_cannot_combine_says_why() {
        assert!(
            combine(Transport::Sse, Answer::Latest, Encoding::Text)
                .expect_err("no")
                .contains("needs a client that asks")
        );
        assert!(combine(Transport::Polling, Answer::All, Encoding::Json).is_err());
        assert!(combine(Transport::LongPolling, Answer::Latest, Encoding::Binary).is_ok());
        let close = persists(Carrier::H2, Persistence::Close).expect_err("no");
        assert!(close.contains("HTTP/1.1's own"), "{close}");
        assert!(rides(Transport::RawTcp, Carrier::H2Tls).is_err());
        assert!(rides(Transport::RawTcp, Carrier::H1Tls).is_ok());
    }
}
