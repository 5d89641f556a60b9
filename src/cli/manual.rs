//! `pushbench completions` and `pushbench man`: what the command line says of itself.

use super::failure::Failure;
use super::output;
use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use std::io;

/// What no flag says.
const REST: &str = include_str!("manual.roff");

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that is to know the commands and flags
    shell: Shell,
}

impl Completions {
    pub(super) fn execute(self, mut command: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "pushbench", &mut script);
        output::print(&String::from_utf8_lossy(&script))
    }
}

#[derive(Debug, Args)]
pub(super) struct Manual {}

impl Manual {
    pub(super) fn execute(self, command: Command) -> Result<(), Failure> {
        let page = page(command).map_err(|error| Failure::Failed(error.to_string()))?;
        output::print(&String::from_utf8_lossy(&page))
    }
}

/// One page for all verbs: the whole command's own sections, one for each verb, and what no flag says.
fn page(command: Command) -> io::Result<Vec<u8>> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut page = Vec::new();
    let whole = Man::new(command.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        page.extend(section(verb)?);
    }
    page.extend(REST.as_bytes());
    Ok(page)
}

fn section(verb: &Command) -> io::Result<Vec<u8>> {
    let man = Man::new(verb.clone());
    let mut text = format!(".SH \"PUSHBENCH {}\"\n", verb.get_name().to_uppercase()).into_bytes();
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    // below the verb's heading they are parts
    let parts = ["SYNOPSIS", "DESCRIPTION", "OPTIONS"];
    Ok(parts.iter().fold(text, |text, part| text.replace(&format!(".SH {part}\n"), &format!(".SS {part}\n"))).into())
}
