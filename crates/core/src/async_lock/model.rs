//! The lock under loom: no waiter sleeps for ever while the lock is free.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib async_lock::model
//! ```

use super::AsyncLock;
use loom::sync::Arc;
use loom::thread;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

/// Wakes a thread of loom.
struct Unpark(thread::Thread);

// loom's handle of a thread is valid inside its model only. This type does not leave the model.
impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

fn add_one(lock: &AsyncLock<u32>) {
    *lock.try_lock().unwrap_or_else(|| lock.lock_blocking()) += 1;
}

/// As a task does it: polled until it has the lock, asleep in between.
fn add_one_polled(lock: &AsyncLock<u32>) {
    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    let mut locking = lock.lock();
    let mut guard = loop {
        match Pin::new(&mut locking).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(guard) => break guard,
            Poll::Pending => thread::park(),
        }
    };
    *guard += 1;
}

fn check(others: &'static [fn(&AsyncLock<u32>)]) {
    let mut builder = loom::model::Builder::new();
    // With three threads there are too many orders to try all: only those with at most two preemptions.
    builder.preemption_bound.get_or_insert(2);
    builder.check(move || {
        let lock = Arc::new(AsyncLock::new(0, ()));
        let threads: Vec<_> = others
            .iter()
            .map(|other| {
                let lock = lock.clone();
                thread::spawn(move || other(&lock))
            })
            .collect();
        add_one(&lock);
        // loom fails if one of them never wakes up.
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(lock.try_lock().as_deref(), Some(&(1 + others.len() as u32)));
    });
}

#[test]
fn a_thread_that_waits_is_woken() {
    check(&[add_one]);
}

#[test]
fn a_task_that_waits_is_woken() {
    check(&[add_one_polled]);
}

#[test]
fn a_thread_and_a_task_that_wait_are_both_woken() {
    check(&[add_one, add_one_polled]);
}
