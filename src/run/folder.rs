//! A run's own folder.

use crate::record;
use crate::unwritable;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Makes the run's own folder: `<when>-<name>`, with a number behind it where that is taken.
pub(super) fn make(results: &Path, when: SystemTime, name: &str) -> io::Result<PathBuf> {
    std::fs::create_dir_all(results).map_err(|error| unwritable::at(results, &error))?;
    let when = humantime::format_rfc3339_seconds(when).to_string().replace([':', 'Z'], "");
    for copy in 1..=1000 {
        let suffix = if copy == 1 { String::new() } else { format!("-{copy}") };
        let folder = results.join(format!("{when}-{name}{suffix}"));
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| folder.clone()).map_err(|error| unwritable::at(&folder, &error)),
        }
    }
    Err(io::Error::other(format!("{}: too many runs in one second", results.display())))
}

/// The folder under `results` whose record was written last.
///
/// # Errors
/// When there is none.
pub fn latest(results: &Path) -> io::Result<PathBuf> {
    let entries = std::fs::read_dir(results)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", results.display())))?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path());
    let began = |folder: &PathBuf| std::fs::metadata(folder.join(record::FILE)).and_then(|file| file.modified()).ok();
    let newest = folders.filter_map(|folder| Some((began(&folder)?, folder))).max();
    newest
        .map(|(_, folder)| folder)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{}: no run here", results.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::UNIX_EPOCH;

    #[test]
    fn no_run_gets_anothers_folder() {
        let results = tempfile::tempdir().expect("a folder");
        let make = || make(results.path(), UNIX_EPOCH, "quick").expect("made");
        assert!(make().ends_with("1970-01-01T000000-quick"));
        assert!(make().ends_with("1970-01-01T000000-quick-2"));
        assert!(latest(results.path()).expect_err("no record yet").to_string().contains("no run here"));
    }
}
