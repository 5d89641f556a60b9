//! What both polls say on the wire: the request for what is new, and its answer.
//!
//! In gzip the server codes an answer's body where that makes it smaller, once for all clients that are as far. nginx
//! guesses that from the body's length (`gzip_min_length`); here the result itself says it.
//!
//! A *conditional* poll (RFC 9110, 13) repeats one URL. Where the client stands is in `If-None-Match`, as the tag that the
//! last answer gave; where nothing is new, it is answered 304 (15.4.5):
//!
//! ```text
//! > GET /polling HTTP/1.1                 < HTTP/1.1 200 OK
//! > host: 127.0.0.1:8080                  < etag: "18"
//! > if-none-match: "16"                   < content-type: text/plain
//! >                                       < cache-control: no-store
//!                                         < content-length: 41
//!                                         < date: Sat, 21 Nov 2026 10:00:00 GMT
//!                                         <
//!                                         < 0000000000000017 abc
//!                                         < 0000000000000018 abc
//! > GET /polling HTTP/1.1                 < HTTP/1.1 304 Not Modified
//! > host: 127.0.0.1:8080                  < etag: "18"
//! > if-none-match: "18"                   < cache-control: no-store
//! >                                       < date: Sat, 21 Nov 2026 10:00:01 GMT
//!                                         <
//! ```
//!
//! With `answer=latest` that is HTTP as it is meant: the resource is the newest update, its tag that update's number, and
//! whoever keeps it must ask before it is used again (`no-cache`). With `answer=all` the tag is a cursor, which is what
//! nchan makes of it: the answer hangs on the tag, so that nobody may keep it (`no-store`). A tag is strong, but weak where
//! the answer may come in gzip (`W/"18"`, as nginx has it): the same tag then stands for other octets (8.8.3.3).

use super::ask::Ask;
use super::room::{self, Course, Updates};
use crate::feed::hub::Cursor;
use crate::gzip::Unpacker;
use crate::kind::{Answer, Encoding, Transport};
use crate::sink::Sink;
use crate::wire::exchange::Broken;
use bytes::Bytes;
use http_body_util::{Empty, Full};
use hyper::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, VARY};
use hyper::{Request, Response, StatusCode};

/// How a poll is to be answered.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    answer: Answer,
    encoding: Encoding,
    gzip: bool,
    condition: Condition,
}

/// What `If-None-Match` says (RFC 9110, 13.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// It is not there.
    None,
    /// That the client stands behind this update; `*`: that it has whatever there is.
    Match(Option<u64>),
    /// A tag that no answer had: nothing matches it.
    Unknown,
}

impl Condition {
    fn read(headers: &HeaderMap) -> Condition {
        let mut values = headers.get_all(IF_NONE_MATCH).iter().peekable();
        if values.peek().is_none() {
            return Condition::None;
        }
        let tags: Vec<&str> =
            values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim).collect();
        match tags.iter().filter_map(|tag| number(tag)).max() {
            Some(newest) => Condition::Match(Some(newest)),
            None if tags == ["*"] => Condition::Match(None),
            None => Condition::Unknown,
        }
    }
}

