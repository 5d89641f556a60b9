//! Long polling: ask; the server answers when something is new (RFC 6202, 2).
//!
//! ```text
//! > GET /long-polling?since=16 HTTP/1.1   … until update 17 is published, or 30 s
//! > host: 127.0.0.1:8080                  < HTTP/1.1 200 OK
//! >                                       < cursor: 17
//!                                         < content-type: text/plain
//!                                         < cache-control: no-store
//!                                         < content-length: 20
//!                                         < date: Sat, 21 Nov 2026 10:00:00 GMT
//!                                         <
//!                                         < 0000000000000017 abc
//! > GET /long-polling?since=17 HTTP/1.1   … what is published from here on until it arrives waits
//! ```
//!
//! What one update costs here: a request and a response, or its share of them where several queued up in between.
//! An update that comes while no request is at the server waits for the next one: up to a round trip. Conditional and in gzip: see [`poll`].

use super::ask::{self, Ask};
use super::poll::{self, Asker};
use super::room::{Course, Reply, Room};
use crate::feed::hub::Cursor;
use crate::kind::Transport;
use crate::sink::Sink;
use crate::update;
use crate::wire::exchange::{Broken, Exchange};
use std::convert::Infallible;
use std::time::Duration;

/// The room.
pub struct LongPolling;

impl Room for LongPolling {
    fn serve(ask: Ask, cursor: Cursor) -> Reply {
        let (terms, mut cursor) = poll::terms(&ask, cursor);
        let hold_ns = ask.hold_ns;
        Reply::Held(Box::pin(async move {
            // whatever ends the wait, the answer is complete: a batch, or 204 (304) after the timeout or on closing
            let _ = tokio::time::timeout(Duration::from_nanos(hold_ns), cursor.ready()).await;
            terms.meet(&mut cursor)
        }))
    }

    async fn follow<S: Sink>(exchange: &mut Exchange, course: &mut Course, sink: &mut S) -> Result<Infallible, Broken> {
        exchange.connect().await?;
        sink.opened();
        let hold = if course.hold_ns == ask::HOLD { String::new() } else { format!("&timeout={}ns", course.hold_ns) };
        let mut asker = Asker::new(Transport::LongPolling, course, &hold);
        loop {
            let response = exchange.send(asker.request(course)).await?;
            sink.answered(update::split(&asker.batch(&response)?, course.encoding));
            exchange.settle().await;
            course.since = asker.standing(&response, course, sink)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{MILLISECOND, SECOND};
    use crate::feed::hub::Hub;
    use crate::feed::ring::{Entry, Feed};
    use crate::kind::{Answer, Compression, Encoding};
    use crate::transport::room;
    use hyper::body::Body;

    /// A held poll whose update is forgotten before it is answered, as after a freeze of the server.
    #[tokio::test(flavor = "current_thread")]
    async fn a_held_poll_that_fell_behind_says_what_is_gone() {
        let feed = Feed::new(10 * MILLISECOND);
        let hub = Hub::new(&feed);
        let ask = Ask {
            since: Some(0),
            hold_ns: 60 * SECOND,
            answer: Answer::All,
            encoding: Encoding::Text,
            compression: Compression::None,
            stalled: Duration::from_secs(1),
            silent: Duration::from_secs(1),
            largest_message: 1,
            tunnel: false,
            headers: hyper::HeaderMap::new(),
        };
        let Reply::Held(held) = LongPolling::serve(ask, hub.cursor(Some(0))) else { panic!("a long poll is held") };
        let publish = async {
            tokio::task::yield_now().await;
            feed.append((1..=100).map(|n| Entry::new(n, n * MILLISECOND, update::encode(n, 20, Encoding::Text))));
            std::future::pending::<()>().await;
        };
        let response = tokio::select! {
            biased;
            response = held => response,
            () = hub.run(std::time::Duration::ZERO) => unreachable!("it never ends"),
            () = publish => unreachable!("it never ends"),
        };
        assert_eq!(response.headers()[room::LOST], "89");
        assert_eq!(response.headers()[room::CURSOR], "100");
        assert_eq!(response.body().size_hint().exact(), Some(11 * 20 + 10));
    }
}
