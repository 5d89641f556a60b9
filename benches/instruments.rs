//! What the instruments cost per update: recording a delivery, placing its octets, the portable link; the oracle, after
//! the trial. And what a client takes for an update in all, so that each can be said as a share:
//!
//! ```text
//! dissect/websocket/100         ÷  client's CPU/websocket, h1
//! dissect/websocket, h2/100     ÷  client's CPU/websocket, h2
//! ```
//!
//! Dissecting is to be 5 % at most.

mod brief;
mod instrument;
mod world;

use criterion::{criterion_group, criterion_main};
use instrument::{client, dissect, link, record};

criterion_group! {
    name = instruments;
    config = brief::nanoseconds();
    targets = record::record, record::oracle, dissect::dissect
}
criterion_group! {
    name = sockets;
    config = brief::microseconds();
    targets = link::link, client::cpu
}
criterion_main!(instruments, sockets);
