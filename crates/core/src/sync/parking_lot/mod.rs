//! The locks of parking_lot, watched: `mutex` and `rwlock` (the raw locks), `condvar`. Everything else is what `parking_lot` has,
//! so that a program changes one `use` line.
//!
//! The watched part is below `lock_api`, whose locks and guards are the same for every raw lock. Guards stay on their
//! thread, also with the feature `send_guard` of parking_lot. Where a lock was made is not known: `lock_api` makes it of a
//! constant.

mod condvar;
mod mutex;
mod rwlock;

#[doc(no_inline)]
pub use ::parking_lot::*;
pub use condvar::Condvar;
pub use mutex::{RawFairMutex, RawMutex, WatchedMutex};
pub use rwlock::RawRwLock;

/// A mutual exclusion primitive, watched. See `parking_lot::Mutex`.
pub type Mutex<T> = lock_api::Mutex<RawMutex, T>;
/// The lock, held. See `parking_lot::MutexGuard`.
pub type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;
/// A part of what a lock guards, held. See `parking_lot::MappedMutexGuard`.
pub type MappedMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawMutex, T>;
/// A mutex that is always fair, watched. See `parking_lot::FairMutex`.
pub type FairMutex<T> = lock_api::Mutex<RawFairMutex, T>;
/// The lock, held. See `parking_lot::FairMutexGuard`.
pub type FairMutexGuard<'a, T> = lock_api::MutexGuard<'a, RawFairMutex, T>;
/// A part of what a lock guards, held. See `parking_lot::MappedFairMutexGuard`.
pub type MappedFairMutexGuard<'a, T> = lock_api::MappedMutexGuard<'a, RawFairMutex, T>;
/// A mutex that one thread may take several times, watched. See `parking_lot::ReentrantMutex`.
pub type ReentrantMutex<T> = lock_api::ReentrantMutex<RawMutex, RawThreadId, T>;
/// The lock, held. See `parking_lot::ReentrantMutexGuard`.
pub type ReentrantMutexGuard<'a, T> = lock_api::ReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;
/// A part of what a lock guards, held. See `parking_lot::MappedReentrantMutexGuard`.
pub type MappedReentrantMutexGuard<'a, T> =
    lock_api::MappedReentrantMutexGuard<'a, RawMutex, RawThreadId, T>;
/// A lock of readers and writers, watched. See `parking_lot::RwLock`.
pub type RwLock<T> = lock_api::RwLock<RawRwLock, T>;
/// The lock, held to read. See `parking_lot::RwLockReadGuard`.
pub type RwLockReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, RawRwLock, T>;
/// The lock, held to write. See `parking_lot::RwLockWriteGuard`.
pub type RwLockWriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, RawRwLock, T>;
/// The lock, held to read, and to write later. See `parking_lot::RwLockUpgradableReadGuard`.
pub type RwLockUpgradableReadGuard<'a, T> = lock_api::RwLockUpgradableReadGuard<'a, RawRwLock, T>;
/// A part of what a lock guards, held to read. See `parking_lot::MappedRwLockReadGuard`.
pub type MappedRwLockReadGuard<'a, T> = lock_api::MappedRwLockReadGuard<'a, RawRwLock, T>;
/// A part of what a lock guards, held to write. See `parking_lot::MappedRwLockWriteGuard`.
pub type MappedRwLockWriteGuard<'a, T> = lock_api::MappedRwLockWriteGuard<'a, RawRwLock, T>;

/// As `parking_lot::const_mutex`.
pub const fn const_mutex<T>(value: T) -> Mutex<T> {
    Mutex::const_new(<RawMutex as lock_api::RawMutex>::INIT, value)
}

/// As `parking_lot::const_fair_mutex`.
pub const fn const_fair_mutex<T>(value: T) -> FairMutex<T> {
    FairMutex::const_new(<RawFairMutex as lock_api::RawMutex>::INIT, value)
}

/// As `parking_lot::const_reentrant_mutex`.
pub const fn const_reentrant_mutex<T>(value: T) -> ReentrantMutex<T> {
    ReentrantMutex::const_new(
        <RawMutex as lock_api::RawMutex>::INIT,
        <RawThreadId as lock_api::GetThreadId>::INIT,
        value,
    )
}

/// As `parking_lot::const_rwlock`.
pub const fn const_rwlock<T>(value: T) -> RwLock<T> {
    RwLock::const_new(<RawRwLock as lock_api::RawRwLock>::INIT, value)
}
