//! What is said on standard error. Nobody listening is no error.

use super::page;
use crate::report::Report;
use crate::settings::Stderr;
use std::fmt;
use std::io::Write;

/// Prints one line, marked as ours.
pub(super) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "redhanded: {}", OneLine(&text.to_string()));
}

/// Tells of new reports.
pub(super) struct Printer {
    how_much: Stderr,
}

impl Printer {
    pub(super) fn new(how_much: Stderr) -> Self {
        Printer { how_much }
    }

    /// The report was told while it was open, and now has both backtraces.
    pub(super) fn report_again(&self, report: &Report) {
        if self.how_much == Stderr::Full {
            self.print(report);
        }
    }

    /// A report that was not there before.
    pub(super) fn report(&self, report: &Report) {
        crate::witness::tell(report);
        self.print(report);
    }

    fn print(&self, report: &Report) {
        let open = if report.open { " (open)" } else { "" };
        let place = page::url().map(|url| format!("; {url}report/{}", report.id)).unwrap_or_default();
        match self.how_much {
            Stderr::Off => {}
            Stderr::Summary => line(format_args!("{}{open}: {}{place}", report.kind, report.summary)),
            Stderr::Full => {
                let _ = writeln!(std::io::stderr(), "{report}");
                line(format_args!("the report above is {}{place}", report.id));
            }
        }
    }
}

/// Text whose control characters cannot break the line or drive the terminal: paths and names are anybody's.
struct OneLine<'t>(&'t str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| if c.is_control() { write!(f, "{}", c.escape_default()) } else { write!(f, "{c}") })
    }
}
