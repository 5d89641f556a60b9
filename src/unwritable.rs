//! Why something cannot be written where the user wants it, and what would be right.

use std::io::{self, ErrorKind};
use std::path::Path;

/// What goes behind the name of the place.
pub fn reason(error: &io::Error) -> String {
    let right = match error.kind() {
        ErrorKind::NotFound => ": make the folder that it is to be in, or name another",
        ErrorKind::AlreadyExists => ", and is no folder: name another",
        ErrorKind::NotADirectory => ": it is, or would be in, a file: name another",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => ": name another, where you may write",
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

/// Why the page that belongs beside a record cannot be written there, and what would be right.
pub fn beside(page: &Path, error: &io::Error) -> String {
    let right = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("{error}: it belongs beside its record: copy that to where you may write")
        }
        _ => reason(error),
    };
    format!("{}: {right}", page.display())
}
