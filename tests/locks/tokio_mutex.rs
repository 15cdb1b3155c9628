//! tokio's lock: held across an await, and what reports say about tasks only.

use crate::{
    Line, assert_both_stacks, assert_kind, line_here, next_line, report_when, settle, until,
};
use redhanded::report::Kind;
use redhanded::sync::Arc;
use redhanded::sync::tokio::{Mutex, MutexGuard, OwnedMutexGuard, oneshot};
use std::future::Future;
use std::time::Duration;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
        .block_on(future)
}

/// Lets the other tasks run until the condition holds.
async fn when<T>(mut look: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look() {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

async fn hold(
    mutex: Arc<Mutex<u32>>,
    is_held: oneshot::Sender<Line>,
    may_end: oneshot::Receiver<()>,
) {
    let (_guard, line) = (mutex.lock().await, line_here!());
    is_held.send(line).unwrap();
    may_end.await.unwrap();
}

async fn wait(mutex: Arc<Mutex<u32>>, is_late: oneshot::Sender<Line>) {
    is_late.send(next_line(line_here!())).unwrap();
    *mutex.lock().await += 1;
}

#[test]
fn a_task_that_starves_behind_a_guard_held_across_an_await_is_shown_with_both_tasks_and_both_stacks()
 {
    settle();
    block_on(async {
        let mutex = Arc::new(Mutex::new(0));
        let ((held, is_held), (late, is_late), (end, may_end)) =
            (oneshot::channel(), oneshot::channel(), oneshot::channel());
        let holder = tokio::spawn(hold(mutex.clone(), held, may_end));
        let holding = is_held.await.unwrap();
        let waiter = tokio::spawn(wait(mutex.clone(), late));
        let waiting = is_late.await.unwrap();

        let find = || {
            redhanded::reports()
                .into_iter()
                .find(|report| holding.is_of(report, 0) && waiting.is_of(report, 1))
        };
        let open = when(|| find().filter(|report| !report.writers[1].backtrace.is_empty())).await;
        assert_kind(
            &open,
            Kind::Stall,
            ["hold of a tokio Mutex", "wait for a tokio Mutex"],
        );
        assert!(open.open && open.writers[0].backtrace.is_empty(), "{open}");
        let tasks: Vec<_> = open
            .writers
            .iter()
            .map(|writer| writer.task.clone())
            .collect();
        assert_eq!(
            tasks,
            [Some(holder.id().to_string()), Some(waiter.id().to_string())],
            "{open}"
        );

        end.send(()).unwrap();
        holder.await.unwrap();
        waiter.await.unwrap();
        let closed = report_when(holding, waiting, |report| !report.open);
        assert_both_stacks(&closed, ["tokio_mutex::hold", "tokio_mutex::wait"]);
        let outcomes = closed
            .writers
            .iter()
            .map(|writer| writer.outcome.as_deref());
        assert!(
            outcomes.eq([Some("released"), Some("acquired")]),
            "{closed}"
        );
        assert_eq!(*mutex.lock().await, 1);
    });
}

#[test]
fn a_task_that_locks_twice_is_named_as_a_deadlock_that_its_other_futures_could_end() {
    settle();
    block_on(async {
        let (send_lines, lines) = oneshot::channel();
        let task = tokio::spawn(async move {
            let mutex = Mutex::new(());
            let (_guard, first) = (mutex.lock().await, line_here!());
            send_lines.send((first, next_line(line_here!()))).unwrap();
            let _again = mutex.lock().await;
        });
        let (first, second) = lines.await.unwrap();
        let find = || {
            redhanded::reports()
                .into_iter()
                .find(|report| first.is_of(report, 0) && second.is_of(report, 1))
        };
        let report =
            when(|| find().filter(|report| report.summary.starts_with("deadlock: "))).await;
        let said = format!("task {} waits for tokio Mutex #", task.id());
        assert!(
            report.summary.contains(&said) && report.summary.contains("which it took itself"),
            "{report}"
        );
        let ways = "it ends only if a guard was sent to another thread or task, another future of the same task releases its lock, or \
                    this wait is dropped";
        assert!(report.summary.ends_with(ways), "{report}");
        assert!(
            report
                .note
                .as_ref()
                .is_some_and(|note| note.starts_with("deadlock, unless ")),
            "{report}"
        );
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let closed = report_when(first, second, |report| !report.open);
        assert_eq!(
            closed.writers[1].outcome.as_deref(),
            Some("gave up"),
            "{closed}"
        );
        assert!(!closed.summary.contains("deadlock"), "{closed}");
    });
}

#[test]
fn a_wait_that_a_timeout_drops_is_reported_as_given_up() {
    settle();
    block_on(async {
        let mutex = Mutex::new(());
        let (guard, holding) = (mutex.lock().await, line_here!());
        let waiting = next_line(line_here!());
        let wait = mutex.lock();
        assert!(
            tokio::time::timeout(Duration::from_secs(1), wait)
                .await
                .is_err()
        );
        drop(guard);
        let report = report_when(holding, waiting, |report| !report.open);
        assert_eq!(
            report.writers[1].outcome.as_deref(),
            Some("gave up"),
            "{report}"
        );
    });
}

#[test]
fn a_thread_that_blocks_for_the_lock_is_shown_although_it_has_no_waker() {
    settle();
    let mutex = Arc::new(Mutex::new(()));
    let (guard, holding) = (mutex.clone().blocking_lock_owned(), line_here!());
    let waiting = next_line(line_here!());
    let thread = crate::common::start("blocked", move || drop(mutex.blocking_lock()));
    let open = report_when(holding, waiting, |report| report.open);
    assert!(
        open.writers[1].backtrace.is_empty() && open.writers[1].backtrace_missing.is_some(),
        "{open}"
    );
    drop(guard);
    thread.result();
    let closed = report_when(holding, waiting, |report| !report.open);
    assert_eq!(
        closed.writers[0].outcome.as_deref(),
        Some("released"),
        "{closed}"
    );
}

/// Takes the lock on a thread that may block.
fn block(mutex: &Arc<Mutex<u32>>) -> impl FnOnce() -> (OwnedMutexGuard<u32>, Line) + use<> {
    let mutex = mutex.clone();
    || (mutex.blocking_lock_owned(), line_here!())
}

#[test]
fn every_way_to_take_the_lock_is_reported_by_its_own_line() {
    settle();
    block_on(async {
        let mutex = Arc::new(Mutex::new(0));
        for turn in 0..3 {
            let (guard, holding): (OwnedMutexGuard<u32>, Line) = match turn {
                0 => (mutex.clone().lock_owned().await, line_here!()),
                1 => (mutex.clone().try_lock_owned().unwrap(), line_here!()),
                _ => tokio::task::spawn_blocking(block(&mutex)).await.unwrap(),
            };
            assert!(
                mutex.try_lock().is_err() && Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex)
            );
            let waiting = next_line(line_here!());
            let mut late = Box::pin(mutex.lock());
            assert!(futures_util::poll!(&mut late).is_pending());
            let find = || {
                redhanded::reports()
                    .into_iter()
                    .find(|report| holding.is_of(report, 0) && waiting.is_of(report, 1))
            };
            // It is not polled, so it is shown without its stack.
            let open = until("the report", find);
            assert!(open.open, "{open}");
            drop(guard);
            *late.await += 1;
        }
        assert_eq!(Arc::into_inner(mutex).unwrap().into_inner(), 3);
    });
}

#[test]
fn a_wait_that_the_library_refuses_is_over() {
    settle();
    let mutex = Arc::new(Mutex::new(0));
    let (_guard, holding) = (mutex.clone().blocking_lock_owned(), line_here!());
    let waiting = next_line(next_line(line_here!()));
    let refused = block_on(async {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(mutex.blocking_lock())))
    });
    assert!(refused.is_err(), "a runtime must not be blocked");
    // When a real wait has its report, the other wait would have been found as well.
    let late = next_line(line_here!());
    let mut wait = Box::pin(mutex.lock());
    assert!(block_on(async {
        futures_util::poll!(&mut wait).is_pending()
    }));
    report_when(holding, late, |report| report.open);
    assert_eq!(crate::report_now(holding, waiting), None);
}

