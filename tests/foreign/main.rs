//! Clients that are not ours against the real binary's `serve`: curl, an independent WebSocket implementation in Rust,
//! Python's or Node's, and plain sockets that say what no library would. Autobahn's cases
//! need an echo, and stand apart (`tests/autobahn/run`).
//!
//! A client that is not installed is skipped, which is said on standard error; with `PUSHBENCH_NO_SKIP=1` that is a
//! failure.

mod carriers;
mod conditional;
mod curl;
mod duties;
mod frames;
mod http;
mod junit;
mod scripts;
mod served;
mod websocket;
mod websocket_errors;

use std::time::Duration;

/// How long anything that must happen may take. Only a failure ever waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
