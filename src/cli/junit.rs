//! The file that `--junit` names.

use super::failure::Failure;
use crate::report::junit::{Suite, render};
use crate::unwritable;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// Refuses a file that could not be written, before there is anything to write.
pub(super) fn check(file: &Path) -> Result<(), Failure> {
    let unusable = |reason: &dyn std::fmt::Display| Failure::Usage(format!("--junit {}: {reason}", file.display()));
    if file.is_dir() {
        return Err(unusable(&"a folder: name a file in it"));
    }
    // a pipe or a device would be replaced, not written to
    if fs::metadata(file).is_ok_and(|there| !there.is_file()) {
        return Err(unusable(&"no plain file: it would be replaced"));
    }
    let unfinished = unfinished(file);
    let tried = fs::write(&unfinished, "").and_then(|()| fs::remove_file(&unfinished));
    tried.map_err(|error| unusable(&unwritable::reason(&error)))
}

/// Writes `suites` to `file`, in place of what stands there: whole or not at all.
pub(super) fn write(file: &Path, suites: &[Suite]) -> Result<(), Failure> {
    let unfinished = unfinished(file);
    let written = fs::write(&unfinished, render(suites)).and_then(|()| fs::rename(&unfinished, target(file)));
    written.map_err(|error| {
        // half of it is nothing; the reason is worth more than whether this works
        let _ = fs::remove_file(&unfinished);
        Failure::Failed(format!("--junit {}: {}", file.display(), unwritable::reason(&error)))
    })
}

/// The file itself, where `file` is a link to it.
fn target(file: &Path) -> PathBuf {
    fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}

/// Where it is until it is whole.
fn unfinished(file: &Path) -> PathBuf {
    let mut name = OsString::from(target(file));
    name.push(".unfinished");
    name.into()
}
