//! The baton under loom: nobody is left asleep while the value is free.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib baton::model
//! ```

use super::{Baton, Place};
use loom::sync::Arc;
use loom::thread;
use std::task::{Context, Poll, Wake, Waker};

/// Wakes a thread of loom.
struct Unpark(thread::Thread);

// What loom hands out is for the threads of its model alone, which are where this is.
impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

fn add_one(baton: &Baton<u32>) {
    let mut value = baton.try_take().unwrap_or_else(|| baton.take());
    *value += 1;
    baton.give_back(value);
}

/// As a task does: polled until it has it, asleep in between.
fn add_one_polled(baton: &Baton<u32>) {
    let waker = Waker::from(std::sync::Arc::new(Unpark(thread::current())));
    let mut place = Place::default();
    let mut value = loop {
        match baton.poll_take(&mut place, &mut Context::from_waker(&waker)) {
            Poll::Ready(value) => break value,
            Poll::Pending => thread::park(),
        }
    };
    *value += 1;
    baton.give_back(value);
}

fn check(others: &'static [fn(&Baton<u32>)]) {
    let mut builder = loom::model::Builder::new();
    // Of three, not every order there is: those with so many changes in mid-stride.
    builder.preemption_bound.get_or_insert(2);
    builder.check(move || {
        let baton = Arc::new(Baton::new(0));
        let threads: Vec<_> = others
            .iter()
            .map(|other| {
                let baton = baton.clone();
                thread::spawn(move || other(&baton))
            })
            .collect();
        add_one(&baton);
        // Loom fails if one of them never wakes up.
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_eq!(
            baton.try_take().as_deref(),
            Some(&(1 + others.len() as u32))
        );
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