/// The number in a tag. Weak or not makes no difference to `If-None-Match`.
fn number(tag: &str) -> Option<u64> {
    let digits = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What `ask` wants, and from where: a tag stands above `?since=`.
#[must_use]
pub fn terms(ask: &Ask, cursor: Cursor) -> (Terms, Cursor) {
    let condition = Condition::read(&ask.headers);
    let cursor = match condition {
        Condition::Match(since) => cursor.hub().cursor(since),
        Condition::None | Condition::Unknown => cursor,
    };
    (Terms { answer: ask.answer, encoding: ask.encoding, gzip: ask.in_gzip(), condition }, cursor)
}

impl Terms {
    /// What is there for the reader, as one batch; else that there is nothing: 304 to one who said where it stands, or
    /// 204.
    #[must_use]
    pub fn meet(self, cursor: &mut Cursor) -> Response<Updates> {
        let batch = match self.gzip {
            true => cursor.take_packed(self.answer, self.encoding),
            false => cursor.take_batch(self.answer, self.encoding).map(|batch| (batch, false)),
        };
        let status = match (&batch, self.condition) {
            (Some(_), _) => StatusCode::OK,
            (None, Condition::Match(_)) => StatusCode::NOT_MODIFIED,
            (None, _) => StatusCode::NO_CONTENT,
        };
        let (body, packed) = batch.map_or((Updates::none(), false), |(b, p)| (Updates::Whole(Full::new(b)), p));
        let mut response = match self.condition {
            Condition::None => room::head(status, cursor, body),
            _ => room::tagged(status, cursor, self.tag(cursor), body),
        };
        let headers = response.headers_mut();
        if status == StatusCode::OK {
            headers.insert(CONTENT_TYPE, content_type(self.encoding));
        }
        if packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        // only what may be kept can be the wrong one of two codings
        let kept = self.condition != Condition::None && self.answer == Answer::Latest;
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(if kept { "no-cache" } else { "no-store" }));
        if kept && self.gzip {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }

    fn tag(self, cursor: &Cursor) -> HeaderValue {
        let weak = if self.gzip { "W/" } else { "" };
        tag(weak, cursor.position())
    }
}

fn tag(weak: &str, number: u64) -> HeaderValue {
    HeaderValue::try_from(format!("{weak}\"{number}\"")).expect("digits in quotes")
}

fn content_type(encoding: Encoding) -> HeaderValue {
    HeaderValue::from_static(match encoding {
        Encoding::Text => "text/plain",
        Encoding::Binary => "application/octet-stream",
        Encoding::Json => "application/x-ndjson",
    })
}

/// A client's half of its polls.
#[derive(Debug)]
pub struct Asker {
    transport: Transport,
    /// The part of the query that is the same every time.
    query: String,
    /// The last answer's; sent back as it came.
    tag: Option<HeaderValue>,
    unpacker: Unpacker,
}

impl Asker {
    /// A client that asks with `query`, parts of one that each begin with `&`, beside what its course needs.
    #[must_use]
    pub fn new(transport: Transport, course: &Course, query: &str) -> Asker {
        let answer = match course.answer {
            Answer::All => String::new(),
            other => format!("&answer={}", other.name()),
        };
        Asker { transport, query: format!("{answer}{query}"), tag: None, unpacker: Unpacker::default() }
    }

    /// The next request. One that is conditional and the client's first has the tag of the feed before its first update,
    /// or of where the client stood when its connection broke.
    #[must_use]
    pub fn request(&self, course: &Course) -> Request<Empty<Bytes>> {
        let query = &self.query;
        if !course.conditional {
            return room::request(self.transport, format_args!("?since={}{query}", course.since), &course.head);
        }
        let (sign, query) = if query.is_empty() { ("", "") } else { ("?", &query[1..]) };
        let mut request = room::request(self.transport, format_args!("{sign}{query}"), &course.head);
        let tag = self.tag.clone().unwrap_or_else(|| tag("", course.since));
        request.headers_mut().insert(IF_NONE_MATCH, tag);
        request
    }

    /// The batch in an answer, unpacked.
    ///
    /// # Errors
    /// When it is coded, and not as it says.
    pub fn batch(&mut self, response: &Response<Bytes>) -> Result<Bytes, Broken> {
        match room::is_gzip(response) {
            false => Ok(response.body().clone()),
            true => self.unpacker.unpack(response.body()).ok_or_else(|| Broken::Protocol("its gzip is none".into())),
        }
    }

    /// Where the reader stands behind an answer; tells the sink what is gone.
    ///
    /// # Errors
    /// When the answer does not say where.
    pub fn standing<T>(
        &mut self,
        response: &Response<T>,
        course: &Course,
        sink: &mut impl Sink,
    ) -> Result<u64, Broken> {
        if !course.conditional {
            return room::standing(response, course.since, sink);
        }
        self.tag = response.headers().get(ETAG).cloned();
        let standing = self.tag.as_ref().and_then(|tag| number(tag.to_str().ok()?));
        room::tell_lost(response, course.since, sink);
        standing.ok_or_else(|| Broken::Protocol("no `etag` in the answer".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(fields: &[&'static str]) -> Condition {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(field));
        }
        Condition::read(&headers)
    }

    #[test]
    fn a_condition_is_read_as_a_list_of_tags() {
        assert_eq!(condition(&[]), Condition::None);
        for fields in [&["\"17\""][..], &["W/\"17\""], &["\"x\", \"16\",W/\"17\""], &["\"17\"", "\"3\""]] {
            assert_eq!(condition(fields), Condition::Match(Some(17)), "{fields:?}");
        }
        assert_eq!(condition(&["*"]), Condition::Match(None));
        for fields in [&["17"][..], &["\"\""], &["\"+1\""], &["\"x\""], &["*, \"y\""], &["w/\"17\""], &[""]] {
            assert_eq!(condition(fields), Condition::Unknown, "{fields:?}");
        }
    }
}
