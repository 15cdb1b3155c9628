//! The event goes to the subscriber of the whole process.

use redhanded_report::Report;

/// Makes an event of the level `WARN`.
pub(in crate::process) fn emit(report: &Report) {
    tracing::warn!(
        target: "redhanded",
        report = report.id.as_str(),
        kind = %report.kind,
        wire = report.wire.id,
        "{}",
        report.summary
    );
}
