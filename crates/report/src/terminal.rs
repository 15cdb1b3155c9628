//! A report for a terminal: the plain text, with or without colours. Nothing in a report can drive the terminal.

use super::clean::without_command;
use super::{Report, Workspace};
use std::fmt::Write;

const PLAIN: &str = "\u{1b}[0m";
const RED: &str = "\u{1b}[1;31m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";

impl Report {
    /// The report as text for a terminal, with its paths shortened. Control characters of names are escaped.
    ///
    /// ```
    /// use redhanded_report::{Report, Workspace};
    /// use std::io::IsTerminal;
    ///
    /// fn print(report: &Report) {
    ///     let in_colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    ///     print!("{}", report.to_terminal(&Workspace::find(), in_colour));
    /// }
    /// ```
    pub fn to_terminal(&self, workspace: &Workspace, in_colour: bool) -> String {
        let plain = self.cleaned().shortened(workspace).to_string();
        let mut text = String::with_capacity(plain.len() + 256);
        for line in plain.lines() {
            let line = without_command(line);
            let colour = if in_colour { colour(&line) } else { None };
            let _ = match colour {
                Some(colour) => writeln!(text, "{colour}{line}{PLAIN}"),
                None => writeln!(text, "{line}"),
            };
        }
        text
    }
}

fn colour(line: &str) -> Option<&'static str> {
    let starts_with = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if starts_with(&["==== redhanded: "]) {
        Some(RED)
    } else if starts_with(&[
        "First writer: ",
        "Second writer: ",
        "On the wire:",
        "What the far end sees:",
        "    #",
    ]) {
        Some(BOLD)
    } else if starts_with(&["        at ", "       ("]) {
        Some(DIM)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Workspace, samples};

    #[test]
    fn the_text_is_the_same_with_colours_and_without() {
        let (report, workspace) = (samples::torn(), Workspace::at("/w"));
        let (plain, coloured) = (
            report.to_terminal(&workspace, false),
            report.to_terminal(&workspace, true),
        );
        assert!(
            plain.starts_with("==== redhanded: torn-frame ====\n"),
            "{plain}"
        );
        assert!(
            coloured.starts_with("\u{1b}[1;31m==== redhanded: torn-frame ====\u{1b}[0m\n"),
            "{coloured}"
        );
        let stripped = ["\u{1b}[0m", "\u{1b}[1;31m", "\u{1b}[1m", "\u{1b}[2m"]
            .iter()
            .fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(stripped, plain);
        assert!(
            plain.contains("    #1 app::publish\n        at src/publish.rs:12:9\n"),
            "{plain}"
        );
    }

    #[test]
    fn no_control_character_of_a_report_gets_through() {
        let text = samples::hostile().to_terminal(&Workspace::at("/w"), false);
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("forged") || line.trim_start().starts_with("::")),
            "{text}"
        );
    }
}
