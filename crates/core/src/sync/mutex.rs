//! The watched `Mutex`.

use super::{guard_traits, on_release, poisoned_if, raw};
use crate::process;
use crate::stalls::Wanted;
use crate::witness::{LockKind, LockRecord, Recorded, Site};
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, LockResult, TryLockError, TryLockResult};

/// A mutual exclusion primitive, watched. See [`std::sync::Mutex`]: every method does what it does there.
///
/// It is built on a lock whose waits can have a limit, which std's have not. So the order of waiters is not that of std's
/// lock, which promises none.
pub struct Mutex<T: ?Sized> {
    recorded: Recorded,
    is_poisoned: AtomicBool,
    inner: raw::Mutex<T>,
}

// As std's: a panic poisons the lock, so that it is seen.
impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}

/// The lock, held. See [`std::sync::MutexGuard`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    // Before the lock itself: the record must not be written to any more when another one has the lock.
    holding: Holding<'a>,
    inner: raw::MutexGuard<'a, T>,
}

impl<T: ?Sized> UnwindSafe for MutexGuard<'_, T> {}
impl<T: ?Sized> RefUnwindSafe for MutexGuard<'_, T> {}

/// Notes the end of a hold when it is dropped.
struct Holding<'a> {
    record: &'a Arc<LockRecord>,
    is_poisoned: &'a AtomicBool,
    was_panicking: bool,
}

impl Drop for Holding<'_> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if !self.was_panicking && std::thread::panicking() {
            self.is_poisoned.store(true, Relaxed);
        }
        on_release(self.record);
    }
}

impl<T> Mutex<T> {
    fn by_trait(mut self) -> Self {
        self.recorded = self.recorded.by_trait();
        self
    }

    /// As [`std::sync::Mutex::new`].
    #[inline]
    #[track_caller]
    pub const fn new(value: T) -> Self {
        let recorded = Recorded::new(LockKind::MUTEX, Site::caller());
        Mutex {
            recorded,
            is_poisoned: AtomicBool::new(false),
            inner: raw::Mutex::const_new(<raw::RawMutex as lock_api::RawMutex>::INIT, value),
        }
    }

    /// As [`std::sync::Mutex::into_inner`].
    ///
    /// # Errors
    /// If the mutex is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        let is_poisoned = self.is_poisoned();
        poisoned_if(is_poisoned, self.inner.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// As [`std::sync::Mutex::lock`]. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    ///
    /// # Errors
    /// If the mutex is poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let site = Site::caller();
        let record = self.recorded.record();
        let inner = self
            .inner
            .try_lock()
            .unwrap_or_else(|| self.wait(record, site));
        self.hold(record, site, inner)
    }

    /// As [`std::sync::Mutex::try_lock`].
    ///
    /// # Errors
    /// If the mutex is held, or poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let inner = self.inner.try_lock().ok_or(TryLockError::WouldBlock)?;
        self.hold(self.recorded.record(), Site::caller(), inner)
            .map_err(TryLockError::Poisoned)
    }

    /// As [`std::sync::Mutex::is_poisoned`].
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned.load(Relaxed)
    }

    /// As [`std::sync::Mutex::clear_poison`].
    #[inline]
    pub fn clear_poison(&self) {
        self.is_poisoned.store(false, Relaxed);
    }

    /// As [`std::sync::Mutex::get_mut`].
    ///
    /// # Errors
    /// If the mutex is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let is_poisoned = self.is_poisoned();
        poisoned_if(is_poisoned, self.inner.get_mut())
    }

    #[cold]
    fn wait(&self, record: &Arc<LockRecord>, site: Site) -> raw::MutexGuard<'_, T> {
        process::locks().wait(
            Wanted::alone(record, site),
            |patience| self.inner.try_lock_for(patience),
            || self.inner.lock(),
        )
    }

    #[inline(always)]
    fn hold<'a>(
        &'a self,
        record: &'a Arc<LockRecord>,
        site: Site,
        inner: raw::MutexGuard<'a, T>,
    ) -> LockResult<MutexGuard<'a, T>> {
        record.exclusive().note_taken_by_thread(site);
        let was_panicking = std::thread::panicking();
        let holding = Holding {
            record,
            is_poisoned: &self.is_poisoned,
            was_panicking,
        };
        poisoned_if(self.is_poisoned(), MutexGuard { holding, inner })
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Notes that the lock is released while `wait` runs. `wait` releases it and takes it again.
    pub(super) fn while_released<R>(
        self,
        site: Site,
        wait: impl FnOnce(&mut raw::MutexGuard<'a, T>) -> R,
    ) -> (LockResult<Self>, R) {
        let MutexGuard { holding, mut inner } = self;
        let Holding {
            record,
            is_poisoned,
            ..
        } = holding;
        drop(holding);
        let result = wait(&mut inner);
        record.exclusive().note_taken_by_thread(site);
        let holding = Holding {
            record,
            is_poisoned,
            was_panicking: std::thread::panicking(),
        };
        (
            poisoned_if(is_poisoned.load(Relaxed), MutexGuard { holding, inner }),
            result,
        )
    }
}

guard_traits!(MutexGuard);

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Mutex::new(value).by_trait()
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Mutex::new(T::default()).by_trait()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Mutex");
        match self.inner.try_lock() {
            Some(inner) => all.field("data", &&*inner),
            None => all.field("data", &format_args!("<locked>")),
        };
        all.field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}
