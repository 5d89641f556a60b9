//! Messages for programs: one JSON document.

use super::message::{Layer, Message, Part, Wire};
use super::print::of;
use super::recording::Recording;
use crate::totals::{Layers, Ways};
use crate::wire::dissect::ledger::Way;
use serde_json::{Map, Value, json};

/// The document, on a line of its own.
#[must_use]
pub fn render(recording: &Recording, messages: &[Message]) -> String {
    let [client, server, kernel] = recording.counts;
    let document = json!({
        "transport": recording.transport,
        "carrier": recording.carrier,
        "encoding": recording.encoding,
        "updates": recording.updates,
        "payload": recording.payload,
        "messages": messages.iter().map(message).collect::<Vec<_>>(),
        "ledger": { "up": layers(&recording.ledger.up), "down": layers(&recording.ledger.down) },
        "socket": { "client": counts(client), "server": counts(server), "kernel": counts(kernel) },
    });
    format!("{document}\n")
}

fn message(message: &Message) -> Value {
    json!({
        "direction": if message.way == Way::Up { "up" } else { "down" },
        "time_ns": message.at,
        "octets": message.octets(),
        "title": message.title,
        "parts": message.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

fn part(part: &Part) -> Value {
    let (wire, written) = match &part.wire {
        Wire::Nothing => (Value::Null, Value::Null),
        Wire::Hex(hex) => (json!(hex), json!("hex")),
        Wire::Text(text) => (json!(text), json!("text")),
    };
    let lesson = part.lessons.first();
    json!({
        "layer": part.layer.name(),
        "octets": part.octets,
        "wire": wire,
        "written": written,
        "text": part.meaning,
        "explanation": lesson.map(|lesson| lesson.text),
        "rfc": lesson.map(|lesson| lesson.source),
    })
}

fn layers(layers: &Layers) -> Value {
    let mut all = Map::new();
    for layer in Layer::ALL {
        all.insert(layer.name().into(), of(layers, layer).into());
    }
    all.insert("total".into(), layers.total().into());
    all.into()
}

fn counts(counts: Option<Ways<u64>>) -> Value {
    counts.map_or(Value::Null, |counts| json!({ "up": counts.up, "down": counts.down }))
}
