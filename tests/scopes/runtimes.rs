//! Scopes and tasks. Tasks that run on the thread of a scope are in it. A scope that a task begins moves with the task.

use crate::pair::{Pair, overlap};
use crate::{address, drained, elsewhere, found};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

#[test]
fn tasks_on_the_thread_of_a_scope_are_in_it() {
    let _alone = crate::alone();
    let other = elsewhere(redhanded::watch);
    let stream = drained();
    let watch = redhanded::watch();
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let near = stream.try_clone().expect("a clone");
        tokio::spawn(async move { overlap(&near) })
            .await
            .expect("no panic");
    });
    assert_eq!(
        (found(&watch), found(&other)),
        ((1, vec![address(&stream)]), (0, vec![]))
    );
}

#[test]
fn a_scope_that_a_task_began_is_the_tasks_and_not_its_threads() {
    let _alone = crate::alone();
    let other = elsewhere(redhanded::watch);
    let [of_task, of_other_task] = [drained(), drained()];
    let near = [&of_task, &of_other_task].map(|stream| stream.try_clone().expect("a clone"));
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .expect("a runtime");
    let ((say_begun, begun), (go, wait)) = (oneshot::channel(), oneshot::channel::<()>());
    let [near_task, near_other] = near;
    let task = runtime.spawn(async move {
        let watch = redhanded::watch();
        say_begun.send(()).expect("the receiver is kept");
        wait.await.expect("the sender is kept");
        overlap(&near_task);
        found(&watch)
    });
    let beside = runtime.spawn(async move {
        begun.await.expect("it begins");
        overlap(&near_other);
        go.send(()).expect("it waits");
    });
    let seen = runtime.block_on(async {
        beside.await.expect("no panic");
        task.await.expect("no panic")
    });
    assert_eq!(seen.0, 2, "what the other task found belongs to all scopes");
    assert_eq!(found(&other), (1, vec![address(&of_other_task)]));
}

#[test]
fn a_task_that_has_entered_is_in_the_scope_on_whatever_thread_it_runs() {
    let _alone = crate::alone();
    let other = elsewhere(redhanded::watch);
    let streams = [drained(), drained()];
    let watch = redhanded::watch();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let tasks = streams.each_ref().map(|stream| {
            let (scope, stream) = (watch.scope(), stream.try_clone().expect("a clone"));
            tokio::spawn(async move {
                let _entered = scope.enter();
                tokio::task::yield_now().await;
                let pair = Pair::on(&stream);
                tokio::task::yield_now().await;
                pair.overlap();
            })
        });
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert_eq!((found(&watch).0, found(&other)), (2, (0, vec![])));
}
