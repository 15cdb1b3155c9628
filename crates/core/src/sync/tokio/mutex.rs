//! The watched `Mutex` of tokio.

use super::waiting::waiting;
use super::{MutexGuard, OwnedMutexGuard};
use crate::process;
use crate::stalls::Wanted;
use crate::witness::{LockKind, LockRecord, Recorded, Site};
use ::tokio::sync as library;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// An asynchronous `Mutex`, watched. See `tokio::sync::Mutex`: every method does what it does there.
pub struct Mutex<T: ?Sized> {
    recorded: Recorded,
    inner: library::Mutex<T>,
}

impl<T> Mutex<T> {
    fn by_trait(mut self) -> Self {
        self.recorded = self.recorded.by_trait();
        self
    }

    /// As `tokio::sync::Mutex::new`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Mutex {
            recorded: Recorded::new(LockKind::TOKIO_MUTEX, Site::caller()),
            inner: library::Mutex::new(value),
        }
    }

    /// As `tokio::sync::Mutex::const_new`.
    #[track_caller]
    pub const fn const_new(value: T) -> Self {
        Mutex {
            recorded: Recorded::new(LockKind::TOKIO_MUTEX, Site::caller()),
            inner: library::Mutex::const_new(value),
        }
    }

    /// As `tokio::sync::Mutex::into_inner`.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// As `tokio::sync::Mutex::lock`. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    #[track_caller]
    pub fn lock(&self) -> impl Future<Output = MutexGuard<'_, T>> {
        self.lock_from(Site::caller())
    }

    pub(super) async fn lock_from(&self, site: Site) -> MutexGuard<'_, T> {
        let wanted = Wanted::alone(self.record(), site);
        let inner = waiting(wanted, self.inner.lock()).await;
        MutexGuard::new(self, site, inner)
    }

    /// As `tokio::sync::Mutex::blocking_lock`.
    ///
    /// # Panics
    /// Within an asynchronous execution context.
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        self.blocking_lock_from(Site::caller())
    }

    #[track_caller]
    pub(super) fn blocking_lock_from(&self, site: Site) -> MutexGuard<'_, T> {
        let lock = || self.inner.blocking_lock();
        let inner = match self.record().holds().next() {
            Some(_) => process::locks().wait_untimed(Wanted::alone(self.record(), site), lock),
            None => lock(),
        };
        MutexGuard::new(self, site, inner)
    }

    /// As `tokio::sync::Mutex::blocking_lock_owned`.
    ///
    /// # Panics
    /// Within an asynchronous execution context.
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T>
    where
        T: 'static,
    {
        OwnedMutexGuard::blocking(self, Site::caller())
    }

    /// As `tokio::sync::Mutex::lock_owned`. That one also takes values that cannot be sent, and values that borrow.
    #[track_caller]
    pub fn lock_owned(self: Arc<Self>) -> impl Future<Output = OwnedMutexGuard<T>>
    where
        T: Send + 'static,
    {
        OwnedMutexGuard::locked(self, Site::caller())
    }

    /// As `tokio::sync::Mutex::try_lock`.
    ///
    /// # Errors
    /// If it is held.
    #[track_caller]
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, library::TryLockError> {
        self.try_lock_from(Site::caller())
    }

    pub(super) fn try_lock_from(
        &self,
        site: Site,
    ) -> Result<MutexGuard<'_, T>, library::TryLockError> {
        let inner = self.inner.try_lock()?;
        Ok(MutexGuard::new(self, site, inner))
    }

    /// As `tokio::sync::Mutex::try_lock_owned`.
    ///
    /// # Errors
    /// If it is held.
    #[track_caller]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, library::TryLockError>
    where
        T: 'static,
    {
        OwnedMutexGuard::tried(self, Site::caller())
    }

    /// As `tokio::sync::Mutex::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    pub(super) fn record(&self) -> &Arc<LockRecord> {
        self.recorded.record()
    }
}

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
        self.inner.fmt(f)
    }
}
