//! The `Mutex` and the `RwLock` of tokio, watched. Everything else is what `tokio::sync` has, so that a program
//! changes one `use` line.

mod guards;
mod mutex;
mod owned;
mod rwlock;
mod waiting;

#[doc(no_inline)]
pub use ::tokio::sync::*;
pub use guards::{MappedMutexGuard, MutexGuard};
pub use mutex::Mutex;
pub use owned::OwnedMutexGuard;
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
