//! What the watched processes have left: their records and their reports.

use redhanded_report::record::{self, ProcessRecord};
use redhanded_report::{CallSite, Report};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the processes of one run have left.
#[derive(Default)]
pub(crate) struct Left {
    /// Each library of which a connection was watched, with its version.
    pub(crate) libraries: BTreeSet<(String, String)>,
    /// The types of streams whose socket is not known.
    pub(crate) unknown_streams: BTreeSet<String>,
    /// What the records say of themselves, each in a sentence.
    pub(crate) problems: Vec<String>,
    /// Files that cannot be read, each in a sentence.
    pub(crate) unreadable: Vec<String>,
    reports: Vec<Report>,
}

impl Left {
    pub(crate) fn read(folder: &Path) -> Left {
        let mut left = Left::default();
        for file in json_files(folder) {
            match serde_json::from_str(&file) {
                Ok(report) => left.reports.push(report),
                Err(error) => left.unreadable.push(format!("a report: {error}")),
            }
        }
        for file in json_files(&folder.join(record::FOLDER)) {
            match ProcessRecord::from_json(&file) {
                Ok(record) => left.add(record),
                Err(error) => left.unreadable.push(format!("a record: {error}")),
            }
        }
        left
    }

    fn add(&mut self, record: ProcessRecord) {
        let program = &record.program;
        let problems = record.problems.iter();
        self.problems
            .extend(problems.map(|problem| format!("{program}: {problem}")));
        if !record.is_complete {
            self.problems
                .push(format!("{program}: the record is not complete"));
        }
        for watched in record.connections {
            if watched.count == 0 {
                self.problems
                    .push(format!("{program}: no connection of {}", watched.library));
            }
            self.libraries.insert((watched.library, watched.version));
        }
        let types = record.unknown_streams.into_iter();
        self.unknown_streams
            .extend(types.map(|stream| stream.type_name));
    }

    /// Reports, where there must be none.
    pub(crate) fn accusations(&self) -> Vec<String> {
        let told = |report: &Report| format!("a false report: {}", report.summary);
        self.reports.iter().map(told).collect()
    }

    /// What is missing or wrong in the reports of a fault between the marked lines of a file.
    pub(crate) fn misses(&self, project: &Path, source: &str) -> Vec<String> {
        let marked = marked_lines(&project.join(source));
        let mut faults = Vec::new();
        let mut is_caught = false;
        for report in &self.reports {
            let sites = report.writers.iter().map(|writer| &writer.call_site);
            let lines: Option<BTreeSet<u32>> =
                sites.map(|site| line(site.as_ref()?, source)).collect();
            match lines {
                Some(lines) if lines == marked => is_caught = true,
                Some(lines) if lines.is_subset(&marked) => {}
                _ => faults.push(format!("not the lines {marked:?}: {}", report.summary)),
            }
        }
        if !is_caught {
            let reports = self.reports.len();
            faults.push(format!(
                "none of {reports} reports names the lines {marked:?} of {source}"
            ));
        }
        faults
    }
}

/// The line, if the call is in this file.
fn line(site: &CallSite, source: &str) -> Option<u32> {
    Path::new(&site.file).ends_with(source).then_some(site.line)
}

/// The lines that say of themselves that a writer is there, counted from 1.
fn marked_lines(source: &Path) -> BTreeSet<u32> {
    let text = fs::read_to_string(source).expect("a source file");
    let lines = (1..).zip(text.lines());
    let marked = lines.filter(|(_, line)| line.ends_with("// WRITER"));
    marked.map(|(number, _)| number).collect()
}

fn json_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| fs::read_to_string(path).unwrap_or_default())
        .collect()
}
