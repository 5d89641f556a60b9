//! JUnit's XML, the form in which CI systems take test results: a suite a record, a case a threshold.
//!
//! There is no standard but what Ant wrote and everybody reads: `testsuites`, `testsuite`, `testcase`, and in it `failure`,
//! `error` or `skipped` (<https://github.com/testmoapp/junitxml>). The first case of a suite is the run itself: it was
//! skipped where it did not come to its end. A trial that failed is an error; a threshold that was missed is a failure,
//! and skipped where the run did not come to what it is about. A regression that is shown is a failure of the new build's suite.

use super::doubts::DoubtLine;
use super::environment::rfc3339;
use super::page::Page;
use super::thresholds::Checked;
use super::trials::TrialRow;
use crate::record::{Paired, Side};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;
use std::iter::once;

/// What the suites are called together.
const NAME: &str = "pushbench";

/// A record's suite.
#[derive(Clone, Debug)]
pub struct Suite {
    name: String,
    began: String,
    took: f64,
    cases: Vec<Case>,
}

#[derive(Clone, Debug)]
struct Case {
    name: String,
    /// How long it took, in seconds.
    took: f64,
    outcome: Outcome,
}

/// What came of a case, with a sentence.
#[derive(Clone, Debug)]
enum Outcome {
    Passed(String),
    Failure(String),
    Error { reason: String, last_words: String },
    Skipped(String),
}

/// What a gate found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gated {
    /// Nothing is shown to have become worse.
    Kept,
    /// Something is, in a sentence.
    Worse(String),
    /// The run was stopped before there was anything to tell by.
    Unmade(String),
    /// It came to its end, and nothing can be told all the same, and why.
    Untellable(String),
}

impl Suite {
    /// What `page` says of its thresholds and trials.
    #[must_use]
    pub fn of(page: &Page) -> Suite {
        let run = match &page.status {
            None => Outcome::Passed(page.extent.clone()),
            Some(status) if page.ended => Outcome::Passed(status.clone()),
            Some(status) => Outcome::Skipped(status.clone()),
        };
        let took = |trials: &[TrialRow]| trials.iter().map(seconds).sum::<f64>();
        let mut cases = vec![Case { name: "the run comes to its end".into(), took: took(&page.trials), outcome: run }];
        cases.extend(page.trials.iter().filter_map(failed));
        cases.extend(page.thresholds.iter().map(|checked| threshold(checked, page)));
        Suite {
            name: match &page.header.paired {
                Some(Paired { side: Side::Old, .. }) => format!("{} (against)", page.name),
                _ => page.name.clone(),
            },
            began: rfc3339(page.header.started_unix_ms).trim_end_matches('Z').to_owned(),
            took: took(&page.trials),
            cases,
        }
    }

    /// Adds the case that nothing became worse by more than `accepted`.
    pub fn gate(&mut self, accepted: &str, gated: &Gated) {
        let outcome = match gated {
            Gated::Kept => Outcome::Passed("none is shown".into()),
            Gated::Worse(said) => Outcome::Failure(said.clone()),
            Gated::Unmade(reason) => Outcome::Skipped(reason.clone()),
            Gated::Untellable(reason) => Outcome::Error { reason: reason.clone(), last_words: String::new() },
        };
        self.cases.push(Case { name: format!("no regression beyond {accepted}"), took: 0.0, outcome });
    }

    /// Cases, failures, errors and skipped ones.
    fn counts(&self) -> [usize; 4] {
        let count = |test: fn(&Outcome) -> bool| self.cases.iter().filter(|case| test(&case.outcome)).count();
        [
            self.cases.len(),
            count(|outcome| matches!(outcome, Outcome::Failure(_))),
            count(|outcome| matches!(outcome, Outcome::Error { .. })),
            count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        ]
    }
}

#[allow(clippy::cast_precision_loss)] // no trial takes a hundred days
fn seconds(trial: &TrialRow) -> f64 {
    trial.took_ns as f64 / 1e9
}

fn failed(trial: &TrialRow) -> Option<Case> {
    let reason = trial.error.clone()?;
    let mut name = format!("trial {} of block {}: {}", trial.order, trial.block, trial.transport);
    if !trial.point.is_empty() {
        name += &format!(", {}", trial.point.join(", "));
    }
    let outcome = Outcome::Error { reason, last_words: trial.last_words.clone() };
    Some(Case { name, took: seconds(trial), outcome })
}

