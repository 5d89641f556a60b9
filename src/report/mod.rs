//! The report: what is rendered from a record alone.
//!
//! A [`Page`] holds every figure as it will be read; [`terminal`] and [`html`] only lay it out. The same record gives the
//! same bytes: no clock, no environment, no chance.

mod account;
mod aspects;
mod cells;
mod charts;
mod curves;
mod doubts;
mod draw;
mod environment;
mod figures;
mod group;
pub mod html;
mod measures;
mod metric;
mod number;
mod outline;
mod page;
mod panels;
mod sweep;
pub mod terminal;
mod words;

pub use group::Undecodable;
pub use outline::Outline;
pub use page::Page;
