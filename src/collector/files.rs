//! Report files: one a fingerprint and process, rewritten as the count grows.

use super::printer;
use crate::report::Report;
use std::path::PathBuf;
use std::{fs, io};

/// The directory that `REDHANDED_REPORT_DIR` names.
pub(super) struct ReportDir {
    directory: PathBuf,
    /// What went wrong last; said once, not with every file.
    complained: Option<io::ErrorKind>,
}

impl ReportDir {
    pub(super) fn new(directory: PathBuf) -> Self {
        let mut files = ReportDir { directory, complained: None };
        // An unwritable directory is told at the start, not with the first report, which may be hours away.
        let made = fs::create_dir_all(&files.directory);
        files.complain_about(made);
        files
    }

    pub(super) fn write(&mut self, reports: &[Report]) {
        for report in reports {
            let written = self.write_one(report);
            self.complain_about(written);
        }
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

    fn complain_about(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => self.complained = None,
            Err(error) if self.complained == Some(error.kind()) => {}
            Err(error) => {
                self.complained = Some(error.kind());
                let directory = self.directory.display();
                printer::line(format_args!("REDHANDED_REPORT_DIR={directory}: reports cannot be written: {error}"));
            }
        }
    }
}
