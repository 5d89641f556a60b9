//! `pushbench compare`

use super::failure::Failure;
use super::output::{Output, open, print, record_at, style, write_new};
use super::regression::{self, Accepted, accepted};
use crate::kind::Transport;
use crate::record::Record;
use crate::report::compare::{self, Comparison, Named};
use crate::unwritable;
use clap::Args;
use std::path::{Path, PathBuf};

/// The page's name beside the new record.
const PAGE: &str = "compare.html";

#[derive(Debug, Args)]
#[command(
    override_usage = "pushbench compare [OPTIONS] <OLD> <NEW>\n       pushbench compare [OPTIONS] <RECORD> --transport <A,B>",
    after_long_help = "Examples:\n  \
      pushbench compare results/2026-11-20T100000-quick latest\n  \
      pushbench compare latest --transport sse,websocket\n  \
      pushbench compare mon/old,tue/old,wed/old mon/new,tue/new,wed/new --markdown"
)]
pub(super) struct Compare {
    /// What NEW is held against: a run's folder or its record, `latest` for the newest under `--out`; several with commas between them
    #[arg(value_name = "OLD", required = true)]
    old: String,
    /// What is in question; as OLD
    #[arg(value_name = "NEW", required_unless_present = "transport")]
    new: Option<String>,
    /// In place of NEW: two transports of the one record; B is held against A
    #[arg(long, value_name = "A,B", alias = "transports", conflicts_with = "new", value_parser = two_transports)]
    transport: Option<(Transport, Transport)>,
    /// The page's file, which must not exist [default: compare.html beside NEW, made anew]
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[arg(short, long, value_name = "FOLDER", help = "The folder of runs in which `latest` looks [default: results]")]
    out: Option<PathBuf>,
    /// End with exit code 99 where a figure is shown to have become worse by more than SHARE, such as `5%`: corrected for
    /// how many figures there are. Needs runs that were interleaved, or at least 3 records a side
    #[arg(long, value_name = "SHARE", value_parser = accepted, allow_hyphen_values = true)]
    fail_on_regression: Option<Accepted>,
    #[command(flatten)]
    form: Form,
}

/// What standard output shows of a comparison.
#[derive(Debug, Args)]
struct Form {
    /// Print the comparison as JSON in place of the table
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print the comparison as Markdown in place of the table, for a pull request
    #[arg(long)]
    markdown: bool,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    quiet: bool,
    /// No colours, as with `NO_COLOR` set
    #[arg(long)]
    no_color: bool,
    /// Not alone on standard output: JSON in one line, and nothing beside CSV and OpenMetrics.
    #[arg(skip)]
    among_others: Option<Among>,
}

/// What a comparison follows on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    /// Text, or JSON that is a line a document.
    Documents,
    /// CSV or OpenMetrics, which a comparison is not.
    Samples,
}

impl Form {
    /// As a run's own output.
    fn of(output: &Output) -> Form {
        let among = if output.csv || output.openmetrics { Among::Samples } else { Among::Documents };
        Form {
            json: output.json,
            markdown: output.markdown,
            open: false, // it is the run's report that opens
            quiet: output.quiet,
            no_color: output.no_color,
            among_others: Some(among),
        }
    }
}

/// Records of one side, with their places.
type Read = Vec<(String, PathBuf, Record)>;

impl Compare {
    pub(super) fn execute(self) -> Result<(), Failure> {
        let old = self.side(&self.old)?;
        let new = self.new.as_deref().map(|new| self.side(new)).transpose()?;
        self.check_out()?;
        let (old_read, new_read) = (read(&old)?, new.as_deref().map(read).transpose()?);
        let usage = |error: compare::Incomparable| Failure::Usage(format!("compare: {error}"));
        let (comparison, beside) = match (&new_read, self.transport, &old_read[..]) {
            (Some(new), _, _) => (compare::of(&named(&old_read), &named(new)).map_err(usage)?, &new[0].1),
            (None, Some((a, b)), [record]) => {
                (compare::transports(named(&old_read)[0], a, b).map_err(usage)?, &record.1)
            }
            _ => return Err(Failure::Usage("--transport: two transports of one record, not of several".into())),
        };
        let page = match &self.page {
            Some(file) => Page::New(file),
            None => Page::Beside(beside),
        };
        // what cannot be said is said before anything is written
        let gate = self.fail_on_regression.map(|accepted| regression::shown(&comparison, accepted));
        let gate = gate.transpose().map_err(Failure::Usage)?.unwrap_or_default();
        present(&comparison, &page, &self.form)?;
        gate.warn(self.form.quiet);
        gate.worse.map_or(Ok(()), |worse| Err(Failure::Missed(worse)))
    }

