//! Why something cannot be written where the user wants it, and what would be right.

use std::io::{self, ErrorKind};
use std::path::Path;

/// What goes behind the name of the place.
pub fn reason(error: &io::Error) -> String {
    let right = match error.kind() {
        ErrorKind::NotFound => ": make the folder that it is to be in, or name another",
        ErrorKind::AlreadyExists => ", and is no folder: name another",
        ErrorKind::NotADirectory => ": what it is to be in is a file: name a folder",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ": name another, in which you may write",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ": make room, or name another disk",
        ErrorKind::InvalidFilename => ": name a shorter one",
        _ => "",
    };
    format!("{error}{right}")
}

/// The same with its place in front, as an error of the same kind.
pub fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {}", path.display(), reason(error)))
}
