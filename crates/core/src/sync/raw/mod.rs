//! What the watched locks of std are made of: a mutex and a condition variable whose waits can have a limit, which std's have not.
//!
//! They are as std's are on Linux: a number each, and the system knows who sleeps. So a child that is forked while threads wait
//! has locks that work on: no list of waiters is in its memory. parking_lot keeps one, of threads that are not in the child.
//! `tests/process/inherited_locks.rs` shows the difference.
//!
//! `futex` (sleeps and wakes), `until` (limits), `primitives` (which puts a model of these two in their place under loom), `mutex`,
//! `condvar`.

mod condvar;
#[cfg(all(test, not(redhanded_loom), target_os = "linux"))]
#[path = "futex/elsewhere.rs"]
mod elsewhere;
#[cfg(target_os = "linux")]
#[path = "futex/linux.rs"]
pub(super) mod futex;
#[cfg(not(target_os = "linux"))]
#[path = "futex/elsewhere.rs"]
pub(super) mod futex;
#[cfg(all(test, redhanded_loom))]
pub(super) mod model;
mod mutex;
pub(super) mod primitives;
mod until;

pub(super) use condvar::Condvar;
pub(super) use mutex::RawMutex;
pub(super) use primitives::Until;

/// A mutex without a record.
pub(super) type Mutex<T> = lock_api::Mutex<RawMutex, T>;
/// Its guard.
pub(super) type MutexGuard<'a, T> = lock_api::MutexGuard<'a, RawMutex, T>;

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::Until;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::thread;
    use std::time::{Duration, Instant};

    /// A sleep, and a wake.
    type Calls = (fn(&AtomicU32, u32, Until) -> bool, fn(&AtomicU32));

    const HERE: Calls = (super::futex::sleep, super::futex::wake_all);

    fn each() -> Vec<Calls> {
        let mut each = vec![HERE];
        each.extend(elsewheres());
        each
    }

    #[cfg(target_os = "linux")]
    fn elsewheres() -> Vec<Calls> {
        vec![
            (super::elsewhere::sleep, super::elsewhere::wake_all),
            (super::elsewhere::sleep, super::elsewhere::wake_one),
        ]
    }

    #[cfg(not(target_os = "linux"))]
    fn elsewheres() -> Vec<Calls> {
        Vec::new()
    }

    #[test]
    fn one_that_sleeps_for_a_number_is_woken_when_that_has_changed() {
        for (sleep, wake) in each() {
            let number = AtomicU32::new(0);
            thread::scope(|scope| {
                scope.spawn(|| {
                    for before in 0..1_000 {
                        while number.load(Relaxed) <= before {
                            sleep(&number, before, Until::NEVER);
                        }
                    }
                });
                for _ in 0..1_000 {
                    number.fetch_add(1, Relaxed);
                    wake(&number);
                }
            });
        }
    }

    #[test]
    fn a_sleep_ends_with_its_limit_and_does_not_begin_for_another_number() {
        for (sleep, _) in each() {
            let number = AtomicU32::new(1);
            let limit = Instant::now() + Duration::from_millis(1);
            while !sleep(&number, 1, Until::at(limit)) {}
            assert!(Instant::now() >= limit);
            assert!(!sleep(&number, 0, Until::NEVER));
            assert!(!sleep(&number, 0, Until::at(limit)));
            assert!(sleep(&number, 1, Until::at(limit)));
        }
    }
}
