//! What README and `results/README.md` say of the reference records.

use super::Reference;
use super::splice::wrapped;
use pushbench::report::terminal::{self, Style};
use serde_json::Value;

/// How wide README's lines are.
const WIDTH: usize = 120;
/// How wide its table is: what fits beside nothing else on a page of a repository.
const TABLE: u16 = 100;

/// The headline, as a quotation.
pub(crate) fn headline(reference: &Reference) -> Result<String, String> {
    let said = texts(&reference.summary["words"]["verdict"]["headline"]).join(" ");
    if said.is_empty() { Err("the report has no headline".into()) } else { Ok(wrapped(&said, TABLE.into(), "> ")) }
}

/// The table and the verdict, as a terminal shows them.
pub(crate) fn table(reference: &Reference) -> Result<String, String> {
    let text = terminal::render(&reference.page, &Style { color: false, width: Some(TABLE) });
    let paragraph = |of: &str, is: fn(&str) -> bool| {
        let found = text.split("\n\n").find(|paragraph| is(paragraph));
        found.map(|paragraph| paragraph.trim_matches('\n').to_owned()).ok_or_else(|| format!("no {of} in a terminal"))
    };
    let table = paragraph("table", |text| text.contains("──"))?;
    let verdict = paragraph("verdict", |text| text.starts_with("Verdict\n"))?;
    let doubts = paragraph("doubts", |text| text.starts_with("Doubts (")).map(|doubts| format!("\n\n{doubts}"));
    let doubts = doubts.unwrap_or_default(); // none is the better
    // nobody copies a space that does not break
    Ok(format!("```\n{table}\n\n{verdict}{doubts}\n```").replace('\u{a0}', " "))
}

/// On what it was run, when, and what was done.
pub(crate) fn run(reference: &Reference) -> String {
    let Reference { summary, name, .. } = reference;
    let said = format!(
        "One run of `{name}` on {machine}, {date}, with pushbench {version}: {extent}; {conditions}. Its record is \
         [here](results/reference/{name}/record.ndjson), its report [here](results/reference/{name}/report.md). Yours:",
        machine = machine(summary),
        date = date(summary),
        version = version(summary),
        extent = extent(summary),
        conditions = conditions(reference),
    );
    wrapped(&said, WIDTH, "")
}

/// What holds for every trial, as a terminal has it: the summary lists socket options, too.
fn conditions(reference: &Reference) -> String {
    let text = terminal::render(&reference.page, &Style { color: false, width: Some(TABLE) });
    let told = text.split_once("Every trial: ").map_or("", |(_, told)| told);
    told.split("\n\n").next().unwrap_or_default().trim_end_matches('.').replace('\n', " ")
}

/// A table of all of them, and the machines that they were made on.
pub(crate) fn records(references: &[Reference]) -> String {
    let mut text =
        "| scenario | what it asks | when | what was done | pushbench |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for Reference { name, summary, current, .. } in references {
        let question = texts(&summary["scenario"]["question"]).join(" ").replace('|', "\\|");
        let changed = if *current { "" } else { " (the scenario has changed since)" };
        text += &format!(
            "| [{name}](reference/{name}/report.md){changed} | {question} | {} | {} | {} |\n",
            date(summary),
            extent(summary),
            version(summary)
        );
    }
    let mut machines: Vec<(String, Vec<&str>)> = Vec::new();
    for Reference { name, summary, .. } in references {
        let machine = machine(summary);
        match machines.iter_mut().find(|(known, _)| *known == machine) {
            Some((_, names)) => names.push(name),
            None => machines.push((machine, vec![name])),
        }
    }
    let alone = machines.len() == 1;
    for (machine, names) in machines {
        let which = if alone { "All of them".to_owned() } else { names.join(", ") };
        text += &format!("\n{}", wrapped(&format!("{which}: on {machine}."), WIDTH, ""));
    }
    text
}

fn machine(summary: &Value) -> String {
    let environment = &summary["environment"];
    let cpus = |side: &str| environment[side].as_array().map_or(0, Vec::len);
    let cores = environment["cores"].as_u64().unwrap_or_default();
    let cpu = environment["cpu"].as_str().unwrap_or("a processor that does not tell its name");
    let kernel = environment["kernel"].as_str().unwrap_or("an unknown kernel");
    let memory =
        environment["memory"].as_u64().map_or(String::new(), |octets| format!("{} GiB, ", octets.div_ceil(1 << 30)));
    let pinned = match (cpus("server_cpus"), cpus("load_cpus")) {
        (0, _) | (_, 0) => "not pinned".to_owned(),
        (server, load) => format!("server on {server}, load on {load} of them"),
    };
    format!("{cores} CPUs of {} ({memory}{kernel}; {pinned})", cpu.replace('|', "/"))
}

fn date(summary: &Value) -> &str {
    let begun = summary["begun"].as_str().unwrap_or_default();
    begun.split('T').next().unwrap_or_default()
}

fn version(summary: &Value) -> String {
    let pushbench = &summary["pushbench"];
    let version = pushbench["version"].as_str().unwrap_or_default();
    pushbench["revision"].as_str().map_or(version.to_owned(), |revision| format!("{version} (git {revision})"))
}

/// `20 trials in 3 blocks`.
fn extent(summary: &Value) -> String {
    let of = |what: &str| summary["planned"][what].as_u64().unwrap_or_default();
    let counted = |n: u64, thing: &str| format!("{n} {thing}{}", if n == 1 { "" } else { "s" });
    format!("{} in {}", counted(of("trials"), "trial"), counted(of("blocks"), "block"))
}

/// A text, or a list of texts.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
