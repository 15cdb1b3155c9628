//! Every place of tokio in which a writer may stand: what it is taken for, and that the wait there neither panics nor stops the
//! runtime.

use super::{Ground, Runtime, ground_in, runtime};
use std::future::Future;
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::task::{JoinSet, LocalSet, block_in_place, spawn_blocking, spawn_local};

const IN_TASK: Runtime = Runtime::MultiThread {
    is_polling: true,
    is_in_pool: true,
};

fn workers(count: usize) -> tokio::runtime::Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(count).enable_all();
    builder.build().expect("a runtime")
}

fn one_thread() -> tokio::runtime::Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn outside(is_in_pool: bool) -> Runtime {
    Runtime::MultiThread {
        is_polling: false,
        is_in_pool,
    }
}

/// What the caller's place is taken for. Waits there as a poll would, which must not panic.
fn look() -> Runtime {
    let (current, has_waited) = look_and_wait();
    assert!(has_waited, "{current:?}");
    current
}

fn look_and_wait() -> (Runtime, bool) {
    let current = runtime::current();
    let waited = ground_in(current, true).run(|| std::thread::sleep(Duration::from_micros(100)));
    (current, waited.is_some())
}

/// Where a poll may wait.
fn polled(current: Runtime) -> Ground {
    ground_in(current, true)
}

#[test]
fn no_runtime_is_a_thread_with_nothing_else_to_do() {
    assert_eq!(look(), Runtime::None);
}

#[test]
fn a_task_of_a_runtime_of_several_threads_is_on_a_worker_also_where_there_is_one_worker() {
    for count in [1, 2] {
        let runtime = workers(count);
        let task = runtime.spawn(async {
            let first = look();
            // Its other tasks may be with another thread until the poll is over.
            let again = look();
            tokio::task::yield_now().await;
            ([first, look()], again)
        });
        let (places, again) = runtime.block_on(task).expect("no panic");
        assert_eq!(places, [IN_TASK; 2], "{count} workers");
        assert!([IN_TASK, outside(true)].contains(&again), "{again:?}");
        assert_eq!(polled(IN_TASK), Ground::Worker);
    }
}

#[test]
fn other_tasks_and_timers_go_on_while_a_worker_waits_even_where_it_is_the_only_one() {
    for count in [1, 2] {
        let runtime = workers(count);
        let (done, other_is_done) = mpsc::channel();
        let ticks = async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            done.send(()).expect("the waiter is there");
        };
        let waits = runtime.spawn(async move {
            tokio::spawn(ticks);
            let wait = || other_is_done.recv_timeout(Duration::from_secs(20));
            polled(runtime::current()).run(wait)
        });
        let waited = runtime.block_on(waits).expect("no panic");
        assert_eq!(waited, Some(Ok(())), "{count} workers");
    }
}

#[test]
fn a_runtime_of_one_thread_never_waits_in_a_poll() {
    let runtime = one_thread();
    let polling = Runtime::CurrentThread { is_polling: true };
    let places = runtime.block_on(async {
        let task = tokio::spawn(async { look() });
        let local = LocalSet::new();
        let in_local = local.run_until(async { spawn_local(async { look() }).await });
        [
            look(),
            task.await.expect("no panic"),
            in_local.await.expect("no panic"),
        ]
    });
    assert_eq!(places, [polling; 3]);
    assert_eq!(ground_in(polling, false), Ground::Nowhere);
}

#[test]
fn what_block_on_and_a_local_set_poll_is_on_no_worker() {
    let runtime = workers(2);
    let local = LocalSet::new();
    let in_local = async { spawn_local(async { look() }).await.expect("no panic") };
    let places = [
        runtime.block_on(async { look() }),
        local.block_on(&runtime, in_local),
        runtime.block_on(LocalSet::new().run_until(async { look() })),
    ];
    assert_eq!(places, [outside(false); 3]);
    assert_eq!(polled(places[0]), Ground::Nowhere);
}

#[test]
fn a_thread_for_blocking_calls_may_wait_in_them() {
    let blocking = |runtime: tokio::runtime::Runtime| {
        let place = runtime.block_on(async { spawn_blocking(look).await });
        place.expect("no panic")
    };
    assert_eq!(blocking(workers(2)), outside(true));
    let one = Runtime::CurrentThread { is_polling: false };
    assert_eq!(blocking(one_thread()), one);
    for place in [outside(true), one] {
        assert_eq!(ground_in(place, false), Ground::Thread);
    }
}

