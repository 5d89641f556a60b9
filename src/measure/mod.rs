//! Measuring: what one client receives ([`meter`]), what a process uses ([`process`]), whether it ran ([`stall`]).

pub mod meter;
pub mod process;
pub mod stall;
