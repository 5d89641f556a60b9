//! Appending to a record, line by line, each on the disk before the next.

use super::line::{End, EndReason, Header, Line, Resumed, TrialLine};
use super::read::{Record, Unreadable};
use crate::calibration::Calibration;
use crate::pilot::Settling;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The record's name in a run's folder.
pub const FILE: &str = "record.ndjson";

/// Appends to a record.
#[derive(Debug)]
pub struct Writer {
    file: File,
    path: PathBuf,
    /// The places of the trials that stand in it.
    orders: BTreeSet<u32>,
    /// Where a torn last line begins.
    torn_at: Option<u64>,
}

impl Writer {
    /// Begins a record in `folder`, which must not have one.
    ///
    /// # Errors
    /// When the file exists or the header cannot be brought to the disk; with the file's name, as all of a writer's.
    pub fn create(folder: &Path, header: Header) -> io::Result<Writer> {
        let path = folder.join(FILE);
        let created = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = created.map_err(|error| named(&path, &error))?;
        // where there are no locks, nobody is kept from resuming it while it is written
        let _ = file.try_lock();
        let mut writer = Writer { file, path, orders: BTreeSet::new(), torn_at: None };
        writer.append(&Line::Header(Box::new(header)))?;
        // the file's name, too
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| named(folder, &error))?;
        Ok(writer)
    }

    /// Reads the record at `path` to go on with it. It is not changed yet.
    ///
    /// # Errors
    /// As [`Record::read`], and when another process writes it.
    pub fn reopen(path: &Path) -> Result<(Record, Writer), Unreadable> {
        let unreadable = |source| Unreadable::Io { path: path.into(), source };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(unreadable)?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(Unreadable::Busy { path: path.into() });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        let record = Record::parse(path, &bytes)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let torn_at = (whole < bytes.len()).then_some(whole as u64);
        let orders = record.trials.iter().map(|line| line.order).collect();
        Ok((record, Writer { file, path: path.into(), orders, torn_at }))
    }

    /// Goes on: cuts a torn last line off, and says so.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn resumed(&mut self, resumed: Resumed) -> io::Result<()> {
        if let Some(at) = self.torn_at.take() {
            self.file.set_len(at).map_err(|error| named(&self.path, &error))?;
        }
        self.append(&Line::Resumed(Box::new(resumed)))
    }

    /// Brings what the run found out about itself to the disk.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn calibration(&mut self, calibration: Calibration) -> io::Result<()> {
        self.append(&Line::Calibration(Box::new(calibration)))
    }

    /// Brings what pilot trials found to the disk.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn settling(&mut self, settling: Settling) -> io::Result<()> {
        self.append(&Line::Settling(Box::new(settling)))
    }

    /// Brings a finished trial to the disk.
    ///
    /// # Errors
    /// When the disk does not take it; what stood there before stands.
    pub fn trial(&mut self, trial: TrialLine) -> io::Result<()> {
        let order = trial.order;
        self.append(&Line::Trial(Box::new(trial)))?;
        self.orders.insert(order);
        Ok(())
    }

    /// Writes the closing line.
    ///
    /// # Errors
    /// As [`Writer::trial`].
    pub fn end(mut self, reason: EndReason) -> io::Result<()> {
        let trials = u32::try_from(self.orders.len()).unwrap_or(u32::MAX);
        self.append(&Line::End(End { reason, trials }))
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| named(&self.path, &error))
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
