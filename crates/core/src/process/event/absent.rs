//! Without the feature `tracing` no event is made.

use redhanded_report::Report;
use std::time::Instant;

pub(in crate::process) fn emit(_report: &Report) {}

pub(in crate::process) fn flush(_deadline: Instant) {}
