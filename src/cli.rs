//! The command line: one clap type a verb.

use crate::clock::{Nanos, SECOND};
use crate::kind::{Encoding, Transport};
use crate::record::{self, Record};
use crate::report::{self, Page};
use crate::run::{self, Options};
use crate::scenario::{self, Overrides, Scenario};
use crate::schedule::Schedule;
use crate::trial::FeedPlan;
use crate::{child, human, serve, update};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What it costs to bring a server's updates to its clients: polling, long polling, server-sent events and WebSocket,
/// measured on this machine.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Measure a scenario; prints the table and writes record and report
    Run(Run),
    /// Render a record again
    Report(Report),
    /// Serve one feed by every transport, for people and other tools
    Serve(Serve),
    #[command(hide = true)]
    Load(Load),
}

/// Why the command failed; decides the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad usage or scenario: 2.
    #[error("{0}")]
    Usage(String),
    /// The work failed: 1.
    #[error("{0}")]
    Failed(String),
    /// Somebody stopped it: 130.
    #[error("interrupted; what was finished is kept")]
    Interrupted,
}

impl Failure {
    /// The process's exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Interrupted => 130,
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// [`Failure`], with a sentence for the user.
pub fn execute(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Run(run) => run.execute(),
        Verb::Report(report) => report.execute(),
        Verb::Serve(serve) => serve.execute(),
        Verb::Load(_) => child::load().map_err(Failure::Failed),
    }
}

#[derive(Debug, Args)]
struct Run {
    /// A scenario file; the embedded default where it is left out
    scenario: Option<PathBuf>,
    /// How long steady lasts, in every trial
    #[arg(short, long, value_name = "TIME", value_parser = human::duration)]
    duration: Option<Nanos>,
    /// How many clients follow the feed
    #[arg(short, long, value_name = "N")]
    clients: Option<u32>,
    /// Updates per second
    #[arg(short, long, value_name = "RATE")]
    rate: Option<f64>,
    /// How long the feed runs before anything counts
    #[arg(short, long, value_name = "TIME", value_parser = human::duration)]
    warmup: Option<Nanos>,
    /// How many blocks: each holds every trial once
    #[arg(long, value_name = "N")]
    repeats: Option<u32>,
    /// Fixes the feed, the clients' phases and the order
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// These transports only, separated by commas
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    transport: Option<Vec<Transport>>,
    /// An update's size, everything counted
    #[arg(long, value_name = "SIZE", value_parser = human::size)]
    payload: Option<usize>,
    /// Whether server and load stay on CPUs of their own
    #[arg(long, value_enum, default_value_t = Affinity::Auto)]
    affinity: Affinity,
    #[command(flatten)]
    output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Affinity {
    /// Disjoint CPUs where there are two
    Auto,
    /// The system decides
    None,
}

#[derive(Debug, Args)]
struct Output {
    /// The folder in which every run makes its own
    #[arg(short, long, value_name = "FOLDER", default_value = "results")]
    out: PathBuf,
    /// Say nothing on the way
    #[arg(short, long)]
    quiet: bool,
    /// No colours, as with `NO_COLOR` set
    #[arg(long)]
    no_color: bool,
}

impl Run {
    fn execute(self) -> Result<(), Failure> {
        let (path, text) = match &self.scenario {
            None => (PathBuf::from("scenarios/00-quick.toml"), scenario::QUICK.to_owned()),
            Some(path) => {
                let text = std::fs::read_to_string(path);
                (path.clone(), text.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?)
            }
        };
        let overrides = Overrides {
            duration_ns: self.duration,
            warmup_ns: self.warmup,
            clients: self.clients,
            rate: self.rate,
            payload: self.payload,
            repeats: self.repeats,
            seed: self.seed,
            transports: self.transport.clone(),
        };
        let scenario =
            Scenario::parse(&path, &text, &overrides).map_err(|invalid| Failure::Usage(invalid.to_string()))?;
        let options = Options {
            results: self.output.out.clone(),
            path: self.scenario.as_ref().map(|path| path.display().to_string()),
            overrides: self.flags(),
            affinity: self.affinity == Affinity::Auto,
            quiet: self.output.quiet,
        };
        let ran = run::run(&scenario, &options).map_err(|failed| match failed {
            run::Failed::Place(error) => Failure::Usage(error.to_string()),
            run::Failed::System(error) => Failure::Failed(error.to_string()),
        })?;
        render(&ran.folder, &self.output)?;
        if ran.interrupted {
            return Err(Failure::Interrupted);
        }
        match ran.failed {
            0 => Ok(()),
            failed => Err(Failure::Failed(format!("{failed} of {} trials failed", scenario.planned_trials()))),
        }
    }

