//! The summary at the end: what was watched, what was found, and what was not watched. Pure.

use super::merge::{By, merged};
use super::records::Left;
use super::subcommand::Subcommand;
use super::tree::{Reason, Unwatched};
use redhanded_report::record::ProcessRecord;
use redhanded_report::{Report, Workspace, one_line, without_command};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// How many reports, and how many of anything else, are named one by one.
const MOST: usize = 20;

/// What the summary is about.
pub(super) struct Facts<'f> {
    /// `test`, as it was typed.
    pub subcommand: &'f str,
    pub kind: Subcommand,
    pub left: &'f Left,
    pub report_dir: &'f Path,
    pub workspace: &'f Path,
    /// Libraries of the tree that are watched, by name and version.
    pub watched: &'f [(String, String)],
    pub unwatched: &'f [Unwatched],
    pub moved: &'f [String],
    /// Writers were held as long as they ever are.
    pub holds_fully: bool,
}

/// The lines, of which the first begins with `redhanded: `.
pub(super) fn text(facts: &Facts) -> String {
    let records = &facts.left.records;
    let connections = records
        .iter()
        .map(|it| it.watched())
        .fold(0, u64::saturating_add);
    // Processes that found the same have a file each.
    let left = facts.left.reports.iter().map(|(_, report)| report);
    let reports = merged(left, By::Fingerprint);
    let mut lines = Lines::default();
    lines.add(format!(
        "redhanded: {}, {} watched, {}",
        count(records.len() as u64, "process", "processes"),
        count(connections, "connection", "connections"),
        count(reports.len() as u64, "report", "reports"),
    ));
    match connections {
        0 if reports.is_empty() => lines.add(nothing_watched(facts)),
        0 => lines
            .add("what was watched is not known: there are reports, and no record of a connection"),
        _ => watched(facts, &mut lines),
    }
    found(facts, &reports, &mut lines);
    not_watched(facts, &mut lines);
    not_known(facts, &mut lines);
    lines.text
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    /// Text of programs and files stays on its line, and drives no terminal.
    fn add(&mut self, line: impl AsRef<str>) {
        let indent = if self.text.is_empty() { "" } else { "  " };
        let line = one_line(line.as_ref());
        let _ = writeln!(self.text, "{indent}{}", without_command(&line));
    }

    /// The first of many, and how many more there are.
    fn add_some(&mut self, lines: impl IntoIterator<Item = String>) {
        let mut lines = lines.into_iter();
        lines.by_ref().take(MOST).for_each(|line| self.add(line));
        let more = lines.count();
        if more > 0 {
            self.add(format!("and {more} more"));
        }
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn nothing_watched(facts: &Facts) -> String {
    let why = if !facts.kind.is_run {
        format!("cargo {} runs no program", facts.subcommand)
    } else if facts.watched.is_empty() {
        "no library that can be watched is in the dependency tree".to_owned()
    } else if facts.left.records.is_empty() {
        let libraries: Vec<String> = facts.watched.iter().map(named).collect();
        format!(
            "no program has recorded a connection with {}; one that is killed as soon as it opens one records nothing",
            libraries.join(", ")
        )
    } else {
        "no connection was opened".to_owned()
    };
    format!("nothing was watched: {why}")
}

fn named((name, version): &(String, String)) -> String {
    format!("{name} {version}").trim_end().to_owned()
}

fn watched(facts: &Facts, lines: &mut Lines) {
    let mut libraries: BTreeMap<(String, String), u64> = BTreeMap::new();
    for connections in facts.left.records.iter().flat_map(|it| &it.connections) {
        let library = (connections.library.clone(), connections.version.clone());
        let sum = libraries.entry(library).or_default();
        *sum = sum.saturating_add(connections.count);
    }
    let libraries: Vec<String> = libraries
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(library, count)| format!("{count} of {}", named(library)))
        .collect();
    lines.add(format!("watched: {}", libraries.join(", ")));
    let suppressed = facts
        .left
        .records
        .iter()
        .map(|it| it.suppressed)
        .fold(0, u64::saturating_add);
    if suppressed > 0 {
        lines.add(format!(
            "{} suppressed",
            count(suppressed, "finding is", "findings are")
        ));
    }
    // What is not told may have been a finding.
    let is_told = |it: &ProcessRecord| it.is_complete && it.problems.is_empty();
    let is_all_told = facts.left.records.iter().all(is_told) && facts.left.unreadable.is_empty();
    if !facts.left.has_reports() && suppressed == 0 && is_all_told {
        lines
            .add("clean, as far as it was watched: no two writers met on any of these connections");
        if !facts.holds_fully {
            lines.add(format!(
                "two that seldom meet are found with cargo redhanded --provoke full {}",
                facts.subcommand
            ));
        }
    }
}

fn found(facts: &Facts, reports: &[Report], lines: &mut Lines) {
    let workspace = Workspace::at(facts.workspace);
    let relative = |path: &Path| {
        let path = path.strip_prefix(facts.workspace).unwrap_or(path);
        path.display().to_string()
    };
    let line = |report: &Report| {
        let is_same = |other: &Report| other.fingerprint == report.fingerprint;
        let files = facts.left.reports.iter().filter(|(_, it)| is_same(it));
        let files: Vec<String> = files.map(|(file, _)| relative(file)).collect();
        let report = report.cleaned().shortened(&workspace);
        format!(
            "{} x{} {}: {} ({})",
            report.kind,
            report.count,
            places(&report),
            report.summary,
            files.join(", ")
        )
    };
    lines.add_some(reports.iter().map(line));
    if !reports.is_empty() {
        let folder = relative(facts.report_dir);
        lines.add(format!("to look at them: redhanded serve {folder}"));
    } else if facts.left.has_reports() {
        lines.add("problem: there are reports, but their files could not be written");
    }
}

/// The lines of both writers.
fn places(report: &Report) -> String {
    let place = |site: &redhanded_report::CallSite| format!("{}:{}", site.file, site.line);
    let places: Vec<String> = report
        .writers
        .iter()
        .map(|it| {
            it.call_site
                .as_ref()
                .map_or_else(|| "a line that is not known".to_owned(), place)
        })
        .collect();
    places.join(" and ")
}

fn not_watched(facts: &Facts, lines: &mut Lines) {
    let unique: BTreeSet<String> = facts
        .unwatched
        .iter()
        .map(|it| format!("not watched: {} {}{}", it.name, it.version, reason(it)))
        .collect();
    lines.add_some(unique);
}

fn reason(unwatched: &Unwatched) -> &'static str {
    match unwatched.reason {
        Reason::Other => {
            "; redhanded::Tap::new(stream) round the stream that it is given watches it"
        }
        Reason::Version => ", a version that is not known",
        Reason::Source => ", which does not come from crates.io, so that no patch reaches it",
        Reason::Redhanded => {
            " by this command: the package redhanded in the tree watches its own, where its feature `detect` is on"
        }
        Reason::Below => ", since the tungstenite below it is not",
        Reason::Unused => ": cargo did not take the watched one in its place",
    }
}

