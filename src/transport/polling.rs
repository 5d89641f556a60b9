//! Polling: ask every T; the answer is what is new, or nothing.
//!
//! ```text
//! > GET /polling?since=16 HTTP/1.1        < HTTP/1.1 200 OK
//! > host: 127.0.0.1:8080                  < cursor: 18
//! >                                       < content-type: text/plain
//!                                         < cache-control: no-store
//!                                         < content-length: 41
//!                                         < date: Sat, 21 Nov 2026 10:00:00 GMT
//!                                         <
//!                                         < 0000000000000017 abc
//!                                         < 0000000000000018 abc
//! > GET /polling?since=18 HTTP/1.1        < HTTP/1.1 204 No Content
//! > host: 127.0.0.1:8080                  < cursor: 18
//! >                                       < cache-control: no-store
//!                                         < date: Sat, 21 Nov 2026 10:00:01 GMT
//!                                         <
//! ```
//!
//! What one update costs here: its share of a request and a response, the smaller the more updates share them; and
//! the requests that brought nothing. Conditional and in gzip: see [`poll`]. It waits for the next poll: T/2 on average.

use super::ask::Ask;
use super::poll::{self, Asker};
use super::room::{Course, Reply, Room};
use crate::feed::hub::Cursor;
use crate::kind::Transport;
use crate::sink::Sink;
use crate::update;
use crate::wire::exchange::{Broken, Exchange};
use std::convert::Infallible;

/// The room.
pub struct Polling;

impl Room for Polling {
    fn serve(ask: Ask, cursor: Cursor) -> Reply {
        let (terms, mut cursor) = poll::terms(&ask, cursor);
        Reply::Response(terms.meet(&mut cursor))
    }

    async fn follow<S: Sink>(exchange: &mut Exchange, course: &mut Course, sink: &mut S) -> Result<Infallible, Broken> {
        exchange.connect().await?;
        sink.opened();
        let mut asker = Asker::new(Transport::Polling, course, "");
        loop {
            sink.skipped(course.pacer.turn().await);
            let response = exchange.send(asker.request(course)).await?;
            sink.answered(update::split(&asker.batch(&response)?, course.encoding));
            exchange.settle().await;
            course.since = asker.standing(&response, course, sink)?;
        }
    }
}
