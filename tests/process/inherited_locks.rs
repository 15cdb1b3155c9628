//! Locks that a child inherits while threads of its parent wait for them. The thread that forks holds each, so it holds it in the
//! child, too, lets it go there and takes it again. With locks of std all of this works, and so it does with the watched ones.

use crate::fork::Child;
use crate::launch::{Launch, NO_PAGE};
use crate::link::{Link, in_thread};
use redhanded::sync::{Condvar, Exclusive, Mutex, RwLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const FORKS: usize = 40;

/// Threads that use something again and again.
struct Crowd {
    is_over: Arc<AtomicBool>,
    /// How many are about to wait, or do.
    asking: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    fn of(uses: Vec<Box<dyn Fn() + Send>>) -> Crowd {
        let is_over = Arc::new(AtomicBool::new(false));
        let asking = Arc::new(AtomicUsize::new(0));
        let threads = uses.into_iter().map(|uses| {
            let (is_over, asking) = (is_over.clone(), asking.clone());
            in_thread("of the crowd", move || {
                while !is_over.load(SeqCst) {
                    asking.fetch_add(1, SeqCst);
                    uses();
                    asking.fetch_sub(1, SeqCst);
                    thread::yield_now();
                }
            })
        });
        let threads = threads.collect();
        Crowd {
            is_over,
            asking,
            threads,
        }
    }

    /// To be called while nothing of what they want can be had: when each of them waits, or is about to.
    fn wait_until_all_ask(&self) {
        while self.asking.load(SeqCst) < self.threads.len() {
            thread::yield_now();
        }
    }

    fn end(self) {
        self.is_over.store(true, SeqCst);
        self.threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
    }
}

/// Runs this in forty children, some forked before the crowd sleeps, and some after.
fn in_children(crowd: &Crowd, mut run: impl FnMut(&dyn Fn(&mut dyn FnMut()))) {
    for number in 0..FORKS {
        run(&|in_child| {
            crowd.wait_until_all_ask();
            // Some of them sleep by then, and some are about to.
            (0..number).for_each(|_| thread::yield_now());
            assert_eq!(Child::that(in_child).code(), 0, "child {number}");
        });
    }
}

/// The program asserts that each of its children does. What it waits for meanwhile may be told as a stall on a busy machine.
fn each_child_ends(program: impl Fn()) {
    let launch = Launch::of(program).with(NO_PAGE);
    launch.with(("REDHANDED_STDERR", "off")).run().in_order();
}

fn boxed(uses: impl Fn() + Send + 'static) -> Box<dyn Fn() + Send> {
    Box::new(uses)
}

// ---- a mutex and its condition variable

pub fn mutex_of_parent() {
    let shared = Arc::new((Mutex::new(0), Condvar::new()));
    let waits = |shared: Arc<(Mutex<i32>, Condvar)>| {
        boxed(move || {
            let soon = Duration::from_millis(1);
            let guard = shared.0.lock().expect("no panic");
            drop(shared.1.wait_timeout(guard, soon).expect("no panic"));
        })
    };
    let locks = |shared: Arc<(Mutex<i32>, Condvar)>| {
        boxed(move || *shared.0.lock().expect("no panic") += 1)
    };
    let crowd = Crowd::of(vec![
        waits(shared.clone()),
        waits(shared.clone()),
        locks(shared.clone()),
        locks(shared.clone()),
        locks(shared.clone()),
        locks(shared.clone()),
    ]);
    let (mutex, changed) = &*shared;
    in_children(&crowd, |fork| {
        let mut guard = Some(mutex.lock().expect("no panic"));
        fork(&mut || {
            drop(guard.take());
            for _ in 0..100 {
                *mutex.lock().expect("no panic") = 0;
            }
            // Threads of the child wait for each other as those of the parent do.
            thread::scope(|scope| {
                let waits = scope.spawn(|| {
                    let count = mutex.lock().expect("no panic");
                    drop(changed.wait_while(count, |count| *count < 200));
                });
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..100 {
                            *mutex.lock().expect("no panic") += 1;
                            changed.notify_all();
                        }
                    });
                }
                waits.join().expect("it is told");
            });
        });
    });
    crowd.end();
}

#[test]
fn a_mutex_that_threads_of_the_parent_waited_for_works_in_a_child() {
    each_child_ends(mutex_of_parent);
}

// ---- a lock of readers and writers

pub fn rwlock_of_parent() {
    let lock = Arc::new(RwLock::new(0));
    let reads =
        |lock: Arc<RwLock<i32>>| boxed(move || assert!(*lock.read().expect("no panic") >= 0));
    let writes = |lock: Arc<RwLock<i32>>| boxed(move || *lock.write().expect("no panic") += 1);
    let use_all = || {
        for _ in 0..100 {
            *lock.write().expect("no panic") = 0;
            drop((
                lock.read().expect("no panic"),
                lock.try_read().expect("it is free"),
            ));
        }
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..100).for_each(|_| *lock.write().expect("no panic") += 1));
                scope.spawn(|| (0..100).for_each(|_| drop(lock.read().expect("no panic"))));
            }
        });
        assert_eq!(*lock.read().expect("no panic"), 200);
    };
    let both = Crowd::of(vec![
        reads(lock.clone()),
        reads(lock.clone()),
        writes(lock.clone()),
        writes(lock.clone()),
    ]);
    in_children(&both, |fork| {
        let mut guard = Some(lock.write().expect("no panic"));
        fork(&mut || {
            drop(guard.take());
            use_all();
        });
    });
    both.end();
    let writers = Crowd::of(vec![writes(lock.clone()), writes(lock.clone())]);
    in_children(&writers, |fork| {
        let mut guard = Some(lock.read().expect("no panic"));
        fork(&mut || {
            drop(guard.take());
            use_all();
        });
    });
    writers.end();
}

#[test]
fn a_lock_of_readers_and_writers_that_was_waited_for_works_in_a_child() {
    each_child_ends(rwlock_of_parent);
}

// ---- an `Exclusive`

pub fn exclusive_of_parent() {
    // Its conflicts are handed to a detector that is at work.
    let link = Link::open();
    link.object()
        .send("begins".into())
        .expect("no other writer");
    let exclusive = Arc::new(Exclusive::new(0));
    let enters = |exclusive: Arc<Exclusive<i32>>| {
        boxed(move || *exclusive.enter().expect("it is only observed") += 1)
    };
    let crowd = Crowd::of((0..4).map(|_| enters(exclusive.clone())).collect());
    in_children(&crowd, |fork| {
        let mut guard = Some(exclusive.enter().expect("it is only observed"));
        fork(&mut || {
            drop(guard.take());
            for _ in 0..100 {
                *exclusive.enter().expect("one user") = 0;
            }
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        for _ in 0..100 {
                            *exclusive.enter().expect("it is only observed") += 1;
                        }
                    });
                }
            });
            assert_eq!(*exclusive.enter().expect("one user"), 200);
        });
    });
    crowd.end();
}

#[test]
fn an_exclusive_that_threads_of_the_parent_waited_for_works_in_a_child() {
    each_child_ends(exclusive_of_parent);
}
