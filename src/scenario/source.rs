//! A scenario's text, and where in it every value stands: errors name the file, the line and the key.

use crate::near;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What is wrong with a scenario, and where.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Invalid {
    /// `file:line: key`, or the flag.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A scenario's text.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    /// Whether this machine forwards packets: asked where a link is to be the best there is. `None`: it does not.
    pub(super) packets: Option<fn() -> bool>,
    /// By dotted key; an element of an array has its index behind it: `sweep.clients[2]`.
    spans: HashMap<String, Range<usize>>,
    /// Keys that were taken over from elsewhere: by a flag, or by an element of a sweep.
    taken: HashMap<String, Taken>,
}

#[derive(Clone, Debug)]
enum Taken {
    Flag(&'static str),
    Key(String),
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str) -> Result<Source<'a>, Invalid> {
        let mut source = Source { path, text, packets: None, spans: HashMap::new(), taken: HashMap::new() };
        let table = DeTable::parse(text).map_err(|error| source.unreadable(&error))?;
        for (key, value) in table.get_ref() {
            source.note(key.get_ref().to_string(), value.get_ref(), value.span());
        }
        Ok(source)
    }

    fn note(&mut self, key: String, value: &DeValue<'_>, span: Range<usize>) {
        match value {
            DeValue::Table(table) => {
                for (name, value) in table {
                    self.note(format!("{key}.{}", name.get_ref()), value.get_ref(), value.span());
                }
            }
            DeValue::Array(array) => {
                for (index, value) in array.iter().enumerate() {
                    self.note(format!("{key}[{index}]"), value.get_ref(), value.span());
                }
            }
            _ => {}
        }
        self.spans.insert(key, span);
    }

    /// What TOML itself, or serde, has to say.
    pub(super) fn unreadable(&self, error: &toml::de::Error) -> Invalid {
        let span = error.span().unwrap_or_default();
        let place = format!("{}:{}", self.file(), self.line(span.start));
        let mut message = plain(error.message());
        if let ("duplicate key", Some(key)) = (message.as_str(), self.text.get(span)) {
            message = format!("`{}` stands there a second time", one_line(key));
        }
        Invalid { place, message }
    }

    /// From now on errors about `key` blame `flag`.
    pub(super) fn blame_flag(&mut self, key: &str, flag: &'static str) {
        self.taken.insert(key.to_owned(), Taken::Flag(flag));
    }

    /// From now on errors about `key` blame `other`.
    pub(super) fn blame_key(&mut self, key: &str, other: String) {
        self.taken.insert(key.to_owned(), Taken::Key(other));
    }

    pub(super) fn invalid(&self, key: &str, message: impl AsRef<str>) -> Invalid {
        let message = plain(message.as_ref());
        let key = match self.taken.get(key) {
            Some(Taken::Flag(flag)) => return Invalid { place: (*flag).to_owned(), message },
            Some(Taken::Key(other)) => other,
            None => key,
        };
        // a key that is left out is blamed on its table, a table that is left out on the file
        let mut written = key;
        let span = loop {
            match (self.spans.get(written), written.rsplit_once('.')) {
                (Some(span), _) => break Some(span),
                (None, Some((table, _))) => written = table,
                (None, None) => break None,
            }
        };
        let place = match span {
            Some(span) => format!("{}:{}: {key}", self.file(), self.line(span.start)),
            None => format!("{}: {key}", self.file()),
        };
        Invalid { place, message }
    }

    /// What is wrong between several keys: blames the first of `keys` that a flag or a sweep has set, because the file
    /// may be right without it, and where none was, the first.
    pub(super) fn invalid_among(&self, keys: &[&str], message: impl AsRef<str>) -> Invalid {
        let set = keys.iter().find(|key| self.taken.contains_key(**key));
        self.invalid(set.or(keys.first()).copied().unwrap_or_default(), message)
    }

    pub(super) fn demand(&self, holds: bool, key: &str, message: impl Fn() -> String) -> Result<(), Invalid> {
        if holds { Ok(()) } else { Err(self.invalid(key, message())) }
    }

    /// The folder that paths in the scenario are relative to.
    pub(super) fn folder(&self) -> &'a Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn file(&self) -> String {
        PathBuf::from(self.path).display().to_string()
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count()
    }
}

/// Every key, by its table; those of the file's head first.
pub(super) const KEYS: [(&str, &[&str]); 10] = [
    (
        "",
        &[
            "question",
            "transports",
            "carriers",
            "clients-per-connection",
            "clients",
            "repeats",
            "precision",
            "seed",
            "compression",
            "coalesce",
        ],
    ),
    ("tls", &["certificate", "key", "root", "name"]),
    (
        "feed",
        &[
            "schedule",
            "rate",
            "size",
            "gap",
            "every",
            "file",
            "timestamp",
            "timestamp-unit",
            "speed",
            "repeat",
            "payload",
            "encoding",
        ],
    ),
    ("phases", &["warmup", "steady"]),
    ("polling", &["interval", "pacing", "answer", "connection", "conditional"]),
    ("long-polling", &["hold", "answer", "connection", "conditional"]),
    ("headers", &["profile", "cookie", "request", "response"]),
    ("fault", &["at", "freeze"]),
    ("link", &["preset", "rtt", "jitter", "bandwidth", "shared", "loss", "queue", "level"]),
    ("claim", &["source", "counts", "polling", "long-polling", "sse", "websocket", "raw-tcp", "extrapolate"]),
];
/// What serde calls a kind of value, and what a user does.
const WORDS: [(&str, &str); 6] = [
    ("expected u32", "expected a whole number, at most 4,294,967,295"),
    ("expected u64", "expected a whole number, not less than 0"),
    ("expected f64", "expected a number, without quotes"),
    ("expected a sequence", "expected a list: `[…, …]`"),
    ("expected a boolean", "expected `true` or `false`, without quotes"),
    ("expected struct", "expected the table"),
];

/// What TOML or serde says, on one line and in the words of a scenario.
fn plain(message: &str) -> String {
    let message = one_line(message);
    if message.starts_with("wanted exactly") {
        return "a table's name stands in single brackets: `[feed]`".into();
    }
    if let Some((what, expected)) = message.split_once(", expected ").filter(|_| message.starts_with("unknown ")) {
        let word = what.split('`').nth(1).unwrap_or_default();
        let meant = near::meant(word, expected.split('`').skip(1).step_by(2));
        let home = if what.starts_with("unknown field") { home(word) } else { String::new() };
        return format!("{message}{}", if home.is_empty() { meant } else { home });
    }
    WORDS.iter().fold(message, |message, (serde, plain)| message.replace(serde, plain))
}

/// Where a key stands that was put into another table.
fn home(word: &str) -> String {
    let tables: Vec<&str> = KEYS.iter().filter(|(_, keys)| keys.contains(&word)).map(|(table, _)| *table).collect();
    match tables[..] {
        [] => String::new(),
        ["", ..] => format!("; `{word}` stands above the first [table]"),
        _ => format!("; there is `{}.{word}`", tables.join(&format!(".{word}` and `"))),
    }
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(": ")
}