#[test]
fn a_panic_in_the_function_that_maps_a_guard_releases_the_lock() {
    settle();
    let mutex = Mutex::new((1, 2));
    let panics = |guard| {
        MutexGuard::map(guard, |_: &mut (u32, u32)| -> &mut u32 {
            panic!("on purpose")
        })
    };
    let guard = mutex.try_lock().unwrap();
    assert!(
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(panics(guard)))).is_err()
    );
    let guard = MutexGuard::map(mutex.try_lock().unwrap(), |(first, _)| first);
    assert!(mutex.try_lock().is_err() && *guard == 1);
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn a_lock_that_was_given_to_a_wait_that_is_not_polled_is_shown_with_that_wait() {
    settle();
    block_on(async {
        let mutex = Mutex::new(0);
        let guard = mutex.lock().await;
        let given = next_line(line_here!());
        let mut left = Box::pin(mutex.lock());
        assert!(futures_util::poll!(&mut left).is_pending());
        drop(guard);
        let waiting = next_line(line_here!());
        let mut late = Box::pin(mutex.lock());
        assert!(futures_util::poll!(&mut late).is_pending());
        let open = report_when(given, waiting, |report| report.open);
        assert_kind(
            &open,
            Kind::Stall,
            ["wait for a tokio Mutex", "wait for a tokio Mutex"],
        );
        *left.await += 1;
        *late.await += 1;
        let closed = report_when(given, waiting, |report| !report.open);
        let outcomes = closed
            .writers
            .iter()
            .map(|writer| writer.outcome.as_deref());
        assert!(
            outcomes.eq([Some("acquired"), Some("acquired")]),
            "{closed}"
        );
    });
}
