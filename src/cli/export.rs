//! The folder that `--export` names: filled whole or not at all, and never one that has something in it.

use super::failure::Failure;
use crate::report::export::File;
use crate::unwritable;
use std::fs;
use std::io;
use std::path::Path;

/// Where the files are until all of them are written. What is left of it tells that the export was broken off.
const UNFINISHED: &str = "unfinished";

/// Refuses a folder that could not be exported to.
pub(super) fn check(folder: &Path) -> Result<(), Failure> {
    let unusable = |error: &dyn std::fmt::Display| Failure::Usage(format!("--export {}: {error}", folder.display()));
    match fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(false) => Ok(()),
        Ok(true) => Err(unusable(&"it is not empty, and is left alone: name another")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::read_dir(parent).map(drop).map_err(|error| unusable(&unwritable::reason(&error)))
        }
        Err(error) => Err(unusable(&unwritable::reason(&error))),
    }
}

/// Writes `files` into `folder`; where one of them cannot be written, none is there.
pub(super) fn write(folder: &Path, files: &[File]) -> Result<(), Failure> {
    check(folder)?;
    let made = !folder.exists();
    let unfinished = folder.join(UNFINISHED);
    let written = fs::create_dir_all(&unfinished)
        .map_err(|error| failed(&unfinished, &error))
        .and_then(|()| files.iter().try_for_each(|file| write_file(&unfinished, file)))
        .and_then(|()| settle(&unfinished, folder));
    if written.is_err() {
        // the reason is worth more than whether this works
        let _ = fs::remove_dir_all(&unfinished);
        if made {
            let _ = fs::remove_dir(folder);
        }
    }
    written
}

fn write_file(folder: &Path, file: &File) -> Result<(), Failure> {
    let path = folder.join(&file.path);
    let parents = path.parent().map_or(Ok(()), fs::create_dir_all);
    parents.and_then(|()| fs::write(&path, &file.bytes)).map_err(|error| failed(&path, &error))
}

/// Brings what stands in `unfinished` to its place.
fn settle(unfinished: &Path, folder: &Path) -> Result<(), Failure> {
    let moved = || -> io::Result<()> {
        for entry in fs::read_dir(unfinished)? {
            let entry = entry?;
            fs::rename(entry.path(), folder.join(entry.file_name()))?;
        }
        fs::remove_dir(unfinished)
    };
    moved().map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::Failed(format!("{}: {}", path.display(), unwritable::reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> File {
        File { path: path.into(), bytes: b"it".to_vec() }
    }

    #[test]
    fn what_cannot_be_written_whole_is_not_there() {
        let above = tempfile::tempdir().expect("a folder");
        let (new, empty) = (above.path().join("new"), above.path().join("empty"));
        fs::create_dir(&empty).expect("the folder is ours");
        // below a file there is no room, as on a full disk
        let files = [file("a/b"), file("c"), file("c/d")];
        for folder in [&new, &empty] {
            let failure = write(folder, &files).expect_err("no room");
            assert_eq!(failure.code(), 1);
            assert!(failure.to_string().starts_with(&folder.display().to_string()), "{failure}");
        }
        assert!(!new.exists());
        assert_eq!(fs::read_dir(&empty).expect("it was there before").count(), 0);
        write(&new, &files[..2]).expect("there is room");
        assert_eq!(fs::read(new.join("a/b")).expect("written"), b"it");
        assert_eq!(write(&new, &files[1..2]).expect_err("it is not empty").code(), 2);
    }
}
