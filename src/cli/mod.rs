//! The command line: one clap type a verb, one file each.

mod against;
mod baseline;
mod changes;
mod compare;
mod dissect;
mod export;
mod failure;
mod junit;
mod manual;
mod new;
mod output;
mod pick;
mod place;
mod plan;
mod redact;
mod regression;
mod report;
mod run;
mod scenarios;
mod schema;
mod serve;

use crate::{child, forwarder};
use clap::{CommandFactory, Parser, Subcommand};
use compare::Compare;
use dissect::Dissect;
pub use failure::Failure;
use manual::{Completions, Manual};
use new::New;
use place::Child;
use redact::Redact;
use report::Report;
use run::Run;
use scenarios::Scenarios;
use schema::Schema;
use serve::Serve;

/// What it costs to bring a server's updates to its clients: polling, long polling, server-sent events and WebSocket,
/// measured on this machine.
#[derive(Debug, Parser)]
#[command(version = env!("PUSHBENCH_VERSION"), about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Measure scenarios; prints the table and writes record and report of each
    Run(Box<Run>),
    /// Render a record again
    Report(Report),
    /// Hold one run against another, or two transports of one run, and say what is more than chance
    ///
    /// Each row of NEW is held against the row of OLD with the same transport and carrier at the same point of the sweep:
    /// latency percentiles, bytes, requests, CPU and memory, as NEW ÷ OLD with its 95 % interval and a verdict, corrected for how
    /// many figures there are. Where no difference is shown, it says how small a one would have been. A page with both sides'
    /// curves is written beside NEW.
    ///
    /// How much can be said depends on how the two were measured. Runs that were interleaved (`run --against`), and two
    /// transports of one run, are compared block by block: faster, slower. Two runs at different times can only differ between
    /// occasions, for the machine is in the difference, too; three records a side, each taken on an occasion of its own, can
    /// say more.
    Compare(Compare),
    /// Write a record to be shared, without what tells whose it is
    ///
    /// Without the note, paths, the scenario's comments and texts (its question stays), load averages, what children wrote to
    /// standard error, and when on the host's own clock a trial started. With the CPU's name, the kernel, versions and all that
    /// the numbers depend on. `pushbench report` renders it as any other; it cannot be resumed.
    Redact(Redact),
    /// List the scenarios that come with it, with the question of each
    Scenarios(Scenarios),
    /// Write a commented scenario to begin with
    New(New),
    /// Write a JSON schema to standard output: of the scenario file, for editors, or of what programs read
    Schema(Schema),
    /// Serve one feed by every transport, for people and other tools
    Serve(Serve),
    /// Show a short exchange, octet by octet, with what each means and where that is written
    Dissect(Dissect),
    /// Write a shell's completions to standard output
    Completions(Completions),
    /// Write the man page to standard output: `pushbench man | man -l -`
    Man(Manual),
    #[command(hide = true)]
    Load(Child),
    #[command(hide = true)]
    Link(Child),
    #[command(hide = true)]
    Control(Child),
}

/// Does what the command line says.
///
/// # Errors
/// [`Failure`], with a sentence for the user.
pub fn execute(cli: Cli) -> Result<(), Failure> {
    match cli.verb {
        Verb::Run(run) => run.execute(),
        Verb::Report(report) => report.execute(),
        Verb::Compare(compare) => compare.execute(),
        Verb::Redact(redact) => redact.execute(),
        Verb::Scenarios(scenarios) => scenarios.execute(),
        Verb::New(new) => new.execute(),
        Verb::Schema(schema) => schema.execute(),
        Verb::Serve(serve) => serve.execute(),
        Verb::Dissect(dissect) => dissect.execute(),
        Verb::Completions(completions) => completions.execute(Cli::command()),
        Verb::Man(manual) => manual.execute(Cli::command()),
        Verb::Load(load) => child::load(load.place.namespace().as_ref()).map_err(Failure::Failed),
        Verb::Control(_) => child::introduce().map_err(Failure::Failed),
        Verb::Link(_) => forwarder::link().map_err(Failure::Failed),
    }
}
