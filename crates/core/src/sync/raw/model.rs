//! The mutex and the condition variable under loom: no two are inside at once, each sees what those before it have done, and
//! none sleeps for ever. loom fails a model in which no thread can go on.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib raw::model
//! ```
//!
//! Each model says which change it was tried with: with that change, it fails.

use super::primitives::{Until, begin, end_limits, sleeps_ended_by_limits};
use super::{Condvar, Mutex, MutexGuard};
use loom::cell::UnsafeCell;
use loom::thread::{JoinHandle, spawn};
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::Duration;

/// How long it is, the clock of the model says.
pub(in crate::sync) const LIMIT: Duration = Duration::from_secs(1);

/// Runs the model with sleeps that end when they should, and then with one that ends for no reason.
pub(in crate::sync) fn model(preemptions: usize, run: fn()) {
    for stray in [None, Some(1), Some(2)] {
        check(preemptions, stray, run);
    }
}

/// Runs the model where the end of a limit ends sleeps as well.
pub(in crate::sync) fn model_with_limits(preemptions: usize, run: fn()) {
    check(preemptions, None, run);
}

fn check(preemptions: usize, stray: Option<usize>, run: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    builder.check(move || {
        begin(stray);
        run();
    });
}

pub(in crate::sync) fn join_all<const N: usize>(threads: [JoinHandle<()>; N]) {
    for thread in threads {
        thread.join().unwrap();
    }
}

/// A number. loom fails the model if two are at it at once, or if one does not see what another one has done to it.
#[derive(Default)]
struct Guarded {
    number: u32,
    is_touched: UnsafeCell<()>,
}

impl AddAssign<u32> for Guarded {
    fn add_assign(&mut self, more: u32) {
        self.is_touched.with_mut(|_| ());
        self.number += more;
    }
}

#[derive(Default)]
struct Scene {
    mutex: Mutex<Guarded>,
    changed: Condvar,
}

impl Scene {
    fn new() -> Arc<Self> {
        let scene = Arc::new(Scene::default());
        // The first use of both.
        assert!(!scene.mutex.is_locked());
        scene.changed.notify_all();
        scene
    }

    fn add(&self, more: u32) {
        *self.mutex.lock() += more;
    }

    /// Waits until the number is another one than 0.
    fn nonzero(&self) -> MutexGuard<'_, Guarded> {
        let mut guard = self.mutex.lock();
        while guard.number == 0 {
            self.changed.wait_until(&mut guard, Until::NEVER);
        }
        guard
    }
}

/// A thread of the scene.
fn act(scene: &Arc<Scene>, act: impl FnOnce(&Scene) + 'static) -> JoinHandle<()> {
    let scene = scene.clone();
    spawn(move || act(&scene))
}

/// Tried: each ordering relaxed; one that has slept and takes it as `HELD`.
#[test]
fn a_mutex_has_one_inside_at_a_time_and_each_sees_what_was_done_before() {
    model(3, || {
        let scene = Scene::new();
        let threads = [(); 2].map(|()| act(&scene, |scene| scene.add(1)));
        scene.add(1);
        join_all(threads);
        assert_eq!(scene.mutex.lock().number, 3);
    });
}

/// Tried: `unlock` that wakes none; a sleep for whatever number is there.
#[test]
fn those_that_lock_a_mutex_again_and_again_are_woken() {
    model(5, || {
        let scene = Scene::new();
        let thread = act(&scene, |scene| {
            scene.add(1);
            scene.add(1);
        });
        scene.add(1);
        scene.add(1);
        join_all([thread]);
        assert_eq!(scene.mutex.lock().number, 4);
    });
}

/// Tried: `try_lock` that swaps.
#[test]
fn a_try_that_fails_leaves_nothing_behind() {
    model(3, || {
        let scene = Scene::new();
        let threads = [(); 2].map(|()| act(&scene, |scene| scene.add(1)));
        if let Some(mut guard) = scene.mutex.try_lock() {
            *guard += 1;
        }
        join_all(threads);
        assert!(scene.mutex.lock().number >= 2);
    });
}

/// Tried: `lock_until` that looks at its limit before it looks at the number.
#[test]
fn one_that_gives_up_takes_no_wake_from_another_one() {
    model_with_limits(3, || {
        let scene = Scene::new();
        let guard = scene.mutex.lock();
        let threads = [
            act(&scene, |scene| {
                if let Some(mut guard) = scene.mutex.try_lock_for(LIMIT) {
                    *guard += 1;
                }
            }),
            act(&scene, |scene| scene.add(1)),
            spawn(end_limits),
        ];
        drop(guard);
        join_all(threads);
        assert!(scene.mutex.lock().number >= 1);
    });
}

/// Tried: a count that is read when the mutex has been let go of; `notify_one` that does not count.
#[test]
fn a_notice_after_a_change_is_not_missed() {
    model(6, || {
        let scene = Scene::new();
        let thread = act(&scene, |scene| *scene.nonzero() += 1);
        scene.add(1);
        scene.changed.notify_one();
        join_all([thread]);
        assert_eq!(scene.mutex.lock().number, 2);
    });
}

/// Tried: `notify_all` that wakes one.
#[test]
fn a_notice_to_all_comes_to_all() {
    model(3, || {
        let scene = Scene::new();
        let threads = [(); 2].map(|()| act(&scene, |scene| *scene.nonzero() += 1));
        scene.add(1);
        scene.changed.notify_all();
        join_all(threads);
        assert_eq!(scene.mutex.lock().number, 3);
    });
}

/// Tried: a count that is always 1 after a notice.
#[test]
fn each_of_two_notices_comes_to_one() {
    model(3, || {
        let scene = Scene::new();
        let threads = [(); 2].map(|()| act(&scene, |scene| scene.nonzero().number -= 1));
        for _ in 0..2 {
            scene.add(1);
            scene.changed.notify_one();
        }
        join_all(threads);
        assert_eq!(scene.mutex.lock().number, 0);
    });
}

/// Tried: `wait_until` that asks the clock at its end; `wait_until` that asks whether the count has changed.
#[test]
fn a_waiter_whose_time_was_up_says_so_and_has_taken_no_notice() {
    model_with_limits(3, || {
        let scene = Scene::new();
        let threads = [
            act(&scene, |scene| drop(scene.nonzero())),
            act(&scene, |scene| {
                let mut guard = scene.mutex.lock();
                let until = Until::within(LIMIT);
                let is_over = scene.changed.wait_until(&mut guard, until);
                assert_eq!(is_over, sleeps_ended_by_limits() == 1);
                *guard += 1;
                drop(guard);
                // What may have been the other one's.
                if !is_over {
                    scene.changed.notify_one();
                }
            }),
            spawn(end_limits),
        ];
        scene.add(1);
        scene.changed.notify_one();
        join_all(threads);
        assert_eq!(scene.mutex.lock().number, 2);
    });
}
