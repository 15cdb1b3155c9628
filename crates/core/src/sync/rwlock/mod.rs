//! The watched `RwLock`: `gate` (who may pass), `value` (what is behind it), `guards`.

mod gate;
mod guards;
mod value;

pub use guards::{RwLockReadGuard, RwLockWriteGuard};

use super::poisoned_if;
use crate::witness::{LockKind, Recorded, Site};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{LockResult, TryLockError, TryLockResult};

/// A reader-writer lock, watched. See [`std::sync::RwLock`]: every method does what it does there.
///
/// As with std on Linux, a reader that comes while a writer waits waits behind it. So a thread that reads, and reads again
/// while it still has the first guard, may wait for ever.
pub struct RwLock<T: ?Sized> {
    recorded: Recorded,
    is_poisoned: AtomicBool,
    inner: value::Value<T>,
}

// As std's: a panic poisons the lock, so that it is seen.
impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

impl<T> RwLock<T> {
    fn by_trait(mut self) -> Self {
        self.recorded = self.recorded.by_trait();
        self
    }

    /// As [`std::sync::RwLock::new`].
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        RwLock {
            recorded: Recorded::new(LockKind::RWLOCK, Site::caller()),
            is_poisoned: AtomicBool::new(false),
            inner: value::new(value),
        }
    }

    /// As [`std::sync::RwLock::into_inner`].
    ///
    /// # Errors
    /// If the lock is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        let is_poisoned = self.is_poisoned();
        poisoned_if(is_poisoned, self.inner.into_inner())
    }
}

impl<T: ?Sized> RwLock<T> {
    /// As [`std::sync::RwLock::read`]. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    ///
    /// # Errors
    /// If the lock is poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let site = Site::caller();
        let inner = self
            .inner
            .try_read()
            .unwrap_or_else(|| value::wait_to_read(&self.inner, self.recorded.record(), site));
        self.reading(inner, site)
    }

    /// As [`std::sync::RwLock::try_read`].
    ///
    /// # Errors
    /// If the lock is held to write, a writer waits for it, or it is poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let inner = self.inner.try_read().ok_or(TryLockError::WouldBlock)?;
        self.reading(inner, Site::caller())
            .map_err(TryLockError::Poisoned)
    }

    /// As [`std::sync::RwLock::write`]. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    ///
    /// # Errors
    /// If the lock is poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let site = Site::caller();
        let inner = self
            .inner
            .try_write()
            .unwrap_or_else(|| value::wait_to_write(&self.inner, self.recorded.record(), site));
        self.writing(inner, site)
    }

    /// As [`std::sync::RwLock::try_write`].
    ///
    /// # Errors
    /// If the lock is held, or poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let inner = self.inner.try_write().ok_or(TryLockError::WouldBlock)?;
        self.writing(inner, Site::caller())
            .map_err(TryLockError::Poisoned)
    }

    /// As [`std::sync::RwLock::is_poisoned`].
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned.load(Relaxed)
    }

    /// As [`std::sync::RwLock::clear_poison`].
    #[inline]
    pub fn clear_poison(&self) {
        self.is_poisoned.store(false, Relaxed);
    }

    /// As [`std::sync::RwLock::get_mut`].
    ///
    /// # Errors
    /// If the lock is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let is_poisoned = self.is_poisoned();
        poisoned_if(is_poisoned, self.inner.get_mut())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        RwLock::new(value).by_trait()
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        RwLock::new(T::default()).by_trait()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("RwLock");
        match self.inner.try_read() {
            Some(inner) => all.field("data", &&*inner),
            None => all.field("data", &format_args!("<locked>")),
        };
        all.field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}
