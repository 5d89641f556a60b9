//! The transports, a room each; every room holds both halves of its protocol.
//!
//! [`room`] is the contract, [`ask`] what a request may say, [`poll`] what both polls do
//! alike. Here is the one place that knows all rooms: two `match`es, a half each.

pub mod ask;
pub mod long_polling;
pub mod poll;
pub mod polling;
pub mod raw_tcp;
pub mod room;
pub mod sse;
pub mod websocket;

use crate::feed::hub::Cursor;
use crate::kind::Transport;
use crate::sink::Sink;
use crate::wire::exchange::{Broken, Exchange};
use ask::Ask;
use room::{Course, Reply, Room};

/// The server's half: answers a request for updates.
pub fn serve(transport: Transport, ask: Ask, cursor: Cursor) -> Reply {
    match transport {
        Transport::Polling => polling::Polling::serve(ask, cursor),
        Transport::LongPolling => long_polling::LongPolling::serve(ask, cursor),
        Transport::Sse => sse::Sse::serve(ask, cursor),
        Transport::Websocket => websocket::Websocket::serve(ask, cursor),
        Transport::RawTcp => raw_tcp::RawTcp::serve(ask, cursor),
    }
}

/// The client's half: follows the feed until the connection breaks. `course` then knows from where to go on.
pub async fn follow<S: Sink>(
    transport: Transport,
    exchange: &mut Exchange,
    course: &mut Course,
    sink: &mut S,
) -> Broken {
    let end = match transport {
        Transport::Polling => polling::Polling::follow(exchange, course, sink).await,
        Transport::LongPolling => long_polling::LongPolling::follow(exchange, course, sink).await,
        Transport::Sse => sse::Sse::follow(exchange, course, sink).await,
        Transport::Websocket => websocket::Websocket::follow(exchange, course, sink).await,
        Transport::RawTcp => raw_tcp::RawTcp::follow(exchange, course, sink).await,
    };
    match end {
        Err(broken) => broken,
        Ok(never) => match never {},
    }
}
