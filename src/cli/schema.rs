//! `pushbench schema`

use super::failure::Failure;
use super::output;
use crate::report::json;
use crate::scenario::schema;
use crate::schemas;
use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(super) struct Schema {
    /// Of what
    #[arg(long, value_name = "FORM", default_value = "scenario")]
    of: Form,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// The scenario file, for editors
    Scenario,
    /// What `--json` prints
    Summary,
    /// A line of `record.ndjson`
    Record,
}

impl Schema {
    pub(super) fn execute(self) -> Result<(), Failure> {
        output::print(&match self.of {
            Form::Scenario => schema::text(),
            Form::Summary => json::schema(),
            Form::Record => schemas::record(),
        })
    }
}
