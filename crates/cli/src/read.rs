//! Reads reports from files, which may hold anything.

use redhanded_report::{Bytes, Kind, Report, ReportFileError, Role, Writer, one_line};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How large a file of reports may be. One report with the longest stacks is a tenth of it.
pub(super) const MAX_FILE_BYTES: u64 = 32 << 20;

/// The highest count that is believed. No process makes so many findings, and sums of counts do not overflow.
pub(super) const MAX_COUNT: u64 = 1 << 48;

/// The reports in a file: one, or a list of them, as the page's `/api/reports` gives it.
pub(super) fn file(path: &Path) -> Result<Vec<Report>, ReportFileError> {
    let name = |reason: String| ReportFileError {
        file: path.to_owned(),
        reason,
    };
    let opened = File::open(path).map_err(|error| name(format!("cannot be read: {error}")))?;
    // A file that is too large is not read at all.
    if opened
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() > MAX_FILE_BYTES)
    {
        return Err(name(too_large()));
    }
    reports(opened).map_err(name)
}

/// The files of reports in a directory, or the file itself. Directories below it are not read, so that links cannot lead
/// in circles. A file that is only half written has another name. A directory that has nothing of its own, and folders of
/// runs below it, is an error: without reports it would be taken for one in which nothing was found.
pub(super) fn files_of(place: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(place)?.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(place)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.ends_with(b".json") && !name.starts_with(b".") && !entry.path().is_dir() {
            files.push(entry.path());
        }
    }
    if files.is_empty() && !is_of_a_run(place) {
        refuse_folders_of_runs(place)?;
    }
    files.sort();
    Ok(files)
}

/// Whether a process that watched has left its record in this directory.
fn is_of_a_run(directory: &Path) -> bool {
    directory.join("processes").is_dir()
}

/// An error if directories of reports are below this one.
fn refuse_folders_of_runs(place: &Path) -> io::Result<()> {
    let mut runs = 0_usize;
    for entry in fs::read_dir(place)? {
        runs += usize::from(is_of_a_run(&entry?.path()));
    }
    if runs == 0 {
        return Ok(());
    }
    let folders = if runs == 1 { "folder" } else { "folders" };
    Err(io::Error::other(format!(
        "it has no reports itself, but {runs} {folders} of reports below it; name these instead"
    )))
}

/// As [`file()`], from standard input.
pub(super) fn standard_input() -> Result<Vec<Report>, ReportFileError> {
    reports(io::stdin().lock()).map_err(|reason| ReportFileError {
        file: "standard input".into(),
        reason,
    })
}

fn too_large() -> String {
    format!("is larger than {} MiB", MAX_FILE_BYTES >> 20)
}

fn reports(from: impl Read) -> Result<Vec<Report>, String> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(too_large());
    }
    let text =
        String::from_utf8(bytes).map_err(|error| format!("is not text: {}", error.utf8_error()))?;
    let is_list = text.trim_start().starts_with('[');
    let read = if is_list {
        Report::list_from_json(&text)
    } else {
        Report::from_json(&text).map(|report| vec![report])
    };
    let mut reports = read.map_err(|error| {
        format!(
            "is not a report: {}",
            one_line(&shortened(error.to_string()))
        )
    })?;
    reports.iter_mut().try_for_each(check_and_name)?;
    Ok(reports)
}

/// An error may quote a value of any length.
fn shortened(mut error: String) -> String {
    const MOST: usize = 300;
    if let Some((at, _)) = error.char_indices().nth(MOST) {
        error.truncate(at);
        error.push('…');
    }
    error
}

/// Checks what every format relies on, and gives the report the name of its fingerprint.
fn check_and_name(report: &mut Report) -> Result<(), String> {
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let is_name = |text: &str| text.len() == 16 && text.chars().all(is_digit);
    if !is_name(&report.fingerprint) {
        return Err("is not a report: its fingerprint is not sixteen hex digits".into());
    }
    if !report.group.as_deref().is_none_or(is_name) {
        return Err("is not a report: its group is not sixteen hex digits".into());
    }
    if report.count > MAX_COUNT || report.dropped.samples > MAX_COUNT {
        return Err("is not a report: its count is too high".into());
    }
    report.id.clone_from(&report.fingerprint);
    let samples = || report.samples.iter();
    for moment in [&report.first_seen, &report.last_seen]
        .into_iter()
        .chain(samples().map(|sample| &sample.seen))
    {
        humantime::parse_rfc3339(moment)
            .map_err(|_| "is not a report: a time in it is not RFC 3339 in UTC")?;
    }
    let findings = samples().map(|sample| (&sample.writers, &sample.bytes));
    for (writers, bytes) in findings.chain([(&report.writers, &report.bytes)]) {
        are_sides(writers, report.kind)?;
        bytes.iter().try_for_each(fit_together)?;
    }
    Ok(())
}

fn are_sides(writers: &[Writer], kind: Kind) -> Result<(), String> {
    match writers {
        // A stall of queued messages has one writer.
        [
            Writer {
                role: Role::First, ..
            },
        ] if kind == Kind::Stall => Ok(()),
        [
            Writer {
                role: Role::First, ..
            },
            Writer {
                role: Role::Second, ..
            },
        ] => Ok(()),
        _ => Err("is not a report: it does not have a first and a second writer".into()),
    }
}

fn fit_together(bytes: &Bytes) -> Result<(), String> {
    let ranges = if bytes.byte_of_frame.is_some() { 3 } else { 1 };
    let is_whole = bytes.ranges.len() == ranges && matches!(bytes.frames.len(), 1 | 2);
    if is_whole {
        Ok(())
    } else {
        Err("is not a report: its bytes do not fit together".into())
    }
}
