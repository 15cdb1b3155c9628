//! `redhanded show`: reports in any format.

use super::arguments::Format;
use super::saved::Saved;
use super::{DONE, FAILED, failed, print, read, say};
use redhanded_dashboard::to_html;
use redhanded_report::{Report, Workspace, to_markdown, to_sarif, without_command};
use std::env;
use std::ffi::OsStr;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(places: &[PathBuf], format: Format) -> u8 {
    let (reports, code) = match places {
        [place] if place.as_os_str() == "-" => match read::standard_input() {
            Ok(reports) => (Arc::new(reports), DONE),
            Err(error) => return failed(&error),
        },
        // A single file may be a pipe, which `Saved` does not read.
        [place] if !place.is_dir() => match read::file(place) {
            Ok(reports) => (Arc::new(reports), DONE),
            Err(error) => return failed(&error),
        },
        places => {
            let (reports, unread) = Saved::in_places(places).look();
            (reports, if unread.places > 0 { FAILED } else { DONE })
        }
    };
    if reports.is_empty() {
        say("there are no reports");
    }
    let is_list = reports.len() != 1 || places.iter().any(|place| Path::is_dir(place));
    match print(&text(&reports, format, is_list)) {
        DONE => code,
        code => code,
    }
}

fn text(reports: &[Report], format: Format, is_list: bool) -> String {
    let workspace = Workspace::find();
    match format {
        Format::Text => {
            let in_colour = is_coloured(
                stdout().is_terminal(),
                env::var_os("NO_COLOR"),
                env::var_os("TERM"),
            );
            let texts = reports
                .iter()
                .map(|report| report.to_terminal(&workspace, in_colour));
            texts.collect::<Vec<_>>().join("\n")
        }
        Format::Markdown => to_markdown(reports, &workspace)
            .lines()
            .map(|line| without_command(line) + "\n")
            .collect(),
        Format::Html => to_html(reports, &workspace),
        Format::Json => json(reports, is_list),
        Format::Sarif => to_sarif(reports, &workspace) + "\n",
        Format::Github => reports
            .iter()
            .map(|report| report.to_github(&workspace) + "\n")
            .collect(),
    }
}

fn json(reports: &[Report], is_list: bool) -> String {
    let texts: Vec<String> = reports.iter().map(Report::to_json).collect();
    if is_list {
        format!("[{}]\n", texts.join(",\n"))
    } else {
        texts.concat() + "\n"
    }
}

/// See <https://no-color.org>: any value that is not empty asks for no colour.
fn is_coloured(
    is_terminal: bool,
    no_color: Option<impl AsRef<OsStr>>,
    terminal: Option<impl AsRef<OsStr>>,
) -> bool {
    let is_set = no_color.is_some_and(|value| !value.as_ref().is_empty());
    is_terminal && !is_set && terminal.is_none_or(|terminal| terminal.as_ref() != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_that_want_it() {
        assert!(
            is_coloured(true, None::<&str>, Some("xterm"))
                && is_coloured(true, Some(""), None::<&str>)
        );
        assert!(!is_coloured(false, None::<&str>, Some("xterm")));
        assert!(
            !is_coloured(true, Some("1"), Some("xterm"))
                && !is_coloured(true, None::<&str>, Some("dumb"))
        );
    }
}
