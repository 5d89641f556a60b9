//! What the fields of a head are for, whichever HTTP carries it.

use super::message::{Lesson, Part};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// What RFC 6455 has the server add to the key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static HOST: Lesson = Lesson {
    text: "Whom it is for: several names can share an address. The one field that HTTP/1.1 requires.",
    source: "RFC 9110, 7.2",
};
static ACCEPT: Lesson = Lesson {
    text: "What the client can read. An event stream is asked for by its media type.",
    source: "RFC 9110, 12.5.1; WHATWG HTML, 9.2",
};
static UPGRADE: Lesson = Lesson {
    text: "The client asks to go on in another protocol on the same connection; `Connection` names the field, as it is \
           meant for the next hop only.",
    source: "RFC 9110, 7.8 and 7.6.1",
};
static KEY: Lesson = Lesson {
    text: "16 random octets in base64. No secret: the answer to them proves that the server means WebSocket, and is no \
           cache that answers whatever it is asked.",
    source: "RFC 6455, 4.1 and 1.3",
};
static ANSWER: Lesson = Lesson {
    text: "base64(SHA-1(key + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11)): the key as it was written, and a number that no \
           other protocol adds.",
    source: "RFC 6455, 4.2.2",
};
static VERSION: Lesson = Lesson { text: "The one version there is.", source: "RFC 6455, 4.1" };
static CURSOR: Lesson = Lesson {
    text: "pushbench's own: the number of the last update behind the reader. `?since=` takes it.",
    source: "pushbench",
};
static STORE: Lesson =
    Lesson { text: "No cache keeps it: what is new now is old at the next request.", source: "RFC 9111, 5.2.2.5" };
static LENGTH: Lesson = Lesson {
    text: "So many octets follow the head, and then comes the next answer.",
    source: "RFC 9110, 8.6; RFC 9112, 6.2",
};
static CHUNKED: Lesson = Lesson {
    text: "Nobody knows how long the body will be, so that it comes in chunks, each behind its size.",
    source: "RFC 9112, 7.1",
};
static DATE: Lesson =
    Lesson { text: "When the server made the answer; one with a clock says it.", source: "RFC 9110, 6.6.1" };
static COOKIE: Lesson = Lesson {
    text: "What the server once had the client keep: it goes with every request, whatever that is for.",
    source: "RFC 6265, 5.4",
};
static TYPE: Lesson = Lesson { text: "What the body is.", source: "RFC 9110, 8.3" };
static CLOSE: Lesson = Lesson { text: "The last answer on this connection.", source: "RFC 9112, 9.6" };
static METHOD: Lesson = Lesson {
    text: "What stood in HTTP/1.1's request line are fields of their own, which begin with a colon and come first.",
    source: "RFC 9113, 8.3.1",
};
static PROTOCOL: Lesson = Lesson {
    text: "Extended CONNECT: the stream becomes a tunnel for the protocol named here, as there is no `Upgrade` in \
           HTTP/2. Neither key nor answer to it: no cache stands between.",
    source: "RFC 8441, 4 and 5",
};
static STATUS: Lesson = Lesson {
    text: "The answer's status; HTTP/2 has no words for it. For a tunnel it is 200, not 101.",
    source: "RFC 9113, 8.3.2; RFC 8441, 5",
};

/// What can be said of fields that belong together: the handshake's answer hangs on its key.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    key: Option<Vec<u8>>,
}

impl Heads {
    /// Adds to `part` what is to be said of the field that it is.
    #[must_use]
    pub fn explain(&mut self, mut part: Part, name: &[u8], value: &[u8]) -> Part {
        let name = name.to_ascii_lowercase();
        if name == b"sec-websocket-key" {
            self.key = Some(value.to_vec());
        }
        if name == b"sec-websocket-accept"
            && let Some(key) = &self.key
        {
            let same = derive_accept_key(key).as_bytes() == value;
            part.meaning =
                if same { "computed again here: it is the answer to the key" } else { "not the key's answer" }.into();
        }
        part.lessons.extend(lesson(&name, value));
        part
    }
}

/// What is to be said of a field wherever it stands.
#[must_use]
pub fn lesson(name: &[u8], value: &[u8]) -> Option<&'static Lesson> {
    debug_assert!(ANSWER.text.contains(GUID));
    Some(match name {
        b"host" | b":authority" => &HOST,
        b"accept" if value == b"text/event-stream" => &ACCEPT,
        b"upgrade" => &UPGRADE,
        b"sec-websocket-key" => &KEY,
        b"sec-websocket-accept" => &ANSWER,
        b"sec-websocket-version" => &VERSION,
        b"cursor" => &CURSOR,
        b"cache-control" if value == b"no-store" => &STORE,
        b"content-length" => &LENGTH,
        b"transfer-encoding" => &CHUNKED,
        b"date" => &DATE,
        b"cookie" => &COOKIE,
        b"content-type" => &TYPE,
        b"connection" if value.eq_ignore_ascii_case(b"close") => &CLOSE,
        b":method" => &METHOD,
        b":protocol" => &PROTOCOL,
        b":status" => &STATUS,
        _ => return None,
    })
}
