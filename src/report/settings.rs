//! What a row's trials were asked to do, for programs: always the same keys, in base units, whatever was swept.

use super::aspects;
use crate::kind::Transport;
use crate::schedule::{Schedule, Timing};
use crate::trial::Trial;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A value for each of [`Settings::KEYS`]; null where it means nothing to the transport or to the feed.
pub(super) struct Settings(pub(super) [Value; 28]);

impl Settings {
    pub(super) const KEYS: [&'static str; 28] = [
        "carrier",
        "clients",
        "clients_per_connection",
        "feed",
        "rate",
        "burst",
        "speed",
        "payload",
        "encoding",
        "interval",
        "pacing",
        "hold",
        "answer",
        "connection",
        "headers",
        "cookie",
        "steady",
        "freeze",
        "conditional",
        "compression",
        "coalesce",
        "link",
        "rtt",
        "jitter",
        "bandwidth",
        "shared",
        "loss",
        "queue",
    ];

    /// Those of a (normalised) trial.
    pub(super) fn of(trial: &Trial) -> Settings {
        let (transport, feed, link) = (trial.transport, &trial.feed, &trial.link);
        let when = |applies: bool, value: Value| if applies { value } else { Value::Null };
        let (polls, asks) = (transport == Transport::Polling, transport.asks_each_time());
        let heads = !aspects::is_floor(transport);
        let listed = trial.headers.request.is_some() || trial.headers.response.is_some();
        let Feed { kind, size, speed } = Feed::of(&feed.schedule);
        Settings([
            json!(trial.carrier),
            json!(trial.clients),
            when(trial.carrier.is_h2(), json!(trial.clients_per_connection)),
            json!(kind),
            json!(feed.schedule.rate()),
            json!(size),
            json!(speed),
            json!(feed.payload),
            json!(feed.encoding),
            when(polls, json!(trial.polling.interval_ns)),
            when(polls, json!(trial.polling.pacing)),
            when(transport == Transport::LongPolling, json!(trial.hold_ns)),
            when(asks, json!(trial.answer)),
            when(asks, json!(trial.persistence)),
            when(heads, if listed { json!("listed") } else { json!(trial.headers.profile) }),
            when(heads, json!(trial.headers.cookie)),
            json!(trial.windows.steady_ns),
            json!(trial.faults.iter().map(|fault| fault.freeze_ns).sum::<u64>()),
            when(asks, json!(trial.conditional)),
            when(transport.has_content(), json!(trial.compression)),
            when(!asks, json!(trial.coalesce_ns)),
            when(!link.is_none(), json!(link.level)),
            json!(link.rtt_ns),
            json!(link.jitter_ns),
            json!(link.bandwidth),
            when(link.bandwidth.is_some(), json!(link.shared)),
            json!(link.loss),
            json!(link.queue),
        ])
    }
}

impl JsonSchema for Settings {
    fn schema_name() -> Cow<'static, str> {
        "Settings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = ["feed", "encoding", "pacing", "answer", "connection", "headers", "compression", "link"];
        let kind = |key: &str| match key {
            "carrier" => json!("string"),
            "clients" | "payload" | "steady" | "freeze" | "rtt" | "jitter" => json!("integer"),
            "rate" | "loss" => json!("number"),
            "conditional" | "shared" => json!(["boolean", "null"]),
            _ if names.contains(&key) => json!(["string", "null"]),
            _ => json!(["number", "null"]),
        };
        let each = Settings::KEYS.iter().map(|&key| (key.to_owned(), json!({ "type": kind(key) })));
        json_schema!({
            "description": "What the row's trials were asked to do, in base units; null where it means nothing to them.",
            "type": "object",
            "properties": each.collect::<Map<_, _>>(),
            "required": Settings::KEYS,
        })
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Settings::KEYS.iter().zip(&self.0))
    }
}

/// What only some feeds have.
struct Feed {
    kind: &'static str,
    size: Option<u32>,
    speed: Option<f64>,
}

impl Feed {
    fn of(schedule: &Schedule) -> Feed {
        match schedule {
            Schedule::Periodic { .. } => Feed { kind: "periodic", size: None, speed: None },
            Schedule::Poisson { .. } => Feed { kind: "poisson", size: None, speed: None },
            Schedule::Bursts { size, .. } => Feed { kind: "bursts", size: Some(*size), speed: None },
            Schedule::Replay(replay) => {
                let speed = match replay.timing {
                    Timing::Rate { .. } => None,
                    Timing::Timestamp { speed, .. } => Some(speed),
                };
                Feed { kind: "replay", size: None, speed }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Carrier;
    use crate::trial::Fault;

    #[test]
    fn keys_are_the_same_whatever_the_transport() {
        let text = r#"{"transport":"sse","carrier":"h1","clients":7,"feed":{"schedule":{"kind":"bursts","size":5,
            "gap_ns":0,"every_ns":500000000},"payload":20,"encoding":"text","seed":1,"retention_ns":1},
            "polling":{"interval_ns":9,"pacing":"fixed-rate"},"answer":"all","hold_ns":8,
            "windows":{"warmup_ns":1,"steady_ns":2,"drain_ns":3},"sockets":{"send_buffer":1,"max_segment":null}}"#;
        let mut trial: Trial = serde_json::from_str(text).expect("a trial");
        let of = |trial: &Trial| serde_json::to_value(Settings::of(trial)).expect("a map");
        let stream = of(&trial);
        assert_eq!(stream["rate"], json!(10.0));
        assert_eq!((&stream["burst"], &stream["interval"], &stream["answer"]), (&json!(5), &Value::Null, &Value::Null));
        trial.transport = Transport::Polling;
        let polling = of(&trial);
        assert_eq!(
            (&polling["interval"], &polling["hold"], &polling["answer"]),
            (&json!(9), &Value::Null, &json!("all"))
        );
        assert_eq!((&polling["clients_per_connection"], &polling["freeze"]), (&Value::Null, &json!(0)));
        trial.carrier = Carrier::H2;
        trial.faults = vec![Fault { at_ns: 1, freeze_ns: 3 }, Fault { at_ns: 9, freeze_ns: 4 }];
        let shared = of(&trial);
        assert_eq!((&shared["clients_per_connection"], &shared["freeze"]), (&json!(1), &json!(7)));
        trial.transport = Transport::RawTcp;
        assert_eq!(of(&trial)["headers"], Value::Null);
        let keys = |value: &Value| value.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys(&stream), keys(&polling));
    }
}
