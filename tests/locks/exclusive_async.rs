//! A value that only one may use at a time, held across an await. It replaces `Rc<RefCell<_>>`.

use crate::{assert_both_stacks, assert_kind, line_here, next_line, report_when, settle};
use futures_util::FutureExt;
use redhanded::report::Kind;
use redhanded::sync::{Entering, Exclusive};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use tokio::task::{LocalSet, yield_now};

#[test]
fn a_task_that_comes_while_another_one_is_inside_waits_without_blocking_and_is_reported() {
    settle();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (entered, came) = LocalSet::new().block_on(&runtime, async {
        let shared = Rc::new(Exclusive::new(Vec::new()));
        let first = shared.clone();
        let first = tokio::task::spawn_local(async move {
            let (mut guard, line) = (first.enter_async().await.unwrap(), line_here!());
            for _ in 0..10 {
                yield_now().await;
            }
            guard.push("first");
            line
        });
        let second = shared.clone();
        let second = tokio::task::spawn_local(async move {
            let line = next_line(line_here!());
            second.enter_async().await.unwrap().push("second");
            line
        });
        let lines = (first.await.unwrap(), second.await.unwrap());
        assert_eq!(*shared.enter().unwrap(), ["first", "second"]);
        lines
    });
    let report = report_when(entered, came, |report| !report.open);
    assert_kind(
        &report,
        Kind::Overlap,
        ["use of an Exclusive", "use of an Exclusive"],
    );
    assert_both_stacks(&report, ["exclusive_async::", "exclusive_async::"]);
    assert!(
        report.writers.iter().all(|writer| writer.task.is_some()),
        "{report}"
    );
}

#[test]
fn a_wait_that_is_dropped_leaves_the_others_in_peace() {
    settle();
    let exclusive = Exclusive::new(0);
    let guard = exclusive.enter().unwrap();
    let mut stays = Box::pin(exclusive.enter_async());
    let mut goes = Box::pin(exclusive.enter_async());
    assert!(stays.as_mut().now_or_never().is_none() && goes.as_mut().now_or_never().is_none());
    drop(goes);
    drop(guard);
    *stays.now_or_never().expect("no other is inside").unwrap() += 1;
    assert_eq!(exclusive.into_inner(), 1);
}

#[test]
fn a_guard_can_be_sent_to_where_its_task_goes_on() {
    settle();
    fn is_send<T: Send>(_: &T) {}
    let exclusive = Exclusive::new(String::new());
    is_send(&exclusive.enter_async());
    let guard = exclusive.enter().unwrap();
    is_send(&guard);
    std::thread::scope(|scope| scope.spawn(move || drop(guard)).join()).unwrap();
    assert!(exclusive.enter_async().now_or_never().is_some());
}

/// A task with a wait of its own. It ends when its last waker is dropped.
struct Other(#[allow(dead_code)] Mutex<Option<Entering<'static, u32>>>);

impl Wake for Other {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_waker_with_which_another_wait_ends_may_be_replaced() {
    settle();
    let exclusive: &Exclusive<u32> = Box::leak(Box::new(Exclusive::new(0)));
    let guard = exclusive.enter().unwrap();
    let mut other = exclusive.enter_async();
    assert!(std::pin::Pin::new(&mut other).now_or_never().is_none());
    let mut entering = Box::pin(exclusive.enter_async());
    let last = Waker::from(Arc::new(Other(Mutex::new(Some(other)))));
    let polled = entering
        .as_mut()
        .poll(&mut std::task::Context::from_waker(&last));
    assert!(polled.is_pending());
    drop(last);
    assert!(entering.as_mut().now_or_never().is_none());
    drop(guard);
    assert!(entering.now_or_never().is_some());
}
