//! Which runtime of tokio the calling thread is in, and whether it is one of its workers.
//!
//! `block_in_place` is sound on a worker of a runtime with several threads, and panics where another thread polls: in a `LocalSet`,
//! and on a runtime of one thread. The public interface of tokio does not say which of the two a thread is. Its `yield_now` does: it keeps the waker
//! for later where a scheduler polls, and wakes it at once elsewhere, also in a `LocalSet` that `block_on` runs.
//!
//! Two cases are left, both of a runtime of one thread that has entered the handle of another one. Mostly its thread has the
//! program's own name, and not that of tokio's threads. If it runs in `spawn_blocking` or below `block_in_place`, it has that name:
//! then `block_in_place` panics before it does anything. No public interface tells such a thread from a worker. So the panic is caught, and
//! the thread is not taken for a worker again.

use super::Runtime;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Wake, Waker};
use tokio::runtime::{Handle, RuntimeFlavor};

/// The names that tokio gives to its threads, in old and new versions. A runtime that was given another name has no holds in
/// its tasks.
const POOL: [&str; 2] = ["tokio-rt-worker", "tokio-runtime-worker"];

pub(super) fn current() -> Runtime {
    let Ok(handle) = Handle::try_current() else {
        return Runtime::None;
    };
    let is_polling = scheduler_polls();
    match handle.runtime_flavor() {
        RuntimeFlavor::MultiThread => Runtime::MultiThread {
            is_polling,
            is_in_pool: is_in_pool(),
        },
        _ => Runtime::CurrentThread { is_polling },
    }
}

thread_local! {
    /// `block_in_place` has panicked on this thread.
    static IS_NO_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Runs something that waits and does not panic. `None` if it was not run, because this is no worker.
pub(super) fn off_the_worker<R>(wait: impl FnOnce() -> R) -> Option<R> {
    let waited = catch_unwind(AssertUnwindSafe(|| tokio::task::block_in_place(wait)));
    if waited.is_err() {
        IS_NO_WORKER.set(true);
    }
    waited.ok()
}

fn is_in_pool() -> bool {
    if IS_NO_WORKER.get() {
        return false;
    }
    let thread = std::thread::current();
    thread.name().is_some_and(|name| POOL.contains(&name))
}

/// Whether a scheduler of tokio polls on this thread.
fn scheduler_polls() -> bool {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let is_pending = pin!(tokio::task::yield_now())
        .poll(&mut Context::from_waker(&waker))
        .is_pending();
    is_pending && !woken.0.load(Relaxed)
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}
