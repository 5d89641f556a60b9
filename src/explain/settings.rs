//! What the settings of HTTP/2 are called (RFC 9113, 6.5.2; RFC 8441, 3).

use super::message::{Layer, Lesson, Part};

static TABLE: Lesson = Lesson {
    text: "How large a table of fields, for HPACK, the other side may have me keep.",
    source: "RFC 9113, 6.5.2; RFC 7541, 4.2",
};
static PUSH: Lesson = Lesson {
    text: "Whether the server may answer what nobody asked for. Browsers have given it up.",
    source: "RFC 9113, 6.5.2 and 8.4",
};
static STREAMS: Lesson =
    Lesson { text: "How many requests may be under way at a time.", source: "RFC 9113, 6.5.2 and 5.1.2" };
static WINDOW: Lesson = Lesson {
    text: "How many octets of DATA a stream may have on the way before the receiver has said that it took some.",
    source: "RFC 9113, 6.5.2 and 6.9",
};
static FRAME: Lesson = Lesson { text: "How long a frame may be.", source: "RFC 9113, 6.5.2 and 4.2" };
static LIST: Lesson = Lesson { text: "How long a head may be, without compression.", source: "RFC 9113, 6.5.2" };
static CONNECT: Lesson = Lesson {
    text: "The server takes extended CONNECT: a client must not ask for a WebSocket before it has read this.",
    source: "RFC 8441, 3",
};

/// Name and lesson of a setting.
fn setting(number: u16) -> (&'static str, Option<&'static Lesson>) {
    match number {
        1 => ("HEADER_TABLE_SIZE", Some(&TABLE)),
        2 => ("ENABLE_PUSH", Some(&PUSH)),
        3 => ("MAX_CONCURRENT_STREAMS", Some(&STREAMS)),
        4 => ("INITIAL_WINDOW_SIZE", Some(&WINDOW)),
        5 => ("MAX_FRAME_SIZE", Some(&FRAME)),
        6 => ("MAX_HEADER_LIST_SIZE", Some(&LIST)),
        8 => ("ENABLE_CONNECT_PROTOCOL", Some(&CONNECT)),
        _ => ("of nobody", None),
    }
}

/// Takes the content of a SETTINGS frame apart. Gives the largest table that it allows, where it says so.
#[must_use]
pub fn read(content: &[u8], parts: &mut Vec<Part>) -> Option<u32> {
    let mut table = None;
    let mut settings = content.chunks_exact(6);
    for octets in &mut settings {
        let number = u16::from_be_bytes([octets[0], octets[1]]);
        let value = u32::from_be_bytes([octets[2], octets[3], octets[4], octets[5]]);
        let (name, lesson) = setting(number);
        let mut part = Part::hex(Layer::Control, octets, format!("{number} {name} = {value}"));
        part.lessons.extend(lesson);
        parts.push(part);
        table = if number == 1 { Some(value) } else { table };
    }
    let rest = settings.remainder();
    if !rest.is_empty() {
        parts.push(Part::hex(Layer::Control, rest, "no whole setting"));
    }
    table
}
