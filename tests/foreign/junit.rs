//! JUnit's XML, read by Python's parser.

use crate::scripts::succeeds;
use crate::served::skipped;
use std::process::Command;

const PYTHON: &str = r"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == 'testsuites', root.tag
for suite in [root] + root.findall('testsuite'):
    for name, path in [('tests', ''), ('failures', '/failure'), ('errors', '/error'), ('skipped', '/skipped')]:
        assert int(suite.get(name)) == len(suite.findall('.//testcase' + path)), (suite.tag, name)
for case in root.iter('testcase'):
    told = [inner.tag for inner in case]
    print(case.get('classname'), '|', case.get('name'), '|', *told, '|', *(inner.get('message', '') for inner in case))
";

#[test]
fn pythons_parser_counts_what_the_file_says() {
    if !succeeds("python3", "-c", "import xml.etree.ElementTree") {
        return skipped("there is no Python");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/quick.ndjson");
    let record = std::fs::read_to_string(golden).expect("the committed record");
    // a name, a threshold and a reason with what XML keeps for itself, and an escape code that it cannot hold
    let record = record.replacen("\"name\":\"quick\"", "\"name\":\"a \\\"<b>\\\" & 'c'\"", 1);
    let mut lines: Vec<String> = record.lines().map(str::to_owned).collect();
    let line = lines.iter_mut().find(|line| line.starts_with("{\"line\":\"trial\"")).expect("a trial");
    line.truncate(line.find("\"outcome\"").expect("what came of it"));
    *line += "\"outcome\":{\"error\":{\"reason\":\"<gone> & \\u001b[1m]]>\",\"last_words\":\"--\\u0000\"}}}";
    std::fs::write(folder.path().join("record.ndjson"), lines.join("\n") + "\n").expect("the folder is ours");
    let file = folder.path().join("junit.xml");
    let mut report = Command::new(env!("CARGO_BIN_EXE_pushbench"));
    report.arg("report").arg(folder.path()).arg("--junit").arg(&file);
    report.args([
        "--threshold",
        "websocket.p99<5ms",
        "--threshold",
        "sse.bytes<1B",
        "--threshold",
        "websocket.p999<1s",
    ]);
    assert_eq!(report.output().expect("the binary was built").status.code(), Some(99));
    let read = Command::new("python3").args(["-c", PYTHON]).arg(&file).output().expect("it runs");
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let told = String::from_utf8(read.stdout).expect("text");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 5, "{told}");
    assert!(lines.iter().all(|line| line.starts_with("pushbench.a \"<b>\" & 'c' | ")), "{told}");
    for (line, says) in lines.iter().zip([
        "| the run comes to its end | system-out |",
        " | error | <gone> & \u{fffd}[1m]]>",
        "| websocket.p99<5ms | system-out |",
        "| sse.bytes<1B | failure | 122 B",
        "| websocket.p999<1s | failure | no figure: p99.9 needs",
    ]) {
        assert!(line.contains(says), "{says}: {told}");
    }
}
