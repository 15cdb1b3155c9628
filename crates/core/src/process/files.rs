//! Report files: one for each fingerprint and run, rewritten as the count grows, and the record of the process.
//!
//! Several processes with the same number may have one directory: each in a container of its own. So files have the name of the
//! run.

use super::voice;
use redhanded_report::Report;
use redhanded_report::near_miss::{self, NearMisses};
use redhanded_report::record::{FOLDER, ProcessRecord};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The directory that `REDHANDED_REPORT_DIR` names.
pub(super) struct ReportDir {
    directory: PathBuf,
    /// What no other process has in the names of its files.
    run: String,
    /// An error was printed. It is not printed again until everything has been written.
    has_warned: bool,
    /// The record of the process was not written last time, and that was printed.
    has_warned_of_record: bool,
    /// What was printed last.
    problem: Option<String>,
}

impl ReportDir {
    pub(super) fn new(directory: PathBuf, run: String) -> Self {
        let mut files = ReportDir {
            directory,
            run,
            has_warned: false,
            has_warned_of_record: false,
            problem: None,
        };
        // Says at the start that a directory is not writable. The first report may be hours away.
        if let Err(error) = files.try_out() {
            files.warn(&error);
        }
        files
    }

    /// Writes these reports. Gives the ids of those that could not be written.
    pub(super) fn write(&mut self, reports: &[Report]) -> Vec<String> {
        let mut unwritten = Vec::new();
        for report in reports {
            if let Err(error) = self.write_one(report) {
                self.warn(&error);
                unwritten.push(report.id.clone());
            }
        }
        if !reports.is_empty() && unwritten.is_empty() {
            self.has_warned = false;
        }
        unwritten
    }

    /// Removes the files of reports that are no reports any more.
    pub(super) fn remove(&self, ids: &[String]) {
        for id in ids {
            // There is no file if it was never written.
            let _ = fs::remove_file(self.directory.join(self.name(id)));
        }
    }

    /// Makes the directory, and writes a file in it and removes it.
    fn try_out(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let file = self.directory.join(format!(".{}.tmp", self.run));
        fs::write(&file, [])?;
        fs::remove_file(&file)
    }

    fn write_one(&self, report: &Report) -> io::Result<()> {
        let name = self.name(&report.fingerprint);
        replace(&self.directory, &name, &report.to_json())
    }

    fn name(&self, fingerprint: &str) -> String {
        format!("{fingerprint}-{}.json", self.run)
    }

    /// Writes the record of the process. Gives whether it could.
    pub(super) fn write_record(&mut self, name: &str, record: &ProcessRecord) -> bool {
        self.write_below(FOLDER, name, &record.to_json())
    }

    /// Writes the near misses of the process. Gives whether it could.
    pub(super) fn write_near_misses(&mut self, name: &str, near_misses: &NearMisses) -> bool {
        self.write_below(near_miss::FOLDER, name, &near_misses.to_json())
    }

    /// Writes a file of the process into a folder of the directory. Gives whether it could.
    fn write_below(&mut self, folder: &str, name: &str, text: &str) -> bool {
        let folder = self.directory.join(folder);
        let written = fs::create_dir_all(&folder).and_then(|()| replace(&folder, name, text));
        let has_warned = std::mem::replace(&mut self.has_warned_of_record, written.is_err());
        match &written {
            // One line is enough for a directory in which nothing can be written.
            Err(error) if !has_warned => self.warn(error),
            _ => {}
        }
        written.is_ok()
    }

    /// The last error that was printed: the reports or the record are not complete, or were not for a while.
    pub(super) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    fn warn(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.has_warned, true) {
            let directory = self.directory.display();
            let problem = format!("reports cannot be written: {error}");
            voice::line(format_args!("REDHANDED_REPORT_DIR={directory}: {problem}"));
            self.problem = Some(problem);
        }
    }
}

/// Writes a file in whole: another process that reads sees the old one or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let temporary = folder.join(format!(".{}.tmp", name.trim_end_matches(".json")));
    fs::write(&temporary, text)
        .and_then(|()| fs::rename(&temporary, folder.join(name)))
        .inspect_err(|_| {
            // Half a file is useless, and the disk may be full.
            let _ = fs::remove_file(&temporary);
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    #[test]
    fn two_processes_with_one_number_leave_each_others_files() {
        let directory = tempfile::tempdir().expect("a folder");
        let files = |run: &str| ReportDir::new(directory.path().to_owned(), run.to_owned());
        let (mut one, mut other) = (files("0123456789abcdef"), files("fedcba9876543210"));
        let report = samples::torn();
        for files in [&mut one, &mut other] {
            assert!(files.write(std::slice::from_ref(&report)).is_empty());
        }
        let names = || {
            let entries = directory.path().read_dir().expect("a list");
            let names = entries.map(|entry| entry.expect("a file").file_name());
            let mut names: Vec<_> = names
                .map(|name| name.into_string().expect("text"))
                .collect();
            names.sort();
            names
        };
        let id = &report.fingerprint;
        let [first, second] = [
            format!("{id}-{}.json", one.run),
            format!("{id}-{}.json", other.run),
        ];
        assert_eq!(names(), [first, second.clone()]);
        one.remove(std::slice::from_ref(id));
        assert_eq!(names(), [second]);
    }
}
