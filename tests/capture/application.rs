//! What tshark finds above TCP in one direction of a connection: heads, chunks, frames and records by their sizes, and
//! the octets of what it does not look into.

use crate::pdml::Field;
use pushbench::totals::Layers;
use std::collections::BTreeMap;

/// An HTTP/2 frame's header (RFC 9113, 4.1), and the types that are not control (6.1, 6.2, 6.10).
const FRAME_HEADER: u64 = 9;
const DATA: u64 = 0;
const HEADERS: u64 = 1;
const CONTINUATION: u64 = 9;
/// The first WebSocket opcode that is control (RFC 6455, 5.2).
const CLOSE: u64 = 8;
/// What TLS 1.3 puts around application data: the record's header, a content type, a tag (RFC 8446, 5.2).
const AROUND_RECORD: u64 = 5 + 1 + 16;
const APPLICATION_DATA: u64 = 23;
/// Octets behind a change of protocols have no body's number.
const UPGRADED: u64 = 0;

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Application {
    /// What tshark tells apart.
    pub(crate) layers: Layers,
    /// What it does not, by a number: bodies, HTTP/2 streams, what follows a change of protocols.
    pub(crate) contents: BTreeMap<u64, Vec<u8>>,
    bodies: u64,
}

/// What the next field is part of.
#[derive(Clone, Debug, PartialEq)]
enum At {
    /// What is not looked into.
    Elsewhere,
    /// A head, before its empty line.
    Head,
    /// Behind that: a body's length, once it is known, unless it has chunks.
    Body {
        chunked: bool,
        length: u64,
    },
    /// The protocol in a body, of which so much has not come.
    Content {
        left: u64,
    },
    WebSocket {
        opcode: u64,
        header: u64,
        payload: u64,
    },
    Frame(Frame),
    /// A TLS record, and what it holds once it is decrypted.
    Record {
        size: u64,
        holds: u64,
    },
    Upgraded,
}

/// An HTTP/2 frame.
#[derive(Clone, Debug, Default, PartialEq)]
struct Frame {
    length: u64,
    kind: u64,
    stream: u64,
    block: u64,
    data: Vec<u8>,
}

impl Application {
    /// Takes one packet's dissection.
    pub(crate) fn take(&mut self, fields: &[Field]) {
        let mut at = At::Elsewhere;
        // what is in HTTP/2's frames is taken from these
        let framed = fields.iter().any(|field| field.name == "http2");
        for field in fields {
            if let Some(next) = begun(&at, field).map(|next| if framed { next.framed() } else { next }) {
                self.leave(std::mem::replace(&mut at, next));
            } else {
                self.within(&mut at, field);
            }
        }
        self.leave(at);
    }

    fn within(&mut self, at: &mut At, field: &Field) {
        let is_line_end = field.name.is_empty() && field.value == "0d0a";
        match (at, field.name.as_str()) {
            (at @ At::Head, "" | "http.request.line" | "http.response.line") => {
                self.layers.headers += field.size;
                if is_line_end {
                    self.bodies += 1;
                    *at = At::Body { chunked: false, length: 0 };
                }
            }
            (At::Body { .. }, "http.chunk_size" | "http.chunk_boundary") => self.layers.framing += field.size,
            // the line end behind the last chunk's line
            (At::Body { .. }, "") if is_line_end => self.layers.framing += field.size,
            (At::Body { chunked, .. }, "http.chunk_data") => {
                *chunked = true;
                self.content(self.bodies, &field.octets());
            }
            (At::Body { length, .. }, "http.file_data") => *length = field.size,
            (At::Content { left }, "" | "media.type") => {
                *left = left.checked_sub(field.size).expect("a body's lines are not longer than the body");
                self.content(self.bodies, &field.octets());
            }
            (At::WebSocket { opcode, .. }, "websocket.opcode") => *opcode = field.number(),
            (At::WebSocket { payload, .. }, "websocket.payload") => *payload = field.size,
            (At::Frame(frame), "http2.length") => frame.length = field.number(),
            (At::Frame(frame), "http2.type") => frame.kind = field.number(),
            (At::Frame(frame), "http2.streamid") => frame.stream = field.number(),
            (At::Frame(frame), "http2.headers") => frame.block = field.size,
            (At::Frame(frame), "http2.data.data") => frame.data = field.octets(),
            (at @ At::Frame(_), "http2.magic") => {
                self.layers.control += field.size; // the preface, which is no frame
                *at = At::Elsewhere;
            }
            (At::Record { holds, .. }, "tls.record.content_type") => *holds = field.number(),
            (At::Upgraded, "data.data") => self.content(UPGRADED, &field.octets()),
            _ => {}
        }
    }

