//! Directories of saved reports. Files that have changed are read again.

use super::merge::{self, By};
use super::{read, say};
use redhanded_dashboard::Source;
use redhanded_report::{Process, Report, ReportFileError};
use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// How many reports are shown, the latest ones. One process makes as many at most.
const MAX_REPORTS: usize = 10_000;

/// How many bytes the files in memory may have together.
const MAX_TOTAL_BYTES: u64 = 256 << 20;

/// How old a change must be to be trusted. Two changes within one tick of the file system's clock look like one.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

/// Saved reports, as they are now.
#[derive(Debug)]
pub(super) struct Saved {
    places: Vec<PathBuf>,
    by: By,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: HashMap<PathBuf, Read>,
    /// The places that cannot be read, and why.
    places: Vec<String>,
    merged: Arc<Vec<Report>>,
}

/// A file as it was when it was last read.
#[derive(Debug)]
struct Read {
    stamp: Stamp,
    settled: bool,
    reports: Result<Vec<Report>, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    changed: Option<SystemTime>,
    length: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Stamp {
            changed: metadata.modified().ok(),
            length: metadata.len(),
        }
    }

    fn is_settled(&self) -> bool {
        // Clocks differ, so that a time may lie in the future.
        let distance =
            |changed: SystemTime| changed.elapsed().unwrap_or_else(|error| error.duration());
        self.changed
            .is_some_and(|changed| distance(changed) > SETTLED_AFTER)
    }
}

impl Saved {
    /// The reports in these directories and files, merged by fingerprint.
    pub(super) fn in_places(places: &[PathBuf]) -> Saved {
        Saved::merged_by(By::Fingerprint, places)
    }

    /// The reports in these directories and files.
    pub(super) fn merged_by(by: By, places: &[PathBuf]) -> Saved {
        let mut places = places.to_vec();
        let mut seen = Vec::new();
        // A directory may be named twice.
        places.retain(|place| {
            let real = fs::canonicalize(place).unwrap_or_else(|_| place.clone());
            let is_new = !seen.contains(&real);
            seen.push(real);
            is_new
        });
        Saved {
            places,
            by,
            state: Mutex::default(),
        }
    }

    /// As [`look`](Self::look), without the reports that are known. Each is asked for before it is merged with others: one that is
    /// known must not hide one that is not.
    pub(super) fn look_without(
        &self,
        is_known: &mut dyn FnMut(&Report) -> bool,
    ) -> (Vec<Report>, Unread) {
        let (_, unread) = self.look();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let all = state.files.values().flat_map(|file| file.reports.iter());
        let mut reports = merge::without_copies(all.flatten().collect());
        reports.retain(|report| !is_known(report));
        let mut merged = merge::merged(reports, self.by);
        merged.truncate(MAX_REPORTS);
        (merged, unread)
    }

    /// Every report as it is now, and how many files and places cannot be read. Each of these is named once on standard
    /// error.
    pub(super) fn look(&self) -> (Arc<Vec<Report>>, Unread) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.refresh(&self.places, self.by);
        let files = state
            .files
            .values()
            .filter(|file| file.reports.is_err())
            .count();
        (
            state.merged.clone(),
            Unread {
                files,
                places: state.places.len(),
            },
        )
    }
}

/// How many files and places could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unread {
    pub(super) files: usize,
    pub(super) places: usize,
}

impl State {
    fn refresh(&mut self, places: &[PathBuf], by: By) {
        let mut old = std::mem::take(&mut self.files);
        let (known, mut is_changed, mut total) = (old.len(), false, 0);
        let wrong_before = std::mem::take(&mut self.places);
        for place in places {
            let paths = match read::files_of(place) {
                Ok(paths) => paths,
                Err(error) => {
                    self.places
                        .push(format!("{}: cannot be read: {error}", place.display()));
                    continue;
                }
            };
            for path in paths {
                let before = old.remove(&path);
                let (file, is_same) = look_at(&path, before, &mut total);
                is_changed |= !is_same;
                self.files.insert(path, file);
            }
        }
        self.places
            .iter()
            .filter(|wrong| !wrong_before.contains(wrong))
            .for_each(|wrong| say(wrong));
        if is_changed || known != self.files.len() {
            let mut files: Vec<_> = self.files.iter().collect();
            files.sort_by_key(|(path, _)| path.as_path());
            let mut merged = merge::merged(
                files
                    .into_iter()
                    .flat_map(|(_, file)| file.reports.iter().flatten()),
                by,
            );
            if merged.len() > MAX_REPORTS {
                say(&format!(
                    "{} reports are left out, those that were seen least recently",
                    merged.len() - MAX_REPORTS
                ));
                merged.truncate(MAX_REPORTS);
            }
            self.merged = Arc::new(merged);
        }
    }
}

/// The file, read again if it has changed, and whether its reports are the same as before.
fn look_at(path: &Path, before: Option<Read>, total: &mut u64) -> (Read, bool) {
    let metadata = fs::metadata(path);
    let stamp = metadata.as_ref().map_or(
        Stamp {
            changed: None,
            length: 0,
        },
        Stamp::of,
    );
    if let Some(before) = before {
        if before.stamp == stamp && before.settled {
            *total += stamp.length;
            return (before, true);
        }
        let read = read_now(path, metadata, stamp, total);
        let is_same = read.reports == before.reports;
        tell(path, &read, before.reports.as_ref().err());
        return (read, is_same);
    }
    let read = read_now(path, metadata, stamp, total);
    tell(path, &read, None);
    (read, false)
}

fn read_now(path: &Path, metadata: io::Result<Metadata>, stamp: Stamp, total: &mut u64) -> Read {
    let settled = stamp.is_settled();
    let reports = match metadata {
        Err(error) => Err(format!("cannot be read: {error}")),
        // Opening a pipe would wait for a writer.
        Ok(metadata) if !metadata.is_file() => Err("is not a file".to_owned()),
        Ok(_) if *total + stamp.length.min(read::MAX_FILE_BYTES + 1) > MAX_TOTAL_BYTES => {
            Err(format!(
                "is left out: the files before it have {} MiB already",
                MAX_TOTAL_BYTES >> 20
            ))
        }
        Ok(_) => read::file(path).map_err(|error| error.reason),
    };
    if reports.is_ok() {
        *total += stamp.length;
    }
    Read {
        stamp,
        settled,
        reports,
    }
}

fn tell(path: &Path, read: &Read, told: Option<&String>) {
    if let Err(reason) = &read.reports
        && told != Some(reason)
    {
        say(&ReportFileError {
            file: path.to_owned(),
            reason: reason.clone(),
        }
        .to_string());
    }
}

impl Source for Saved {
    fn reports(&self) -> Arc<Vec<Report>> {
        self.look().0
    }

    fn report(&self, id: &str) -> Option<Report> {
        self.look().0.iter().find(|report| report.id == id).cloned()
    }

    fn process(&self) -> Option<Process> {
        None
    }
}
