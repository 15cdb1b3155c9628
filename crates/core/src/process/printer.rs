//! What is said of reports on standard error.

use super::stderr::{line, text};
use super::{event, page};
use crate::collector::Collector;
use crate::report::Report;
use crate::settings::Stderr;

/// Says what was suppressed: nothing goes away in silence, unless silence is asked for.
pub(super) fn print_suppressed(collector: &Collector) {
    let (counts, how_much) = (collector.suppressed(), collector.settings().stderr);
    let suppressions = collector.suppressions();
    let told = (how_much != Stderr::Off)
        .then(|| suppressions.sentence(&counts))
        .flatten();
    let unused = (how_much == Stderr::Full).then(|| suppressions.unused(&counts));
    for sentence in told.into_iter().chain(unused.into_iter().flatten()) {
        line(format_args!("{sentence}"));
    }
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
        event::emit(report);
        self.print(report);
    }

    fn print(&self, report: &Report) {
        let open = if report.open { " (open)" } else { "" };
        let place = page::url()
            .map(|url| format!("; {url}report/{}", report.id))
            .unwrap_or_default();
        match self.how_much {
            Stderr::Off => {}
            Stderr::Summary => {
                let (kind, comma) = (report.kind, if place.is_empty() { ";" } else { "," });
                let why = page::url()
                    .map_or_else(|| report.guide.clone(), |url| format!("{url}guide#{kind}"));
                line(format_args!(
                    "{kind}{open}: {}{place}{comma} why: {why}",
                    report.summary
                ));
            }
            Stderr::Full => {
                text(format_args!("{report}"));
                line(format_args!("the report above is {}{place}", report.id));
            }
        }
    }
}
