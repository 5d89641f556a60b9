//! Invented messages of one client: in the shapes and at the times that each transport would have them.

use super::layers::{Shape, shape, times};
use pushbench::clock::MILLISECOND;
use pushbench::kind::{Carrier, Transport};
use pushbench::timeline::Message;
use pushbench::totals::Layers;

const MS: i64 = MILLISECOND as i64;
/// Steady begins so long after t0.
const STEADY: i64 = 1000 * MS;
/// Between two polls; the first poll of steady; what is followed of it at least.
const POLLS: i64 = 300 * MS;
const FIRST: i64 = 130 * MS;
const WINDOW: i64 = 675 * MS;
/// Updates that are kept.
const MOST: usize = 18;
/// From one side to the other, and from a question to its answer.
const FLIGHT: i64 = MS / 25;
const WORK: i64 = MS / 10;

fn message(up: bool, what: &str, sent_ns: i64, layers: Layers) -> Message {
    Message { up, what: what.into(), sent_ns, received_ns: sent_ns + FLIGHT, layers }
}

/// Of a client that follows a feed of so many updates a second.
pub(crate) fn timeline(transport: Transport, carrier: Carrier, rate: u32) -> Vec<Message> {
    let every = 1000 * MS / i64::from(rate);
    let end = STEADY + WINDOW.max(every * 17 / 4);
    let mut messages = setup(transport, carrier);
    let Shape { up, answer, update } = shape(transport, carrier);
    let answered = |updates: i64| {
        let mut layers = answer;
        layers += times(update, updates.unsigned_abs());
        layers
    };
    let updates = (0..).map(|number| STEADY + number * every).take_while(|at| *at <= end).take(MOST);
    match transport {
        Transport::Polling => {
            let mut before = STEADY - POLLS + FIRST;
            for at in (0..).map(|n| STEADY + FIRST + n * POLLS).take_while(|at| *at < end) {
                let new = (before / every + 1..=at / every).count();
                messages.push(message(true, "GET", at, up));
                let what = if new > 0 { "200" } else { "204" };
                messages.push(message(false, what, at + WORK, answered(i64::try_from(new).expect("few"))));
                before = at;
            }
        }
        Transport::LongPolling => {
            for at in updates {
                messages.push(message(false, "200", at + WORK, answered(1)));
                messages.push(message(true, "GET", at + 2 * WORK, up));
            }
        }
        Transport::Sse => messages.extend(updates.map(|at| message(false, "event", at + WORK, update))),
        Transport::Websocket => messages.extend(updates.map(|at| message(false, "frame", at + WORK, update))),
        Transport::RawTcp => messages.extend(updates.map(|at| message(false, "update", at + WORK, update))),
    }
    messages
}

fn setup(transport: Transport, carrier: Carrier) -> Vec<Message> {
    let (tls, headers) = (|tls| Layers { tls, ..Layers::default() }, |headers| Layers { headers, ..Layers::default() });
    let mut at = -60 * MS;
    let mut messages = Vec::new();
    let mut say = |up, what: &str, after: i64, layers| {
        at += after;
        messages.push(message(up, what, at, layers));
    };
    if carrier.has_tls() {
        say(true, "TLS", 0, tls(340));
        say(false, "TLS", MS, tls(1060));
        say(true, "TLS", MS / 2, tls(80));
    }
    if carrier.is_h2() {
        let control = |control| Layers { control, ..Layers::default() };
        say(true, "PRI, SETTINGS, WINDOW_UPDATE", MS / 5, control(70));
        say(false, "SETTINGS, WINDOW_UPDATE", MS / 5, control(53));
    }
    match transport {
        Transport::Polling => {}
        Transport::LongPolling => say(true, "GET", MS / 5, shape(transport, carrier).up),
        Transport::Sse => {
            say(true, "GET", MS / 5, headers(71));
            say(false, "200", MS / 5, headers(146));
        }
        Transport::Websocket | Transport::RawTcp => {
            say(true, if carrier.is_h2() { "CONNECT" } else { "GET" }, MS / 5, headers(171));
            say(false, if carrier.is_h2() { "200" } else { "101" }, MS / 5, headers(129));
        }
    }
    messages
}
