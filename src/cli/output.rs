//! Where results are, and how they are shown: what `run` and `report` have in common.

use super::export;
use super::failure::Failure;
use super::junit;
use crate::record::{self, Record};
use crate::report::junit::{Gated, Suite};
use crate::report::terminal::Style;
use crate::report::{self, Page, csv, json, markdown, openmetrics};
use crate::run;
use crate::threshold::Threshold;
use crate::unwritable;
use clap::Args;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What shows a file to the user.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
/// Whoever opens a file and still runs after this has become the browser.
const OPENING: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Output {
    // no default of clap's: whether it was given is asked
    #[arg(short, long, value_name = "FOLDER", help = "The folder in which every run makes its own [default: results]")]
    out: Option<PathBuf>,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Print the summary as JSON in place of the table: a document a scenario, each on a line of its own
    #[arg(long, conflicts_with_all = ["csv", "markdown", "openmetrics"])]
    pub(super) json: bool,
    /// Print every trial's figures as CSV in place of the table: a line for each trial and metric
    #[arg(long, conflicts_with_all = ["markdown", "openmetrics"])]
    pub(super) csv: bool,
    /// Print the report as Markdown in place of the table, for a pull request
    #[arg(long, conflicts_with = "openmetrics")]
    pub(super) markdown: bool,
    /// Print the summary as OpenMetrics in place of the table, for Prometheus and its like; one scenario at a time
    #[arg(long)]
    pub(super) openmetrics: bool,
    /// Write all of these, each chart as SVG and PNG, and each trial's latency for HdrHistogram's tools into FOLDER,
    /// which must be empty or not there yet
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// Write the thresholds and the trials that failed to FILE as JUnit's XML, for CI systems; one that exists is replaced
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Open the report in a browser
    #[arg(long)]
    open: bool,
    /// No colours, as with `NO_COLOR` set
    #[arg(long)]
    pub(super) no_color: bool,
}

/// Where runs are, unless another folder is named.
const RESULTS: &str = "results";

/// What standard output shows of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Table,
    Json,
    Csv,
    Markdown,
    OpenMetrics,
}

impl Output {
    /// The folder in which every run makes its own.
    pub(super) fn results(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new(RESULTS))
    }

    /// As [`record_at`], looking where `--out` says.
    pub(super) fn record_at(&self, path: &Path) -> Result<PathBuf, Failure> {
        record_at(path, ("--out", self.out.as_deref()))
    }

    fn shown(&self) -> Form {
        match (self.json, self.csv, self.markdown, self.openmetrics) {
            (true, _, _, _) => Form::Json,
            (_, true, _, _) => Form::Csv,
            (_, _, true, _) => Form::Markdown,
            (_, _, _, true) => Form::OpenMetrics,
            _ => Form::Table,
        }
    }

    /// Refuses what cannot be exported to, before there is anything to export: `records` of them are to come.
    pub(super) fn check(&self, records: usize) -> Result<(), Failure> {
        if records > 1 && self.openmetrics {
            return Err(Failure::Usage("--openmetrics: one scenario at a time: such texts cannot be joined".into()));
        }
        self.junit.as_deref().map_or(Ok(()), junit::check)?;
        let Some(folder) = &self.export else { return Ok(()) };
        if records > 1 {
            return Err(Failure::Usage(format!("--export {}: one scenario at a time", folder.display())));
        }
        export::check(folder)
    }
}

/// The record that `path` means: a run's folder, the record itself, or `latest`, the newest in the folder that a flag
/// names. The flag belongs to `latest`: a path that is elsewhere contradicts it.
pub(super) fn record_at(path: &Path, (flag, folder): (&str, Option<&Path>)) -> Result<PathBuf, Failure> {
    let usage = |place: &Path, reason: &str| Err(Failure::Usage(format!("{}: {reason}", place.display())));
    if path == Path::new("latest") {
        let results = folder.unwrap_or(Path::new(RESULTS));
        if !results.exists() {
            return usage(results, &format!("no run here: there is no such folder; {flag} names another"));
        }
        let newest = run::latest(results).map_err(|error| Failure::Usage(error.to_string()))?;
        return Ok(newest.join(record::FILE));
    }
    if let Some(folder) = folder.filter(|folder| !path.starts_with(folder)) {
        let (folder, path) = (folder.display(), path.display());
        return Err(Failure::Usage(format!("{flag} {folder}: only `latest` is looked for there, not {path}")));
    }
    if !path.exists() {
        return usage(path, "No such file or directory: a run's folder, its record, or `latest`");
    }
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let file = path.join(record::FILE);
    match run::latest(path) {
        _ if file.exists() => Ok(file),
        Ok(newest) => {
            let newest = newest.display();
            usage(path, &format!("a folder of runs: name one of them; the newest is {newest}"))
        }
        Err(_) => usage(path, &format!("no run's folder: there is no {} in it", record::FILE)),
    }
}

/// The records that a command has shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    suites: Vec<Suite>,
    /// Whether standard output has any.
    any: bool,
    /// What was missed, a sentence a record.
    missed: Vec<String>,
}

impl Shown {
    /// Renders `record`, held to `thresholds` beside its own: to standard output what was asked for, the page beside the
    /// record, and the exports. It is the first that this process shows, or follows others.
    pub(super) fn add(&mut self, record: &Path, thresholds: &[Threshold], output: &Output) -> Result<(), Failure> {
        let page = render(record, thresholds, output, !self.any)?;
        self.any = true;
        self.missed.extend(page.missed().map(|missed| format!("{}: {missed}", page.name())));
        self.suites.push(Suite::of(&page));
        self.write(output)
    }

    /// After each: what was finished stands, whatever becomes of the next.
    fn write(&self, output: &Output) -> Result<(), Failure> {
        output.junit.as_deref().map_or(Ok(()), |file| junit::write(file, &self.suites))
    }

