//! What a lock of the parent guards, in a child: another thread of the parent may have had the lock at the fork.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};

/// How often a lock is tried that is held for a look by threads of the child, or for ever by one that is not there.
const MOST_TRIES: usize = 10_000;

/// What the parent's lock guards, if no thread of the parent was writing it at the fork. It is to be asked for in the child only.
pub(crate) fn inherited<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match lock.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// The same, where threads of the child may have the lock, too: it waits a while for them.
pub(crate) fn inherited_in_use<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    (0..MOST_TRIES).find_map(|_| {
        let guard = inherited(lock);
        if guard.is_none() {
            std::thread::yield_now();
        }
        guard
    })
}

/// The same as [`inherited`], of a lock of readers and writers.
pub(crate) fn inherited_shared<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
    match lock.try_read() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}
