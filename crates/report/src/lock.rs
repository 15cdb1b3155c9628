//! Locks of the module `sync`, as reports show them.

use super::CallSite;
use std::fmt;

/// A lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Lock {
    /// Its number. No other lock of its process ever has it.
    pub id: u64,
    /// Its type: `Mutex`, `RwLock`, either of them with `tokio` or `parking_lot` before it, or `Exclusive`.
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
    /// It was taken to read only, so that other readers could hold it too.
    #[cfg_attr(feature = "formats", serde(default))]
    pub shared: bool,
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
        let to_read = if self.shared { " to read" } else { "" };
        match &self.taken {
            Some(taken) => write!(f, ", taken{to_read} at {taken}"),
            None if self.shared => f.write_str(", taken to read"),
            None => Ok(()),
        }
    }
}
