//! Counters of the whole process.

/// Counters of the whole process. Where the crate is off, they stay zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Findings, of all reports together.
    pub findings: u64,
    /// Calls that wrote and overlapped at least one other call.
    pub overlapping_calls: u64,
    /// Findings that were counted and belong to no report: because there are too many reports already, or because so
    /// many came at once that their backtraces were not taken and nothing else tells where they were made.
    pub dropped_findings: u64,
    /// Findings of reports that are suppressed ([`Settings::suppressions`](crate::Settings::suppressions)). They are in `findings`, too.
    pub suppressed_findings: u64,
}
