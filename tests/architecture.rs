//! The house's floors, held to the code: an import points to a strictly lower floor.
//!
//! Read from the source as text: `use` trees, inline `crate::` and `super::` paths, and `mod x;`, which puts a file
//! above what it declares. `docs/architecture.md` draws the same table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Ground floor first. A file stands on exactly one.
const FLOORS: &[&[&str]] = &[
    &["near", "unwritable"],
    &[
        "clock",
        "explain/keys",
        "explain/packets",
        "hpack/fields",
        "hpack/huffman",
        "kind",
        "metric",
        "namespace",
        "profile/cookie",
        "sink",
        "stats/beta",
        "stats/centre",
        "stats/enough",
        "stats/holm",
        "stats/interval",
        "stats/normal",
        "stats/signs",
        "system",
        "totals/phases",
        "wire/local",
        "wire/pieces",
        "wire/secrets",
    ],
    &[
        "histogram",
        "hpack/encoder",
        "human",
        "link",
        "schedule",
        "stats/agreed",
        "stats/bootstrap",
        "stats/drift",
        "stats/ranks",
        "stats/student",
        "theory/blind",
        "theory/cost",
        "theory/serial",
        "totals",
        "update",
    ],
    &[
        "calibration",
        "claim",
        "forwarded",
        "gzip",
        "hpack",
        "preset",
        "replay/stamp",
        "scenario/repeats",
        "scenario/value",
        "scenario/warmup",
        "stats/bca",
        "stats/effect",
        "stats/outliers",
        "stats/settled",
        "theory/oracle",
        "timeline",
        "trial",
    ],
    &["pilot", "threshold"],
    &[
        "control",
        "feed/ring",
        "pacing",
        "profile",
        "record/line",
        "replay",
        "scenario/file",
        "scenario/shipped",
        "scenario/source",
        "stats/around",
        "theory/table",
        "wire/dissect/frame",
        "wire/dissect/http1",
        "wire/dissect/ledger",
        "wire/packets",
        "wire/tls",
    ],
    &[
        "explain/message",
        "feed/hub",
        "forwarder/netlink",
        "forwarder/queue",
        "forwarder/raw",
        "heads",
        "plan",
        "record/read",
        "scenario/claim",
        "scenario/feed",
        "scenario/headers",
        "scenario/link",
        "scenario/schema",
        "scenario/sweep",
        "scenario/thresholds",
        "stats/above",
        "stats/paired",
        "stats/unpaired",
        "theory",
        "wire/dissect/events",
        "wire/dissect/hpack",
        "wire/dissect/prefixed",
        "wire/dissect/websocket",
        "wire/link/delay",
        "wire/link/timer",
        "wire/recorder",
        "wire/socket",
        "wire/trace",
    ],
    &[
        "explain/control",
        "explain/events",
        "explain/fields",
        "explain/handshake",
        "explain/prefixed",
        "explain/recording",
        "explain/settings",
        "explain/websocket",
        "feed/publisher",
        "forwarder/networks",
        "measure/process",
        "measure/stall",
        "record/writer",
        "scenario/resolve",
        "stats",
        "wire/dissect/batch",
        "wire/link/far",
    ],
    &[
        "explain/content",
        "explain/hpack",
        "explain/pcap",
        "explain/print",
        "explain/tls",
        "feed/mod",
        "forwarder/pump",
        "gap",
        "record",
        "scenario",
        "transport/ask",
        "wire/dissect/content",
        "wire/link/mod",
    ],
    &[
        "explain/http1",
        "explain/http2",
        "explain/json",
        "forwarder/mod",
        "redact",
        "schemas",
        "wire/dissect/exchanges",
        "wire/dissect/stream",
    ],
    &["explain/mod", "wire/dissect/streams"],
    &["wire/dissect/connection"],
    &["wire/dissect/mod", "wire/tap"],
    &["measure/meter", "wire/raw"],
    &["measure/known_delay", "measure/oracle", "measure/settling", "wire/counted"],
    &["wire/stream", "wire/line"],
    &["measure/mod", "wire/exchange"],
    &["transport/room", "wire/mod"],
    &["transport/poll"],
    &["transport/long_polling", "transport/polling", "transport/raw_tcp", "transport/sse", "transport/websocket"],
    &["transport/mod"],
    &["server/carriage", "server/config"],
    &["load/worker", "null", "server"],
    &["load/finished"],
    &["dissect", "load", "serve"],
    &["child", "report/font", "report/palette", "run/theory"],
    &[
        "report/console",
        "report/draw",
        "report/markup",
        "report/name",
        "report/number",
        "run/child",
        "run/deliveries",
        "run/fault",
        "run/folder",
        "run/judge",
        "run/precise",
        "run/probes",
        "run/progress",
    ],
    &["report/environment", "report/figures", "report/instrument", "report/link", "run/way"],
    &["report/aspects", "report/seconds"],
    &[
        "report/account",
        "report/expected",
        "report/group",
        "report/layers",
        "report/metric",
        "report/scale",
        "report/settings",
        "report/spread",
        "report/sweep",
        "run/other",
        "run/trial",
    ],
    &[
        "report/across",
        "report/cells",
        "report/extent",
        "report/follow",
        "report/heads",
        "report/outline",
        "report/predicted",
        "run/calibration",
        "run/pilots",
        "run/place",
    ],
    &["report/doubts", "report/measures", "report/thresholds", "report/pairing", "report/words/scene", "run/work"],
    &["report/percentiles", "report/row", "report/words/comparison", "run/resume"],
    &["report/curves", "report/trials", "report/words/advice/choice", "report/words/aspect", "report/words/phrase"],
    &["report/words/advice/mod", "report/words/ranking"],
    &["report/words/along", "report/words/course", "report/words/reason", "report/words/tutorials/answer"],
    &[
        "report/words/bytes",
        "report/words/cost",
        "report/words/distance",
        "report/words/headline",
        "report/words/latency",
        "report/words/layers",
        "report/words/payback",
        "report/words/requests",
        "report/words/tutorials/figures",
        "report/words/stalls",
        "report/words/stops",
    ],
    &["report/words/movement", "report/words/tutorials/heads", "report/words/tutorials/latency"],
    &["report/words/tutorials/costs"],
    &["report/words/tutorials/mod"],
    &["report/words/verdict"],
    &["report/words/mod"],
    &["report/page", "run/mod"],
    &["report/charts/contrast", "report/tables"],
    &["report/claim"],
    &[
        "report/charts/bars",
        "report/charts/bytes",
        "report/charts/latency",
        "report/charts/payback",
        "report/charts/stacks",
        "report/charts/timeline",
        "report/charts/violins",
        "report/csv",
        "report/hgrm",
        "report/hlog",
        "report/json",
        "report/junit",
        "report/markdown",
        "report/openmetrics",
        "report/panels",
        "report/terminal",
    ],
    &["report/charts"],
    &["report/html", "report/pictures"],
    &["report/export", "report/compare/model"],
    &["report/compare/differences", "report/compare/matching", "report/compare/words"],
    &[
        "report/compare/doubts",
        "report/compare/forest",
        "report/compare/json",
        "report/compare/judge",
        "report/compare/markdown",
        "report/compare/overlay",
        "report/compare/remarks",
        "report/compare/terminal",
    ],
    &["report/compare/html", "report/compare/regression"],
    &["report/compare/mod"],
    &["report/mod"],
    &["cli/changes", "cli/failure", "cli/place"],
    &["cli/export", "cli/junit", "cli/regression"],
    &["cli/output", "cli/pick", "cli/plan", "cli/serve"],
    &["cli/compare"],
    &["cli/against", "cli/baseline"],
    &["cli/dissect", "cli/manual", "cli/new", "cli/redact", "cli/report", "cli/run", "cli/scenarios", "cli/schema"],
    &["cli/mod"],
];

