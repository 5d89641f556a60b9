//! The fields that HPACK knows by number (RFC 7541, 2.3): those of appendix A, and those that were sent before.

use std::collections::VecDeque;

/// What a field counts beyond its octets (4.1).
pub const OVERHEAD: usize = 32;
/// The largest table until another is agreed on (RFC 9113, 6.5.2).
pub const LARGEST: usize = 4096;

/// The first 61 (appendix A).
#[rustfmt::skip]
const STATIC: [(&str, &str); 61] = [
    (":authority", ""), (":method", "GET"), (":method", "POST"), (":path", "/"), (":path", "/index.html"),
    (":scheme", "http"), (":scheme", "https"), (":status", "200"), (":status", "204"), (":status", "206"),
    (":status", "304"), (":status", "400"), (":status", "404"), (":status", "500"), ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"), ("accept-language", ""), ("accept-ranges", ""), ("accept", ""),
    ("access-control-allow-origin", ""), ("age", ""), ("allow", ""), ("authorization", ""), ("cache-control", ""),
    ("content-disposition", ""), ("content-encoding", ""), ("content-language", ""), ("content-length", ""),
    ("content-location", ""), ("content-range", ""), ("content-type", ""), ("cookie", ""), ("date", ""), ("etag", ""),
    ("expect", ""), ("expires", ""), ("from", ""), ("host", ""), ("if-match", ""), ("if-modified-since", ""),
    ("if-none-match", ""), ("if-range", ""), ("if-unmodified-since", ""), ("last-modified", ""), ("link", ""),
    ("location", ""), ("max-forwards", ""), ("proxy-authenticate", ""), ("proxy-authorization", ""), ("range", ""),
    ("referer", ""), ("refresh", ""), ("retry-after", ""), ("server", ""), ("set-cookie", ""),
    ("strict-transport-security", ""), ("transfer-encoding", ""), ("user-agent", ""), ("vary", ""), ("via", ""),
    ("www-authenticate", ""),
];

/// How many are always there.
pub const STATIC_LEN: usize = STATIC.len();

/// All that can be named by number. Fields that were sent lie one behind another, the oldest first.
#[derive(Clone, Debug)]
pub struct Fields {
    octets: Vec<u8>,
    /// Of the first of these, counted from the very first ever.
    base: usize,
    sent: VecDeque<Sent>,
    size: usize,
    largest: usize,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    /// Counted as `base` is.
    start: usize,
    name: usize,
    value: usize,
}

impl Sent {
    fn len(self) -> usize {
        self.name + self.value
    }
}

impl Default for Fields {
    fn default() -> Self {
        Fields { octets: Vec::new(), base: 0, sent: VecDeque::new(), size: 0, largest: LARGEST }
    }
}

impl Fields {
    /// For another connection. The memory is kept.
    pub fn clear(&mut self) {
        self.resize(0);
        self.largest = LARGEST;
    }

    /// Octets of what was sent, as 4.1 counts them.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The name and value of the field with that number; the newest of those that were sent is the first of them.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let Some(back) = index.checked_sub(STATIC_LEN + 1) else {
            let (name, value) = STATIC.get(index.checked_sub(1)?)?;
            return Some((name.as_bytes(), value.as_bytes()));
        };
        let sent = self.sent.get(self.sent.len().checked_sub(back + 1)?)?;
        let start = sent.start - self.base;
        self.octets.get(start..start + sent.len())?.split_at_checked(sent.name)
    }

    /// Every field that can be named, with its number: the static table's, then what was sent, the newest first.
    pub fn all(&self) -> impl Iterator<Item = (usize, (&[u8], &[u8]))> {
        (1..=STATIC_LEN + self.sent.len()).filter_map(|number| Some((number, self.get(number)?)))
    }

    /// Adds a field that was sent, its name and value one behind the other. The oldest go where there is no room (4.4).
    pub fn insert(&mut self, text: &[u8], name: usize) {
        let needs = text.len() + OVERHEAD;
        self.evict(self.largest.saturating_sub(needs));
        if needs > self.largest {
            return; // no error: it empties the table
        }
        let gone = self.sent.front().map_or(self.octets.len(), |first| first.start - self.base);
        if gone > self.largest {
            self.octets.drain(..gone);
            self.base += gone;
        }
        self.sent.push_back(Sent { start: self.base + self.octets.len(), name, value: text.len() - name });
        self.octets.extend_from_slice(text);
        self.size += needs;
    }

    /// Changes how much there is room for (4.3).
    pub fn resize(&mut self, largest: usize) {
        self.largest = largest;
        self.evict(largest);
    }

    fn evict(&mut self, room: usize) {
        while self.size > room
            && let Some(oldest) = self.sent.pop_front()
        {
            self.size -= oldest.len() + OVERHEAD;
        }
        if self.sent.is_empty() {
            self.octets.clear();
            self.base = 0;
        }
    }
}
