//! The tally of a report, as the engine sees it: the recorder hands tallies out and keeps them.

use std::any::Any;
use std::fmt::Debug;

/// Counts the findings of one report, and says which of them are worth keeping in full.
///
/// Called under the lock of a contest, so that nothing here may block. A storm of overlaps costs one addition each.
pub(crate) trait Tally: Any + Debug + Send + Sync {
    /// Whether the next finding is to be kept in full. A `true` is a promise to keep it or to give it back.
    fn reserve(&self) -> bool;
    /// Gives a reservation back that came to nothing.
    fn give_back(&self);
    /// Counts findings made now.
    fn add(&self, findings: u64);
    /// Whether no further finding is to be kept in full.
    fn is_full(&self) -> bool;
    /// Whether no finding is kept in full yet, nor was one that has been given to its own tally since.
    fn is_empty(&self) -> bool;
    /// Whether no report tells of what is counted here.
    fn is_unreported(&self) -> bool;
    /// Whether only the backtraces of its findings tell which report they belong to. What is kept of it is counted
    /// where it belongs, and not here.
    fn is_provisional(&self) -> bool;
}
