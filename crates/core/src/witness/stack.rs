//! A captured stack: its addresses, its task, its spans, and the locks that its thread or task held.
//!
//! To capture it costs a few microseconds. Its symbols are resolved later.

#[cfg(all(target_os = "linux", not(target_arch = "arm")))]
#[path = "stack/linux.rs"]
mod system;
#[cfg(not(all(target_os = "linux", not(target_arch = "arm"))))]
#[path = "stack/portable.rs"]
mod system;

use super::lock::{HeldLock, held_locks};
use super::spans::current_spans;
use super::task::{Task, current_task};
use std::sync::Arc;

/// The return addresses of a stack, innermost first, with its task, its spans, outermost first, and its locks.
#[derive(Clone)]
pub(crate) struct Stack {
    addresses: Arc<[usize]>,
    task: Option<Task>,
    spans: Arc<[&'static str]>,
    locks: Arc<[HeldLock]>,
}

impl Stack {
    /// How many frames are kept, from the innermost on.
    pub(crate) const MAX_FRAMES: usize = 128;

    /// Captures the stack of the calling thread. Linux takes no lock for the walk; elsewhere the `backtrace` crate takes a
    /// process-wide one for microseconds, and for long while it resolves.
    #[inline(never)]
    pub(crate) fn capture() -> Stack {
        let mut addresses = [0usize; Self::MAX_FRAMES];
        let count = system::walk(&mut addresses);
        Stack {
            addresses: addresses.get(..count).unwrap_or_default().into(),
            task: current_task(),
            spans: current_spans().into(),
            locks: held_locks().into(),
        }
    }

    /// A stack that was not captured. Tests tell findings apart by it.
    #[cfg(test)]
    pub(crate) fn of_addresses(addresses: &[usize]) -> Stack {
        Stack {
            addresses: addresses.into(),
            task: None,
            spans: Arc::default(),
            locks: Arc::default(),
        }
    }

    pub(crate) fn addresses(&self) -> &Arc<[usize]> {
        &self.addresses
    }

    pub(crate) fn task(&self) -> Option<Task> {
        self.task
    }

    /// The locks of this crate that the captured writer held.
    pub(crate) fn locks(&self) -> &[HeldLock] {
        &self.locks
    }

    pub(crate) fn spans(&self) -> &[&'static str] {
        &self.spans
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stack({} frames)", self.addresses.len())
    }
}