fn threshold(checked: &Checked, page: &Page) -> Case {
    let doubts = checked.doubts().into_iter().filter_map(|number| page.doubts.get(number - 1));
    let sentence = once(checked.sentence.clone()).chain(doubts.map(doubted)).collect::<Vec<_>>().join("; ");
    let outcome = match checked.met {
        true => Outcome::Passed(sentence),
        false if checked.is_skipped() => Outcome::Skipped(sentence),
        false => Outcome::Failure(sentence),
    };
    Case { name: checked.threshold.clone(), took: 0.0, outcome }
}

/// A doubt about what a case says.
fn doubted(doubt: &DoubtLine) -> String {
    format!("doubted: {}: {}", doubt.whom, doubt.sentence)
}

/// The document that holds `suites`.
#[must_use]
pub fn render(suites: &[Suite]) -> String {
    let bytes = document(suites).expect("memory takes what is written to it");
    String::from_utf8(bytes).expect("it is made of text") + "\n"
}

fn document(suites: &[Suite]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let sums = suites.iter().map(Suite::counts).fold([0; 4], |sums, counts| {
        let mut sum = sums.iter().zip(counts).map(|(sum, count)| sum + count);
        [(); 4].map(|()| sum.next().unwrap_or(0))
    });
    let took = suites.iter().map(|suite| suite.took).sum();
    let all = writer.create_element("testsuites").with_attributes(totals(NAME, sums, took).attributes());
    all.write_inner_content(|writer| suites.iter().try_for_each(|suite| write_suite(writer, suite)))?;
    Ok(writer.into_inner())
}

/// What an element that holds cases says of them.
struct Totals(Vec<(&'static str, String)>);

impl Totals {
    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

fn totals(name: &str, [tests, failures, errors, skipped]: [usize; 4], took: f64) -> Totals {
    Totals(vec![
        ("name", plain(name)),
        ("tests", tests.to_string()),
        ("failures", failures.to_string()),
        ("errors", errors.to_string()),
        ("skipped", skipped.to_string()),
        ("time", format!("{took:.3}")),
    ])
}

fn write_suite(writer: &mut Writer<Vec<u8>>, suite: &Suite) -> io::Result<()> {
    let mut totals = totals(&suite.name, suite.counts(), suite.took);
    totals.0.push(("timestamp", suite.began.clone()));
    let element = writer.create_element("testsuite").with_attributes(totals.attributes());
    let class = plain(&format!("{NAME}.{}", suite.name));
    element
        .write_inner_content(|writer| suite.cases.iter().try_for_each(|case| write_case(writer, &class, case)))
        .map(drop)
}

fn write_case(writer: &mut Writer<Vec<u8>>, class: &str, case: &Case) -> io::Result<()> {
    let (name, time) = (plain(&case.name), format!("{:.3}", case.took));
    let element = writer.create_element("testcase");
    let element = element.with_attributes([("name", name.as_str()), ("classname", class), ("time", time.as_str())]);
    element
        .write_inner_content(|writer| match &case.outcome {
            Outcome::Passed(said) => text(writer, "system-out", said),
            Outcome::Failure(said) => told(writer, "failure", said, "threshold", ""),
            Outcome::Error { reason, last_words } => told(writer, "error", reason, "trial", last_words),
            Outcome::Skipped(said) => {
                let said = plain(said);
                writer.create_element("skipped").with_attribute(("message", said.as_str())).write_empty().map(drop)
            }
        })
        .map(drop)
}

fn text(writer: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(&plain(text))).map(drop)
}

fn told(writer: &mut Writer<Vec<u8>>, name: &str, said: &str, kind: &str, more: &str) -> io::Result<()> {
    let message = plain(said);
    let element = writer.create_element(name);
    let element = element.with_attributes([("message", message.as_str()), ("type", kind)]);
    let inside = if more.is_empty() { message.clone() } else { format!("{message}\n{}", plain(more)) };
    element.write_text_content(BytesText::new(&inside)).map(drop)
}

/// What XML has no way to write (1.0, 2.2), and spaces that do not break: reasons quote anybody's octets.
fn plain(text: &str) -> String {
    let space = |c: char| matches!(c, '\n' | '\t');
    let allowed = |c: char| space(c) || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars()
        .map(|c| {
            if c == '\u{a0}' {
                ' '
            } else if allowed(c) {
                c
            } else {
                '\u{fffd}'
            }
        })
        .collect()
}