/// What a report must never reach, by any way: it is rendered from records alone.
const BEYOND_A_REPORT: &[&str] =
    &["server", "load", "child", "serve", "control", "transport", "wire", "feed", "measure", "run"];

#[test]
fn every_file_stands_on_one_floor_and_imports_point_down() {
    let house = House::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path());
    let mut floors = BTreeMap::new();
    for (floor, files) in FLOORS.iter().enumerate() {
        for file in *files {
            assert!(floors.insert(*file, floor).is_none(), "{file} stands on two floors");
            assert!(house.imports.contains_key(*file), "{file} is in the table, not in src/");
        }
    }
    let mut faults = Vec::new();
    for (file, imports) in &house.imports {
        let Some(floor) = floors.get(file.as_str()) else {
            faults.push(format!("{file} stands on no floor"));
            continue;
        };
        for import in imports {
            if floors.get(import.as_str()).is_none_or(|below| below >= floor) {
                faults.push(format!("{file} imports {import}, which is not below it"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_report_is_rendered_from_records_alone() {
    let house = House::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path());
    let mut reached: BTreeSet<String> =
        house.imports.keys().filter(|file| file.starts_with("report/")).cloned().collect();
    assert!(!reached.is_empty());
    let mut open: Vec<String> = reached.iter().cloned().collect();
    while let Some(file) = open.pop() {
        for import in &house.imports[&file] {
            if reached.insert(import.clone()) {
                open.push(import.clone());
            }
        }
    }
    let beyond = |file: &&String| BEYOND_A_REPORT.contains(&file.split('/').next().unwrap_or_default());
    assert_eq!(reached.iter().filter(beyond).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn imports_are_found_however_they_are_written() {
    let files = ["a", "b/mod", "b/c", "b/d", "e"].map(str::to_owned).into();
    let found = |file: &str, text: &str| imports_of(file, text, &files).into_iter().collect::<Vec<_>>();
    assert_eq!(found("e", "use crate::a::Thing;"), ["a"]);
    assert_eq!(found("e", "use crate::{a, b::{c::X, d}};"), ["a", "b/c", "b/d"]);
    assert_eq!(found("e", "use crate::{\n    a::{self, Y},\n    b::c,\n};"), ["a", "b/c"]);
    assert_eq!(found("e", "fn f() -> u8 { crate::b::c::g() }"), ["b/c"]);
    assert_eq!(found("e", "use crate::b::Z;"), ["b/mod"]);
    assert_eq!(found("e", "// crate::a::x\n/* use crate::a; */ let s = \"crate::a\";"), [""; 0]);
    assert_eq!(found("b/c", "use super::d::X;"), ["b/d"]);
    assert_eq!(found("b/c", "use super::X;"), ["b/mod"]);
    assert_eq!(found("b/c", "mod tests { use super::*; }"), [""; 0]);
    assert_eq!(found("b/c", "mod tests { use super::*; }\nuse super::d::X;"), ["b/d"]);
    assert_eq!(found("b/mod", "pub mod c;\nmod d;"), ["b/c", "b/d"]);
}

struct House {
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl House {
    fn read(src: &Path) -> House {
        let mut texts = BTreeMap::new();
        collect(src, src, &mut texts);
        // two declare everything and hold nothing; a `tests.rs` is its parent's
        texts.retain(|file, _| file != "lib" && file != "main" && !file.ends_with("/tests"));
        let files = texts.keys().cloned().collect();
        House { imports: texts.iter().map(|(file, text)| (file.clone(), imports_of(file, text, &files))).collect() }
    }
}

fn collect(root: &Path, folder: &Path, texts: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, texts);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).expect("below").with_extension("");
            texts.insert(name.to_str().expect("UTF-8").to_owned(), std::fs::read_to_string(&path).expect("text"));
        }
    }
}

/// The files of the house that `text` names.
fn imports_of(file: &str, text: &str, files: &BTreeSet<String>) -> BTreeSet<String> {
    let code = without_comments_and_strings(text);
    // a `tests` module is one deeper: its `super` is the file itself
    let (body, tests) = without_tests(&code);
    let own = file.strip_suffix("/mod").unwrap_or(file);
    let parent = own.rsplit_once('/').map_or("", |(parent, _)| parent);
    let mut found = BTreeSet::new();
    for (part, above) in [(&*body, parent), (&*tests, own)] {
        for (token, base) in [("crate::", ""), ("super::", above)] {
            for (at, _) in part.match_indices(token) {
                if part[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                    continue;
                }
                for path in tree(&mut part[at + token.len()..].chars().peekable()) {
                    let whole = if base.is_empty() { path } else { format!("{base}/{path}") };
                    found.extend(resolve(&whole, files));
                }
            }
        }
    }
    for line in body.lines().map(str::trim) {
        let declared = line.strip_suffix(';').and_then(|line| line.rsplit_once("mod "));
        if let Some((_, child)) = declared.filter(|(before, _)| before.is_empty() || before.starts_with("pub")) {
            found.extend(resolve(&format!("{own}/{child}"), files));
        }
    }
    found.remove(file);
    found
}

/// The code outside of the `tests` module, and inside.
fn without_tests(code: &str) -> (String, String) {
    let Some(start) = code.find("mod tests") else { return (code.to_owned(), String::new()) };
    let (before, module) = code.split_at(start);
    let mut depth = 0;
    for (at, c) in module.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            let (tests, after) = module.split_at(at + 1);
            return (format!("{before}\n{after}"), tests.to_owned());
        }
    }
    (code.to_owned(), String::new())
}

/// The file in which the item at `path` (segments joined by `/`) lives.
fn resolve(path: &str, files: &BTreeSet<String>) -> Option<String> {
    let mut path = path;
    loop {
        for candidate in [path.to_owned(), format!("{path}/mod")] {
            if files.contains(&candidate) {
                return Some(candidate);
            }
        }
        path = path.rsplit_once('/')?.0;
    }
}

/// The paths of a use tree behind its first `::`, segments joined by `/`.
fn tree(code: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Vec<String> {
    let mut segment = String::new();
    while let Some(&c) = code.peek() {
        match c {
            '{' => {
                code.next();
                let mut paths = Vec::new();
                loop {
                    paths.extend(tree(code));
                    match code.next() {
                        Some(',') => {}
                        _ => return paths,
                    }
                }
            }
            ':' => {
                code.next();
                if code.next_if_eq(&':').is_none() {
                    break;
                }
                let rest = tree(code);
                return rest.into_iter().map(|path| format!("{segment}/{path}")).collect();
            }
            c if c.is_alphanumeric() || c == '_' || c == '*' => {
                segment.push(c);
                code.next();
            }
            c if c.is_whitespace() => {
                code.next();
                if !segment.is_empty() && code.peek().is_some_and(|c| c.is_alphanumeric()) {
                    break; // `crate::a::b as c`, or the end of an inline path
                }
            }
            _ => break,
        }
    }
    // what follows `as` is a name, not a path
    while code.peek().is_some_and(|c| c.is_alphanumeric() || c.is_whitespace() || *c == '_') {
        code.next();
    }
    if segment.is_empty() { Vec::new() } else { vec![segment] }
}

fn without_comments_and_strings(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    code
}
