//! Statistics against an independent implementation, and against what chance alone does.

mod alarms;
mod draw;
mod scipy;
