//! A captured stack: addresses only. Capturing costs a few microseconds, resolving is for later.

use std::sync::Arc;

/// The return addresses of a stack, innermost first.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stack(Arc<[usize]>);

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
        Stack(addresses[..count].into())
    }

    /// A stack that was never captured, to tell findings apart in tests.
    #[cfg(test)]
    pub(crate) fn of_addresses(addresses: &[usize]) -> Stack {
        Stack(addresses.into())
    }

    pub(crate) fn addresses(&self) -> &[usize] {
        &self.0
    }
}

impl std::fmt::Debug for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stack({} frames)", self.0.len())
    }
}
