//! pushbench: what it costs to bring a server's updates to its clients, measured.
//!
//! The house and its floors are drawn in `docs/architecture.md`; imports point to a strictly lower floor.

pub mod clock;
pub mod feed;
pub mod histogram;
pub mod kind;
pub mod record;
pub mod report;
pub mod schedule;
pub mod sink;
pub mod stats;
pub mod theory;
pub mod totals;
pub mod trial;
pub mod update;