    /// Places what is known of something only when all of it was read.
    fn leave(&mut self, at: At) {
        let layers = &mut self.layers;
        match at {
            At::WebSocket { opcode: CLOSE.., header, payload } => layers.control += header + payload,
            At::WebSocket { header, payload, .. } => {
                layers.framing += header;
                layers.payload += payload;
            }
            At::Frame(frame) => match frame.kind {
                DATA if frame.length > 0 => {
                    layers.framing += FRAME_HEADER + frame.length - frame.data.len() as u64;
                    self.content(frame.stream, &frame.data);
                }
                HEADERS | CONTINUATION => {
                    layers.framing += FRAME_HEADER + frame.length - frame.block;
                    layers.headers += frame.block;
                }
                _ => layers.control += FRAME_HEADER + frame.length,
            },
            At::Record { size, holds: APPLICATION_DATA } => layers.tls += size.min(AROUND_RECORD),
            At::Record { size, .. } => layers.tls += size,
            At::Content { left } => assert_eq!(left, 0, "all of a body is in its lines"),
            At::Elsewhere | At::Head | At::Body { .. } | At::Upgraded => {}
        }
    }

    fn content(&mut self, number: u64, octets: &[u8]) {
        self.contents.entry(number).or_default().extend(octets);
    }
}

impl At {
    /// The same where there are HTTP/2's frames, or TLS's records.
    fn framed(self) -> At {
        if matches!(self, At::Frame(_) | At::Record { .. }) { self } else { At::Elsewhere }
    }
}

/// What begins with `field`; `None` when it is part of what was begun.
fn begun(at: &At, field: &Field) -> Option<At> {
    match field.name.as_str() {
        "http2.stream" => Some(At::Frame(Frame::default())),
        "tls.record" => Some(At::Record { size: field.size, holds: 0 }),
        _ if !field.is_protocol => None,
        "http" => Some(At::Head),
        "websocket" => Some(At::WebSocket { opcode: 0, header: field.size, payload: 0 }),
        "fake-field-wrapper" => match at {
            At::WebSocket { .. } => Some(At::Elsewhere), // its payload once more
            _ => Some(At::Upgraded),
        },
        "data-text-lines" | "media" => match at {
            At::Body { chunked: false, length } => Some(At::Content { left: *length }),
            _ => Some(At::Elsewhere), // its octets were seen already
        },
        _ => Some(At::Elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, size: u64, value: &[u8]) -> Field {
        let value = value.iter().map(|octet| format!("{octet:02x}")).collect();
        Field { name: name.into(), size, value, ..Field::default() }
    }

    fn number(name: &str, number: u64) -> Field {
        Field { name: name.into(), show: number.to_string(), ..Field::default() }
    }

    fn protocol(name: &str, size: u64) -> Field {
        Field { name: name.into(), is_protocol: true, size, ..Field::default() }
    }

    fn placed(fields: &[Field]) -> Application {
        let mut application = Application::default();
        application.take(fields);
        application
    }

    #[test]
    fn control_frames_are_control_whole_and_others_are_header_and_payload() {
        let frame = |opcode, size| {
            [protocol("websocket", 6), number("websocket.opcode", opcode), field("websocket.payload", size, b"")]
        };
        let layers = placed(&[frame(1, 100), frame(8, 2), frame(9, 4)].concat()).layers;
        assert_eq!((layers.framing, layers.payload, layers.control), (6, 100, 8 + 10));
    }

    #[test]
    fn an_http2_frame_is_split_by_its_type() {
        let frame = |kind, length, more: Vec<Field>| {
            let mut fields = vec![field("http2.stream", FRAME_HEADER + length, b"")];
            fields.extend([number("http2.length", length), number("http2.type", kind), number("http2.streamid", 3)]);
            fields.extend(more);
            fields
        };
        let mut fields = vec![protocol("http2", 24), field("http2.stream", 24, b""), field("http2.magic", 24, b"")];
        fields.extend(frame(HEADERS, 40, vec![field("http2.headers", 40, b"")]));
        fields.extend(frame(DATA, 7, vec![field("http2.data.data", 5, b"12345")])); // two octets of padding
        fields.extend(frame(DATA, 0, vec![]));
        fields.extend(frame(8, 4, vec![]));
        let Application { layers, contents, .. } = placed(&fields);
        assert_eq!((layers.headers, layers.framing, layers.control), (40, 9 + 9 + 2, 24 + 9 + 13));
        assert_eq!(contents[&3], b"12345");
    }

    #[test]
    fn a_record_of_application_data_is_what_is_around_them() {
        let record = |size, holds| [field("tls.record", size, b""), number("tls.record.content_type", holds)];
        let fields = [&[protocol("tls", 300)][..], &record(200, 22), &record(100, APPLICATION_DATA)].concat();
        assert_eq!(placed(&fields).layers.tls, 200 + AROUND_RECORD);
    }
}
