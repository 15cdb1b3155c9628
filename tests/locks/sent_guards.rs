//! A guard of tokio's lock can be sent: the task that took it need not hold it any more.

use crate::common::start;
use crate::{line_here, next_line, report_when, settle};
use redhanded::sync::Arc;
use redhanded::sync::tokio::Mutex;
use std::sync::mpsc::channel;

#[test]
fn a_thread_that_waits_for_a_lock_whose_guard_it_sent_away_is_not_called_a_deadlock() {
    settle();
    let (send_lines, lines) = channel();
    let (send, sent) = channel();
    let waiter = start("waiter", move || {
        let mutex = Arc::new(Mutex::new(0));
        let (guard, first) = (mutex.clone().blocking_lock_owned(), line_here!());
        send.send(guard).unwrap();
        send_lines.send((first, next_line(line_here!()))).unwrap();
        *mutex.blocking_lock() += 1;
    });
    let guard = sent.recv().unwrap();
    let (first, second) = lines.recv().unwrap();
    let open = report_when(first, second, |report| report.open);
    drop(guard);
    waiter.result();
    assert!(open.summary.contains("which it took itself"), "{open}");
    assert!(
        open.summary
            .ends_with("; it ends only if a guard was sent to another thread or task"),
        "{open}"
    );
    assert!(
        open.note
            .as_ref()
            .is_some_and(|note| note.starts_with("deadlock, unless ")),
        "{open}"
    );
}
