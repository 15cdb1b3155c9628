//! Locks of the module `sync`, as reports show them.

use super::CallSite;
use std::fmt;

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Lock {
    /// Its number. No other lock of its process ever has it.
    pub id: u64,
    /// Its type: `Mutex`, `tokio Mutex` or `Exclusive`.
    pub kind: String,
    /// Where it was made.
    pub created: Option<CallSite>,
}

/// A lock that a writer held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct HeldLock {
    /// The lock.
    #[cfg_attr(feature = "formats", serde(flatten))]
    pub lock: Lock,
    /// Where the writer took it.
    pub taken: Option<CallSite>,
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", self.kind, self.id)?;
        self.created
            .as_ref()
            .map_or(Ok(()), |created| write!(f, " made at {created}"))
    }
}

impl fmt::Display for HeldLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.lock)?;
        self.taken
            .as_ref()
            .map_or(Ok(()), |taken| write!(f, ", taken at {taken}"))
    }
}
