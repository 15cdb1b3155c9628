//! Stalls at locks belong to the scope of the one that waits.

use crate::{PATIENCE, elsewhere};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Mutex};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

/// A thread waits too long for a lock in the caller's scope. Returns how many reports each scope sees of it.
fn stall(watches: [&redhanded::Watch; 2]) -> [usize; 2] {
    let mutex = Arc::new(Mutex::new(()));
    let ((say_held, held), (let_go, wait)) = (channel(), channel::<()>());
    let holding = mutex.clone();
    let holder = thread::spawn(move || {
        let _guard = holding.lock().expect("no thread panics");
        say_held.send(()).expect("the receiver is kept");
        wait.recv().expect("the sender is kept");
    });
    held.recv().expect("it is held");
    let before = redhanded::statistics().findings;
    let release = thread::spawn(move || {
        let deadline = Instant::now() + PATIENCE;
        while !redhanded::reports()
            .iter()
            .any(|report| report.kind == Kind::Stall && report.open)
        {
            assert!(Instant::now() < deadline, "no stall comes of it");
            thread::yield_now();
        }
        let_go.send(()).expect("it waits");
    });
    drop(mutex.lock().expect("no thread panics"));
    for thread in [holder, release] {
        thread.join().expect("no panic");
    }
    assert!(redhanded::statistics().findings > before);
    watches.map(|watch| {
        watch
            .findings()
            .iter()
            .filter(|report| report.kind == Kind::Stall)
            .count()
    })
}

#[test]
fn a_stall_is_seen_in_the_scope_of_the_one_that_waits_and_by_all_where_it_is_in_none() {
    let _alone = crate::alone();
    let watch = redhanded::watch();
    let other = elsewhere(redhanded::watch);
    assert_eq!(stall([&watch, &other]), [1, 0]);
    let watches = [&watch, &other];
    assert_eq!(elsewhere(|| stall(watches)), [1, 1]);
}