#[test]
fn inside_block_in_place_a_worker_is_a_thread_whose_tasks_are_elsewhere() {
    let runtime = workers(2);
    let in_task = |look: fn() -> Runtime| {
        let task = runtime.spawn(async move { block_in_place(look) });
        runtime.block_on(task).expect("no panic")
    };
    assert_eq!(in_task(look), outside(true));
    // The tasks of a `LocalSet` there stay on the thread.
    let in_local_set = || Handle::current().block_on(LocalSet::new().run_until(async { look() }));
    assert_eq!(in_task(in_local_set), outside(true));
    let in_one_thread = || one_thread().block_on(async { look() });
    let polling = Runtime::CurrentThread { is_polling: true };
    assert_eq!(in_task(in_one_thread), polling);
}

#[test]
fn a_runtime_of_one_thread_that_has_entered_another_one_never_waits() {
    let (one, many) = (one_thread(), workers(2));
    let place = one.block_on(async {
        let _entered = many.enter();
        look()
    });
    let looks_like_a_worker = Runtime::MultiThread {
        is_polling: true,
        is_in_pool: false,
    };
    assert_eq!(place, looks_like_a_worker);
    assert_eq!(polled(place), Ground::Nowhere);
}

#[test]
fn such_a_runtime_in_a_thread_of_tokio_is_taken_for_a_worker_once() {
    let many = workers(2);
    let in_entered = || {
        let handle = Handle::current();
        one_thread().block_on(async {
            let _entered = handle.enter();
            [look_and_wait(), look_and_wait()]
        })
    };
    let places = many.block_on(async { spawn_blocking(in_entered).await });
    let looks_like_a_worker = Runtime::MultiThread {
        is_polling: true,
        is_in_pool: false,
    };
    let expected = [(IN_TASK, false), (looks_like_a_worker, true)];
    assert_eq!(places.expect("no panic"), expected);
    assert_eq!(polled(looks_like_a_worker), Ground::Nowhere);
    // The thread may be another runtime's worker later, and is not held in polls then. Others are.
    let task = many.spawn(async { look() });
    let place = many.block_on(task).expect("no panic");
    assert!([IN_TASK, looks_like_a_worker].contains(&place), "{place:?}");
}

#[test]
fn an_executor_without_tokio_never_waits_in_a_poll() {
    struct Idle;
    impl std::task::Wake for Idle {
        fn wake(self: std::sync::Arc<Self>) {}
    }
    let waker = std::sync::Arc::new(Idle).into();
    let mut context = std::task::Context::from_waker(&waker);
    let polled_here = std::pin::pin!(async { look() }).poll(&mut context);
    assert_eq!(polled_here, std::task::Poll::Ready(Runtime::None));
    assert_eq!(polled(Runtime::None), Ground::Nowhere);
}

#[test]
fn many_tasks_wait_at_once_and_all_go_on() {
    let runtime = workers(2);
    let places = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..64 {
            tasks.spawn(async {
                let first = look();
                tokio::task::yield_now().await;
                (first, look())
            });
        }
        tasks.join_all().await
    });
    assert_eq!(places, [(IN_TASK, IN_TASK); 64]);
}

/// Whether `block_in_place` panics where the caller stands.
fn panics() -> bool {
    std::panic::catch_unwind(|| block_in_place(|| ())).is_err()
}

/// The table in ARCHITECTURE.md. Should tokio change, a place may be held in that is not today.
#[test]
fn block_in_place_panics_only_where_no_poll_is_held() {
    let (one, many) = (one_thread(), workers(2));
    let in_task = many.spawn(async { panics() });
    let local = LocalSet::new();
    let in_local = async { spawn_local(async { panics() }).await.expect("no panic") };
    let in_entered = || {
        one.block_on(async {
            let _entered = many.enter();
            panics()
        })
    };
    let below = many.spawn(async {
        block_in_place(|| Handle::current().block_on(LocalSet::new().run_until(async { panics() })))
    });
    let blocking = many.block_on(async { spawn_blocking(panics).await });
    for (place, is_panic, expected) in [
        ("a task", many.block_on(in_task).expect("no panic"), false),
        ("block_on", many.block_on(async { panics() }), false),
        ("spawn_blocking", blocking.expect("no panic"), false),
        ("a LocalSet", local.block_on(&many, in_local), true),
        (
            "a LocalSet below",
            many.block_on(below).expect("no panic"),
            false,
        ),
        ("one thread", one.block_on(async { panics() }), true),
        ("one thread that has entered", in_entered(), true),
    ] {
        assert_eq!(is_panic, expected, "{place}");
    }
}
