//! The frames of HTTP/2 that keep a connection in order (RFC 9113, 6.3 to 6.9).

use super::message::{Layer, Lesson, Part, Saying, text};

/// A PING frame's type.
pub const PING: u8 = 6;

static RESET: Lesson =
    Lesson { text: "The stream ends here, for both sides; the connection goes on.", source: "RFC 9113, 6.4" };
static ALIVE: Lesson = Lesson {
    text: "Eight octets that come back in a frame with ACK: whether the other side is there, and how far away.",
    source: "RFC 9113, 6.7",
};
static LEAVE: Lesson = Lesson {
    text: "No new stream, please; those up to this number are still answered. So nobody has to guess what was heard.",
    source: "RFC 9113, 6.8",
};
static WINDOW: Lesson = Lesson {
    text: "So many more octets of DATA may be sent, on a stream or (stream 0) on all of the connection: whoever reads \
           slowly says so without closing.",
    source: "RFC 9113, 6.9",
};
static ERROR: Lesson = Lesson { text: "Why: 0 is no error.", source: "RFC 9113, 7" };

/// What a frame of this type is called.
#[must_use]
pub fn name(kind: u8) -> &'static str {
    match kind {
        0 => "DATA",
        1 => "HEADERS",
        2 => "PRIORITY",
        3 => "RST_STREAM",
        4 => "SETTINGS",
        5 => "PUSH_PROMISE",
        PING => "PING",
        7 => "GOAWAY",
        8 => "WINDOW_UPDATE",
        9 => "CONTINUATION",
        _ => "of no known type",
    }
}

/// Explains a frame's content behind its head.
#[must_use]
pub fn read(kind: u8, head: Part, content: &[u8]) -> Saying {
    let mut parts = vec![head];
    let part = |octets, meaning: String| Part::hex(Layer::Control, octets, meaning);
    let number = |octets: &[u8]| octets.iter().fold(0_u64, |number, &octet| number << 8 | u64::from(octet));
    match (kind, content) {
        (_, []) => {}
        (3, [_, _, _, _]) => parts.push(part(content, error(number(content))).teaching(&RESET).teaching(&ERROR)),
        (PING, _) => parts.push(part(content, "whatever the sender likes".into()).teaching(&ALIVE)),
        (7, [_, _, _, _, _, _, _, _, ..]) => {
            let last = number(&content[..4]) & u64::from(u32::MAX >> 1);
            let all = if last == u64::from(u32::MAX >> 1) {
                ", the highest there is: which one will be said later"
            } else {
                ""
            };
            parts.push(part(&content[..4], format!("the last stream: {last}{all}")).teaching(&LEAVE));
            parts.push(part(&content[4..8], error(number(&content[4..8]))).teaching(&ERROR));
            if content.len() > 8 {
                parts.push(Part::text(Layer::Control, &content[8..], format!("in words: {}", text(&content[8..]))));
            }
        }
        (8, [_, _, _, _]) => {
            let more = format!("{} octets more", number(content) & u64::from(u32::MAX >> 1));
            parts.push(part(content, more).teaching(&WINDOW));
        }
        _ => parts.push(part(content, String::new())),
    }
    Saying::new(format!("HTTP/2 {}", name(kind)), parts)
}

fn error(code: u64) -> String {
    let name = match code {
        0 => "NO_ERROR",
        1 => "PROTOCOL_ERROR",
        2 => "INTERNAL_ERROR",
        3 => "FLOW_CONTROL_ERROR",
        5 => "STREAM_CLOSED",
        7 => "REFUSED_STREAM",
        8 => "CANCEL",
        _ => "another error",
    };
    format!("{code} {name}")
}
