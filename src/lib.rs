//! pushbench: what it costs to bring a server's updates to its clients, measured.
//!
//! The house and its floors are drawn in `docs/architecture.md`; imports point to a strictly lower floor.

pub mod child;
pub mod claim;
pub mod cli;
pub mod clock;
pub mod control;
pub mod dissect;
pub mod explain;
pub mod feed;
pub mod forwarded;
pub mod forwarder;
pub mod gzip;
pub mod heads;
pub mod histogram;
pub mod hpack;
pub mod human;
pub mod kind;
pub mod link;
pub mod load;
pub mod measure;
pub mod namespace;
pub mod near;
pub mod pacing;
pub mod plan;
pub mod preset;
pub mod profile;
pub mod record;
pub mod redact;
pub mod replay;
pub mod report;
pub mod run;
pub mod scenario;
pub mod schedule;
pub mod serve;
pub mod server;
pub mod sink;
pub mod stats;
pub mod system;
pub mod theory;
pub mod timeline;
pub mod totals;
pub mod transport;
pub mod trial;
pub mod update;
pub mod wire;
