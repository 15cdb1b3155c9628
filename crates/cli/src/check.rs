//! `redhanded check`: a line for each report, and an exit code for CI.

use super::merge::By;
use super::saved::Saved;
use super::{DONE, FAILED, FOUND, failed, print, say, watched};
use redhanded_report::suppressions::Suppressions;
use redhanded_report::{Report, Workspace, without_command};
use std::env;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(super) fn run(
    places: &[PathBuf],
    suppressions: Option<&Path>,
    annotates: Option<bool>,
    by: By,
) -> u8 {
    let (suppressions, errors) = suppressions.map(Suppressions::read).unwrap_or_default();
    if !errors.is_empty() {
        errors
            .iter()
            .for_each(|error| say(&format!("--suppressions {error}")));
        return FAILED;
    }
    let annotates = annotates
        .unwrap_or_else(|| env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"));
    let mut counts = vec![0_u64; suppressions.count()];
    let mut is_empty = true;
    let (found, unread) = Saved::merged_by(by, places).look_without(&mut |report| {
        is_empty = false;
        let line = suppressions.line_for_report(report);
        if let Some(line) = line {
            counts[line] = counts[line].saturating_add(report.count);
        }
        line.is_some()
    });
    if print(&lines(&found, annotates)) != DONE {
        return FAILED;
    }
    suppressions
        .sentence(&counts)
        .into_iter()
        .chain(suppressions.unused(&counts))
        .for_each(|sentence| say(&sentence));
    say_what_was_watched(places, is_empty);
    let unread = unread.files + unread.places;
    if unread > 0 {
        let noun = if unread == 1 {
            "file or directory"
        } else {
            "files or directories"
        };
        failed(&format_args!(
            "{unread} {noun} of reports could not be read"
        ));
    }
    match (found.len(), unread) {
        (0, 0) => DONE,
        (0, _) => FAILED,
        (1, _) => say_found("1 report"),
        (count, _) => say_found(&format!("{count} reports")),
    }
}

/// Without reports and without records, nothing may have been watched.
fn say_what_was_watched(places: &[PathBuf], is_empty: bool) {
    match watched::sentence(places) {
        Some(sentence) => {
            say(&sentence);
            if is_empty && !watched::has_full_holds(places) {
                say("no report; REDHANDED_PROVOKE=full also finds writers that seldom meet");
            }
        }
        None if is_empty => say("no process has left a record: nothing may have been watched"),
        None => {}
    }
}

fn say_found(how_many: &str) -> u8 {
    say(&format!("{how_many} of writers caught together"));
    FOUND
}

fn lines(reports: &[Report], annotates: bool) -> String {
    let workspace = Workspace::find();
    let mut text = String::new();
    for report in reports {
        let shown = report.cleaned().shortened(&workspace);
        let line = format!(
            "{} {} x{}: {}",
            shown.kind, shown.id, shown.count, shown.summary
        );
        let _ = writeln!(text, "{}", without_command(&line));
        if annotates {
            let _ = writeln!(text, "{}", report.to_github(&workspace));
        }
    }
    text
}
