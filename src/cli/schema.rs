//! `pushbench schema`

use super::failure::Failure;
use super::output;
use crate::scenario::schema;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn execute(self) -> Result<(), Failure> {
        output::print(&schema::text())
    }
}
