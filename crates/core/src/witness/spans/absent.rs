//! Without the feature `tracing` nobody knows of spans, and nobody is told of reports.

use crate::report::Report;

pub(crate) fn current_spans() -> Vec<&'static str> {
    Vec::new()
}

pub(crate) fn tell(_report: &Report) {}