fn not_known(facts: &Facts, lines: &mut Lines) {
    let records = &facts.left.records;
    let mut streams: BTreeMap<&str, u64> = BTreeMap::new();
    for stream in records.iter().flat_map(|it| &it.unknown_streams) {
        let sum = streams.entry(&stream.type_name).or_default();
        *sum = sum.saturating_add(stream.count);
    }
    lines.add_some(streams.into_iter().map(|(name, number)| {
        let connections = count(number, "connection", "connections");
        format!(
            "not known: the socket of {connections} on `{name}`: two writers on one such socket would not be seen; \
             see the guide (What cannot be seen)"
        )
    }));
    let forks = records
        .iter()
        .map(|it| it.forks)
        .fold(0, u64::saturating_add);
    if forks > 0 {
        let children = count(forks, "child was", "children were");
        lines.add(format!(
            "not known: {children} forked while a connection was open; that parent and child write to one connection would not be seen"
        ));
    }
    let incomplete = records.iter().filter(|it| !it.is_complete);
    lines.add_some(incomplete.map(|it| {
        format!(
            "not complete: {} (process {}) was killed (Ctrl-C does that, too) or still runs; findings of its last tenths of a second may be missing",
            it.program, it.pid
        )
    }));
    lines.add_some(
        records
            .iter()
            .flat_map(|it| it.problems.iter().map(move |problem| (it, problem)))
            .map(|(it, problem)| {
                format!("problem: {} (process {}): {problem}", it.program, it.pid)
            }),
    );
    lines.add_some(
        facts
            .left
            .unreadable
            .iter()
            .map(|it| format!("problem: {it}")),
    );
    if !facts.moved.is_empty() {
        lines.add(format!(
            "other versions than in Cargo.lock, which the detector needs: {}",
            facts.moved.join(", ")
        ));
    }
}

#[cfg(test)]
mod tests;
