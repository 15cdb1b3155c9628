//! The guard of the watched `Mutex` of tokio that owns it.
//!
//! It holds the mutex together with a guard that borrows it. The owned guard of tokio would own the mutex of tokio, and not
//! the watched one. Safe Rust cannot express such a pair, so the crate `ouroboros` does. Therefore the value must not borrow,
//! and the guard cannot be mapped.

use super::{Mutex, MutexGuard};
use crate::witness::Site;
use ::tokio::sync::TryLockError;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// The lock, held, with the mutex. See `tokio::sync::OwnedMutexGuard`.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMutexGuard<T: ?Sized + 'static>(Guarded<T>);

#[ouroboros::self_referencing]
struct Guarded<T: ?Sized + 'static> {
    mutex: Arc<Mutex<T>>,
    #[borrows(mutex)]
    #[not_covariant]
    guard: MutexGuard<'this, T>,
}

impl<T: ?Sized + 'static> OwnedMutexGuard<T> {
    pub(super) async fn locked(mutex: Arc<Mutex<T>>, site: Site) -> Self
    where
        T: Send,
    {
        let lock = GuardedAsyncSendBuilder {
            mutex,
            guard_builder: |mutex| Box::pin(mutex.lock_from(site)),
        };
        OwnedMutexGuard(lock.build().await)
    }

    #[track_caller]
    pub(super) fn blocking(mutex: Arc<Mutex<T>>, site: Site) -> Self {
        OwnedMutexGuard(
            GuardedBuilder {
                mutex,
                guard_builder: |mutex| mutex.blocking_lock_from(site),
            }
            .build(),
        )
    }

    pub(super) fn tried(mutex: Arc<Mutex<T>>, site: Site) -> Result<Self, TryLockError> {
        let lock = GuardedTryBuilder {
            mutex,
            guard_builder: |mutex| mutex.try_lock_from(site),
        };
        lock.try_build().map(OwnedMutexGuard)
    }

    /// As `tokio::sync::OwnedMutexGuard::mutex`.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.0.borrow_mutex()
    }
}

impl<T: ?Sized + 'static> Deref for OwnedMutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.with_guard(|guard| &**guard)
    }
}

impl<T: ?Sized + 'static> DerefMut for OwnedMutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.with_guard_mut(|guard| &mut **guard)
    }
}

impl<T: ?Sized + fmt::Debug + 'static> fmt::Debug for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display + 'static> fmt::Display for OwnedMutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
