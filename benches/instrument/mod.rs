//! The instruments, a file each.

pub(crate) mod client;
pub(crate) mod dissect;
pub(crate) mod link;
pub(crate) mod record;
