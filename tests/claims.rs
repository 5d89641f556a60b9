//! A claim is held against what goes over the wire: the stock ticker's arithmetic, with its own heads and with one octet more.

#![cfg(target_os = "linux")]

mod processes;

use processes::{pushbench, text};
use pushbench::scenario::shipped;
use serde_json::Value;

/// Runs that may have an answer with two updates, because this machine was busy for as long as a poll period.
const ATTEMPTS: usize = 10;

/// The shipped scenario, as fast as numbers of two digits allow.
fn ticker() -> String {
    let mut scenario = shipped::named("ticker-2010").expect("it is shipped").text.to_owned();
    for (from, to) in [
        ("rate = 1 ", "rate = 5 "),
        ("interval = \"1s\"", "interval = \"200ms\""),
        ("warmup = \"11s\"", "warmup = \"2200ms\""),
        ("steady = \"32s\"", "steady = \"2s\""),
        ("clients = [1, 1000, 10000]", "clients = [1]"),
    ] {
        assert!(scenario.contains(from), "{from}");
        scenario = scenario.replacen(from, to, 1);
    }
    scenario
}

/// The summary of a run in which each poll brought one update.
fn summary(scenario: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ticker.toml");
    std::fs::write(&file, scenario).expect("the folder is ours");
    for _ in 0..ATTEMPTS {
        let mut command = pushbench();
        let output = command.arg("run").arg(&file).args(["-q", "--json"]).current_dir(folder.path()).output();
        let output = output.expect("the binary was built");
        assert!(output.status.success(), "{}", text(&output.stderr));
        let summary: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let rows = summary["rows"].as_array().expect("rows");
        let polls = rows.iter().find(|row| row["transport"] == "polling").expect("it polls");
        let figure = |key: &str| &polls["figures"][key]["centre"];
        if figure("requests").as_f64() == Some(1.0) && figure("empty").as_f64() == Some(0.0) {
            return summary;
        }
    }
    panic!("in {ATTEMPTS} runs no poll may be late");
}

/// What an update costs by polling and by WebSocket, reading by reading.
fn readings(summary: &Value) -> Vec<[String; 2]> {
    let lines = summary["claim"]["update"]["lines"].as_array().expect("a claim");
    let text = |line: &Value, place: usize| line["entries"][place]["text"].as_str().expect("text").to_owned();
    lines.iter().map(|line| [0, 1].map(|place| text(line, place))).collect()
}

#[test]
fn the_tickers_heads_are_the_published_ones_and_an_octet_more_shows_everywhere() {
    let scenario = ticker();
    let published = summary(&scenario);
    let claimed = ["871", "2"];
    assert_eq!(readings(&published)[..4], [claimed, claimed, ["909", "2"], ["929", "22"]]);
    let said = published["claim"]["said"].as_str().expect("text");
    assert!(said.starts_with("By its own count the claim holds: 871 : 2 was measured. On the wire"), "{said}");
    let polls = &published["rows"][0]["sums"]["steady"];
    let updates = polls["updates"].as_u64().expect("a number");
    for (way, octets, lines) in [("up", 716, 12), ("down", 193, 7)] {
        assert_eq!(polls["layers"][way]["headers"], octets * updates, "{way}");
        assert_eq!(polls["head_lines"][way], lines * updates, "{way}");
    }

    let longer = scenario.replacen("theme=1", "theme=10", 1);
    assert_ne!(longer, scenario);
    let longer = summary(&longer);
    assert_eq!(readings(&longer)[..4], [claimed, ["872", "2"], ["910", "2"], ["930", "22"]]);
    let said = longer["claim"]["said"].as_str().expect("text");
    assert!(said.starts_with("By its own count 872 : 2 was measured, where 871 : 2 is claimed."), "{said}");
}

#[test]
fn what_is_extrapolated_is_marked_and_a_multiple() {
    let summary = summary(&ticker());
    let lines = summary["claim"]["throughput"]["lines"].as_array().expect("a claim");
    let [one, many] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&one["extrapolated"], &many["extrapolated"]), (&Value::from(false), &Value::from(true)));
    assert_eq!(many["name"], "100,000, extrapolated from 1");
    for place in 0..4 {
        let number = |line: &Value| line["entries"][place]["number"].as_f64().expect("a number");
        let ratio = number(many) / number(one);
        assert!((ratio / 100_000.0 - 1.0).abs() < 1e-9, "{ratio}");
    }
    // five updates a second of 871 octets to 100,000 clients
    assert_eq!(many["entries"][0]["text"], "3,480");
}
