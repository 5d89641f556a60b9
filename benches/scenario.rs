//! The default scenario, as `pushbench run` makes it: a table, and record and report under `results/`, whose paths are the
//! last that `cargo bench` says. Under that name it answers to criterion's arguments, although criterion has no part in
//! it: a run is made once, has its own repeats, and is not compared with another one by its duration.
//!
//! ```text
//! cargo bench                        # last of all
//! cargo bench -- scenario            # alone
//! cargo bench -- --save-baseline x   # made as well, and saved as every run is: its record is its baseline
//! ```

use clap::{Arg, ArgAction, ArgMatches, Command};
use regex::Regex;
use std::process::{ExitCode, ExitStatus};

/// What filters look at.
const NAME: &str = "scenario";
/// criterion's arguments that take a value; `cargo bench` gives all targets the same.
const WITH_VALUE: [(&str, Option<char>); 16] = [
    ("color", Some('c')),
    ("save-baseline", Some('s')),
    ("baseline", Some('b')),
    ("baseline-lenient", None),
    ("load-baseline", None),
    ("format", None),
    ("profile-time", None),
    ("sample-size", None),
    ("warm-up-time", None),
    ("measurement-time", None),
    ("nresamples", None),
    ("noise-threshold", None),
    ("confidence-level", None),
    ("significance-level", None),
    ("plotting-backend", None),
    ("output-format", None),
];
/// And those that take none.
const FLAGS: [(&str, Option<char>); 14] = [
    ("bench", None),
    ("test", None),
    ("list", None),
    ("exact", None),
    ("ignored", None),
    ("include-ignored", None),
    ("verbose", Some('v')),
    ("quiet", None),
    ("noplot", Some('n')),
    ("discard-baseline", None),
    ("quick", None),
    ("nocapture", None),
    ("show-output", None),
    ("version", Some('V')),
];

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Nothing,
    List,
    Test,
    Run,
}

fn arguments() -> Command {
    let argument = |(name, short): (&'static str, Option<char>)| Arg::new(name).long(name).short(short);
    let values = WITH_VALUE.map(argument).map(|argument| argument.action(ArgAction::Set));
    let flags = FLAGS.map(argument).map(|argument| argument.action(ArgAction::SetTrue));
    let about = "Makes the default scenario. Of criterion's arguments, filters, --test and --list mean here what they mean there";
    Command::new(NAME).about(about).disable_version_flag(true).args(values).args(flags).arg(Arg::new("FILTER"))
}

/// What criterion would do.
fn task(given: &ArgMatches) -> Result<Task, regex::Error> {
    let filter = given.get_one::<String>("FILTER");
    let wanted = match filter {
        _ if given.get_flag("ignored") => false,
        None => true,
        Some(name) if given.get_flag("exact") => name == NAME,
        Some(pattern) => Regex::new(pattern)?.is_match(NAME),
    };
    // there is nothing to profile in this process, nor is there anything that criterion kept
    let measures = !given.contains_id("profile-time") && !given.contains_id("load-baseline");
    Ok(match () {
        () if !wanted => Task::Nothing,
        () if given.get_flag("list") => Task::List,
        // `cargo test --benches` gives no `--bench`
        () if given.get_flag("test") || !given.get_flag("bench") => Task::Test,
        () if measures => Task::Run,
        () => Task::Nothing,
    })
}

fn pushbench(arguments: &[&str]) -> std::io::Result<ExitStatus> {
    std::process::Command::new(env!("CARGO_BIN_EXE_pushbench")).args(arguments).status()
}

fn main() -> ExitCode {
    let task = match task(&arguments().get_matches()) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("{NAME}: the filter is no regular expression: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = match task {
        Task::Nothing => return ExitCode::SUCCESS,
        Task::List => {
            println!("{NAME}: benchmark");
            return ExitCode::SUCCESS;
        }
        Task::Test => {
            println!("Testing {NAME}");
            pushbench(&["run", "--dry-run"])
        }
        Task::Run => pushbench(&["run"]),
    };
    match status {
        Ok(status) if status.success() => {
            if task == Task::Test {
                println!("Success");
            }
            ExitCode::SUCCESS
        }
        Ok(status) => {
            eprintln!("{NAME}: pushbench: {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{NAME}: {}: {error}", env!("CARGO_BIN_EXE_pushbench"));
            ExitCode::FAILURE
        }
    }
}
