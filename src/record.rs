//! The record: what a run leaves on disk. Everything a report needs, nothing rendered.
//!
//! One file, `record.ndjson`, a JSON object a line, told apart by the key `line`:
//!
//! ```text
//! {"line":"header","format":2,"scenario":{…},"environment":{…},…}
//! {"line":"calibration","null":{…},"delay":{…},…}
//! {"line":"settling","warmup_ns":600000000,"pilots":[{…},…],…}
//! {"line":"trial","block":1,"order":1,"trial":{…},"outcome":{"measured":{…}}}
//! {"line":"trial","block":1,"order":2,"trial":{…},"outcome":{"error":{…}}}
//! {"line":"end","reason":"interrupted","trials":2}
//! {"line":"resumed","trials":2,"retried":1,"environment":{…},…}
//! {"line":"trial","block":1,"order":2,"trial":{…},"outcome":{"measured":{…}}}
//! {"line":"end","reason":"finished","trials":15}
//! ```
//!
//! It is only ever appended to, and every line is on the disk before the next trial starts. A last line without its
//! end is what a crash leaves: it is ignored, and cut off when the run is resumed. A trial that is made again stands in
//! place of the one before. Keys that this version does not know are passed over.

mod line;
mod read;
mod writer;

pub use line::{
    Agreement, End, EndReason, Environment, FORMAT, Failure, Header, Line, Measured, Outcome, Paired, Resumed,
    ScenarioText, Side, Stop, TrialLine,
};
pub use read::{Recalibrated, Record, Unreadable, lines};
pub use writer::{FILE, Writer};
