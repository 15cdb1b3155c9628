//! Reports as annotations of GitHub Actions. An annotation is one line. GitHub shows it beside the source in a pull
//! request.

use super::clean::{one_line, without_marker};
use super::workspace::Place;
use super::{CallSite, Report, Workspace, Writer};
use std::fmt::{self, Write};

impl Report {
    /// The report as a workflow command: one line, without a line end. It marks the source line of one writer, and names
    /// both.
    ///
    /// ```
    /// use redhanded_report::{Report, Workspace};
    ///
    /// fn annotate(reports: &[Report]) {
    ///     let workspace = Workspace::find();
    ///     for report in reports {
    ///         println!("{}", report.to_github(&workspace));
    ///     }
    /// }
    /// ```
    pub fn to_github(&self, workspace: &Workspace) -> String {
        let mut line = String::from("::error ");
        // The second writer is marked if it has a place: it is the one that is not expected.
        let marked = self
            .writers
            .iter()
            .rev()
            .find_map(|writer| writer.site_in(workspace));
        if let Some(site) = &marked {
            let _ = write!(
                line,
                "file={},line={},col={},",
                Property(&site.file),
                site.line,
                site.column
            );
        }
        let title = format!("redhanded: {}", self.kind);
        let message = format!(
            "{}\n{}\n{}",
            one_line(&self.summary),
            self.writers_in_words(workspace),
            self.guide_link()
        );
        let _ = write!(line, "title={}::{}", Property(&title), Message(&message));
        without_marker(&line, "\\#")
    }

    fn writers_in_words(&self, workspace: &Workspace) -> String {
        let words = self.writers.iter().map(|writer| {
            let place = writer.call_site.as_ref().map(|site| {
                format!(
                    " at {}:{}:{}",
                    one_line(&workspace.shorten(&site.file)),
                    site.line,
                    site.column
                )
            });
            format!(
                "{} by {}{}",
                one_line(&writer.operation),
                one_line(&writer.label()),
                place.unwrap_or_default()
            )
        });
        words.collect::<Vec<_>>().join("\n")
    }
}

impl Writer {
    /// The writer's place in the workspace: its call site, or else its innermost frame in the workspace.
    pub(super) fn site_in(&self, workspace: &Workspace) -> Option<CallSite> {
        let frames = self.backtrace.iter().filter_map(super::Frame::call_site);
        self.call_site
            .iter()
            .cloned()
            .chain(frames)
            .find_map(|site| match workspace.place(&site.file) {
                Place::Here(file) if site.line > 0 => Some(CallSite {
                    file: file.into_owned(),
                    ..site
                }),
                _ => None,
            })
    }
}

/// The message of a command, escaped so that it ends neither the command nor the line.
struct Message<'t>(&'t str);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '%' | '\r' | '\n' => write!(f, "%{:02X}", u32::from(character)),
            _ => f.write_char(character),
        })
    }
}

/// A property of a command, escaped so that it does not end the property either.
struct Property<'t>(&'t str);

impl fmt::Display for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        one_line(self.0)
            .chars()
            .try_for_each(|character| match character {
                '%' | ':' | ',' => write!(f, "%{:02X}", u32::from(character)),
                _ => f.write_char(character),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn an_annotation_marks_the_second_writer_and_names_both() {
        let expected = "::error file=src/main.rs,line=50,col=5,title=redhanded%3A torn-frame::one wrote into a frame of the \
            other%0Asend Text 3 B by \"writer\" at src/main.rs:59:5%0Asend Text 3 B by \"reader\" at src/main.rs:50:5%0A\
            https://docs.rs/redhanded/0.1.0/redhanded/guide/index.html#torn-frame";
        assert_eq!(samples::torn().to_github(&Workspace::at("/w")), expected);
    }

    #[test]
    fn what_is_not_in_the_workspace_is_not_marked() {
        let mut report = samples::torn();
        report.writers[1].call_site = None;
        let line = report.to_github(&Workspace::at("/w"));
        assert!(
            line.starts_with("::error file=src/publish.rs,line=12,col=9,title="),
            "{line}"
        );
        for writer in &mut report.writers {
            writer
                .call_site
                .iter_mut()
                .for_each(|site| site.file = "/usr/src/main.rs".into());
            writer.backtrace.clear();
        }
        let line = report.to_github(&Workspace::at("/w"));
        assert!(
            line.starts_with("::error title=redhanded%3A torn-frame::"),
            "{line}"
        );
    }

    #[test]
    fn hostile_text_stays_in_its_property_and_on_its_line() {
        let mut report = samples::hostile();
        report.writers[1].call_site = Some(CallSite {
            file: "a,line=1::b%0A\n::error::c.rs".into(),
            line: 2,
            column: 1,
        });
        let line = report.to_github(&Workspace::at("/w"));
        let start = "::error file=a%2Cline=1%3A%3Ab%250A\\n%3A%3Aerror%3A%3Ac.rs,line=2,col=1,title=redhanded%3A torn-frame::";
        assert!(line.starts_with(start), "{line}");
        assert!(
            !line.chars().any(char::is_control) && line.contains("%250A"),
            "{line}"
        );
    }
}
