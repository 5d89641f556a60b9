//! The export of every delivery: the load writes a file a trial, and those of measured trials are joined.

use crate::control::Deliveries;
use crate::kind::Transport;
use crate::unwritable;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const COLUMNS: &str = "block,order,transport,client,update,planned_ns,emitted_ns,received_ns\n";

/// An export that is being written.
pub(super) struct Export {
    file: File,
    path: PathBuf,
    /// What the load writes.
    part: PathBuf,
}

impl Export {
    /// Begins the file `path`, which must not exist.
    pub(super) fn create(path: &Path) -> io::Result<Export> {
        let created = OpenOptions::new().write(true).create_new(true).open(path);
        let mut file = created.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                io::Error::new(error.kind(), format!("{}: it exists, and is left alone: name another", path.display()))
            }
            _ => unwritable::at(path, &error),
        })?;
        file.write_all(COLUMNS.as_bytes()).map_err(|error| unwritable::at(path, &error))?;
        Ok(Export { file, path: path.to_owned(), part: PathBuf::new() })
    }

    /// What the load writes before it is joined stands in `folder`.
    pub(super) fn within(mut self, folder: &Path) -> Export {
        self.part = folder.join("deliveries.part");
        self
    }

    /// What the load of a trial is to do.
    pub(super) fn order(&self, block: u32, order: u32, transport: Transport) -> Deliveries {
        Deliveries { file: self.part.clone(), row: format!("{block},{order},{transport},") }
    }

    /// Joins what the load has written, if its trial was `measured`; else passes over it.
    pub(super) fn trial(&mut self, measured: bool) -> io::Result<()> {
        if measured {
            let mut part = File::open(&self.part).map_err(|error| named(&self.part, &error))?;
            io::copy(&mut part, &mut self.file).map_err(|error| unwritable::at(&self.path, &error))?;
        }
        self.of_probes(measured)?;
        match std::fs::remove_file(&self.part) {
            // the trial failed before anything was written
            Err(error) if error.kind() == io::ErrorKind::NotFound && !measured => Ok(()),
            removed => removed.map_err(|error| named(&self.part, &error)),
        }
    }
}

impl Export {
    /// The same for what the probes' load has written, where there was one.
    fn of_probes(&mut self, measured: bool) -> io::Result<()> {
        let path = of_probes(&self.part);
        let mut part = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            part => part.map_err(|error| named(&path, &error))?,
        };
        if measured {
            io::copy(&mut part, &mut self.file).map_err(|error| unwritable::at(&self.path, &error))?;
        }
        std::fs::remove_file(&path).map_err(|error| named(&path, &error))
    }
}

/// Where the probes' load writes what the other one writes to `part`.
pub(super) fn of_probes(part: &Path) -> PathBuf {
    part.with_extension("probes")
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
