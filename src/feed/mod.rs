//! The feed: the one source of updates.
//!
//! A [`publisher`] on a thread of its own appends updates to the [`ring`] when they are due; every worker of the
//! server keeps a copy of it that it alone reads, its [`hub`], brought up to date once per wake. So the only lock that
//! workers share is taken once per wake and worker, however many readers there are.

pub mod hub;
pub mod publisher;
pub mod ring;
