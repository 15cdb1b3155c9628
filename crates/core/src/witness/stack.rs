//! A captured stack: its addresses, its task, its spans, and the locks that its thread or task held.
//!
//! To capture it costs a few microseconds. Its symbols are resolved later.

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

    /// Captures the stack of the calling thread.
    ///
    /// The `backtrace` crate takes a process-wide lock for the walk. It holds this lock for microseconds only. Only
    /// symbolisation through the same crate would hold it for long, and on Linux this crate never does that.
    #[inline(never)]
    pub(crate) fn capture() -> Stack {
        let mut addresses = [0usize; Self::MAX_FRAMES];
        let mut count = 0;
        backtrace::trace(|frame| {
            let address = frame.ip() as usize;
            if address != 0 {
                addresses[count] = address;
                count += 1;
            }
            count < Self::MAX_FRAMES
        });
        Stack {
            addresses: addresses[..count].into(),
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
