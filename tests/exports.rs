//! The exports of the committed records, byte for byte, and what they do with what users wrote. `UPDATE_GOLDEN=1 cargo
//! test --test exports` writes them anew, after `golden` and `sweeps` have written the records.

mod invented;

use invented::{compare, folder, record};
use pushbench::kind::Transport;
use pushbench::record::{Failure, Outcome, Record};
use pushbench::report::{Page, csv, export, json, markdown, openmetrics};
use serde_json::Value;

fn committed(name: &str) -> Page {
    Page::from_record(&Record::read(&folder().join(name)).expect("the committed record")).expect("its figures")
}

#[test]
fn the_exports_are_the_committed_ones() {
    let page = committed("quick.ndjson");
    compare("quick.md", &markdown::render(&page));
    compare("quick.csv", &csv::render(&page));
    compare("quick.json", &json::render(&page));
    compare("quick.prom", &openmetrics::render(&page));
    let files = export::files(&page).expect("its charts");
    let file = |path: &str| files.iter().find(|file| file.path == path).expect(path).bytes.clone();
    compare("quick.hgrm", &String::from_utf8(file("hgrm/0001-sse-block-1.hgrm")).expect("text"));
    assert_eq!(file("report.md"), markdown::render(&page).into_bytes());
    assert_eq!(file("summary.prom"), openmetrics::render(&page).into_bytes());
    assert_eq!(files.iter().filter(|file| file.path.starts_with("hlog/")).count(), 3);
    assert_eq!(files.iter().filter(|file| file.path.starts_with("hgrm/")).count(), 15);

    let page = committed("sweep.ndjson");
    compare("sweep.md", &markdown::render(&page));
    compare("sweep.csv", &csv::render(&page));

    compare("carriers.md", &markdown::render(&committed("carriers.ndjson")));
}

#[test]
fn one_line_and_many_are_the_same_summary() {
    let page = committed("quick.ndjson");
    let line = json::line(&page);
    assert_eq!(line.find('\n'), Some(line.len() - 1));
    let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(parsed(&line), parsed(&json::render(&page)));
}

/// A record in which somebody wrote what means something to each of the forms.
fn hostile() -> Record {
    let mut record = record();
    let evil = "a|b\r\n<script>*x*</script>, \"@jo\" #1 `c`";
    record.header.scenario.name = evil.into();
    record.header.scenario.question = evil.into();
    record.header.scenario.text = format!("# {evil}\n````\n");
    record.header.note = Some(evil.into());
    record.trials[0].outcome = Outcome::Error(Failure { reason: evil.into(), last_words: evil.into() });
    record
}

#[test]
fn markdown_takes_what_users_wrote_as_text() {
    let text = markdown::render(&Page::from_record(&hostile()).expect("figures"));
    let safe = r#"a\|b  \<script\>\*x\*\</script\>, "@<!-- -->jo" #<!-- -->1 \`c\`"#;
    for line in [&format!("## {safe}"), &format!("**{safe}**"), &format!("Note: {safe}")] {
        assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
    }
    assert!(text.contains(&format!("1 of 3 trials failed: {safe}")), "{text}");
    // as it is, but nothing in it ends its block
    assert_eq!(text.lines().filter(|line| line.starts_with("`````")).count(), 2, "{text}");
    let is_table = |line: &&str| line.starts_with('|');
    let table: Vec<&str> = text.lines().skip_while(|line| !is_table(line)).take_while(is_table).collect();
    let width = table[0].chars().count();
    assert!(table.len() == 7 && table.iter().all(|line| line.chars().count() == width), "{text}");
}

#[test]
fn csv_is_read_back_as_it_was_meant() {
    let text = csv::render(&Page::from_record(&hostile()).expect("figures"));
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let column = |name: &str| header.iter().position(|column| column == name).expect(name);
    let lines: Vec<::csv::StringRecord> = reader.records().map(|line| line.expect("as long as the header")).collect();
    assert_eq!(lines.len(), 15 * 36);
    for line in &lines {
        assert_eq!(&line[column("scenario")], "a|b\r\n<script>*x*</script>, \"@jo\" #1 `c`");
        let (status, value) = (&line[column("status")], &line[column("value")]);
        assert_eq!(status == "measured", value.parse::<f64>().is_ok(), "{line:?}");
        assert_eq!(status == "failed", &line[column("order")] == "1", "{line:?}");
        assert!(status == "measured" || !line[column("why")].is_empty(), "{line:?}");
        let long_polled = &line[column("transport")] == "long-polling" && &line[column("block")] == "2";
        let latency = ["p50", "p90", "p99", "max", "twin"].contains(&&line[column("metric")]);
        assert_eq!(!line[column("doubts")].is_empty(), long_polled && latency, "{line:?}");
    }
}

#[test]
fn a_summary_says_which_trials_failed_and_which_values_are_bounds() {
    let summary: Value =
        serde_json::from_str(&json::line(&Page::from_record(&hostile()).expect("figures"))).expect("JSON");
    let row = |name: &str| {
        let rows = summary["rows"].as_array().expect("rows");
        rows.iter().find(|row| row["transport"] == name).expect(name).clone()
    };
    let sse = row("sse");
    assert_eq!((&sse["tried"], &sse["measured"]), (&3.into(), &2.into()));
    assert!(sse["trials"][0]["error"].as_str().is_some_and(|error| error.contains("<script>")));
    assert!(sse["figures"]["p50"]["values"][0].is_null() && sse["figures"]["p50"]["values"][1].is_f64());
    assert!(sse["figures"]["p50"]["low"].as_f64() < sse["figures"]["p50"]["high"].as_f64());
    let floor = row(Transport::RawTcp.name());
    assert_eq!((&floor["floor"], &floor["figures"]["cpu"]["bound"]), (&true.into(), &true.into()));
    assert_eq!(floor["figures"]["cpu"]["bounds"].as_array().map(Vec::len), Some(3));
    assert_eq!(row("long-polling")["figures"]["p99"]["doubts"], serde_json::json!([1]));
}

#[test]
fn a_record_without_trials_is_exported_all_the_same() {
    let mut record = record();
    record.trials.clear();
    record.end = None;
    let page = Page::from_record(&record).expect("nothing to fail");
    let files = export::files(&page).expect("nothing to fail");
    assert_eq!(
        files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(),
        ["report.md", "summary.json", "figures.csv", "summary.prom"]
    );
    assert!(markdown::render(&page).contains("**unfinished: 0 of 15 trials**"));
    assert_eq!(csv::render(&page).lines().count(), 1);
    assert!(json::line(&page).contains("\"rows\":[]"));
}
