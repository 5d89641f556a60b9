//! The report: what is rendered from a record alone.
//!
//! A [`Page`] holds every figure as it will be read; [`terminal`], [`html`] and the exports only lay it out. The same
//! record gives the same bytes: no clock, no environment, no chance.

mod account;
mod across;
mod aspects;
mod cells;
mod charts;
mod claim;
pub mod compare;
mod console;
pub mod csv;
mod curves;
mod doubts;
mod draw;
mod environment;
mod expected;
pub mod export;
mod extent;
mod figures;
mod follow;
mod font;
mod group;
mod heads;
mod hgrm;
mod hlog;
pub mod html;
mod instrument;
pub mod json;
pub mod junit;
mod layers;
mod link;
pub mod markdown;
mod markup;
mod measures;
mod metric;
mod name;
mod number;
pub mod openmetrics;
mod outline;
mod page;
mod pairing;
mod palette;
mod panels;
mod percentiles;
pub mod pictures;
mod predicted;
mod row;
mod scale;
mod seconds;
mod settings;
mod spread;
mod sweep;
mod tables;
pub mod terminal;
mod thresholds;
mod trials;
mod words;

pub use group::Undecodable;
pub use outline::Outline;
pub use page::Page;
