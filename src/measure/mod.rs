//! Measuring: what one client receives ([`meter`]), and against what is expected ([`oracle`]), what a process uses ([`process`]), whether it ran ([`stall`]).

pub mod known_delay;
pub mod meter;
pub mod oracle;
pub mod process;
pub mod settling;
pub mod stall;
