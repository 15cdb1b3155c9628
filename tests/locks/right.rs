//! Programs whose locks are in order. None of them gets a report.

use crate::common::start;
use crate::{reports_of, settle};
use redhanded::sync::{Arc, Condvar, LockResult, Mutex, MutexGuard, PoisonError, TryLockError};
use std::cell::{Cell, RefCell};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

#[test]
fn threads_that_crowd_at_one_lock_lose_nothing_and_are_not_reported() {
    settle();
    let mutex = Arc::new(Mutex::new(0));
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let mutex = mutex.clone();
            start("crowd", move || {
                (0..2_000).for_each(|_| *mutex.lock().unwrap() += 1)
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.result());
    assert_eq!(*mutex.lock().unwrap(), 16_000);
    assert_eq!(reports_of(file!()), []);
}

#[test]
fn a_thread_that_waits_in_a_condvar_has_released_the_lock() {
    settle();
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let waiting = shared.clone();
    let waiter = start("waiter", move || {
        let (mutex, condvar) = &*waiting;
        let guard = condvar
            .wait_while(mutex.lock().unwrap(), |is_ready| !*is_ready)
            .unwrap();
        let (guard, result) = condvar
            .wait_timeout(guard, Duration::from_millis(1))
            .unwrap();
        assert!(*guard && result.timed_out());
    });
    waiter.sleeps();
    // This is longer than a stall. But this wait is no stall, and the lock is free meanwhile.
    let (mutex, condvar) = &*shared;
    let never = Condvar::new();
    let (guard, result) = never
        .wait_timeout(mutex.lock().unwrap(), Duration::from_millis(200))
        .unwrap();
    assert!(result.timed_out() && !*guard);
    drop(guard);
    *mutex.lock().unwrap() = true;
    condvar.notify_all();
    waiter.result();
    assert_eq!(reports_of(file!()), []);
}

#[test]
fn a_panic_poisons_as_with_std() {
    settle();
    let mutex = Arc::new(Mutex::new(3));
    let poisoning = mutex.clone();
    let thread = std::thread::spawn(move || {
        let _guard = poisoning.lock().unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    assert!(thread.join().is_err() && mutex.is_poisoned());
    assert_eq!(*mutex.lock().unwrap_err().into_inner(), 3);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
    assert_eq!(
        format!("{mutex:?}"),
        "Mutex { data: 3, poisoned: true, .. }"
    );
    mutex.clear_poison();
    let guard: LockResult<_> = mutex.lock();
    let guard = guard.unwrap_or_else(PoisonError::into_inner);
    assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
    assert_eq!(
        format!("{mutex:?}"),
        "Mutex { data: <locked>, poisoned: false, .. }"
    );
    drop(guard);
    assert_eq!(Arc::into_inner(mutex).unwrap().into_inner().unwrap(), 3);
}

#[test]
fn a_lock_can_be_a_static_and_guard_what_has_no_size() {
    static COUNT: Mutex<u32> = Mutex::new(1);
    settle();
    *COUNT.lock().unwrap() += 1;
    assert_eq!(*COUNT.lock().unwrap(), 2);
    let unsized_value: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([1, 2, 3]));
    assert_eq!(unsized_value.lock().unwrap().len(), 3);
}

#[test]
fn a_guard_may_cross_a_panic_as_one_of_std_may() {
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    is_unwind_safe::<MutexGuard<'_, Cell<u32>>>();
    is_unwind_safe::<Condvar>();
    settle();
    let mutex = Mutex::new(1);
    let guard = mutex.lock().unwrap();
    assert_eq!(std::panic::catch_unwind(move || *guard).unwrap(), 1);
    assert!(!mutex.is_poisoned());
}

/// Takes the lock when its thread ends.
struct LocksLate(Arc<Mutex<u32>>);

impl Drop for LocksLate {
    fn drop(&mut self) {
        *self.0.lock().unwrap() += 1;
    }
}

thread_local! {
    static LATE: RefCell<Option<LocksLate>> = const { RefCell::new(None) };
}

#[test]
fn a_thread_that_ends_can_lock_and_wait() {
    settle();
    let mutex = Arc::new(Mutex::new(0));
    let late = |mutex: &Arc<Mutex<u32>>| {
        let late = LocksLate(mutex.clone());
        std::thread::spawn(|| LATE.set(Some(late)))
    };
    late(&mutex).join().unwrap();
    let guard = mutex.lock().unwrap();
    let waiting = late(&mutex);
    drop(guard);
    waiting.join().unwrap();
    assert_eq!(*mutex.lock().unwrap(), 2);
}
