//! HTTP/2's own: frames (RFC 9113, 4.1 and 6), without a look at what they hold.

/// What a client begins with (3.4).
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// A frame's length where nobody has allowed for more (6.5.2).
pub const LARGEST: u32 = 1 << 14;

const HEAD: usize = 9;
/// With the padding's length and the priority.
const LONGEST_HEAD: usize = HEAD + 1 + 5;

/// Extensions (RFC 7838, 4; RFC 8336, 2; RFC 9218, 7.1).
const ALTSVC: u8 = 0x0a;
const ORIGIN: u8 = 0x0c;
const PRIORITY_UPDATE: u8 = 0x10;

const END_STREAM: u8 = 0x1;
const ACK: u8 = 0x1;
const END_HEADERS: u8 = 0x4;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;

/// What a frame is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // as the RFC names them
pub enum Kind {
    Data,
    Headers,
    Priority,
    RstStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
    /// Of a registered extension.
    Extension,
    /// Of no registered type: it cannot be told from a broken one.
    #[default]
    Unknown,
}

impl Kind {
    /// As the RFC writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Data => "DATA",
            Kind::Headers => "HEADERS",
            Kind::Priority => "PRIORITY",
            Kind::RstStream => "RST_STREAM",
            Kind::Settings => "SETTINGS",
            Kind::PushPromise => "PUSH_PROMISE",
            Kind::Ping => "PING",
            Kind::GoAway => "GOAWAY",
            Kind::WindowUpdate => "WINDOW_UPDATE",
            Kind::Continuation => "CONTINUATION",
            Kind::Extension | Kind::Unknown => "extension",
        }
    }
}

/// What a frame's first octets say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// What it is.
    pub kind: Kind,
    flags: u8,
    /// The stream it belongs to; 0 is the connection.
    pub stream: u32,
    /// Octets before the content: the frame header, with the padding's length and the priority where there are any.
    pub head: u32,
    /// Octets of the content.
    pub content: u32,
    /// Octets behind it.
    pub padding: u32,
}

impl Frame {
    /// Whether the sender sends nothing more on the stream.
    #[must_use]
    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, Kind::Data | Kind::Headers) && self.flags & END_STREAM != 0
    }

    /// Whether the header block ends with it.
    #[must_use]
    pub fn ends_headers(&self) -> bool {
        self.flags & END_HEADERS != 0
    }

    /// Whether it says that settings were taken over.
    #[must_use]
    pub fn acknowledges(&self) -> bool {
        self.flags & ACK != 0
    }
}

/// Finds the frames of one direction, in pieces of any size.
#[derive(Clone, Debug)]
pub struct Reader {
    head: [u8; LONGEST_HEAD],
    have: usize,
    largest: u32,
    frame: Frame,
    within: bool,
    left: u32,
    padding: u32,
}

/// What a piece's first octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Of a head that is not whole yet.
    Within,
    /// A head's last ones.
    Head,
    /// Of a frame's content.
    Content,
    /// Of what is behind it.
    Padding,
    /// A head's last ones that is none.
    Broken,
}

impl Default for Reader {
    fn default() -> Self {
        Reader {
            head: [0; LONGEST_HEAD],
            have: 0,
            largest: LARGEST,
            frame: Frame::default(),
            within: false,
            left: 0,
            padding: 0,
        }
    }
}

impl Reader {
    /// The receiver takes frames of that length. One that it does no longer take may be under way, so that this only grows.
    pub fn allow(&mut self, largest: u32) {
        self.largest = self.largest.max(largest);
    }

    /// The frame whose head was read last.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// Gives up the head under way: its octets, as far as they were read, and whether it may be a frame that delimits.
    pub fn give_up(&mut self) -> (u64, bool) {
        let have = if self.within { 0 } else { self.have };
        self.have = 0;
        (have as u64, have > 3 && matches!(kind(self.head[3]), Kind::Data | Kind::Headers | Kind::Continuation))
    }

