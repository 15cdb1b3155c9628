//! A captured stack: addresses, the task and the spans it was in, and the locks it held. Capturing costs a few
//! microseconds, resolving is for later.

use super::lock::{HeldLock, held_locks};
use super::spans::current_spans;
use super::task::{Task, current_task};
use std::sync::Arc;

/// The return addresses of a stack, innermost first, its task, the names of its spans, outermost first, and its locks.
#[derive(Clone)]
pub(crate) struct Stack {
    addresses: Arc<[usize]>,
    task: Option<Task>,
    spans: Arc<[&'static str]>,
    locks: Arc<[HeldLock]>,
}

impl Stack {
    /// Deeper stacks are cut at their outer end.
    pub(crate) const MAX_FRAMES: usize = 128;

    /// Captures the stack of the calling thread.
    ///
    /// The library takes a process-wide lock for the walk. It is held for microseconds only: the long holder of that
    /// lock is symbolisation through the same library, which this crate never does on Linux.
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

    /// A stack that was never captured, to tell findings apart in tests.
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

    /// The locks of ours that whoever was on the stack held.
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
