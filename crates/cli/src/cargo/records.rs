//! Reads what the watched processes have left: their records and their reports.

use super::read;
use redhanded_report::Report;
use redhanded_report::record::{self, ProcessRecord};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the processes of one run have left.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub records: Vec<ProcessRecord>,
    pub reports: Vec<(PathBuf, Report)>,
    /// Files that could not be read, each in a sentence.
    pub unreadable: Vec<String>,
}

impl Left {
    /// Whether there are reports that are not suppressed, in files or not.
    pub(super) fn has_reports(&self) -> bool {
        let is_counted = |record: &ProcessRecord| record.reports.values().any(|count| *count > 0);
        !self.reports.is_empty() || self.records.iter().any(is_counted)
    }
}

/// The files of a report folder before a run, by their time and size.
#[derive(Debug, Default)]
pub(super) struct Before(HashMap<PathBuf, (SystemTime, u64)>);

impl Before {
    pub(super) fn look(folder: &Path) -> Before {
        let files = json_files(folder)
            .into_iter()
            .chain(json_files(&folder.join(record::FOLDER)));
        Before(
            files
                .filter_map(|file| Some((file.clone(), stamp(&file)?)))
                .collect(),
        )
    }

    fn is_new(&self, file: &Path) -> bool {
        self.0.get(file).copied() != stamp(file)
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Files that are being written have another ending.
fn json_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

/// What is in the folder and was not before.
pub(super) fn read(folder: &Path, before: &Before) -> Left {
    let mut left = Left::default();
    for file in json_files(folder)
        .into_iter()
        .filter(|file| before.is_new(file))
    {
        match read::file(&file) {
            Ok(reports) => left
                .reports
                .extend(reports.into_iter().map(|report| (file.clone(), report))),
            Err(error) => left.unreadable.push(error.to_string()),
        }
    }
    let processes = folder.join(record::FOLDER);
    match record::read_all(folder) {
        Ok(records) => {
            let new = records
                .into_iter()
                .filter(|(name, _)| before.is_new(&processes.join(name)));
            for (name, record) in new {
                match record {
                    Ok(record) => left.records.push(record),
                    Err(error) => left.unreadable.push(format!("{name}: {error}")),
                }
            }
        }
        Err(error) => left
            .unreadable
            .push(format!("{}: {error}", processes.display())),
    }
    left
}
