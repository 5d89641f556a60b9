//! HTTP/1.1 said by hand on a plain socket.

use crate::PATIENCE;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// One connection.
pub(crate) struct Plain {
    io: BufReader<TcpStream>,
}

/// One answer, with a body of a known length.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "`{name}` twice in {self:?}");
        value
    }

    /// What `?since=` takes next.
    pub(crate) fn cursor(&self) -> u64 {
        let cursor = self.header("cursor").and_then(|value| value.parse().ok());
        cursor.unwrap_or_else(|| panic!("no cursor in {self:?}"))
    }

    /// The numbers of its updates, without a gap up to the cursor.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let numbers: Vec<_> = self.body.split('\n').map(|update| crate::served::number(update.as_bytes())).collect();
        crate::served::assert_consecutive(&numbers);
        assert_eq!(numbers.last(), Some(&self.cursor()), "the cursor is the last update's number");
        numbers
    }
}

impl Plain {
    pub(crate) fn connect(address: SocketAddr) -> Plain {
        let io = TcpStream::connect(address).expect("the server accepts");
        io.set_nodelay(true).expect("a socket option");
        io.set_read_timeout(Some(PATIENCE)).expect("a socket option");
        io.set_write_timeout(Some(PATIENCE)).expect("a socket option");
        Plain { io: BufReader::new(io) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.io.get_mut().write_all(bytes.as_ref()).expect("the server reads");
    }

    /// Sends a GET, with more header lines where `more` has some.
    pub(crate) fn get(&mut self, path: &str, more: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n{more}\r\n"));
    }

    /// A GET and its answer.
    pub(crate) fn ask(&mut self, path: &str) -> Answer {
        self.get(path, "");
        self.answer()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.io.read_line(&mut line).expect("a line within the time");
        line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no end of line in {line:?}")).to_owned()
    }

    /// The next answer's status and headers.
    pub(crate) fn head(&mut self) -> Answer {
        let line = self.line();
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status in {line:?}"));
        let mut headers = Vec::new();
        for _ in 0..100 {
            let line = self.line();
            if line.is_empty() {
                return Answer { status, headers, body: String::new() };
            }
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line:?}"));
            headers.push((name.to_owned(), value.to_owned()));
        }
        panic!("a head without an end: {headers:?}");
    }

    /// The next answer, whole.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut answer = self.head();
        assert_eq!(answer.header("transfer-encoding"), None);
        let length = answer.header("content-length").map(|length| length.parse().expect("a length"));
        if matches!(answer.status, 204 | 304) {
            assert_eq!(length, None, "RFC 9110, 8.6 and 15.4.5: neither has a body, nor the length of one");
        }
        answer.body = String::from_utf8(self.exactly(length.unwrap_or(0))).expect("text");
        answer
    }

    pub(crate) fn exactly(&mut self, octets: usize) -> Vec<u8> {
        let mut bytes = vec![0; octets];
        self.io.read_exact(&mut bytes).expect("all that was announced, within the time");
        bytes
    }

    /// The next chunk of a chunked body; empty at its end.
    pub(crate) fn chunk(&mut self) -> Vec<u8> {
        let line = self.line();
        let octets = usize::from_str_radix(&line, 16).unwrap_or_else(|_| panic!("no chunk length: {line:?}"));
        let chunk = self.exactly(octets);
        assert_eq!(self.exactly(2), b"\r\n");
        chunk
    }

    /// All that comes until the server closes: in order, not by a reset.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.io.read_to_end(&mut rest).expect("an orderly end within the time");
        rest
    }

    /// That the server closes and says nothing more.
    pub(crate) fn assert_end(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "after the end: {:?}", String::from_utf8_lossy(&rest));
    }
}
