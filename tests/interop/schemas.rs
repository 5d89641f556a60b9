//! The schemas of summary and record, held to what is written by validators that are not ours.

use crate::{GOLDEN, golden, page, python_with, says, skipped};
use jsonschema::Validator;
use pushbench::record::{self, Record};
use pushbench::report::json;
use pushbench::schemas;
use serde_json::{Value, json};
use std::process::Command;

const SCRIPT: &str = include_str!("schemas.py");

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn validator(schema: &Value) -> Validator {
    jsonschema::meta::validate(schema).expect("a schema");
    jsonschema::validator_for(schema).expect("a schema")
}

/// The lines of every committed record.
fn lines() -> Vec<Value> {
    let texts = GOLDEN.map(|name| std::fs::read_to_string(golden(name)).expect("committed"));
    texts.iter().flat_map(|text| text.lines()).map(parsed).collect()
}

/// The summary of every committed record.
fn summaries() -> Vec<Value> {
    let read = |name: &str| Record::read(&golden(name)).expect("committed");
    GOLDEN.map(|name| parsed(&json::line(&page(&read(name))))).into()
}

/// Closes `schema`, whose types are `types`: it lets no key pass that it does not know.
fn close(schema: &mut Value, types: &Value) {
    match schema {
        Value::Object(words) => {
            // the keys of a tagged variant: those of its type and the tag
            if words.contains_key("properties")
                && let Some(Value::String(place)) = words.remove("$ref")
            {
                let name = place.strip_prefix("#/$defs/").expect("a type of this schema");
                let Value::Object(inner) = types[name].clone() else { panic!("{name} is an object") };
                for (word, value) in inner {
                    match (words.get_mut(&word), value) {
                        (Some(Value::Object(keys)), Value::Object(more)) => keys.extend(more),
                        (Some(Value::Array(names)), Value::Array(more)) => names.extend(more),
                        (Some(_), _) => {}
                        (None, value) => drop(words.insert(word, value)),
                    }
                }
            }
            words.values_mut().for_each(|schema| close(schema, types));
            if words.contains_key("properties") {
                words.entry("additionalProperties").or_insert(false.into());
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(|schema| close(schema, types)),
        _ => {}
    }
}

#[test]
fn they_are_named_by_their_versions() {
    let schemas = [("summary", json::schema(), 1), ("record", schemas::record(), record::FORMAT)];
    for (of, text, format) in schemas {
        let schema = parsed(&text);
        assert_eq!(schema["$id"], format!("urn:pushbench:schema:{of}:{format}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let verb = Command::new(env!("CARGO_BIN_EXE_pushbench")).args(["schema", "--of", of]).output();
        let verb = verb.expect("the binary was built");
        assert!(verb.status.success() && verb.stdout == text.as_bytes(), "{of}");
    }
}

/// That each of them is as the schema has it, and has no key that it does not know.
fn assert_right(schema: &str, documents: &[Value]) {
    let schema = parsed(schema);
    let open = validator(&schema);
    let mut strict = schema.clone();
    close(&mut strict, &schema["$defs"]);
    let closed = validator(&strict);
    let mut unknown = documents[0].clone();
    unknown["unheard-of"] = true.into();
    assert!(open.is_valid(&unknown) && !closed.is_valid(&unknown));
    for document in documents {
        for validator in [&open, &closed] {
            let faults = validator.iter_errors(document);
            let faults = faults.map(|error| format!("{}: {error:.300}", error.instance_path()));
            assert_eq!(faults.collect::<Vec<_>>(), Vec::<String>::new());
        }
    }
}

#[test]
fn every_record_and_every_summary_is_right() {
    assert_right(&schemas::record(), &lines());
    assert_right(&json::schema(), &summaries());
}

/// The committed records are invented: what only a real run has is not in them.
#[test]
fn a_run_writes_what_the_schemas_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = Command::new(env!("CARGO_BIN_EXE_pushbench"));
    let carriers = ["--carrier", "h1,h2+tls", "--rtt", "0ms"];
    run.args(["run", "quick", "--repeats", "1", "--transport", "sse,polling"]).args(carriers);
    let output = run.args(["--json", "-q", "--out"]).arg(folder.path()).output().expect("the binary was built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_right(&json::schema(), &[parsed(&String::from_utf8(output.stdout).expect("text"))]);
    let runs = std::fs::read_dir(folder.path()).expect("it is there");
    let record = runs.map(|run| run.expect("an entry").path().join(record::FILE)).next().expect("a run");
    let lines: Vec<Value> = std::fs::read_to_string(record).expect("written").lines().map(parsed).collect();
    assert_right(&schemas::record(), &lines);
    let measured = &trial(&lines)["outcome"]["measured"];
    assert!(measured["t0_unix_ms"].is_u64() && measured["load"]["oracle"].is_object(), "{measured:.2000}");
}

/// Where in a document, and what stands there in place of what stood there; null: nothing.
fn altered(document: &Value, place: &str, value: Value) -> Value {
    let mut document = document.clone();
    if value.is_null() {
        let (table, key) = place.rsplit_once('/').expect("a key in a table");
        let table = document.pointer_mut(table).and_then(Value::as_object_mut).expect(place);
        assert!(table.remove(key).is_some(), "{place}");
    } else {
        let found = document.pointer_mut(place).expect(place);
        assert_ne!(*found, value, "{place}");
        *found = value;
    }
    document
}

/// The first trial among a record's lines.
fn trial(lines: &[Value]) -> &Value {
    lines.iter().find(|line| line["line"] == "trial").expect("a trial")
}

/// What is wrong, in summaries and in lines of records.
fn wrong() -> (Vec<Value>, Vec<Value>) {
    let (summary, lines) = (summaries().remove(0), lines());
    let summaries = [
        ("/format", json!(2)),
        ("/rows", json!({})),
        ("/rows/0/transport", json!(5)),
        ("/rows/0/figures/p99/centre", json!("151 ms")),
        ("/rows/0/figures/p99/text", Value::Null),
        ("/rows/0/settings/clients", json!("100")),
        ("/rows/0/settings/steady", Value::Null),
        ("/rows/0/accounting/delivered", json!(-1)),
        ("/metrics/bytes", Value::Null),
        ("/environment/cores", json!(1.5)),
        ("/words/verdict/headline", json!([5])),
        ("/doubts/0/number", json!("first")),
    ];
    let of_header = [
        ("/line", json!("heading")),
        ("/format", json!(record::FORMAT + 1)),
        ("/started_unix_ms", json!("yesterday")),
        ("/scenario/question", Value::Null),
    ];
    let of_trial = [
        ("/block", json!(-1)),
        ("/trial/transport", json!("pigeons")),
        ("/trial/feed/schedule/kind", json!("at will")),
        ("/trial/windows", Value::Null),
        ("/outcome", json!({ "guessed": {} })),
        ("/outcome/measured/load/latency", json!("HISTFAAA")),
        ("/outcome/measured/load/accounting/expected", Value::Null),
        ("/outcome/measured/load/phases/steady/up", json!(0.5)),
    ];
    let of_summary = summaries.map(|(place, value)| altered(&summary, place, value));
    let of_header = of_header.map(|(place, value)| altered(&lines[0], place, value));
    let of_trial = of_trial.map(|(place, value)| altered(trial(&lines), place, value));
    (of_summary.into(), of_header.into_iter().chain(of_trial).collect())
}

#[test]
fn what_is_wrong_is_refused() {
    let (summaries, lines) = wrong();
    for (schema, documents) in [(json::schema(), summaries), (schemas::record(), lines)] {
        let validator = validator(&parsed(&schema));
        for document in documents {
            assert!(!validator.is_valid(&document), "{:.300}", document.to_string());
        }
    }
}

#[test]
fn another_language_comes_to_the_same_verdicts() {
    let Some(python) = python_with("jsonschema.validators") else { return skipped("no Python with `jsonschema`") };
    let folder = tempfile::tempdir().expect("a folder");
    let (schema, documents) = (folder.path().join("schema.json"), folder.path().join("documents.ndjson"));
    let (wrong_summaries, wrong_lines) = wrong();
    for (text, right, wrong) in
        [(json::schema(), summaries(), wrong_summaries), (schemas::record(), lines(), wrong_lines)]
    {
        let all = right.iter().chain(&wrong).map(|document| document.to_string() + "\n");
        std::fs::write(&documents, all.collect::<String>()).expect("a writable folder");
        std::fs::write(&schema, text).expect("a writable folder");
        assert_eq!(says(python, SCRIPT, &[&schema, &documents]).trim(), format!("{} {}", right.len(), wrong.len()));
    }
}
