//! The watched `RwLock`: `gate` (who may pass), `guards`.

mod gate;
mod guards;

pub use guards::{RwLockReadGuard, RwLockWriteGuard};

use super::poisoned_if;
use crate::process;
use crate::stalls::Wanted;
use crate::witness::{Access, LockKind, Recorded, Site};
use gate::{Gate, Pass};
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
    gate: Gate,
    /// Who comes here has passed the gate, and never waits.
    inner: parking_lot::RwLock<T>,
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
            gate: Gate::new(),
            inner: parking_lot::RwLock::new(value),
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
        let pass = self.pass(Access::Shared, site);
        self.reading(pass, site)
    }

    /// As [`std::sync::RwLock::try_read`].
    ///
    /// # Errors
    /// If the lock is held to write, a writer waits for it, or it is poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let pass = self.gate.try_pass(Access::Shared);
        let pass = pass.ok_or(TryLockError::WouldBlock)?;
        self.reading(pass, Site::caller())
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
        let pass = self.pass(Access::Exclusive, site);
        self.writing(pass, site)
    }

    /// As [`std::sync::RwLock::try_write`].
    ///
    /// # Errors
    /// If the lock is held, or poisoned.
    #[inline(always)]
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let pass = self.gate.try_pass(Access::Exclusive);
        let pass = pass.ok_or(TryLockError::WouldBlock)?;
        self.writing(pass, Site::caller())
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

    #[inline(always)]
    fn pass(&self, access: Access, site: Site) -> Pass<'_> {
        let pass = self.gate.try_pass(access);
        pass.unwrap_or_else(|| self.wait(access, site))
    }

    #[cold]
    fn wait(&self, access: Access, site: Site) -> Pass<'_> {
        let turn = self.gate.queue(access);
        let wanted = Wanted {
            record: self.recorded.record(),
            access,
            site,
        };
        process::locks().wait(
            wanted,
            |patience| turn.pass_within(patience),
            || turn.pass(),
        )
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
        match self.gate.try_pass(Access::Shared) {
            Some(_pass) => all.field("data", &&*self.inner.read()),
            None => all.field("data", &format_args!("<locked>")),
        };
        all.field("poisoned", &self.is_poisoned())
            .finish_non_exhaustive()
    }
}
