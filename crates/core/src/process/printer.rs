//! Prints reports on standard error.

use super::voice::{line, text};
use super::{event, page};
use crate::collector::Collector;
use crate::settings::Stderr;
use redhanded_report::Report;

/// Prints how many findings each line of the suppressions has hidden, unless nothing is to be printed.
pub(super) fn print_suppressed(collector: &Collector) {
    let (counts, how_much) = (collector.suppressed(), collector.settings().stderr);
    let suppressions = collector.suppressions();
    let hidden = (how_much != Stderr::Off)
        .then(|| suppressions.sentence(&counts))
        .flatten();
    let unused = (how_much == Stderr::Full).then(|| suppressions.unused(&counts));
    for sentence in hidden.into_iter().chain(unused.into_iter().flatten()) {
        line(format_args!("{sentence}"));
    }
}

/// Prints new reports.
pub(super) struct Printer {
    how_much: Stderr,
}

impl Printer {
    pub(super) fn new(how_much: Stderr) -> Self {
        Printer { how_much }
    }

    /// Whether names of functions are printed.
    pub(super) fn prints_names(&self) -> bool {
        self.how_much == Stderr::Full
    }

    /// A report that was printed while it was open has both backtraces now.
    pub(super) fn on_closed(&self, report: &Report) {
        if self.how_much == Stderr::Full {
            self.print(report);
        }
    }

    /// These connections are not watched any more.
    pub(super) fn on_faults(&self, lines: Vec<String>) {
        if self.how_much != Stderr::Off {
            lines.iter().for_each(|it| line(format_args!("{it}")));
        }
    }

    /// There is a new report.
    pub(super) fn on_new(&self, report: &Report) {
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
