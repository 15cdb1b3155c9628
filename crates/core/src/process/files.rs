//! Report files: one for each fingerprint and process, rewritten as the count grows.

use super::stderr;
use redhanded_report::Report;
use std::path::PathBuf;
use std::{fs, io};

/// The directory that `REDHANDED_REPORT_DIR` names.
pub(super) struct ReportDir {
    directory: PathBuf,
    /// An error was printed. It is not printed again until everything has been written.
    has_warned: bool,
}

impl ReportDir {
    pub(super) fn new(directory: PathBuf) -> Self {
        let mut files = ReportDir {
            directory,
            has_warned: false,
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
            let _ = fs::remove_file(
                self.directory
                    .join(format!("{id}-{}.json", std::process::id())),
            );
        }
    }

    /// Makes the directory, and writes a file in it and removes it.
    fn try_out(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let file = self.directory.join(format!(".{}.tmp", std::process::id()));
        fs::write(&file, [])?;
        fs::remove_file(&file)
    }

    /// Another process that reads sees the old file or the new one, never half of one.
    fn write_one(&self, report: &Report) -> io::Result<()> {
        let name = format!("{}-{}", report.fingerprint, report.process.pid);
        let temporary = self.directory.join(format!(".{name}.tmp"));
        fs::write(&temporary, report.to_json())
            .and_then(|()| fs::rename(&temporary, self.directory.join(format!("{name}.json"))))
            .inspect_err(|_| {
                // Half a file is useless, and the disk may be full.
                let _ = fs::remove_file(&temporary);
            })
    }

    fn warn(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.has_warned, true) {
            let directory = self.directory.display();
            stderr::line(format_args!(
                "REDHANDED_REPORT_DIR={directory}: reports cannot be written: {error}"
            ));
        }
    }
}
