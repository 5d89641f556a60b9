//! Everything that is exported of a record, as files of one folder.

use super::group::Undecodable;
use super::page::Page;
use super::{csv, hgrm, json, markdown};
use crate::record::Record;

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path within the folder, parts separated by `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// All files of `page`, which is that of `record`.
///
/// # Errors
/// [`Undecodable`] when a histogram of a trial cannot be read.
pub fn files(record: &Record, page: &Page) -> Result<Vec<File>, Undecodable> {
    let mut files = vec![
        file("report.md", markdown::render(page)),
        file("summary.json", json::render(page)),
        file("figures.csv", csv::render(page)),
    ];
    files.extend(hgrm::all(record)?.into_iter().map(|(name, text)| file(&format!("hgrm/{name}"), text)));
    Ok(files)
}

fn file(path: &str, text: String) -> File {
    File { path: path.to_owned(), bytes: text.into_bytes() }
}
