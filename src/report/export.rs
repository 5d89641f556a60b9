//! Everything that is exported of a record, as files of one folder.

use super::page::Page;
use super::pictures::{self, Undrawn};
use super::{csv, hgrm, hlog, json, markdown, openmetrics};

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path within the folder, parts separated by `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// All files of `page`.
///
/// # Errors
/// [`Undrawn`] when a chart cannot be drawn.
pub fn files(page: &Page) -> Result<Vec<File>, Undrawn> {
    let mut files = vec![
        file("report.md", markdown::render(page)),
        file("summary.json", json::render(page)),
        file("figures.csv", csv::render(page)),
        file("summary.prom", openmetrics::render(page)),
    ];
    files.extend(hgrm::all(page).map(|(name, text)| file(&format!("hgrm/{name}"), text)));
    files.extend(hlog::all(page).into_iter().map(|(name, text)| file(&format!("hlog/{name}"), text)));
    for picture in pictures::all(page) {
        let path = format!("charts/{}", picture.name);
        files.push(File { path: format!("{path}.png"), bytes: picture.png()? });
        files.push(file(&format!("{path}.svg"), picture.svg));
    }
    Ok(files)
}

fn file(path: &str, text: String) -> File {
    File { path: path.to_owned(), bytes: text.into_bytes() }
}
