//! The condition variable that goes with the raw mutex.

use super::MutexGuard;
use super::primitives::{AtomicU32, Until, futex};
use std::sync::atomic::Ordering::Relaxed;

/// Counts notices. Who waits sleeps while the count is as it was under the mutex.
#[derive(Debug, Default)]
pub(in crate::sync) struct Condvar {
    notices: AtomicU32,
}

impl Condvar {
    pub(in crate::sync) const fn new() -> Condvar {
        Condvar {
            notices: AtomicU32::new(0),
        }
    }

    /// Lets go of the mutex, waits for a notice, and takes the mutex again. Gives whether the limit ended the wait. It may come
    /// back for no reason, as every condition variable.
    pub(in crate::sync) fn wait_until<T: ?Sized>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        until: Until,
    ) -> bool {
        // Under the mutex. A notice that is given after a change under it comes later, and is seen.
        let before = self.notices.load(Relaxed);
        MutexGuard::unlocked(guard, || {
            // The count may have changed for another waiter, whose notice this one has not taken.
            futex::sleep(&self.notices, before, until)
        })
    }

    pub(in crate::sync) fn notify_one(&self) {
        self.notices.fetch_add(1, Relaxed);
        futex::wake_one(&self.notices);
    }

    pub(in crate::sync) fn notify_all(&self) {
        self.notices.fetch_add(1, Relaxed);
        futex::wake_all(&self.notices);
    }
}