    /// The records that an argument names, with the word for each.
    fn side(&self, words: &str) -> Result<Vec<(String, PathBuf)>, Failure> {
        // a name may have a comma in it
        let words: Vec<&str> = if Path::new(words).exists() { vec![words] } else { words.split(',').collect() };
        if words.iter().any(|word| word.is_empty()) {
            let all = words.join(",");
            return Err(Failure::Usage(format!("{all}: a record before and after each comma")));
        }
        let found = words.into_iter().map(|word| {
            let latest = if word == "latest" { self.out.as_deref() } else { None };
            let record = record_at(Path::new(word), ("--out", latest))?;
            // which one is the latest changes
            let run = record.parent().filter(|_| word == "latest").map(|run| run.display().to_string());
            Ok((run.unwrap_or_else(|| word.to_owned()), record))
        });
        found.collect()
    }

    /// `--out` says where `latest` is, and nothing else.
    fn check_out(&self) -> Result<(), Failure> {
        let latest = |words: &str| words.split(',').any(|word| word == "latest");
        match &self.out {
            Some(folder) if !latest(&self.old) && !self.new.as_deref().is_some_and(latest) => {
                let folder = folder.display();
                Err(Failure::Usage(format!("--out {folder}: only `latest` is looked for there; no side is `latest`")))
            }
            _ => Ok(()),
        }
    }
}

fn read(side: &[(String, PathBuf)]) -> Result<Read, Failure> {
    let read = |(word, path): &(String, PathBuf)| {
        let record = Record::read(path).map_err(|unreadable| Failure::Usage(unreadable.to_string()))?;
        Ok((word.clone(), path.clone(), record))
    };
    side.iter().map(read).collect()
}

fn named(side: &Read) -> Vec<Named<'_>> {
    side.iter().map(|(name, _, record)| Named { name, record }).collect()
}

/// Where a comparison's page goes.
enum Page<'p> {
    /// Beside this record, in place of an earlier one.
    Beside(&'p Path),
    /// Into a file that is not there yet.
    New(&'p Path),
}

/// Holds a run, whose record is the file `beside`, against another one as `flag` asked for; shows the comparison as the run's own
/// output is shown, and writes its page beside the record.
pub(super) fn conclude(
    (old, new): (Named<'_>, Named<'_>),
    beside: &Path,
    flag: &str,
    output: &Output,
) -> Result<Comparison, Failure> {
    let comparison = compare::of(&[old], &[new]).map_err(|error| Failure::Failed(format!("{flag}: {error}")))?;
    present(&comparison, &Page::Beside(beside), &Form::of(output))?;
    Ok(comparison)
}

/// Shows a comparison as was asked for, and writes its page.
fn present(comparison: &Comparison, page: &Page<'_>, form: &Form) -> Result<(), Failure> {
    let html = compare::html::render(comparison).map_err(|error| Failure::Failed(error.to_string()))?;
    let file = match page {
        Page::New(file) => {
            write_new(file, &html)?;
            (*file).to_owned()
        }
        Page::Beside(record) => {
            let file = record.with_file_name(PAGE);
            std::fs::write(&file, &html).map_err(|error| Failure::Failed(unwritable::beside(&file, &error)))?;
            file
        }
    };
    if form.open {
        open(&file);
    }
    let place = format!("page  {}\n", file.display());
    let between = if form.among_others.is_some() { "\n" } else { "" };
    let text = match (form.json, form.markdown) {
        _ if form.among_others == Some(Among::Samples) => String::new(),
        (true, _) if form.among_others.is_some() => compare::json::line(comparison),
        (true, _) => compare::json::render(comparison),
        (_, true) => format!("{between}{}", compare::markdown::render(comparison)),
        _ => {
            let text = compare::terminal::render(comparison, &style(form.no_color));
            return print(&format!("{between}{text}\n{place}"));
        }
    };
    if !form.quiet {
        eprint!("{place}");
    }
    print(&text)
}

/// `sse,websocket`.
fn two_transports(text: &str) -> Result<(Transport, Transport), String> {
    let of = |word: &str| word.parse::<Transport>();
    match text.split(',').collect::<Vec<_>>()[..] {
        [old, new] => Ok((of(old)?, of(new)?)),
        _ => Err("two transports with a comma between them".into()),
    }
}
