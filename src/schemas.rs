//! JSON schemas of what pushbench writes for programs, each named by the version of its form:
//! `urn:pushbench:schema:record:1`.
//!
//! They are made of the types that write and read, so that they cannot say anything else. The one of the scenario file,
//! which has no version of its own, is `scenario::schema`'s.

use crate::record::{self, Line};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};

/// That of a line of `record.ndjson`, of this version and every earlier one: as it is read, so that what only later versions
/// wrote is not asked for. Keys that it does not know it lets pass, as readers do.
#[must_use]
pub fn record() -> String {
    text::<Line>("record", record::FORMAT, SchemaSettings::draft2020_12().for_deserialize())
}

/// That of a `T` as it is written: every key that is always there is asked for.
pub(crate) fn written<T: JsonSchema>(what: &str, format: u32) -> String {
    text::<T>(what, format, SchemaSettings::draft2020_12().for_serialize())
}

fn text<T: JsonSchema>(what: &str, format: u32, settings: SchemaSettings) -> String {
    let generator = settings.with_transform(RecursiveTransform(plain)).into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("$id".into(), format!("urn:pushbench:schema:{what}:{format}").into());
    schema.insert("title".into(), format!("pushbench {what}, format {format}").into());
    format!("{:#}\n", schema.to_value())
}

/// Formats such as `uint64` are Rust's, and strict validators stop at them; where the source's lines end means nothing here.
fn plain(schema: &mut Schema) {
    schema.remove("format");
    if let Some(description) = schema.get("description").and_then(|text| text.as_str()) {
        let description = description.replace('\n', " ");
        schema.insert("description".into(), description.into());
    }
}
