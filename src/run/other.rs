//! Another build of pushbench, whose trials are made in turn with ours: asked what it is, and whether it can do what it
//! will be told, before the first trial.

use super::child::{Child, Program, kill_group};
use crate::control::{self, Hello, Order, Report};
use crate::trial::Trial;
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// A program that says nothing for so long is none of ours.
const PATIENCE: Duration = Duration::from_secs(10);
/// What ours say of themselves, before their version.
const NAME: &str = "pushbench ";

/// It can be told our trials.
#[derive(Clone, Debug)]
pub struct Other {
    pub(super) program: Program,
    /// What it says of itself.
    pub(super) hello: Hello,
}

impl Other {
    /// Asks the executable at `path`, which is to make `trials`.
    ///
    /// # Errors
    /// Why it cannot, in a sentence.
    pub(super) fn ask(path: &Path, trials: &[Trial]) -> Result<Other, String> {
        let fault = |reason: String| format!("--against {}: {reason}", path.display());
        let program = Program::other(path).map_err(|error| fault(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| fault(error.to_string()))?;
        let hello = runtime.block_on(async {
            let version = version(&program).await?;
            let mut child = Child::spawn(&program, "control", None).map_err(|error| error.to_string())?;
            let hello = met(&mut child, trials).await;
            let last_words = child.end().await;
            hello.map_err(|refusal| refusal.told(&version, &last_words))
        });
        Ok(Other { program, hello: hello.map_err(fault)? })
    }
}

/// Its first line to whoever asks for its version.
async fn version(program: &Program) -> Result<String, String> {
    let executable = program.executable().map_err(|error| error.to_string())?;
    let mut command = Command::new(executable);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let process = command.kill_on_drop(true).process_group(0).spawn().map_err(|error| error.to_string())?;
    let group = process.id();
    let output = match timeout(PATIENCE, process.wait_with_output()).await {
        Ok(output) => output.map_err(|error| error.to_string())?,
        Err(_) => {
            kill_group(group);
            return Err(format!("no pushbench: asked for its version it says nothing for {} s", PATIENCE.as_secs()));
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().next().filter(|line| line.starts_with(NAME)) {
        Some(version) => Ok(version.to_owned()),
        None => Err("no pushbench: it does not answer `--version` as one".into()),
    }
}

/// Why it cannot make our trials.
enum Refusal {
    /// It was never heard as it should be.
    Mute(String),
    Sentence(String),
}

impl Refusal {
    fn told(self, version: &str, last_words: &str) -> String {
        match self {
            Refusal::Sentence(sentence) => format!("{version}: {sentence}"),
            Refusal::Mute(reason) => {
                let words = last_words.lines().next().map(|line| format!(" ({line})")).unwrap_or_default();
                format!(
                    "{version}: it does not say which messages it understands: it is from before runs could be interleaved, \
                     or not a pushbench; {reason}{words}"
                )
            }
        }
    }
}

/// Has it introduce itself, and read every trial.
async fn met(child: &mut Child, trials: &[Trial]) -> Result<Hello, Refusal> {
    let hello = match heard(child).await.map_err(Refusal::Mute)? {
        Report::Hello(hello) => hello,
        _ => return Err(Refusal::Mute("it says something else first".into())),
    };
    if hello.control != control::VERSION {
        let (its, ours) = (hello.control, control::VERSION);
        return Err(Refusal::Sentence(format!(
            "it speaks version {its} of the messages between a run and its children, this pushbench version {ours}: \
             build both from revisions that speak the same"
        )));
    }
    for trial in trials {
        let told = child.tell(&Order::Read(Box::new(trial.clone()))).await;
        told.map_err(|reason| Refusal::Sentence(cannot(&reason)))?;
        let read = match heard(child).await.map_err(|reason| Refusal::Sentence(cannot(&reason)))? {
            Report::Read(read) => *read,
            _ => return Err(Refusal::Sentence(cannot("it says something else"))),
        };
        // what it read went through text twice: to it, and back
        let ours = through_text(trial).and_then(|trial| through_text(&trial));
        if ours.as_ref() != Some(&read) {
            let key = ours.and_then(|ours| difference(&ours, &read)).unwrap_or_default();
            return Err(Refusal::Sentence(cannot(&format!("it does not know what `{key}` says"))));
        }
    }
    Ok(hello)
}

fn cannot(reason: &str) -> String {
    format!("it cannot make this scenario's trials: {reason}")
}

async fn heard(child: &mut Child) -> Result<Report, String> {
    let silent = |_| format!("it says nothing for {} s", PATIENCE.as_secs());
    timeout(PATIENCE, child.hear()).await.map_err(silent)?
}

/// `trial` as it comes back from text: a number that went through it need not be the same to the last bit.
pub(super) fn through_text(trial: &Trial) -> Option<Trial> {
    serde_json::from_slice(&serde_json::to_vec(trial).ok()?).ok()
}

/// The first key in which two trials differ, with those that it stands in: `feed.payload`.
fn difference(one: &Trial, other: &Trial) -> Option<String> {
    fn first(key: &str, one: &Value, other: &Value) -> Option<String> {
        match (one, other) {
            (Value::Object(one), Value::Object(other)) => {
                let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
                let below = |name: &String| if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                let value = |map: &serde_json::Map<String, Value>, name: &String| map.get(name).cloned();
                keys.into_iter().find_map(|name| {
                    let values = (value(one, name).unwrap_or_default(), value(other, name).unwrap_or_default());
                    first(&below(name), &values.0, &values.1)
                })
            }
            (one, other) => (one != other).then(|| key.to_owned()),
        }
    }
    first("", &serde_json::to_value(one).ok()?, &serde_json::to_value(other).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::shipped::DEFAULT;
    use crate::scenario::{Overrides, Scenario};

    #[test]
    fn what_another_one_does_not_know_is_named() {
        let scenario = Scenario::parse(Path::new(DEFAULT.path), DEFAULT.text, &Overrides::default());
        let trial = scenario.expect("it is shipped").trials.swap_remove(0);
        assert_eq!(difference(&trial, &trial), None);
        let mut other = trial.clone();
        other.feed.payload += 1;
        assert_eq!(difference(&trial, &other).as_deref(), Some("feed.payload"));
        let other = Trial { coalesce_ns: 7, ..trial.clone() };
        assert_eq!(difference(&trial, &other).as_deref(), Some("coalesce_ns"));
    }
}
