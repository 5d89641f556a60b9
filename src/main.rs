//! The command `pushbench`.

use clap::Parser;
use pushbench::cli::{Cli, execute};
use std::process::ExitCode;

fn main() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("pushbench: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
