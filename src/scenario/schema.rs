//! The scenario file's JSON schema, by which an editor explains keys, completes them and marks what cannot be right.
//!
//! It is made of the types that read the file, so that it has their keys and no others. What hangs on several keys, or on
//! a duration's length, only the checks know: the schema lets it pass. It refuses nothing that a run would take, but for
//! one thing: a value out of its range, or a list without an element, is marked although a sweep or a flag may put
//! another one in its place.

use super::file::{File, WHOLE};
use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Map, Value, json};

/// The schema, as JSON to be read by people, too.
///
/// In draft 7, which every editor's validator knows.
#[must_use]
pub fn text() -> String {
    let mut schema = SchemaSettings::draft07()
        .with(|settings| settings.inline_subschemas = true)
        .with_transform(RecursiveTransform(without_null))
        .with_transform(RecursiveTransform(with_plain_enum))
        .with_transform(RecursiveTransform(with_one_line))
        .into_generator()
        .into_root_schema_for::<File>();
    let (sweep, beside) = (sweep_of(&schema), beside_of(&schema));
    if let Some(Value::Object(keys)) = schema.get_mut("properties") {
        keys.insert("sweep".into(), sweep);
        keys.insert("beside".into(), beside);
    }
    format!("{:#}\n", schema.to_value())
}

/// TOML has no null: a key is there or is not. Of a number's format only the range means anything outside of Rust.
fn without_null(schema: &mut Schema) {
    schema.remove("format");
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &mut types[..] {
            let only = only.take();
            schema.insert("type".into(), only);
        }
    }
    let some = match schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([Value::Object(some), null]) if *null == json!({ "type": "null" }) => some.clone(),
        _ => return,
    };
    schema.remove("anyOf");
    for (word, value) in some {
        // what is said of the key says more than what is said of its type
        if schema.get(&word).is_none() {
            schema.insert(word, value);
        }
    }
}

/// One list of names in place of an alternative for each: the error then says what would be right. What each means goes
/// where taplo looks for it.
fn with_plain_enum(schema: &mut Schema) {
    let Some(Value::Array(names)) = schema.get("oneOf") else { return };
    let named = |word| names.iter().map(|name| name.get(word).cloned()).collect::<Option<Vec<_>>>();
    if let (Some(names), Some(meanings)) = (named("const"), named("description")) {
        schema.remove("oneOf");
        schema.insert("type".into(), "string".into());
        schema.insert("enum".into(), names.into());
        schema.insert("x-taplo".into(), json!({ "docs": { "enumValues": meanings } }));
    }
}

/// Where the source's lines end means nothing in an editor.
fn with_one_line(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        *description = description.replace('\n', " ");
    }
}

/// What `[beside]` may hold: the keys of `file`, none of them needed.
fn beside_of(file: &Schema) -> Value {
    let keys = file.get("properties").and_then(Value::as_object).map_or_else(Map::new, |keys| {
        let free = keys.iter().filter(|(key, _)| !WHOLE.contains(&key.as_str()));
        free.map(|(key, schema)| {
            let mut schema = schema.clone();
            if let Value::Object(words) = &mut schema {
                words.remove("required");
                words.remove("default");
            }
            (key.clone(), schema)
        })
        .collect()
    });
    json!({
        "description": "Each trial once more, in the first block alone, with these values in place of the scenario's.",
        "type": "object",
        "properties": keys,
        "additionalProperties": false,
    })
}

/// What `[sweep]` may hold: the keys of `file`, each with a list of its values.
fn sweep_of(file: &Schema) -> Value {
    let mut names = Vec::new();
    let mut keys = file.get("properties").and_then(Value::as_object).map_or_else(Map::new, |keys| {
        let swept = keys.iter().filter(|(key, _)| !WHOLE.contains(&key.as_str()));
        swept.map(|(key, schema)| (key.clone(), lists_of(key, schema, &mut names))).collect()
    });
    let together = json!({
        "description": "Keys that go in step, first value with first value, in place of every combination: \
                        `[[\"clients\", \"feed.rate\"]]`.",
        "type": "array",
        "items": { "type": "array", "items": { "enum": names } },
    });
    keys.insert("together".into(), together);
    json!({
        "description": "Only what stands here expands: keys of the scenario, each with a list of values, in every \
                        combination. A key of one transport's table concerns that transport alone.",
        "type": "object",
        "properties": keys,
        "additionalProperties": false,
    })
}

/// The values that `key` takes in turn: a list, or, for a table, lists under its keys. Adds to `names` what there is.
fn lists_of(key: &str, schema: &Value, names: &mut Vec<String>) -> Value {
    names.push(key.to_owned());
    let mut item = schema.clone();
    let mut list = json!({ "type": "array", "minItems": 1 });
    if let Value::Object(words) = &mut item {
        words.remove("default");
        list["description"] = words.remove("description").unwrap_or_default();
    }
    if let Some(Value::Object(inner)) = schema.get("properties") {
        // a whole table is a value like any other
        list["type"] = json!(["object", "array"]);
        list["additionalProperties"] = false.into();
        let lists = inner.iter().map(|(name, inner)| (name.clone(), lists_of(&format!("{key}.{name}"), inner, names)));
        list["properties"] = lists.collect::<Map<_, _>>().into();
    }
    list["items"] = item;
    list
}
