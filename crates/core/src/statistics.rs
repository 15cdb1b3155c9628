//! The counters of a process.

/// Counters of the whole process. Off, they stay zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Findings, of all reports together.
    pub findings: u64,
    /// Calls that wrote and overlapped at least one other call.
    pub overlapping_calls: u64,
    /// Findings that were counted and belong to no report. Either there are too many reports already. Or too many findings
    /// came at once, so that their backtraces were not taken, and they have no call sites.
    pub dropped_findings: u64,
    /// Findings of reports that are suppressed ([`Settings::suppressions`](crate::Settings::suppressions)). `findings` counts
    /// them, too.
    pub suppressed_findings: u64,
}