    /// What changes the work, as it would be typed.
    fn flags(&self) -> Vec<String> {
        let time =
            |ns: Nanos| humantime::format_duration(std::time::Duration::from_nanos(ns)).to_string().replace(' ', "");
        let transports = |list: &Vec<Transport>| list.iter().map(|t| t.name()).collect::<Vec<_>>().join(",");
        let flags = [
            ("--duration", self.duration.map(time)),
            ("--clients", self.clients.map(|n| n.to_string())),
            ("--rate", self.rate.map(|rate| rate.to_string())),
            ("--warmup", self.warmup.map(time)),
            ("--repeats", self.repeats.map(|n| n.to_string())),
            ("--seed", self.seed.map(|n| n.to_string())),
            ("--transport", self.transport.as_ref().map(transports)),
            ("--payload", self.payload.map(|n| n.to_string())),
            ("--affinity", (self.affinity == Affinity::None).then(|| "none".to_owned())),
        ];
        flags.into_iter().filter_map(|(flag, value)| value.map(|value| format!("{flag} {value}"))).collect()
    }
}

#[derive(Debug, Args)]
struct Report {
    /// A run's folder or its record; `latest`: the newest under `--out`
    #[arg(default_value = "latest")]
    path: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Report {
    fn execute(self) -> Result<(), Failure> {
        let usage = |error: io::Error| Failure::Usage(error.to_string());
        let folder = match self.path.as_os_str().to_str() {
            Some("latest") => run::latest(&self.output.out).map_err(usage)?,
            _ => self.path.clone(),
        };
        render(&folder, &self.output)
    }
}

/// Renders the record in `path` (a folder, or the record itself): the table to standard output, the page beside it.
fn render(path: &Path, output: &Output) -> Result<(), Failure> {
    let record = if path.is_dir() { path.join(record::FILE) } else { path.to_owned() };
    let read = Record::read(&record).map_err(|unreadable| Failure::Usage(unreadable.to_string()))?;
    let page = Page::from_record(&read).map_err(|error| Failure::Usage(format!("{}: {error}", record.display())))?;
    let html = report::html::render(&page).map_err(|error| Failure::Failed(error.to_string()))?;
    let file = record.with_file_name("report.html");
    std::fs::write(&file, html).map_err(|error| Failure::Failed(format!("{}: {error}", file.display())))?;
    let style = report::terminal::Style { color: colour(output), width: None };
    let mut out = io::stdout().lock();
    let written = write!(out, "{}", report::terminal::render(&page, &style)).and_then(|()| {
        writeln!(out, "\nrecord  {}\nreport  {}", record.display(), file.display())?;
        out.flush()
    });
    match written {
        // whoever reads has read enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::Failed(error.to_string())),
    }
}

fn colour(output: &Output) -> bool {
    // https://no-color.org: set, and not empty
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !output.no_color && !refused && io::stdout().is_terminal()
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Updates per second, evenly spaced
    #[arg(short, long, value_name = "RATE", default_value_t = 1.0)]
    rate: f64,
    /// An update's size
    #[arg(long, value_name = "SIZE", value_parser = human::size, default_value = "100")]
    payload: usize,
    /// How updates are encoded
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// The server of a trial
    #[arg(long, hide = true)]
    child: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A JSON object a line
    Json,
    /// As trials send it
    Text,
    /// As trials send it
    Binary,
}

impl Serve {
    fn execute(self) -> Result<(), Failure> {
        if self.child {
            return child::serve().map_err(Failure::Failed);
        }
        if !(self.rate.is_finite() && (1e-4..=1e6).contains(&self.rate)) {
            return Err(Failure::Usage(format!("--rate {}: updates per second, 0.0001 to 1,000,000", self.rate)));
        }
        if !(update::MIN_LEN..=update::MAX_LEN).contains(&self.payload) {
            return Err(Failure::Usage(format!(
                "--payload {}: an update is {} B to 16 MiB",
                self.payload,
                update::MIN_LEN
            )));
        }
        let encoding = match self.format {
            Format::Json => Encoding::Json,
            Format::Text => Encoding::Text,
            Format::Binary => Encoding::Binary,
        };
        let plan = FeedPlan {
            schedule: Schedule::Periodic { rate: self.rate },
            payload: self.payload,
            encoding,
            seed: 1,
            retention_ns: 60 * SECOND,
        };
        serve::serve(self.listen, plan).map_err(|error| Failure::Failed(error.to_string()))
    }
}

/// The load of a trial.
#[derive(Debug, Args)]
struct Load {
    #[arg(long, required = true)]
    child: bool,
}
