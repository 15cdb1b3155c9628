//! What the processes of all runs have left, added up.

use super::counted::Gathered;
use super::planned::Planned;
use crate::read;
use redhanded_report::near_miss;
use redhanded_report::record::{self, ProcessRecord};
use redhanded_report::{Kind, Report};
use std::fs;
use std::path::{Path, PathBuf};

/// What is known after some runs.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// How many processes watched a connection.
    pub(super) processes: u64,
    /// How many of them did not end in order.
    pub(super) unfinished: u64,
    /// Findings that are suppressed in the process. The fault may be among them.
    pub(super) suppressed: u64,
    /// Connections on streams of a type that is not known.
    pub(super) unknown: u64,
    /// Children that were forked while a connection was watched.
    pub(super) forks: u64,
    pub(super) pair: Gathered,
    /// Reports of other faults.
    pub(super) others: u64,
    /// What a process could not write, and what cannot be read, the first of them in a sentence.
    pub(super) problems: u64,
    pub(super) problem: Option<String>,
}

/// A report of the fault, in its file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) summary: String,
    pub(super) file: PathBuf,
}

impl Left {
    /// Adds what one run has left in its folder. Gives the report of the fault, if there is one.
    pub(super) fn add(&mut self, folder: &Path, planned: &Planned) -> Option<Found> {
        self.add_records(folder);
        match near_miss::read_all(folder) {
            Ok(files) => {
                for (name, near) in files {
                    match near {
                        Ok(near) => self.pair.add(&near, &planned.sides),
                        Err(error) => self.note_problem(format!("{name}: {error}")),
                    }
                }
            }
            Err(error) => self.note_problem(format!("{}: {error}", folder.display())),
        }
        let mut found = None;
        for file in report_files(folder) {
            match read::file(&file) {
                Ok(reports) => {
                    for report in reports {
                        if !planned.is_of(&report) {
                            self.others = self.others.saturating_add(1);
                        } else if found.is_none() {
                            found = Some(Found::of(report, &file));
                        }
                    }
                }
                Err(error) => self.note_problem(error.to_string()),
            }
        }
        found
    }

    fn add_records(&mut self, folder: &Path) {
        let records = match record::read_all(folder) {
            Ok(records) => records,
            Err(error) => return self.note_problem(format!("{}: {error}", folder.display())),
        };
        for (name, record) in records {
            self.processes = self.processes.saturating_add(1);
            match record {
                Ok(record) => self.add_record(&record),
                Err(error) => self.note_problem(format!("{name}: {error}")),
            }
        }
    }

    fn add_record(&mut self, record: &ProcessRecord) {
        self.unfinished = self
            .unfinished
            .saturating_add(u64::from(!record.is_complete));
        self.suppressed = self.suppressed.saturating_add(record.suppressed);
        self.unknown = self.unknown.saturating_add(record.unknown());
        self.forks = self.forks.saturating_add(record.forks);
        for problem in &record.problems {
            self.note_problem(problem.clone());
        }
    }

    fn note_problem(&mut self, problem: String) {
        self.problems = self.problems.saturating_add(1);
        self.problem.get_or_insert(problem);
    }
}

impl Found {
    fn of(report: Report, file: &Path) -> Found {
        Found {
            kind: report.kind,
            summary: report.summary,
            file: file.to_owned(),
        }
    }
}

/// The files of reports in a folder, by name. A file that is being written has another ending.
fn report_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "json") && path.is_file())
        .collect();
    files.sort();
    files
}
