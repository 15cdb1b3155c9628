//! The only place that decides between std's and loom's primitives.
//!
//! The protocol is model-checked with `RUSTFLAGS="--cfg redhanded_loom"`; everything in `wire` that takes part in it
//! takes its atomics and locks from here.

#[cfg(not(redhanded_loom))]
mod chosen {
    pub(crate) use std::sync::Mutex;
    pub(crate) use std::sync::MutexGuard;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

    pub(crate) use crate::wire::fence;
    pub(crate) use crate::witness::current_thread;

    use std::panic::{AssertUnwindSafe, catch_unwind};

    /// Runs it, and gives the message of its panic if it has panicked.
    pub(crate) fn caught<R>(run: impl FnOnce() -> R) -> Result<R, String> {
        catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
            let text = payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned());
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            // A payload may panic when it is dropped.
            std::mem::forget(payload);
            text.unwrap_or_default()
        })
    }
}

#[cfg(redhanded_loom)]
mod chosen {
    pub(crate) use loom::sync::Mutex;
    pub(crate) use loom::sync::MutexGuard;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

    use std::cell::Cell;

    /// Stronger than the real ones in one thing only: two light fences order. Of the handles of a wire only one ever fences lightly.
    pub(crate) mod fence {
        use loom::sync::atomic::{Ordering::SeqCst, fence};
        use std::io;

        pub(crate) fn prepare() {}

        pub(crate) fn is_there() -> bool {
            true
        }

        pub(crate) fn light() {
            fence(SeqCst);
        }

        pub(crate) fn heavy() -> io::Result<()> {
            fence(SeqCst);
            Ok(())
        }
    }

    // Loom runs all its threads on one of the system's, so that their numbers must come from loom, too.
    loom::thread_local! {
        static THREAD: Cell<u64> = Cell::new(0);
    }

    pub(crate) fn current_thread() -> u64 {
        THREAD.with(Cell::get)
    }

    /// Runs it. A panic is how loom ends a model that fails.
    pub(crate) fn caught<R>(run: impl FnOnce() -> R) -> Result<R, String> {
        Ok(run())
    }

    pub(crate) fn name_this_thread(id: u64) {
        THREAD.with(|thread| thread.set(id));
    }
}

pub(crate) use chosen::*;

use std::sync::PoisonError;

/// Locks, poisoned or not: what the lock guards is left consistent by every critical section, and a panic of the
/// application must not turn into a second one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
