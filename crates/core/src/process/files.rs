//! Report files: one a fingerprint and process, rewritten as the count grows.

use super::stderr;
use crate::report::Report;
use std::path::PathBuf;
use std::{fs, io};

/// The directory that `REDHANDED_REPORT_DIR` names.
pub(super) struct ReportDir {
    directory: PathBuf,
    /// Something went wrong and was said; not again before everything is well.
    complained: bool,
}

impl ReportDir {
    pub(super) fn new(directory: PathBuf) -> Self {
        let mut files = ReportDir {
            directory,
            complained: false,
        };
        // An unwritable directory is told at the start, not with the first report, which may be hours away.
        if let Err(error) = files.try_out() {
            files.complain(&error);
        }
        files
    }

    /// Writes what it can. Gives the ids of those that are still to be written.
    pub(super) fn write(&mut self, reports: &[Report]) -> Vec<String> {
        let mut unwritten = Vec::new();
        for report in reports {
            if let Err(error) = self.write_one(report) {
                self.complain(&error);
                unwritten.push(report.id.clone());
            }
        }
        if !reports.is_empty() && unwritten.is_empty() {
            self.complained = false;
        }
        unwritten
    }

    /// Removes the files of reports that are none any more.
    pub(super) fn remove(&self, ids: &[String]) {
        for id in ids {
            // There is none if it was never written.
            let _ = fs::remove_file(
                self.directory
                    .join(format!("{id}-{}.json", std::process::id())),
            );
        }
    }

    /// Makes the directory, and a file in it that does not stay.
    fn try_out(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        let file = self.directory.join(format!(".{}.tmp", std::process::id()));
        fs::write(&file, [])?;
        fs::remove_file(&file)
    }

    /// Another process that looks sees the old file or the new one, never half of one.
    fn write_one(&self, report: &Report) -> io::Result<()> {
        let name = format!("{}-{}", report.fingerprint, report.process.pid);
        let temporary = self.directory.join(format!(".{name}.tmp"));
        fs::write(&temporary, report.to_json())
            .and_then(|()| fs::rename(&temporary, self.directory.join(format!("{name}.json"))))
            .inspect_err(|_| {
                // Half a file is of no use to anybody, and takes what room there is.
                let _ = fs::remove_file(&temporary);
            })
    }

    fn complain(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.complained, true) {
            let directory = self.directory.display();
            stderr::line(format_args!(
                "REDHANDED_REPORT_DIR={directory}: reports cannot be written: {error}"
            ));
        }
    }
}
