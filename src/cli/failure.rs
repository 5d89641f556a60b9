//! Why a command failed, and the process's exit code for it.

use std::io;

/// Why the command failed; decides the exit code.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad usage or scenario: 2.
    #[error("{0}")]
    Usage(String),
    /// The work failed: 1.
    #[error("{0}")]
    Failed(String),
    /// It was done, and a threshold was missed: 99.
    #[error("{0}")]
    Missed(String),
    /// Somebody stopped it: 130.
    #[error("interrupted; what was finished is kept")]
    Interrupted,
}

impl Failure {
    /// The process's exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Failure::Failed(_) => 1,
            Failure::Usage(_) => 2,
            Failure::Missed(_) => 99,
            Failure::Interrupted => 130,
        }
    }

    /// What was written to standard output, or could not be.
    pub(super) fn unless_written(written: io::Result<()>) -> Result<(), Failure> {
        match written {
            // whoever reads has read enough
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|error| Failure::Failed(error.to_string())),
        }
    }
}
