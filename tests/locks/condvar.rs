//! What a wait with a limit says of its end.

use crate::settle;
use redhanded::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

const WAITERS: usize = 4;
const LIMIT: Duration = Duration::from_millis(100);

/// How many of the waiters say that their time was up, if one notice is given while they wait.
fn timed_out_beside_one_notice() -> usize {
    let (waiting, notice) = (Mutex::new(0), Condvar::new());
    let wait = || {
        let mut waiting = waiting.lock().unwrap();
        *waiting += 1;
        notice.wait_timeout(waiting, LIMIT).unwrap().1.timed_out()
    };
    thread::scope(|scope| {
        let waiters: Vec<_> = (0..WAITERS).map(|_| scope.spawn(wait)).collect();
        // A waiter counts itself under the mutex, and lets go of it when it waits.
        while *waiting.lock().unwrap() < WAITERS {
            thread::yield_now();
        }
        notice.notify_one();
        let results = waiters.into_iter().map(|waiter| waiter.join().unwrap());
        results.filter(|has_timed_out| *has_timed_out).count()
    })
}

#[test]
fn a_waiter_whose_time_is_up_says_so_although_another_one_got_a_notice() {
    settle();
    // A waiter that is about to sleep at the notice comes back for it, too, as with std. That is rare.
    let all_but_one = (0..20).any(|_| timed_out_beside_one_notice() == WAITERS - 1);
    assert!(all_but_one);
}
