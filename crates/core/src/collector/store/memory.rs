//! How much memory the backtraces of all reports take, and the limit for it.

use crate::collector::telling::ResolvedFinding;
use std::sync::Arc;

/// How much memory the backtraces of all reports may take together. By default, this is 32 MiB.
const MAX_BYTES: usize = 32 << 20;

/// The memory that the kept backtraces take.
#[derive(Debug, Default)]
pub(super) struct Memory {
    used: usize,
}

impl Memory {
    /// Takes a finding into the store. Where its backtraces would pass the limit, they are dropped.
    pub(super) fn admit(&mut self, mut finding: ResolvedFinding) -> Arc<ResolvedFinding> {
        let size = finding.backtrace_size();
        if self.used + size > MAX_BYTES {
            finding.drop_backtraces(
                "dropped: the backtraces of earlier reports take all the memory they may",
            );
        } else {
            self.used += size;
        }
        Arc::new(finding)
    }

    /// A finding has left the store.
    pub(super) fn release(&mut self, finding: &ResolvedFinding) {
        self.used = self.used.saturating_sub(finding.backtrace_size());
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::collector::store::fixtures;

    #[test]
    fn what_passes_the_limit_is_kept_without_its_backtraces_and_says_why() {
        let mut memory = Memory {
            used: MAX_BYTES - 1,
        };
        let finding = memory.admit(fixtures::resolved_with_backtraces());
        assert_eq!((finding.backtrace_size(), memory.used), (0, MAX_BYTES - 1));
        let why = finding.writers[0].backtrace_missing.as_deref();
        assert!(why.is_some_and(|why| why.starts_with("dropped: ")));
    }

    #[test]
    fn what_has_left_takes_no_memory() {
        let mut memory = Memory::default();
        let finding = memory.admit(fixtures::resolved_with_backtraces());
        assert!(memory.used > 0 && memory.used == finding.backtrace_size());
        memory.release(&finding);
        assert_eq!(memory.used, 0);
    }
}
