//! The watched `RwLock` of tokio: `guards` (those that borrow it), `owned` (those that own it).

mod guards;
mod owned;

pub use guards::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
pub use owned::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::waiting::waiting;
use crate::process;
use crate::stalls::Wanted;
use crate::witness::{LockKind, LockRecord, Recorded, Site};
use ::tokio::sync as library;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// An asynchronous reader-writer lock, watched. See `tokio::sync::RwLock`: every method does what it does there.
///
/// The lock is fair: a task that reads, and reads again while it still has the first guard, waits for ever if a writer has
/// come between.
pub struct RwLock<T: ?Sized> {
    recorded: Recorded,
    inner: library::RwLock<T>,
}

impl<T> RwLock<T> {
    fn by_trait(mut self) -> Self {
        self.recorded = self.recorded.by_trait();
        self
    }

    /// As `tokio::sync::RwLock::new`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self::made_at(Site::caller(), library::RwLock::new(value))
    }

    /// As `tokio::sync::RwLock::with_max_readers`.
    ///
    /// # Panics
    /// If `max_reads` is more than 2^29 - 1.
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> Self {
        let inner = library::RwLock::with_max_readers(value, max_reads);
        Self::made_at(Site::caller(), inner)
    }

    /// As `tokio::sync::RwLock::const_new`.
    #[track_caller]
    pub const fn const_new(value: T) -> Self {
        Self::made_at(Site::caller(), library::RwLock::const_new(value))
    }

    /// As `tokio::sync::RwLock::const_with_max_readers`.
    #[track_caller]
    pub const fn const_with_max_readers(value: T, max_reads: u32) -> Self {
        let inner = library::RwLock::const_with_max_readers(value, max_reads);
        Self::made_at(Site::caller(), inner)
    }

    const fn made_at(site: Site, inner: library::RwLock<T>) -> Self {
        RwLock {
            recorded: Recorded::new(LockKind::TOKIO_RWLOCK, site),
            inner,
        }
    }

    /// As `tokio::sync::RwLock::into_inner`.
    pub fn into_inner(self) -> T {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// As `tokio::sync::RwLock::read`. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    #[track_caller]
    pub fn read(&self) -> impl Future<Output = RwLockReadGuard<'_, T>> {
        self.read_from(Site::caller())
    }

    async fn read_from(&self, site: Site) -> RwLockReadGuard<'_, T> {
        let wanted = Wanted::shared(self.record(), site);
        let inner = waiting(wanted, self.inner.read()).await;
        RwLockReadGuard::new(self, site, inner)
    }

    /// As `tokio::sync::RwLock::blocking_read`.
    ///
    /// # Panics
    /// Within an asynchronous execution context.
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        let site = Site::caller();
        let read = || self.inner.blocking_read();
        let inner = match self.record().holds().next() {
            Some(_) => process::locks().wait_untimed(Wanted::shared(self.record(), site), read),
            None => read(),
        };
        RwLockReadGuard::new(self, site, inner)
    }

    /// As `tokio::sync::RwLock::read_owned`.
    #[track_caller]
    pub fn read_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockReadGuard<T>>
    where
        T: 'static,
    {
        let site = Site::caller();
        async move { OwnedRwLockReadGuard::new(&self, self.read_from(site).await) }
    }

    /// As `tokio::sync::RwLock::try_read`.
    ///
    /// # Errors
    /// If it is held to write, or a writer waits for it.
    #[track_caller]
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, library::TryLockError> {
        let inner = self.inner.try_read()?;
        Ok(RwLockReadGuard::new(self, Site::caller(), inner))
    }

    /// As `tokio::sync::RwLock::try_read_owned`.
    ///
    /// # Errors
    /// As [`try_read`](Self::try_read).
    #[track_caller]
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, library::TryLockError>
    where
        T: 'static,
    {
        Ok(OwnedRwLockReadGuard::new(&self, self.try_read()?))
    }

    /// As `tokio::sync::RwLock::write`. A wait that takes longer than [`Settings::stall`](crate::Settings::stall) is a
    /// finding.
    #[track_caller]
    pub fn write(&self) -> impl Future<Output = RwLockWriteGuard<'_, T>> {
        self.write_from(Site::caller())
    }

    async fn write_from(&self, site: Site) -> RwLockWriteGuard<'_, T> {
        let wanted = Wanted::alone(self.record(), site);
        let inner = waiting(wanted, self.inner.write()).await;
        RwLockWriteGuard::new(self, site, inner)
    }

    /// As `tokio::sync::RwLock::blocking_write`.
    ///
    /// # Panics
    /// Within an asynchronous execution context.
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        let site = Site::caller();
        let write = || self.inner.blocking_write();
        let inner = match self.record().holds().next() {
            Some(_) => process::locks().wait_untimed(Wanted::alone(self.record(), site), write),
            None => write(),
        };
        RwLockWriteGuard::new(self, site, inner)
    }

    /// As `tokio::sync::RwLock::write_owned`.
    #[track_caller]
    pub fn write_owned(self: Arc<Self>) -> impl Future<Output = OwnedRwLockWriteGuard<T>>
    where
        T: 'static,
    {
        let site = Site::caller();
        async move { OwnedRwLockWriteGuard::new(&self, self.write_from(site).await) }
    }

    /// As `tokio::sync::RwLock::try_write`.
    ///
    /// # Errors
    /// If it is held.
    #[track_caller]
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, library::TryLockError> {
        let inner = self.inner.try_write()?;
        Ok(RwLockWriteGuard::new(self, Site::caller(), inner))
    }

    /// As `tokio::sync::RwLock::try_write_owned`.
    ///
    /// # Errors
    /// If it is held.
    #[track_caller]
    pub fn try_write_owned(
        self: Arc<Self>,
    ) -> Result<OwnedRwLockWriteGuard<T>, library::TryLockError>
    where
        T: 'static,
    {
        Ok(OwnedRwLockWriteGuard::new(&self, self.try_write()?))
    }

    /// As `tokio::sync::RwLock::get_mut`.
    pub fn get_mut(&mut self) -> &mut T {
        self.inner.get_mut()
    }

    fn record(&self) -> &Arc<LockRecord> {
        self.recorded.record()
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
        self.inner.fmt(f)
    }
}