    /// Takes the first octets of `bytes`, which are not empty: how many, and what they are.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, Part) {
        if self.within {
            let (left, part) =
                if self.left > 0 { (&mut self.left, Part::Content) } else { (&mut self.padding, Part::Padding) };
            let octets = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= u32::try_from(octets).unwrap_or(*left);
            return (octets, part);
        }
        let mut used = 0;
        while self.have < self.head_len() {
            let octets = (self.head_len() - self.have).min(bytes.len() - used);
            if octets == 0 {
                return (used, Part::Within);
            }
            self.head[self.have..self.have + octets].copy_from_slice(&bytes[used..used + octets]);
            self.have += octets;
            used += octets;
        }
        match self.read() {
            Some(frame) => {
                (self.within, self.left, self.padding) = (true, frame.content, frame.padding);
                self.frame = frame;
                (used, Part::Head)
            }
            None => (used, Part::Broken),
        }
    }

    /// Whether the frame is whole; then it is ready for another.
    pub fn ended(&mut self) -> bool {
        let ended = self.within && self.left == 0 && self.padding == 0;
        if ended {
            (self.within, self.have) = (false, 0);
        }
        ended
    }

    fn length(&self) -> u32 {
        u32::from_be_bytes([0, self.head[0], self.head[1], self.head[2]])
    }

    /// As far as what was read of it says. What has no room in the frame is not waited for.
    fn head_len(&self) -> usize {
        if self.have < HEAD {
            return HEAD;
        }
        let fields = self.fields();
        HEAD + if self.length() < fields { 0 } else { fields as usize }
    }

    fn is_padded(&self) -> bool {
        let padded = matches!(kind(self.head[3]), Kind::Data | Kind::Headers | Kind::PushPromise);
        padded && self.head[4] & PADDED != 0
    }

    /// Octets before the content that are of a fixed length.
    fn fields(&self) -> u32 {
        let fields = match kind(self.head[3]) {
            Kind::Headers if self.head[4] & PRIORITY != 0 => 5,
            Kind::PushPromise => 4,
            _ => 0,
        };
        fields + u32::from(self.is_padded())
    }

    /// Reads the head; `None` when there can be no such frame.
    fn read(&self) -> Option<Frame> {
        let (kind, flags, length, fields) = (kind(self.head[3]), self.head[4], self.length(), self.fields());
        // its first bit means nothing, and whoever receives it has to overlook it (4.1)
        let stream = u32::from_be_bytes([self.head[5], self.head[6], self.head[7], self.head[8]]) & (u32::MAX >> 1);
        let padding = if self.is_padded() { u32::from(self.head[HEAD]) } else { 0 };
        let content = length.checked_sub(fields)?.checked_sub(padding)?;
        let fits = match kind {
            Kind::Data | Kind::Headers | Kind::Continuation | Kind::PushPromise => stream > 0,
            Kind::Priority => stream > 0 && length == 5,
            Kind::RstStream => stream > 0 && length == 4,
            Kind::Settings => stream == 0 && if flags & ACK == 0 { length.is_multiple_of(6) } else { length == 0 },
            Kind::Ping => stream == 0 && length == 8,
            Kind::GoAway => stream == 0 && length >= 8,
            Kind::WindowUpdate => length == 4,
            Kind::Extension => stream == 0 || self.head[3] == ALTSVC,
            Kind::Unknown => true,
        };
        let head = u32::try_from(HEAD).ok()? + fields;
        (fits && length <= self.largest).then_some(Frame { kind, flags, stream, head, content, padding })
    }
}

fn kind(octet: u8) -> Kind {
    match octet {
        0 => Kind::Data,
        1 => Kind::Headers,
        2 => Kind::Priority,
        3 => Kind::RstStream,
        4 => Kind::Settings,
        5 => Kind::PushPromise,
        6 => Kind::Ping,
        7 => Kind::GoAway,
        8 => Kind::WindowUpdate,
        9 => Kind::Continuation,
        ALTSVC | ORIGIN | PRIORITY_UPDATE => Kind::Extension,
        _ => Kind::Unknown,
    }
}
