//! A signal that a thread handles while it waits does not end the wait, as with the locks of std.
//!
//! This needs `unsafe`, because the standard library installs no handlers. The handler only counts, in an atomic number. Each
//! signal is for a thread of the caller, which is alive.
#![allow(unsafe_code)]

use crate::{settle, until};
use redhanded::sync::{Condvar, Mutex};
use std::mem;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

static HANDLED: AtomicU32 = AtomicU32::new(0);

extern "C" fn count(_: libc::c_int) {
    HANDLED.fetch_add(1, SeqCst);
}

/// A handler without `SA_RESTART`, so that every system call that can be interrupted is.
fn install() {
    // SAFETY: zeros are a valid action, and the handler does only what a handler may.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = count as *const () as usize;
        let installed = libc::sigaction(libc::SIGUSR1, &action, ptr::null_mut());
        assert_eq!(installed, 0);
    }
}

/// Runs `wait` in this thread, which gets a signal each millisecond meanwhile.
fn under_signals<R>(wait: impl FnOnce() -> R) -> R {
    install();
    // SAFETY: it has no conditions.
    let waiter = unsafe { libc::pthread_self() };
    thread::scope(|scope| {
        let (end, ended) = channel::<()>();
        scope.spawn(move || {
            while ended.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Timeout) {
                // SAFETY: the waiter leaves the scope after this thread has ended.
                unsafe { libc::pthread_kill(waiter, libc::SIGUSR1) };
            }
        });
        let result = wait();
        drop(end);
        result
    })
}

fn wait_for_more_signals() {
    let enough = HANDLED.load(SeqCst) + 10;
    until("signals", || (HANDLED.load(SeqCst) >= enough).then_some(()));
}

#[test]
fn a_wait_with_a_limit_goes_on_after_a_signal() {
    settle();
    const LIMIT: Duration = Duration::from_millis(100);
    let (mutex, notice) = (Mutex::new(()), Condvar::new());
    let before = HANDLED.load(SeqCst);
    let (result, waited) = under_signals(|| {
        let start = Instant::now();
        let (_guard, result) = notice.wait_timeout(mutex.lock().unwrap(), LIMIT).unwrap();
        (result, start.elapsed())
    });
    assert!(HANDLED.load(SeqCst) > before);
    assert!(result.timed_out() && waited >= LIMIT, "{waited:?}");
}

#[test]
fn a_wait_without_a_limit_goes_on_after_a_signal() {
    settle();
    let (is_noticed, notice) = (Mutex::new(false), Condvar::new());
    thread::scope(|scope| {
        under_signals(|| {
            let guard = is_noticed.lock().unwrap();
            scope.spawn(|| {
                // The waiter has let go of it.
                drop(is_noticed.lock().unwrap());
                wait_for_more_signals();
                *is_noticed.lock().unwrap() = true;
                notice.notify_one();
            });
            assert!(
                *notice.wait(guard).unwrap(),
                "it came back without a notice"
            );
        });
    });
}
