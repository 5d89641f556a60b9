//! HTTP/1.1's own: heads (RFC 9112, 2 to 5), how long a body is (6.3), chunks (7.1).

/// A line is looked at this far: longer than any field that says how long a body is.
const LOOKED_AT: usize = 64;
/// Longer than any body; keeps a size from running over.
const LARGEST_CHUNK: u64 = 1 << 48;

/// Reads a head in pieces of any size.
#[derive(Clone, Debug)]
pub struct Head {
    line: [u8; LOOKED_AT],
    len: usize,
    /// Octets of this head in earlier pieces.
    before: u64,
    request: bool,
    /// `None` before the first line's end.
    read: Option<Answer>,
}

/// What a head says of what follows it. Of a request only that it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status; 0 in a request.
    pub status: u16,
    /// Lines of the head, the empty one at its end among them.
    pub lines: u64,
    length: Option<u64>,
    chunked: bool,
    /// The content is coded (RFC 9110, 8.4): nothing in it can be told apart.
    pub coded: bool,
}

/// How a body ends (RFC 9112, 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// After so many octets.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    UntilEnd,
}

/// What a piece was to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All of it belongs to the head, which goes on.
    Within,
    /// So many octets were its last.
    Ended(usize, Answer),
    /// This is no head, nor were so many octets of earlier pieces.
    Broken(u64),
}

impl Head {
    /// Before the first octet of a request's head, or of an answer's.
    #[must_use]
    pub fn new(request: bool) -> Head {
        Head { line: [0; LOOKED_AT], len: 0, before: 0, request, read: None }
    }

    /// Takes the next piece. After an end it is ready for another head.
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        let mut used = 0;
        while let Some(end) = memchr::memchr(b'\n', &bytes[used..]) {
            let piece = &bytes[used..used + end];
            used += end + 1;
            let line = if self.len == 0 {
                self.line(&piece[..end.min(LOOKED_AT)])
            } else {
                self.keep(piece);
                let line = self.line;
                self.line(&line[..self.len])
            };
            self.len = 0;
            match line {
                Some(false) => {}
                Some(true) => {
                    self.before = 0;
                    return Progress::Ended(used, self.read.take().unwrap_or_default());
                }
                None => return Progress::Broken(self.before),
            }
        }
        self.keep(&bytes[used..]);
        self.before += bytes.len() as u64;
        Progress::Within
    }

    fn keep(&mut self, piece: &[u8]) {
        let octets = piece.len().min(LOOKED_AT - self.len);
        self.line[self.len..self.len + octets].copy_from_slice(&piece[..octets]);
        self.len += octets;
    }

    /// Takes a line without its end. Whether it was the last; `None` where no such line can stand.
    fn line(&mut self, line: &[u8]) -> Option<bool> {
        let whole = line.len() < LOOKED_AT;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(read) = &mut self.read else {
            let status = if self.request { line.first()?.is_ascii_uppercase().then_some(0) } else { status(line) };
            self.read = Some(Answer { status: status?, lines: 1, ..Answer::default() });
            return Some(false);
        };
        read.lines += 1;
        if line.is_empty() {
            return Some(true);
        }
        let Some(colon) = memchr::memchr(b':', line) else {
            return (!whole).then_some(false);
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || name[0].is_ascii_whitespace() {
            return None;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            read.length = Some(std::str::from_utf8(value).ok()?.parse().ok()?);
        } else if name.eq_ignore_ascii_case(b"content-encoding") {
            read.coded = !value.eq_ignore_ascii_case(b"identity");
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let last = value.len().checked_sub(b"chunked".len()).map(|at| &value[at..]);
            read.chunked = last.is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
        }
        Some(false)
    }
}

/// The status of a status line.
fn status(line: &[u8]) -> Option<u16> {
    let [_minor, b' ', status @ ..] = line.strip_prefix(b"HTTP/1.")? else { return None };
    let digits = status.first_chunk::<3>().filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    Some(digits.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
}

impl Answer {
    /// How the body ends.
    #[must_use]
    pub fn body(&self) -> Body {
        match (self.status, self.length) {
            (..200 | 204 | 304, _) => Body::None,
            _ if self.chunked => Body::Chunked,
            (_, Some(0)) => Body::None,
            (_, Some(length)) => Body::Length(length),
            _ => Body::UntilEnd,
        }
    }
}

/// Reads a chunked body in pieces of any size.
#[derive(Clone, Debug)]
pub struct Chunks(At);

#[derive(Clone, Copy, Debug)]
enum At {
    Size { size: u64, digits: u8, extension: bool },
    Data(u64),
    DataCr,
    DataLf,
    Trailer,
    Field,
    LastLf,
    Broken,
}

const SIZE: At = At::Size { size: 0, digits: 0, extension: false };

/// What a piece's first octets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Of a line with a chunk's size.
    Size,
    /// Of a chunk's data.
    Data,
    /// The line end behind them.
    Close,
    /// A trailer field (7.1.2).
    Trailer,
    /// The body's last octets, of its last empty line.
    End,
    /// No chunks.
    Broken,
}

impl Default for Chunks {
    fn default() -> Self {
        Chunks(SIZE)
    }
}

impl Chunks {
    /// Takes the first octets of `bytes`, which are not empty: how many, and what they are.
    pub fn next(&mut self, bytes: &[u8]) -> (usize, Chunk) {
        let first = bytes.first().copied().unwrap_or_default();
        let (at, what) = match self.0 {
            At::Size { .. } => return self.size(bytes),
            At::Data(left) => {
                let octets = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                let left = left - octets as u64;
                self.0 = if left == 0 { At::DataCr } else { At::Data(left) };
                return (octets, Chunk::Data);
            }
            At::DataCr if first == b'\r' => (At::DataLf, Chunk::Close),
            At::DataLf if first == b'\n' => (SIZE, Chunk::Close),
            At::Trailer if first == b'\r' => (At::LastLf, Chunk::Size),
            At::Trailer | At::Field => (if first == b'\n' { At::Trailer } else { At::Field }, Chunk::Trailer),
            At::LastLf if first == b'\n' => (SIZE, Chunk::End),
            at => (at, Chunk::Broken),
        };
        self.0 = at;
        (1, what)
    }

    fn size(&mut self, bytes: &[u8]) -> (usize, Chunk) {
        for (at, &byte) in bytes.iter().enumerate() {
            let At::Size { size, digits, extension } = &mut self.0 else { break };
            match (byte, (byte as char).to_digit(16)) {
                (b'\n', _) if *digits > 0 => {
                    self.0 = if *size == 0 { At::Trailer } else { At::Data(*size) };
                    return (at + 1, Chunk::Size);
                }
                (_, Some(digit)) if !*extension && *size < LARGEST_CHUNK => {
                    *size = *size * 16 + u64::from(digit);
                    *digits = 1;
                }
                (b'\r' | b';' | b' ' | b'\t', _) if *digits > 0 => *extension = true,
                (other, _) if *extension && other != b'\n' => {}
                _ => {
                    self.0 = At::Broken;
                    return (at, Chunk::Size);
                }
            }
        }
        (bytes.len(), Chunk::Size)
    }
}