    /// What a gate of `accepted` found of the record that was shown last.
    pub(super) fn gated(&mut self, accepted: &str, gated: &Gated, output: &Output) -> Result<(), Failure> {
        self.suites.last_mut().expect("one was shown").gate(accepted, gated);
        if let Gated::Worse(worse) = gated {
            self.missed.push(worse.clone());
        }
        self.write(output)
    }

    /// Writes the page of the build that a run was held against beside its `record`, which is not shown.
    pub(super) fn other(&mut self, record: &Path) -> Result<(), Failure> {
        let (page, _) = written(record, &[])?;
        self.suites.push(Suite::of(&page));
        Ok(())
    }

    /// What was missed, in a sentence; `None`: nothing was.
    pub(super) fn missed(&self) -> Option<String> {
        (!self.missed.is_empty()).then(|| self.missed.join("; "))
    }
}

/// Writes the page of `record` beside it, held to `thresholds` beside its own.
fn written(record: &Path, thresholds: &[Threshold]) -> Result<(Page, PathBuf), Failure> {
    let read = Record::read(record).map_err(|unreadable| Failure::Usage(unreadable.to_string()))?;
    let usage = |error: &dyn std::fmt::Display| Failure::Usage(format!("{}: {error}", record.display()));
    let mut page = Page::from_record(&read).map_err(|error| usage(&error))?;
    page.hold_to(thresholds).map_err(|reason| Failure::Usage(format!("--threshold: {reason}")))?;
    let html = report::html::render(&page).map_err(|error| Failure::Failed(error.to_string()))?;
    let file = record.with_file_name("report.html");
    std::fs::write(&file, html).map_err(|error| Failure::Failed(unwritable::beside(&file, &error)))?;
    Ok((page, file))
}

fn render(record: &Path, thresholds: &[Threshold], output: &Output, first: bool) -> Result<Page, Failure> {
    let (page, file) = written(record, thresholds)?;
    // before anything says that it is there
    let exported = output.export.as_deref().map(|folder| exported(folder, &page));
    let mut places = format!("record  {}\nreport  {}\n", record.display(), file.display());
    if let (Some(folder), Some(Ok(()))) = (&output.export, &exported) {
        places += &format!("export  {}\n", folder.display());
    }
    show(&page, &places, output, first)?;
    if output.open {
        open(&file);
    }
    exported.unwrap_or(Ok(()))?;
    Ok(page)
}

fn exported(folder: &Path, page: &Page) -> Result<(), Failure> {
    let files = report::export::files(page).map_err(|error| Failure::Failed(error.to_string()))?;
    export::write(folder, &files)
}

/// Writes what was asked for to standard output. `places` are for people: they stand below the table, and out of the way
/// of what a program reads.
fn show(page: &Page, places: &str, output: &Output, first: bool) -> Result<(), Failure> {
    let between = if first { "" } else { "\n" };
    let text = match output.shown() {
        Form::Table => {
            format!("{between}{}\n{places}", report::terminal::render(page, &style(output.no_color)))
        }
        Form::Json => json::line(page),
        Form::Csv if first => csv::render(page),
        Form::Csv => csv::render(page).split_once('\n').map(|(_, lines)| lines.to_owned()).unwrap_or_default(),
        Form::OpenMetrics => openmetrics::render(page),
        Form::Markdown => format!("{between}{}", markdown::render(page)),
    };
    if output.shown() != Form::Table && !output.quiet {
        eprint!("{places}");
    }
    print(&text)
}

/// Has the system show `file`. That it cannot is no reason to fail: the file is there.
pub(super) fn open(file: &Path) {
    if let Err(reason) = opened(file) {
        eprintln!("pushbench: warning: --open: {OPENER} {}: {reason}", file.display());
    }
}

fn opened(file: &Path) -> Result<(), String> {
    let mut command = Command::new(OPENER);
    command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = command.spawn();
    let mut opener = started.map_err(|error| error.to_string())?;
    let end = Instant::now() + OPENING;
    while Instant::now() < end {
        match opener.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(status.to_string()),
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    }
    Ok(()) // it is the browser itself now, and the user's
}

/// Writes the file `path`, whole or not at all; one that exists is left alone.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    write_new_octets(path, text.as_bytes())
}

/// As [`write_new`], whatever it holds.
pub(super) fn write_new_octets(path: &Path, octets: &[u8]) -> Result<(), Failure> {
    let created = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = created.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if !path.is_dir() => {
            Failure::Usage(format!("{}: it exists, and is left alone: name another", path.display()))
        }
        _ if path.is_dir() => Failure::Usage(format!("{}: a folder: name a file in it", path.display())),
        _ => Failure::Usage(format!("{}: {}", path.display(), unwritable::reason(&error))),
    })?;
    file.write_all(octets).map_err(|error| {
        // half of it is nothing; that the disk is full has to be said either way
        let _ = std::fs::remove_file(path);
        Failure::Failed(format!("{}: {}", path.display(), unwritable::reason(&error)))
    })
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    Failure::unless_written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// How standard output is to be written to.
pub(super) fn style(no_color: bool) -> Style {
    Style { color: colour(no_color), width: width() }
}

/// In longer lines one loses one's place.
const WIDEST: u16 = 140;

/// Columns of standard output, as far as they are used; `None`: it is no terminal.
pub(super) fn width() -> Option<u16> {
    let size = terminal_size::terminal_size().filter(|_| io::stdout().is_terminal());
    size.map(|(width, _)| width.0.min(WIDEST))
}

pub(super) fn colour(no_color: bool) -> bool {
    // https://no-color.org: set, and not empty
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color && !refused && io::stdout().is_terminal()
}
